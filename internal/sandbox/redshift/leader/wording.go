package leader

import (
	"fmt"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rsql"
)

// conversion words a value that does not fit its type.
func (f failure) conversion() *pgwire.Error {
	m := f.Message
	value := firstQuoted(m)
	for _, kind := range []struct{ mark, typ, code string }{
		{"to INT", "integer", "22P02"}, {"to DOUBLE", "double precision", "22P02"}, {"to FLOAT", "real", "22P02"},
		{"to DECIMAL", "numeric", "22P02"}, {"to BOOL", "boolean", "22P02"}, {"date field", "date", "22007"}, {"timestamp field", "timestamp", "22007"},
		{"time field", "time", "22007"},
	} {
		if !strings.Contains(m, kind.mark) || strings.Contains(m, "out of range") {
			continue
		}
		if kind.typ == "integer" {
			return &pgwire.Error{Code: kind.code, Message: fmt.Sprintf("invalid input syntax for integer: \"%s\"", value)}
		}
		return &pgwire.Error{Code: kind.code, Message: fmt.Sprintf("invalid input syntax for type %s: \"%s\"", kind.typ, value)}
	}
	switch {
	case strings.Contains(m, "out of range"), strings.Contains(m, "out-of-range"), strings.Contains(m, "overflow"):
		return &pgwire.Error{Code: "22003", Message: rangeMessage(m)}
	case strings.Contains(m, "JSON"):
		return &pgwire.Error{Code: "22P02", Message: "invalid input syntax for type super", Detail: firstLine(m)}
	}
	return &pgwire.Error{Code: "22P02", Message: firstLine(m)}
}

func rangeMessage(m string) string {
	switch {
	case strings.Contains(m, "INT16"), strings.Contains(m, "INT8"):
		return "smallint out of range"
	case strings.Contains(m, "INT32"):
		return "integer out of range"
	case strings.Contains(m, "INT64"):
		return "bigint out of range"
	case strings.Contains(m, "DECIMAL"), strings.Contains(m, "INT128"):
		return "Numeric data overflow (result precision)"
	}
	return firstLine(m)
}

func (f failure) constraint() *pgwire.Error {
	switch {
	case strings.Contains(f.Message, "NOT NULL"):
		column := lastQuotedAny(f.Message)
		if i := strings.LastIndexByte(f.Message, '.'); i >= 0 {
			column = strings.Trim(f.Message[i+1:], `" `)
		}
		return &pgwire.Error{Code: "23502", Message: "Cannot insert a NULL value into column " + column}
	case strings.Contains(f.Message, "strlen"), strings.Contains(f.Message, "CHECK"):
		length := digitsAfter(f.Message, "<= ")
		if length == "" {
			return &pgwire.Error{Code: "22001", Message: "value too long for type character varying"}
		}
		return &pgwire.Error{Code: "22001", Message: fmt.Sprintf("value too long for type character varying(%s)", length)}
	}
	return &pgwire.Error{Code: "23000", Message: firstLine(f.Message)}
}

func (f failure) invalidInput() *pgwire.Error {
	switch {
	case f.Message == "division by zero":
		return &pgwire.Error{Code: "22012", Message: f.Message}
	case strings.Contains(f.Message, "More than one row returned"):
		return &pgwire.Error{Code: "21000", Message: "more than one row returned by a subquery used as an expression"}
	case strings.Contains(f.Message, "JSON"):
		return &pgwire.Error{Code: "22P02", Message: firstLine(f.Message)}
	}
	return &pgwire.Error{Code: "22023", Message: firstLine(f.Message)}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// firstQuoted is the first text between quotes of either kind.
func firstQuoted(s string) string {
	i := strings.IndexAny(s, `"'`)
	if i < 0 {
		return ""
	}
	inner, _, _ := strings.Cut(s[i+1:], s[i:i+1])
	return inner
}

// lastQuoted is the last text between double quotes in the first line.
func lastQuoted(s, otherwise string) string {
	parts := strings.Split(firstLine(s), `"`)
	if len(parts) < 3 {
		return otherwise
	}
	return parts[len(parts)-2]
}

func lastQuotedAny(s string) string { return lastQuoted(s, "") }

func digitsAfter(s, mark string) string {
	_, rest, ok := strings.Cut(s, mark)
	if !ok {
		return ""
	}
	n := 0
	for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
		n++
	}
	return rest[:n]
}

