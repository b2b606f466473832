package redshift

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/redshift/dataapi"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/session"
)

// dataStream hands over the pages of a result that the Data API keeps. One page
// is on its way while another is read.
type dataStream struct {
	client   *dataapi.Client
	id       string
	format   string
	schema   *arrow.Schema
	builder  *result.TextBuilder
	rows     rowReader
	total    int64           // rows that the service says there are, -1 when it does not
	own      context.Context // of what fetches, ends at Close
	coming   chan fetchedPage
	stop     context.CancelFunc
	limit    int // rows of the next batch
	progress func(engine.Progress)
	stats    result.Stats
	began    time.Time
	err      error // what Next returns from now on
	closed   bool
}

type fetchedPage struct {
	page dataapi.Page
	err  error
}

// open fetches the first page, which has the schema.
func (s *dataStream) open(ctx context.Context) error {
	p, err := s.client.Result(ctx, s.id, s.format, "")
	if err != nil {
		return err
	}
	s.schema, s.total, s.limit = dataSchema(p.Columns), p.Total, firstRows
	s.builder = result.NewTextBuilder(s.schema)
	s.own, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.turn(p)
	return nil
}

// turn begins a page and asks for the one behind it.
func (s *dataStream) turn(p dataapi.Page) {
	s.rows, s.coming = newRowReader(p, s.format), nil
	if p.Next == "" {
		return
	}
	coming := make(chan fetchedPage, 1) // holds the page even when nobody waits
	s.coming = coming
	go func() {
		next, err := s.client.Result(s.own, s.id, s.format, p.Next)
		coming <- fetchedPage{next, err}
	}()
}

func (s *dataStream) Schema() *arrow.Schema { return s.schema }

func (s *dataStream) Next(ctx context.Context) (arrow.RecordBatch, error) {
	if s.err != nil {
		return nil, s.err
	}
	more, err := s.fill(ctx)
	if err != nil {
		s.err = err
		return nil, err
	}
	if !more {
		s.done()
		if s.total >= 0 && s.stats.Rows+int64(s.builder.Rows()) != s.total {
			s.err = fault.Newf(fault.Unavailable, "The Data API told of %d rows and gave %d", s.total, s.stats.Rows+int64(s.builder.Rows())).
				WithRemedy("try again")
			return nil, s.err
		}
		if s.builder.Rows() == 0 {
			return nil, s.err
		}
	}
	s.stats.Rows += int64(s.builder.Rows())
	s.limit = batchRows
	if s.progress != nil {
		s.progress(engine.Progress{State: "fetching", RemoteID: s.id, Rows: s.stats.Rows})
	}
	return s.builder.Batch(), nil
}

// fill reads rows until the batch is full; more is false after the last row.
func (s *dataStream) fill(ctx context.Context) (more bool, err error) {
	for s.builder.Rows() < s.limit && s.builder.Bytes() < batchBytes {
		if err := ctx.Err(); err != nil {
			return false, session.Fault(err, dataService, "read the rows")
		}
		got, err := s.rows.next(s.builder)
		if err != nil {
			return false, fault.Wrap(err, fault.Internal, "The rows of the Data API cannot be read")
		}
		if got {
			continue
		}
		if s.coming == nil {
			return false, nil
		}
		select {
		case f := <-s.coming:
			s.coming = nil
			if f.err == nil && len(f.page.Columns) != s.schema.NumFields() {
				f.err = fmt.Errorf("a page has %d columns in place of %d", len(f.page.Columns), s.schema.NumFields())
			}
			if f.err != nil {
				return false, session.Fault(f.err, dataService, "fetch the next page")
			}
			s.turn(f.page)
		case <-ctx.Done():
			return false, session.Fault(ctx.Err(), dataService, "read the rows")
		}
	}
	return true, nil
}

// done marks the end of the rows.
func (s *dataStream) done() { s.err = io.EOF }

// Close ends what is being fetched. The statement has ended before its stream
// began; the service forgets its result by itself.
func (s *dataStream) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	if s.stop != nil {
		s.stop()
		if s.coming != nil {
			<-s.coming
			s.coming = nil
		}
	}
	if s.builder != nil {
		s.builder.Release()
	}
	if s.err == nil {
		s.err = fault.New(fault.Internal, "The stream was read after it was closed")
	}
	s.stats.Elapsed = time.Since(s.began)
	return nil
}

// Stats returns the figures so far.
func (s *dataStream) Stats() result.Stats { return s.stats }
