package rsql

import "strings"

// Piece is one statement of a text, without its semicolon.
type Piece struct {
	SQL    string
	Offset int // bytes from the start of the text
}

// Split cuts text at the semicolons outside quotes, comments and parentheses.
// Pieces without a token are dropped. Text that cannot be read is one piece.
func Split(text string) []Piece {
	tokens, err := Lex(text)
	if err != nil {
		return []Piece{{text, 0}}
	}
	var out []Piece
	start, empty := 0, true
	for _, t := range tokens {
		if t.Is(";") {
			if !empty {
				out = append(out, Piece{text[start:t.Pos], start})
			}
			start, empty = t.Pos+1, true
			continue
		}
		empty = false
	}
	if !empty {
		out = append(out, Piece{text[start:], start})
	}
	return out
}

// LastName is the last part of the name that the tokens begin with: t of
// schema.t. Words such as ONLY or IF EXISTS in front are passed over.
func LastName(tokens []Token) string {
	name := ""
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		switch {
		case name == "" && (t.Is("only") || t.Is("if") || t.Is("not") || t.Is("exists") || t.Is("table")):
		case t.Kind == Word:
			name = t.Text
		case t.Kind == Quoted:
			name = Unquote(t.Text)
		default:
			return name
		}
		if name != "" {
			if i+1 >= len(tokens) || !tokens[i+1].Is(".") {
				return name
			}
			i++
		}
	}
	return name
}

// Quote writes a string literal.
func Quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
