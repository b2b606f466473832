package trino

import "slices"

// operation is one operator whose meaning depends on the types of its operands:
// / and %, + and - where a date may be involved, and comparisons with a
// literal, which DuckDB would convert and Trino refuses.
type operation struct {
	at    int // token of the operator
	start int // first token of the left operand
	end   int // behind the right operand
}

// findOperations finds them and the extent of their operands. Operators that
// begin at the same token are kept in order; the last one is the outermost.
func (e *emitter) findOperations() {
	e.ops = map[int][]operation{}
	for k, t := range e.toks {
		if t.is("at") && e.at(k+1).is("time") && e.at(k+2).is("zone") && k > 0 {
			op := operation{at: k, start: e.primaryStart(k), end: k + 4}
			if op.start < k && op.end <= len(e.toks) && e.toks[k+3].kind == text {
				e.ops[op.start] = append(e.ops[op.start], op)
			}
			continue
		}
		if t.kind != punct || k+1 >= len(e.toks) || !e.binary(k) {
			continue
		}
		op := operation{at: k}
		switch t.text {
		case "/", "%":
			op.start, op.end = e.chainStart(k, factors), e.operandEnd(k+1)
		case "+", "-":
			op.start, op.end = e.chainStart(k, terms), e.chainEnd(k+1, "*", "/", "%")
			if !e.temporal(op) {
				continue
			}
		case "||":
			op.start, op.end = e.chainStart(k, comparands), e.chainEnd(k+1, "*", "/", "%", "+", "-")
			if !e.elements {
				continue
			}
		case "=", "<>", "!=", "<", ">", "<=", ">=":
			op.start, op.end = e.chainStart(k, comparands), e.chainEnd(k+1, "*", "/", "%", "+", "-", "||")
			if !e.literalBeside(op) {
				continue
			}
		default:
			continue
		}
		if op.start < k && op.end > k+1 && op.end <= len(e.toks) {
			e.ops[op.start] = append(e.ops[op.start], op)
		}
	}
}

// What the left operand of an operator reaches back over.
type reach int

const (
	factors    reach = iota // * / %
	terms                   // and + -
	comparands              // and ||
)

// chainEnd is the index behind operands joined by the given operators.
func (e *emitter) chainEnd(i int, joins ...string) int {
	end := e.operandEnd(i)
	for end > i && end < len(e.toks) && e.toks[end].kind == punct && slices.Contains(joins, e.toks[end].text) {
		next := e.operandEnd(end + 1)
		if next <= end+1 {
			break
		}
		end = next
	}
	return end
}

// literalBeside tells whether just one side is a text or number literal.
func (e *emitter) literalBeside(op operation) bool {
	literal := func(from, to int) bool {
		return to-from == 1 && (e.toks[from].kind == text || e.toks[from].kind == number)
	}
	return op.end <= len(e.toks) && literal(op.start, op.at) != literal(op.at+1, op.end)
}

// temporal tells whether + or - may be of dates: an interval is added, or
// neither side of - is a number.
func (e *emitter) temporal(op operation) bool {
	for k := op.at + 1; k < min(op.end, len(e.toks)); k++ {
		if e.toks[k].is("interval") && (e.at(k+1).kind == text || e.at(k+2).kind == text) {
			return true
		}
	}
	single := func(from, to int) bool { return to-from == 1 && e.toks[from].kind == number }
	return e.toks[op.at].is("-") && !single(op.start, op.at) && !single(op.at+1, op.end)
}

// binary tells an operator between two operands from a sign.
func (e *emitter) binary(k int) bool {
	if k == 0 || e.toks[k-1].is("interval") {
		return false
	}
	t := e.toks[k-1]
	switch t.kind {
	case quoted, text, number, param:
		return true
	case punct:
		return t.text == ")" || t.text == "]"
	}
	return !stopWord(t.value)
}

// stopWord tells whether a word cannot be part of an arithmetic operand.
func stopWord(w string) bool {
	switch w {
	case "end", "null", "true", "false", "current_date", "current_time", "current_timestamp", "current_user", "localtime", "localtimestamp",
		"cast", "extract", "trim", "exists", "grouping", "listagg", "normalize", "current_catalog", "current_schema":
		return false
	case "all", "any", "some", "limit", "offset", "rows", "range", "groups", "asc", "desc", "nulls", "window", "return", "if":
		return true
	}
	return reserved(w)
}

