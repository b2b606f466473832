package rsql

// aggregate wraps sum and avg in a macro that gives the result Redshift's
// type, which follows the argument's. The argument itself stands behind as
// the witness of its type.
func (s *scan) aggregate(n node, kids []node) error {
	pos := n.tok.Pos
	if s.inPivot { // the engine takes nothing but the aggregate itself there
		args, err := s.list(kids)
		s.pos += 2
		s.emit(raw(n.tok.Text, pos), group(args, pos))
		return err
	}
	to := callTail(s.in, s.pos+2)
	args, err := s.list(kids)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		s.pos += 2
		s.emit(call(n.tok.Text, pos)...)
		return nil
	}
	tail, err := s.list(s.in[s.pos+2 : to])
	if err != nil {
		return err
	}
	s.pos = to
	with := func(f string) []node { return append([]node{raw(f, pos), group(args, pos)}, tail...) }
	kind := args
	if len(kind) > 1 && (kind[0].is("distinct") || kind[0].is("all")) {
		kind = kind[1:]
	}
	kind = witness(kind)
	if n.is("sum") {
		s.emit(call("rs.main.sum_as", pos, with("sum"), kind)...)
		return nil
	}
	value := args
	if value[0].is("distinct") || value[0].is("all") {
		value = value[1:]
	}
	types, probe := s.typesOf(pos, s.block, value)
	switch {
	case probe != nil: // asked where the argument may stand
		s.emit(append([]node{raw("sum", pos), group(probe, pos)}, tail...)...)
		return nil
	case types[0].kind == "exact" && types[0].scale > 0:
		s.emit(quotient(pos, with("sum"), call("nullif", pos, with("count"), []node{raw("0", pos)}),
			number{"exact", 38, types[0].scale}, number{"int", 19, 0}, number{"exact", 38, types[0].scale})...)
		return nil
	}
	s.emit(call("rs.main.avg_as", pos, with("sum"), with("count"), with("avg"), kind)...)
	return nil
}

// ratio writes RATIO_TO_REPORT(x) OVER (...): x by the sum of its window.
func (s *scan) ratio(n node, kids []node) error {
	pos := n.tok.Pos
	to := callTail(s.in, s.pos+2)
	x, err := s.list(kids)
	if err != nil {
		return err
	}
	tail, err := s.list(s.in[s.pos+2 : to])
	if err != nil {
		return err
	}
	s.pos = to
	double := func(ns []node) []node { return castTo("CAST", pos, ns, typeName{duck: "DOUBLE"}) }
	sum := append([]node{raw("sum", pos), group(x, pos)}, tail...)
	out := append(double(x), op("/", pos))
	made := group(append(out, call("nullif", pos, double(sum), []node{raw("0", pos)})...), pos)
	made.as = "CAST(0 AS DOUBLE)"
	s.emit(made)
	return nil
}

// listagg becomes string_agg, with its order inside the parentheses.
func (s *scan) listagg(n node, in [][]node) error {
	pos := n.tok.Pos
	args, err := s.lists(in)
	if err != nil {
		return err
	}
	s.pos += 2
	if len(args) == 0 {
		s.emit(call("listagg", pos)...)
		return nil
	}
	first := args[0]
	var kids []node
	if first[0].is("distinct") {
		kids, first = append(kids, first[0]), first[1:]
	}
	kids = append(kids, castTo("CAST", pos, first, typeName{duck: "VARCHAR"})...)
	kids = append(kids, op(",", pos))
	if len(args) > 1 {
		kids = append(kids, args[1]...)
	} else {
		kids = append(kids, str("", pos))
	}
	if s.peek(0).is("within") && s.peek(1).is("group") && s.peek(2).paren() {
		order, err := s.list(s.peek(2).kids)
		if err != nil {
			return err
		}
		kids = append(kids, order...)
		s.pos += 3
	}
	s.emit(raw("string_agg", pos), group(kids, pos))
	return nil
}
