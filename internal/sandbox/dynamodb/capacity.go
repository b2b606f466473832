package dynamodb

import (
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/table"
)

// units is capacity on one table or index.
type units struct {
	CapacityUnits      float64
	ReadCapacityUnits  *float64 `json:",omitempty"`
	WriteCapacityUnits *float64 `json:",omitempty"`
}

// consumed is the ConsumedCapacity of an answer.
type consumed struct {
	TableName string
	units
	Table                  *units           `json:",omitempty"`
	GlobalSecondaryIndexes map[string]units `json:",omitempty"`
	LocalSecondaryIndexes  map[string]units `json:",omitempty"`
}

// tally adds up what a request uses on one table.
type tally struct {
	table string
	base  float64
	index []table.IndexCost
	// transaction is "read" or "write" when the capacity is of a transaction,
	// which is answered by kind.
	transaction string
}

func (t *tally) addWrite(cost table.WriteCost) {
	t.base += cost.Table
	for _, x := range cost.Indexes {
		t.addIndex(x)
	}
}

func (t *tally) addIndex(cost table.IndexCost) {
	for i := range t.index {
		if t.index[i].Name == cost.Name {
			t.index[i].Units += cost.Units
			return
		}
	}
	t.index = append(t.index, cost)
}

// answer is the ConsumedCapacity to return, nil when none was asked for. mode is
// ReturnConsumedCapacity.
func (t *tally) answer(mode string) *consumed {
	if mode != "TOTAL" && mode != "INDEXES" {
		return nil
	}
	total := t.base
	for _, x := range t.index {
		total += x.Units
	}
	c := &consumed{TableName: t.table, units: t.units(total)}
	if mode == "TOTAL" {
		return c
	}
	base := t.units(t.base)
	c.Table = &base
	for _, x := range t.index {
		m := &c.GlobalSecondaryIndexes
		if x.Local {
			m = &c.LocalSecondaryIndexes
		}
		if *m == nil {
			*m = map[string]units{}
		}
		(*m)[x.Name] = t.units(x.Units)
	}
	return c
}

func (t *tally) units(n float64) units {
	switch t.transaction {
	case "read":
		return units{CapacityUnits: n, ReadCapacityUnits: &n}
	case "write":
		return units{CapacityUnits: n, WriteCapacityUnits: &n}
	}
	return units{CapacityUnits: n}
}

// scale multiplies what was used; a transaction reads and writes all twice.
func (t *tally) scale(times float64) {
	t.base *= times
	for i := range t.index {
		t.index[i].Units *= times
	}
}

// tallies keeps a tally for each table, in order of appearance.
type tallies struct {
	order []*tally
}

func (ts *tallies) of(table, transaction string) *tally {
	for _, t := range ts.order {
		if t.table == table {
			return t
		}
	}
	t := &tally{table: table, transaction: transaction}
	ts.order = append(ts.order, t)
	return t
}

func (ts *tallies) answer(mode string) []*consumed {
	var out []*consumed
	for _, t := range ts.order {
		if c := t.answer(mode); c != nil {
			out = append(out, c)
		}
	}
	return out
}
