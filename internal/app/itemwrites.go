package app

import (
	"context"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sqltext"
)

// GuardWrite refuses on a read-only connection a change that is not made by a
// statement. All that change items call it, so that no room can get round it;
// a room calls it first where much would be done in vain.
func (c *Connection) GuardWrite() error {
	if !c.Target.Entry.ReadOnly {
		return nil
	}
	if c.Target.AskedReadOnly {
		return c.refusal(sqltext.Write)
	}
	return fault.Newf(fault.Guarded, "Connection %q is read-only and this changes data", c.Target.Entry.Name).
		WithRemedyf("to allow writes: fairlead connections edit %s --read-only=false", c.Target.Entry.Name)
}

// ConfirmWrite refuses on a connection labelled production such a change, until a
// person has agreed to it. All that change items call it, unless they are told
// that somebody did; a room calls it to know whether to ask.
func (c *Connection) ConfirmWrite() error {
	e := c.Target.Entry
	if !IsProduction(e) {
		return nil
	}
	return fault.Newf(fault.Guarded, "Connection %q is labelled %s and this changes data", e.Name, e.Label).
		WithRemedy("run it again and agree")
}

// WriteOptions say how a change that is not made by a statement is guarded.
type WriteOptions struct {
	Confirmed bool // a person has agreed to change what is labelled production
}

// mayWrite is what stands before every such change.
func (c *Connection) mayWrite(o WriteOptions) error {
	if err := c.GuardWrite(); err != nil || o.Confirmed {
		return err
	}
	return c.ConfirmWrite()
}

func (c *Connection) store() (engine.ItemStore, error) {
	store, ok := c.engine.(engine.ItemStore)
	if !ok {
		return nil, fault.Newf(fault.Unsupported, "%s has no items that are read and written by key", c.Target.Spec.Title).
			WithRemedyf("fairlead query %s", c.Target.Entry.Name)
	}
	return store, nil
}

// ItemKey gives the texts of a key's attributes the types of the table.
func (c *Connection) ItemKey(ctx context.Context, table string, texts map[string]string) ([]byte, error) {
	store, err := c.store()
	if err != nil {
		return nil, err
	}
	return store.ItemKey(ctx, table, texts)
}

// GetItem reads one item, in typed JSON; nil when there is none.
func (c *Connection) GetItem(ctx context.Context, table string, key []byte) ([]byte, engine.ItemCost, error) {
	store, err := c.store()
	if err != nil {
		return nil, engine.ItemCost{}, err
	}
	return store.GetItem(ctx, table, key)
}

// PutItem writes one item while it is what was read.
func (c *Connection) PutItem(ctx context.Context, w engine.ItemWrite, o WriteOptions) (engine.ItemCost, error) {
	store, err := c.store()
	if err == nil {
		err = c.mayWrite(o)
	}
	if err != nil {
		return engine.ItemCost{}, err
	}
	return store.PutItem(ctx, w)
}

// DeleteItem deletes one item while it is what was read.
func (c *Connection) DeleteItem(ctx context.Context, w engine.ItemWrite, o WriteOptions) (engine.ItemCost, error) {
	store, err := c.store()
	if err == nil {
		err = c.mayWrite(o)
	}
	if err != nil {
		return engine.ItemCost{}, err
	}
	return store.DeleteItem(ctx, w)
}

// Importer returns the connection's power to write the rows of files, guarded as
// o says.
func (c *Connection) Importer(o WriteOptions) (engine.Importer, error) {
	importer, ok := c.engine.(engine.Importer)
	if !ok {
		return nil, fault.Newf(fault.Unsupported, "%s takes no rows of files", c.Target.Spec.Title)
	}
	return guardedImporter{importer, c, o}, nil
}

// guardedImporter refuses what changes something where that may not be.
type guardedImporter struct {
	engine.Importer
	c *Connection
	o WriteOptions
}

func (g guardedImporter) Import(ctx context.Context, im engine.Import) (engine.ImportReport, error) {
	if !im.DryRun {
		if err := g.c.mayWrite(g.o); err != nil {
			return engine.ImportReport{}, err
		}
	}
	return g.Importer.Import(ctx, im)
}

func (g guardedImporter) CreateLike(ctx context.Context, table, like string) error {
	if err := g.c.mayWrite(g.o); err != nil {
		return err
	}
	return g.Importer.CreateLike(ctx, table, like)
}
