package app

import (
	"context"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

// Read makes one of the service's own reading calls. Close the stream.
func (c *Connection) Read(ctx context.Context, rd engine.Read) (result.Stream, error) {
	reader, ok := c.engine.(engine.Reader)
	if !ok {
		return nil, fault.Newf(fault.Unsupported, "%s has no items that are read by key", c.Target.Spec.Title).
			WithRemedyf("fairlead query %s", c.Target.Entry.Name)
	}
	return reader.Read(ctx, rd)
}

// RunGroup runs several statements in one call: as a batch, in which each
// succeeds or fails by itself, or as a transaction, in which all do or none.
// Close the stream.
func (c *Connection) RunGroup(ctx context.Context, g engine.Group) (result.Stream, error) {
	grouper, ok := c.engine.(engine.Grouper)
	if !ok {
		return nil, fault.Newf(fault.Unsupported, "%s takes one statement at a time", c.Target.Spec.Title)
	}
	for _, s := range g.Statements {
		if err := c.Guard(s.Text); err != nil {
			return nil, err
		}
	}
	return grouper.RunGroup(ctx, g)
}

// Sample reads some items of a table and tells what is in them.
func (c *Connection) Sample(ctx context.Context, table string, items int) (engine.Sample, error) {
	sampler, ok := c.engine.(engine.Sampler)
	if !ok {
		return engine.Sample{}, fault.Newf(fault.Unsupported, "%s declares its columns; there is nothing to sample", c.Target.Spec.Title)
	}
	return sampler.Sample(ctx, table, items)
}
