package result

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// TextBuilder turns rows whose values arrive as text, as Athena and Redshift
// send them, into record batches. The Arrow type of a column decides how its
// text is read; a text that the type cannot hold exactly is an error, never a
// rounded value.
//
//	b := result.NewTextBuilder(schema)
//	defer b.Release()
//	b.Append(0, "42")
//	b.AppendNull(1)
//	b.EndRow()
//	batch := b.Batch()
type TextBuilder struct {
	schema  *arrow.Schema
	columns []textColumn
	rows    int
	bytes   int
}

// NewTextBuilder makes a builder for schema. It panics on an Arrow type that
// no engine of ours produces: that is a defect, not an input error.
func NewTextBuilder(schema *arrow.Schema) *TextBuilder {
	b := &TextBuilder{schema: schema, columns: make([]textColumn, schema.NumFields())}
	for i := range b.columns {
		b.columns[i] = newColumn(schema.Field(i).Type)
	}
	return b
}

// Append adds the value of column col to the current row. The text is not kept.
func (b *TextBuilder) Append(col int, text string) error {
	b.bytes += len(text)
	if err := b.columns[col].text(text); err != nil {
		f := b.schema.Field(col)
		if len(text) > 80 {
			text = text[:80] + "..."
		}
		return fmt.Errorf("column %q: %q is not a %s that can be held exactly: %w", f.Name, text, TypeName(f), err)
	}
	return nil
}

// AppendNull adds a NULL as the value of column col in the current row.
func (b *TextBuilder) AppendNull(col int) { b.columns[col].null() }

// EndRow counts the row whose columns were all appended.
func (b *TextBuilder) EndRow() { b.rows++ }

// Rows is the number of rows since the last batch.
func (b *TextBuilder) Rows() int { return b.rows }

// Bytes is the length of the text taken in since the last batch.
func (b *TextBuilder) Bytes() int { return b.bytes }

// Count adds to Bytes what was appended to a column directly.
func (b *TextBuilder) Count(bytes int) { b.bytes += bytes }

// Reserve makes room for batches of so many rows.
func (b *TextBuilder) Reserve(rows int) {
	for _, c := range b.columns {
		c.reserve(rows)
	}
}

// Batch hands over the rows since the last batch, which the caller releases.
func (b *TextBuilder) Batch() arrow.RecordBatch {
	arrays := make([]arrow.Array, len(b.columns))
	for i, c := range b.columns {
		arrays[i] = c.array()
	}
	batch := array.NewRecordBatch(b.schema, arrays, int64(b.rows))
	for _, a := range arrays {
		a.Release() // the batch has its own reference
	}
	b.rows, b.bytes = 0, 0
	return batch
}

// Release gives up the rows that were not handed over.
func (b *TextBuilder) Release() {
	for i, f := range b.schema.Fields() {
		b.columns[i] = newColumn(f.Type)
	}
}
