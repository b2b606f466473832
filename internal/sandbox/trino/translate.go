package trino

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
)

// CheckSyntax parses a rewritten query without resolving its names.
func CheckSyntax(ctx context.Context, db *sql.DB, q *Query) error {
	var doc string
	if err := db.QueryRowContext(ctx, "SELECT CAST(json_serialize_sql(CAST(? AS VARCHAR)) AS VARCHAR)", q.SQL).Scan(&doc); err != nil {
		return q.Explain(err, 0)
	}
	var parsed struct {
		Error    bool   `json:"error"`
		Kind     string `json:"error_type"`
		Message  string `json:"error_message"`
		Position string `json:"position"`
	}
	if err := json.Unmarshal([]byte(doc), &parsed); err != nil {
		return err
	}
	if !parsed.Error || parsed.Kind != "parser" {
		return nil
	}
	position := len(q.SQL)
	if _, err := fmt.Sscan(parsed.Position, &position); err != nil {
		position = len(q.SQL)
	}
	return q.mismatch(position)
}

// mismatch is the parser's complaint about what the source has at a position
// of the rewritten text.
func (q *Query) mismatch(position int) *Error {
	pos := q.Source(position)
	seen := "<EOF>"
	if position < len(q.SQL) {
		if t, err := scanOne(q.src, pos); err == nil && pos < len(q.src) {
			seen = t.text
		}
	} else {
		pos = len(q.src)
	}
	return syntaxAt(q.src, pos, fmt.Sprintf("mismatched input '%s'. Expecting: <expression>", seen))
}

// Explain turns an engine error into Athena's words. skip is how many bytes of
// the statement stood in front of the query.
func (q *Query) Explain(err error, skip int) error {
	e, ok := duck.AsError(err)
	if !ok {
		return err
	}
	pos := 0
	if e.Position >= skip {
		pos = q.Source(e.Position - skip)
	}
	switch {
	case e.Kind == "Parser":
		return q.mismatch(max(0, e.Position-skip))
	case e.Subtype == "COLUMN_NOT_FOUND":
		return failAt(q.src, pos, "COLUMN_NOT_FOUND", "Column '%s' cannot be resolved or requester is not authorized to access requested resources", e.Name)
	case e.Kind == "Conversion":
		return Fail("INVALID_CAST_ARGUMENT", "%s", firstLine(e.Message))
	}
	return failAt(q.src, pos, "SYNTAX_ERROR", "%s", firstLine(e.Message))
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
