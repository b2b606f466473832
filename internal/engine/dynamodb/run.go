package dynamodb

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/item"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/local"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/partiql"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

// Run sends the statement and follows its pages up to the first that holds
// items, which decides the columns.
func (e *Engine) Run(ctx context.Context, s engine.Statement) (result.Stream, error) {
	ps := partiql.Parse(s.Text)
	params, err := parameters(s.Args)
	if err != nil {
		return nil, err
	}
	if !ps.Reads() {
		return e.runWrite(ctx, s, ps, params)
	}
	t, err := e.describe(ctx, ps.Table)
	if err != nil {
		return nil, err
	}
	if ps.Verb != "SELECT" {
		t.keys = nil // EXISTS returns nothing
	}
	r := e.newRun(s, ps, t)
	src, names, err := r.reading(ctx, s, params)
	if err != nil {
		return nil, err
	}
	return r.open(ctx, src, names, s)
}

// run is a statement on its way to become a stream.
type run struct {
	*stream
	calls *calls
}

func (e *Engine) newRun(s engine.Statement, ps partiql.Statement, t table) *run {
	average := 0.0
	if items, bytes := t.size(ps.Index); items > 0 {
		average = float64(bytes) / float64(items)
	}
	st := &stream{engine: e, statement: ps, table: t, began: time.Now(), progress: s.Progress,
		meter: newMeter(s.Budget, e.consistent, average)}
	if st.progress == nil {
		st.progress = func(engine.Progress) {}
	}
	st.stats.Path = "pages"
	return &run{st, &calls{e: e, meter: st.meter, fail: func(err error) error { return st.word(err) }}}
}

// reading decides how a read is made: the source, and the columns it is sure to
// have, nil for whatever comes.
func (r *run) reading(ctx context.Context, s engine.Statement, params []types.AttributeValue) (source, []string, error) {
	ps, t := r.statement, r.table
	clauses := localClauses(ps, t)
	if clauses == "" {
		src := r.plainRead(params)
		if ps.Select != nil && ps.Select.Limit >= 0 {
			src = &limited{src, ps.Select.Limit}
		}
		return src, statementNames(ps), nil
	}
	var args [][]byte
	for _, a := range params {
		args = append(args, typedScalar(a))
	}
	ordered := len(ps.Select.OrderBy) > 0 && t.nativeOrder(ps) && !ps.Select.Grouped() && !ps.Select.Distinct
	work, err := local.New(ps.Select, local.Options{Args: args, Ordered: ordered})
	if err != nil {
		return nil, nil, err
	}
	w := &worked{from: r.workRead(work, params, ordered), work: work}
	r.notes = func() []string { return w.notes(clauses) }
	return w, work.Columns(), nil
}

// plainRead reads what DynamoDB can answer by itself.
func (r *run) plainRead(params []types.AttributeValue) source {
	ps := r.statement
	text := ps.Text
	if ps.Select != nil {
		if ps.Select.Limit >= 0 {
			text = ps.Source([]string{}, true)
		}
		enough := rowsEnough(ps, r.table)
		if names, ok := plainNames(ps.Select); ok && enough == 0 && len(ps.Select.OrderBy) == 0 {
			if scan := r.parallel(names, params, false); scan != nil {
				return r.orStatement(scan, text, params)
			}
		}
		return r.statementSource(text, params, enough)
	}
	return r.statementSource(text, params, 0)
}

// workRead reads what is worked on here: the attributes needed and no other.
func (r *run) workRead(work *local.Work, params []types.AttributeValue, ordered bool) source {
	ps := r.statement
	names := ps.Select.Needed()
	if names != nil && len(names) == 0 {
		names = r.table.keyNames(ps.Index) // something must be asked for
		if len(names) == 0 {
			names = nil
		}
	}
	text := ps.Source(names, ordered)
	if scan := r.parallel(names, params, work.CountsOnly()); scan != nil {
		return r.orStatement(scan, text, params)
	}
	return r.statementSource(text, params, 0)
}

// statementSource follows a statement's pages; enough is how many items it will
// read at most, 0 when that is not known.
func (r *run) statementSource(text string, params []types.AttributeValue, enough int64) source {
	return &sequence{pages: &statementPages{calls: r.calls, text: text, parameters: params, reads: true, enough: enough}}
}

// fewPages is the size up to which a table is read by the statement itself, one
// page after the other.
const fewPages = 2 << 20

// parallel returns a scanner for a statement that reads all of a larger table,
// nil when the statement is none or Scan has no words for its condition.
func (r *run) parallel(names []string, params []types.AttributeValue, counting bool) *scanner {
	ps, t := r.statement, r.table
	_, size := t.size(ps.Index)
	if !t.known || ps.Unclear || size < fewPages || t.readAccess(ps.Index, ps.Where).kind != "Scan" {
		return nil
	}
	in := dynamodb.ScanInput{TableName: aws.String(ps.Table), ConsistentRead: aws.Bool(r.engine.consistent),
		ReturnConsumedCapacity: types.ReturnConsumedCapacityIndexes}
	if ps.Index != "" {
		in.IndexName = aws.String(ps.Index)
	}
	x := newExpression(params, true)
	if ps.Where != nil {
		text, ok := x.condition(ps.Where)
		if !ok || len(text) > mostExpression {
			return nil
		}
		in.FilterExpression = aws.String(text)
	}
	switch {
	case counting:
		in.Select = types.SelectCount
	case names != nil:
		in.ProjectionExpression = aws.String(x.projection(names))
	}
	in.ExpressionAttributeNames, in.ExpressionAttributeValues = x.placeholders()
	s := newScanner(r.calls, in, segmentsFor(size), 0)
	r.stats.Path = fmt.Sprintf("scan (%d segments)", s.total)
	return s
}

