// Package expr is the expression language of DynamoDB: condition, filter, key
// condition, projection and update expressions, their placeholders, checks and
// evaluation. PartiQL statements are turned into the same trees, so both
// surfaces answer alike.
//
// It knows items but no tables: which attributes are keys is told to it.
//
//	env := expr.NewEnv(nil, map[string]attr.Value{":min": attr.Int(10)})
//	cond, err := env.Condition("FilterExpression", "price >= :min")
//	keep := expr.Match(cond, item)
package expr

import (
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
)

// Step is one step of a document path: a name, or with Name empty a list index.
type Step struct {
	Name  string
	Index int
}

// Path is a document path; the first step is an attribute name.
type Path []Step

// Attr makes the path of a top-level attribute.
func Attr(name string) Path { return Path{{Name: name}} }

// String is the path as the service prints it in messages: [a, b, [0]].
func (p Path) String() string {
	parts := make([]string, len(p))
	for i, s := range p {
		parts[i] = s.Name
		if s.Name == "" {
			parts[i] = "[" + strconv.Itoa(s.Index) + "]"
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// Top is the attribute the path begins with.
func (p Path) Top() string { return p[0].Name }

// Equal says whether two paths are the same.
func (p Path) Equal(q Path) bool { return len(p) == len(q) && p.within(q) }

// within says whether p begins with the whole of q.
func (p Path) within(q Path) bool {
	if len(q) > len(p) {
		return false
	}
	for i := range q {
		if p[i] != q[i] {
			return false
		}
	}
	return true
}

// Operand is something that has a value for an item: a Path, a Literal, or one
// of the operations below.
type Operand interface{ operand() }

// Literal is a value given with the expression.
type Literal struct{ Value attr.Value }

// Size is size(X).
type Size struct{ X Operand }

// Arith is L + R or L - R.
type Arith struct {
	Minus bool
	L, R  Operand
}

// IfNotExists is if_not_exists(Path, Else).
type IfNotExists struct {
	Path Path
	Else Operand
}

// ListAppend is list_append(L, R).
type ListAppend struct{ L, R Operand }

func (Path) operand()        {}
func (Literal) operand()     {}
func (Size) operand()        {}
func (Arith) operand()       {}
func (IfNotExists) operand() {}
func (ListAppend) operand()  {}

// Cond is a condition on an item.
type Cond interface{ cond() }

// The conditions.
type (
	// And holds when all do.
	And struct{ L, R Cond }
	// Or holds when one does.
	Or struct{ L, R Cond }
	// Not negates.
	Not struct{ X Cond }
	// Compare is L Op R; Op is one of = <> < <= > >=.
	Compare struct {
		Op   string
		L, R Operand
	}
	// Between is X BETWEEN Lo AND Hi.
	Between struct{ X, Lo, Hi Operand }
	// In is X IN (List...).
	In struct {
		X    Operand
		List []Operand
	}
	// Call is a boolean function: attribute_exists, attribute_not_exists,
	// attribute_type, begins_with or contains.
	Call struct {
		Name string
		Args []Operand
	}
)

func (And) cond()     {}
func (Or) cond()      {}
func (Not) cond()     {}
func (Compare) cond() {}
func (Between) cond() {}
func (In) cond()      {}
func (Call) cond()    {}

// Operands lists the operands a condition touches, in order of appearance.
func Operands(c Cond) []Operand {
	switch c := c.(type) {
	case And:
		return append(Operands(c.L), Operands(c.R)...)
	case Or:
		return append(Operands(c.L), Operands(c.R)...)
	case Not:
		return Operands(c.X)
	case Compare:
		return []Operand{c.L, c.R}
	case Between:
		return []Operand{c.X, c.Lo, c.Hi}
	case In:
		return append([]Operand{c.X}, c.List...)
	case Call:
		return c.Args
	}
	return nil
}

// Paths lists the document paths in operands, in order of appearance.
func Paths(ops ...Operand) []Path {
	var out []Path
	for _, op := range ops {
		switch op := op.(type) {
		case Path:
			out = append(out, op)
		case Size:
			out = append(out, Paths(op.X)...)
		case Arith:
			out = append(out, Paths(op.L, op.R)...)
		case IfNotExists:
			out = append(out, op.Path)
			out = append(out, Paths(op.Else)...)
		case ListAppend:
			out = append(out, Paths(op.L, op.R)...)
		}
	}
	return out
}
