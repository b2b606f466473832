package rsql

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind is what a token is.
type Kind uint8

// The kinds of token.
const (
	Word   Kind = iota + 1 // identifier or keyword, not quoted
	Quoted                 // "identifier"
	String                 // 'text', E'text' or $$text$$
	Number
	Param // $1
	Op    // operator or punctuation
)

// Token is one lexical element. Text is the source text, save that a String
// is normalised to plain single quotes and a Word is in lower case.
type Token struct {
	Kind  Kind
	Text  string
	Pos   int  // byte offset in the source
	Space bool // white space or a comment stands in front
}

// SyntaxError is text that cannot be read as tokens.
type SyntaxError struct {
	Message string
	Pos     int    // byte offset in the source
	Code    string // SQLSTATE where it is not 42601
}

func (e *SyntaxError) Error() string { return e.Message }

// Lex cuts SQL text into tokens.
func Lex(sql string) ([]Token, error) {
	l := lexer{src: sql}
	for {
		space, err := l.skip()
		if err != nil {
			return nil, err
		}
		if l.pos >= len(l.src) {
			return l.out, nil
		}
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		t.Space = space
		l.out = append(l.out, t)
	}
}

type lexer struct {
	src string
	pos int
	out []Token
}

// skip passes white space and comments, which nest.
func (l *lexer) skip() (bool, error) {
	start := l.pos
	for l.pos < len(l.src) {
		rest := l.src[l.pos:]
		switch {
		case strings.HasPrefix(rest, "--"):
			if i := strings.IndexByte(rest, '\n'); i >= 0 {
				l.pos += i
			} else {
				l.pos = len(l.src)
			}
		case strings.HasPrefix(rest, "/*"):
			n := commentLength(rest)
			if n < 0 {
				return false, &SyntaxError{Message: fmt.Sprintf("unterminated /* comment at or near \"%s\"", rest), Pos: l.pos}
			}
			l.pos += n
		default:
			r, n := utf8.DecodeRuneInString(rest)
			if !unicode.IsSpace(r) && r != '\ufeff' {
				return l.pos > start, nil
			}
			l.pos += n
		}
	}
	return l.pos > start, nil
}

func commentLength(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "/*"):
			depth++
			i++
		case strings.HasPrefix(s[i:], "*/"):
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

func (l *lexer) next() (Token, error) {
	start := l.pos
	c := l.src[start]
	switch {
	case c == '\'':
		return l.quoted(start, start, false)
	case (c == 'e' || c == 'E') && strings.HasPrefix(l.src[start+1:], "'"):
		return l.quoted(start, start+1, true)
	case c == '"':
		return l.identifier(start)
	case c == '$':
		return l.dollar(start)
	case isDigit(c) || c == '.' && start+1 < len(l.src) && isDigit(l.src[start+1]):
		return l.number(start), nil
	}
	if n := wordLength(l.src[start:]); n > 0 {
		l.pos += n
		return Token{Kind: Word, Text: strings.ToLower(l.src[start:l.pos]), Pos: start}, nil
	}
	return l.operator(start)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// wordLength is the length of the identifier at the start of s: letters,
// digits, underscore and dollar; a leading # names a temporary table.
func wordLength(s string) int {
	n := 0
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		ok := r == '_' || unicode.IsLetter(r)
		if n == 0 {
			ok = ok || r == '#' && len(s) > 1 && (s[1] == '_' || unicode.IsLetter(rune(s[1])))
		} else {
			ok = ok || r == '$' || unicode.IsDigit(r)
		}
		if !ok || r == utf8.RuneError {
			break
		}
		n += size
	}
	return n
}

// quoted reads the string whose quote stands at open.
func (l *lexer) quoted(start, open int, escapes bool) (Token, error) {
	var text strings.Builder
	for i := open + 1; i < len(l.src); i++ {
		c := l.src[i]
		switch {
		case c == '\'' && i+1 < len(l.src) && l.src[i+1] == '\'':
			text.WriteString("''")
			i++
		case c == '\'':
			l.pos = i + 1
			return Token{Kind: String, Text: "'" + text.String() + "'", Pos: start}, nil
		case c == '\\' && escapes && i+1 < len(l.src):
			i++
			text.WriteString(escaped(l.src[i]))
		default:
			text.WriteByte(c)
		}
	}
	return Token{}, &SyntaxError{Message: fmt.Sprintf("unterminated quoted string at or near \"%s\"", l.src[start:]), Pos: start}
}

