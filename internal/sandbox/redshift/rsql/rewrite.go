package rsql

import (
	"sort"
	"strings"
	"time"
)

// Context is what a statement may ask of its session.
type Context struct {
	User     string
	Database string
	Schema   string // first schema of the search path
	PID      uint32
	Now      time.Time // GETDATE
	Began    time.Time // of the transaction: SYSDATE, CURRENT_TIMESTAMP
	// Super tells whether a column of this name, in lower case, is of type
	// SUPER; nil is none.
	Super func(column string) bool
	// Param is the SQL text that stands for parameter n, from 1; nil leaves $n.
	Param func(n int) string
	// Types are what Learn has learnt so far.
	Types Types
	// Apart lets every probe ask for its own operands only, which is slow where
	// there are many and right where they cannot stand together.
	Apart bool
	// CaseSensitive keeps the case of quoted identifiers.
	CaseSensitive bool
}

// Output is a rewritten statement.
type Output struct {
	SQL    string
	Before []string // statements to run first, such as the sequence of an identity column
	// Together is set when a probe asks for the operands of others as well. What
	// the engine then finds wrong with the statement may be due to that.
	Together bool
	sites    [][]string // what the probes ask, by number
	marks    []mark
}

// mark says that the output from out on comes from the source at src.
type mark struct{ out, src int }

// Source is the byte offset in the source that output offset pos came from.
func (o *Output) Source(pos int) int {
	i := sort.Search(len(o.marks), func(i int) bool { return o.marks[i].out > pos })
	if i == 0 {
		return 0
	}
	return o.marks[i-1].src
}

// Rewrite turns one Redshift statement into DuckDB's SQL. Its error is a
// *SyntaxError.
func Rewrite(tokens []Token, c Context) (*Output, error) {
	if pos, ok := manyDivisions(tokens); ok {
		return nil, &SyntaxError{Message: "statement is too complex", Pos: pos, Code: "54001"}
	}
	if c.Super == nil {
		c.Super = func(string) bool { return false }
	}
	r := &rewriter{Context: c}
	nodes, err := r.all(tokens)
	if err != nil {
		return nil, err
	}
	if asks := r.together(); asks != nil {
		r = &rewriter{Context: c, asks: asks}
		if nodes, err = r.all(tokens); err != nil {
			return nil, err
		}
	}
	w := writer{caseSensitive: c.CaseSensitive}
	w.list(nodes)
	last := 0
	if n := len(tokens); n > 0 {
		last = tokens[n-1].Pos + len(tokens[n-1].Text)
	}
	w.out.marks = append(w.out.marks, mark{w.text.Len(), last})
	w.out.SQL, w.out.Before, w.out.sites, w.out.Together = w.text.String(), r.before, r.sites, r.asks != nil
	return &w.out, nil
}

func (r *rewriter) all(tokens []Token) ([]node, error) {
	r.vars, r.open = map[string]bool{}, map[int]*asking{}
	nodes, err := parse(withoutCatalog(tokens))
	if err != nil {
		return nil, err
	}
	if nodes, err = r.statement(nodes); err != nil {
		return nil, err
	}
	return nodes, r.tooDeep
}

// withoutCatalog drops what only says that a name is the system's own, as psql
// and drivers write it: pg_catalog.f(x), OPERATOR(pg_catalog.~), COLLATE
// pg_catalog.default.
func withoutCatalog(tokens []Token) []Token {
	out := make([]Token, 0, len(tokens))
	at := func(i int, text string) bool { return i < len(tokens) && tokens[i].Is(text) }
	for i := 0; i < len(tokens); i++ {
		switch {
		case at(i, "operator") && at(i+1, "(") && at(i+2, "pg_catalog") && at(i+3, ".") && at(i+5, ")"):
			out = append(out, tokens[i+4])
			i += 5
		case at(i, "collate") && at(i+1, "pg_catalog") && at(i+2, "."):
			i += 3
		case at(i, "pg_catalog") && at(i+1, ".") && at(i+3, "("):
			i++
		default:
			out = append(out, tokens[i])
		}
	}
	return out
}

// rewriter turns node lists of Redshift into node lists of DuckDB.
type rewriter struct {
	Context
	vars   map[string]bool // names that a FROM list gives to elements of SUPER arrays
	before []string
	// inDefault is set inside a column's DEFAULT, which is evaluated later: the
	// clock is the engine's there, not ours.
	inDefault bool
	inPivot   bool            // inside PIVOT (...)
	block     int             // place of the SELECT that is being rewritten
	sites     [][]string      // what the probes ask
	open      map[int]*asking // what they ask, by SELECT
	asks      map[int]*asking // what the first probe of each SELECT is to ask
	tooDeep   error           // a division nested deeper than the engine takes
}

// writer puts nodes into text and remembers where each came from.
type writer struct {
	text          strings.Builder
	out           Output
	caseSensitive bool
}

func (w *writer) list(ns []node) {
	for _, n := range ns {
		w.token(n.tok)
		if n.group != 0 {
			w.list(n.kids)
			w.token(n.end)
		}
	}
}

func (w *writer) token(t Token) {
	if w.text.Len() > 0 {
		w.text.WriteByte(' ')
	}
	w.out.marks = append(w.out.marks, mark{w.text.Len(), t.Pos})
	if t.Kind == Quoted && !w.caseSensitive {
		w.text.WriteString(`"` + strings.ReplaceAll(Unquote(t.Text), `"`, `""`) + `"`)
		return
	}
	if t.Kind == Word && t.Text[0] == '#' {
		w.text.WriteString(`"` + t.Text + `"`)
		return
	}
	w.text.WriteString(t.Text)
}

// list rewrites the nodes of one level.
func (r *rewriter) list(ns []node) ([]node, error) {
	r.findElements(ns)
	names, limit := r.selectLists(ns)
	s := &scan{rewriter: r, in: ns}
	outer := r.block
	defer func() { r.block = outer }()
	for s.pos < len(ns) {
		if ns[s.pos].is("select") {
			r.block = ns[s.pos].tok.Pos
		}
		if n := limit.before(s.pos); n != nil {
			s.out = append(s.out, n...)
		}
		if err := s.step(); err != nil {
			return nil, err
		}
		if name, ok := names[s.pos]; ok {
			s.out = append(s.out, word("as", name.pos), op(`"`+strings.ReplaceAll(name.text, `"`, `""`)+`"`, name.pos))
		}
	}
	if n := limit.before(len(ns)); n != nil {
		s.out = append(s.out, n...)
	}
	return r.divisions(s.out, outer), nil
}

// lists rewrites several argument lists.
func (r *rewriter) lists(args [][]node) ([][]node, error) {
	out := make([][]node, len(args))
	for i, a := range args {
		var err error
		if out[i], err = r.list(a); err != nil {
			return nil, err
		}
	}
	return out, nil
}
