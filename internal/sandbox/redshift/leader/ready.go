package leader

import (
	"context"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rsql"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rstype"
)

// ready is a statement whose SQL is the engine's own already: a SHOW, or what
// an administration function answers. before runs first.
type ready struct {
	session *Session
	sql     string
	tag     string
	before  func()
	cols    []pgwire.Column
	fetch   []string
}

// Params implements pgwire.Statement.
func (r *ready) Params() []uint32 { return nil }

// Columns implements pgwire.Statement.
func (r *ready) Columns() []pgwire.Column { return r.cols }

// Run implements pgwire.Statement.
func (r *ready) Run(ctx context.Context, _ []pgwire.Arg) (pgwire.Rows, error) {
	if r.before != nil {
		r.before()
	}
	head, tail := wrapping(r.fetch)
	rows, err := r.session.conn.QueryContext(ctx, head+r.sql+tail)
	explain := func(err error) error { return r.session.translate(err, nil, "") }
	if err != nil {
		return nil, r.session.fail(explain(err))
	}
	return r.session.newRows(rows, r.cols, r.tag, explain), nil
}

// explainStatement is EXPLAIN of a query: the engine's plan, line by line.
func (s *Session) explainStatement(ctx context.Context, text string, tokens []rsql.Token) (pgwire.Statement, error) {
	body := tokens[1:]
	if len(body) > 0 && body[0].Is("verbose") {
		body = body[1:]
	}
	if len(body) == 0 {
		return nil, &pgwire.Error{Code: "42601", Message: "syntax error at end of input", Position: position(text, len(text))}
	}
	out, err := s.rewrite(ctx, text, body, nil)
	if err != nil {
		return nil, err
	}
	const head = "EXPLAIN "
	rows, err := s.conn.QueryContext(ctx, head+out.SQL)
	if err != nil {
		return nil, s.translate(err, shifted(out, len(head)), text)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var key, plan string
		if err := rows.Scan(&key, &plan); err != nil {
			return nil, err
		}
		for _, line := range strings.Split(strings.TrimRight(plan, "\n"), "\n") {
			lines = append(lines, "("+quoteText(line)+")")
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return &ready{session: s, sql: `SELECT * FROM (VALUES ` + strings.Join(lines, ", ") + `) AS t("QUERY PLAN")`, tag: "EXPLAIN"}, nil
}

// administration is SELECT pg_cancel_backend(pid) or pg_terminate_backend(pid).
func (s *Session) administration(tokens []rsql.Token) (pgwire.Statement, bool) {
	if len(tokens) < 5 || !tokens[0].Is("select") || !tokens[2].Is("(") || tokens[3].Kind != rsql.Number || !tokens[4].Is(")") {
		return nil, false
	}
	act := s.opts.Cancel
	switch {
	case tokens[1].Is("pg_cancel_backend"):
	case tokens[1].Is("pg_terminate_backend"):
		act = s.opts.Terminate
	default:
		return nil, false
	}
	var pid uint32
	for _, c := range tokens[3].Text {
		pid = pid*10 + uint32(c-'0')
	}
	name := tokens[1].Text
	if len(tokens) > 5 {
		name = rsql.LastName(tokens[len(tokens)-1:])
	}
	return &ready{session: s, sql: "SELECT 1 AS " + quoteName(name), tag: "SELECT", before: func() {
		if act == nil || !act(pid) {
			s.notice("WARNING", "01000", "PID %d is not a PostgreSQL server process", pid)
		}
	}}, true
}

// describeSQL asks the engine for the columns of SQL of ours.
func (s *Session) describeSQL(ctx context.Context, sql string) ([]pgwire.Column, []string, error) {
	rows, err := s.conn.QueryContext(ctx, describing+sql)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	cols, fetch := []pgwire.Column{}, []string(nil)
	for rows.Next() {
		var name, typ string
		var ignored any
		if err := rows.Scan(&name, &typ, &ignored, &ignored, &ignored, &ignored); err != nil {
			return nil, nil, err
		}
		t := rstype.Of(typ)
		fetch = append(fetch, rstype.Fetch(columnName(len(cols)), typ))
		cols = append(cols, pgwire.Column{Name: name, OID: t.OID, Size: t.Size, TypMod: t.TypMod})
	}
	return cols, fetch, rows.Err()
}
