package rsql

import "strings"

// findElements finds FROM t, t.items AS i: the names that stand for elements
// of a SUPER array.
func (r *rewriter) findElements(ns []node) {
	inFrom := false
	for i := range ns {
		switch {
		case ns[i].is("from"):
			inFrom = true
		case ns[i].is("where"), ns[i].is("group"), ns[i].is("order"), ns[i].is("select"):
			inFrom = false
		case inFrom && ns[i].is(","):
			if n, alias, _ := r.element(ns[i+1:]); n > 0 {
				r.vars[alias] = true
			}
		}
	}
}

// element reads chain [AS] alias [AT index] at the start of ns, where chain
// leads into a SUPER column. It tells how many nodes it took.
func (r *rewriter) element(ns []node) (n int, alias, index string) {
	n = chainLength(ns)
	ofElement := n > 0 && r.vars[ns[0].name()] // the array is an element itself
	if n < 3 && !ofElement || r.superAt(ns[:n]) < 0 {
		return 0, "", ""
	}
	if n < len(ns) && ns[n].is("as") {
		n++
	}
	if n >= len(ns) || ns[n].name() == "" || endsSelectList(ns[n]) || n == 1 && endsTable(ns[n]) {
		return 0, "", ""
	}
	alias = ns[n].name()
	n++
	if n+1 < len(ns) && ns[n].is("at") {
		index = ns[n+1].name()
		n += 2
	}
	return n, alias, index
}

// chainLength is how many nodes a.b[0].c takes at the start of ns.
func chainLength(ns []node) int {
	if len(ns) == 0 || ns[0].name() == "" {
		return 0
	}
	n := 1
	for n < len(ns) {
		switch {
		case ns[n].group == '[':
			n++
		case ns[n].is(".") && n+1 < len(ns) && ns[n+1].name() != "":
			n += 2
		default:
			return n
		}
	}
	return n
}

// superAt is the index in a chain of the SUPER column it goes through, or -1.
// Up to two qualifiers may stand in front.
func (r *rewriter) superAt(chain []node) int {
	for i := 0; i < len(chain) && i <= 4; i += 2 {
		name := chain[i].name()
		if name == "" {
			return -1
		}
		if i == 0 && r.vars[name] || r.Super(name) && (i > 0 || !r.tableLike(chain)) {
			return i
		}
		if i+1 < len(chain) && !chain[i+1].is(".") {
			return -1
		}
	}
	return -1
}

// tableLike tells a chain whose second name is itself a SUPER column, so that
// the first is a table of the same name.
func (r *rewriter) tableLike(chain []node) bool {
	return len(chain) > 2 && chain[1].is(".") && r.Super(chain[2].name())
}

// path rewrites a path into a SUPER value where its dynamic type would matter:
// compared, computed with or cast, it is taken as text or number. Elsewhere
// DuckDB reads the path itself.
func (s *scan) path() bool {
	rest := s.in[s.pos:]
	if s.pos > 0 && s.peek(-1).is(",") && s.inFrom() {
		if n, alias, index := s.element(rest); n > 0 {
			s.unnest(rest[:chainLength(rest)], alias, index)
			s.pos += n
			return true
		}
	}
	n := chainLength(rest)
	if n == 0 || n == 1 && !s.vars[rest[0].name()] {
		return false
	}
	at := s.superAt(rest[:n])
	if at < 0 || at == n-1 && !s.vars[rest[0].name()] {
		return false
	}
	steps, ok := jsonPath(rest[at+1 : n])
	if !ok {
		return false
	}
	pos := rest[0].tok.Pos
	next := s.peek(n)
	prev := s.peek(-1)
	asNumber := arithmetic(prev) && endsOperand(s.peek(-2)) || arithmetic(next) ||
		comparison(next) && numeric(s.peek(n+1), s.peek(n+2)) || comparison(prev) && numeric(s.peek(-2), node{})
	asText := next.is("::") || comparison(next) || comparison(prev) || next.is("||") || prev.is("||") ||
		next.is("as") && s.castKids
	if !asNumber && !asText {
		return false
	}
	text := call("json_extract_string", pos, rest[:at+1], []node{str(steps, pos)})
	s.pos += n
	if asNumber {
		text = castTo("TRY_CAST", pos, text, typeName{duck: "DOUBLE"})
	}
	s.emit(text...)
	return true
}

// inFrom tells whether pos stands in a FROM list.
func (s *scan) inFrom() bool {
	for i := s.pos - 1; i >= 0; i-- {
		switch {
		case s.in[i].is("from"):
			return true
		case s.in[i].is("where"), s.in[i].is("select"), s.in[i].is("group"), s.in[i].is("order"), s.in[i].is("having"):
			return false
		}
	}
	return false
}

// unnest emits the rows of a SUPER array as table alias(alias).
func (s *scan) unnest(chain []node, alias, index string) {
	pos := chain[0].tok.Pos
	if s.vars[chain[0].tok.Text] { // the engine may reserve the word, as it does array
		chain = append([]node(nil), chain...)
		chain[0].tok = Token{Kind: Quoted, Text: `"` + chain[0].tok.Text + `"`, Pos: pos}
	}
	list := castTo("CAST", pos, chain, typeName{duck: "JSON[]"})
	name := node{tok: Token{Kind: Quoted, Text: `"` + alias + `"`, Pos: pos}}
	columns := []node{name}
	if index == "" {
		s.emit(call("unnest", pos, list)...)
	} else {
		counted := call("generate_subscripts", pos, list, []node{value("1", pos)})
		inner := append([]node{word("select", pos)}, call("unnest", pos, list)...)
		inner = append(append(append(inner, op(",", pos)), counted...), op("-", pos), value("1", pos))
		s.emit(word("lateral", pos), group(inner, pos))
		columns = append(columns, op(",", pos), node{tok: Token{Kind: Quoted, Text: `"` + index + `"`, Pos: pos}})
	}
	s.emit(word("as", pos), name, group(columns, pos))
}

// jsonPath writes .b[0].c as a JSON path.
func jsonPath(ns []node) (string, bool) {
	var b strings.Builder
	b.WriteByte('$')
	for i := 0; i < len(ns); i++ {
		switch {
		case ns[i].group == '[':
			if len(ns[i].kids) != 1 {
				return "", false
			}
			k := ns[i].kids[0].tok
			switch k.Kind {
			case Number:
				b.WriteString("[" + k.Text + "]")
			case String:
				b.WriteString(`."` + strings.Trim(k.Text, "'") + `"`)
			default:
				return "", false
			}
		case ns[i].is(".") && i+1 < len(ns):
			i++
			b.WriteString(`."` + ns[i].name() + `"`)
		default:
			return "", false
		}
	}
	return b.String(), true
}

func arithmetic(n node) bool {
	return n.is("+") || n.is("-") || n.is("*") || n.is("/") || n.is("%")
}

func comparison(n node) bool {
	if n.group != 0 {
		return false
	}
	switch n.tok.Text {
	case "=", "<>", "!=", "<", ">", "<=", ">=", "like", "ilike", "in", "not", "between", "is", "similar", "~", "!~":
		return n.tok.Kind == Op || n.tok.Kind == Word
	}
	return false
}

// numeric tells a number, or a list of numbers, to compare with.
func numeric(n, after node) bool {
	if n.is("-") {
		n = after
	}
	if n.paren() && len(n.kids) > 0 {
		return n.kids[0].tok.Kind == Number
	}
	return n.group == 0 && n.tok.Kind == Number
}
