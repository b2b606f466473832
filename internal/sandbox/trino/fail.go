package trino

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error is a refused statement in Athena's words.
type Error struct {
	Name    string // "TABLE_NOT_FOUND", "SYNTAX_ERROR", "DIVISION_BY_ZERO"; empty when the statement could not be parsed
	Message string // "line 1:15: Table 'awsdatacatalog.sales.nope' does not exist"
}

// Error is the text of StateChangeReason.
func (e *Error) Error() string {
	if e.Name == "" {
		return e.Message
	}
	return e.Name + ": " + e.Message
}

// Fail makes an error without a place in the statement.
func Fail(name, format string, args ...any) *Error {
	return &Error{Name: name, Message: fmt.Sprintf(format, args...)}
}

// failAt makes an error at a byte offset of the statement.
func failAt(sql string, pos int, name, format string, args ...any) *Error {
	return &Error{Name: name, Message: "line " + place(sql, pos) + ": " + fmt.Sprintf(format, args...)}
}

func syntaxAt(sql string, pos int, message string) *Error { return failAt(sql, pos, "", "%s", message) }

// place is line:column, both from 1, the column counted in characters.
func place(sql string, pos int) string {
	pos = max(0, min(pos, len(sql)))
	before := sql[:pos]
	line := strings.Count(before, "\n") + 1
	return fmt.Sprintf("%d:%d", line, utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])+1)
}