// chainStart goes back from the operator at k to where its left operand
// begins.
func (e *emitter) chainStart(k int, over reach) int {
	i := k
	for i > 0 {
		p := i - 1
		t := e.toks[p]
		switch {
		case t.kind == punct && (t.text == ")" || t.text == "]"), t.is("end") && e.at(e.opening[p]).is("case"):
			p = e.opening[p]
		case t.kind == punct:
			switch t.text {
			case ".", "*", "/", "%":
			case "+", "-":
				if over < terms && e.binary(p) {
					return i
				}
			case "||":
				if over < comparands {
					return i
				}
			default:
				return i
			}
		case t.kind == word && stopWord(t.value) && !(t.is("group") && e.at(p-1).is("within")):
			return i
		}
		i = p
	}
	return i
}

// primaryStart goes back over one primary expression: a literal, a name, a
// call, a bracket.
func (e *emitter) primaryStart(k int) int {
	i := k - 1
	if t := e.toks[i]; t.kind == punct && (t.text == ")" || t.text == "]") {
		i = e.opening[i]
		for i > 0 && (e.toks[i-1].is(")") || e.toks[i-1].is("]")) {
			i = e.opening[i-1]
		}
	}
	name := func(p int) bool {
		return p >= 0 && (e.toks[p].kind == quoted || e.toks[p].kind == word && !stopWord(e.toks[p].value))
	}
	if i > 0 && (e.toks[i].is("(") || e.toks[i].is("[") || e.toks[i].kind == text) && name(i-1) {
		i--
	}
	for i > 1 && e.toks[i-1].is(".") && name(i-2) {
		i -= 2
	}
	return i
}

// operandEnd is the index behind the signed primary expression at i.
func (e *emitter) operandEnd(i int) int {
	for e.at(i).is("-") || e.at(i).is("+") {
		i++
	}
	t := e.at(i)
	switch {
	case i >= len(e.toks):
		return i
	case t.is("(") || t.is("["), t.is("case") && e.match[i] > i:
		i = e.match[i] + 1
	case t.is("interval"):
		return e.intervalEnd(i)
	case t.kind == word && e.at(i+1).kind == text:
		i += 2 // DATE '2024-01-01'
	case t.kind == word && stopWord(t.value), t.kind == punct:
		return i
	default:
		i++
	}
	return e.postfixEnd(i)
}

func (e *emitter) intervalEnd(i int) int {
	i++
	if e.at(i).is("-") || e.at(i).is("+") {
		i++
	}
	i += 2
	if e.at(i).is("to") {
		i += 2
	}
	return i
}

// postfixEnd takes fields, calls, subscripts and what follows a call.
func (e *emitter) postfixEnd(i int) int {
	for {
		t := e.at(i)
		switch {
		case t.is("."):
			i += 2
		case t.is("(") || t.is("["):
			i = e.match[i] + 1
		case (t.is("filter") || t.is("over")) && e.at(i+1).is("("):
			i = e.match[i+1] + 1
		case t.is("over"):
			i += 2
		case t.is("within") && e.at(i+1).is("group") && e.at(i+2).is("("):
			i = e.match[i+2] + 1
		case (t.is("ignore") || t.is("respect")) && e.at(i+1).is("nulls"):
			i += 2
		case t.is("at") && e.at(i+1).is("time") && e.at(i+2).is("zone"):
			i += 4
		default:
			return i
		}
	}
}

// operation writes the outermost operator that begins at i and ends before j.
// It returns i when there is none.
func (e *emitter) operation(i, j int) int {
	ops := e.ops[i]
	n := len(ops) - e.used[i]
	for n > 0 && ops[n-1].end > j {
		n--
	}
	if n <= 0 {
		return i
	}
	op, before := ops[n-1], e.used[i]
	e.used[i] = len(ops) - n + 1
	left := e.aside(func() { e.span(op.start, op.at) })
	e.used[i] = before
	if e.toks[op.at].is("at") {
		e.atTimeZone(op.at, left)
		return op.end
	}
	right := e.aside(func() { e.span(op.at+1, op.end) })
	e.arithmetic(op.at, left, right)
	return op.end
}
