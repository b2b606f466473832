package leader

import (
	"context"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rsql"
)

func endsTransaction(verb string) bool {
	switch verb {
	case "commit", "end", "rollback", "abort":
		return true
	}
	return false
}

// control finds the statements that the session runs itself.
func (s *Session) control(ctx context.Context, tokens []rsql.Token) (pgwire.Statement, bool, error) {
	switch verb := tokens[0].Text; verb {
	case "begin", "start":
		return action{"BEGIN", s.beginBlock}, true, nil
	case "commit", "end":
		return action{"COMMIT", func(ctx context.Context) (string, error) { return s.endBlock(ctx, true) }}, true, nil
	case "rollback", "abort":
		return action{"ROLLBACK", func(ctx context.Context) (string, error) { return s.endBlock(ctx, false) }}, true, nil
	case "set", "reset":
		st, err := s.setStatement(tokens)
		return st, true, err
	case "show":
		st, err := s.showStatement(ctx, tokens)
		return st, st != nil || err != nil, err
	}
	st, ok := s.administration(tokens)
	return st, ok, nil
}

// beginBlock opens a transaction; a second BEGIN is only warned of.
func (s *Session) beginBlock(ctx context.Context) (string, error) {
	if s.status != pgwire.Idle {
		s.notice("WARNING", "25001", "there is already a transaction in progress")
		return "BEGIN", nil
	}
	if _, err := s.exec(ctx, "BEGIN TRANSACTION"); err != nil {
		return "", err
	}
	s.status, s.began = pgwire.InTransaction, s.opts.Now()
	return "BEGIN", nil
}

// endBlock ends a transaction; a failed one is always rolled back.
func (s *Session) endBlock(ctx context.Context, commit bool) (string, error) {
	switch {
	case s.status == pgwire.Idle:
		s.notice("WARNING", "25P01", "there is no transaction in progress")
		if commit {
			return "COMMIT", nil
		}
		return "ROLLBACK", nil
	case s.status == pgwire.Failed:
		commit = false
	}
	s.status = pgwire.Idle
	if err := s.closeCursor(ctx); err != nil {
		s.cursor = nil // a failed transaction takes it along
	}
	if commit {
		if _, err := s.exec(ctx, "COMMIT"); err != nil {
			return "", s.translate(err, nil, "")
		}
		return "COMMIT", nil
	}
	if _, err := s.exec(ctx, "ROLLBACK"); err != nil {
		return "", s.translate(err, nil, "")
	}
	return "ROLLBACK", nil
}

// Begin implements pgwire.Session: it opens the transaction of a query string
// of several statements, unless the string controls its own.
func (s *Session) Begin(ctx context.Context, pieces []pgwire.Piece) error {
	for _, p := range pieces {
		tokens, err := rsql.Lex(p.SQL)
		if err != nil || len(tokens) == 0 {
			continue // its own turn will tell
		}
		if verb := tokens[0]; verb.Is("begin") || verb.Is("start") || endsTransaction(verb.Text) {
			return nil
		}
	}
	s.batch = true
	_, err := s.beginBlock(ctx)
	return err
}

// End implements pgwire.Session.
func (s *Session) End(ctx context.Context, ok bool) error {
	if !s.batch {
		return nil
	}
	s.batch = false
	_, err := s.endBlock(ctx, ok)
	return err
}

// action is a statement without parameters and rows that the session runs.
type action struct {
	tag string
	run func(ctx context.Context) (tag string, err error)
}

func (a action) Params() []uint32         { return nil }
func (a action) Columns() []pgwire.Column { return nil }

func (a action) Run(ctx context.Context, _ []pgwire.Arg) (pgwire.Rows, error) {
	tag, err := a.run(ctx)
	if err != nil {
		return nil, err
	}
	return done(tag), nil
}
