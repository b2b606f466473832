package rsql

import (
	"fmt"
	"strings"
)

// statement rewrites a whole statement: the forms that differ as such, then
// what is inside.
func (r *rewriter) statement(ns []node) ([]node, error) {
	at := func(i int, text string) bool { return i < len(ns) && ns[i].is(text) }
	switch {
	case at(0, "create"):
		return r.create(ns)
	case at(0, "alter") && at(1, "table"):
		return r.alterTable(ns)
	case at(0, "drop") && (at(1, "table") || at(1, "view")):
		return r.drop(ns)
	case at(0, "delete") && !at(1, "from"):
		ns = append([]node{ns[0], word("from", ns[0].tok.Pos)}, ns[1:]...)
	case at(0, "truncate") && !at(1, "table"):
		ns = append([]node{ns[0], word("table", ns[0].tok.Pos)}, ns[1:]...)
	case at(0, "select"), at(0, "with"):
		if made, ok, err := r.selectInto(ns); ok || err != nil {
			return made, err
		}
	}
	return r.list(ns)
}

// drop cuts DROP TABLE a, b into one statement each.
func (r *rewriter) drop(ns []node) ([]node, error) {
	head := 2
	if len(ns) > 3 && ns[2].is("if") && ns[3].is("exists") {
		head = 4
	}
	last := ns[len(ns)-1]
	var tail []node
	if last.is("cascade") || last.is("restrict") {
		tail = []node{last}
	}
	names := split(ns[min(head, len(ns)) : len(ns)-len(tail)])
	if len(names) < 2 {
		return r.list(ns)
	}
	one := func(name []node) []node {
		return append(append(append([]node(nil), ns[:head]...), name...), tail...)
	}
	for _, name := range names[:len(names)-1] {
		w := writer{caseSensitive: r.CaseSensitive}
		w.list(one(name))
		r.before = append(r.before, w.text.String())
	}
	return one(names[len(names)-1]), nil
}

// SelectsInto tells a SELECT ... INTO, which makes a table and gives no rows.
func SelectsInto(tokens []Token) bool {
	depth := 0
	for i, t := range tokens {
		switch {
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		case depth == 0 && t.Is("into"):
			return i > 0 && !tokens[i-1].Is("insert")
		}
	}
	return false
}

// selectInto turns SELECT a INTO [TEMP] t FROM x into CREATE TABLE t AS.
func (r *rewriter) selectInto(ns []node) ([]node, bool, error) {
	for i := range ns {
		if !ns[i].is("into") {
			continue
		}
		pos := ns[i].tok.Pos
		j := i + 1
		head := []node{word("create", pos)}
		if j < len(ns) && (ns[j].is("temp") || ns[j].is("temporary")) {
			head = append(head, word("temp", pos))
			j++
		}
		if j < len(ns) && ns[j].is("table") {
			j++
		}
		n := chainLength(ns[min(j, len(ns)):])
		if n == 0 {
			return nil, true, &SyntaxError{Message: "syntax error at or near \"into\"", Pos: pos}
		}
		if strings.HasPrefix(ns[j].tok.Text, "#") && len(head) == 1 {
			head = append(head, word("temp", pos))
		}
		head = append(append(append(head, word("table", pos)), ns[j:j+n]...), word("as", pos))
		body, err := r.list(append(append([]node(nil), ns[:i]...), ns[j+n:]...))
		return append(head, body...), true, err
	}
	return nil, false, nil
}

// create rewrites CREATE TABLE, VIEW and SCHEMA.
func (r *rewriter) create(ns []node) ([]node, error) {
	i := 1
	temp := false
	for i < len(ns) && (ns[i].is("or") || ns[i].is("replace") || ns[i].is("local") || ns[i].is("temp") || ns[i].is("temporary")) {
		temp = temp || ns[i].is("temp") || ns[i].is("temporary")
		i++
	}
	switch {
	case i < len(ns) && ns[i].is("table"):
		return r.createTable(ns, i, temp)
	case i < len(ns) && ns[i].is("view"):
		if n := len(ns); n > 4 && ns[n-4].is("with") && ns[n-3].is("no") && ns[n-2].is("schema") && ns[n-1].is("binding") {
			ns = ns[:n-4]
		}
	case i < len(ns) && ns[i].is("schema"):
		for j := range ns {
			if ns[j].is("authorization") || ns[j].is("quota") {
				ns = ns[:j]
				break
			}
		}
	}
	return r.list(ns)
}

