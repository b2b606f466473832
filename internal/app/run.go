package app

import (
	"context"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/sqltext"
)

// RunOptions say how one statement is run. The zero value runs it to its end
// and remembers nothing.
type RunOptions struct {
	Limit int64 // rows to deliver at most, 0 for all
	// Journal writes the run into the history.
	Journal bool
	// Written is the statement as the person wrote it, with its named
	// placeholders, for the history; "" for the statement's own text.
	Written string
	// OnJournal, when not nil, is told the run's id in the history before
	// anything is sent.
	OnJournal func(id string)
	// Keep keeps the rows on disk, so that they can be shown again without
	// running. It needs Journal. A result of more than KeepBytes is not kept; 0
	// stands for KeptEach.
	Keep      bool
	KeepBytes int64
	// AllowScan lets the statement read all of a table, as a person agreed to.
	AllowScan bool
	// Confirmed: a person has agreed to a write on a production connection, or
	// said so beforehand.
	Confirmed bool
}

// Run guards the statement and sends it. Close the stream.
func (c *Connection) Run(ctx context.Context, s engine.Statement, o RunOptions) (result.Stream, error) {
	if err := c.Guard(s.Text); err != nil {
		return nil, err
	}
	if !o.Confirmed {
		if err := c.Confirm(s.Text); err != nil {
			return nil, err
		}
	}
	if err := c.guardScan(ctx, s, o); err != nil {
		return nil, err
	}
	return c.journaled(s, o, func(s engine.Statement) (result.Stream, error) { return c.send(ctx, s, o) })
}

// journaled sends s and writes it into the history, if o says so.
func (c *Connection) journaled(s engine.Statement, o RunOptions, send func(engine.Statement) (result.Stream, error)) (result.Stream, error) {
	if !o.Journal {
		return send(s)
	}
	r := c.remember(&s, o)
	stream, err := send(s)
	if err != nil {
		r.failed(err)
		return nil, err
	}
	return r.follow(stream), nil
}

func (c *Connection) send(ctx context.Context, s engine.Statement, o RunOptions) (result.Stream, error) {
	stream, err := c.engine.Run(ctx, s)
	if err != nil {
		return nil, err
	}
	if o.Limit > 0 {
		stream = limit(stream, o.Limit)
	}
	return stream, nil
}

// Guard refuses on a read-only connection whatever is not known to read. It
// splits first, so that a write cannot ride behind a read. Run calls it; who
// runs several statements asks for all of them before the first is sent.
func (c *Connection) Guard(text string) error {
	if !c.Target.Entry.ReadOnly {
		return nil
	}
	dialect := c.Target.Spec.Dialect
	for _, piece := range sqltext.Split(dialect, text) {
		if class := sqltext.Classify(dialect, piece.Text); class != sqltext.Read {
			return c.refusal(class)
		}
	}
	return nil
}

func (c *Connection) refusal(class sqltext.Class) error {
	if c.Target.AskedReadOnly {
		return fault.Newf(fault.Guarded, "This run is read-only and the statement is not known to only read (%s)", class).
			WithRemedy("to allow writes leave out --read-only")
	}
	return fault.Newf(fault.Guarded, "Connection %q is read-only and this statement is not known to only read (%s)",
		c.Target.Entry.Name, class).
		WithRemedyf("to allow writes: fairlead connections edit %s --read-only=false", c.Target.Entry.Name)
}

// Confirm refuses, on a connection labelled production, whatever is not known
// to only read, until a person has agreed to it. Run calls it, unless it is told
// that somebody did; a room asks for a whole text before it sends the first of it.
func (c *Connection) Confirm(text string) error {
	if !IsProduction(c.Target.Entry) {
		return nil
	}
	dialect := c.Target.Spec.Dialect
	for _, piece := range sqltext.Split(dialect, text) {
		if class := sqltext.Classify(dialect, piece.Text); class.Changes() {
			return fault.Newf(fault.Guarded, "Connection %q is labelled %s and this statement is not known to only read (%s)",
				c.Target.Entry.Name, c.Target.Entry.Label, class).WithRemedy("run it again and agree")
		}
	}
	return nil
}

// Class says what a text does; of several statements, what the worst does.
func (c *Connection) Class(text string) sqltext.Class {
	return sqltext.Classify(c.Target.Spec.Dialect, text)
}
