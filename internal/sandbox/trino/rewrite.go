package trino

import (
	"fmt"
	"slices"
	"strings"
)

// Name is a table as a statement names it, lower case, one to three parts.
type Name struct {
	Parts []string
	Pos   int // byte offset in the statement
}

// Rewriter turns Athena SQL into DuckDB SQL.
type Rewriter struct {
	// Table resolves a table that the statement reads; the text it returns
	// replaces the name. Nil leaves names as they are.
	Table func(Name) (string, error)
	// Unchecked leaves table names and the number of parameters alone.
	Unchecked bool
	// Params are the values of the ? placeholders in order, as SQL text.
	Params []string

	types map[string][]Type // what Learn has learnt
}

// Query is a rewritten statement.
type Query struct {
	SQL   string
	src   string
	sites []string // what the probes in it ask, by number
	marks []mark
}

// mark says that the output from out on was made from the source at src.
type mark struct{ out, src int }

// Source maps a byte offset of SQL to the offset in the original statement.
func (q *Query) Source(pos int) int {
	i, found := slices.BinarySearchFunc(q.marks, pos, func(m mark, pos int) int { return m.out - pos })
	if !found {
		i--
	}
	if i < 0 {
		return 0
	}
	return q.marks[i].src
}

// emitter writes the rewritten text while walking the tokens.
type emitter struct {
	*Rewriter
	src       string
	toks      []token
	match     []int // for an opening bracket the index of its closing one
	ctes      map[string]bool
	out       []byte
	marks     []mark
	ordinal   map[int]int       // for a ? token its place among them, from 0
	plainFrom int               // inside a function whose arguments are parted by FROM
	subst     map[string]string // names that stand for another text, inside a lambda
	opening   []int             // for a closing bracket or END the index of what opened it
	ops       map[int][]operation
	used      map[int]int // operations of a token that are being written
	block     int         // token of the SELECT that is being written
	sites     []string
	err       error
}

// Rewrite translates one query or the query part of a statement. The offset of
// errors is that of sql.
func (r *Rewriter) Rewrite(sql string) (*Query, error) {
	toks, err := scan(sql)
	if err != nil {
		return nil, err
	}
	return r.rewrite(sql, toks)
}

func (r *Rewriter) rewrite(sql string, toks []token) (*Query, error) {
	e := &emitter{Rewriter: r, src: sql, toks: toks, ctes: map[string]bool{}, ordinal: map[int]int{}, subst: map[string]string{}, used: map[int]int{}}
	if err := e.prepare(); err != nil {
		return nil, err
	}
	for i, t := range toks {
		if t.kind == param {
			e.ordinal[i] = len(e.ordinal)
		}
	}
	e.findOperations()
	e.span(0, len(toks))
	if n := len(e.ordinal); e.err == nil && !r.Unchecked && n != len(r.Params) {
		e.err = Fail("INVALID_PARAMETER_USAGE", "Incorrect number of parameters: expected %d but found %d", n, len(r.Params))
	}
	if e.err != nil {
		return nil, e.err
	}
	return &Query{SQL: string(e.out), sites: e.sites, src: sql, marks: e.marks}, nil
}

// prepare pairs the brackets and collects the names of WITH queries.
func (e *emitter) prepare() error {
	e.match, e.opening = make([]int, len(e.toks)), make([]int, len(e.toks))
	var open, cases []int
	for i, t := range e.toks {
		switch {
		case t.is("case") && !e.at(i-1).is("."):
			cases = append(cases, i)
		case t.is("end") && !e.at(i-1).is(".") && len(cases) > 0:
			e.match[cases[len(cases)-1]], e.opening[i] = i, cases[len(cases)-1]
			cases = cases[:len(cases)-1]
		}
		if t.kind != punct {
			continue
		}
		switch t.text {
		case "(", "[":
			open = append(open, i)
		case ")", "]":
			if len(open) == 0 || (e.toks[open[len(open)-1]].text == "(") != (t.text == ")") {
				return e.mismatch(i, "<EOF>")
			}
			e.match[open[len(open)-1]], e.opening[i] = i, open[len(open)-1]
			open = open[:len(open)-1]
		case ":", "{", "}", ";":
			return e.mismatch(i, "<expression>")
		}
	}
	if len(open) > 0 {
		return e.mismatch(len(e.toks), "')', ','")
	}
	for i, t := range e.toks {
		if t.isName() && i > 0 && (e.toks[i-1].is("with") || e.toks[i-1].is("recursive") || e.toks[i-1].is(",")) && e.startsCTE(i+1) {
			e.ctes[strings.ToLower(t.value)] = true
		}
	}
	return nil
}

