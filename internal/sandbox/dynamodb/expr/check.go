package expr

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
)

// literalType is the type of an operand known before any item is seen.
func literalType(o Operand) attr.Type {
	switch o := o.(type) {
	case Literal:
		return o.Value.Type()
	case Size, Arith:
		return attr.N
	}
	return ""
}

// WrongOperand is the refusal of an operand whose type an operator cannot take.
func WrongOperand(operator string, t attr.Type) string {
	return "Incorrect operand type for operator or function; operator or function: " + operator + ", operand type: " + string(t)
}

// CheckOrdering returns a refusal when an operand of an ordering operator has no
// order, "" otherwise.
func CheckOrdering(operator string, operands ...Operand) string {
	for _, o := range operands {
		if t := literalType(o); t != "" && !t.Ordered() {
			return WrongOperand(operator, t)
		}
	}
	return ""
}

func (p *parser) checkCompare(c Compare) {
	p.checkDistinct(c.Op, []Operand{c.L, c.R})
	if c.Op == "=" || c.Op == "<>" {
		return
	}
	if msg := CheckOrdering(c.Op, c.L, c.R); msg != "" {
		p.problem(rankType, msg)
	}
}

func (p *parser) checkBetween(c Between) {
	if msg := CheckOrdering("BETWEEN", c.X, c.Lo, c.Hi); msg != "" {
		p.problem(rankType, msg)
		return
	}
	if msg := CheckBounds(c); msg != "" {
		p.problem(rankType, msg)
	}
}

// CheckBounds refuses BETWEEN bounds of two types or in the wrong order.
func CheckBounds(c Between) string {
	lo, ok := c.Lo.(Literal)
	hi, ok2 := c.Hi.(Literal)
	if !ok || !ok2 || lo.Value.IsZero() || hi.Value.IsZero() {
		return ""
	}
	rest := "; lower bound operand: AttributeValue: " + show(lo.Value) + ", upper bound operand: AttributeValue: " + show(hi.Value)
	if lo.Value.Type() != hi.Value.Type() {
		return "The BETWEEN operator requires same data type for lower and upper bounds" + rest
	}
	if order, _ := attr.Compare(lo.Value, hi.Value); order > 0 {
		return "The BETWEEN operator requires upper bound to be greater than or equal to lower bound" + rest
	}
	return ""
}

func show(v attr.Value) string { return "{" + string(v.Type()) + ":" + v.Text() + "}" }

func (p *parser) checkDistinct(operator string, args []Operand) {
	first, ok := args[0].(Path)
	if !ok {
		return
	}
	for _, a := range args[1:] {
		if other, ok := a.(Path); ok && first.Equal(other) {
			p.problem(rankDistinct, "The first operand must be distinct from the remaining operands for this operator or function; operator: "+operator+", first operand: "+first.String())
		}
	}
}

// arity is how many operands a function of conditions takes, 0 if there is no
// such function.
func arity(name string) int {
	switch name {
	case "attribute_exists", "attribute_not_exists", "size":
		return 1
	case "attribute_type", "begins_with", "contains":
		return 2
	}
	return 0
}

func (p *parser) checkFunction(name string, args []Operand) term {
	placeholder := term{cond: Call{Name: "attribute_exists", Args: []Operand{Attr("")}}}
	n := arity(name)
	switch {
	case n == 0 && (name == "if_not_exists" || name == "list_append"):
		p.problem(rankMisuse, "The function is not allowed in a "+strings.ToLower(strings.TrimSuffix(p.what, "Expression"))+" expression; function: "+name)
		return placeholder
	case n == 0:
		p.problem(rankFunction, "Invalid function name; function: "+name)
		return placeholder
	case n != len(args):
		p.problem(rankOperands, wrongCount(name, len(args)))
		return placeholder
	}
	if msg := CheckCall(name, args); msg != "" {
		p.problem(rankType, msg)
	}
	p.checkDistinct(name, args)
	if name == "size" {
		return term{op: Size{args[0]}}
	}
	return term{cond: Call{name, args}}
}

func wrongCount(name string, n int) string {
	return "Incorrect number of operands for operator or function; operator or function: " + name + ", number of operands: " + strconv.Itoa(n)
}

// CheckCall returns the refusal that a call of a boolean function or size meets
// before any item is seen, "" if it may run.
func CheckCall(name string, args []Operand) string {
	if n := arity(name); n != len(args) {
		return wrongCount(name, len(args))
	}
	switch name {
	case "attribute_exists", "attribute_not_exists":
		if _, ok := args[0].(Path); !ok {
			return "Operator or function requires a document path; operator or function: " + name
		}
	case "begins_with":
		for _, a := range args {
			if t := literalType(a); t != "" && t != attr.S && t != attr.B {
				return WrongOperand(name, t)
			}
		}
	case "attribute_type":
		lit, ok := args[1].(Literal)
		if !ok {
			return WrongOperand(name, "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")
		}
		if lit.Value.Type() != attr.S && !lit.Value.IsZero() {
			return WrongOperand(name, lit.Value.Type())
		}
		if t := lit.Value.Text(); !slices.Contains([]string{"B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M"}, t) {
			return "Invalid attribute type name found; type: " + t + ", valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
		}
	case "size":
		if t := literalType(args[0]); t == attr.N || t == attr.BOOL || t == attr.NULL {
			return WrongOperand(name, t)
		}
	}
	return ""
}
