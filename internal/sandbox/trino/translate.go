package trino

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"

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
	pos, seen := len(q.src), "<EOF>"
	if position < len(q.SQL) {
		pos = q.Source(position)
		if t, err := scanOne(q.src, min(pos, len(q.src)-1)); err == nil && pos < len(q.src) {
			seen = t.text
		}
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
	if marked := markedFailure(e.Message); marked != nil {
		return marked
	}
	if trouble := FileTrouble(e.Message); trouble != "" {
		return Fail("HIVE_BAD_DATA", "%s", trouble)
	}
	switch e.Kind {
	case "Parser":
		return q.mismatch(max(0, e.Position-skip))
	case "Conversion":
		return castFailure(e.Message)
	case "Out of Range":
		return Fail("NUMERIC_VALUE_OUT_OF_RANGE", "%s", firstLine(e.Message))
	case "IO":
		return Fail("HIVE_CANNOT_OPEN_SPLIT", "%s", firstLine(e.Message))
	case "Out of Memory":
		return Fail("EXCEEDED_LOCAL_MEMORY_LIMIT", "Query exceeded the sandbox's memory limit")
	case "Invalid Input":
		return q.invalidInput(e, pos)
	}
	return q.analysis(e, pos)
}

// markedFailure finds an error of ours inside a failed conversion.
func markedFailure(message string) *Error {
	_, rest, found := strings.Cut(message, "'"+failMark)
	if !found {
		return nil
	}
	end := strings.LastIndex(rest, "' to ")
	if end < 0 {
		end = strings.LastIndex(rest, "' can't be cast to ")
	}
	if end < 0 {
		end = len(rest)
	}
	rest = rest[:end]
	name, text, found := strings.Cut(rest, ": ")
	to := "BIGINT"
	if end+len("' to ") < len(message) && strings.Contains(message, "to INT32") {
		to = "INT"
	}
	switch {
	case rest == "DIVISION_BY_ZERO":
		return Fail("DIVISION_BY_ZERO", "Division by zero")
	case found && name == strings.ToUpper(name):
		return Fail(name, "%s", strings.ReplaceAll(text, "''", "'"))
	}
	return Fail("INVALID_CAST_ARGUMENT", "Cannot cast '%s' to %s", rest, to)
}

// Patterns of DuckDB's messages.
var (
	convertPattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?s)^Could not convert string ['"](.*)['"] to '?([A-Z0-9(), ]+)'?`)
	})
	fieldPattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?s)^(?:invalid )?(date|timestamp|time) field (?:format|value out of range): "(.*?)"`)
	})
	tableColumnPattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?:Table|Values list) "(.*?)" does not have a column named "(.*?)"`)
	})
	aggregatePattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^column "?(.*?)"? must appear in the GROUP BY clause`)
	})
	operatorPattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^Cannot compare values of type ([^ ]+) and (?:type )?([^ ]+)`)
	})
	callPattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`argument types '?([A-Za-z_0-9]+)\((.*?)\)'?\. You might`)
	})
)

// castFailure is the message of a value that cannot be converted.
func castFailure(message string) *Error {
	if m := convertPattern().FindStringSubmatch(message); m != nil {
		return Fail("INVALID_CAST_ARGUMENT", "Cannot cast '%s' to %s", m[1], duckWord(m[2]))
	}
	if m := fieldPattern().FindStringSubmatch(message); m != nil {
		return Fail("INVALID_CAST_ARGUMENT", "Value cannot be cast to %s: %s", m[1], m[2])
	}
	return Fail("INVALID_CAST_ARGUMENT", "%s", firstLine(message))
}

// duckWord is Trino's name of a type in DuckDB's messages.
func duckWord(name string) string {
	switch name {
	case "INT8":
		return "TINYINT"
	case "INT16":
		return "SMALLINT"
	case "INT32":
		return "INT"
	case "INT64", "INT128":
		return "BIGINT"
	case "BOOL":
		return "BOOLEAN"
	}
	return name
}

// invalidInput are failures while running that DuckDB has no finer kind for.
func (q *Query) invalidInput(e *duck.Error, pos int) error {
	switch {
	case strings.HasPrefix(e.Message, "More than one row returned by a subquery"):
		return Fail("SUBQUERY_MULTIPLE_ROWS", "Scalar sub-query has returned multiple rows")
	case strings.Contains(e.Message, "Map keys must be unique"):
		return Fail("INVALID_FUNCTION_ARGUMENT", "Duplicate map keys are not allowed")
	case strings.Contains(e.Message, "Malformed JSON"):
		return Fail("INVALID_FUNCTION_ARGUMENT", "Cannot convert value to JSON: %s", firstLine(e.Message))
	case strings.Contains(e.Message, "Could not parse string"):
		return Fail("INVALID_FUNCTION_ARGUMENT", "Invalid format: %s", firstLine(e.Message))
	}
	return Fail("INVALID_FUNCTION_ARGUMENT", "%s", firstLine(e.Message))
}

