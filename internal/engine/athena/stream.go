package athena

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/rawpage"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

// stream reads a finished query's result. Nothing runs in Athena any more, so
// closing it early has nothing to stop.
type stream struct {
	engine   *Engine
	id       string
	progress func(engine.Progress)
	pages    *pages
	schema   *arrow.Schema
	rows     []byte // of the page in hand, not yet handed over
	header   bool   // the first of rows repeats the columns' names
	builder  *result.TextBuilder
	tabbed   bool // several columns may come in one cell, divided by tabs
	stats    result.Stats
	began    time.Time
	err      error
	closed   bool
}

func newStream(ctx context.Context, e *Engine, id string, x *types.QueryExecution, progress func(engine.Progress), began time.Time) *stream {
	s := &stream{engine: e, id: id, progress: progress, began: began, pages: newPages(ctx, e.client, id)}
	s.tabbed = x.StatementType != types.StatementTypeDml
	s.stats = result.Stats{RemoteID: id, Path: "pages", CostUSD: cost(x)}
	if t := x.Statistics; t != nil {
		s.stats.BytesScanned = t.DataScannedInBytes
		s.stats.Queued = millis(t.QueryQueueTimeInMillis)
		s.stats.Ran = millis(t.EngineExecutionTimeInMillis)
	}
	if reused(x) {
		s.stats.Notes = append(s.stats.Notes, "Athena answered with the result of an earlier run of the same query")
	}
	if writes(x) {
		s.stats.RowsAffected = new(int64) // until the first page tells
	}
	return s
}

// open reads the first page, which holds the columns.
func (s *stream) open(ctx context.Context, text string) error {
	s.progress(engine.Progress{State: "fetching", RemoteID: s.id, BytesScanned: aws.ToInt64(s.stats.BytesScanned)})
	p, err := s.pages.wait(ctx)
	if err != nil {
		return s.engine.fault(err, "read the result")
	}
	if s.stats.RowsAffected != nil {
		// A write's only column repeats the count, or is the manifest.
		s.stats.RowsAffected = p.updateCount
		p.rows, p.columns = nil, nil
	}
	if !s.tabbed || explains(text) {
		s.header = isHeader(firstRow(p.rows), p.columns)
	}
	s.rows = p.rows
	s.schema = schemaOf(p.columns, firstValues(p.rows, len(p.columns), s.header))
	s.builder = result.NewTextBuilder(s.schema)
	return nil
}

func (s *stream) Schema() *arrow.Schema { return s.schema }

func (s *stream) Next(ctx context.Context) (arrow.RecordBatch, error) {
	if s.err == nil && ctx.Err() != nil {
		s.err = s.engine.fault(ctx.Err(), "read the result")
	}
	if s.err != nil {
		return nil, s.err
	}
	for {
		if s.rows == nil {
			if s.err = s.turn(ctx); s.err != nil {
				return nil, s.err
			}
		}
		if err := s.convert(); err != nil {
			s.err = fault.Wrapf(err, fault.Internal, "Athena's result of query %s cannot be read", s.id)
			return nil, s.err
		}
		if n := s.builder.Rows(); n > 0 {
			s.stats.Rows += int64(n)
			s.progress(engine.Progress{State: "fetching", RemoteID: s.id, Rows: s.stats.Rows, BytesScanned: aws.ToInt64(s.stats.BytesScanned)})
			return s.builder.Batch(), nil
		}
	}
}

// turn takes the next page in hand.
func (s *stream) turn(ctx context.Context) error {
	p, err := s.pages.wait(ctx)
	switch {
	case err != nil:
		return s.engine.fault(err, "read the result")
	case p == nil:
		return io.EOF
	case s.schema.NumFields() > 0:
		s.rows = p.rows
	}
	return nil
}

