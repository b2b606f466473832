package dynamodb

import (
	"errors"

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
	if o.old != nil && m.cond != nil {
		standing = o.old.Attrs()
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
		attrs = o.old.Attrs()
	}
	changed, err := m.update.Apply(attrs)
	if err != nil {
		return err
	}
	err = t.CheckItem(changed)
	var empty table.EmptyIndexKey
	if errors.As(err, &empty) {
		return empty.OfUpdate()
	}
	if err != nil {
		return err
	}
	o.now = table.NewItem(changed)
	if o.now.Size > table.MaxItemSize {
		return errUpdateSize
	}
	return nil
}

// commit makes a planned outcome true and returns what it cost.
func (m *mutation) commit(st *store, t *tableState, o outcome) table.WriteCost {
	t.Defer = st.lag()
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

// afford takes the write capacity that the outcome needs, or throttles; times is
// 2 in a transaction, where every write happens twice.
func (m *mutation) afford(st *store, t *tableState, o outcome, times float64) error {
	if !st.metered(t) {
		return nil
	}
	cost := table.WriteCost{Table: 1}
	if m.verb != verbCheck {
		cost = t.Cost(o.old, o.now)
	}
	var used tally
	used.addWrite(cost)
	used.scale(times)
	return st.spend(t, &used, true)
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
		// A write whose condition fails costs what a write of the item would.
		if e := asWire(err); e.Code == "ConditionalCheckFailedException" {
			if short := m.afford(st, t, outcome{o.old, o.old}, 1); short != nil {
				err = short
			}
		}
		return o, table.WriteCost{}, err
	}
	if err := m.afford(st, t, o, 1); err != nil {
		return o, table.WriteCost{}, err
	}
	return o, m.commit(st, t, o), nil
}
