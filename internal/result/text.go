package result

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
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
	schema *arrow.Schema
	record *array.RecordBuilder
	cells  []func(text string) error
	rows   int
	bytes  int
	texts  []textColumn
}

// textColumn remembers how many bytes a text column had in the last batch, so
// that the next one's room is made in one go.
type textColumn struct {
	builder *array.StringBuilder
	bytes   int
}

// NewTextBuilder makes a builder for schema. It panics on an Arrow type that
// no engine of ours produces: that is a defect, not an input error.
func NewTextBuilder(schema *arrow.Schema) *TextBuilder {
	b := &TextBuilder{schema: schema, record: array.NewRecordBuilder(memory.DefaultAllocator, schema)}
	b.cells = make([]func(string) error, schema.NumFields())
	for i := range b.cells {
		b.cells[i] = cell(b.record.Field(i))
		if text, ok := b.record.Field(i).(*array.StringBuilder); ok {
			b.texts = append(b.texts, textColumn{builder: text})
		}
	}
	return b
}

// Append adds the value of column col to the current row. The text is not kept.
func (b *TextBuilder) Append(col int, text string) error {
	b.bytes += len(text)
	if err := b.cells[col](text); err != nil {
		f := b.schema.Field(col)
		if len(text) > 80 {
			text = text[:80] + "..."
		}
		return fmt.Errorf("column %q: %q is not a %s that can be held exactly: %w", f.Name, text, TypeName(f), err)
	}
	return nil
}

// AppendNull adds a NULL as the value of column col in the current row.
func (b *TextBuilder) AppendNull(col int) { b.record.Field(col).AppendNull() }

// EndRow counts the row whose columns were all appended.
func (b *TextBuilder) EndRow() { b.rows++ }

// Rows is the number of rows since the last batch.
func (b *TextBuilder) Rows() int { return b.rows }

// Bytes is the length of the text taken in since the last batch.
func (b *TextBuilder) Bytes() int { return b.bytes }

// Reserve makes room for rows more rows, whose texts are taken to be as long in
// all as those of the last batch.
func (b *TextBuilder) Reserve(rows int) {
	b.record.Reserve(rows)
	for _, t := range b.texts {
		t.builder.ReserveData(t.bytes + t.bytes/16)
	}
}

// Batch hands over the rows since the last batch, which the caller releases.
func (b *TextBuilder) Batch() arrow.RecordBatch {
	rows := int64(b.rows)
	b.rows, b.bytes = 0, 0
	for i := range b.texts {
		b.texts[i].bytes = b.texts[i].builder.DataLen()
	}
	if b.schema.NumFields() == 0 {
		return array.NewRecordBatch(b.schema, nil, rows)
	}
	return b.record.NewRecordBatch()
}

// Release frees what the builder holds.
func (b *TextBuilder) Release() { b.record.Release() }

// cell returns the function that reads a text into builder.
func cell(builder array.Builder) func(string) error {
	switch b := builder.(type) {
	case *array.StringBuilder:
		return func(s string) error { b.BinaryBuilder.AppendString(s); return nil }
	case *array.BooleanBuilder:
		return func(s string) error {
			v, err := parseBool(s)
			if err == nil {
				b.Append(v)
			}
			return err
		}
	case *array.Int8Builder:
		return integer(8, func(v int64) { b.Append(int8(v)) })
	case *array.Int16Builder:
		return integer(16, func(v int64) { b.Append(int16(v)) })
	case *array.Int32Builder:
		return integer(32, func(v int64) { b.Append(int32(v)) })
	case *array.Int64Builder:
		return integer(64, b.Append)
	case *array.Float32Builder:
		return float(32, func(v float64) { b.Append(float32(v)) })
	case *array.Float64Builder:
		return float(64, b.Append)
	case *array.BinaryBuilder:
		return hexadecimal(b)
	}
	return exactCell(builder)
}

// exactCell is cell for the types whose reading lives in exact.go.
func exactCell(builder array.Builder) func(string) error {
	switch b := builder.(type) {
	case *array.Decimal128Builder:
		t := b.Type().(*arrow.Decimal128Type)
		return func(s string) error {
			v, err := parseDecimal(s, t.Precision, t.Scale)
			if err == nil {
				b.Append(v)
			}
			return err
		}
	case *array.Date32Builder:
		return func(s string) error {
			v, err := parseDate(s)
			if err == nil {
				b.Append(v)
			}
			return err
		}
	case *array.TimestampBuilder:
		t := b.Type().(*arrow.TimestampType)
		return func(s string) error {
			v, err := parseTimestamp(s, t.Unit, t.TimeZone != "")
			if err == nil {
				b.Append(v)
			}
			return err
		}
	}
	panic(fmt.Sprintf("result: no reader of text for %s", builder.Type()))
}

func integer(bits int, add func(int64)) func(string) error {
	return func(s string) error {
		v, err := strconv.ParseInt(s, 10, bits)
		if err == nil {
			add(v)
		}
		return err
	}
}

func float(bits int, add func(float64)) func(string) error {
	return func(s string) error {
		v, err := strconv.ParseFloat(s, bits)
		if err == nil || (math.IsInf(v, 0) && strings.Contains(strings.ToLower(s), "inf")) {
			add(v)
			return nil
		}
		return err
	}
}

func parseBool(s string) (bool, error) {
	switch s {
	case "true", "t", "TRUE", "True":
		return true, nil
	case "false", "f", "FALSE", "False":
		return false, nil
	}
	return false, errSyntax
}

// hexadecimal reads bytes written as hex digits: in one run (Redshift's
// VARBYTE), behind \x (PostgreSQL's bytea) or in pairs with spaces between
// (Athena's varbinary).
func hexadecimal(b *array.BinaryBuilder) func(string) error {
	var buffer []byte
	return func(s string) error {
		s = strings.TrimPrefix(s, `\x`)
		buffer = buffer[:0]
		for len(s) > 0 {
			if s[0] == ' ' {
				s = s[1:]
				continue
			}
			if len(s) < 2 {
				return hex.ErrLength
			}
			high, low := digit(s[0]), digit(s[1])
			if high > 15 || low > 15 {
				return errSyntax
			}
			buffer = append(buffer, high<<4|low)
			s = s[2:]
		}
		b.Append(buffer)
		return nil
	}
}

// digit returns the value of a hex digit, or 255.
func digit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}