// startsCTE tells whether `[(columns)] AS (SELECT|WITH|VALUES` stands at i.
func (e *emitter) startsCTE(i int) bool {
	if e.at(i).is("(") {
		i = e.match[i] + 1
	}
	return e.at(i).is("as") && e.at(i+1).is("(") && isQueryStart(e.at(i+2))
}

func isQueryStart(t token) bool {
	return t.is("select") || t.is("with") || t.is("values") || t.is("table") || t.is("(")
}

// at is the token at i, or an empty one past either end.
func (e *emitter) at(i int) token {
	if i < 0 || i >= len(e.toks) {
		return token{kind: punct, pos: len(e.src)}
	}
	return e.toks[i]
}

// mismatch is the parser's complaint about the token at i.
func (e *emitter) mismatch(i int, expecting string) *Error {
	t := e.at(i)
	seen := t.text
	if seen == "" {
		seen = "<EOF>"
	}
	return syntaxAt(e.src, t.pos, fmt.Sprintf("mismatched input '%s'. Expecting: %s", seen, expecting))
}

func (e *emitter) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

// raw writes text that stems from the source at pos.
func (e *emitter) raw(pos int, s string) {
	if len(e.out) > 0 {
		e.out = append(e.out, ' ')
	}
	e.glue(pos, s)
}

// glue writes text without a space in front.
func (e *emitter) glue(pos int, s string) {
	e.marks = append(e.marks, mark{len(e.out), pos})
	e.out = append(e.out, s...)
}

// end is the first index from i on, before j and outside brackets, whose token
// is one of words; j when there is none.
func (e *emitter) end(i, j int, words ...string) int {
	for i < j {
		t := e.toks[i]
		if t.kind == word && slices.Contains(words, t.value) || t.kind == punct && slices.Contains(words, t.value) {
			return i
		}
		if t.kind == punct && (t.text == "(" || t.text == "[") {
			i = e.match[i]
		}
		i++
	}
	return j
}

// split cuts [i,j) at its top-level commas.
func (e *emitter) split(i, j int) [][2]int {
	var parts [][2]int
	for start := i; ; {
		comma := e.end(start, j, ",")
		parts = append(parts, [2]int{start, comma})
		if comma >= j {
			return parts
		}
		start = comma + 1
	}
}

// span writes the tokens [i,j) with every construct in them translated.
func (e *emitter) span(i, j int) {
	outer := e.block
	defer func() { e.block = outer }()
	for i < j && e.err == nil {
		next := e.construct(i, j)
		if next == i {
			e.token(i)
			next++
		}
		i = next
	}
}

// construct translates what begins at i and returns where it ends, or i when
// nothing special begins there.
func (e *emitter) construct(i, j int) int {
	if next := e.operation(i, j); next > i {
		return next
	}
	t := e.toks[i]
	switch {
	case t.is("select"):
		return e.selectList(i, j)
	case t.is("from") && e.inQuery(i):
		return e.fromList(i, j)
	case t.is("values"):
		return e.values(i, j)
	case t.is("table") && e.at(i+1).isName() && !e.at(i+1).is("("):
		e.raw(t.pos, "SELECT * FROM")
		return e.tableName(i + 1)
	}
	return e.expression(i, j)
}

// inQuery tells a FROM clause from IS DISTINCT FROM; the FROM inside
// extract(), trim() and substring() is handled with the function.
func (e *emitter) inQuery(i int) bool { return !e.at(i-1).is("distinct") && e.plainFrom == 0 }

// token writes one token as it is, except for identifiers that only DuckDB
// reserves.
func (e *emitter) token(i int) {
	t := e.toks[i]
	s := t.text
	afterDot := e.at(i - 1).is(".")
	if with, ok := e.subst[strings.ToLower(t.value)]; ok && !afterDot && !e.at(i+1).is("(") && (t.kind == word || t.kind == quoted) {
		e.raw(t.pos, with)
		return
	}
	switch {
	case t.kind == quoted, t.kind == word && afterDot:
		s = QuoteName(t.value)
		if t.kind == word {
			s = QuoteName(t.text)
		}
	case t.kind == word && duckReserved(t.value) && !e.at(i+1).is("("):
		s = QuoteName(t.text)
	}
	if t.is(".") || afterDot {
		e.glue(t.pos, s)
		return
	}
	e.raw(t.pos, s)
}

