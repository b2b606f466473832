package session

import (
	"github.com/fairleadhq/fairlead/internal/awsnet"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// Fault says what an error of a service call means to a person; all engines
// share it. service is the service's name ("Athena"); doing completes
// "Cannot …" ("start the query"), and may be empty.
//
// An error that carries a *fault.Error already, such as an expired SSO session
// met while signing, comes back as that fault. Otherwise the code is one of
// creds-rejected, clock-skew, denied, throttled, unavailable, timeout,
// interrupted, and statement for all else that the service answered; the
// engine that knows the service's codes better may change Code and Message of
// the last. Service holds the service's own words and the request id.
func Fault(err error, service, doing string) *fault.Error {
	return awsnet.Fault(err, service, doing)
}
