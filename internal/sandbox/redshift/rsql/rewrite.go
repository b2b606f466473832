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
	// Super tells whether a column of this name, in lower case, is of type SUPER.
	Super func(column string) bool
	// Param is the SQL text that stands for parameter n, from 1.
	Param func(n int) string
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

// Rewrite turns one Redshift statement into DuckDB's SQL.
func Rewrite(tokens []Token, c Context) (*Output, error) {
	var b strings.Builder
	out := &Output{}
	for i, t := range tokens {
		if i > 0 && t.Space {
			b.WriteByte(' ')
		}
		out.marks = append(out.marks, mark{b.Len(), t.Pos})
		b.WriteString(t.Text)
	}
	out.SQL = b.String()
	return out, nil
}
