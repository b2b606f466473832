package redshift

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fairleadhq/fairlead/internal/fault"
)

const (
	connectLimit = 30 * time.Second
	// cancelLimit is how long a cancelled statement may take to end on the
	// server before its connection is cut.
	cancelLimit = 5 * time.Second
	pingLimit   = 2 * time.Second // for an idle connection to answer
	mostIdle    = 2
	// idleLimit is how long an idle connection is trusted: balancers and NAT
	// gateways on the way drop silent ones (350 s on AWS).
	idleLimit = 4 * time.Minute
	// readBuffer is what one read of the socket may bring; pgconn's own is 8 KB.
	readBuffer = 64 << 10
)

// conn is one connection on the wire. It runs one statement at a time.
type conn struct {
	pg    *pgconn.PgConn
	user  string
	since time.Time // when it fell idle
	notes []string  // notices of the running statement
}

// take returns an idle connection, or a new one. reused tells which.
func (e *Engine) take(ctx context.Context) (c *conn, reused bool, err error) {
	for {
		e.mu.Lock()
		n := len(e.idle)
		if n == 0 {
			e.mu.Unlock()
			break
		}
		c, e.idle = e.idle[n-1], e.idle[:n-1]
		e.mu.Unlock()
		if c.alive() {
			return c, true, nil
		}
		c.discard()
	}
	c, err = e.connect(ctx)
	return c, false, err
}

// alive reports whether an idle connection may be used again.
func (c *conn) alive() bool {
	idle := time.Since(c.since)
	if idle > idleLimit || c.pg.IsClosed() {
		return false
	}
	if idle < time.Second {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), pingLimit)
	defer cancel()
	return c.pg.Ping(ctx) == nil
}

// give takes back a connection whose statement has ended well.
func (e *Engine) give(c *conn) {
	c.notes, c.since = nil, time.Now()
	e.mu.Lock()
	keep := !e.closed && len(e.idle) < mostIdle && !c.pg.IsClosed() && c.pg.TxStatus() == 'I'
	if keep {
		e.idle = append(e.idle, c)
	}
	e.mu.Unlock()
	if !keep {
		c.discard()
	}
}

// discard closes the connection, politely but not for long.
func (c *conn) discard() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	c.pg.Close(ctx) // an error here has no reader: the connection is gone either way
}

// connect opens a connection. A temporary password that the server refuses is
// replaced once: the user may have been recreated since. One that breaks off
// before it stands is tried once more: nothing was sent on it.
func (e *Engine) connect(ctx context.Context) (*conn, error) {
	t, err := e.resolve(ctx)
	if err != nil {
		return nil, err
	}
	fresh, broken := false, false
	for {
		l, err := e.credentials(ctx, t, fresh)
		if err != nil {
			return nil, err
		}
		c, err := e.dial(ctx, t, l)
		if err == nil {
			return c, nil
		}
		if why := e.silence(err); why != "" && e.mayFallBack(t) && ctx.Err() == nil {
			return nil, &silentPort{e.unreachable(err, t), t.address(), why}
		}
		switch {
		case !broken && brokeOff(err) && ctx.Err() == nil:
			broken = true
		case fresh || e.set.user != "" || sqlState(err) != "28P01" && sqlState(err) != "28000":
			return nil, e.connectFault(ctx, err, t)
		default:
			fresh = true
		}
	}
}

// brokeOff reports that a connection was made and then cut, as by a balancer
// that is being changed or a node that restarts.
func brokeOff(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

func (e *Engine) dial(ctx context.Context, t target, l login) (*conn, error) {
	config, err := e.config(t, l)
	if err != nil {
		return nil, err
	}
	patience := time.Duration(0)
	if e.mayFallBack(t) {
		patience = e.patience
	}
	config.DialFunc = pgconn.DialFunc(e.dialPort(patience))
	if e.dialer != nil {
		config.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	}
	c := &conn{user: l.user}
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		c.notes = append(c.notes, notice(n))
	}
	ctx, cancel := context.WithTimeoutCause(ctx, connectLimit, errConnectLimit)
	defer cancel()
	if c.pg, err = pgconn.ConnectConfig(ctx, config); err != nil {
		return nil, err
	}
	for _, text := range e.sessionSettings() {
		if err := c.pg.Exec(ctx, text).Close(); err != nil {
			c.discard()
			return nil, err
		}
	}
	c.notes = nil
	return c, nil
}

// config makes the connection's settings. Nothing is taken from PGHOST and its
// kin, which belong to other databases.
func (e *Engine) config(t target, l login) (*pgconn.Config, error) {
	c, err := pgconn.ParseConfig("host=localhost port=5439 user=x dbname=x sslmode=disable target_session_attrs=any")
	if err != nil {
		return nil, fault.Wrap(err, fault.Config, "The environment's PostgreSQL settings cannot be read").
			WithRemedy("unset PGSERVICE and the other PG variables, which fairlead does not use")
	}
	c.Host, c.Port, c.Database = t.host, uint16(t.port), e.set.database
	c.User, c.Password = l.user, l.password.Reveal()
	c.Fallbacks, c.ValidateConnect = nil, nil
	c.ChannelBinding, c.RequireAuth, c.SSLNegotiation, c.SSLCertMode = "prefer", "", "postgres", "disable"
	c.MinProtocolVersion, c.MaxProtocolVersion = "3.0", "3.0"
	c.RuntimeParams = map[string]string{
		"client_encoding":  "UTF8",
		"datestyle":        "ISO, MDY",
		"application_name": "fairlead",
	}
	c.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
		return pgproto3.NewFrontend(bufio.NewReaderSize(r, readBuffer), w)
	}
	if c.TLSConfig, err = e.tlsConfig(t.host); err != nil {
		return nil, err
	}
	c.BuildContextWatcherHandler = func(pg *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: pg, DeadlineDelay: e.grace}
	}
	return c, nil
}

// cancelBackend ends the statement of process pid by statements of its own, for
// the case that a cancel request did not get through: behind a balancer it may
// reach another machine. The session is ended after its statement: its
// connection has been cut already.
func (e *Engine) cancelBackend(pid string) {
	ctx, cancel := context.WithTimeout(context.Background(), cancelLimit)
	defer cancel()
	c, err := e.connect(ctx)
	if err != nil {
		return // the server cannot be reached, so it has noticed by itself
	}
	defer c.discard()
	for _, function := range []string{"pg_cancel_backend", "pg_terminate_backend"} {
		c.pg.Exec(ctx, "select "+function+"("+pid+")").Close() // no one is left to tell
	}
}

// notice writes a server's notice as one sentence.
func notice(n *pgconn.Notice) string {
	text := fmt.Sprintf("%s: %s", n.Severity, n.Message)
	if n.Detail != "" {
		text += " (" + n.Detail + ")"
	}
	return text
}
