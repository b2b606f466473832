package expr

import (
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
)

// parser reads one expression. It goes on after a finding, since the service
// reports findings by rank, not by place: a syntax error first, then misuse of
// parentheses and functions, reserved words, placeholders, operands.
type parser struct {
	env    *Env
	what   string
	src    string
	toks   []token
	at     int
	ops    int // operators and functions so far
	failed bool
	found  [ranks]string
}

const (
	rankSyntax = iota
	rankParens
	rankFunction
	rankMisuse
	rankReserved
	rankPlaceholder
	rankOperands
	rankDistinct
	rankType
	ranks
)

func (p *parser) problem(rank int, message string) {
	if p.found[rank] == "" {
		p.found[rank] = message
	}
}

// maxOperators is how many operators and functions an expression may have.
const maxOperators = 300

// operator counts one; the loop that found it goes on.
func (p *parser) operator() {
	if p.ops++; p.ops > maxOperators {
		p.problem(rankParens, "The expression has more operators and functions than the allowed maximum; maximum: "+strconv.Itoa(maxOperators))
	}
}

func (p *parser) err() error {
	for _, message := range p.found {
		if message != "" {
			return attr.Refusal("Invalid " + p.what + ": " + message)
		}
	}
	return nil
}

func (p *parser) peek() token { return p.toks[p.at] }

func (p *parser) next() token {
	t := p.toks[p.at]
	if t.kind != end {
		p.at++
	}
	return t
}

func (p *parser) accept(text string) bool {
	if p.peek().is(text) {
		p.at++
		return true
	}
	return false
}

func (p *parser) expect(text string) {
	if !p.accept(text) {
		p.syntax()
	}
}

func (p *parser) finish() {
	if p.peek().kind != end {
		p.syntax()
	}
}

// syntax reports the token at hand and jumps to the end, so that every loop ends.
func (p *parser) syntax() {
	if p.failed {
		return
	}
	p.failed = true
	t := p.peek()
	from, to := max(p.at-1, 0), min(p.at+1, len(p.toks)-1)
	last := p.toks[to]
	stop := last.pos
	if last.kind != end {
		stop += len(last.text)
	}
	near := strings.TrimSpace(p.src[p.toks[from].pos:stop])
	p.problem(rankSyntax, `Syntax error; token: "`+t.text+`", near: "`+near+`"`)
	p.at = len(p.toks) - 1
}

// term is what a sub-expression turned out to be: a condition or an operand.
type term struct {
	cond   Cond
	op     Operand
	parens int
}

func (p *parser) asCond(t term) Cond {
	if t.cond == nil {
		if _, ok := t.op.(Size); ok {
			p.problem(rankMisuse, "The function is not allowed to be used this way in an expression; function: size")
		} else {
			p.syntax()
		}
		return Call{Name: "attribute_exists", Args: []Operand{Attr("")}}
	}
	return t.cond
}

func (p *parser) asOperand(t term) Operand {
	if t.op == nil {
		if c, ok := t.cond.(Call); ok {
			p.problem(rankMisuse, "The function is not allowed to be used this way in an expression; function: "+c.Name)
		} else {
			p.syntax()
		}
		return Literal{attr.Null()}
	}
	return t.op
}

func (p *parser) or() term {
	t := p.and()
	for p.peek().is("OR") && !p.failed {
		p.operator()
		p.next()
		t = term{cond: Or{p.asCond(t), p.asCond(p.and())}}
	}
	return t
}

func (p *parser) and() term {
	t := p.not()
	for p.peek().is("AND") && !p.failed {
		p.operator()
		p.next()
		t = term{cond: And{p.asCond(t), p.asCond(p.not())}}
	}
	return t
}

func (p *parser) not() term {
	if p.accept("NOT") {
		p.operator()
		return term{cond: Not{p.asCond(p.not())}}
	}
	return p.comparison()
}

func (p *parser) comparison() term {
	t := p.primary()
	switch next := p.peek(); {
	case next.kind == symbol && isComparator(next.text):
		p.operator()
		p.next()
		c := Compare{next.text, p.asOperand(t), p.asOperand(p.primary())}
		p.checkCompare(c)
		return term{cond: c}
	case next.is("BETWEEN"):
		p.operator()
		p.next()
		x, lo := p.asOperand(t), p.asOperand(p.primary())
		p.expect("AND")
		c := Between{x, lo, p.asOperand(p.primary())}
		p.checkBetween(c)
		return term{cond: c}
	case next.is("IN"):
		p.operator()
		p.next()
		p.expect("(")
		c := In{X: p.asOperand(t), List: p.operands()}
		p.expect(")")
		if n := len(c.List); n > maxIn {
			p.problem(rankOperands, "Incorrect number of operands for operator or function; operator or function: IN, number of operands: "+strconv.Itoa(n))
		}
		return term{cond: c}
	}
	return t
}

// maxIn is the most operands IN takes.
const maxIn = 100

func isComparator(s string) bool {
	switch s {
	case "=", "<>", "<", "<=", ">", ">=":
		return true
	}
	return false
}

func (p *parser) operands() []Operand {
	list := []Operand{p.asOperand(p.primary())}
	for p.accept(",") {
		list = append(list, p.asOperand(p.primary()))
	}
	return list
}

func (p *parser) primary() term {
	switch t := p.peek(); {
	case t.is("("):
		p.next()
		inner := p.or()
		p.expect(")")
		if inner.parens > 0 && p.what != keyConditionKind {
			p.problem(rankParens, "The expression has redundant parentheses;")
		}
		inner.parens++
		return inner
	case t.kind == val:
		p.next()
		return term{op: Literal{p.resolveValue(t.text)}}
	case t.kind == word && p.toks[p.at+1].is("("):
		return p.function()
	case t.kind == word || t.kind == name:
		return term{op: p.path()}
	}
	p.syntax()
	return term{op: Literal{attr.Null()}}
}

func (p *parser) function() term {
	p.operator()
	name := p.next().text
	p.next()
	var args []Operand
	if !p.peek().is(")") {
		args = p.operands()
	}
	p.expect(")")
	return p.checkFunction(name, args)
}

func (p *parser) path() Path {
	path := Path{{Name: p.pathName()}}
	for !p.failed {
		switch {
		case p.accept("."):
			path = append(path, Step{Name: p.pathName()})
		case p.accept("["):
			t := p.peek()
			if t.kind != number {
				p.syntax()
				return path
			}
			p.next()
			n, err := strconv.Atoi(t.text)
			if err != nil {
				p.problem(rankOperands, "List index is not within the allowable range; index: ["+t.text+"]")
			}
			path = append(path, Step{Index: n})
			p.expect("]")
		default:
			return path
		}
	}
	return path
}

func (p *parser) pathName() string {
	switch t := p.peek(); t.kind {
	case word:
		p.next()
		if Reserved(t.text) {
			p.problem(rankReserved, "Attribute name is a reserved keyword; reserved keyword: "+t.text)
		}
		return t.text
	case name:
		p.next()
		full, ok := p.env.names[t.text]
		if !ok {
			p.problem(rankPlaceholder, "An expression attribute name used in the document path is not defined; attribute name: "+t.text)
			return t.text
		}
		p.env.usedNames[t.text] = true
		return full
	}
	p.syntax()
	return "?"
}

func (p *parser) resolveValue(placeholder string) attr.Value {
	v, ok := p.env.values[placeholder]
	if !ok {
		p.problem(rankPlaceholder, "An expression attribute value used in expression is not defined; attribute value: "+placeholder)
		return attr.Value{}
	}
	p.env.usedValues[placeholder] = true
	return v
}
