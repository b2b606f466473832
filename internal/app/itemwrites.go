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
// person has agreed to it. A room that has asked does not call it.
func (c *Connection) ConfirmWrite() error {
	e := c.Target.Entry
	if !IsProduction(e) {
		return nil
	}
	return fault.Newf(fault.Guarded, "Connection %q is labelled %s and this changes data", e.Name, e.Label).
		WithRemedy("run it again and agree")
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
func (c *Connection) PutItem(ctx context.Context, w engine.ItemWrite) (engine.ItemCost, error) {
	store, err := c.store()
	if err == nil {
		err = c.GuardWrite()
	}
	if err != nil {
		return engine.ItemCost{}, err
	}
	return store.PutItem(ctx, w)
}

// DeleteItem deletes one item while it is what was read.
func (c *Connection) DeleteItem(ctx context.Context, w engine.ItemWrite) (engine.ItemCost, error) {
	store, err := c.store()
	if err == nil {
		err = c.GuardWrite()
	}
	if err != nil {
		return engine.ItemCost{}, err
	}
	return store.DeleteItem(ctx, w)
}

// Importer returns the connection's power to write the rows of files.
func (c *Connection) Importer() (engine.Importer, error) {
	importer, ok := c.engine.(engine.Importer)
	if !ok {
		return nil, fault.Newf(fault.Unsupported, "%s takes no rows of files", c.Target.Spec.Title)
	}
	return guardedImporter{importer, c}, nil
}

// guardedImporter refuses what changes something on a read-only connection.
type guardedImporter struct {
	engine.Importer
	c *Connection
}

func (g guardedImporter) Import(ctx context.Context, im engine.Import) (engine.ImportReport, error) {
	if err := g.c.GuardWrite(); err != nil && !im.DryRun {
		return engine.ImportReport{}, err
	}
	return g.Importer.Import(ctx, im)
}

func (g guardedImporter) CreateLike(ctx context.Context, table, like string) error {
	if err := g.c.GuardWrite(); err != nil {
		return err
	}
	return g.Importer.CreateLike(ctx, table, like)
}
