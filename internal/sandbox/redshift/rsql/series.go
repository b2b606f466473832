package rsql

// series names the column of generate_series(...) [AS] n in a FROM list after
// its alias: the function gives plain numbers, the engine rows with a column.
func (s *scan) series(n node, in [][]node) error {
	args, err := s.lists(in)
	if err != nil {
		return err
	}
	s.pos += 2
	s.emit(call(n.tok.Text, n.tok.Pos, args...)...)
	at := 0
	if s.peek(0).is("as") {
		at = 1
	}
	alias := s.peek(at)
	if alias.name() == "" || endsRelation(alias) || s.peek(at+1).paren() {
		return nil
	}
	s.pos += at + 1
	s.emit(word("as", n.tok.Pos), alias, group([]node{alias}, alias.tok.Pos))
	return nil
}

// endsRelation tells the words that may follow a relation without an alias.
func endsRelation(n node) bool {
	for _, w := range []string{"where", "join", "cross", "inner", "left", "right", "full", "natural", "on", "using", "group", "having", "qualify",
		"order", "limit", "offset", "union", "intersect", "except", "minus", "window", "pivot", "unpivot"} {
		if n.is(w) {
			return true
		}
	}
	return false
}
