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
	// CaseSensitive keeps the case of quoted identifiers.
	CaseSensitive bool
}

// Output is a rewritten statement.
type Output struct {
	SQL    string
	Before []string // statements to run first, such as the sequence of an identity column
	marks  []mark
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
	nodes, err := parse(withoutCatalog(tokens))
	if err != nil {
		return nil, err
	}
	if c.Super == nil {
		c.Super = func(string) bool { return false }
	}
	r := &rewriter{Context: c, vars: map[string]bool{}}
	nodes, err = r.statement(nodes)
	if err != nil {
		return nil, err
	}
	if pos, ok := tooManyDivisions(nodes, 0); ok {
		return nil, &SyntaxError{Message: "stack depth limit exceeded", Pos: pos, Code: "54001"}
	}
	w := writer{caseSensitive: c.CaseSensitive}
	w.list(nodes)
	last := 0
	if n := len(tokens); n > 0 {
		last = tokens[n-1].Pos + len(tokens[n-1].Text)
	}
	w.out.marks = append(w.out.marks, mark{w.text.Len(), last})
	w.out.SQL, w.out.Before = w.text.String(), r.before
	return &w.out, nil
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
	for s.pos < len(ns) {
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
	return divisions(s.out), nil
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
