package partiql

import (
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/expr"
)

func (p *parser) path() expr.Path {
	path := expr.Attr(p.name("Expected identifier"))
	for p.err == nil {
		switch {
		case p.accept("."):
			path = append(path, expr.Step{Name: p.name("Invalid path dot component")})
		case p.accept("["):
			t := p.next()
			n, err := strconv.Atoi(t.text)
			switch {
			case t.kind == text:
				path = append(path, expr.Step{Name: t.text})
			case t.kind != number || err != nil:
				p.malformed("Invalid path component")
			default:
				path = append(path, expr.Step{Index: n})
			}
			p.expect("]")
		default:
			return path
		}
	}
	return path
}

// atLiteral says whether a literal or a parameter begins here.
func (p *parser) atLiteral() bool {
	t := p.peek()
	switch t.kind {
	case text, number, param:
		return true
	case symbol:
		return t.text == "[" || t.text == "{" || t.text == "<<" || t.text == "-" || t.text == "+"
	}
	return t.is("TRUE") || t.is("FALSE") || t.is("NULL")
}

// item is where the attributes of an inserted item stand: each is a root of its
// own in messages.
const item = ""

// literal reads a value; where is its path within the whole literal, for
// messages.
func (p *parser) literal(where string) attr.Value {
	t := p.next()
	switch {
	case t.kind == text:
		return attr.String(t.text)
	case t.kind == number:
		return p.number(t.text, where)
	case t.kind == param:
		return p.parameter()
	case t.is("-") || t.is("+"):
		if p.peek().kind != number {
			p.malformed("Unexpected term")
			return attr.Null()
		}
		return p.number(t.text+p.next().text, where)
	case t.is("TRUE") || t.is("FALSE"):
		return attr.Bool(t.is("TRUE"))
	case t.is("NULL"):
		return attr.Null()
	case t.is("["):
		return attr.List(p.elements("]", where)...)
	case t.is("<<"):
		return p.set(where)
	case t.is("{"):
		return p.structure(where)
	case t.kind == word && p.peek().is("("):
		p.refuseAt("Unsupported data type: "+strings.ToLower(t.text)+" under key root", t)
	case t.kind == end:
		p.malformed("Unexpected end of statement")
	case t.kind == word && Keyword(t.text):
		p.malformed("Unexpected keyword")
	default:
		p.malformed("Unexpected term")
	}
	return attr.Null()
}

func (p *parser) parameter() attr.Value {
	p.used++
	if p.used > len(p.params) {
		p.refuse("Number of parameters in request and statement don't match.")
		return attr.Null()
	}
	return p.params[p.used-1]
}

func (p *parser) number(digits, where string) attr.Value {
	if !fitsScale(digits) {
		p.malformed("")
		return attr.Null()
	}
	v, err := attr.Number(digits)
	if err != nil {
		p.refuse(attr.Refusal(err.Error() + " under " + where))
		return attr.Null()
	}
	return v
}

// fitsScale says whether exponent and scale are 32-bit integers, as the parser
// of the service needs.
func fitsScale(digits string) bool {
	mantissa, exponent, found := strings.Cut(strings.ToLower(digits), "e")
	if !found {
		return true
	}
	n, err := strconv.ParseInt(exponent, 10, 32)
	if err != nil {
		return false
	}
	_, fraction, _ := strings.Cut(mantissa, ".")
	scale := int64(len(fraction)) - n
	return scale >= -1<<31 && scale < 1<<31
}

func (p *parser) elements(closing, where string) []attr.Value {
	var out []attr.Value
	for !p.accept(closing) && p.err == nil {
		if len(out) > 0 {
			p.expect(",")
		}
		out = append(out, p.literal(where+"["+strconv.Itoa(len(out))+"]"))
	}
	return out
}

func (p *parser) set(where string) attr.Value {
	members := p.elements(">>", where)
	if p.err != nil {
		return attr.Null()
	}
	if len(members) == 0 {
		p.refuse("Empty bags are not supported")
		return attr.Null()
	}
	t := map[attr.Type]attr.Type{attr.S: attr.SS, attr.N: attr.NS, attr.B: attr.BS}[members[0].Type()]
	for _, m := range members {
		if t == "" || m.Type() != t.ElementType() {
			p.refuse("Bags must only contain values of one of the types string, number or binary")
			return attr.Null()
		}
	}
	v, err := attr.CheckedSet(t, members)
	if err != nil {
		p.refuse(attr.Refusal(err.Error()))
		return attr.Null()
	}
	return v
}

