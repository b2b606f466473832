package partiql

import (
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/expr"
)

// maxIn is how many values IN takes; of a partition key it takes fewer ("at max
// 50 hash attribute values or at max 100 non-key attribute values", Amazon
// DynamoDB Developer Guide, PartiQL operators).
const maxIn = 100

func upper(s string) string { return strings.ToUpper(s) }

func (p *parser) where() expr.Cond {
	c := p.asCond(p.or())
	if p.err != nil {
		return nil
	}
	return c
}

// term is what a sub-expression turned out to be.
type term struct {
	cond expr.Cond
	op   expr.Operand
}

// nothing stands for what could not be read; the parser holds an error then.
func nothing() term { return term{op: expr.Literal{Value: attr.Null()}} }

func (p *parser) asCond(t term) expr.Cond {
	switch {
	case t.cond != nil:
		return t.cond
	default:
		if lit, ok := t.op.(expr.Literal); ok && lit.Value.Type() == attr.BOOL {
			// WHERE true: compare it with itself.
			return expr.Compare{Op: "=", L: lit, R: expr.Literal{Value: attr.Bool(true)}}
		}
		p.refuse("Expected a condition in the WHERE clause")
		return expr.Compare{Op: "=", L: t.op, R: t.op}
	}
}

func (p *parser) asOperand(t term) expr.Operand {
	if t.op == nil {
		p.refuse("A condition cannot be used as a value in the WHERE clause")
		return nothing().op
	}
	return t.op
}

func (p *parser) or() term {
	t := p.and()
	for p.accept("OR") {
		t = term{cond: expr.Or{L: p.asCond(t), R: p.asCond(p.and())}}
	}
	return t
}

func (p *parser) and() term {
	t := p.not()
	for p.accept("AND") {
		t = term{cond: expr.And{L: p.asCond(t), R: p.asCond(p.not())}}
	}
	return t
}

func (p *parser) not() term {
	if p.accept("NOT") {
		return term{cond: expr.Not{X: p.asCond(p.not())}}
	}
	return p.comparison()
}

func (p *parser) comparison() term {
	left := p.sum()
	t := p.peek()
	switch {
	case t.kind == symbol && comparator(t.text) != "":
		p.next()
		return p.compare(comparator(t.text), left, p.sum())
	case t.is("NOT") && (p.ahead().is("IN") || p.ahead().is("BETWEEN")):
		p.next()
		return term{cond: expr.Not{X: p.asCond(p.inOrBetween(left))}}
	case t.is("IN") || t.is("BETWEEN"):
		return p.inOrBetween(left)
	case t.is("IS"):
		p.next()
		return p.is(left)
	case t.is("LIKE"):
		p.refuseAt("Unsupported operator: LIKE", t)
	}
	return left
}

func comparator(s string) string {
	switch s {
	case "!=":
		return "<>"
	case "=", "<>", "<", "<=", ">", ">=":
		return s
	}
	return ""
}

func (p *parser) compare(op string, l, r term) term {
	// attribute_exists(a) = true
	if l.cond != nil && r.op != nil && (op == "=" || op == "<>") {
		if lit, ok := r.op.(expr.Literal); ok && lit.Value.Type() == attr.BOOL {
			if lit.Value.True() == (op == "=") {
				return l
			}
			return term{cond: expr.Not{X: l.cond}}
		}
	}
	c := expr.Compare{Op: op, L: p.asOperand(l), R: p.asOperand(r)}
	if op != "=" && op != "<>" {
		p.check(expr.CheckOrdering(op, c.L, c.R))
	}
	return term{cond: c}
}

func (p *parser) check(message string) {
	if message != "" {
		p.refuse(attr.Refusal(message))
	}
}