func escaped(c byte) string {
	switch c {
	case 'n':
		return "\n"
	case 't':
		return "\t"
	case 'r':
		return "\r"
	case 'b':
		return "\b"
	case 'f':
		return "\f"
	case '\'':
		return "''"
	}
	return string(c)
}

func (l *lexer) identifier(start int) (Token, error) {
	for i := start + 1; i < len(l.src); i++ {
		if l.src[i] != '"' {
			continue
		}
		if i+1 < len(l.src) && l.src[i+1] == '"' {
			i++
			continue
		}
		if i == start+1 {
			return Token{}, &SyntaxError{Message: "zero-length delimited identifier at or near \"\"\"\"", Pos: start}
		}
		l.pos = i + 1
		return Token{Kind: Quoted, Text: l.src[start:l.pos], Pos: start}, nil
	}
	return Token{}, &SyntaxError{Message: fmt.Sprintf("unterminated quoted identifier at or near \"%s\"", l.src[start:]), Pos: start}
}

// dollar reads $1 or $tag$text$tag$.
func (l *lexer) dollar(start int) (Token, error) {
	n := 1
	for start+n < len(l.src) && isDigit(l.src[start+n]) {
		n++
	}
	if n > 1 {
		l.pos = start + n
		return Token{Kind: Param, Text: l.src[start:l.pos], Pos: start}, nil
	}
	end := strings.IndexByte(l.src[start+1:], '$')
	if end >= 0 {
		tag := l.src[start : start+end+2]
		if inner := tag[1 : len(tag)-1]; inner == "" || wordLength(inner) == len(inner) {
			body, _, ok := strings.Cut(l.src[start+len(tag):], tag)
			if !ok {
				return Token{}, &SyntaxError{Message: fmt.Sprintf("unterminated dollar-quoted string at or near \"%s\"", l.src[start:]), Pos: start}
			}
			l.pos = start + 2*len(tag) + len(body)
			return Token{Kind: String, Text: "'" + strings.ReplaceAll(body, "'", "''") + "'", Pos: start}, nil
		}
	}
	return Token{}, &SyntaxError{Message: "syntax error at or near \"$\"", Pos: start}
}

func (l *lexer) number(start int) Token {
	i := start
	digits := func() {
		for i < len(l.src) && isDigit(l.src[i]) {
			i++
		}
	}
	digits()
	if i < len(l.src) && l.src[i] == '.' {
		i++
		digits()
	}
	if i < len(l.src) && (l.src[i] == 'e' || l.src[i] == 'E') {
		mark := i
		i++
		if i < len(l.src) && (l.src[i] == '+' || l.src[i] == '-') {
			i++
		}
		if i < len(l.src) && isDigit(l.src[i]) {
			digits()
		} else {
			i = mark
		}
	}
	l.pos = i
	return Token{Kind: Number, Text: l.src[start:i], Pos: start}
}

func (l *lexer) operator(start int) (Token, error) {
	for _, op := range []string{"||/", "|/", "!~~*", "!~*", "!~~", "~~*", "->>", "::", "||", "<=", ">=", "<>", "!=", "~*", "!~", "~~", "->", ":=", "<<", ">>"} {
		if strings.HasPrefix(l.src[start:], op) {
			l.pos += len(op)
			return Token{Kind: Op, Text: op, Pos: start}, nil
		}
	}
	if strings.IndexByte("()[]{},;.+-*/%<>=~!@#^&|?:", l.src[start]) < 0 {
		r, _ := utf8.DecodeRuneInString(l.src[start:])
		return Token{}, &SyntaxError{Message: fmt.Sprintf("syntax error at or near \"%c\"", r), Pos: start}
	}
	l.pos++
	return Token{Kind: Op, Text: l.src[start:l.pos], Pos: start}, nil
}

// Is tells whether t is the keyword or operator text (lower case).
func (t Token) Is(text string) bool { return (t.Kind == Word || t.Kind == Op) && t.Text == text }

// Unquote is the name in a quoted identifier. Redshift folds it to lower case
// unless told otherwise.
func Unquote(quoted string) string {
	return strings.ToLower(strings.ReplaceAll(quoted[1:len(quoted)-1], `""`, `"`))
}
