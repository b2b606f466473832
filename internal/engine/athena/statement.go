package athena

import (
	"slices"
	"strings"
)

// token is a piece of a statement. kind is 'w' for a word, 'q' for a quoted
// name, 's' for a string, 'n' for a number, else the character itself.
type token struct {
	kind byte
	text string // a word in lower case; names and strings without their quotes
}

func (t token) is(word string) bool { return t.kind == 'w' && t.text == word }

func (t token) isName() bool { return t.kind == 'w' || t.kind == 'q' }

// tokens cuts a statement, without its comments. It is no parser: it finds the
// names a statement reads, and gives up nothing on what it does not know.
func tokens(text string) []token {
	var list []token
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '-' && strings.HasPrefix(text[i:], "--"):
			n := strings.IndexByte(text[i:], '\n')
			if n < 0 {
				return list
			}
			i += n
		case c == '/' && strings.HasPrefix(text[i:], "/*"):
			n := strings.Index(text[i:], "*/")
			if n < 0 {
				return list
			}
			i += n + 2
		case c == '\'' || c == '"' || c == '`':
			value, n := unquote(text[i:])
			kind := byte('q')
			if c == '\'' {
				kind = 's'
			}
			list = append(list, token{kind, value})
			i += n
		case isWordByte(c):
			n := i
			for n < len(text) && isWordByte(text[n]) {
				n++
			}
			kind := byte('w')
			if c >= '0' && c <= '9' {
				kind = 'n'
			}
			list = append(list, token{kind, strings.ToLower(text[i:n])})
			i = n
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			i++
		default:
			list = append(list, token{kind: c})
			i++
		}
	}
	return list
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c == '@' || c >= 0x80
}

// unquote reads what begins with a quote, which is doubled within; n is its length.
func unquote(text string) (value string, n int) {
	quote := text[0]
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		if text[i] == quote {
			if i+1 == len(text) || text[i+1] != quote {
				return b.String(), i + 1
			}
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String(), len(text)
}

// name is a table as the statement has it: one to three parts.
type name []string

// reads returns the tables that a statement names behind FROM, JOIN and commas
// between them, once each. Names that WITH gives are left out.
func reads(list []token) []name {
	given := map[string]bool{}
	for i, t := range list {
		// WITH [RECURSIVE] name [(columns)] AS ( and , name AS (
		if t.is("as") && i+1 < len(list) && list[i+1].kind == '(' && i > 0 {
			at := i - 1
			if list[at].kind == ')' {
				for at > 0 && list[at].kind != '(' {
					at--
				}
				at--
			}
			if at >= 0 && list[at].isName() {
				given[strings.ToLower(list[at].text)] = true
			}
		}
	}
	var found []name
	for i := 0; i < len(list); i++ {
		if !list[i].is("from") && !list[i].is("join") || trimOrExtract(list, i) {
			continue
		}
		for i+1 < len(list) {
			n, next := nameAt(list, i+1)
			called := next < len(list) && list[next].kind == '(' // unnest(...), table(...)
			if len(n) > 0 && !called && !(len(n) == 1 && given[n[0]]) &&
				!slices.ContainsFunc(found, func(o name) bool { return slices.Equal(o, n) }) {
				found = append(found, n)
			}
			if len(n) == 0 || called {
				break
			}
			// an alias, and a comma before another table
			if next < len(list) && list[next].is("as") {
				next++
			}
			if next < len(list) && list[next].isName() && !isClause(list[next]) {
				next++
			}
			i = next - 1
			if next >= len(list) || list[next].kind != ',' {
				break
			}
			i = next
		}
	}
	return found
}

// trimOrExtract reports whether the FROM at i belongs to a function: what lies
// between it and the open parenthesis is no query.
func trimOrExtract(list []token, i int) bool {
	depth := 0
	for j := i - 1; j >= 0; j-- {
		switch {
		case list[j].kind == ')':
			depth++
		case list[j].kind == '(' && depth == 0:
			return j > 0 && (list[j-1].is("extract") || list[j-1].is("trim") || list[j-1].is("substring") || list[j-1].is("overlay"))
		case list[j].kind == '(':
			depth--
		case depth == 0 && list[j].is("select"):
			return false
		}
	}
	return false
}

func isClause(t token) bool {
	return t.kind == 'w' && slices.Contains([]string{"from", "where", "group", "order", "having", "limit", "offset", "fetch", "join", "inner", "left",
		"right", "full", "cross", "natural", "on", "using", "union", "intersect", "except", "window", "tablesample", "for", "select", "with", "to"}, t.text)
}

// nameAt reads a name of up to three parts at i; next is the place behind it.
func nameAt(list []token, i int) (n name, next int) {
	for i < len(list) && list[i].isName() && (len(n) > 0 || !isClause(list[i])) {
		n = append(n, strings.ToLower(list[i].text))
		if i+1 >= len(list) || list[i+1].kind != '.' || len(n) == 3 {
			return n, i + 1
		}
		i += 2
	}
	return n, i
}

// equalities returns the conditions `column = literal` that hold for every row
// read: those of a statement without OR, NOT and sub-queries. The literal is as
// a partition filter wants it.
func equalities(list []token) map[string]string {
	selects := 0
	for _, t := range list {
		if t.is("select") {
			selects++
		}
		if t.is("or") || t.is("not") || t.is("union") || t.is("case") || selects > 1 {
			return nil
		}
	}
	found := map[string]string{}
	for i := range list {
		if i < 1 || i+1 >= len(list) || list[i].kind != '=' || !list[i-1].isName() || list[i-1].is("date") {
			continue
		}
		value := list[i+1]
		if value.is("date") && i+2 < len(list) {
			value = list[i+2]
		}
		switch value.kind {
		case 's':
			found[strings.ToLower(list[i-1].text)] = quoted(value.text)
		case 'n':
			found[strings.ToLower(list[i-1].text)] = value.text
		}
	}
	return found
}
