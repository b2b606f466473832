package dynamodb

import (
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/expr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/table"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// mutation is one write, or one check of a transaction, from whichever
// operation it came.
type mutation struct {
	verb      verb
	table     string
	item      attr.Map // for verbPut
	key       attr.Map // for the others
	cond      expr.Cond
	update    expr.Update
	onFailure string // ReturnValuesOnConditionCheckFailure
	duplicate bool   // an INSERT: a standing item is a DuplicateItemException
}

type verb int

const (
	verbPut verb = iota
	verbUpdate
	verbDelete
	verbCheck
)

// outcome is what a mutation found and what it will leave.
type outcome struct {
	old, now *table.Item
}

// check refuses what the table's schema forbids; the lock is held.
func (m *mutation) check(t *tableState) error {
	if m.verb == verbPut {
		return t.CheckItem(m.item)
	}
	if err := t.CheckKey(m.key); err != nil {
		return err
	}
	for _, a := range m.update {
		for _, name := range t.Def.Key.Names() {
			if a.Path.Top() == name {
				return attr.Refusal(invalid + "Cannot update attribute " + name + ". This attribute is part of the key")
			}
		}
	}
	return nil
}

// plan evaluates the mutation without changing anything.
func (m *mutation) plan(t *tableState) (outcome, error) {
	key := m.key
	if m.verb == verbPut {
		key = m.item
	}
	o := outcome{old: t.Get(key)}
	var standing attr.Map
	if o.old != nil {
		standing = o.old.Attrs
	}
	if m.duplicate && o.old != nil {
		return o, wire.Fail("DuplicateItemException", "Duplicate primary key exists in table")
	}
	if !expr.Match(m.cond, standing) {
		return o, conditionFailed(o.old, m.onFailure)
	}
	switch m.verb {
	case verbCheck:
		o.now = o.old
	case verbPut:
		o.now = table.NewItem(m.item)
		if o.now.Size > table.MaxItemSize {
			return o, errItemSize
		}
	case verbUpdate:
		return o, m.planUpdate(t, &o)
	}
	return o, nil
}

func (m *mutation) planUpdate(t *tableState, o *outcome) error {
	attrs := m.key
	if o.old != nil {
		attrs = o.old.Attrs
	}
	changed, err := m.update.Apply(attrs)
	if err != nil {
		return err
	}
	if err := t.CheckItem(changed); err != nil {
		return err
	}
	o.now = table.NewItem(changed)
	if o.now.Size > table.MaxItemSize {
		return errUpdateSize
	}
	return nil
}

// commit makes a planned outcome true and returns what it cost.
func (m *mutation) commit(t *tableState, o outcome) table.WriteCost {
	switch {
	case m.verb == verbCheck:
		return table.WriteCost{Table: 1}
	case o.now != nil:
		_, cost := t.Put(o.now)
		return cost
	}
	_, cost := t.Delete(m.key)
	return cost
}

// run does one mutation on its own.
func (st *store) run(m *mutation) (outcome, table.WriteCost, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	t, err := st.table(m.table)
	if err != nil {
		return outcome{}, table.WriteCost{}, err
	}
	if err := m.check(t); err != nil {
		return outcome{}, table.WriteCost{}, err
	}
	o, err := m.plan(t)
	if err != nil {
		return o, table.WriteCost{}, err
	}
	return o, m.commit(t, o), nil
}
