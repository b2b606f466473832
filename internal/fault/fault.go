// Package fault is the one error type that reaches a person.
//
// A fault has a Code, which alone decides the exit status (and later the HTTP
// status and the MCP result); a Message, which names the connection, profile,
// file and line or hop; a Cause; and a Remedy, a command or a click that mends
// it. What a remote service said travels in Service, word for word. The
// package knows no terminal and no service.
//
//	return fault.New(fault.ProfileMissing, `There is no AWS profile "dve"`).
//		WithRemedy("did you mean dev? See: fairlead profiles list")
package fault

import (
	"context"
	"errors"
	"fmt"
)

// Service holds a remote service's own words about a failure.
type Service struct {
	Name      string `json:"name,omitempty"`       // e.g. "Athena"
	Code      string `json:"code,omitempty"`       // the service's error code, e.g. "InvalidRequestException"
	Message   string `json:"message,omitempty"`    // the service's message, unchanged
	RequestID string `json:"request_id,omitempty"` // AWS request id, or the query execution id
	Line      int    `json:"line,omitempty"`       // 1-based line in the statement, 0 when not told
	Column    int    `json:"column,omitempty"`     // 1-based column in the statement, 0 when not told
}

// Error is a failure fit to be read by the person who met it.
type Error struct {
	Code    Code
	Message string // begins with a capital, has no final full stop
	Cause   error
	Remedy  string // a command or click; may be several lines
	Service *Service
}

// New makes a fault with a code and a message.
func New(code Code, message string) *Error { return &Error{Code: code, Message: message} }

// Newf is New with a format.
func Newf(code Code, format string, args ...any) *Error {
	return New(code, fmt.Sprintf(format, args...))
}

// Wrap makes a fault around cause. The cause stays reachable by errors.Is and errors.As.
func Wrap(cause error, code Code, message string) *Error {
	return &Error{Code: code, Message: message, Cause: cause}
}

// Wrapf is Wrap with a format.
func Wrapf(cause error, code Code, format string, args ...any) *Error {
	return Wrap(cause, code, fmt.Sprintf(format, args...))
}

// WithRemedy sets the remedy and returns the same fault.
func (e *Error) WithRemedy(remedy string) *Error { e.Remedy = remedy; return e }

// WithRemedyf is WithRemedy with a format.
func (e *Error) WithRemedyf(format string, args ...any) *Error {
	return e.WithRemedy(fmt.Sprintf(format, args...))
}

// WithService attaches what the remote service said and returns the same fault.
func (e *Error) WithService(s Service) *Error { e.Service = &s; return e }

// Error returns the message and, behind a colon, the cause.
func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.Cause.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// As finds the outermost fault in err. An interruption (a cancelled context), a
// time limit that is over and an error without a fault are given one, so the
// result is nil only when err is nil.
func As(err error) *Error {
	if err == nil {
		return nil
	}
	var f *Error
	if errors.As(err, &f) {
		return f
	}
	if errors.Is(err, context.Canceled) {
		return Wrap(err, Interrupted, "Interrupted")
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return Wrap(err, Timeout, "The time limit is over").WithRemedy("allow more time")
	}
	return &Error{Code: Internal, Message: err.Error(), Cause: nil}
}

// CodeOf returns the code of the outermost fault in err, Internal for other errors
// and "" for nil.
func CodeOf(err error) Code {
	if f := As(err); f != nil {
		return f.Code
	}
	return ""
}
