package leader

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rsql"
)

// source maps an offset in the SQL that ran to one in the user's text.
type source interface{ Source(pos int) int }

// shifted is a source whose SQL ran behind n bytes of ours.
func shifted(out *rsql.Output, n int) source { return shift{out, n} }

type shift struct {
	out *rsql.Output
	n   int
}

func (s shift) Source(pos int) int { return s.out.Source(pos - s.n) }

// position turns a byte offset into PostgreSQL's: characters from 1.
func position(text string, offset int) int {
	if offset < 0 || offset > len(text) {
		return 0
	}
	return utf8.RuneCountInString(text[:offset]) + 1
}

// syntax is the error of a text that could not be read or reworded.
func (s *Session) syntax(text string, err error) error {
	var unknown *rsql.UnknownFunction
	if errors.As(err, &unknown) {
		return noFunction(unknown.Name+"()", position(text, unknown.Pos))
	}
	var e *rsql.SyntaxError
	if !errors.As(err, &e) {
		return err
	}
	return &pgwire.Error{Code: orElse(e.Code, "42601"), Message: e.Message, Position: position(text, e.Pos)}
}

func noFunction(signature string, at int) error {
	return &pgwire.Error{Code: "42883", Message: "function " + signature + " does not exist", Position: at,
		Hint: "No function matches the given name and argument types. You may need to add explicit type casts."}
}

// failure is an engine's error beside the text it came of.
type failure struct {
	*duck.Error
	text   string
	offset int // in text, -1 when unknown
}

// translate words an engine's error as Redshift does.
func (s *Session) translate(err error, from source, text string) error {
	e, ok := duck.AsError(err)
	if !ok {
		return err
	}
	f := failure{e, text, -1}
	if e.Position >= 0 && from != nil {
		f.offset = from.Source(e.Position)
	}
	out := f.worded()
	if out.Position == 0 && f.offset >= 0 {
		out.Position = position(text, f.offset)
	}
	return out
}

func (f failure) worded() *pgwire.Error {
	switch f.Kind {
	case "Parser":
		return f.syntaxError()
	case "Catalog":
		return f.catalog()
	case "Binder":
		return f.binder()
	case "Conversion":
		return f.conversion()
	case "Out of Range":
		return &pgwire.Error{Code: "22003", Message: rangeMessage(f.Message)}
	case "Constraint":
		return f.constraint()
	case "Invalid Input":
		return f.invalidInput()
	case "Permission", "Invalid Configuration":
		return &pgwire.Error{Code: "42501", Message: "permission denied"}
	case "TransactionContext", "Transaction":
		return &pgwire.Error{Code: "40001", Message: "could not serialize access due to concurrent update", Detail: firstLine(f.Message)}
	case "Out of Memory":
		return &pgwire.Error{Code: "53200", Message: "Out Of Memory", Detail: firstLine(f.Message)}
	case "Not implemented":
		return &pgwire.Error{Code: "0A000", Message: firstLine(f.Message)}
	}
	return &pgwire.Error{Code: "XX000", Message: firstLine(f.Message)}
}

// token is the user's token at the place of the error, as written.
func (f failure) token() string {
	if f.offset < 0 || f.offset >= len(f.text) {
		return ""
	}
	tokens, err := rsql.Lex(f.text[f.offset:])
	if err != nil || len(tokens) == 0 {
		return ""
	}
	end := len(f.text)
	if len(tokens) > 1 {
		end = f.offset + tokens[1].Pos
	}
	return strings.TrimSpace(f.text[f.offset+tokens[0].Pos : end])
}

func (f failure) syntaxError() *pgwire.Error {
	if t := f.token(); t != "" {
		return &pgwire.Error{Code: "42601", Message: fmt.Sprintf("syntax error at or near \"%s\"", t)}
	}
	if f.offset >= 0 {
		return &pgwire.Error{Code: "42601", Message: "syntax error at end of input"}
	}
	return &pgwire.Error{Code: "42601", Message: firstLine(f.Message)}
}

