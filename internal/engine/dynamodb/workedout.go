package dynamodb

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/local"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/partiql"
)

// localClauses names the clauses of a SELECT that DynamoDB does not have, ""
// when it can do all of it. LIMIT alone is not worked out: reading just ends.
func localClauses(s partiql.Statement, t table) string {
	sel := s.Select
	if sel == nil {
		return ""
	}
	var list []string
	if sel.Distinct {
		list = append(list, "DISTINCT")
	}
	if sel.Aliased() {
		list = append(list, "AS")
	}
	switch {
	case len(sel.GroupBy) > 0:
		list = append(list, "GROUP BY")
	case sel.Aggregates():
		list = append(list, "aggregates")
	}
	if sel.Having != nil {
		list = append(list, "HAVING")
	}
	if len(sel.OrderBy) > 0 && (len(list) > 0 || t.known && !t.nativeOrder(s)) {
		list = append(list, "ORDER BY")
	}
	if len(list) > 0 && sel.Limit >= 0 {
		list = append(list, "LIMIT")
	}
	return strings.Join(list, ", ")
}

// worked is a source whose rows are worked out over another's items.
type worked struct {
	from source
	work *local.Work
	rows *local.Rows
	read int64
	id   string
}

// workedRows and workedBytes bound a chunk of rows.
const (
	workedRows  = 1000
	workedBytes = 1 << 20
)

func (w *worked) next(ctx context.Context) (*chunk, error) {
	for w.rows == nil {
		c, err := w.read1(ctx)
		if err != nil || c != nil {
			return c, err
		}
	}
	return w.finished(ctx)
}

// read1 takes in one chunk. It returns rows when the work streams, and begins
// the rows at the end.
func (w *worked) read1(ctx context.Context) (*chunk, error) {
	var err error
	if w.work.Enough() {
		w.rows, err = w.work.Rows()
		return nil, err
	}
	c, err := w.from.next(ctx)
	if err == io.EOF {
		w.rows, err = w.work.Rows()
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	if w.id == "" {
		w.id = c.id
	}
	w.read += c.count
	if c.items == nil && c.count > 0 {
		w.work.AddCount(c.count)
		return nil, nil
	}
	out := &chunk{id: c.id}
	for _, it := range c.items {
		row, err := w.work.Add(it)
		if err != nil {
			return nil, err
		}
		if row != nil {
			out.items = append(out.items, append([]byte(nil), row...))
		}
	}
	if len(out.items) == 0 {
		return nil, nil
	}
	return out, nil
}

// finished gives the rows of work that had to see everything first.
func (w *worked) finished(ctx context.Context) (*chunk, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c := &chunk{id: w.id}
	for size := 0; len(c.items) < workedRows && size < workedBytes; {
		row, err := w.rows.Next()
		if err == io.EOF {
			c.last = true
			break
		}
		if err != nil {
			return nil, err
		}
		size += len(row)
		c.items = append(c.items, append([]byte(nil), row...))
	}
	if len(c.items) == 0 {
		return nil, io.EOF
	}
	return c, nil
}

func (w *worked) close() {
	w.from.close()
	w.work.Close()
}

// notes tell that the rows are not DynamoDB's own.
func (w *worked) notes(clauses string) []string {
	return append([]string{fmt.Sprintf("%s worked out here over %s items read", clauses, grouped(w.read))}, w.work.Notes()...)
}