func (p *parser) inOrBetween(left term) term {
	x := p.asOperand(left)
	if p.accept("BETWEEN") {
		c := expr.Between{X: x, Lo: p.asOperand(p.sum())}
		p.expect("AND")
		c.Hi = p.asOperand(p.sum())
		p.check(expr.CheckOrdering("BETWEEN", c.X, c.Lo, c.Hi))
		p.check(expr.CheckBounds(c))
		return term{cond: c}
	}
	p.expect("IN")
	closing := "]"
	if !p.accept("[") {
		p.expect("(")
		closing = ")"
	}
	c := expr.In{X: x, List: []expr.Operand{p.asOperand(p.sum())}}
	for p.accept(",") {
		c.List = append(c.List, p.asOperand(p.sum()))
	}
	p.expect(closing)
	if len(c.List) > maxIn {
		p.refuse(attr.Refusal("Too many values in the IN list: the limit is " + strconv.Itoa(maxIn)))
	}
	return term{cond: c}
}

// is reads what follows IS: [NOT] MISSING, NULL or the name of a type.
func (p *parser) is(left term) term {
	negated := p.accept("NOT")
	path, ok := left.op.(expr.Path)
	if !ok {
		p.refuse("IS requires a document path on its left")
		return nothing()
	}
	t := p.next()
	var c expr.Cond
	if t.is("MISSING") {
		c = expr.Call{Name: "attribute_not_exists", Args: []expr.Operand{path}}
	} else if name := typeName(t); name != "" {
		c = expr.Call{Name: "attribute_type", Args: []expr.Operand{path, expr.Literal{Value: attr.String(string(name))}}}
	} else {
		p.malformed("Expected type name")
		return nothing()
	}
	if negated {
		c = expr.Not{X: c}
	}
	return term{cond: c}
}

// typeName is the attribute type that a PartiQL type name stands for.
func typeName(t token) attr.Type {
	if t.kind != word {
		return ""
	}
	switch upper(t.text) {
	case "NULL":
		return attr.NULL
	case "BOOL", "BOOLEAN":
		return attr.BOOL
	case "STRING", "VARCHAR", "CHAR", "CHARACTER":
		return attr.S
	case "NUMERIC", "DECIMAL", "INT", "INTEGER", "SMALLINT", "FLOAT", "REAL", "DOUBLE":
		return attr.N
	case "BLOB", "BINARY":
		return attr.B
	case "LIST":
		return attr.L
	case "STRUCT", "TUPLE", "MAP":
		return attr.M
	}
	return ""
}

func (p *parser) sum() term {
	t := p.primary()
	for p.peek().is("+") || p.peek().is("-") {
		minus := p.next().text == "-"
		t = term{op: expr.Arith{Minus: minus, L: p.asOperand(t), R: p.asOperand(p.primary())}}
	}
	return t
}

func (p *parser) primary() term {
	t := p.peek()
	switch {
	case t.is("("):
		p.next()
		inner := p.or()
		p.expect(")")
		return inner
	case t.kind == word && p.ahead().is("("):
		return p.function()
	case p.atLiteral():
		return term{op: expr.Literal{Value: p.literal("root")}}
	case t.kind == word && Keyword(t.text):
		p.malformed("Unexpected keyword")
	case t.kind == word || t.kind == quoted:
		return term{op: p.path()}
	case t.kind == end:
		p.malformed("Unexpected end of statement")
	default:
		p.malformed("Unexpected term")
	}
	return nothing()
}

func (p *parser) function() term {
	t := p.next()
	p.next()
	var args []expr.Operand
	if !p.peek().is(")") {
		args = append(args, p.asOperand(p.sum()))
		for p.accept(",") {
			args = append(args, p.asOperand(p.sum()))
		}
	}
	p.expect(")")
	name := strings.ToLower(t.text)
	switch name {
	case "attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains":
		p.check(expr.CheckCall(name, args))
		return term{cond: expr.Call{Name: name, Args: args}}
	case "size":
		p.check(expr.CheckCall(name, args))
		if p.err != nil {
			return nothing()
		}
		return term{op: expr.Size{X: args[0]}}
	case "missing":
		p.check(expr.CheckCall("attribute_exists", args))
		return term{cond: expr.Call{Name: "attribute_not_exists", Args: args}}
	}
	p.refuseAt("Unrecognized function: "+name, t)
	return nothing()
}
