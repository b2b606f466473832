// Package sink writes a result to an io.Writer: as a table for the eye, or as
// CSV, TSV, JSON, JSON lines, Markdown, Parquet, Arrow, a sheet or SQL for what
// comes next.
//
// It knows formats and Arrow types, and neither a terminal nor a file: the
// width and the colours are told to it. Values are exact in every format:
// integers and decimals with all their digits, NULL apart from the empty text.
// A writer holds one buffer, whatever the size of the result; the table also
// holds the rows it measures.
//
//	w, err := sink.New("csv", os.Stdout, stream.Schema(), sink.Options{})
//	if err != nil { return err }
//	rows, err := sink.Copy(ctx, w, stream, nil)
//
// In every format, binary is base64 (RFC 4648), dates and times are ISO 8601
// (in table and markdown with a space for the T), and a list, map or struct is
// JSON. NaN and the infinities are "NaN", "Infinity" and "-Infinity".
package sink

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

// Writer takes record batches and writes their rows in one format.
type Writer interface {
	// Write takes the batch's rows, in order. It does not keep the batch's
	// reference; what it holds back it retains itself.
	Write(batch arrow.RecordBatch) error
	// Close writes what is held back and the format's end. It does not close
	// the io.Writer. Its error must be checked: a full disk may show only here.
	Close() error
}

// partial is an optional power of a Writer: write the rows held back without
// the format's end, for a result that broke off.
type partial interface {
	abandon() error
}

// Flusher is an optional power of a Writer whose rows stand alone: write all
// rows taken so far, so that a file of them can be gone on with later.
type Flusher interface {
	Flush() error
}

// Options are what differs between a terminal, a pipe and a file. The zero
// value is a pipe.
type Options struct {
	// Width is the terminal's width in columns; 0 means that nothing is cut.
	Width int
	// Color allows the escape sequences for bold and dim, in the table alone.
	Color bool
	// Sample is how many rows the table measures before it writes the first;
	// 0 means 1,000.
	Sample int
	// NullText stands for NULL in place of the format's own way of saying it.
	// JSON has only one way and ignores it.
	NullText string
	// Table is the name of the table in the statements of the insert format, and
	// Dialect their dialect: "trino" (also for ""), "redshift" or "partiql".
	Table, Dialect string
}

// Format describes a format for help texts and completion.
type Format struct {
	Name    string
	Endings []string // of file names, with the dot, in lower case
	Help    string   // one line
}

// Formats lists the formats in the order to show them.
func Formats() []Format {
	return []Format{
		{"table", nil, "aligned columns for the eye; cut to the width of a terminal"},
		{"csv", []string{".csv"}, `RFC 4180, with a header and \n line ends; NULL is empty, the empty text is ""`},
		{"tsv", []string{".tsv", ".tab"}, `tabs between, with a header; \t \n \r \\ are escaped, NULL is \N`},
		{"json", []string{".json"}, "one array with an object for each row"},
		{"jsonl", []string{".jsonl", ".ndjson"}, "an object on a line for each row"},
		{"dynamodb-json", nil, `DynamoDB's typed JSON, {"Item":{...}} on a line for each item, as its export and import take it`},
		{"markdown", []string{".md", ".markdown"}, "a table for a document"},
		{"parquet", []string{".parquet", ".pq"}, "columns with exact types, compressed, for analysis"},
		{"arrow", []string{".arrow", ".feather"}, "Arrow's own file format, also called Feather"},
		{"xlsx", []string{".xlsx"}, "a sheet for Excel and its kin, up to 1,048,575 rows; long numbers are text"},
		{"insert", []string{".sql"}, "INSERT statements in the connection's dialect"},
	}
}

// Binary reports whether a format is no text, and so not for a terminal.
func Binary(format string) bool { return format == "parquet" || format == "arrow" || format == "xlsx" }

// Holds reports whether a file of the format has room for so many rows, for who
// knows their number before the first is written. The error is a fault with code
// usage.
func Holds(format string, rows int64) error {
	if format == "xlsx" && rows >= sheetRows {
		return tooLong(fault.Usage)
	}
	return nil
}

// ForFile returns the format that a file's ending stands for, before the ending
// of a compression if there is one.
func ForFile(name string) (format string, ok bool) {
	name, _ = Compressed(strings.ToLower(name))
	for _, f := range Formats() {
		for _, ending := range f.Endings {
			if strings.HasSuffix(name, ending) {
				return f.Name, true
			}
		}
	}
	return "", false
}

// New makes a writer for rows of the schema. A format that does not exist is a
// fault with code usage. Nothing is written before the first Write or Close.
func New(format string, w io.Writer, schema *arrow.Schema, o Options) (Writer, error) {
	switch format {
	case "table":
		return newTable(w, schema, o), nil
	case "csv":
		return newCSV(w, schema, o), nil
	case "tsv":
		return newTSV(w, schema, o), nil
	case "json":
		return newJSON(w, schema, true), nil
	case "jsonl":
		return newJSON(w, schema, false), nil
	case "dynamodb-json":
		return newTypedItems(w, schema), nil
	case "markdown":
		return newMarkdown(w, schema, o), nil
	case "parquet":
		return newParquet(w, schema)
	case "arrow":
		return newArrow(w, schema)
	case "xlsx":
		return newXLSX(w, schema)
	case "insert":
		return newInsert(w, schema, o)
	}
	var names []string
	for _, f := range Formats() {
		names = append(names, f.Name)
	}
	return nil, fault.Newf(fault.Usage, "There is no format %q", format).
		WithRemedy("formats: " + strings.Join(names, ", "))
}

// Copy pulls the stream to its end into w, releases each batch and closes w.
// onBatch, when not nil, is told the rows written so far. rows is their number
// also when there is an error. An error of the stream is returned as it is,
// after what came before it was written, without the format's end; an error of
// writing is a fault with code output. The stream stays the caller's to close.
func Copy(ctx context.Context, w Writer, s result.Stream, onBatch func(rows int64)) (rows int64, err error) {
	for {
		batch, err := s.Next(ctx)
		if errors.Is(err, io.EOF) {
			return rows, written(w.Close())
		}
		if err != nil {
			if p, ok := w.(partial); ok {
				_ = p.abandon() // the stream's error is the one to tell
			}
			return rows, err
		}
		n := batch.NumRows()
		err = w.Write(batch)
		batch.Release()
		if err != nil {
			return rows, written(err)
		}
		rows += n
		if onBatch != nil {
			onBatch(rows)
		}
	}
}

func written(err error) error {
	if err == nil {
		return nil
	}
	var f *fault.Error
	if errors.As(err, &f) {
		return f // it says already what could not be written, and what to do
	}
	return fault.Wrap(err, fault.Output, "The result could not be written")
}
