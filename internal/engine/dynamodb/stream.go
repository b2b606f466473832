package dynamodb

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/rawpage"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

// stream hands over a page as a batch. It asks for a page when it is pulled and
// never before, since every page costs capacity. Between pages nothing runs in
// DynamoDB, so closing early has nothing to stop.
type stream struct {
	engine    *Engine
	text      string
	statement statement
	progress  func(engine.Progress)
	began     time.Time

	columns []column
	at      map[string]int
	spare   int // the overflow column, -1 when there is none
	schema  *arrow.Schema
	record  *array.RecordBuilder
	row     []bool // which columns the item in hand has filled
	scratch []byte
	extra   []byte

	page   *page // in hand, not yet handed over
	next   string
	units  float64
	usd    float64 // a unit; 0 when not known
	stats  result.Stats
	err    error
	closed bool
}

// open takes the columns and the first page.
func (st *stream) open(columns []column, p *page) {
	st.columns, st.page, st.spare = columns, p, -1
	st.at = make(map[string]int, len(columns))
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i], st.at[c.name] = c.field(), i
	}
	if p.next != "" {
		st.spare = len(columns) - 1
		delete(st.at, columns[st.spare].name) // an attribute so called has no column of its own
	}
	st.schema = arrow.NewSchema(fields, nil)
	st.record = array.NewRecordBuilder(memory.DefaultAllocator, st.schema)
	st.row = make([]bool, len(columns))
}

func (st *stream) Schema() *arrow.Schema { return st.schema }

func (st *stream) Next(ctx context.Context) (arrow.RecordBatch, error) {
	if st.err == nil && ctx.Err() != nil {
		st.err = st.engine.fault(ctx.Err(), st.statement)
	}
	if st.err != nil {
		return nil, st.err
	}
	for {
		p := st.page
		if st.page = nil; p == nil {
			if st.next == "" {
				st.err = io.EOF
				return nil, st.err
			}
			var err error
			if p, err = st.fetch(ctx, st.next); err != nil {
				st.err = err
				return nil, st.err
			}
		}
		st.next = p.next
		if p.count == 0 || len(st.columns) == 0 {
			continue // pages without a match are common: the filter comes last
		}
		batch, err := st.convert(p)
		if err != nil {
			st.err = fault.Wrap(err, fault.Internal, "DynamoDB's items cannot be read")
			return nil, st.err
		}
		st.stats.Rows += batch.NumRows()
		st.tell("fetching")
		return batch, nil
	}
}

func (st *stream) tell(state string) {
	st.progress(engine.Progress{State: state, RemoteID: st.stats.RemoteID, Rows: st.stats.Rows})
}

// convert turns a page into a batch.
func (st *stream) convert(p *page) (batch arrow.RecordBatch, err error) {
	st.record.Reserve(p.count)
	rawpage.Elements(p.items, func(item []byte) bool {
		clear(st.row)
		st.extra = st.extra[:0]
		rawpage.Members(item, func(key string, value []byte) bool {
			err = st.place(key, value)
			return err == nil
		})
		if err != nil {
			return false
		}
		if len(st.extra) > 0 {
			st.overflow(st.spare, append(st.extra, '}'))
		}
		for i, filled := range st.row {
			if !filled {
				st.record.Field(i).AppendNull()
			}
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	return st.record.NewRecordBatch(), nil
}

// place puts an attribute into its column, or into the overflow when it has
// none or another type.
func (st *stream) place(key string, value []byte) error {
	tag, inner := split(value)
	i, ok := st.at[key]
	if !ok || !st.columns[i].takes(tag) {
		if st.spare < 0 {
			return fmt.Errorf("attribute %q of type %s has no column", key, tag)
		}
		if len(st.extra) == 0 {
			st.extra = append(st.extra, '{')
		} else {
			st.extra = append(st.extra, ',')
		}
		st.extra = append(appendString(st.extra, key), ':')
		st.extra = appendPlain(st.extra, value)
		return nil
	}
	if st.row[i] {
		return fmt.Errorf("attribute %q comes twice in one item", key)
	}
	return st.put(i, tag, inner, value)
}

// takes reports whether a value of type tag fits the column.
func (c column) takes(tag string) bool { return c.tag == "" || c.tag == tag || tag == "NULL" }

func (st *stream) put(i int, tag string, inner, value []byte) error {
	st.row[i] = true
	switch b := st.record.Field(i).(type) {
	case *array.StringBuilder:
		switch {
		case st.columns[i].tag == "":
			st.scratch = appendPlain(st.scratch[:0], value)
			b.BinaryBuilder.Append(st.scratch)
		case tag == "NULL":
			b.AppendNull()
		default:
			b.BinaryBuilder.AppendString(rawpage.Text(inner))
		}
	case *array.BooleanBuilder:
		if tag == "NULL" {
			b.AppendNull()
			return nil
		}
		b.Append(rawpage.Text(inner) == "true")
	case *array.BinaryBuilder:
		if tag == "NULL" {
			b.AppendNull()
			return nil
		}
		var err error
		st.scratch, err = base64.StdEncoding.AppendDecode(st.scratch[:0], []byte(rawpage.Text(inner)))
		if err != nil {
			return fmt.Errorf("attribute %q: %w", st.columns[i].name, err)
		}
		b.Append(st.scratch)
	}
	return nil
}

func (st *stream) overflow(i int, text []byte) {
	st.row[i] = true
	st.record.Field(i).(*array.StringBuilder).BinaryBuilder.Append(text)
}

// Close ends the stream.
func (st *stream) Close() error {
	if st.closed {
		return nil
	}
	st.closed = true
	st.record.Release()
	st.page = nil
	if st.err == nil {
		st.err = fault.New(fault.Internal, "The stream was read after it was closed")
	}
	if st.stats.CapacityUnits != nil && st.usd > 0 {
		cost := st.units * st.usd
		st.stats.CostUSD = &cost
	}
	st.stats.Elapsed = time.Since(st.began)
	return nil
}

// Stats returns the figures so far.
func (st *stream) Stats() result.Stats { return st.stats }
