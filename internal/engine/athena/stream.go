package athena

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

// stream reads a finished query's result. Nothing runs in Athena any more, so
// closing it early has nothing to stop.
type stream struct {
	engine    *Engine
	id        string
	execution *types.QueryExecution
	progress  func(engine.Progress)
	pages     *pages
	schema    *arrow.Schema
	source    source
	stats     result.Stats
	began     time.Time
	err       error
	closed    bool
}

// source is one way of fetching a result's rows.
type source interface {
	// next returns the next batch, which has rows, or io.EOF. An *unusable error
	// means that this way is barred and no row was lost by trying it.
	next(ctx context.Context) (arrow.RecordBatch, error)
	// path names the way in Stats.Path.
	path() string
	close()
}

// unusable is why a result cannot be fetched in one of the ways.
type unusable struct{ why string }

func (u *unusable) Error() string { return u.why }

func newStream(ctx context.Context, e *Engine, id string, x *types.QueryExecution, progress func(engine.Progress), began time.Time) *stream {
	s := newStats(e, id, x, progress, began)
	s.pages = newPages(ctx, e.client, id)
	return s
}

// newStats makes a stream of which only the figures are known.
func newStats(e *Engine, id string, x *types.QueryExecution, progress func(engine.Progress), began time.Time) *stream {
	if progress == nil {
		progress = func(engine.Progress) {}
	}
	s := &stream{engine: e, id: id, execution: x, progress: progress, began: began}
	s.stats = result.Stats{RemoteID: id, CostUSD: e.cost(x)}
	if t := x.Statistics; t != nil {
		s.stats.BytesScanned = t.DataScannedInBytes
		s.stats.Queued = millis(t.QueryQueueTimeInMillis)
		s.stats.Ran = millis(t.EngineExecutionTimeInMillis)
		if t.DpuCount != nil {
			s.note(fmt.Sprintf("The query ran on reserved capacity (%g DPU), which is billed by time and not by bytes", *t.DpuCount))
		}
	}
	if reused(x) {
		s.note("Athena answered with the result of an earlier run of the same query")
	}
	if writes(x) {
		s.stats.RowsAffected = new(int64) // until the first page tells
	}
	return s
}

func (s *stream) note(text string) {
	if text != "" {
		s.stats.Notes = append(s.stats.Notes, text)
	}
}

// open reads the first page, which holds the columns and shows whether there
// are more rows than fit in it, and chooses the way for those.
func (s *stream) open(ctx context.Context, text string) error {
	s.progress(engine.Progress{State: "fetching", RemoteID: s.id, BytesScanned: aws.ToInt64(s.stats.BytesScanned)})
	p, err := s.pages.wait(ctx)
	if err != nil {
		return s.engine.resultFault(err, s.id)
	}
	if p == nil {
		return fault.Newf(fault.Unavailable, "Athena answered without a result for query %s", s.id)
	}
	if s.stats.RowsAffected != nil {
		// A write's only column repeats the count, or is the manifest.
		s.stats.RowsAffected = p.updateCount
		p.rows, p.columns = nil, nil
	}
	if text == "" {
		text = aws.ToString(s.execution.Query)
	}
	tabbed := s.execution.StatementType != types.StatementTypeDml
	header := (!tabbed || explains(text)) && isHeader(firstRow(p.rows), p.columns)
	s.schema = schemaOf(p.columns, firstValues(p.rows, len(p.columns), header))
	first := &pageSource{pages: s.pages, rows: p.rows, header: header, builder: newRowBuilder(s.schema, tabbed)}
	if s.choose(ctx, first, p) {
		return nil
	}
	s.pages.release()
	s.source = first
	return nil
}

// choose looks whether the result is to be read from its object in S3, and if
// so begins it. What bars a way that was asked for is noted.
func (s *stream) choose(ctx context.Context, first *pageSource, p *page) bool {
	fetch := s.engine.fetch
	if s.stats.RowsAffected != nil || fetch == fetchPages || len(p.columns) == 0 || p.next == "" && fetch != fetchS3 {
		return false
	}
	where, err := objectOf(s.execution)
	if err != nil {
		s.note(byPages + err.Error())
		return false
	}
	s.source = newObjectSource(ctx, s.engine, where, first, p, fetch == fetchS3)
	return true
}

const byPages = "The result was read page by page: "

func (s *stream) Schema() *arrow.Schema { return s.schema }

func (s *stream) Next(ctx context.Context) (arrow.RecordBatch, error) {
	if s.err == nil && ctx.Err() != nil {
		s.err = s.engine.fault(ctx.Err(), "read the result")
	}
	if s.err != nil {
		return nil, s.err
	}
	b, err := s.source.next(ctx)
	var barred *unusable
	if errors.As(err, &barred) {
		s.note(byPages + barred.why)
		b, err = s.goOnByPages(ctx)
	}
	if err != nil {
		if !errors.Is(err, io.EOF) {
			err = s.engine.resultFault(err, s.id)
		}
		s.err = err
		return nil, s.err
	}
	s.stats.Rows += b.NumRows()
	s.progress(engine.Progress{State: "fetching", RemoteID: s.id, Rows: s.stats.Rows, BytesScanned: aws.ToInt64(s.stats.BytesScanned)})
	return b, nil
}

// goOnByPages takes the first page's source in the place of one that is barred.
func (s *stream) goOnByPages(ctx context.Context) (arrow.RecordBatch, error) {
	if o, ok := s.source.(*objectSource); ok {
		o.stop()
		s.source = o.first
	}
	s.pages.release()
	return s.source.next(ctx)
}

// Close ends the stream and waits for what is on its way.
func (s *stream) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	if s.source != nil {
		s.stats.Path = s.source.path()
		s.source.close()
	}
	if s.pages != nil {
		s.pages.close()
	}
	if s.err == nil {
		s.err = fault.New(fault.Internal, "The stream was read after it was closed")
	}
	s.stats.Elapsed = time.Since(s.began)
	return nil
}

func (s *stream) Stats() result.Stats {
	st := s.stats
	if s.source != nil && !s.closed {
		st.Path = s.source.path()
	}
	return st
}

// isHeader reports whether the first row repeats the columns' names. Athena
// sends such a row for queries, and only in the first page; its place alone
// proves nothing.
func isHeader(row []cell, columns []columnInfo) bool {
	if len(columns) == 0 || len(row) != len(columns) {
		return false
	}
	for i, cell := range row {
		if !cell.known || cell.text != columns[i].name {
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
