package dynamodb

import (
	"encoding/base64"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/item"
	"github.com/fairleadhq/fairlead/internal/result"
)

// columnRows writes items into columns.
type columnRows struct {
	columns []column
	at      map[string]int
	spare   int // the overflow column, -1 when there is none
	arrow   *arrow.Schema
	record  *array.RecordBuilder
	row     []bool // which columns the item in hand has filled
	scratch []byte
	extra   []byte
}

// newColumnRows takes the columns, the last of which is the overflow if spare.
func newColumnRows(columns []column, spare bool) *columnRows {
	w := &columnRows{columns: columns, spare: -1, at: make(map[string]int, len(columns)), row: make([]bool, len(columns))}
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i], w.at[c.name] = c.field(), i
	}
	if spare {
		w.spare = len(columns) - 1
		delete(w.at, columns[w.spare].name) // an attribute so called has no column of its own
	}
	w.arrow = arrow.NewSchema(fields, nil)
	w.record = array.NewRecordBuilder(memory.DefaultAllocator, w.arrow)
	return w
}

func (w *columnRows) schema() *arrow.Schema { return w.arrow }

func (w *columnRows) release() { w.record.Release() }

func (w *columnRows) batch(items [][]byte) (arrow.RecordBatch, error) {
	w.record.Reserve(len(items))
	for _, it := range items {
		clear(w.row)
		w.extra = w.extra[:0]
		var err error
		good := item.Attributes(it, func(name, tag string, inner, value []byte) bool {
			err = w.place(name, tag, inner, value)
			return err == nil
		})
		switch {
		case err != nil:
			return nil, err
		case !good:
			return nil, item.ErrBroken
		case len(w.extra) > 0:
			w.row[w.spare] = true
			w.record.Field(w.spare).(*array.StringBuilder).BinaryBuilder.Append(append(w.extra, '}'))
		}
		for i, filled := range w.row {
			if !filled {
				w.record.Field(i).AppendNull()
			}
		}
	}
	return w.record.NewRecordBatch(), nil
}

// place puts an attribute into its column, or into the overflow when it has
// none or another type.
func (w *columnRows) place(name, tag string, inner, value []byte) error {
	i, ok := w.at[name]
	if ok && w.columns[i].takes(tag) {
		if w.row[i] {
			return fmt.Errorf("attribute %q comes twice in one item", name)
		}
		return w.put(i, tag, inner, value)
	}
	if w.spare < 0 {
		return fmt.Errorf("attribute %q of type %s has no column", name, tag)
	}
	if len(w.extra) == 0 {
		w.extra = append(w.extra, '{')
	} else {
		w.extra = append(w.extra, ',')
	}
	w.extra = append(item.AppendString(w.extra, name), ':')
	var err error
	w.extra, err = item.AppendPlainValue(w.extra, value)
	return err
}

// takes reports whether a value of type tag fits the column.
func (c column) takes(tag string) bool { return c.tag == "" || c.tag == tag || tag == "NULL" }

func (w *columnRows) put(i int, tag string, inner, value []byte) error {
	w.row[i] = true
	if w.columns[i].tag != "" && tag == "NULL" {
		w.record.Field(i).AppendNull()
		return nil
	}
	var err error
	switch b := w.record.Field(i).(type) {
	case *array.StringBuilder:
		if w.columns[i].tag != "" {
			b.BinaryBuilder.AppendString(item.Text(inner))
			return nil
		}
		if w.scratch, err = item.AppendPlainValue(w.scratch[:0], value); err == nil {
			b.BinaryBuilder.Append(w.scratch)
		}
	case *array.BooleanBuilder:
		b.Append(string(inner) == "true")
	case *array.BinaryBuilder:
		if w.scratch, err = base64.StdEncoding.AppendDecode(w.scratch[:0], []byte(item.Text(inner))); err == nil {
			b.Append(w.scratch)
		}
	}
	if err != nil {
		return fmt.Errorf("attribute %q: %w", w.columns[i].name, err)
	}
	return nil
}

// objectRows writes each item whole into one column: as plain JSON, or in
// DynamoDB's own typed form.
type objectRows struct {
	typed   bool
	only    []string // attributes to take in this order, nil for all
	arrow   *arrow.Schema
	builder *array.StringBuilder
	scratch []byte
}

func newObjectRows(typed bool, only []string) *objectRows {
	return &objectRows{
		typed: typed, only: only, builder: array.NewStringBuilder(memory.DefaultAllocator),
		arrow: arrow.NewSchema([]arrow.Field{result.RowField("item", "M")}, nil),
	}
}

func (w *objectRows) schema() *arrow.Schema { return w.arrow }

func (w *objectRows) release() { w.builder.Release() }

func (w *objectRows) batch(items [][]byte) (arrow.RecordBatch, error) {
	size := 0
	for _, it := range items {
		size += len(it)
	}
	w.builder.Reserve(len(items))
	w.builder.ReserveData(size)
	for _, it := range items {
		out, err := w.row(it)
		if err != nil {
			return nil, err
		}
		w.builder.BinaryBuilder.Append(out)
	}
	column := w.builder.NewStringArray()
	defer column.Release()
	return array.NewRecordBatch(w.arrow, []arrow.Array{column}, int64(len(items))), nil
}

// row writes one item, good until the next.
func (w *objectRows) row(it []byte) ([]byte, error) {
	if w.only != nil {
		it = pick(it, w.only)
	}
	var err error
	w.scratch, err = item.AppendPlain(w.scratch[:0], it) // also of a typed row: it proves that the item is whole
	if w.typed {
		return compactRow(it), err
	}
	return w.scratch, err
}

// compactRow takes line ends out of an item, which has them only between values.
func compactRow(it []byte) []byte {
	for i, c := range it {
		if c == '\n' || c == '\r' {
			out := append([]byte(nil), it...)
			for ; i < len(out); i++ {
				if out[i] == '\n' || out[i] == '\r' {
					out[i] = ' '
				}
			}
			return out
		}
	}
	return it
}

// pick keeps some attributes of an item, in the order of names.
func pick(it []byte, names []string) []byte {
	out := []byte{'{'}
	for _, name := range names {
		if value := item.Member(it, name); value != nil {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(append(item.AppendString(out, name), ':'), value...)
		}
	}
	return append(out, '}')
}
