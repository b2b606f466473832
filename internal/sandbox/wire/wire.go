// Package wire is the common ground of the sandbox's services: one
// authenticated AWS call, and the error a service answers with. The HTTP server
// in package sandbox decodes and verifies the request, finds the service and
// writes the answer in its protocol; a service sees only a Call.
package wire

import (
	"context"
	"net/http"
	"time"
)

// Principal is who signed a call. It is filled from the sandbox's identity
// store after the signature was verified, never from the request.
type Principal struct {
	AccountID   string
	ARN         string // arn:aws:iam::ACCOUNT:user/NAME or arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION
	UserID      string // AIDA... or AROA...:SESSION
	Name        string // user name, or role name for a role session
	Session     string // role session name, empty for a user
	AccessKeyID string
	Expires     time.Time // zero for long-term keys
}

// Call is one verified request.
type Call struct {
	Service   string // signing name: "athena", "dynamodb", "redshift-serverless", ...
	Operation string // "StartQueryExecution"; empty for REST services
	Region    string
	Principal Principal
	RequestID string
	Body      []byte        // whole body, already read and hash-checked
	HTTP      *http.Request // headers, path and query; Body is replayable from Call.Body

	// May reports whether the principal is permitted an action that the call
	// implies beyond its own name, e.g. "glue:CreateTable" of a CREATE TABLE
	// that Athena runs. The action of the call itself was checked already.
	May func(action string) bool
}

// JSONService is a service of the AWS JSON protocols (1.0 and 1.1): one
// operation by name, a JSON document in, a JSON document out.
type JSONService interface {
	// Call returns a value for encoding/json, or a *Error. It returns when ctx
	// is cancelled.
	Call(ctx context.Context, c *Call) (any, error)
}

// QueryService is a service of the AWS query protocol (STS, Redshift): form in, XML out.
// The result is marshalled with encoding/xml as the content of <OperationResult>.
type QueryService interface {
	Query(ctx context.Context, c *Call, form map[string][]string) (any, error)
}

// Error is what a service answers when it refuses.
type Error struct {
	Code    string // "InvalidRequestException"
	Status  int    // HTTP status; 0 means 400
	Message string
	Fields  map[string]any // further members of the error document, e.g. AthenaErrorCode, Item
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Fail makes an Error with status 400.
func Fail(code, message string) *Error { return &Error{Code: code, Message: message} }
