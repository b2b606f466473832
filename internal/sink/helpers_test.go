package sink

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// batchOf makes a batch whose columns are given as JSON arrays, which Arrow's
// own reader builds: an oracle apart from the code under test.
func batchOf(t testing.TB, fields []arrow.Field, columns ...string) arrow.RecordBatch {
	t.Helper()
	arrays := make([]arrow.Array, len(fields))
	rows := int64(0)
	for i, f := range fields {
		a, _, err := array.FromJSON(memory.DefaultAllocator, f.Type, strings.NewReader(columns[i]))
		if err != nil {
			t.Fatalf("column %s: %v", f.Name, err)
		}
		arrays[i], rows = a, int64(a.Len())
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), arrays, rows)
}

// texts makes a batch of text columns, which may hold any bytes. A nil pointer is NULL.
func texts(names []string, rows ...[]string) arrow.RecordBatch {
	fields := make([]arrow.Field, len(names))
	for i, n := range names {
		fields[i] = arrow.Field{Name: n, Type: arrow.BinaryTypes.String, Nullable: true}
	}
	schema := arrow.NewSchema(fields, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for _, row := range rows {
		for i, v := range row {
			if v == null {
				b.Field(i).AppendNull()
			} else {
				b.Field(i).(*array.StringBuilder).Append(v)
			}
		}
	}
	return b.NewRecordBatch()
}

// null stands for NULL in the rows of texts.
const null = "\x00NULL"

// render writes batches in a format.
func render(t testing.TB, format string, o Options, schema *arrow.Schema, batches ...arrow.RecordBatch) string {
	t.Helper()
	var out bytes.Buffer
	w, err := New(format, &out, schema, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range batches {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// lines joins the lines of a golden text.
func lines(l ...string) string { return strings.Join(l, "\n") + "\n" }

// textFormats are the formats whose output can be read as it is.
func textFormats() []Format {
	return slices.DeleteFunc(Formats(), func(f Format) bool { return Binary(f.Name) })
}
