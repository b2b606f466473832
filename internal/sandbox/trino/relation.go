package trino

import (
	"strings"
)

// fromList writes FROM and the relations behind it.
func (e *emitter) fromList(i, j int) int {
	e.token(i)
	stop := e.end(i+1, j, "where", "group", "having", "order", "limit", "offset", "fetch", "union", "except", "intersect", "window")
	e.relations(i+1, stop)
	return stop
}

// relations writes a list of relations, joined by commas or JOIN.
func (e *emitter) relations(i, j int) {
	relation := true // whether a relation is expected next
	for i < j && e.err == nil {
		t := e.toks[i]
		switch {
		case relation && t.is("(") && !isQueryStart(e.at(i+1)):
			e.raw(t.pos, "(")
			e.relations(i+1, e.match[i])
			e.raw(e.toks[e.match[i]].pos, ")")
			i, relation = e.match[i]+1, false
		case relation && t.isName() && !e.tableFunction(i):
			i, relation = e.tableName(i), false
		case relation:
			relation = false
			i = e.relation(i, j)
		default:
			relation = t.is(",") || t.is("join")
			i = e.joinPart(i, j)
		}
	}
}

// tableFunction tells whether a call such as sequence(...) stands at i.
func (e *emitter) tableFunction(i int) bool { return e.at(i + 1).is("(") }

// relation writes a subquery, UNNEST, LATERAL or another relation that is no
// plain name.
func (e *emitter) relation(i, j int) int {
	if e.toks[i].is("unnest") && e.at(i+1).is("(") {
		return e.unnest(i)
	}
	if e.toks[i].is("table") && e.at(i+1).is("(") {
		return e.invocation(i)
	}
	if next := e.construct(i, j); next > i {
		return next
	}
	if e.toks[i].is("(") {
		return e.group(i)
	}
	e.token(i)
	return i + 1
}

// invocation writes TABLE(sequence(start => a, stop => b, step => c)), the one
// table function that there is: its rows are made as they are read.
func (e *emitter) invocation(i int) int {
	pos, closing := e.toks[i].pos, e.match[i+1]
	name := e.at(i + 2)
	if !name.is("sequence") || !e.at(i+3).is("(") || e.match[i+3] != closing-1 {
		e.fail(failAt(e.src, name.pos, "FUNCTION_NOT_FOUND", "Table function '%s' not registered", name.value))
		return closing + 1
	}
	order := []string{"start", "stop", "step"}
	given := map[string]piece{}
	for n, arg := range e.split(i+4, closing-1) {
		key := ""
		if n < len(order) {
			key = order[n]
		}
		if e.at(arg[0] + 1).is("=>") {
			key, arg[0] = e.toks[arg[0]].value, arg[0]+2
		}
		given[key] = e.argument(arg)
	}
	stop, found := given["stop"]
	if !found {
		e.fail(failAt(e.src, name.pos, "MISSING_ARGUMENT", "Missing argument: STOP"))
		return closing + 1
	}
	for key, otherwise := range map[string]string{"start": "0", "step": "1"} {
		if _, found := given[key]; !found {
			given[key] = piece{text: []byte(otherwise)}
		}
	}
	e.around(pos, "(SELECT fl_n AS sequential_number FROM generate_series(CAST(", given["start"], " AS BIGINT), CAST(")
	e.splice(stop)
	e.around(pos, " AS BIGINT), CAST(", given["step"], " AS BIGINT)) AS fl_series(fl_n))")
	return closing + 1
}

// joinPart writes what follows a relation: its alias, the join words, ON.
func (e *emitter) joinPart(i, j int) int {
	if next := e.construct(i, j); next > i {
		return next
	}
	t := e.toks[i]
	if t.is("(") { // column aliases, USING (...), or a condition
		return e.group(i)
	}
	if t.is("tablesample") {
		return e.sample(i)
	}
	e.token(i)
	return i + 1
}

// group writes a bracketed part and returns what is behind it.
func (e *emitter) group(i int) int {
	e.raw(e.toks[i].pos, e.toks[i].text)
	e.span(i+1, e.match[i])
	e.raw(e.toks[e.match[i]].pos, e.toks[e.match[i]].text)
	return e.match[i] + 1
}

// sample turns TABLESAMPLE BERNOULLI (10) into DuckDB's TABLESAMPLE 10 PERCENT
// (bernoulli).
func (e *emitter) sample(i int) int {
	if !e.at(i + 2).is("(") {
		e.fail(e.mismatch(i+1, "'BERNOULLI', 'SYSTEM'"))
		return i + 1
	}
	e.raw(e.toks[i].pos, "TABLESAMPLE")
	closing := e.match[i+2]
	e.span(i+3, closing)
	e.raw(e.toks[i+1].pos, "PERCENT ("+e.toks[i+1].text+")")
	return closing + 1
}

// tableName writes a resolved table.
func (e *emitter) tableName(i int) int {
	name := Name{Pos: e.toks[i].pos}
	for {
		t := e.at(i)
		if t.kind != quoted && t.kind != word {
			e.fail(e.mismatch(i, "<identifier>"))
			return i
		}
		name.Parts = append(name.Parts, strings.ToLower(t.value))
		i++
		if !e.at(i).is(".") {
			break
		}
		i++
	}
	if len(name.Parts) > 3 {
		e.fail(failAt(e.src, name.Pos, "SYNTAX_ERROR", "Too many dots in table name: %s", strings.Join(name.Parts, ".")))
		return i
	}
	if e.Table == nil || len(name.Parts) == 1 && e.ctes[name.Parts[0]] {
		e.raw(name.Pos, quoteParts(name.Parts))
		return i
	}
	resolved, err := e.Table(name)
	if err != nil {
		e.fail(e.placed(err, name.Pos))
		return i
	}
	e.raw(name.Pos, resolved)
	return i
}

// placed adds the place in the statement to an error that has none.
func (e *emitter) placed(err error, pos int) error {
	if f, ok := err.(*Error); ok && !strings.HasPrefix(f.Message, "line ") {
		return failAt(e.src, pos, f.Name, "%s", f.Message)
	}
	return err
}

func quoteParts(parts []string) string {
	quoted := make([]string, len(parts))
	for i, p := range parts {
		quoted[i] = QuoteName(p)
	}
	return strings.Join(quoted, ".")
}
