package pgwire

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"

	"github.com/jackc/pgx/v5/pgproto3"
)

var (
	errCancelled  = errors.New("cancelled by request")
	errTerminated = errors.New("terminated by request")
	errDone       = errors.New("statement done")
)

// flushAt is how many bytes of answer wait before they are written: rows
// stream in pieces of about this size.
const flushAt = 64 << 10

// client is one connection after its start-up.
type client struct {
	srv     *Server
	nc, raw net.Conn // nc is TLS once agreed, raw the socket below
	in      *pgproto3.Backend
	tls     bool
	pid     uint32
	secret  []byte
	session Session

	out []byte // answers not yet written

	statements map[string]*prepared
	portals    map[string]*portal
	skipping   bool // after an error in the extended protocol, until Sync

	mu      sync.Mutex
	current context.CancelCauseFunc // of the statement that runs, nil when idle
}

// serve answers messages until the client leaves or breaks the protocol.
func (c *client) serve() {
	c.statements, c.portals = map[string]*prepared{}, map[string]*portal{}
	for {
		msg, err := c.in.Receive()
		if err != nil {
			c.protocolViolation(err)
			return
		}
		if _, ok := msg.(*pgproto3.Terminate); ok {
			return
		}
		if err := c.answer(msg); err != nil {
			return
		}
	}
}

// protocolViolation tells a client that is still there what it sent wrong.
func (c *client) protocolViolation(err error) {
	var network net.Error
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.As(err, &network) {
		return
	}
	c.sendError(Fatal("08P01", "%v", err))
	_ = c.flush() // the connection is given up in any case
}

// answer serves one message. Its error is a broken connection.
func (c *client) answer(msg pgproto3.FrontendMessage) error {
	switch m := msg.(type) {
	case *pgproto3.Query:
		return c.simpleQuery(m.String)
	case *pgproto3.Sync:
		c.skipping = false
		if c.session.Status() == Idle {
			c.closePortals()
		}
		c.ready()
		return c.flush()
	case *pgproto3.Flush:
		return c.flush()
	}
	if c.skipping {
		return nil
	}
	err := c.extended(msg)
	var broken *brokenError
	if errors.As(err, &broken) {
		return err
	}
	if err != nil {
		c.sendNotices()
		e := c.explain(err)
		c.sendError(e)
		c.skipping = true
		if e.Severity == "FATAL" {
			_ = c.flush() // the connection ends here
			return &brokenError{err}
		}
	}
	if len(c.out) >= flushAt {
		return c.flush()
	}
	return nil
}

// begin makes a context for a statement that a cancel request can end.
func (c *client) begin() (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(c.srv.ctx)
	return ctx, cancel
}

// running says that cancel is what a cancel request must call; nil says that
// nothing runs.
func (c *client) running(cancel context.CancelCauseFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = cancel
}

func (c *client) cancelStatement(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current != nil {
		c.current(why)
	}
}

// interrupted is an error wrapped with the reason its context ended.
type interrupted struct{ why, err error }

func (e *interrupted) Error() string { return e.err.Error() }
func (e *interrupted) Unwrap() error { return e.err }

// withCause keeps the reason when err came of ctx being cancelled.
func withCause(ctx context.Context, err error) error {
	if err != nil && err != io.EOF && ctx.Err() != nil {
		return &interrupted{context.Cause(ctx), err}
	}
	return err
}

// explain turns any error into the one the client sees.
func (c *client) explain(err error) *Error {
	var stopped *interrupted
	if errors.As(err, &stopped) {
		switch {
		case errors.Is(stopped.why, errCancelled):
			return Errorf("57014", "%s", c.srv.opts.CancelMessage(c.pid))
		case errors.Is(stopped.why, errTerminated), c.srv.ctx.Err() != nil:
			return Fatal("57P01", "terminating connection due to administrator command")
		}
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Errorf("XX000", "%v", err)
}

// brokenError is a connection that can no longer be written to.
type brokenError struct{ err error }

func (e *brokenError) Error() string { return e.err.Error() }

func (c *client) send(msg pgproto3.BackendMessage) {
	out, err := msg.Encode(c.out)
	if err != nil { // only a message beyond the protocol's limits
		c.sendError(Errorf("54000", "%v", err))
		return
	}
	c.out = out
}

func (c *client) flush() error {
	if len(c.out) == 0 {
		return nil
	}
	_, err := c.nc.Write(c.out)
	c.out = c.out[:0]
	if err != nil {
		return &brokenError{err}
	}
	return nil
}

func (c *client) ready() {
	c.sendNotices()
	c.send(&pgproto3.ReadyForQuery{TxStatus: byte(c.session.Status())})
}

func (c *client) sendError(e *Error) {
	severity := e.Severity
	if severity == "" {
		severity = "ERROR"
	}
	c.send(&pgproto3.ErrorResponse{Severity: severity, Code: e.Code, Message: e.Message,
		Detail: e.Detail, Hint: e.Hint, Position: int32(e.Position)})
}

// sendNotices passes on what the session has to tell.
func (c *client) sendNotices() {
	notices, params := c.session.Drain()
	for _, n := range notices {
		c.send(&pgproto3.NoticeResponse{Severity: n.Severity, Code: n.Code, Message: n.Message, Detail: n.Detail, Hint: n.Hint})
	}
	for _, p := range params {
		c.send(&pgproto3.ParameterStatus{Name: p.Name, Value: p.Value})
	}
}
