package sink

import (
	"io"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
)

// flushAt is when the buffer is written: large against a system call's cost,
// small against the memory of a process.
const flushAt = 64 << 10

// buffer gathers output for a writer.
type buffer struct {
	w     io.Writer
	b     []byte
	begun bool // something was written
}

// flushFull writes the buffer once it holds enough.
func (b *buffer) flushFull() error {
	if len(b.b) < flushAt {
		return nil
	}
	return b.flush()
}

// flushFirst writes the first rows at once, for whoever waits for them.
func (b *buffer) flushFirst() error {
	if b.begun {
		return nil
	}
	return b.flush()
}

func (b *buffer) flush() error {
	if len(b.b) == 0 {
		return nil
	}
	b.begun = true
	n, err := b.w.Write(b.b)
	if err == nil && n < len(b.b) {
		err = io.ErrShortWrite
	}
	b.b = b.b[:0]
	return err
}

// column is a column of the result: its cell, chosen once from the schema, and
// the array of the batch at hand.
type column struct {
	cell
	array arrow.Array
	nulls bool // the array may hold NULL
}

// newColumns chooses the cells. between stands between a date and a time.
func newColumns(schema *arrow.Schema, between byte) []column {
	columns := make([]column, schema.NumFields())
	for i := range columns {
		columns[i].cell = newCell(schema.Field(i), between)
	}
	return columns
}

// bind points the columns at a batch.
func bind(columns []column, batch arrow.RecordBatch) {
	for i := range columns {
		columns[i].set(batch.Column(i))
	}
}

func (c *column) set(a arrow.Array) {
	c.array = a
	c.nulls = a.NullN() > 0 || a.DataType().ID() == arrow.NULL
	c.bind(a)
}

func (c *column) null(row int) bool {
	return c.nulls && (c.array.DataType().ID() == arrow.NULL || c.array.IsNull(row))
}

// json appends the value at row, or null.
func (c *column) json(b []byte, row int) []byte {
	if c.null(row) {
		return append(b, "null"...)
	}
	return c.appendJSON(b, row)
}

// uniqueNames returns the fields' names with a number behind those that came
// before: a, a_2. A number that would make another field's name is skipped.
func uniqueNames(fields []arrow.Field) []string {
	taken := make(map[string]bool, len(fields))
	for _, f := range fields {
		taken[f.Name] = true
	}
	seen := make(map[string]int, len(fields))
	names := make([]string, len(fields))
	for i, f := range fields {
		seen[f.Name]++
		names[i] = f.Name
		for n := seen[f.Name]; n > 1; n++ {
			if name := f.Name + "_" + strconv.Itoa(n); !taken[name] {
				names[i], taken[name], seen[f.Name] = name, true, n
				break
			}
		}
	}
	return names
}
