package local

import (
	"bytes"

	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/item"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/partiql"
)

// checkHaving registers the aggregates of HAVING and refuses what it cannot
// work out: anything but comparisons of columns, aggregates and values.
func checkHaving(g *groups, c partiql.Cond) error {
	switch c := c.(type) {
	case nil:
		return nil
	case *partiql.And:
		return first(checkHaving(g, c.Left), checkHaving(g, c.Right))
	case *partiql.Or:
		return first(checkHaving(g, c.Left), checkHaving(g, c.Right))
	case *partiql.Not:
		return checkHaving(g, c.Cond)
	case *partiql.Compare:
		return first(g.checkOperand(c.Left), g.checkOperand(c.Right))
	case *partiql.Between:
		return first(g.checkOperand(c.Left), g.checkOperand(c.Low), g.checkOperand(c.High))
	case *partiql.In:
		err := g.checkOperand(c.Left)
		for _, o := range c.List {
			err = first(err, g.checkOperand(o))
		}
		return err
	}
	return refuse("HAVING takes comparisons of columns, aggregates and values")
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *groups) checkOperand(o partiql.Operand) error {
	switch {
	case o.Item != nil:
		g.fold(*o.Item)
		return nil
	case o.Value != nil:
		return nil
	case o.Param > 0 && o.Param <= len(g.w.o.Args):
		return nil
	case len(o.Path) > 0 && (g.position(o.Path) >= 0 || g.w.column(partiql.Item{Path: o.Path}) != ""):
		return nil
	}
	return refuse("HAVING names what is neither grouped by nor in an aggregate")
}

// holds works out a condition over one group. A comparison with what is not
// there, or between types, does not hold.
func (g *groups) holds(c partiql.Cond, have *group) bool {
	switch c := c.(type) {
	case *partiql.And:
		return g.holds(c.Left, have) && g.holds(c.Right, have)
	case *partiql.Or:
		return g.holds(c.Left, have) || g.holds(c.Right, have)
	case *partiql.Not:
		return !g.holds(c.Cond, have)
	case *partiql.Compare:
		return compare(c.Op, g.operand(c.Left, have), g.operand(c.Right, have))
	case *partiql.Between:
		left := g.operand(c.Left, have)
		return compare(">=", left, g.operand(c.Low, have)) && compare("<=", left, g.operand(c.High, have))
	case *partiql.In:
		left := g.operand(c.Left, have)
		for _, o := range c.List {
			if compare("=", left, g.operand(o, have)) {
				return true
			}
		}
	}
	return false
}

// operand returns a typed value, nil when there is none.
func (g *groups) operand(o partiql.Operand, have *group) []byte {
	switch {
	case o.Item != nil:
		return have.Folds[g.fold(*o.Item)].result(*o.Item)
	case o.Value != nil:
		return literal(*o.Value)
	case o.Param > 0:
		return g.w.o.Args[o.Param-1]
	}
	if at := g.position(o.Path); at >= 0 {
		return have.Values[at]
	}
	name := g.w.column(partiql.Item{Path: o.Path})
	for _, c := range g.w.columns {
		if c.Name != name {
			continue
		}
		if c.Aggregate != "" {
			return have.Folds[g.shown[name]].result(c)
		}
		return have.Values[g.position(c.Path)]
	}
	return nil
}

// literal writes a literal of the statement as a typed value.
func literal(v partiql.Value) []byte {
	if v.Type == "BOOL" || v.Type == "NULL" {
		return []byte(`{"` + v.Type + `":` + v.Text + `}`)
	}
	return append(item.AppendString([]byte(`{"`+v.Type+`":`), v.Text), '}')
}

func compare(op string, left, right []byte) bool {
	leftType, _ := item.Split(left)
	rightType, _ := item.Split(right)
	if leftType == "" || leftType != rightType {
		return false
	}
	c := bytes.Compare(item.AppendOrder(nil, left), item.AppendOrder(nil, right))
	switch op {
	case "=":
		return c == 0
	case "<>":
		return c != 0
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	}
	return c >= 0
}
