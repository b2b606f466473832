package leader

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rsql"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rstype"
)

// query is a statement that the engine runs. It is reworded at every run: its
// parameters become literals and its clock functions the time of the run.
type query struct {
	session  *Session
	text     string
	tokens   []rsql.Token
	declared []uint32 // parameter types the client told
	params   []uint32
	cols     []pgwire.Column
	fetch    []string // SQL that fetches each column
}

func (q *query) Params() []uint32         { return q.params }
func (q *query) Columns() []pgwire.Column { return q.cols }

// givesRows tells the statements that DESCRIBE understands.
func givesRows(tokens []rsql.Token) bool {
	if rsql.SelectsInto(tokens) {
		return false
	}
	for _, t := range tokens {
		if t.Is("(") {
			continue
		}
		return t.Is("select") || t.Is("with") || t.Is("values") || t.Is("table")
	}
	return false
}

// describe checks the statement and finds parameter and column types.
func (q *query) describe(ctx context.Context) error {
	q.params = make([]uint32, 0)
	for _, t := range q.tokens {
		if t.Kind != rsql.Param {
			continue
		}
		n, err := strconv.Atoi(t.Text[1:])
		if err != nil || n < 1 || n > 32767 {
			return &pgwire.Error{Code: "42P02", Message: "there is no parameter " + t.Text, Position: q.position(t.Pos)}
		}
		for len(q.params) < n {
			q.params = append(q.params, 0)
		}
	}
	copy(q.params, q.declared)
	q.infer(ctx)
	if !givesRows(q.tokens) {
		return nil
	}
	out, err := q.reword(ctx, func(n int) string {
		text, _ := rstype.Literal(q.params[n-1], nil, false) // NULL has no bad form
		return text
	})
	if err != nil {
		return err
	}
	q.cols, q.fetch, err = q.session.describeSQL(ctx, out.SQL)
	if err != nil {
		return q.session.translate(err, shifted(out, len(describing)), q.text)
	}
	return nil
}

// infer finds the types of the parameters that the client left open, as the
// engine expects them; varchar where it has no opinion.
func (q *query) infer(ctx context.Context) {
	open := false
	for _, oid := range q.params {
		open = open || oid == 0 || oid == rstype.Unknown
	}
	if !open {
		return
	}
	types := map[string]string{}
	out, err := q.reword(ctx, func(n int) string { return fmt.Sprintf("$%d", n) })
	if err == nil && len(out.Before) == 0 {
		// A failure is told better by what runs next.
		types, _ = duck.ParameterTypes(ctx, q.session.conn, out.SQL)
	}
	for i, oid := range q.params {
		if oid != 0 && oid != rstype.Unknown {
			continue
		}
		q.params[i] = rstype.Varchar
		switch t := types[strconv.Itoa(i+1)]; t {
		case "":
		case "DECIMAL", "HUGEINT":
			q.params[i] = rstype.Numeric
		default:
			q.params[i] = rstype.Of(t).OID
		}
	}
}

// describing is the engine's statement that tells the columns of another.
const describing = "DESCRIBE "

// columnName is what we call column i inside a wrapped query.
func columnName(i int) string { return fmt.Sprintf("c%d", i+1) }

// reword makes DuckDB's SQL of the statement.
func (q *query) reword(ctx context.Context, param func(n int) string) (*rsql.Output, error) {
	return q.session.rewrite(ctx, q.text, q.tokens, param)
}

// rewrite makes DuckDB's SQL of a statement, asking the engine for the types it
// needs on the way. What is wrong with the statement is told by who runs it.
func (s *Session) rewrite(ctx context.Context, text string, tokens []rsql.Token, param func(n int) string) (*rsql.Output, error) {
	c := s.context(ctx, param)
	c.Types = rsql.Types{}
	for {
		out, err := rsql.Rewrite(tokens, c)
		if err != nil {
			return nil, s.syntax(text, err)
		}
		if !out.Probes() {
			return out, nil
		}
		st, err := s.conn.PrepareContext(ctx, out.SQL)
		if err == nil {
			return out, st.Close()
		}
		switch learnt := out.Learn(c.Types, err); {
		case learnt:
		case out.Together:
			c.Apart = true
		default:
			return out, nil
		}
	}
}

// Run implements pgwire.Statement.
func (q *query) Run(ctx context.Context, args []pgwire.Arg) (pgwire.Rows, error) {
	ctx, running := q.session.limit(ctx)
	rows, err := q.run(ctx, args)
	if err := running.done(err); err != nil {
		return nil, q.session.fail(err)
	}
	if r, ok := rows.(*engineRows); ok {
		r.release = running.release
	} else {
		running.release()
	}
	return rows, nil
}

func (q *query) run(ctx context.Context, args []pgwire.Arg) (pgwire.Rows, error) {
	literals := make([]string, len(args))
	for i, a := range args {
		text, err := rstype.Literal(q.params[i], a.Value, a.Binary)
		if err != nil {
			return nil, pgwire.Errorf("22P02", "%v", err)
		}
		literals[i] = text
	}
	out, err := q.reword(ctx, func(n int) string { return literals[n-1] })
	if err != nil {
		return nil, err
	}
	for _, first := range out.Before {
		if _, err := q.session.exec(ctx, first); err != nil {
			return nil, q.session.translate(err, nil, "")
		}
	}
	if q.cols == nil {
		n, err := q.session.exec(ctx, out.SQL)
		if err != nil {
			return nil, q.session.translate(err, out, q.text)
		}
		if objectKind(q.tokens) == "schema" { // it may be one that the search path names
			if err := q.session.applySearchPath(ctx); err != nil {
				return nil, q.session.translate(err, nil, "")
			}
		}
		return done(tagOf(q.tokens, n)), nil
	}
	head, tail := wrapping(q.fetch)
	explain := func(err error) error { return q.session.translate(err, shifted(out, len(head)), q.text) }
	rows, err := q.session.conn.QueryContext(ctx, head+out.SQL+tail)
	if err != nil {
		return nil, explain(err)
	}
	return q.session.newRows(rows, q.cols, "SELECT", explain), nil
}

// wrapping is the SQL around a query that fetches as text what the driver's own
// values would spoil. It is empty when there is nothing of the kind.
func wrapping(fetch []string) (head, tail string) {
	plain := true
	names := make([]string, len(fetch))
	for i, f := range fetch {
		names[i] = columnName(i)
		plain = plain && f == names[i]
	}
	if plain {
		return "", ""
	}
	return "SELECT " + strings.Join(fetch, ", ") + " FROM (", ") AS q(" + strings.Join(names, ", ") + ")"
}

// position turns a byte offset into PostgreSQL's: characters from 1.
func (q *query) position(offset int) int { return position(q.text, offset) }

// tagOf is the command tag of a statement without rows.
func tagOf(tokens []rsql.Token, n int64) string {
	verb := tokens[0].Text
	switch verb {
	case "select", "with": // SELECT ... INTO
		return "SELECT"
	case "insert":
		return fmt.Sprintf("INSERT 0 %d", n)
	case "update", "delete", "merge":
		return fmt.Sprintf("%s %d", strings.ToUpper(verb), n)
	case "create", "drop", "alter":
		return strings.ToUpper(verb) + " " + strings.ToUpper(objectKind(tokens))
	case "truncate":
		return "TRUNCATE TABLE"
	}
	return strings.ToUpper(verb)
}
