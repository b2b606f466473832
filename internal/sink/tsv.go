package sink

import (
	"io"

	"github.com/apache/arrow-go/v18/arrow"
)

// tsvWriter writes tab-separated values as PostgreSQL's COPY does: tab, line
// feed, carriage return and backslash as \t, \n, \r and \\, and NULL as \N.
type tsvWriter struct {
	out     buffer
	columns []column
	fields  []arrow.Field
	null    string
	cell    []byte
	begun   bool
}

func newTSV(w io.Writer, schema *arrow.Schema, o Options) *tsvWriter {
	t := &tsvWriter{out: buffer{w: w}, columns: newColumns(schema, 'T'), fields: schema.Fields(), null: o.NullText}
	if t.null == "" {
		t.null = `\N`
	}
	return t
}

func (t *tsvWriter) Write(batch arrow.RecordBatch) error {
	t.header()
	if len(t.columns) == 0 {
		return nil
	}
	bind(t.columns, batch)
	for row := range int(batch.NumRows()) {
		for i := range t.columns {
			if i > 0 {
				t.out.b = append(t.out.b, '\t')
			}
			switch column := &t.columns[i]; {
			case column.null(row):
				t.out.b = append(t.out.b, t.null...)
			case column.look()&quiet != 0:
				t.out.b = column.appendText(t.out.b, row)
			default:
				t.cell = column.appendText(t.cell[:0], row)
				t.out.b = appendTSV(t.out.b, t.cell)
			}
		}
		t.out.b = append(t.out.b, '\n')
		if err := t.out.flushFull(); err != nil {
			return err
		}
	}
	return t.out.flushFirst()
}

func (t *tsvWriter) header() {
	if t.begun {
		return
	}
	t.begun = true
	for i, f := range t.fields {
		if i > 0 {
			t.out.b = append(t.out.b, '\t')
		}
		t.out.b = appendTSV(t.out.b, []byte(f.Name))
	}
	if len(t.fields) > 0 {
		t.out.b = append(t.out.b, '\n')
	}
}

func appendTSV(b, text []byte) []byte {
	for _, c := range text {
		switch c {
		case '\t':
			b = append(b, '\\', 't')
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\\':
			b = append(b, '\\', '\\')
		default:
			b = append(b, c)
		}
	}
	return b
}

func (t *tsvWriter) Close() error {
	t.header()
	return t.out.flush()
}

func (t *tsvWriter) abandon() error { return t.Close() }
