package app

import (
	"context"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/sqltext"
)

// RunOptions are limits on one statement.
type RunOptions struct {
	Limit int64 // rows to deliver at most, 0 for all
}

// Run guards the statement and sends it. Close the stream.
func (c *Connection) Run(ctx context.Context, s engine.Statement, o RunOptions) (result.Stream, error) {
	if err := c.Guard(s.Text); err != nil {
		return nil, err
	}
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
