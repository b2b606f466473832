package sink

import (
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/rivo/uniseg"

	"github.com/fairleadhq/fairlead/internal/result"
)

const (
	// sampleRows is how many rows are measured before the first is written.
	sampleRows = 1000
	// sampleCells bounds the measuring of very wide results.
	sampleCells = 200_000

	bold, dim, plain = "\x1b[1m", "\x1b[2m", "\x1b[0m"
)

// tableWriter writes aligned columns. It holds back the batches of the first
// rows to measure them, then streams: a later value that is wider than its
// column is cut on a terminal, and pushes its line to the right in a pipe.
type tableWriter struct {
	out     buffer
	columns []column
	fields  []arrow.Field
	o       Options

	held     []arrow.RecordBatch
	heldRows int
	layout   *layout // nil until the sample is measured
	cell     []byte
	line     []byte
}

func newTable(w io.Writer, schema *arrow.Schema, o Options) *tableWriter {
	if o.NullText == "" {
		o.NullText = "NULL"
	}
	if o.Sample <= 0 {
		o.Sample = sampleRows
	}
	if n := schema.NumFields(); n > 0 {
		o.Sample = max(1, min(o.Sample, sampleCells/n))
	}
	return &tableWriter{out: buffer{w: w}, columns: newColumns(schema, ' '), fields: schema.Fields(), o: o}
}

func (t *tableWriter) Write(batch arrow.RecordBatch) error {
	if len(t.columns) == 0 || batch.NumRows() == 0 {
		return nil
	}
	if t.layout != nil {
		return t.rows(batch)
	}
	batch.Retain()
	t.held = append(t.held, batch)
	t.heldRows += int(batch.NumRows())
	if t.heldRows < t.o.Sample {
		return nil
	}
	return t.begin()
}

// Close writes what is held back, and tells of columns for which there was no
// room.
func (t *tableWriter) Close() error {
	if err := t.begin(); err != nil {
		return err
	}
	if t.layout != nil && t.layout.hidden() > 0 {
		t.out.b = t.layout.appendHidden(t.out.b, t.fields, t.o)
	}
	return t.out.flush()
}

func (t *tableWriter) abandon() error { return t.Close() }

// begin measures the sample, then writes the header and the rows held back.
func (t *tableWriter) begin() error {
	if t.layout != nil || len(t.columns) == 0 {
		return nil
	}
	t.layout = t.measure()
	t.header()
	held := t.held
	t.held = nil
	defer func() {
		for _, b := range held {
			b.Release()
		}
	}()
	for _, b := range held {
		if err := t.rows(b); err != nil {
			return err
		}
	}
	return nil
}

func (t *tableWriter) measure() *layout {
	names, types, values := make([]int, len(t.columns)), make([]int, len(t.columns)), make([]int, len(t.columns))
	for i, f := range t.fields {
		names[i] = t.headWidth(f.Name)
		if t.o.Color {
			types[i] = t.headWidth(result.TypeName(f))
		}
	}
	null := uniseg.StringWidth(t.o.NullText)
	left := t.o.Sample
	for _, batch := range t.held {
		bind(t.columns, batch)
		rows := min(left, int(batch.NumRows()))
		left -= rows
		for i := range t.columns {
			for row := range rows {
				values[i] = max(values[i], t.width(&t.columns[i], row, null))
			}
		}
	}
	return newLayout(names, types, values, t.columns, t.o.Width)
}

func (t *tableWriter) headWidth(text string) int {
	_, w := appendClean(nil, []byte(text))
	return w
}

func (t *tableWriter) width(c *column, row, null int) int {
	if c.null(row) {
		return null
	}
	t.cell = c.appendText(t.cell[:0], row)
	if c.look()&quiet != 0 {
		return len(t.cell)
	}
	start := len(t.cell)
	var w int
	t.cell, w = appendClean(t.cell, t.cell[:start])
	return w
}

// header writes the names, the types where there is colour to set them apart,
// and a rule.
func (t *tableWriter) header() {
	t.heading(func(i int) string { return t.fields[i].Name }, bold)
	if t.o.Color {
		t.heading(func(i int) string { return result.TypeName(t.fields[i]) }, dim)
	}
	t.line = t.line[:0]
	for i, w := range t.layout.widths {
		if i > 0 {
			t.line = append(t.line, gutter...)
		}
		t.line = rule(t.line, w)
	}
	t.out.b = paint(t.out.b, string(t.line), dim, t.o.Color)
	t.out.b = append(t.out.b, '\n')
}

func (t *tableWriter) heading(text func(int) string, style string) {
	t.line = t.line[:0]
	for i := range t.layout.widths {
		clean, w := appendClean(nil, []byte(text(i)))
		t.place(i, string(clean), w, style)
	}
	t.endLine()
}

func (t *tableWriter) rows(batch arrow.RecordBatch) error {
	bind(t.columns, batch)
	for row := range int(batch.NumRows()) {
		t.line = t.line[:0]
		for i := range t.layout.widths {
			c := &t.columns[i]
			if c.null(row) {
				t.place(i, t.o.NullText, uniseg.StringWidth(t.o.NullText), dim)
				continue
			}
			t.cell = c.appendText(t.cell[:0], row)
			if c.look()&quiet != 0 {
				t.place(i, string(t.cell), len(t.cell), "")
				continue
			}
			start, w := len(t.cell), 0
			t.cell, w = appendClean(t.cell, t.cell[:start])
			t.place(i, string(t.cell[start:]), w, "")
		}
		t.endLine()
		if err := t.out.flushFull(); err != nil {
			return err
		}
	}
	return nil
}

// place appends a clean text of width w to the line as column i.
func (t *tableWriter) place(i int, text string, w int, style string) {
	room := t.layout.widths[i]
	if i > 0 {
		t.line = append(t.line, gutter...)
	}
	if t.o.Width > 0 {
		text, w = cut(text, w, room)
	}
	if t.columns[i].look()&right != 0 {
		t.line = pad(t.line, room-w)
		t.line = paint(t.line, text, style, t.o.Color)
		return
	}
	t.line = paint(t.line, text, style, t.o.Color)
	t.line = pad(t.line, room-w)
}

// endLine moves the line to the buffer without the spaces at its end.
func (t *tableWriter) endLine() {
	n := len(t.line)
	for n > 0 && t.line[n-1] == ' ' {
		n--
	}
	t.out.b = append(append(t.out.b, t.line[:n]...), '\n')
}

func paint(b []byte, text, style string, color bool) []byte {
	if !color || style == "" || text == "" {
		return append(b, text...)
	}
	b = append(b, style...)
	b = append(b, text...)
	return append(b, plain...)
}
