package pgwire

import (
	"context"
	"crypto/md5" // the protocol's password exchange is md5
	"crypto/subtle"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

const (
	// loginTime bounds start-up, as PostgreSQL's authentication_timeout does.
	loginTime = 60 * time.Second
	// maxMessage is Redshift's limit of one statement, 16 MB.
	maxMessage = 16 << 20
)

// handle serves one connection from its first byte.
func (s *Server) handle(nc net.Conn) {
	_ = nc.SetDeadline(time.Now().Add(loginTime))
	c := &client{srv: s, nc: nc, raw: nc}
	c.reset(nc)
	msg, err := c.firstMessage()
	if err != nil {
		return
	}
	switch m := msg.(type) {
	case *pgproto3.CancelRequest:
		s.cancelRequest(m.ProcessID, m.SecretKey)
	case *pgproto3.StartupMessage:
		c.login(m)
	}
}

// firstMessage answers encryption requests and returns what comes after them.
func (c *client) firstMessage() (pgproto3.FrontendMessage, error) {
	for {
		msg, err := c.in.ReceiveStartupMessage()
		if err != nil {
			return nil, err
		}
		switch msg.(type) {
		case *pgproto3.SSLRequest:
			if c.srv.opts.TLS == nil || c.tls {
				if _, err := c.nc.Write([]byte{'N'}); err != nil {
					return nil, err
				}
				continue
			}
			if _, err := c.nc.Write([]byte{'S'}); err != nil {
				return nil, err
			}
			tc := tls.Server(c.nc, c.srv.opts.TLS)
			if err := tc.HandshakeContext(c.srv.ctx); err != nil {
				return nil, err
			}
			c.tls = true
			c.reset(tc)
		case *pgproto3.GSSEncRequest:
			if _, err := c.nc.Write([]byte{'N'}); err != nil {
				return nil, err
			}
		default:
			return msg, nil
		}
	}
}

// login admits the client and serves it until it goes.
func (c *client) login(m *pgproto3.StartupMessage) {
	l := Login{User: m.Parameters["user"], Database: m.Parameters["database"], TLS: c.tls, Params: map[string]string{}}
	for k, v := range m.Parameters {
		if k != "user" && k != "database" {
			l.Params[k] = v
		}
	}
	if l.Database == "" {
		l.Database = l.User
	}
	l.Remote, _, _ = net.SplitHostPort(c.raw.RemoteAddr().String())
	c.srv.enter(c)
	defer c.srv.leave(c)
	l.PID = c.pid

	session, err := c.authenticate(c.srv.ctx, l)
	if err != nil {
		c.sendError(asFatal(err))
		_ = c.flush()
		return
	}
	c.session = session
	defer func() { _ = session.Close() }() // nobody is left to tell
	defer c.closePortals()
	_ = c.nc.SetDeadline(time.Time{})

	c.send(&pgproto3.AuthenticationOk{})
	for _, p := range session.Parameters() {
		c.send(&pgproto3.ParameterStatus{Name: p.Name, Value: p.Value})
	}
	c.send(&pgproto3.BackendKeyData{ProcessID: c.pid, SecretKey: c.secret})
	c.ready()
	if c.flush() == nil {
		c.serve()
	}
}

func (c *client) authenticate(ctx context.Context, l Login) (Session, error) {
	if l.User == "" {
		return nil, Fatal("28000", "no PostgreSQL user name specified in startup packet")
	}
	if err := c.srv.opts.Backend.Admit(ctx, l); err != nil {
		return nil, err
	}
	salt := newSalt()
	c.send(&pgproto3.AuthenticationMD5Password{Salt: salt})
	if err := c.flush(); err != nil {
		return nil, err
	}
	if err := c.in.SetAuthType(pgproto3.AuthTypeMD5Password); err != nil {
		return nil, err
	}
	msg, err := c.in.Receive()
	if err != nil {
		return nil, err
	}
	pw, ok := msg.(*pgproto3.PasswordMessage)
	if !ok {
		return nil, Fatal("08P01", "expected password response, got message type %T", msg)
	}
	answer := pw.Password
	return c.srv.opts.Backend.Login(ctx, l, func(password string) bool {
		return subtle.ConstantTimeCompare([]byte(answer), []byte(md5Answer(l.User, password, salt))) == 1
	})
}

// md5Answer is what a client that knows the password sends.
func md5Answer(user, password string, salt [4]byte) string {
	inner := md5.Sum([]byte(password + user))
	outer := md5.Sum(append([]byte(hex.EncodeToString(inner[:])), salt[:]...))
	return "md5" + hex.EncodeToString(outer[:])
}

// asFatal turns any error into one that may end a start-up.
func asFatal(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		f := *e
		f.Severity = "FATAL"
		return &f
	}
	return Fatal("XX000", "%v", err)
}

// reset makes the message reader of a connection, plain or after TLS. What a
// client sent ahead of the handshake stays in the old reader and is never read.
func (c *client) reset(nc net.Conn) {
	c.nc = nc
	c.in = pgproto3.NewBackend(nc, nil)
	c.in.SetMaxBodyLen(maxMessage)
}
