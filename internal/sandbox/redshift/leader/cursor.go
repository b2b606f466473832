package leader

import (
	"context"
	"fmt"
	"strconv"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rsql"
)

// cursor is the session's open cursor: as on the leader node, its whole result
// is laid up, here in a table, and fetched from there.
// https://docs.aws.amazon.com/redshift/latest/dg/declare.html
type cursor struct {
	name  string
	cols  []pgwire.Column
	fetch []string
	at    int64 // rows fetched so far
}

const cursorTable = `temp.main."fl_cursor"`

// cursorStatement plans DECLARE, FETCH and CLOSE.
func (s *Session) cursorStatement(ctx context.Context, text string, tokens []rsql.Token) (pgwire.Statement, error) {
	switch tokens[0].Text {
	case "declare":
		return s.declare(ctx, text, tokens)
	case "close":
		return action{"CLOSE CURSOR", func(ctx context.Context) (string, error) {
			if len(tokens) < 2 || !tokens[1].Is("all") && (s.cursor == nil || s.cursor.name != rsql.LastName(tokens[1:])) {
				return "", noCursor(rsql.LastName(tokens[1:]))
			}
			return "CLOSE CURSOR", s.closeCursor(ctx)
		}}, nil
	}
	return s.fetchCursor(tokens)
}

func noCursor(name string) error {
	return pgwire.Errorf("34000", "cursor \"%s\" does not exist", name)
}

// declare reads DECLARE name CURSOR FOR query.
func (s *Session) declare(ctx context.Context, text string, tokens []rsql.Token) (pgwire.Statement, error) {
	if len(tokens) < 5 || !tokens[2].Is("cursor") || !tokens[3].Is("for") {
		return nil, &pgwire.Error{Code: "42601", Message: "syntax error at or near \"declare\"", Position: position(text, tokens[0].Pos)}
	}
	if s.status == pgwire.Idle {
		return nil, pgwire.Errorf("25P01", "DECLARE CURSOR may only be used in transaction blocks")
	}
	if s.cursor != nil {
		return nil, pgwire.Errorf("42P03", "cursor \"%s\" already exists: only one cursor can be open in a session", s.cursor.name)
	}
	q := &query{session: s, text: text, tokens: tokens[4:]}
	if err := q.describe(ctx); err != nil {
		return nil, err
	}
	if q.cols == nil || len(q.params) > 0 {
		return nil, pgwire.Errorf("42601", "DECLARE CURSOR needs a query")
	}
	return action{"DECLARE CURSOR", func(ctx context.Context) (string, error) {
		out, err := q.reword(ctx, func(int) string { return "NULL" })
		if err != nil {
			return "", err
		}
		names := make([]string, len(q.cols))
		for i := range names {
			names[i] = columnName(i)
		}
		head := "CREATE OR REPLACE TEMP TABLE " + cursorTable + " AS SELECT row_number() OVER () AS fl_n, * FROM ("
		if _, err := s.exec(ctx, head+out.SQL+") AS q("+list(names)+")"); err != nil {
			return "", s.translate(err, shifted(out, len(head)), text)
		}
		s.cursor = &cursor{name: rsql.LastName(tokens[1:2]), cols: q.cols, fetch: q.fetch}
		return "DECLARE CURSOR", nil
	}}, nil
}

func list(names []string) string {
	out := ""
	for i, n := range names {
		if i > 0 {
			out += ", "
		}
		out += n
	}
	return out
}

// fetchCursor reads FETCH [NEXT | ALL | [FORWARD] n | FORWARD ALL] FROM name.
func (s *Session) fetchCursor(tokens []rsql.Token) (pgwire.Statement, error) {
	count := int64(1)
	i := 1
	forward := i < len(tokens) && tokens[i].Is("forward")
	if forward {
		i++
	}
	switch {
	case i < len(tokens) && tokens[i].Is("next"):
		i++
	case i < len(tokens) && tokens[i].Is("all"):
		count, i = 1<<62, i+1
	case i < len(tokens) && tokens[i].Kind == rsql.Number:
		n, err := strconv.ParseInt(tokens[i].Text, 10, 32)
		if err != nil {
			return nil, pgwire.Errorf("42601", "syntax error at or near \"%s\"", tokens[i].Text)
		}
		count, i = n, i+1
	}
	if i+2 != len(tokens) || !tokens[i].Is("from") && !tokens[i].Is("in") {
		return nil, pgwire.Errorf("42601", "syntax error: FETCH needs FROM and the name of a cursor")
	}
	c := s.cursor
	if name := rsql.LastName(tokens[i+1:]); c == nil || c.name != name {
		return nil, noCursor(name)
	}
	from := c.at
	to := from + count
	return &ready{session: s, tag: "FETCH", cols: c.cols, fetch: c.fetch, before: func() { c.at = to },
		sql: fmt.Sprintf("SELECT * EXCLUDE (fl_n) FROM %s WHERE fl_n > %d AND fl_n <= %d ORDER BY fl_n", cursorTable, from, to)}, nil
}

// closeCursor drops what the cursor laid up.
func (s *Session) closeCursor(ctx context.Context) error {
	if s.cursor == nil {
		return nil
	}
	s.cursor = nil
	_, err := s.exec(ctx, "DROP TABLE IF EXISTS "+cursorTable)
	return err
}
