// Package leader is the sandbox warehouse's leader node: it runs one session's
// statements on DuckDB and answers as Redshift does, with its transaction
// rules, settings, SHOW commands, types and error texts.
//
// It refuses to know the wire (pgwire), how a statement is reworded (rsql) and
// who may log in.
//
//	s, err := leader.Open(ctx, db, leader.Options{User: "IAMR:Analyst", Database: "dev"})
//	defer s.Close()
//	st, err := s.Prepare(ctx, "select 1 as one", nil)
package leader

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rsql"
	"github.com/fairleadhq/fairlead/internal/sandbox/s3"
)

// Options say whose session it is.
type Options struct {
	User     string // as current_user tells it
	Database string
	PID      uint32
	ReadOnly bool // refuse writes for want of permission
	Params   map[string]string
	Now      func() time.Time
	// Store is where UNLOAD writes and COPY reads; nil is nowhere.
	Store *s3.Store
	// Cancel and Terminate act on another session and tell whether there is one.
	Cancel, Terminate func(pid uint32) bool
}

// Session is one user's connection to the warehouse. It implements pgwire.Session.
type Session struct {
	opts     Options
	conn     *sql.Conn
	status   pgwire.Status
	began    time.Time // of the open transaction
	batch    bool      // the open transaction is a query string's own
	settings settings
	notices  []pgwire.Error
	changed  []pgwire.Parameter
	cursor   *cursor             // the open one
	prepared map[string]prepared // those of PREPARE
}

// Open makes a session on a connection of its own.
func Open(ctx context.Context, db *sql.DB, o Options) (*Session, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	s := &Session{opts: o, conn: conn, status: pgwire.Idle, settings: newSettings(o.Params)}
	if err := s.applySettings(ctx); err != nil {
		_ = s.Close() // the first error is the one that tells
		return nil, err
	}
	return s, nil
}

// Close ends the session. Its connection is not given back to the pool: a
// temporary table or a setting must not outlive its session.
func (s *Session) Close() error {
	err := s.conn.Raw(func(any) error { return driver.ErrBadConn })
	if err == driver.ErrBadConn {
		err = nil
	}
	if closing := s.conn.Close(); closing != nil && closing != sql.ErrConnDone {
		return closing
	}
	return err
}

// Status is the transaction state.
func (s *Session) Status() pgwire.Status { return s.status }

// Drain hands over what is to be told.
func (s *Session) Drain() ([]pgwire.Error, []pgwire.Parameter) {
	n, p := s.notices, s.changed
	s.notices, s.changed = nil, nil
	return n, p
}

// Split cuts a query string into statements.
func (s *Session) Split(query string) []pgwire.Piece {
	pieces := rsql.Split(query)
	out := make([]pgwire.Piece, len(pieces))
	for i, p := range pieces {
		out[i] = pgwire.Piece{SQL: p.SQL, Offset: p.Offset}
	}
	return out
}

// Parameters are what Redshift reports after log in.
func (s *Session) Parameters() []pgwire.Parameter {
	return []pgwire.Parameter{
		{Name: "server_version", Value: "8.0.2"},
		{Name: "server_encoding", Value: "UNICODE"},
		{Name: "client_encoding", Value: s.settings.value("client_encoding")},
		{Name: "is_superuser", Value: "off"},
		{Name: "session_authorization", Value: s.opts.User},
		{Name: "DateStyle", Value: s.settings.value("datestyle")},
		{Name: "TimeZone", Value: s.settings.value("timezone")},
		{Name: "integer_datetimes", Value: "on"},
		{Name: "standard_conforming_strings", Value: "on"},
		{Name: "application_name", Value: s.settings.value("application_name")},
		{Name: "max_numeric_precision", Value: "38"},
		{Name: "max_varchar_size", Value: "65535"},
	}
}

func (s *Session) exec(ctx context.Context, sql string) (int64, error) {
	res, err := s.conn.ExecContext(ctx, sql)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Prepare implements pgwire.Session.
func (s *Session) Prepare(ctx context.Context, text string, oids []uint32) (pgwire.Statement, error) {
	tokens, err := rsql.Lex(text)
	if err != nil {
		return nil, s.fail(s.syntax(text, err))
	}
	if len(tokens) == 0 {
		return nil, nil
	}
	verb := tokens[0].Text
	if s.status == pgwire.Failed && !endsTransaction(verb) {
		return nil, pgwire.Errorf("25P02", "current transaction is aborted, commands ignored until end of transaction block")
	}
	st, err := s.plan(ctx, text, tokens, oids)
	if err != nil {
		return nil, s.fail(err)
	}
	return st, nil
}

// plan finds who runs a statement: the session itself, or the engine.
func (s *Session) plan(ctx context.Context, text string, tokens []rsql.Token, oids []uint32) (pgwire.Statement, error) {
	if st, ok, err := s.control(ctx, tokens); ok || err != nil {
		if r, isReady := st.(*ready); isReady && err == nil {
			r.cols, r.fetch, err = s.describeSQL(ctx, r.sql)
		}
		return st, err
	}
	if st, ok, err := s.preparedStatement(ctx, text, tokens); ok {
		return st, err
	}
	free, ok, err := accepted(tokens)
	if err == nil && !ok {
		err = offered(text, tokens)
	}
	if err != nil {
		return nil, err
	}
	if s.opts.ReadOnly && writes(tokens) {
		return nil, denied(tokens)
	}
	if ok {
		return free, nil
	}
	switch verb := tokens[0].Text; verb {
	case "analyze", "vacuum": // the engine keeps its own house
		return action{strings.ToUpper(verb), func(context.Context) (string, error) { return strings.ToUpper(verb), nil }}, nil
	case "declare", "fetch", "close":
		return s.cursorStatement(ctx, text, tokens)
	case "unload":
		return s.unload(ctx, text, tokens)
	case "copy":
		return s.copyInto(ctx, text, tokens)
	case "explain":
		st, err := s.explainStatement(ctx, text, tokens)
		if err != nil {
			return nil, err
		}
		r := st.(*ready)
		r.cols, r.fetch, err = s.describeSQL(ctx, r.sql)
		return r, err
	}
	q := &query{session: s, text: text, tokens: tokens, declared: oids}
	return q, q.describe(ctx)
}

// fail marks an open transaction as failed.
func (s *Session) fail(err error) error {
	if err != nil && s.status == pgwire.InTransaction {
		s.status = pgwire.Failed
	}
	return err
}

func (s *Session) notice(severity, code, format string, args ...any) {
	s.notices = append(s.notices, pgwire.Error{Severity: severity, Code: code, Message: fmt.Sprintf(format, args...)})
}

// quoteName writes an identifier.
func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// quoteText writes a string literal.
func quoteText(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