// duckReserved lists words that DuckDB reserves and Trino does not, as far as
// they appear as column names and never as Trino syntax.
func duckReserved(w string) bool {
	switch w {
	case "analyse", "analyze", "asymmetric", "check", "collate", "column", "default", "deferrable", "do", "foreign",
		"grant", "initially", "lambda", "placing", "pivot", "pivot_longer", "pivot_wider", "primary", "qualify", "references",
		"returning", "summarize", "symmetric", "to", "unique", "unpivot", "variadic", "anti", "asof", "semi", "positional", "glob", "show", "user":
		return true
	}
	return false
}

// Placeholder column names: _colN when N is certain, else a mark that the
// runner replaces by the position it sees.
const unnamedMark = "fl_unnamed_"

// ColumnName is the name that Athena shows for column i (from 0) of a result.
func ColumnName(duck string, i int) string {
	if strings.HasPrefix(duck, unnamedMark) {
		return fmt.Sprintf("_col%d", i)
	}
	return duck
}

// selectList writes SELECT and its items, naming those that have no name.
func (e *emitter) selectList(i, j int) int {
	e.token(i)
	e.block = i
	i++
	if e.at(i).is("distinct") || e.at(i).is("all") {
		e.token(i)
		i++
	}
	stop := e.itemsEnd(i, j)
	star := false
	for n, item := range e.split(i, stop) {
		if n > 0 {
			e.glue(e.toks[item[0]-1].pos, ",")
		}
		if item[0] >= item[1] {
			e.fail(e.mismatch(item[0], "'*', <expression>"))
			return stop
		}
		star = star || e.at(item[1]-1).is("*")
		e.selectItem(item, n, star)
	}
	return stop
}

// itemsEnd finds the end of a select list.
func (e *emitter) itemsEnd(i, j int) int {
	for {
		stop := e.end(i, j, "from", "where", "group", "having", "order", "limit", "offset", "fetch", "union", "except", "intersect", "window")
		if stop < j && (e.toks[stop].is("from") && !e.inQuery(stop) || e.toks[stop].is("group") && e.toks[stop-1].is("within") || stop == i && !e.toks[stop].is("from")) {
			i = stop + 1
			continue
		}
		return stop
	}
}

func (e *emitter) selectItem(item [2]int, n int, star bool) {
	last := e.toks[item[1]-1]
	if last.is("*") && (item[1]-item[0] == 1 || e.at(item[1]-2).is(".")) {
		e.span(item[0], item[1])
		return
	}
	switch {
	case item[1]-item[0] >= 3 && e.at(item[1]-2).is("as"):
		e.span(item[0], item[1]-1)
		e.raw(last.pos, aliasText(last))
	case e.isColumn(item):
		e.span(item[0], item[1])
	case item[1]-item[0] >= 2 && last.isName() && e.endsExpression(item[1]-2, item[0]):
		e.span(item[0], item[1]-1)
		e.raw(last.pos, "AS "+aliasText(last))
	default:
		e.span(item[0], item[1])
		name := fmt.Sprintf("_col%d", n)
		if star {
			name = fmt.Sprintf("%s%d", unnamedMark, n)
		}
		e.raw(e.at(item[1]).pos, "AS "+QuoteName(name))
	}
}

func aliasText(t token) string {
	if t.kind == quoted {
		return QuoteName(t.value)
	}
	return QuoteName(t.text)
}

// isColumn tells whether the item is a plain, perhaps qualified, column.
func (e *emitter) isColumn(item [2]int) bool {
	for k := item[0]; k < item[1]; k++ {
		t := e.toks[k]
		if (k-item[0])%2 == 1 {
			if !t.is(".") {
				return false
			}
		} else if !t.isName() {
			return false
		}
	}
	return (item[1]-item[0])%2 == 1
}

// endsExpression tells whether the token at i can end an expression, so that
// a name behind it is an alias.
func (e *emitter) endsExpression(i, begin int) bool {
	t := e.toks[i]
	switch t.kind {
	case quoted, number, param:
		return true
	case text:
		return i == begin || !e.toks[i-1].is("interval") && !(e.toks[i-1].is("-") && i-1 > begin && e.toks[i-2].is("interval"))
	case punct:
		return t.text == ")" || t.text == "]"
	}
	switch t.value {
	case "end", "null", "true", "false", "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "current_user":
		return true
	}
	return !reserved(t.value)
}

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
	if next := e.construct(i, j); next > i {
		return next
	}
	if e.toks[i].is("(") {
		return e.group(i)
	}
	e.token(i)
	return i + 1
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

// WithNull is the query with one more column, NULL, at the end.
func (q *Query) WithNull() *Query {
	const head = "SELECT *, NULL FROM ("
	marks := make([]mark, len(q.marks))
	for i, m := range q.marks {
		marks[i] = mark{m.out + len(head), m.src}
	}
	return &Query{SQL: head + q.SQL + ")", src: q.src, marks: marks}
}
