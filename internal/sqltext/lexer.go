package sqltext

import "strings"

type tokenKind int

const (
	end        tokenKind = iota
	space                // white space, a byte order mark
	comment              // -- or /* */
	word                 // a bare identifier or keyword
	number               // digits
	text                 // 'string', $$string$$, `Ion literal` of PartiQL
	identifier           // "quoted identifier", `Hive identifier` of Athena
	semicolon
	symbol // any other single character
)

// token is a stretch of the text. open is what was not closed before the end.
type token struct {
	kind       tokenKind
	start, end int
	open       string
}

// What a text can leave open; Piece.Unterminated has these values.
const (
	openString     = "string"
	openIdentifier = "quoted identifier"
	openComment    = "comment"
	openDollar     = "dollar-quoted string"
	openIon        = "Ion literal"
)

// lexer cuts a text into tokens. It never fails: every byte belongs to exactly
// one token.
type lexer struct {
	dialect Dialect
	s       string
	pos     int
	// escapes: a backslash takes the next character into a string with it.
	// Redshift reads strings so, always (it descends from PostgreSQL 8.0,
	// before standard_conforming_strings), and so does Athena's Hive DDL.
	escapes bool
	// prefixed: a backslash does so in E'strings' alone, as in PostgreSQL since 9.1.
	prefixed bool
	// flat: comments do not nest.
	flat bool
}

func (l *lexer) next() token {
	t := token{start: l.pos}
	t.kind, t.open = l.scan()
	t.end = l.pos
	return t
}

func (l *lexer) scan() (tokenKind, string) {
	if l.pos >= len(l.s) {
		return end, ""
	}
	switch c := l.s[l.pos]; {
	case isSpace(c):
		for l.pos < len(l.s) && isSpace(l.s[l.pos]) {
			l.pos++
		}
		return space, ""
	case strings.HasPrefix(l.s[l.pos:], "\uFEFF"):
		l.pos += len("\uFEFF")
		return space, ""
	case isLetter(c):
		for l.pos < len(l.s) && (isLetter(l.s[l.pos]) || isDigit(l.s[l.pos]) || l.s[l.pos] == '$') {
			l.pos++
		}
		return word, ""
	case isDigit(c):
		l.number()
		return number, ""
	case c == ';':
		l.pos++
		return semicolon, ""
	case c == '\'':
		return text, l.quoted('\'', l.escapes || l.prefixed && l.behindE(), openString)
	case c == '"':
		return identifier, l.quoted('"', l.escapes && l.dialect == Trino, openIdentifier)
	case c == '`' && l.dialect == Trino:
		return identifier, l.quoted('`', false, openIdentifier)
	case c == '`' && l.dialect == PartiQL:
		return text, l.quoted('`', false, openIon)
	case c == '$' && l.dialect == Redshift:
		return l.dollar()
	case c == '-' && strings.HasPrefix(l.s[l.pos:], "--"):
		l.lineComment()
		return comment, ""
	case c == '/' && strings.HasPrefix(l.s[l.pos:], "/*"):
		return comment, l.blockComment()
	}
	l.pos++
	return symbol, ""
}

// number takes digits, a fraction and an exponent, and nothing more: PostgreSQL
// 8 reads `1into` as a number and a keyword.
func (l *lexer) number() {
	l.digits()
	if l.pos < len(l.s) && l.s[l.pos] == '.' {
		l.pos++
		l.digits()
	}
	if l.pos < len(l.s) && (l.s[l.pos] == 'e' || l.s[l.pos] == 'E') {
		at := l.pos + 1
		if at < len(l.s) && (l.s[at] == '+' || l.s[at] == '-') {
			at++
		}
		if at < len(l.s) && isDigit(l.s[at]) {
			l.pos = at
			l.digits()
		}
	}
}

func (l *lexer) digits() {
	for l.pos < len(l.s) && isDigit(l.s[l.pos]) {
		l.pos++
	}
}

// quoted takes a quoted text; the quote is doubled inside.
func (l *lexer) quoted(quote byte, escapes bool, what string) (open string) {
	for l.pos++; l.pos < len(l.s); l.pos++ {
		switch c := l.s[l.pos]; {
		case c == '\\' && escapes:
			l.pos++
		case c != quote:
		case l.pos+1 < len(l.s) && l.s[l.pos+1] == quote:
			l.pos++
		default:
			l.pos++
			return ""
		}
	}
	l.pos = len(l.s)
	return what
}

// behindE reports whether an E of its own stands right before the position.
func (l *lexer) behindE() bool {
	if l.pos == 0 || l.s[l.pos-1]|0x20 != 'e' {
		return false
	}
	if l.pos == 1 {
		return true
	}
	before := l.s[l.pos-2]
	return !isLetter(before) && !isDigit(before) && before != '$'
}

// dollar takes $$text$$ or $tag$text$tag$; a dollar that begins neither, such
// as a parameter's, is a symbol.
func (l *lexer) dollar() (tokenKind, string) {
	tagEnd := l.pos + 1
	for tagEnd < len(l.s) && (isLetter(l.s[tagEnd]) || isDigit(l.s[tagEnd]) && tagEnd > l.pos+1) {
		tagEnd++
	}
	if tagEnd >= len(l.s) || l.s[tagEnd] != '$' {
		l.pos++
		return symbol, ""
	}
	tag := l.s[l.pos : tagEnd+1]
	i := strings.Index(l.s[tagEnd+1:], tag)
	if i < 0 {
		l.pos = len(l.s)
		return text, openDollar
	}
	l.pos = tagEnd + 1 + i + len(tag)
	return text, ""
}

// lineComment ends at either line end character, as both grammars have it.
func (l *lexer) lineComment() {
	for l.pos < len(l.s) && l.s[l.pos] != '\n' && l.s[l.pos] != '\r' {
		l.pos++
	}
}

// blockComment ends at the first */; Redshift, like PostgreSQL, nests them.
func (l *lexer) blockComment() (open string) {
	depth := 1
	for l.pos += 2; l.pos < len(l.s); {
		switch rest := l.s[l.pos:]; {
		case strings.HasPrefix(rest, "*/"):
			l.pos += 2
			if depth--; depth == 0 {
				return ""
			}
		case l.dialect == Redshift && !l.flat && strings.HasPrefix(rest, "/*"):
			l.pos += 2
			depth++
		default:
			l.pos++
		}
	}
	return openComment
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isLetter holds for what begins an identifier; other alphabets are all letters.
func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}