func (f failure) catalog() *pgwire.Error {
	switch {
	case f.Subtype == "MISSING_ENTRY" && strings.Contains(f.Entry, "Function"):
		var e *pgwire.Error
		errors.As(noFunction(strings.TrimPrefix(f.Name, "rs.main.")+"("+f.arguments()+")", 0), &e)
		return e
	case f.Subtype == "MISSING_ENTRY" && (f.Entry == "Table" || f.Entry == "View"):
		name := f.chain()
		if name == "" {
			name = f.Name
		}
		return &pgwire.Error{Code: "42P01", Message: fmt.Sprintf("relation \"%s\" does not exist", name)}
	case strings.Contains(f.Message, "because schema"), f.Entry == "Schema" && f.Subtype == "MISSING_ENTRY":
		return &pgwire.Error{Code: "3F000", Message: fmt.Sprintf("schema \"%s\" does not exist", lastQuoted(f.Message, f.Name))}
	case f.Subtype == "ENTRY_ALREADY_EXISTS":
		if f.Entry == "Schema" {
			return &pgwire.Error{Code: "42P06", Message: fmt.Sprintf("Schema \"%s\" already exists", lastQuoted(f.Message, f.Name))}
		}
		return &pgwire.Error{Code: "42P07", Message: fmt.Sprintf("Relation \"%s\" already exists", lastQuoted(f.Message, f.Name))}
	case strings.Contains(f.Message, "Type with name"):
		return &pgwire.Error{Code: "42704", Message: fmt.Sprintf("type \"%s\" does not exist", f.Name)}
	}
	return &pgwire.Error{Code: "42704", Message: firstLine(f.Message)}
}

func (f failure) binder() *pgwire.Error {
	switch {
	case f.Subtype == "COLUMN_NOT_FOUND":
		message := fmt.Sprintf("column \"%s\" does not exist", f.Name)
		if tables := tablesOf(f.text, f.offset); tables != "" {
			message += " in " + tables
		}
		return &pgwire.Error{Code: "42703", Message: message}
	case strings.Contains(f.Message, "does not have a column named"):
		return &pgwire.Error{Code: "42703", Message: fmt.Sprintf("column %s does not exist", f.chain())}
	case strings.HasPrefix(f.Message, "Referenced table"):
		return &pgwire.Error{Code: "42P01", Message: fmt.Sprintf("missing FROM-clause entry for table \"%s\"", firstQuoted(f.Message))}
	case strings.Contains(f.Message, "must appear in the GROUP BY"):
		return &pgwire.Error{Code: "42803", Message: fmt.Sprintf("column \"%s\" must appear in the GROUP BY clause or be used in an aggregate function", orElse(f.chain(), firstQuoted(f.Message)))}
	case f.Subtype == "NO_MATCHING_FUNCTION":
		var e *pgwire.Error
		errors.As(noFunction(signature(f.Message), 0), &e)
		return e
	case strings.Contains(f.Message, "overloads that match"):
		return &pgwire.Error{Code: "42883", Message: fmt.Sprintf("function %s is not unique for these argument types", f.token())}
	case strings.Contains(f.Message, "mbiguous"):
		return &pgwire.Error{Code: "42702", Message: fmt.Sprintf("column reference \"%s\" is ambiguous", firstQuoted(f.Message))}
	case strings.Contains(f.Message, "Cannot compare values"), strings.Contains(f.Message, "explicit cast"):
		return &pgwire.Error{Code: "42883", Message: "operator does not exist for these types", Detail: firstLine(f.Message),
			Hint: "No operator matches the given name and argument type(s). You may need to add explicit type casts."}
	case strings.Contains(f.Message, "values were supplied"):
		return &pgwire.Error{Code: "42601", Message: "INSERT has a different number of target columns than expressions", Detail: firstLine(f.Message)}
	case strings.Contains(f.Message, "aggregate") || strings.Contains(f.Message, "WHERE clause cannot contain"):
		return &pgwire.Error{Code: "42803", Message: firstLine(f.Message)}
	}
	return &pgwire.Error{Code: "42601", Message: firstLine(f.Message)}
}
