package partiql

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

type kind int

const (
	end kind = iota
	word
	quoted // "name"
	text   // 'string'
	number
	param // ?
	symbol
)

type token struct {
	kind      kind
	text      string // without quotes
	line, col int    // from 1, in characters
	length    int    // in characters
}

func (t token) is(s string) bool {
	return t.kind == symbol && t.text == s || t.kind == word && strings.EqualFold(t.text, s)
}

// place is how messages point at a token.
func (t token) place() string {
	return strconv.Itoa(t.line) + ":" + strconv.Itoa(t.col) + ":" + strconv.Itoa(t.length)
}

type lexer struct {
	s         string
	i         int
	line, col int
	out       []token
}

// lex cuts a statement into tokens; ok is false at a character, a quote or a
// comment that cannot be read.
func lex(s string) (out []token, ok bool) {
	x := &lexer{s: s, line: 1, col: 1}
	for {
		if !x.blanks() {
			return nil, false
		}
		if x.i == len(s) {
			x.out = append(x.out, token{kind: end, line: x.line, col: x.col})
			return x.out, true
		}
		if !x.token() {
			return nil, false
		}
	}
}

func (x *lexer) rest() string { return x.s[x.i:] }

func (x *lexer) skip(n int) {
	for _, r := range x.s[x.i : x.i+n] {
		x.col++
		if r == '\n' {
			x.line, x.col = x.line+1, 1
		}
	}
	x.i += n
}

// blanks skips white space and comments.
func (x *lexer) blanks() bool {
	for x.i < len(x.s) {
		switch rest := x.rest(); {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			x.skip(1)
		case strings.HasPrefix(rest, "--"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			x.skip(n)
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return false
			}
			x.skip(n + 4)
		default:
			return true
		}
	}
	return true
}

func (x *lexer) emit(k kind, n int, content string) bool {
	x.out = append(x.out, token{k, content, x.line, x.col, utf8.RuneCountInString(x.rest()[:n])})
	x.skip(n)
	return true
}

func (x *lexer) token() bool {
	rest := x.rest()
	c := rest[0]
	switch {
	case c == '\'' || c == '"':
		n, content := unquote(rest)
		if n == 0 {
			return false
		}
		if c == '"' {
			return x.emit(quoted, n, content)
		}
		return x.emit(text, n, content)
	case c == '?':
		return x.emit(param, 1, "?")
	case isDigit(c) || c == '.' && len(rest) > 1 && isDigit(rest[1]):
		n := numberLen(rest)
		return x.emit(number, n, rest[:n])
	case isNameStart(c):
		n := 1
		for n < len(rest) && (isNameStart(rest[n]) || isDigit(rest[n])) {
			n++
		}
		return x.emit(word, n, rest[:n])
	}
	for _, s := range []string{"<<", ">>", "<>", "<=", ">=", "!=", "||"} {
		if strings.HasPrefix(rest, s) {
			return x.emit(symbol, 2, s)
		}
	}
	if strings.IndexByte("=<>()[]{},.:*+-/%;", c) >= 0 {
		return x.emit(symbol, 1, string(c))
	}
	return false
}

// unquote reads a quoted text in which the quote is doubled; 0 if it has no end.
func unquote(s string) (n int, content string) {
	q := s[0]
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != q {
			b.WriteByte(s[i])
			continue
		}
		if i+1 == len(s) || s[i+1] != q {
			return i + 1, b.String()
		}
		b.WriteByte(q)
		i++
	}
	return 0, ""
}

func numberLen(s string) int {
	digits := func(i int) int {
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		return i
	}
	i := digits(0)
	if i < len(s) && s[i] == '.' {
		i = digits(i + 1)
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		j := i + 1
		if j < len(s) && (s[j] == '+' || s[j] == '-') {
			j++
		}
		if k := digits(j); k > j {
			return k
		}
	}
	return i
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isNameStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$'
}
