package trino

import "strings"

// Action is what an ALTER TABLE does.
type Action string

// The forms of ALTER TABLE.
// https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html
const (
	AddPartition    Action = "ADD PARTITION"
	DropPartition   Action = "DROP PARTITION"
	RenamePartition Action = "RENAME PARTITION"
	AddColumns      Action = "ADD COLUMNS"
	ReplaceColumns  Action = "REPLACE COLUMNS"
	ChangeColumn    Action = "CHANGE COLUMN"
	SetLocation     Action = "SET LOCATION"
	SetProperties   Action = "SET TBLPROPERTIES"
)

// Pair is one k = v of a partition.
type Pair struct{ Key, Value string }

// Spec is one PARTITION (k = v, ...) [LOCATION '...'].
type Spec struct {
	Values   []Pair
	Location string
}

func (p *parser) alter() error {
	p.i++
	if p.eat("database") || p.eat("schema") {
		p.Verb = AlterDatabase
		if err := p.name(); err != nil {
			return err
		}
		if err := p.need("set", "dbproperties"); err != nil {
			return err
		}
		return p.pairsThenEnd()
	}
	p.Verb = AlterTable
	if err := p.need("table"); err != nil {
		return err
	}
	if err := p.name(); err != nil {
		return err
	}
	switch {
	case p.eat("add", "columns"), p.eat("replace", "columns"):
		p.Action = AddColumns
		if p.toks[p.i-2].is("replace") {
			p.Action = ReplaceColumns
		}
		return p.columnsThenEnd()
	case p.eat("change"):
		return p.changeColumn()
	case p.eat("add"):
		p.Action, p.IfNotExists = AddPartition, p.eat("if", "not", "exists")
		return p.specs()
	case p.eat("drop"):
		p.Action, p.IfExists = DropPartition, p.eat("if", "exists")
		return p.specs()
	case p.eat("set", "tblproperties"):
		p.Action = SetProperties
		return p.pairsThenEnd()
	case p.eat("set", "location"):
		return p.newLocation()
	case p.peek().is("partition"):
		return p.alterPartition()
	}
	return p.mismatch("'ADD', 'CHANGE', 'DROP', 'PARTITION', 'REPLACE', 'SET'")
}

// alterPartition reads PARTITION (...) {SET LOCATION '...' | RENAME TO
// PARTITION (...)}.
func (p *parser) alterPartition() error {
	if err := p.spec(); err != nil {
		return err
	}
	if p.eat("set", "location") {
		return p.newLocation()
	}
	p.Action = RenamePartition
	if err := p.need("rename", "to"); err != nil {
		return err
	}
	if err := p.spec(); err != nil {
		return err
	}
	return p.finish()
}

func (p *parser) newLocation() error {
	p.Action = SetLocation
	if err := p.literal(&p.Location); err != nil {
		return err
	}
	return p.finish()
}

func (p *parser) columnsThenEnd() error {
	var err error
	if p.Columns, err = p.columns(); err != nil {
		return err
	}
	return p.finish()
}

func (p *parser) pairsThenEnd() error {
	if err := p.pairs(); err != nil {
		return err
	}
	return p.finish()
}

// changeColumn reads [COLUMN] old new type [COMMENT '...'].
func (p *parser) changeColumn() error {
	p.Action = ChangeColumn
	p.eat("column")
	t := p.peek()
	if t.kind != word && t.kind != quoted {
		return p.mismatch("<identifier>")
	}
	p.Old = strings.ToLower(t.value)
	p.i++
	c, err := p.column()
	if err != nil {
		return err
	}
	p.Columns = []Column{c}
	return p.finish()
}

// specs reads one or more partitions, with or without commas between.
func (p *parser) specs() error {
	for {
		if err := p.spec(); err != nil {
			return err
		}
		p.eat(",")
		if p.i >= len(p.toks) {
			return nil
		}
	}
}

func (p *parser) spec() error {
	if err := p.need("partition", "("); err != nil {
		return err
	}
	var s Spec
	for {
		key := p.peek()
		if key.kind != word && key.kind != quoted {
			return p.mismatch("<identifier>")
		}
		p.i++
		if err := p.need("="); err != nil {
			return err
		}
		p.eat("date") // DATE '2024-01-01' is taken as its text
		value := p.peek()
		if value.kind != text && value.kind != number && value.kind != quoted {
			return p.mismatch("<string>")
		}
		p.i++
		s.Values = append(s.Values, Pair{strings.ToLower(key.value), value.value})
		if p.eat(")") {
			break
		}
		if err := p.need(","); err != nil {
			return err
		}
	}
	if p.eat("location") {
		if err := p.literal(&s.Location); err != nil {
			return err
		}
	}
	p.Specs = append(p.Specs, s)
	return nil
}