// createTable rewrites CREATE TABLE, whose keyword stands at i.
func (r *rewriter) createTable(ns []node, i int, temp bool) ([]node, error) {
	pos := ns[0].tok.Pos
	j := i + 1
	var exists []node
	if j+2 < len(ns) && ns[j].is("if") && ns[j+1].is("not") && ns[j+2].is("exists") {
		exists = ns[j : j+3]
		j += 3
	}
	n := chainLength(ns[min(j, len(ns)):])
	if n == 0 {
		return r.list(ns)
	}
	name := ns[j : j+n]
	temp = temp || strings.HasPrefix(name[0].tok.Text, "#")
	j += n
	head := []node{word("create", pos)}
	if temp {
		head = append(head, word("temp", pos))
	}
	head = append(append(append(head, word("table", pos)), exists...), name...)
	if j < len(ns) && ns[j].paren() && !isColumnNames(ns[j].kids) {
		if like := ns[j].kids; len(like) > 1 && like[0].is("like") {
			m := chainLength(like[1:])
			head = append(append(append(head, word("as", pos), word("from", pos)), like[1:1+m]...), word("limit", pos), value("0", pos))
			return head, nil
		}
		defs, err := r.columns(ns[j], name)
		if err != nil {
			return nil, err
		}
		head = append(head, defs)
		j++
	} else if j < len(ns) && ns[j].paren() {
		head = append(head, ns[j])
		j++
	}
	for ; j < len(ns); j++ { // DISTSTYLE, DISTKEY, SORTKEY, BACKUP, ENCODE
		if ns[j].is("as") {
			query := ns[j+1:]
			if len(query) == 1 && query[0].paren() {
				query = query[0].kids
			}
			body, err := r.list(query)
			return append(append(head, word("as", ns[j].tok.Pos)), body...), err
		}
		if ns[j].group == 0 && !tableAttribute(ns[j].tok.Text) {
			return nil, &SyntaxError{Message: fmt.Sprintf("syntax error at or near \"%s\"", ns[j].tok.Text), Pos: ns[j].tok.Pos}
		}
	}
	return head, nil
}

// isColumnNames tells the (a, b) of CREATE TABLE t (a, b) AS.
func isColumnNames(kids []node) bool {
	for _, part := range split(kids) {
		if len(part) != 1 {
			return false
		}
	}
	return true
}

func tableAttribute(w string) bool {
	switch w {
	case "diststyle", "even", "all", "key", "auto", "distkey", "sortkey", "compound", "interleaved", "backup", "yes", "no", "encode", "none":
		return true
	}
	return false
}

// columns rewrites the definitions of a table: types, and no constraints but
// NOT NULL and DEFAULT, as Redshift keeps no others. A character column gets a
// check of its length in bytes.
func (r *rewriter) columns(defs node, table []node) (node, error) {
	var parts [][]node
	for _, def := range split(defs.kids) {
		if len(def) == 0 {
			return defs, &SyntaxError{Message: "syntax error at or near \",\"", Pos: defs.tok.Pos}
		}
		if def[0].is("primary") || def[0].is("foreign") || def[0].is("constraint") || def[0].is("unique") && len(def) > 1 && def[1].paren() {
			continue
		}
		part, err := r.column(def, table)
		if err != nil {
			return defs, err
		}
		parts = append(parts, part)
	}
	defs.kids = join(parts, ",", defs.tok.Pos)
	return defs, nil
}

