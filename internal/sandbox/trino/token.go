package trino

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// kinds of tokens
type tokenKind uint8

const (
	word   tokenKind = iota // keyword or plain identifier
	quoted                  // "identifier" or `identifier`
	text                    // 'string', X'..', U&'..'
	number
	param // ?
	punct // operators and brackets
)

// token is one lexical element with its place in the statement.
type token struct {
	kind  tokenKind
	text  string // as written
	value string // lower-case for a word, unquoted for quoted and text
	pos   int    // byte offset
}

// is tells whether the token is this keyword or operator (lower case).
func (t token) is(s string) bool {
	return (t.kind == word || t.kind == punct) && t.value == s
}

// isName tells whether the token can name something.
func (t token) isName() bool { return t.kind == quoted || t.kind == word && !reserved(t.value) }

// scan splits a statement into tokens. Comments and white space are dropped.
func scan(sql string) ([]token, error) {
	var out []token
	for at := 0; at < len(sql); {
		c := sql[at]
		switch {
		case c <= ' ':
			at++
			continue
		case strings.HasPrefix(sql[at:], "--"):
			end := strings.IndexByte(sql[at:], '\n')
			if end < 0 {
				return out, nil
			}
			at += end + 1
			continue
		case strings.HasPrefix(sql[at:], "/*"):
			end := strings.Index(sql[at+2:], "*/")
			if end < 0 {
				return nil, syntaxAt(sql, at, "mismatched input '/'. Expecting: <EOF>")
			}
			at += end + 4
			continue
		}
		t, err := scanOne(sql, at)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
		at += len(t.text)
	}
	return out, nil
}

func scanOne(sql string, at int) (token, error) {
	rest := sql[at:]
	c := rest[0]
	switch {
	case c == '\'':
		return scanQuoted(sql, at, '\'', text)
	case c == '"' || c == '`':
		return scanQuoted(sql, at, c, quoted)
	case (c == 'x' || c == 'X') && len(rest) > 1 && rest[1] == '\'':
		t, err := scanQuoted(sql, at+1, '\'', text)
		t.text, t.pos = rest[:len(t.text)+1], at
		return t, err
	case (c == 'u' || c == 'U') && strings.HasPrefix(rest[1:], "&'"):
		t, err := scanQuoted(sql, at+2, '\'', text)
		t.text, t.pos = rest[:len(t.text)+2], at
		return t, err
	case c >= '0' && c <= '9' || c == '.' && len(rest) > 1 && rest[1] >= '0' && rest[1] <= '9':
		n := numberLength(rest)
		return token{number, rest[:n], rest[:n], at}, nil
	}
	if r, size := utf8.DecodeRuneInString(rest); r == '_' || unicode.IsLetter(r) {
		n := size
		for n < len(rest) {
			r, size := utf8.DecodeRuneInString(rest[n:])
			if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '@' {
				break
			}
			n += size
		}
		return token{word, rest[:n], strings.ToLower(rest[:n]), at}, nil
	}
	if c == '?' {
		return token{param, "?", "?", at}, nil
	}
	for _, op := range []string{"<=", ">=", "<>", "!=", "||", "->", "=>"} {
		if strings.HasPrefix(rest, op) {
			return token{punct, op, op, at}, nil
		}
	}
	if strings.IndexByte("()[],.;+-*/%<>=:{}", c) >= 0 {
		return token{punct, rest[:1], rest[:1], at}, nil
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return token{}, syntaxAt(sql, at, fmt.Sprintf("mismatched input '%c'. Expecting: <expression>", r))
}

func scanQuoted(sql string, at int, quote byte, kind tokenKind) (token, error) {
	var b strings.Builder
	for i := at + 1; i < len(sql); i++ {
		if sql[i] != quote {
			b.WriteByte(sql[i])
			continue
		}
		if i+1 < len(sql) && sql[i+1] == quote {
			b.WriteByte(quote)
			i++
			continue
		}
		return token{kind, sql[at : i+1], b.String(), at}, nil
	}
	return token{}, syntaxAt(sql, at, fmt.Sprintf("mismatched input '%c'. Expecting: <expression>", quote))
}

func numberLength(s string) int {
	n := 0
	digits := func() {
		for n < len(s) && (s[n] >= '0' && s[n] <= '9' || s[n] == '_') {
			n++
		}
	}
	digits()
	if n < len(s) && s[n] == '.' {
		n++
		digits()
	}
	if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
		m := n
		n++
		if n < len(s) && (s[n] == '+' || s[n] == '-') {
			n++
		}
		start := n
		digits()
		if n == start {
			n = m
		}
	}
	return n
}

// reserved tells whether a word cannot be an identifier unless quoted
// (trino.io/docs/current/language/reserved.html).
func reserved(w string) bool {
	switch w {
	case "alter", "and", "as", "between", "by", "case", "cast", "constraint", "create", "cross", "cube",
		"current_catalog", "current_date", "current_path", "current_role", "current_schema", "current_time",
		"current_timestamp", "current_user", "deallocate", "delete", "describe", "distinct", "drop", "else", "end",
		"escape", "except", "execute", "exists", "extract", "false", "for", "from", "full", "group", "grouping",
		"having", "in", "inner", "insert", "intersect", "into", "is", "join", "json_array", "json_exists",
		"json_object", "json_query", "json_table", "json_value", "left", "like", "listagg", "localtime",
		"localtimestamp", "natural", "normalize", "not", "null", "on", "or", "order", "outer", "prepare",
		"recursive", "right", "rollup", "select", "skip", "table", "then", "trim", "true", "uescape", "union",
		"unnest", "using", "values", "when", "where", "with":
		return true
	}
	return false
}
