package redshift

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fairleadhq/fairlead/internal/awsnet"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/session"
)

var errConnectLimit = errors.New("no answer within 30 seconds")

// sqlState returns the server's code in err, or "".
func sqlState(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// statementFault gives an error of a running statement its code. text is the
// statement, for the position.
func statementFault(ctx context.Context, err error, text string) *fault.Error {
	if ended := ctx.Err(); ended != nil {
		return session.Fault(ended, service, "run the statement")
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return known
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return fault.Wrap(err, fault.Unavailable, "The connection to Redshift broke while the statement ran").
			WithRemedy("try again; whether a write was done is not known")
	}
	code := stateCode(pg.Code)
	if pg.Code == "08P01" {
		// Protocol violation: what the server says of a parameter that nobody
		// binds ("select $1") or of a NUL byte. The connection itself is well.
		code = fault.Statement
	}
	message := "Redshift failed the statement"
	if code == fault.Statement && pg.Code == "57014" {
		message = "The statement was cancelled in Redshift"
	}
	f := fault.New(code, message).WithService(serverSaid(pg, text))
	if pg.Hint != "" {
		f.Remedy = pg.Hint
	}
	return f
}

// stateCode sorts SQLSTATE codes (PostgreSQL manual, appendix A).
func stateCode(state string) fault.Code {
	switch {
	case state == "42501":
		return fault.Denied
	case state == "42P01", state == "3D000", state == "3F000":
		return fault.NotFound
	case strings.HasPrefix(state, "28"):
		return fault.CredsRejected
	case state == "53300", state == "57P03":
		return fault.Throttled
	case strings.HasPrefix(state, "08"), strings.HasPrefix(state, "57P"), strings.HasPrefix(state, "53"):
		return fault.Unavailable
	}
	return fault.Statement
}

// serverSaid keeps the server's words. Its position counts characters.
func serverSaid(pg *pgconn.PgError, text string) fault.Service {
	s := fault.Service{Name: service, Code: pg.Code, Message: pg.Message}
	if pg.Detail != "" {
		s.Message += "\n" + strings.TrimSpace(pg.Detail)
	}
	s.Line, s.Column = engine.PositionAt(text, int(pg.Position))
	return s
}

// connectFault says why no connection came about.
func (e *Engine) connectFault(ctx context.Context, err error, t target) *fault.Error {
	if ended := ctx.Err(); ended != nil {
		return session.Fault(ended, service, "connect to "+t.address())
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return known
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		f := fault.Newf(stateCode(pg.Code), "Redshift at %s refused the log in to database %s",
			t.address(), quote(e.set.database)).WithService(serverSaid(pg, ""))
		if f.Code == fault.NotFound {
			f.Remedy = Spec().Setting(e.session.Name, "database", "NAME")
		}
		return f
	}
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &unknown):
		return fault.Wrapf(unknown, fault.Config, "The certificate of %s is signed by nobody trusted here", t.address()).
			WithRemedy("set AWS_CA_BUNDLE, or: " + engine.Setting(e.session.Name, "ca_file", "FILE"))
	case errors.As(err, &name):
		return fault.Wrapf(name, fault.Config, "The certificate of %s is for another name", t.address()).
			WithRemedy("through a tunnel or a DNS alias the name cannot match: " + engine.Setting(e.session.Name, "sslmode", "verify-ca"))
	case errors.As(err, &record), strings.Contains(err.Error(), "server refused TLS"):
		return fault.Wrapf(err, fault.Config, "%s does not speak TLS", t.address()).
			WithRemedy("check host and port: " + engine.Change(e.session.Name))
	}
	return e.unreachable(err, t)
}

// unreachable describes a server that did not answer.
func (e *Engine) unreachable(err error, t target) *fault.Error {
	f := fault.Wrapf(netCause(err), fault.Unavailable, "Cannot reach Redshift at %s", t.address())
	return f.WithRemedy("check that this machine may reach it (VPN, security group, publicly accessible), or go through a tunnel: " +
		engine.Setting(e.session.Name, "host", "HOST"))
}

// netCause returns the network's own error without pgconn's repetition of user
// and database.
func netCause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return dns
	}
	return err
}

// said keeps the words of an AWS call that failed.
func said(err error) fault.Service {
	s := awsnet.ServiceWords(err, service)
	if s.Message == "" {
		s.Message = err.Error()
	}
	return s
}