// chain is the qualified name at the place of the error.
func (f failure) chain() string {
	if f.offset < 0 || f.offset >= len(f.text) {
		return ""
	}
	tokens, err := rsql.Lex(f.text[f.offset:])
	if err != nil {
		return ""
	}
	parts, _ := qualified(tokens)
	return strings.Join(parts, ".")
}

// arguments names the literal arguments of the call at the place of the error
// as well as tokens can: what is no literal is unknown.
func (f failure) arguments() string {
	if f.offset < 0 || f.offset >= len(f.text) {
		return ""
	}
	tokens, err := rsql.Lex(f.text[f.offset:])
	if err != nil {
		return ""
	}
	var out []string
	depth, current := 0, ""
	for _, t := range tokens {
		switch {
		case t.Is("("):
			depth++
			if depth == 1 {
				continue
			}
		case t.Is(")"):
			depth--
		}
		if depth == 0 && t.Is(")") || depth == 1 && t.Is(",") {
			if current != "" {
				out = append(out, current)
			}
			current = ""
			if depth == 0 {
				break
			}
			continue
		}
		if depth > 0 {
			current = literalType(t, current)
		}
	}
	return strings.Join(out, ", ")
}

func literalType(t rsql.Token, before string) string {
	switch {
	case before != "":
		return "unknown"
	case t.Kind == rsql.Number && strings.Contains(t.Text, "."):
		return "numeric"
	case t.Kind == rsql.Number:
		return "integer"
	}
	return "unknown"
}

// signature turns the engine's 'f(INTEGER, VARCHAR)' into Redshift's words.
func signature(message string) string {
	call := firstQuoted(message)
	name, rest, ok := strings.Cut(call, "(")
	if !ok {
		return call
	}
	types := strings.Split(strings.TrimSuffix(rest, ")"), ", ")
	for i, t := range types {
		types[i] = typeWord(strings.Trim(t, `"`))
	}
	return name + "(" + strings.Join(types, ", ") + ")"
}

func typeWord(t string) string {
	switch t {
	case "INTEGER_LITERAL", "INTEGER":
		return "integer"
	case "STRING_LITERAL", "NULL":
		return "unknown"
	case "VARCHAR":
		return "character varying"
	case "DOUBLE":
		return "double precision"
	case "TIMESTAMP":
		return "timestamp without time zone"
	case "JSON":
		return "super"
	}
	if strings.HasPrefix(t, "DECIMAL") {
		return "numeric"
	}
	return strings.ToLower(t)
}

// tablesOf names the tables of the FROM list that belongs to the query around
// an offset, as Redshift does when a column is not found.
func tablesOf(text string, offset int) string {
	tokens, err := rsql.Lex(text)
	if err != nil {
		return ""
	}
	level := 0
	for _, t := range tokens {
		if t.Pos >= offset {
			break
		}
		if t.Is("(") {
			level++
		} else if t.Is(")") {
			level--
		}
	}
	// Outward from the level of the column, the first FROM list that names something.
	for ; level >= 0; level-- {
		if names := fromNames(tokens, level); len(names) > 0 {
			return strings.Join(names, ", ")
		}
	}
	return ""
}

func fromNames(tokens []rsql.Token, level int) []string {
	var names []string
	depth, take := 0, false
	for i, t := range tokens {
		switch {
		case t.Is("("):
			depth++
			take = false
		case t.Is(")"):
			depth--
		case depth == level && (t.Is("from") || t.Is("join") || t.Is("update") || len(names) > 0 && t.Is(",")):
			take = true
			continue
		case depth == level && (t.Is("where") || t.Is("group") || t.Is("order") || t.Is("select")):
			if len(names) > 0 {
				return names
			}
		case take && depth == level:
			take = false
			parts, took := qualified(tokens[i:])
			if len(parts) == 0 {
				continue
			}
			name := parts[len(parts)-1]
			if next := i + took; next < len(tokens) {
				if tokens[next].Is("as") {
					next++
				}
				if next < len(tokens) && (tokens[next].Kind == rsql.Word && !clause(tokens[next].Text) || tokens[next].Kind == rsql.Quoted) {
					name = rsql.LastName(tokens[next : next+1])
				}
			}
			names = append(names, name)
		}
	}
	return names
}

func clause(w string) bool {
	switch w {
	case "where", "group", "order", "limit", "join", "left", "right", "inner", "full", "cross", "on", "using", "union", "having", "set", "natural", "intersect", "except", "minus", "offset", "qualify":
		return true
	}
	return false
}
