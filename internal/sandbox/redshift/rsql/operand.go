package rsql

import "strings"

// operandStart is where the value begins that ns ends with: a literal, a
// column, a call with what follows it, or a bracket.
func operandStart(ns []node) int {
	i := len(ns) - 1
	if i < 0 {
		return 0
	}
	for i >= 0 && ns[i].group == '[' { // subscripts
		i--
	}
	if i < 0 {
		return 0
	}
	switch {
	case ns[i].paren():
		if i > 0 && (ns[i-1].is("over") || ns[i-1].is("filter")) {
			return operandStart(ns[:i-1])
		}
		if i > 1 && ns[i-1].is("group") && ns[i-2].is("within") {
			return operandStart(ns[:i-2])
		}
		if i > 0 && callee(ns[i-1]) {
			i--
			return qualifiers(ns, i)
		}
		return i
	case ns[i].group == 'c':
		return i
	case ns[i].tok.Kind == String && i > 0 && typedLiteral(ns[i-1]):
		return i - 1
	case ns[i].name() != "":
		if i > 0 && ns[i-1].is("over") { // a named window
			return operandStart(ns[:i-1])
		}
		return qualifiers(ns, i)
	}
	return i
}

// qualifiers walks back over a.b. in front of the name at i.
func qualifiers(ns []node, i int) int {
	for i > 1 && ns[i-1].is(".") {
		i -= 2
		for i > 0 && ns[i].group == '[' {
			i--
		}
	}
	return i
}

// callee tells a function's name, as against a keyword that a parenthesis may
// follow.
func callee(n node) bool {
	if n.group != 0 {
		return false
	}
	if n.tok.Kind == Op { // written by ourselves: rs.main.f
		return len(n.tok.Text) > 1 && (n.tok.Text[0] >= 'a' && n.tok.Text[0] <= 'z' || n.tok.Text[0] >= 'A' && n.tok.Text[0] <= 'Z')
	}
	return n.name() != "" && !(n.tok.Kind == Word && notFunction(n.tok.Text))
}

// notFunction are the keywords that may stand in front of a parenthesis.
func notFunction(word string) bool {
	switch word {
	case "select", "from", "where", "and", "or", "not", "in", "on", "as", "having", "by", "union", "all", "except", "intersect",
		"minus", "when", "then", "else", "case", "any", "some", "exists", "between", "like", "ilike", "using", "join", "values",
		"limit", "offset", "top", "distinct", "over", "within", "group", "filter", "partition", "order", "is", "into", "set",
		"with", "end", "table", "similar", "to", "escape", "interval", "return", "explain", "qualify", "lateral":
		return true
	}
	return false
}

func typedLiteral(n node) bool {
	if n.group != 0 || n.tok.Kind != Word {
		return false
	}
	switch n.tok.Text {
	case "date", "time", "timestamp", "timestamptz", "timetz", "interval":
		return true
	}
	return false
}

// operandEnd is where the value that begins at i ends, signs included.
func operandEnd(ns []node, i int) int {
	for i < len(ns) && (ns[i].is("-") || ns[i].is("+")) {
		i++
	}
	if i >= len(ns) {
		return i
	}
	switch {
	case typedLiteral(ns[i]) && i+1 < len(ns) && ns[i+1].tok.Kind == String:
		i += 2
	case callee(ns[i]) && ns[i].name() != "" || callee(ns[i]):
		i++
		for i+1 < len(ns) && ns[i].is(".") {
			i += 2
		}
		if i < len(ns) && ns[i].paren() {
			i++
			i = callTail(ns, i)
		}
	default:
		i++
	}
	for i < len(ns) {
		switch {
		case ns[i].group == '[':
			i++
		case ns[i].is(".") && i+1 < len(ns):
			i += 2
		case ns[i].is("::"):
			_, n := readType(ns[i+1:])
			i += 1 + n
		default:
			return i
		}
	}
	return i
}

// callTail is where FILTER (...), WITHIN GROUP (...) and OVER ... end that
// follow a call.
func callTail(ns []node, i int) int {
	at := func(k int, text string) bool { return k < len(ns) && ns[k].is(text) }
	for {
		switch {
		case at(i, "within") && at(i+1, "group") && i+2 < len(ns) && ns[i+2].paren():
			i += 3
		case at(i, "filter") && i+1 < len(ns) && ns[i+1].paren():
			i += 2
		case (at(i, "ignore") || at(i, "respect")) && at(i+1, "nulls"):
			i += 2
		case at(i, "over") && i+1 < len(ns):
			return i + 2
		default:
			return i
		}
	}
}

// endsOperand tells whether a binary operator may follow n.
func endsOperand(n node) bool {
	if n.group != 0 {
		return true
	}
	switch n.tok.Kind {
	case String, Number, Param, Quoted:
		return true
	case Word:
		return !notFunction(n.tok.Text)
	}
	return callee(n)
}

