package rsql

// label is the column name that a SELECT item gets in Redshift and would not
// get in DuckDB.
type label struct {
	text string
	pos  int
}

// limits are LIMIT clauses to insert in front of a node, from TOP.
type limits map[int][]node

func (l limits) before(i int) []node { return l[i] }

// selectLists finds the SELECT lists of a level: the names of their unnamed
// items by the index behind the item, and the limits that TOP asks for.
func (r *rewriter) selectLists(ns []node) (map[int]label, limits) {
	names, limit := map[int]label{}, limits{}
	s := scan{rewriter: r, in: ns}
	for i := 0; i < len(ns); i++ {
		if !ns[i].is("select") {
			continue
		}
		start := i + 1
		for start < len(ns) && (ns[start].is("distinct") || ns[start].is("all")) {
			start++
		}
		if s.topAt(start) {
			n := ns[start+1]
			limit[selectEnd(ns, start)] = []node{word("limit", n.tok.Pos), n}
			start += 2
		}
		end := start
		for end < len(ns) && !listEnds(ns, end) {
			end++
		}
		for begin := start; begin < end; {
			stop := begin
			for stop < end && !ns[stop].is(",") {
				stop++
			}
			if name := unnamed(ns[begin:stop]); name != "" {
				names[stop] = label{name, endOf(ns, stop)}
			}
			begin = stop + 1
		}
	}
	return names, limit
}

// listEnds tells the clause that follows a SELECT list. The words of WITHIN
// GROUP and IS DISTINCT FROM do not end it.
func listEnds(ns []node, i int) bool {
	return endsSelectList(ns[i]) && !(ns[i].is("group") && ns[i-1].is("within")) && !(ns[i].is("from") && ns[i-1].is("distinct"))
}

// endOf is where the node in front of index i ends, as near as can be told:
// what is added there is blamed on what follows it in the source.
func endOf(ns []node, i int) int {
	if i < len(ns) {
		return ns[i].tok.Pos
	}
	last := ns[i-1].tok
	if ns[i-1].group != 0 {
		last = ns[i-1].end
	}
	return last.Pos + len(last.Text)
}

func endsSelectList(n node) bool {
	if n.group != 0 || n.tok.Kind != Word {
		return false
	}
	switch n.tok.Text {
	case "from", "into", "where", "group", "having", "order", "limit", "offset", "union", "intersect", "except", "minus", "qualify", "window", "fetch":
		return true
	}
	return false
}

// selectEnd is where the SELECT that index i is in ends.
func selectEnd(ns []node, i int) int {
	for ; i < len(ns); i++ {
		if ns[i].is("union") || ns[i].is("intersect") || ns[i].is("except") || ns[i].is("minus") || ns[i].is("limit") {
			break
		}
	}
	return i
}

// unnamed is the name Redshift gives an item without an alias, or "" when
// DuckDB's own name is the same: a column, a star, an alias.
func unnamed(item []node) string {
	n := len(item)
	if n == 0 || aliased(item) {
		return ""
	}
	last := item[n-1]
	if last.is("*") || isChain(item) && last.group != '[' {
		if n == 1 && last.group == 0 && last.tok.Kind == Word {
			return keywordName(last.tok.Text)
		}
		if hasSubscript(item) { // a path into a SUPER value is named after its last step
			return lastName(item)
		}
		return ""
	}
	if name := figure(item); name != "" {
		return name
	}
	return "?column?"
}

// keywordName names what is written like a column and is a function.
func keywordName(w string) string {
	switch w {
	case "current_user", "session_user", "user", "sysdate", "current_date", "current_timestamp", "current_time", "localtimestamp":
		if w == "user" {
			return "current_user"
		}
		return w
	case "null", "true", "false":
		return "?column?"
	}
	return ""
}

// isChain tells a.b.c, with subscripts.
func isChain(item []node) bool {
	for i, n := range item {
		if i%2 == 0 && n.name() == "" && n.group != '[' {
			return false
		}
		if n.group == '[' {
			if i == 0 {
				return false
			}
			return i == len(item)-1 || isTail(item[i+1:])
		}
		if i%2 == 1 && !n.is(".") {
			return false
		}
	}
	return true
}

func hasSubscript(item []node) bool {
	for _, n := range item {
		if n.group == '[' {
			return true
		}
	}
	return false
}