// analysis are failures to make sense of names and types.
func (q *Query) analysis(e *duck.Error, pos int) error {
	const denied = "Column '%s' cannot be resolved or requester is not authorized to access requested resources"
	message := firstLine(e.Message)
	if e.Subtype == "COLUMN_NOT_FOUND" || strings.HasPrefix(message, "Referenced column ") {
		name := e.Name
		if name == "" {
			name, _, _ = strings.Cut(strings.TrimPrefix(message, `Referenced column "`), `"`)
		}
		return failAt(q.src, q.find(pos, name), "COLUMN_NOT_FOUND", denied, strings.ToLower(name))
	}
	if m := tableColumnPattern().FindStringSubmatch(message); m != nil {
		return failAt(q.src, q.find(pos, m[1]), "COLUMN_NOT_FOUND", denied, strings.ToLower(m[1]+"."+m[2]))
	}
	if strings.HasPrefix(message, "Referenced table ") {
		name, _, _ := strings.Cut(strings.TrimPrefix(message, `Referenced table "`), `"`)
		pos = q.find(pos, name)
		return failAt(q.src, pos, "COLUMN_NOT_FOUND", denied, strings.ToLower(q.path(pos)))
	}
	if strings.HasPrefix(message, "Ambiguous reference to column") {
		_, name, _ := strings.Cut(message, `"`)
		name, _, _ = strings.Cut(name, `"`)
		return failAt(q.src, q.find(pos, name), "AMBIGUOUS_NAME", "Column '%s' is ambiguous", strings.ToLower(name))
	}
	if m := aggregatePattern().FindStringSubmatch(message); m != nil {
		return failAt(q.src, q.find(pos, m[1]), "EXPRESSION_NOT_AGGREGATE", "'%s' must be an aggregate expression or appear in GROUP BY clause", m[1])
	}
	if m := operatorPattern().FindStringSubmatch(message); m != nil {
		return failAt(q.src, pos, "TYPE_MISMATCH", "Cannot apply operator: %s = %s", DuckType(m[1]), DuckType(m[2]))
	}
	if strings.Contains(message, "WHERE clause cannot contain aggregates") {
		return failAt(q.src, pos, "EXPRESSION_NOT_SCALAR", "WHERE clause cannot contain aggregations, window functions or grouping operations")
	}
	if m := callPattern().FindStringSubmatch(message); m != nil {
		name := strings.TrimPrefix(m[1], "fl_")
		return failAt(q.src, pos, "FUNCTION_NOT_FOUND", "Unexpected parameters (%s) for function %s", typeList(m[2]), name)
	}
	if e.Entry == "Table" {
		return failAt(q.src, pos, "TABLE_NOT_FOUND", "Table '%s' does not exist", e.Name)
	}
	return failAt(q.src, pos, "SYNTAX_ERROR", "%s", message)
}

// typeList spells the argument types of a call as Trino does.
func typeList(types string) string {
	var out []string
	for _, t := range strings.Split(types, ", ") {
		out = append(out, DuckType(strings.ReplaceAll(t, "_LITERAL", "")).String())
	}
	return strings.Join(out, ", ")
}

// find is the place of a name in the source: at pos if it stands there, else
// its first appearance behind, else anywhere, else pos.
func (q *Query) find(pos int, name string) int {
	toks, err := scan(q.src)
	if err != nil || name == "" {
		return pos
	}
	first := -1
	for _, t := range toks {
		if (t.kind == word || t.kind == quoted) && strings.EqualFold(t.value, name) {
			if t.pos >= pos {
				return t.pos
			}
			if first < 0 {
				first = t.pos
			}
		}
	}
	if first >= 0 {
		return first
	}
	return pos
}

// path is the dotted name that begins at pos.
func (q *Query) path(pos int) string {
	toks, err := scan(q.src)
	if err != nil {
		return ""
	}
	var b strings.Builder
	for i, t := range toks {
		if t.pos < pos {
			continue
		}
		b.WriteString(t.value)
		if i+2 >= len(toks) || !toks[i+1].is(".") && !t.is(".") {
			break
		}
		if t.kind != punct && !toks[i+1].is(".") {
			break
		}
	}
	return b.String()
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
