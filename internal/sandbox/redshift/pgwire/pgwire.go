// Package pgwire is a PostgreSQL version 3 server: it speaks the messages and
// leaves users, statements and types to a Backend. Redshift's wire is this
// protocol.
//
// It knows start-up, TLS, md5 passwords, the simple and the extended query
// protocol with named statements, portals and row limits, cancel requests and
// transaction states. It refuses to know SQL, what a user may do, and how a
// value is written: rows append their own bytes. COPY is not spoken.
//
//	srv := pgwire.New(pgwire.Options{Backend: b, TLS: tlsConfig})
//	go srv.Serve(listener)
//	defer srv.Close()
package pgwire

import (
	"context"
	"fmt"
)

// Login is what a client told before it was admitted.
type Login struct {
	User     string
	Database string
	TLS      bool
	Params   map[string]string // the other start-up parameters, as sent
	PID      uint32            // of this session, for pg_backend_pid
	Remote   string            // client address without port
}

// Backend admits users. Its methods are called from one goroutine per client.
type Backend interface {
	// Admit is asked before the password is: it refuses what no password can
	// mend, such as a plain connection where TLS is required.
	Admit(ctx context.Context, l Login) error

	// Login opens a session. proves tells whether the client knows a password;
	// it may be called for several. A refusal is an *Error.
	Login(ctx context.Context, l Login, proves func(password string) bool) (Session, error)
}

// Status is the transaction state that ReadyForQuery reports.
type Status byte

// The three states of the protocol.
const (
	Idle          Status = 'I'
	InTransaction Status = 'T'
	Failed        Status = 'E'
)

// Session is one logged-in client. It is used by one goroutine at a time.
type Session interface {
	// Parameters are reported after log in, in this order.
	Parameters() []Parameter

	// Split cuts a query string at its semicolons.
	Split(query string) []Piece

	// Begin and End bracket a query string of several statements, which
	// PostgreSQL runs as one transaction unless it controls its own.
	Begin(ctx context.Context, pieces []Piece) error
	End(ctx context.Context, ok bool) error

	// Prepare checks a statement and finds its parameters and columns. oids
	// are the types the client declared, 0 for those it leaves to the server.
	Prepare(ctx context.Context, sql string, oids []uint32) (Statement, error)

	// Status is the transaction state now.
	Status() Status

	// Drain hands over what the last calls left to tell: notices and
	// parameters that changed.
	Drain() ([]Error, []Parameter)

	// Close ends the session and rolls back what is open.
	Close() error
}

// Parameter is a run-time parameter that the server reports.
type Parameter struct{ Name, Value string }

// Piece is one statement of a query string, with its offset in bytes.
type Piece struct {
	SQL    string
	Offset int
}

// Statement is a prepared statement. An empty one has a nil Statement.
type Statement interface {
	Params() []uint32  // type of each parameter
	Columns() []Column // nil when it gives no rows
	// Run executes it. Rows live no longer than ctx.
	Run(ctx context.Context, args []Arg) (Rows, error)
}

// Arg is a bound parameter.
type Arg struct {
	Value  []byte // nil is NULL
	Binary bool
}

// Column describes a result column.
type Column struct {
	Name   string
	OID    uint32
	Size   int16 // -1 is variable
	TypMod int32 // -1 is none
}

// Rows are a running statement's result.
type Rows interface {
	Columns() []Column // nil when there are none
	Next(ctx context.Context) error
	// Append adds column i of the current row to dst; ok is false for NULL.
	Append(dst []byte, i int, binary bool) (out []byte, ok bool, err error)
	// Tag is the command tag. The number of rows sent is known only here, so a
	// tag that ends in a blank is completed with it.
	Tag() string
	Close() error
}

// Error is an ErrorResponse or NoticeResponse.
type Error struct {
	Severity string // ERROR when empty
	Code     string // SQLSTATE
	Message  string
	Detail   string
	Hint     string
	Position int // in characters from 1 in the statement sent, 0 for none
}

func (e *Error) Error() string { return fmt.Sprintf("%s (SQLSTATE %s)", e.Message, e.Code) }

// Fatal makes an Error that ends the session.
func Fatal(code, format string, args ...any) *Error {
	return &Error{Severity: "FATAL", Code: code, Message: fmt.Sprintf(format, args...)}
}

// Errorf makes an Error that ends the statement.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Severity: "ERROR", Code: code, Message: fmt.Sprintf(format, args...)}
}