// isTail tells .b[0].c behind a subscript.
func isTail(ns []node) bool {
	for i := 0; i < len(ns); i++ {
		switch {
		case ns[i].group == '[':
		case ns[i].is(".") && i+1 < len(ns) && ns[i+1].name() != "":
			i++
		default:
			return false
		}
	}
	return true
}

// aliased tells an item that ends in [AS] name.
func aliased(item []node) bool {
	n := len(item)
	if n < 2 {
		return false
	}
	if item[n-2].is("as") {
		return true
	}
	last := item[n-1]
	if last.name() == "" || last.tok.Kind == Word && notAlias(last.tok.Text) {
		return false
	}
	prev := item[n-2]
	if typedLiteral(prev) || prev.is(".") || prev.is("over") {
		return false
	}
	// A type's last word follows "::" or another word of the type.
	if from := lastCast(item); from >= 0 {
		if _, took := readType(item[from+1:]); from+1+took == n {
			return false
		}
	}
	return endsOperand(prev)
}

// notAlias are words that end an expression without naming it.
func notAlias(w string) bool {
	switch w {
	case "null", "true", "false", "end", "unknown", "asc", "desc", "nulls", "first", "last":
		return true
	}
	return false
}

// lastCast is the index of the last "::" of a level, or -1.
func lastCast(item []node) int {
	for i := len(item) - 1; i >= 0; i-- {
		if item[i].is("::") {
			return i
		}
	}
	return -1
}

// figure is PostgreSQL's rule of column names: a call is named after its
// function, a cast after what it casts, CASE after itself.
func figure(item []node) string {
	n := len(item)
	if n == 0 {
		return ""
	}
	if from := lastCast(item); from > 0 {
		if t, took := readType(item[from+1:]); took > 0 && from+1+took == n {
			if name := figure(item[:from]); name != "" {
				return name
			}
			if isChain(item[:from]) {
				return lastName(item[:from])
			}
			return castName(t, item[from+1])
		}
	}
	switch {
	case n == 1 && item[0].group == 'c':
		return "case"
	case n == 1 && item[0].paren():
		return subselectName(item[0].kids)
	case isChain(item):
		return lastName(item)
	case item[0].is("approximate"):
		return figure(item[1:])
	}
	if item[0].name() == "" || !callee(item[0]) {
		return ""
	}
	i := 1
	for i+1 < n && item[i].is(".") && item[i+1].name() != "" {
		i += 2
	}
	if i >= n || !item[i].paren() || callTail(item, i+1) != n {
		return ""
	}
	return functionName(item[i-1].name(), item[i].kids)
}

// functionName is the output name of a call.
func functionName(f string, kids []node) string {
	switch f {
	case "cast", "try_cast":
		for i := len(kids) - 1; i > 0; i-- {
			if kids[i].is("as") {
				if name := figure(kids[:i]); name != "" {
					return name
				}
				t, took := readType(kids[i+1:])
				if took > 0 {
					return castName(t, kids[i+1])
				}
			}
		}
	case "extract":
		return "date_part"
	case "nvl":
		return "coalesce"
	case "decode":
		return "case"
	case "substring":
		return "substring"
	}
	return f
}

func castName(t typeName, written node) string {
	switch t.duck {
	case "INTEGER":
		return "int4"
	case "BIGINT":
		return "int8"
	case "SMALLINT":
		return "int2"
	case "DOUBLE":
		return "float8"
	case "FLOAT":
		return "float4"
	case "VARCHAR":
		if written.is("char") || written.is("character") {
			return "bpchar"
		}
		return "varchar"
	case "BOOLEAN":
		return "bool"
	case "TIMESTAMP WITH TIME ZONE":
		return "timestamptz"
	case "JSON":
		return "super"
	case "BLOB":
		return "varbyte"
	}
	if len(t.duck) > 7 && t.duck[:7] == "DECIMAL" {
		return "numeric"
	}
	return written.name()
}

func lastName(item []node) string {
	for i := len(item) - 1; i >= 0; i-- {
		if name := item[i].name(); name != "" {
			return name
		}
	}
	return ""
}

// subselectName is the name of a scalar subquery's only column.
func subselectName(kids []node) string {
	if len(kids) == 0 || !kids[0].is("select") {
		return figure(kids)
	}
	end := 1
	for end < len(kids) && !listEnds(kids, end) {
		end++
	}
	item := kids[1:end]
	if len(item) > 1 && aliased(item) {
		return lastName(item)
	}
	if name := figure(item); name != "" {
		return name
	}
	return "?column?"
}
