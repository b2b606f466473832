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

	types    map[string]Type // what Learn has learnt, by SELECT and text
	elements bool            // || may join an array and an element
	apart    bool            // probes ask for their own operands only
}

// Query is a rewritten statement.
type Query struct {
	SQL   string
	Zones map[int]string // time zones to show with result columns, by position
	Years map[int]bool   // result columns that are intervals of years and months
	src   string
	sites [][]string // what the probes in it ask, by number
	marks []mark
	// together is set when a probe asks for the operands of others as well. What
	// the engine then finds wrong with the query may be due to that.
	together bool
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
	sites     [][]string
	open      map[int]*asking // what the probes ask, by SELECT
	asks      map[int]*asking // what the first probe of each SELECT is to ask
	zones     map[int]string
	years     map[int]bool
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
	q, e, err := r.pass(sql, toks, nil)
	if asks := e.together(); err == nil && asks != nil {
		q, _, err = r.pass(sql, toks, asks)
	}
	return q, err
}

// pass writes the query once. asks are what its probes are to ask, nil for what
// each needs itself.
func (r *Rewriter) pass(sql string, toks []token, asks map[int]*asking) (*Query, *emitter, error) {
	e := &emitter{Rewriter: r, src: sql, toks: toks, ctes: map[string]bool{}, ordinal: map[int]int{}, subst: map[string]string{}, used: map[int]int{}, zones: map[int]string{}, years: map[int]bool{},
		open: map[int]*asking{}, asks: asks}
	if err := e.prepare(); err != nil {
		return nil, e, err
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
		return nil, e, e.err
	}
	return &Query{SQL: string(e.out), Zones: e.zones, Years: e.years, sites: e.sites, together: asks != nil, src: sql, marks: e.marks}, e, nil
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

// WithNull is the query with one more column, NULL, at the end.
func (q *Query) WithNull() *Query {
	const head = "SELECT *, NULL FROM ("
	marks := make([]mark, len(q.marks))
	for i, m := range q.marks {
		marks[i] = mark{m.out + len(head), m.src}
	}
	return &Query{SQL: head + q.SQL + ")", src: q.src, marks: marks}
}
