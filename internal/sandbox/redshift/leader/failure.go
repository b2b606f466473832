package leader

import (
	"errors"
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

// syntax is the error of a text that cannot be read.
func (s *Session) syntax(text string, err error) error {
	var e *rsql.SyntaxError
	if !errors.As(err, &e) {
		return err
	}
	return &pgwire.Error{Code: "42601", Message: e.Message, Position: position(text, e.Pos)}
}

// translate words an engine's error as Redshift does.
func (s *Session) translate(err error, from source, text string) error {
	e, ok := duck.AsError(err)
	if !ok {
		return err
	}
	out := &pgwire.Error{Code: "XX000", Message: e.Message}
	if e.Position >= 0 && from != nil {
		out.Position = position(text, from.Source(e.Position))
	}
	return out
}
