package rsql

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

// divisions turns / and % into calls that fail on zero and divide as Redshift
// does: whole numbers give a whole number, exact ones an exact one. Behind
// the operands stand their witnesses, which say which macro is meant.
func divisions(ns []node) []node {
	for i := 1; i < len(ns); i++ {
		slash := ns[i].is("/")
		if !slash && !ns[i].is("%") || !endsOperand(ns[i-1]) {
			continue
		}
		to := operandEnd(ns, i+1)
		from := operandStart(ns[:i])
		for from > 1 && ns[from-1].is("*") && endsOperand(ns[from-2]) { // a*b/c is (a*b)/c
			from = operandStart(ns[:from-1])
		}
		if to == i+1 {
			continue // the engine will tell the syntax error
		}
		f := "rs.main.divide"
		if !slash {
			f = "rs.main.modulo"
		}
		pos := ns[i].tok.Pos
		left := append([]node(nil), ns[from:i]...)
		right := append([]node(nil), ns[i+1:to]...)
		made := call(f, pos, left, right, witness(left), witness(right))
		rest := append([]node(nil), ns[to:]...)
		ns = append(append(ns[:from:from], made...), rest...)
		i = from + 1
	}
	return ns
}

// deepestDivision is how many divisions may stand inside each other. The engine
// binds the operands of our macros twice, so its time doubles with each; twelve
// take a tenth of a second.
const deepestDivision = 12

// tooManyDivisions finds a division nested deeper than the engine can take.
func tooManyDivisions(ns []node, depth int) (pos int, found bool) {
	if depth > deepestDivision {
		return posOf(ns, 0), true
	}
	for i, n := range ns {
		if n.group == 0 {
			continue
		}
		inner := depth
		if i > 0 && (ns[i-1].is("rs.main.divide") || ns[i-1].is("rs.main.modulo")) {
			inner++
		}
		if pos, found := tooManyDivisions(n.kids, inner); found {
			return pos, true
		}
	}
	return 0, false
}

// manyDivisions finds the division beyond the thousands that a statement may
// hold: rewording them takes time that grows with the square of their number.
func manyDivisions(tokens []Token) (pos int, found bool) {
	const most = 5000
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