// divisions turns / and % into what divides as Redshift does: whole numbers
// give a whole number, exact ones an exact one of a scale that follows from
// theirs, and zero fails. block is the SELECT around the level.
func (r *rewriter) divisions(ns []node, block int) []node {
	out := make([]node, 0, len(ns))
	for i := 0; i < len(ns); i++ {
		if ns[i].is("select") {
			block = ns[i].tok.Pos
		}
		slash := ns[i].is("/")
		to := i
		if len(out) > 0 && (slash || ns[i].is("%")) && endsOperand(out[len(out)-1]) {
			to = operandEnd(ns, i+1)
		}
		if to <= i+1 { // no division, or one whose syntax error the engine will tell
			out = append(out, ns[i])
			continue
		}
		from := operandStart(out)
		for from > 1 && out[from-1].is("*") && endsOperand(out[from-2]) { // a*b/c is (a*b)/c
			from = operandStart(out[:from-1])
		}
		left := append([]node(nil), out[from:]...)
		right := append([]node(nil), ns[i+1:to]...)
		out = append(out[:from], r.division(ns[i].tok.Pos, block, slash, left, right))
		i = to - 1
	}
	return out
}

// deepestDivision is how many divisions may stand inside each other: each asks
// the engine once for the types of its operands.
const deepestDivision = 12

func depthOf(ns []node) int {
	depth := 0
	for _, n := range ns {
		depth = max(depth, n.depth, depthOf(n.kids))
	}
	return depth
}

// division writes left / right or left % right as one group.
func (r *rewriter) division(pos, block int, slash bool, left, right []node) node {
	made := group(nil, pos)
	made.depth = 1 + max(depthOf(left), depthOf(right))
	if made.depth > deepestDivision && r.tooDeep == nil {
		r.tooDeep = &SyntaxError{Message: "stack depth limit exceeded", Pos: pos, Code: "54001"}
	}
	sign := "//"
	if !slash {
		sign = "%"
	}
	if hasParameter(left) || hasParameter(right) { // only its type is wanted now
		made.kids = append(append(left, op("/", pos)), right...)
		return made
	}
	types, probe := r.typesOf(pos, block, left, right)
	if probe != nil {
		made.kids = probe
		return made
	}
	a, b := types[0], types[1]
	switch {
	case a.kind == "interval":
		made.kids = append(append(left, op("/", pos)), right...)
	case a.kind == "float" || b.kind == "float":
		asDouble := func(x []node) []node { return castTo("CAST", pos, x, typeName{duck: "DOUBLE"}) }
		if sign == "//" {
			sign = "/"
		}
		made.kids = guarded(pos, asDouble(left), sign, asDouble(right))
		made.as = "CAST(0 AS DOUBLE)"
	case slash && (a.kind == "exact" || b.kind == "exact"):
		depth := made.depth
		made = quotient(pos, left, right, a, b, divided(a, b))[0]
		made.depth = depth
	case a.kind == "int" && b.kind == "int":
		made.kids = guarded(pos, left, sign, right)
		made.as = "CAST(0 AS BIGINT)"
		if max(a.precision, b.precision) <= 10 {
			made.as = "CAST(0 AS INTEGER)"
		}
	default:
		made.kids = guarded(pos, left, sign, right)
	}
	return made
}

// guarded writes CASE WHEN right = 0 THEN failure ELSE left sign right END; a
// literal divisor needs no guard.
func guarded(pos int, left []node, sign string, right []node) []node {
	divide := []node{group(left, pos), op(sign, pos), group(right, pos)}
	if len(right) == 1 && right[0].tok.Kind == Number && strings.Trim(right[0].tok.Text, "0.") != "" {
		return divide
	}
	out := []node{raw("CASE WHEN", pos), group(right, pos), raw("= 0 THEN error('division by zero') ELSE", pos)}
	return append(append(out, divide...), raw("END", pos))
}

// hasParameter tells a parameter that has no value yet.
func hasParameter(ns []node) bool {
	for _, n := range ns {
		if n.group == 0 && len(n.tok.Text) > 1 && n.tok.Text[0] == '$' && n.tok.Text[1] >= '0' && n.tok.Text[1] <= '9' || hasParameter(n.kids) {
			return true
		}
	}
	return false
}

// manyDivisions finds the division beyond the thousands that a statement may
// hold: rewording them takes time that grows with the square of their number.
func manyDivisions(tokens []Token) (pos int, found bool) {
	const most = 2000
	n := 0
	for _, t := range tokens {
		if t.Is("/") || t.Is("%") {
			if n++; n > most {
				return t.Pos, true
			}
		}
	}
	return 0, false
}
