package rsql

// relation rewrites the names of system tables to our views of them.
func (s *scan) relation(n node) bool {
	name, pos := n.name(), n.tok.Pos
	if s.peek(1).paren() && !s.inFrom() {
		return false
	}
	switch name {
	case "information_schema", "pg_catalog":
		next := s.peek(2)
		if !s.peek(1).is(".") || next.name() == "" {
			return false
		}
		view := next.name()
		if name == "information_schema" {
			view = "information_schema_" + view
		}
		if !hasView(view) {
			return false
		}
		s.pos += 3
		s.emit(raw("rs.main."+view, pos))
		s.aliasView(next.name(), pos)
		return true
	}
	if !hasView(name) || !s.inFrom() || s.peek(1).is(".") {
		return false
	}
	s.pos++
	s.emit(raw("rs.main."+name, pos))
	s.aliasView(name, pos)
	return true
}

// aliasView keeps the table's own name for references to its columns.
func (s *scan) aliasView(name string, pos int) {
	next := s.peek(0)
	if next.is("as") || next.name() != "" && !endsTable(next) {
		return
	}
	s.emit(word("as", pos), node{tok: Token{Kind: Quoted, Text: `"` + name + `"`, Pos: pos}})
}

// endsTable are the words that may follow a table without being its alias.
func endsTable(n node) bool {
	if n.tok.Kind != Word {
		return false
	}
	switch n.tok.Text {
	case "join", "left", "right", "full", "inner", "cross", "natural", "on", "using":
		return true
	}
	return endsSelectList(n)
}
