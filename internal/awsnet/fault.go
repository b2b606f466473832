package awsnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// skewLimit is how far the clock may be off before a refused signature is
// blamed on it: AWS accepts five minutes, and the Date header has whole seconds.
const skewLimit = 4*time.Minute + 30*time.Second

// Fault says what an error of a service call means to a person. service is the
// service's name ("Athena"); doing completes "Cannot …" ("list the tables").
//
// An error that carries a *fault.Error already, such as an expired SSO session
// met while signing, comes back as that fault. Credentials that the service
// refused are creds-rejected, a wrong clock is clock-skew, a refused
// permission is denied; throttled, unavailable, timeout and interrupted are
// what they say. Anything else that the service answered has the code
// statement.
func Fault(err error, service, doing string) *fault.Error {
	if err == nil {
		return nil
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return known
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return transportFault(err, service, doing)
	}
	said := ServiceWords(err, service)
	cannot := cannot(doing)
	refuse := func(code fault.Code, why, remedy string) *fault.Error {
		return fault.Newf(code, "%s%s %s", cannot, service, why).WithService(said).WithRemedy(remedy)
	}
	skew, measured := clockOffset(err)
	skewed := measured && (skew > skewLimit || skew < -skewLimit)
	code := api.ErrorCode()
	switch {
	case code == "RequestTimeTooSkewed", code == "RequestInTheFuture", skewed && aboutSignature(code):
		return refuse(fault.ClockSkew, "refuses the signature because "+clockText(skew, measured), "set the clock by a time server, then try again")
	case IsExpired(err):
		return refuse(fault.CredsRejected, "says the credentials have expired", "get new credentials for this connection's profile, then try again")
	case aboutKeys(code), aboutSignature(code):
		return refuse(fault.CredsRejected, "does not accept the credentials", "check the access key and its secret; for a temporary key also its session token")
	case aboutThrottling(code), status(err) == http.StatusTooManyRequests:
		return refuse(fault.Throttled, "asks to slow down", "try again in a while")
	case isDenied(code):
		return refuse(fault.Denied, "does not allow it", "ask whoever manages the account for the permission that the service names")
	case code == "", code == "UnknownError": // the SDK's word for an error it cannot read
		return strangeFault(err, service, doing)
	case api.ErrorFault() == smithy.FaultServer, status(err) >= 500:
		return refuse(fault.Unavailable, "failed on its side", "try again in a while")
	}
	return refuse(fault.Statement, "refuses", "")
}

// transportFault is Fault for a call that no service answered.
func transportFault(err error, service, doing string) *fault.Error {
	cannot := cannot(doing)
	switch {
	case errors.Is(err, context.Canceled):
		return fault.Wrap(context.Canceled, fault.Interrupted, "Interrupted")
	case errors.Is(err, context.DeadlineExceeded):
		return fault.Wrapf(context.DeadlineExceeded, fault.Timeout, "%sthe time limit is over", cannot).
			WithRemedy("allow more time with --timeout")
	case status(err) == http.StatusTooManyRequests:
		return fault.Newf(fault.Throttled, "%s%s asks to slow down (HTTP status 429)", cannot, service).
			WithRemedy("try again in a while")
	}
	var (
		send *smithyhttp.RequestSendError
		wire net.Error
	)
	sent, onWire := !errors.As(err, &send), errors.As(err, &wire)
	var undecodable *smithy.DeserializationError
	switch {
	case sent && (errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || onWire && status(err) != 0):
		return fault.Newf(fault.Unavailable, "%sthe answer of %s broke off in the middle", cannot, service).
			WithRemedy("check the network and the proxy (HTTPS_PROXY), then try again")
	case sent && (errors.As(err, &undecodable) || status(err) != 0):
		return strangeFault(err, service, doing)
	case !sent || onWire:
		return fault.Wrapf(rootCause(err), fault.Unavailable, "%s%s cannot be reached", cannot, service).
			WithRemedy("check the network, the proxy (HTTPS_PROXY) and AWS_ENDPOINT_URL, then try again")
	}
	return fault.Wrapf(rootCause(err), fault.Statement, "%s%s gave no usable answer", cannot, service)
}

// strangeFault is for an answer that is neither the service's result nor an
// error of AWS's form, such as a proxy's page.
func strangeFault(err error, service, doing string) *fault.Error {
	return fault.Newf(fault.Unavailable, "%sthe answer (HTTP status %d) is not one that %s gives", cannot(doing), status(err), service).
		WithRemedy("something in between may have answered: check the proxy (HTTPS_PROXY) and AWS_ENDPOINT_URL, then try again")
}

