package app

import (
	"errors"
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sqltext"
)

// Parameter is a value for the placeholders of its name.
type Parameter struct {
	Name string
	Arg  engine.Arg
}

// BoundStatement is one statement of a text, with its values.
type BoundStatement struct {
	sqltext.Piece
	Bound string // Text with the dialect's own placeholders
	Args  []engine.Arg
}

// Bind splits the text and gives each statement its values. A value that no
// statement asks for is most likely a slip, and refused.
func Bind(d sqltext.Dialect, text string, params []Parameter) ([]BoundStatement, error) {
	names := make([]string, len(params))
	used := map[string]bool{}
	for i, p := range params {
		names[i] = p.Name
	}
	var out []BoundStatement
	for _, piece := range sqltext.Split(d, text) {
		s := BoundStatement{Piece: piece}
		var order []string
		var err error
		if s.Bound, order, err = sqltext.Bind(d, piece.Text, names); err != nil {
			return nil, bindFault(err, piece)
		}
		for _, name := range order {
			used[name] = true
			i := slices.IndexFunc(params, func(p Parameter) bool { return p.Name == name })
			s.Args = append(s.Args, params[i].Arg)
		}
		out = append(out, s)
	}
	for _, p := range params {
		if !used[p.Name] && len(out) > 0 {
			return nil, fault.Newf(fault.Usage, "No statement has a placeholder for --param %s", p.Name).
				WithRemedyf("write :%s where the value belongs", p.Name)
		}
	}
	return out, nil
}

func bindFault(err error, piece sqltext.Piece) error {
	var unbound *sqltext.UnboundError
	if !errors.As(err, &unbound) {
		return fault.Wrap(err, fault.Usage, "The statement's values cannot be put in their places")
	}
	line, column := unbound.Line, unbound.Column
	if line == 1 {
		column += piece.Column - 1
	}
	return fault.Newf(fault.Usage, "There is no value for the placeholder %s at line %d, column %d", unbound.Name, line+piece.Line-1, column).
		WithRemedyf("give it with: --param %s=VALUE", strings.TrimPrefix(unbound.Name, ":"))
}

// AtPlace moves the position that the service told, which counts from the
// statement's own beginning, to where it stands in the text that the statement
// begins at line and column of (both from 1).
func AtPlace(err error, line, column int) error {
	f := fault.As(err)
	if f.Service == nil || f.Service.Line == 0 {
		return err
	}
	moved, at := *f, *f.Service
	if at.Line == 1 {
		at.Column += column - 1
	}
	at.Line += line - 1
	moved.Service = &at
	return &moved
}
