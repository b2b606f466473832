package dynamodb

import (
	"strings"
)

// statement is what the engine needs to know of a PartiQL text.
type statement struct {
	verb  string // SELECT, INSERT, UPDATE, DELETE, EXISTS; as written when unknown
	table string // without the index
	// names are the attributes a SELECT asks for, in its order; nil for "*" and
	// for anything but plain attribute paths.
	names []name
}

// name is one entry of a SELECT list.
type name struct {
	text  string
	whole bool // a top-level attribute, not the end of a path
}

func (s statement) reads() bool { return s.verb == "SELECT" || s.verb == "EXISTS" }

// readStatement looks at the words of a statement. It judges nothing: what it
// does not understand stays empty, and DynamoDB has the last word.
func readStatement(text string) statement {
	words := lex(text)
	if len(words) == 0 {
		return statement{}
	}
	s := statement{verb: strings.ToUpper(words[0].text)}
	depth, before := 0, map[string]string{"SELECT": "FROM", "DELETE": "FROM", "INSERT": "INTO", "UPDATE": "UPDATE"}[s.verb]
	for i, w := range words {
		switch {
		case w.is("(") || w.is("[") || w.is("{"):
			depth++
		case w.is(")") || w.is("]") || w.is("}"):
			depth--
		case depth == 0 && before != "" && !w.quoted && strings.EqualFold(w.text, before):
			if i+1 < len(words) {
				s.table = words[i+1].text
			}
			if s.verb == "SELECT" {
				s.names = selectList(words[1:i])
			}
			return s
		}
	}
	return s
}

// selectList reads "a, b.c", nil when it is anything else.
func selectList(words []token) []name {
	var names []name
	for i := 0; i < len(words); {
		n := name{whole: true}
		for {
			if i >= len(words) || words[i].symbol {
				return nil
			}
			n.text = words[i].text
			i++
			if i >= len(words) || !words[i].is(".") {
				break
			}
			n.whole = false
			i++
		}
		names = append(names, n)
		if i < len(words) {
			if !words[i].is(",") {
				return nil
			}
			i++
		}
	}
	return names
}

// token is a word, a quoted name, a string or a symbol.
type token struct {
	text   string
	quoted bool // "name"
	symbol bool // one character, or a 'string'
}

func (t token) is(symbol string) bool { return t.symbol && t.text == symbol }

func lex(text string) []token {
	var out []token
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case strings.HasPrefix(text[i:], "--"):
			end := strings.IndexByte(text[i:], '\n')
			if end < 0 {
				return out
			}
			i += end
		case c == '"' || c == '\'':
			inner, end := quotedText(text, i)
			out = append(out, token{text: inner, quoted: c == '"', symbol: c == '\''})
			i = end
		case wordByte(c):
			end := i
			for end < len(text) && wordByte(text[end]) {
				end++
			}
			out = append(out, token{text: text[i:end]})
			i = end
		default:
			out = append(out, token{text: text[i : i+1], symbol: true})
			i++
		}
	}
	return out
}

// quotedText reads the quoted text that begins at i; a doubled quote stands for one.
func quotedText(text string, i int) (inner string, end int) {
	quote := text[i : i+1]
	end = i + 1
	for end < len(text) {
		if text[end:end+1] != quote {
			end++
			continue
		}
		if end+1 < len(text) && text[end+1:end+2] == quote {
			end += 2
			continue
		}
		return strings.ReplaceAll(text[i+1:end], quote+quote, quote), end + 1
	}
	return text[i+1:], len(text)
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
