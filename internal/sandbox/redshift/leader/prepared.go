package leader

import (
	"context"
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rsql"
)

// prepared is a statement of PREPARE: its text with $1, $2, ... and the types
// that were given for them.
// https://docs.aws.amazon.com/redshift/latest/dg/r_PREPARE.html
type prepared struct {
	text  string
	types []string
}

// preparedStatement plans PREPARE, EXECUTE and DEALLOCATE. ok is false for
// other statements.
func (s *Session) preparedStatement(ctx context.Context, text string, tokens []rsql.Token) (st pgwire.Statement, ok bool, err error) {
	bad := func(at int) error {
		if at >= len(tokens) {
			return &pgwire.Error{Code: "42601", Message: "syntax error at end of input", Position: position(text, len(text))}
		}
		return &pgwire.Error{Code: "42601", Message: "syntax error at or near \"" + tokens[at].Text + "\"", Position: position(text, tokens[at].Pos)}
	}
	switch tokens[0].Text {
	case "prepare":
		st, err = s.prepareNamed(text, tokens, bad)
	case "execute":
		st, err = s.executeNamed(ctx, text, tokens, bad)
	case "deallocate":
		rest := tokens[1:]
		if len(rest) > 1 && rest[0].Is("prepare") {
			rest = rest[1:]
		}
		if len(rest) != 1 {
			return nil, true, bad(1)
		}
		st = action{"DEALLOCATE", func(context.Context) (string, error) {
			name := rsql.LastName(rest)
			if rest[0].Is("all") {
				s.prepared = nil
			} else if _, known := s.prepared[name]; !known {
				return "", noPrepared(name)
			}
			delete(s.prepared, name)
			return "DEALLOCATE", nil
		}}
	default:
		return nil, false, nil
	}
	return st, true, err
}

func noPrepared(name string) error {
	return pgwire.Errorf("26000", "prepared statement \"%s\" does not exist", name)
}

// prepareNamed reads PREPARE name [(type, ...)] AS statement.
func (s *Session) prepareNamed(text string, tokens []rsql.Token, bad func(int) error) (pgwire.Statement, error) {
	i := 2
	var types []string
	if i < len(tokens) && tokens[i].Is("(") {
		types, i = listOf(text, tokens, i)
	}
	if i >= len(tokens) || !tokens[i].Is("as") {
		return nil, bad(i)
	}
	if i++; i >= len(tokens) {
		return nil, bad(i)
	}
	switch tokens[i].Text {
	case "select", "with", "insert", "update", "delete":
	default:
		return nil, bad(i)
	}
	name := rsql.LastName(tokens[1:2])
	if _, known := s.prepared[name]; known {
		return nil, pgwire.Errorf("42P05", "prepared statement \"%s\" already exists", name)
	}
	return action{"PREPARE", func(context.Context) (string, error) {
		if s.prepared == nil {
			s.prepared = map[string]prepared{}
		}
		s.prepared[name] = prepared{text: text[tokens[i].Pos:], types: types}
		return "PREPARE", nil
	}}, nil
}

// executeNamed plans the statement with its parameters put in.
func (s *Session) executeNamed(ctx context.Context, text string, tokens []rsql.Token, bad func(int) error) (pgwire.Statement, error) {
	if len(tokens) < 2 {
		return nil, bad(1)
	}
	name := rsql.LastName(tokens[1:2])
	p, known := s.prepared[name]
	if !known {
		return nil, noPrepared(name)
	}
	var args []string
	i := 2
	if i < len(tokens) && tokens[i].Is("(") {
		args, i = listOf(text, tokens, i)
	}
	if i != len(tokens) {
		return nil, bad(i)
	}
	filled, err := p.fill(name, args)
	if err != nil {
		return nil, err
	}
	body, err := rsql.Lex(filled)
	if err != nil {
		return nil, s.syntax(filled, err)
	}
	return s.plan(ctx, filled, body, nil)
}

// fill puts values in the place of the parameters.
func (p prepared) fill(name string, args []string) (string, error) {
	tokens, err := rsql.Lex(p.text)
	if err != nil {
		return "", err
	}
	want := len(p.types)
	for _, t := range tokens {
		if t.Kind != rsql.Param {
			continue
		}
		if n, err := strconv.Atoi(t.Text[1:]); err == nil && len(p.types) == 0 {
			want = max(want, n)
		}
	}
	if want != len(args) {
		return "", pgwire.Errorf("42601", "wrong number of parameters for prepared statement \"%s\": expected %d but got %d", name, want, len(args))
	}
	var out strings.Builder
	from := 0
	for _, t := range tokens {
		if t.Kind != rsql.Param {
			continue
		}
		n, err := strconv.Atoi(t.Text[1:])
		if err != nil || n < 1 || n > len(args) {
			return "", pgwire.Errorf("42P02", "there is no parameter %s", t.Text)
		}
		value := args[n-1]
		if n <= len(p.types) {
			value = "CAST(" + value + " AS " + p.types[n-1] + ")"
		}
		out.WriteString(p.text[from:t.Pos] + value)
		from = t.Pos + len(t.Text)
	}
	return out.String() + p.text[from:], nil
}

// listOf cuts the list in parentheses at tokens[i] into its texts, and gives
// the index behind it, which is beyond the tokens when it does not end.
func listOf(text string, tokens []rsql.Token, i int) (items []string, next int) {
	depth, from := 0, tokens[i].Pos+1
	for ; i < len(tokens); i++ {
		switch t := tokens[i]; {
		case t.Is("("):
			depth++
		case t.Is(")"):
			if depth--; depth == 0 {
				if item := strings.TrimSpace(text[from:t.Pos]); item != "" {
					items = append(items, item)
				}
				return items, i + 1
			}
		case t.Is(",") && depth == 1:
			items, from = append(items, strings.TrimSpace(text[from:t.Pos])), t.Pos+1
		}
	}
	return items, len(tokens) + 1 // it does not end
}
