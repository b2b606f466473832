package partiql

import "strings"

type kind int

const (
	end    kind = iota
	word        // an unquoted name or keyword
	quoted      // "name"
	str         // 'text'
	number
	mark // ?
	symbol
)

// token is one lexeme; text is its meaning (without quotes), start and stop its
// place in the statement.
type token struct {
	kind        kind
	text        string
	start, stop int
	broken      bool // a quote that is not closed
}

func (t token) is(s string) bool { return t.kind == symbol && t.text == s }

// keyword reports whether the token is one of the words, in any case.
func (t token) keyword(words ...string) bool {
	if t.kind != word {
		return false
	}
	for _, w := range words {
		if strings.EqualFold(t.text, w) {
			return true
		}
	}
	return false
}

func (t token) name() bool { return t.kind == word || t.kind == quoted }

// lex cuts a text into tokens; the last is of kind end.
func lex(text string) []token {
	var out []token
	for i := 0; i < len(text); {
		c := text[i]
		from := i
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
			continue
		case strings.HasPrefix(text[i:], "--"):
			if i = strings.IndexByte(text[from:], '\n'); i < 0 {
				i = len(text)
			} else {
				i += from
			}
			continue
		case strings.HasPrefix(text[i:], "/*"):
			if i = strings.Index(text[from+2:], "*/"); i < 0 {
				i = len(text)
			} else {
				i += from + 4
			}
			continue
		case c == '"' || c == '\'':
			inner, stop, closed := quotedText(text, i)
			k := quoted
			if c == '\'' {
				k = str
			}
			out, i = append(out, token{k, inner, from, stop, !closed}), stop
		case digit(c) || c == '.' && i+1 < len(text) && digit(text[i+1]):
			i = numberEnd(text, i)
			out = append(out, token{kind: number, text: text[from:i], start: from, stop: i})
		case wordByte(c):
			for i < len(text) && wordByte(text[i]) {
				i++
			}
			out = append(out, token{kind: word, text: text[from:i], start: from, stop: i})
		case c == '?':
			i++
			out = append(out, token{kind: mark, text: "?", start: from, stop: i})
		default:
			i++
			for _, two := range []string{"<=", ">=", "<>", "!=", "<<", ">>", "||"} {
				if strings.HasPrefix(text[from:], two) {
					i = from + 2
				}
			}
			out = append(out, token{kind: symbol, text: text[from:i], start: from, stop: i})
		}
	}
	return append(out, token{kind: end, start: len(text), stop: len(text)})
}

// quotedText reads the quoted text that begins at i; a doubled quote stands for one.
func quotedText(text string, i int) (inner string, stop int, closed bool) {
	quote := text[i : i+1]
	for stop = i + 1; stop < len(text); stop++ {
		if text[stop:stop+1] != quote {
			continue
		}
		if stop+1 < len(text) && text[stop+1:stop+2] == quote {
			stop++
			continue
		}
		return strings.ReplaceAll(text[i+1:stop], quote+quote, quote), stop + 1, true
	}
	return text[i+1:], len(text), false
}

func numberEnd(text string, i int) int {
	for i < len(text) && (digit(text[i]) || text[i] == '.') {
		i++
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		at := i + 1
		if at < len(text) && (text[at] == '+' || text[at] == '-') {
			at++
		}
		if at < len(text) && digit(text[at]) {
			for i = at; i < len(text) && digit(text[i]); i++ {
			}
		}
	}
	return i
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func wordByte(c byte) bool {
	return c == '_' || c == '$' || digit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// Quote writes a name so that it is taken for a name whatever it holds.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
