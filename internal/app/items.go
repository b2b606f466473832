package app

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

// Read makes one of the service's own reading calls. Of o only what concerns the
// history holds; a call has a limit of its own. Close the stream.
func (c *Connection) Read(ctx context.Context, rd engine.Read, o RunOptions) (result.Stream, error) {
	reader, ok := c.engine.(engine.Reader)
	if !ok {
		return nil, fault.Newf(fault.Unsupported, "%s has no items that are read by key", c.Target.Spec.Title).
			WithRemedyf("fairlead query %s", c.Target.Entry.Name)
	}
	return c.journaled(engine.Statement{Text: readText(rd)}, o, func(engine.Statement) (result.Stream, error) { return reader.Read(ctx, rd) })
}

// readText is a reading call as the history tells it, with the words of the
// command's flags: scan shop index by_status filter total > 100.
func readText(rd engine.Read) string {
	text := rd.Kind + " " + rd.Table
	add := func(word, value string) {
		if value != "" {
			text += " " + word + " " + value
		}
	}
	add("index", rd.Index)
	var key []string
	for name, value := range rd.Key {
		key = append(key, name+"="+value)
	}
	slices.Sort(key)
	add("key", strings.Join(key, ", "))
	add("where", rd.Where)
	add("filter", rd.Filter)
	add("columns", strings.Join(rd.Columns, ", "))
	if rd.Limit > 0 {
		add("limit", strconv.FormatInt(rd.Limit, 10))
	}
	for _, is := range []struct {
		word string
		so   bool
	}{{"desc", rd.Descending}, {"consistent", rd.Consistent}, {"resume", rd.Resume != nil}} {
		if is.so {
			text += " " + is.word
		}
	}
	return text
}

// RunGroup runs several statements in one call: as a batch, in which each
// succeeds or fails by itself, or as a transaction, in which all do or none.
// Of o only what concerns the history holds. Close the stream.
func (c *Connection) RunGroup(ctx context.Context, g engine.Group, o RunOptions) (result.Stream, error) {
	grouper, ok := c.engine.(engine.Grouper)
	if !ok {
		return nil, fault.Newf(fault.Unsupported, "%s takes one statement at a time", c.Target.Spec.Title)
	}
	for _, s := range g.Statements {
		if err := c.Guard(s.Text); err != nil {
			return nil, err
		}
		if o.Confirmed {
			continue
		}
		if err := c.Confirm(s.Text); err != nil {
			return nil, err
		}
	}
	return c.journaled(groupStatement(g), o, func(engine.Statement) (result.Stream, error) { return grouper.RunGroup(ctx, g) })
}

// groupStatement is a group as the history tells it: its statements behind a
// comment that says how they were sent.
func groupStatement(g engine.Group) engine.Statement {
	var all engine.Statement
	text := "-- batch\n"
	if g.Atomic {
		text = "-- transaction\n"
	}
	for i, s := range g.Statements {
		if i > 0 {
			text += ";\n"
		}
		text += s.Text
		all.Args = append(all.Args, s.Args...)
	}
	all.Text = text
	return all
}

// Sample reads some items of a table and tells what is in them.
func (c *Connection) Sample(ctx context.Context, table string, items int) (engine.Sample, error) {
	sampler, ok := c.engine.(engine.Sampler)
	if !ok {
		return engine.Sample{}, fault.Newf(fault.Unsupported, "%s declares its columns; there is nothing to sample", c.Target.Spec.Title)
	}
	return sampler.Sample(ctx, table, items)
}