func (r *rewriter) column(def, table []node) ([]node, error) {
	pos := def[0].tok.Pos
	t, took := readType(def[1:])
	if took == 0 {
		return nil, &SyntaxError{Message: fmt.Sprintf("syntax error at or near \"%s\"", def[0].tok.Text), Pos: pos}
	}
	out := []node{def[0], raw(t.duck, pos)}
	if t.char && t.length > 0 {
		name := node{tok: Token{Kind: Quoted, Text: `"` + def[0].name() + `"`, Pos: pos}}
		length := call("strlen", pos, []node{name})
		out = append(out, word("check", pos), group(append(length, op("<=", pos), value(fmt.Sprint(t.length), pos)), pos))
	}
	rest := def[1+took:]
	for i := 0; i < len(rest); i++ {
		n := rest[i]
		switch {
		case n.is("encode"), n.is("collate"):
			i++
		case n.is("distkey"), n.is("sortkey"), n.is("unique"), n.is("null"):
		case n.is("primary"):
			i++
			out = append(out, word("not", pos), word("null", pos))
		case n.is("references"):
			i += 1 + chainLength(rest[i+1:])
			if i < len(rest) && !rest[i].paren() {
				i--
			}
		case n.is("not"):
			out = append(out, n)
			if i+1 < len(rest) {
				i++
				out = append(out, rest[i])
			}
		case n.is("identity"), n.is("generated"):
			for i < len(rest) && !rest[i].paren() {
				i++
			}
			if i < len(rest) {
				out = append(out, r.identity(def[0].name(), table, rest[i])...)
			}
		case n.is("default"):
			to := operandEnd(rest, i+1)
			r.inDefault = true
			x, err := r.list(rest[i+1 : to])
			r.inDefault = false
			if err != nil {
				return nil, err
			}
			out = append(append(out, n), group(x, n.tok.Pos))
			i = to - 1
		default:
			return nil, &SyntaxError{Message: fmt.Sprintf("syntax error at or near \"%s\"", n.tok.Text), Pos: n.tok.Pos}
		}
	}
	return out, nil
}

// identity gives a column the values of a sequence made for it.
func (r *rewriter) identity(column string, table []node, args node) []node {
	seed, step := "1", "1"
	if parts := split(args.kids); len(parts) == 2 && len(parts[0]) == 1 && len(parts[1]) == 1 {
		seed, step = parts[0][0].tok.Text, parts[1][0].tok.Text
	}
	sequence := fmt.Sprintf(`dev.main."%s.%s"`, lastName(table), column)
	r.before = append(r.before, fmt.Sprintf("CREATE OR REPLACE SEQUENCE %s START %s INCREMENT %s", sequence, seed, step))
	pos := args.tok.Pos
	return append([]node{word("default", pos)}, group(call("nextval", pos, []node{str(sequence, pos)}), pos))
}

// alterTable rewrites the types of ADD COLUMN; keys and encodings are no more
// than advice.
func (r *rewriter) alterTable(ns []node) ([]node, error) {
	for i := 2; i < len(ns); i++ {
		switch {
		case ns[i].is("add") && i+1 < len(ns) && (ns[i+1].is("primary") || ns[i+1].is("constraint") || ns[i+1].is("foreign") || ns[i+1].is("unique")):
			return []node{value("SELECT 1", ns[0].tok.Pos)}, nil
		case ns[i].is("alter") && i+1 < len(ns) && (ns[i+1].is("diststyle") || ns[i+1].is("distkey") || ns[i+1].is("sortkey") || ns[i+1].is("compound") || ns[i+1].is("encode")):
			return []node{value("SELECT 1", ns[0].tok.Pos)}, nil
		case ns[i].is("add"):
			j := i + 1
			if j < len(ns) && ns[j].is("column") {
				j++
			}
			def, err := r.column(ns[min(j, len(ns)-1):], nil)
			if err != nil {
				return nil, err
			}
			out := append(append([]node(nil), ns[:i+1]...), word("column", ns[i].tok.Pos))
			return append(out, withoutCheck(def)...), nil
		}
	}
	return r.list(ns)
}

// withoutCheck drops the check of length, which a table cannot be given later.
func withoutCheck(def []node) []node {
	for i := range def {
		if def[i].is("check") {
			return append(append([]node(nil), def[:i]...), def[i+2:]...)
		}
	}
	return def
}
