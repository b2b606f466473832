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
	rows     []types.Row // of the page in hand, not yet handed over
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
	out, err := s.pages.wait(ctx)
	if err != nil {
		return s.engine.fault(err, "reading the result")
	}
	var columns []types.ColumnInfo
	if out.ResultSet != nil {
		s.rows = out.ResultSet.Rows
		if m := out.ResultSet.ResultSetMetadata; m != nil {
			columns = m.ColumnInfo
		}
	}
	if s.stats.RowsAffected != nil {
		// A write's only column repeats the count, or is the manifest.
		s.stats.RowsAffected = out.UpdateCount
		s.rows, columns = nil, nil
	}
	if (!s.tabbed || explains(text)) && isHeader(s.rows, columns) {
		s.rows = s.rows[1:]
	}
	s.schema = schemaOf(columns, s.rows)
	s.builder = result.NewTextBuilder(s.schema)
	return nil
}

func (s *stream) Schema() *arrow.Schema { return s.schema }

func (s *stream) Next(ctx context.Context) (arrow.RecordBatch, error) {
	if s.err != nil {
		return nil, s.err
	}
	for len(s.rows) == 0 {
		out, err := s.pages.wait(ctx)
		if err != nil {
			s.err = s.engine.fault(err, "reading the result")
			return nil, s.err
		}
		if out == nil {
			s.err = io.EOF
			return nil, s.err
		}
		if out.ResultSet != nil && s.schema.NumFields() > 0 {
			s.rows = out.ResultSet.Rows
		}
	}
	batch, err := s.convert()
	if err != nil {
		s.err = fault.Wrapf(err, fault.Internal, "Athena's result of query %s cannot be read", s.id)
		return nil, s.err
	}
	s.stats.Rows += batch.NumRows()
	s.progress(engine.Progress{State: "fetching", RemoteID: s.id, Rows: s.stats.Rows, BytesScanned: aws.ToInt64(s.stats.BytesScanned)})
	return batch, nil
}

// convert turns the page in hand into a batch.
func (s *stream) convert() (arrow.RecordBatch, error) {
	columns := s.schema.NumFields()
	s.builder.Reserve(len(s.rows))
	for _, row := range s.rows {
		data := row.Data
		if s.tabbed && columns > 1 && len(data) == 1 && data[0].VarCharValue != nil {
			data = splitTabs(*data[0].VarCharValue, columns)
		}
		for i := range columns {
			if i >= len(data) || data[i].VarCharValue == nil {
				s.builder.AppendNull(i)
				continue
			}
			if err := s.builder.Append(i, *data[i].VarCharValue); err != nil {
				return nil, err
			}
		}
		s.builder.EndRow()
	}
	s.rows = nil
	return s.builder.Batch(), nil
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
func isHeader(rows []types.Row, columns []types.ColumnInfo) bool {
	if len(rows) == 0 || len(columns) == 0 || len(rows[0].Data) != len(columns) {
		return false
	}
	for i, d := range rows[0].Data {
		if d.VarCharValue == nil || *d.VarCharValue != aws.ToString(columns[i].Name) {
			return false
		}
	}
	return true
}

// splitTabs cuts a cell of DESCRIBE and its kin, which pads its parts with spaces.
func splitTabs(cell string, columns int) []types.Datum {
	parts := strings.SplitN(cell, "\t", columns)
	data := make([]types.Datum, len(parts))
	for i, p := range parts {
		data[i].VarCharValue = aws.String(strings.TrimSpace(p))
	}
	return data
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
