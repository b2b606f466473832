package dynamodb

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/partiql"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

// stream hands over a source's chunks as batches. Between pages nothing runs in
// DynamoDB, so closing early has only our own calls to stop.
type stream struct {
	engine    *Engine
	statement partiql.Statement
	table     table
	progress  func(engine.Progress)
	began     time.Time
	source    source
	meter     *meter
	scanner   *scanner // of a scan by call, which can be gone on with; else nil
	rows      rowWriter
	failed    func() int64    // statements of a group that failed
	notes     func() []string // told when the stream ends; nil for none

	stats  result.Stats
	err    error
	closed bool
}

// rowWriter turns items into batches of one schema.
type rowWriter interface {
	schema() *arrow.Schema
	batch(items [][]byte) (arrow.RecordBatch, error)
	release()
}

// open pulls up to the first chunk that holds items, which decides the columns.
func (st *stream) open(ctx context.Context, layout func(first *chunk) rowWriter) error {
	st.tell("running")
	first := &chunk{last: true}
	for {
		c, err := st.source.next(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			st.source.close()
			return st.word(err)
		}
		if st.stats.RemoteID == "" {
			st.stats.RemoteID = c.id
		}
		if first = c; len(c.items) > 0 || c.last {
			break
		}
		c.settled()
	}
	st.rows = layout(first)
	st.source = &replay{st.source, first}
	return nil
}

// word gives an error of a pull its words; those of calls have them.
func (st *stream) word(err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return err
	}
	return st.engine.fault(err, st.statement)
}

func (st *stream) Schema() *arrow.Schema { return st.rows.schema() }

func (st *stream) Next(ctx context.Context) (arrow.RecordBatch, error) {
	if st.err == nil && ctx.Err() != nil {
		st.err = st.engine.fault(ctx.Err(), st.statement)
	}
	if st.err != nil {
		return nil, st.err
	}
	for {
		c, err := st.source.next(ctx)
		if err == io.EOF {
			st.err = io.EOF
			return nil, st.err
		}
		if err != nil {
			st.err = st.word(err)
			return nil, st.err
		}
		if len(c.items) == 0 || st.rows.schema().NumFields() == 0 {
			c.settled()
			continue // pages without a match are common: the filter comes last
		}
		batch, err := st.rows.batch(c.items)
		if err != nil {
			st.err = fault.Wrap(err, fault.Internal, "DynamoDB's items cannot be read")
			return nil, st.err
		}
		c.settled()
		st.stats.Rows += batch.NumRows()
		st.tell("fetching")
		return batch, nil
	}
}

func (st *stream) tell(state string) {
	st.progress(engine.Progress{State: state, RemoteID: st.stats.RemoteID, Rows: st.stats.Rows})
}

// Close ends the stream.
func (st *stream) Close() error {
	if st.closed {
		return nil
	}
	st.closed = true
	st.source.close()
	st.rows.release()
	if st.err == nil {
		st.err = fault.New(fault.Internal, "The stream was read after it was closed")
	}
	st.stats = st.Stats()
	st.stats.Elapsed = time.Since(st.began)
	if st.notes != nil {
		st.stats.Notes = append(st.stats.Notes, st.notes()...)
	}
	if by := st.meter.byIndex(); by != "" {
		st.stats.Notes = append(st.stats.Notes, by)
	}
	return nil
}

// Stats returns the figures so far.
func (st *stream) Stats() result.Stats {
	s := st.stats
	s.CapacityUnits = st.meter.total()
	st.engine.priceOf(&s, st.table, st.statement.Reads())
	return s
}
