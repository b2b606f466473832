package partiql

import "strings"

// condition reads a condition that ends at one of the words. What is not
// understood is skipped and reported as unclear.
func (p *parser) condition(until ...string) (c Cond, unclear bool) {
	begin, marks := p.at, p.marks
	c, ok := p.or()
	if t := p.peek(); ok && (t.kind == end || t.is(";") || t.is(")") || t.keyword(until...)) {
		return c, false
	}
	p.at, p.marks = begin, marks
	p.skipTo(until...)
	return nil, true
}

// ParseCondition reads a condition that stands alone.
func ParseCondition(text string) (Cond, bool) {
	p := &parser{text: text, tokens: lex(text)}
	c, ok := p.or()
	return c, ok && p.peek().kind == end
}

func (p *parser) or() (Cond, bool) {
	left, ok := p.and()
	for ok && p.acceptWord("OR") {
		var right Cond
		right, ok = p.and()
		left = &Or{left, right}
	}
	return left, ok
}

func (p *parser) and() (Cond, bool) {
	left, ok := p.not()
	for ok && p.acceptWord("AND") {
		var right Cond
		right, ok = p.not()
		left = &And{left, right}
	}
	return left, ok
}

func (p *parser) not() (Cond, bool) {
	if p.acceptWord("NOT") {
		c, ok := p.not()
		return &Not{c}, ok
	}
	if p.peek().is("(") {
		from, marks := p.at, p.marks
		p.next()
		if c, ok := p.or(); ok && p.accept(")") {
			return c, true
		}
		p.at, p.marks = from, marks
		return nil, false
	}
	return p.predicate()
}

func (p *parser) predicate() (Cond, bool) {
	left, ok := p.operand()
	if !ok {
		return nil, false
	}
	t := p.peek()
	switch {
	case t.is("=") || t.is("<>") || t.is("!=") || t.is("<") || t.is("<=") || t.is(">") || t.is(">="):
		p.next()
		right, ok := p.operand()
		op := t.text
		if op == "!=" {
			op = "<>"
		}
		return &Compare{op, left, right}, ok
	case p.acceptWord("BETWEEN"):
		low, ok := p.operand()
		if !ok || !p.acceptWord("AND") {
			return nil, false
		}
		high, ok := p.operand()
		return &Between{left, low, high}, ok
	case p.acceptWord("IN"):
		list, ok := p.inList()
		return &In{left, list}, ok
	case p.acceptWord("IS"):
		is := &Is{Left: left, Not: p.acceptWord("NOT")}
		if !p.peek().keyword("MISSING", "NULL") {
			return nil, false
		}
		is.What = strings.ToUpper(p.next().text)
		return is, true
	case left.Call != nil:
		return left.Call, true
	}
	return nil, false
}

func (p *parser) inList() ([]Operand, bool) {
	closing := ")"
	if p.accept("[") {
		closing = "]"
	} else if !p.accept("(") {
		return nil, false
	}
	var list []Operand
	for {
		o, ok := p.operand()
		if !ok {
			return nil, false
		}
		list = append(list, o)
		if p.accept(closing) {
			return list, true
		}
		if !p.accept(",") {
			return nil, false
		}
	}
}

func (p *parser) operand() (Operand, bool) {
	t := p.peek()
	switch {
	case t.broken:
		return Operand{}, false
	case t.kind == str:
		p.next()
		return Operand{Value: &Value{"S", t.text}}, true
	case t.kind == number:
		p.next()
		return Operand{Value: &Value{"N", t.text}}, true
	case t.is("-") && p.tokens[p.at+1].kind == number:
		p.next()
		return Operand{Value: &Value{"N", "-" + p.next().text}}, true
	case t.kind == mark:
		p.next()
		return Operand{Param: p.marks}, true
	case t.keyword("TRUE", "FALSE"):
		p.next()
		return Operand{Value: &Value{"BOOL", strings.ToLower(t.text)}}, true
	case t.keyword("NULL"):
		p.next()
		return Operand{Value: &Value{"NULL", "true"}}, true
	case t.keyword("COUNT", "SUM", "AVG", "MIN", "MAX") && p.tokens[p.at+1].is("("):
		it, ok := p.aggregate()
		return Operand{Item: &it}, ok
	case t.kind == word && p.tokens[p.at+1].is("("):
		return p.call()
	}
	path, ok := p.path()
	return Operand{Path: path}, ok
}

func (p *parser) call() (Operand, bool) {
	c := &Call{Name: strings.ToLower(p.next().text)}
	p.accept("(")
	if p.accept(")") {
		return Operand{Call: c}, true
	}
	for {
		o, ok := p.operand()
		if !ok {
			return Operand{}, false
		}
		c.Args = append(c.Args, o)
		if p.accept(")") {
			return Operand{Call: c}, true
		}
		if !p.accept(",") {
			return Operand{}, false
		}
	}
}