func (p *parser) structure(where string) attr.Value {
	var fields []attr.Field
	seen := map[string]bool{}
	for !p.accept("}") && p.err == nil {
		if len(fields) > 0 {
			p.expect(",")
		}
		t := p.next()
		if t.kind != text && t.kind != quoted {
			p.malformed("Expected a field name")
			break
		}
		if seen[t.text] {
			p.refuse(attr.Refusal("Item has duplicate attribute names: " + t.text))
		}
		seen[t.text] = true
		p.expect(":")
		below := where + "." + t.text
		if where == item {
			below = "root"
		}
		fields = append(fields, attr.Field{Name: t.text, Value: p.literal(below)})
	}
	return attr.MapOf(attr.NewMap(fields...))
}

// assignment reads path = value in SET.
func (p *parser) assignment() expr.Action {
	a := expr.Action{Verb: expr.Set, Path: p.path()}
	p.expect("=")
	if t := p.peek(); t.kind == word && p.ahead().is("(") && (t.is("set_add") || t.is("set_delete")) {
		return p.setChange(a.Path)
	}
	a.Value = p.setSum()
	return a
}

func (p *parser) setSum() expr.Operand {
	o := p.setTerm()
	for p.peek().is("+") || p.peek().is("-") {
		minus := p.next().text == "-"
		o = expr.Arith{Minus: minus, L: o, R: p.setTerm()}
	}
	return o
}

func (p *parser) setTerm() expr.Operand {
	t := p.peek()
	switch {
	case t.is("("):
		p.next()
		o := p.setSum()
		p.expect(")")
		return o
	case t.kind == word && p.ahead().is("("):
		return p.setFunction()
	case p.atLiteral():
		return expr.Literal{Value: p.literal("root")}
	}
	return p.path()
}

func (p *parser) arguments() []expr.Operand {
	p.next()
	var args []expr.Operand
	if !p.peek().is(")") {
		args = append(args, p.setSum())
		for p.accept(",") {
			args = append(args, p.setSum())
		}
	}
	p.expect(")")
	return args
}

func (p *parser) setFunction() expr.Operand {
	t := p.next()
	args := p.arguments()
	name := strings.ToLower(t.text)
	switch {
	case p.err != nil:
	case name == "list_append" && len(args) == 2:
		return expr.ListAppend{L: args[0], R: args[1]}
	case name == "if_not_exists" && len(args) == 2:
		if path, ok := args[0].(expr.Path); ok {
			return expr.IfNotExists{Path: path, Else: args[1]}
		}
		p.refuse("Operator or function requires a document path; operator or function: if_not_exists")
	case name == "list_append" || name == "if_not_exists":
		p.refuseAt(upper(name)+" must have exactly two arguments", t)
	default:
		p.refuseAt("Unrecognized function: "+name, t)
	}
	return nothing().op
}

// setChange reads set_add(path, <<...>>) and set_delete(path, <<...>>).
func (p *parser) setChange(target expr.Path) expr.Action {
	t := p.next()
	first := p.ahead()
	args := p.arguments()
	name := upper(t.text)
	a := expr.Action{Verb: expr.Add, Path: target}
	if name == "SET_DELETE" {
		a.Verb = expr.Delete
	}
	if p.err != nil {
		return a
	}
	if len(args) != 2 {
		p.refuseAt(name+" must have exactly two arguments", t)
		return a
	}
	if path, ok := args[0].(expr.Path); !ok || !path.Equal(target) {
		p.refuseAt("The first argument to "+name+" must equal the assignment value", t)
		return a
	}
	lit, ok := args[1].(expr.Literal)
	if !ok || !lit.Value.Type().IsSet() {
		p.refuseAt("The second argument to "+name+" must be a value with type SET", first)
		return a
	}
	a.Value = lit
	return a
}