// convert turns the page in hand into the builder's rows.
func (s *stream) convert() (err error) {
	columns := s.schema.NumFields()
	rawpage.Elements(s.rows, func(row []byte) bool {
		if s.header {
			s.header = false
			return true
		}
		at := 0
		if s.tabbed && columns > 1 {
			at, err = s.appendTabbed(row)
		} else {
			eachCell(row, func(i int, text string, known bool) {
				switch {
				case i >= columns || err != nil:
				case known:
					err = s.builder.Append(i, text)
				default:
					s.builder.AppendNull(i)
				}
				at = i + 1
			})
		}
		for ; at < columns; at++ {
			s.builder.AppendNull(at)
		}
		s.builder.EndRow()
		return err == nil
	})
	s.rows = nil
	return err
}

// appendTabbed appends a row of DESCRIBE and its kin, whose parts come in one
// cell, padded with spaces and divided by tabs; at is the number of columns filled.
func (s *stream) appendTabbed(row []byte) (at int, err error) {
	var cells []*string
	eachCell(row, func(_ int, text string, known bool) {
		if !known {
			cells = append(cells, nil)
			return
		}
		cells = append(cells, &text)
	})
	columns := s.schema.NumFields()
	if len(cells) == 1 && cells[0] != nil {
		parts := strings.SplitN(*cells[0], "\t", columns)
		cells = cells[:0]
		for _, p := range parts {
			p = strings.TrimSpace(p)
			cells = append(cells, &p)
		}
	}
	for i, c := range cells[:min(len(cells), columns)] {
		if c == nil {
			s.builder.AppendNull(i)
		} else if err := s.builder.Append(i, *c); err != nil {
			return i, err
		}
	}
	return min(len(cells), columns), nil
}

// Close ends the stream and waits for a page on its way.
func (s *stream) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	s.pages.close()
	if s.builder != nil {
		s.builder.Release()
	}
	s.rows = nil
	if s.err == nil {
		s.err = fault.New(fault.Internal, "The stream was read after it was closed")
	}
	s.stats.Elapsed = time.Since(s.began)
	return nil
}

func (s *stream) Stats() result.Stats { return s.stats }

// isHeader reports whether the first row repeats the columns' names. Athena
// sends such a row for queries, and only in the first page; its place alone
// proves nothing.
func isHeader(row []*string, columns []columnInfo) bool {
	if len(columns) == 0 || len(row) != len(columns) {
		return false
	}
	for i, cell := range row {
		if cell == nil || *cell != columns[i].name {
			return false
		}
	}
	return true
}

// writes reports whether the query changed rows, so that its UpdateCount means
// something; Athena counts 0 for a query that only reads.
func writes(x *types.QueryExecution) bool {
	switch aws.ToString(x.SubstatementType) {
	case "INSERT", "CREATE_TABLE_AS_SELECT", "UPDATE", "DELETE", "MERGE", "UNLOAD":
		return true
	case "":
		switch firstWord(aws.ToString(x.Query)) {
		case "INSERT", "UPDATE", "DELETE", "MERGE", "UNLOAD":
			return true
		}
	}
	return false
}

// explains reports whether the statement is an EXPLAIN, which Athena counts as
// a utility statement although its result has a header row.
func explains(text string) bool { return firstWord(text) == "EXPLAIN" }

// firstWord returns the statement's first word in capitals, comments skipped.
func firstWord(text string) string {
	for {
		text = strings.TrimLeft(text, " \t\r\n(")
		switch {
		case strings.HasPrefix(text, "--"):
			_, text, _ = strings.Cut(text, "\n")
		case strings.HasPrefix(text, "/*"):
			_, text, _ = strings.Cut(text, "*/")
		default:
			end := strings.IndexFunc(text, func(r rune) bool {
				return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '_'
			})
			if end >= 0 {
				text = text[:end]
			}
			return strings.ToUpper(text)
		}
	}
}

func millis(n *int64) time.Duration { return time.Duration(aws.ToInt64(n)) * time.Millisecond }