// orStatement falls back to the statement when Scan itself is not allowed: the
// two are different rights.
func (r *run) orStatement(s *scanner, text string, params []types.AttributeValue) source {
	return &fallback{source: s, otherwise: func() source {
		r.stats.Path = "pages"
		return r.statementSource(text, params, 0)
	}}
}

// fallback takes another source when the first pull of the first is denied.
type fallback struct {
	source
	otherwise func() source
	began     bool
}

func (f *fallback) next(ctx context.Context) (*chunk, error) {
	c, err := f.source.next(ctx)
	if !f.began && err != nil && fault.CodeOf(err) == fault.Denied {
		f.source.close()
		f.source = f.otherwise()
		c, err = f.source.next(ctx)
	}
	f.began = true
	return c, err
}

// plainNames lists the top-level attributes of a SELECT, nil for all; false when
// it asks for anything else.
func plainNames(sel *partiql.Select) (names []string, ok bool) {
	if sel.Star {
		return nil, true
	}
	for _, it := range sel.Items {
		name, whole := it.Path.Whole()
		if !whole || it.Text != "" {
			return nil, false
		}
		names = append(names, name)
	}
	return unrepeated(names), true
}

// statementNames are the columns that a SELECT names, in its order; nil for "*"
// and for anything but attributes.
func statementNames(ps partiql.Statement) []string {
	if ps.Select == nil || ps.Select.Star || ps.Select.HasText() {
		return nil
	}
	var names []string
	for _, it := range ps.Select.Items {
		names = append(names, it.Path.Last())
	}
	return unrepeated(names)
}

// stream opens a source in the form asked for.
func (r *run) open(ctx context.Context, src source, names []string, s engine.Statement) (result.Stream, error) {
	r.source, s.Columns = src, unrepeated(s.Columns)
	typed := s.Form == engine.FormTyped
	if typed || s.Form == engine.FormObjects {
		err := r.stream.open(ctx, func(*chunk) rowWriter { return newObjectRows(typed, s.Columns) })
		return finish(r.stream, err)
	}
	if s.AllColumns || s.Columns != nil {
		g, err := gather(ctx, src, s.Columns)
		if err != nil {
			return nil, r.word(err)
		}
		r.source = g
		var columns []column
		if seen := g.byFrequency(); s.Columns != nil {
			columns = chosen(s.Columns, r.table.keys, seen)
		} else {
			columns, _ = layout(names, r.table.keys, seen, true)
		}
		err = r.stream.open(ctx, func(*chunk) rowWriter { return newColumnRows(columns, false) })
		return finish(r.stream, err)
	}
	err := r.stream.open(ctx, func(first *chunk) rowWriter {
		var seen survey
		for _, it := range first.items {
			seen.add(it)
		}
		columns, spare := layout(names, r.table.keys, seen, first.last)
		return newColumnRows(columns, spare)
	})
	return finish(r.stream, err)
}

// finish keeps a nil stream from becoming a stream that is not nil.
func finish(st *stream, err error) (result.Stream, error) {
	if err != nil {
		return nil, err
	}
	return st, nil
}

// runWrite sends a statement that changes an item, once.
func (e *Engine) runWrite(ctx context.Context, s engine.Statement, ps partiql.Statement, params []types.AttributeValue) (result.Stream, error) {
	t, _ := e.described(ps.Table)
	r := e.newRun(s, ps, t)
	t.keys = nil // a write that returns nothing has no columns
	r.table = t
	var returned int64
	src := &counting{&sequence{pages: &statementPages{calls: r.calls, text: ps.Text, parameters: params}}, &returned}
	out, err := r.open(ctx, src, nil, s)
	if err != nil {
		return nil, err
	}
	// INSERT and UPDATE change exactly one or fail; a DELETE tells only by what
	// it returns.
	switch {
	case ps.Verb == "INSERT" || ps.Verb == "UPDATE":
		r.stats.RowsAffected = aws.Int64(1)
	case ps.Verb == "DELETE" && returned > 0:
		r.stats.RowsAffected = &returned
	}
	return out, nil
}

// counting counts the items that pass.
type counting struct {
	source
	items *int64
}

func (c *counting) next(ctx context.Context) (*chunk, error) {
	got, err := c.source.next(ctx)
	if err == nil {
		*c.items += int64(len(got.items))
	}
	return got, err
}

// typedScalar writes a simple value as JSON.
func typedScalar(v types.AttributeValue) []byte {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return append(item.AppendString([]byte(`{"S":`), v.Value), '}')
	case *types.AttributeValueMemberN:
		return []byte(`{"N":"` + v.Value + `"}`)
	case *types.AttributeValueMemberBOOL:
		return fmt.Appendf(nil, `{"BOOL":%t}`, v.Value)
	}
	return []byte(`{"NULL":true}`)
}