// ServiceWords takes a service's own words out of an error.
func ServiceWords(err error, service string) fault.Service {
	said := fault.Service{Name: service}
	var api smithy.APIError
	if errors.As(err, &api) {
		said.Code, said.Message = api.ErrorCode(), api.ErrorMessage()
		if said.Message == "" {
			said.Message = description(api)
		}
	}
	var answered *awshttp.ResponseError
	if errors.As(err, &answered) {
		said.RequestID = answered.ServiceRequestID()
	}
	return said
}

// description is what an OAuth error tells where others have a message (RFC
// 6749, section 5.2). The SDK's types for it share a field and no interface.
func description(api smithy.APIError) string {
	v := reflect.ValueOf(api)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return ""
	}
	field := v.Elem().FieldByName("Error_description")
	if !field.IsValid() {
		return ""
	}
	text, _ := field.Interface().(*string)
	return aws.ToString(text)
}

// MostRenewals is how often a call is sent anew with other credentials. Once is
// enough where they ended by their time. Where somebody withdrew them, those that
// were being fetched at that moment are refused like those before.
const MostRenewals = 2

// IsExpired reports whether a service refused a call because the credentials
// have expired; fresh ones may do.
func IsExpired(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	switch api.ErrorCode() {
	case "ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired":
		return true
	}
	return false
}

// IsUnknownKey reports whether a service refused a call because it does not
// know the key: a temporary one may have been withdrawn, and fresh ones may do.
func IsUnknownKey(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	switch api.ErrorCode() {
	case "UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "InvalidToken":
		return true
	}
	return false
}

func aboutKeys(code string) bool {
	switch code {
	case "UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "MissingAuthenticationToken",
		"MissingAuthenticationTokenException", "InvalidToken", "AuthFailure", "NotSignedUp":
		return true
	}
	return false
}

func aboutSignature(code string) bool {
	switch code {
	case "InvalidSignature", "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature",
		"IncompleteSignatureException", "RequestExpired", "AuthFailure":
		return true
	}
	return false
}

func aboutThrottling(code string) bool {
	switch code {
	case "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
		"TooManyRequestsException", "ProvisionedThroughputExceededException", "RequestLimitExceeded", "SlowDown", "SlowDownException",
		"LimitExceededException", "BandwidthLimitExceeded", "PriorRequestNotComplete":
		return true
	}
	return false
}

func isDenied(code string) bool {
	switch code {
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "AuthorizationErrorException",
		"UnauthorizedException", "Forbidden", "ForbiddenException", "OptInRequired", "AccountProblem":
		return true
	}
	return false
}

func cannot(doing string) string {
	if doing == "" {
		return ""
	}
	return "Cannot " + doing + ": "
}

// status returns the HTTP status of the answer, 0 when there was none.
func status(err error) int {
	var answered *smithyhttp.ResponseError
	if errors.As(err, &answered) && answered.Response != nil {
		return answered.HTTPStatusCode()
	}
	return 0
}

// Status returns the HTTP status of the answer that err holds, 0 when there
// was no answer.
func Status(err error) int { return status(err) }

// clockOffset measures how far the local clock is ahead of the service's.
func clockOffset(err error) (offset time.Duration, ok bool) {
	var answered *smithyhttp.ResponseError
	if !errors.As(err, &answered) || answered.Response == nil || answered.Response.Response == nil {
		return 0, false
	}
	date, parseErr := http.ParseTime(answered.Response.Header.Get("Date"))
	if parseErr != nil {
		return 0, false
	}
	return time.Since(date), true
}

func clockText(offset time.Duration, measured bool) string {
	if !measured {
		return "this machine's clock is too far off"
	}
	if offset < 0 {
		return fmt.Sprintf("this machine's clock is %v behind", (-offset).Round(time.Second))
	}
	return fmt.Sprintf("this machine's clock is %v ahead", offset.Round(time.Second))
}

// rootCause drops the SDK's wrapping ("operation error …, exceeded maximum
// number of attempts, …"), which says nothing to the one who reads it.
func rootCause(err error) error {
	var send *smithyhttp.RequestSendError
	if errors.As(err, &send) {
		err = send.Err
	}
	var answered *smithyhttp.ResponseError
	if errors.As(err, &answered) && answered.Err != nil {
		err = fmt.Errorf("HTTP status %d: %w", answered.HTTPStatusCode(), answered.Err)
	}
	if text := err.Error(); strings.HasPrefix(text, "operation error ") {
		for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
			err = inner
		}
	}
	return err
}
