package sso

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// skewLimit is how far the clock may be off before AWS refuses what it signs
// (AWS General Reference, "Elements of an AWS API request signature": requests
// must arrive within five minutes of their time stamp).
const skewLimit = 5 * time.Minute

// clockAhead measures by the answer's Date header, success or refusal, how far
// this machine's clock is ahead of the service's. ok is false when no answer
// told the time.
func clockAhead(answer middleware.Metadata, err error) (ahead time.Duration, ok bool) {
	if told, has := awsmiddleware.GetServerTime(answer); has && err == nil {
		return time.Since(told), true
	}
	var refused *smithyhttp.ResponseError
	if !errors.As(err, &refused) || refused.Response == nil || refused.Response.Response == nil {
		return 0, false
	}
	told, bad := http.ParseTime(refused.Response.Header.Get("Date"))
	if bad != nil {
		return 0, false
	}
	return time.Since(told), true
}

// skewText says how far the clock is off, "" when it is near enough.
func skewText(ahead time.Duration) string {
	switch {
	case ahead > skewLimit:
		return fmt.Sprintf("this machine's clock is %s ahead of AWS's", roundly(ahead))
	case ahead < -skewLimit:
		return fmt.Sprintf("this machine's clock is %s behind AWS's", roundly(-ahead))
	}
	return ""
}

// ClockFault is the fault of a session that is ClockSkewed: a log in would not
// mend it.
func (s State) ClockFault(name string) *fault.Error {
	return fault.Newf(fault.ClockSkew, "The SSO session of %q cannot be judged or used: %s", name, s.Detail).
		WithRemedy("set the clock by a time server, then try again")
}
