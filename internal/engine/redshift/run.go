package redshift

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/session"
)

// The size of a batch: the first one is small, so that a person sees rows soon.
const (
	firstRows  = 256
	batchRows  = 4096
	batchBytes = 256 << 10
)

// runWire sends the statement and waits for the description of its rows, or for
// its end when it has none.
func (e *Engine) runWire(ctx context.Context, s engine.Statement) (result.Stream, error) {
	began := time.Now()
	progress := s.Progress
	if progress == nil {
		progress = func(engine.Progress) {}
	}
	for {
		c, reused, err := e.take(ctx)
		if err != nil {
			return nil, err
		}
		if s.Submitted != nil {
			if err := s.Submitted(c.id()); err != nil {
				e.give(c)
				return nil, err
			}
		}
		progress(engine.Progress{State: "running", RemoteID: c.id()})
		st, err := e.send(ctx, c, s, began)
		if err == nil {
			st.progress = progress
			return st, nil
		}
		// An idle connection may have been cut meanwhile. What never ran is
		// safe to send again.
		var never *neverRan
		if reused && (pgconn.SafeToRetry(err) || errors.As(err, &never)) && ctx.Err() == nil {
			continue
		}
		return nil, statementFault(ctx, err, s.Text)
	}
}

// send runs the statement on c. On an error the connection is given back or closed.
func (e *Engine) send(ctx context.Context, c *conn, s engine.Statement, began time.Time) (*stream, error) {
	// The statement lives as long as its stream; ctx counts only until its
	// rows are described.
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	release := context.AfterFunc(ctx, cancel)
	values, oids := wireArgs(s.Args)
	// Asked for what the columns are, the server can be told how to send each.
	// Nothing runs yet, so a connection that had broken is no harm.
	described, err := c.pg.Prepare(own, "", s.Text, oids)
	if err != nil {
		late := !release() && ctx.Err() != nil
		cancel()
		return nil, e.notPrepared(c, err, late)
	}
	integerDates := c.pg.ParameterStatus("integer_datetimes") == "on"
	reader := c.pg.ExecPrepared(own, "", values, nil, formats(described.Fields, integerDates))
	st := &stream{engine: e, conn: c, text: s.Text, reader: reader, cancel: cancel, began: began, limit: firstRows}
	st.stats = result.Stats{Path: "wire", RemoteID: c.id()}
	// The server's word on the rows that come, which some statements have only
	// once they run.
	columns := reader.FieldDescriptions()
	if len(columns) > 0 && release() {
		st.schema = schemaOf(columns)
		st.builder = result.NewTextBuilder(st.schema)
		st.decode = decoders(st.builder, columns)
		return st, nil
	}
	// No rows to come, an error, or ctx ended in the last moment.
	if len(columns) > 0 {
		cancel()
	}
	tag, err := reader.Close()
	late := !release() && ctx.Err() != nil
	cancel()
	st.end(tag)
	st.stats.Notes = c.notes
	if late {
		c.discard() // a late cancel request must not hit the next statement
	} else {
		e.give(c)
	}
	if err == nil && len(columns) > 0 {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	st.conn, st.reader, st.err = nil, nil, io.EOF
	st.schema = arrow.NewSchema(nil, nil)
	return st, nil
}

// notPrepared ends a statement that the server refused or did not get.
func (e *Engine) notPrepared(c *conn, err error, late bool) error {
	if late || c.pg.IsClosed() || sqlState(err) == "" {
		c.discard() // a late cancel request must not hit the next statement
	} else {
		e.give(c)
	}
	if !late && (c.pg.IsClosed() || sqlState(err) == "") {
		return &neverRan{err}
	}
	return err
}

// neverRan is the break of a connection before its statement ran.
type neverRan struct{ error }

func (n *neverRan) Unwrap() error { return n.error }

// id is the server's process id of the connection, which its system tables and
// pg_cancel_backend know.
func (c *conn) id() string { return strconv.FormatUint(uint64(c.pg.PID()), 10) }

// stream hands over rows as the server sends them.
type stream struct {
	engine   *Engine
	conn     *conn // nil once given back
	text     string
	reader   *pgconn.ResultReader
	cancel   context.CancelFunc
	schema   *arrow.Schema
	builder  *result.TextBuilder
	decode   []decoder
	limit    int // rows of the next batch
	progress func(engine.Progress)
	stats    result.Stats
	began    time.Time
	err      error // what Next returns from now on
	closed   bool
}

func (s *stream) Schema() *arrow.Schema { return s.schema }

func (s *stream) Next(ctx context.Context) (arrow.RecordBatch, error) {
	if s.err != nil {
		return nil, s.err
	}
	release := context.AfterFunc(ctx, s.cancel)
	more, err := s.fill()
	if !release() && ctx.Err() != nil { // the statement is being cancelled
		s.finish()
		s.err = session.Fault(ctx.Err(), service, "read the rows")
		return nil, s.err
	}
	if err != nil {
		s.cancel()
		s.finish()
		s.err = fault.Wrap(err, fault.Internal, "Redshift's rows cannot be read")
		return nil, s.err
	}
	if !more {
		s.err = io.EOF
		if err := s.finish(); err != nil {
			s.err = statementFault(ctx, err, s.text)
		}
		if s.builder.Rows() == 0 || s.err != io.EOF {
			return nil, s.err
		}
	}
	s.stats.Rows += int64(s.builder.Rows())
	s.limit = batchRows
	s.progress(engine.Progress{State: "fetching", RemoteID: s.stats.RemoteID, Rows: s.stats.Rows})
	return s.builder.Batch(), nil
}

// fill reads rows until the batch is full; more is false after the last row.
func (s *stream) fill() (more bool, err error) {
	for s.builder.Rows() < s.limit && s.builder.Bytes() < batchBytes {
		if !s.reader.NextRow() {
			return false, nil
		}
		values := s.reader.Values()
		if len(values) != len(s.decode) {
			return false, fmt.Errorf("a row has %d values in place of %d", len(values), len(s.decode))
		}
		for i, v := range values {
			if v == nil {
				s.builder.AppendNull(i)
				continue
			}
			if err := s.decode[i](v); err != nil {
				return false, err
			}
		}
		s.builder.EndRow()
	}
	return true, nil
}

// finish ends the statement on the wire and gives the connection back, or cuts
// it when the statement was cancelled.
func (s *stream) finish() error {
	if s.conn == nil {
		return nil
	}
	tag, err := s.reader.Close()
	s.end(tag)
	c := s.conn
	s.conn = nil
	s.stats.Notes = append(s.stats.Notes, c.notes...)
	cancelled := sqlState(err) == "57014" || (err != nil && c.pg.IsClosed())
	if cancelled {
		c.discard()
	} else {
		s.engine.give(c)
	}
	s.cancel()
	return err
}

// end notes what the command tag tells.
func (s *stream) end(tag pgconn.CommandTag) {
	if tag.Insert() || tag.Update() || tag.Delete() {
		n := tag.RowsAffected()
		s.stats.RowsAffected = &n
	}
}

// Close cancels what still runs and waits until the server has let go.
func (s *stream) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	if s.conn != nil {
		s.abort()
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

// abort cancels the statement by a request beside the connection, reads what is
// still on its way, and closes the connection: a cancel request may arrive
// late, and must not hit another statement.
func (s *stream) abort() {
	c := s.conn
	s.conn = nil
	s.cancel()
	_, err := s.reader.Close()
	s.stats.Notes = append(s.stats.Notes, c.notes...)
	c.discard()
	if err != nil && sqlState(err) == "" {
		s.engine.cancelBackend(s.stats.RemoteID)
	}
}

// Stats returns the figures so far.
func (s *stream) Stats() result.Stats { return s.stats }
