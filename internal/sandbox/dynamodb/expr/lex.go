package expr

import "strings"

type kind int

const (
	end    kind = iota
	word        // attribute name, function name or keyword
	name        // #name
	val         // :value
	number      // list index
	symbol      // punctuation and comparators
	stray       // anything the language has no use for
)

type token struct {
	kind kind
	text string
	pos  int // byte offset
}

// lex cuts an expression into tokens; the last is end.
func lex(s string) []token {
	var out []token
	for i := 0; i < len(s); {
		start, k := i, symbol
		switch c := s[i]; {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			i++
			continue
		case isLetter(c):
			k, i = word, wordEnd(s, i+1)
		case c == '#' || c == ':':
			k = name
			if c == ':' {
				k = val
			}
			i = wordEnd(s, i+1)
		case isDigit(c):
			k = number
			for i < len(s) && isDigit(s[i]) {
				i++
			}
		case strings.HasPrefix(s[i:], "<>") || strings.HasPrefix(s[i:], "<=") || strings.HasPrefix(s[i:], ">="):
			i += 2
		case strings.IndexByte("=<>()[],.+-", c) >= 0:
			i++
		default:
			k = stray
			i++
		}
		out = append(out, token{k, s[start:i], start})
	}
	return append(out, token{end, "<EOF>", len(s)})
}

func wordEnd(s string, i int) int {
	for i < len(s) && (isLetter(s[i]) || isDigit(s[i]) || s[i] == '_') {
		i++
	}
	return i
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

// is says whether the token is the given keyword or symbol.
func (t token) is(text string) bool {
	return (t.kind == symbol && t.text == text) || (t.kind == word && strings.EqualFold(t.text, text))
}
