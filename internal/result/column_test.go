package result

import (
	"strconv"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

// Batch after batch, with and without NULL and rows, each column holds what was
// put into it and the batches before stay as they were.
func TestTextBuilderBatches(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "i", Type: arrow.PrimitiveTypes.Int64, Nullable: true}, {Name: "n", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
		{Name: "s", Type: arrow.BinaryTypes.String, Nullable: true}, {Name: "d", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
		{Name: "m", Type: &arrow.Decimal128Type{Precision: 9, Scale: 2}, Nullable: true},
		{Name: "t", Type: &arrow.TimestampType{Unit: arrow.Millisecond}, Nullable: true},
		{Name: "b", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
	}, nil)
	texts := []string{"42", "-7", "", "2024-02-29", "12.50", "2024-02-29 01:02:03", "true"}
	want := []string{"42", "-7", "", "2024-02-29", "12.5", "2024-02-29T01:02:03", "true"}
	b := NewTextBuilder(schema)
	defer b.Release()
	var batches []arrow.RecordBatch
	sizes := []int{0, 1, 17, 0, 9, 3}
	isNull := func(batch, row, col int) bool { return batch%2 == 0 && (row+col)%3 == 0 }
	for n, rows := range sizes {
		b.Reserve(rows / 2)
		for row := range rows {
			for col, text := range texts {
				if isNull(n, row, col) {
					b.AppendNull(col)
				} else if err := b.Append(col, text); err != nil {
					t.Fatal(err)
				}
			}
			b.EndRow()
		}
		batches = append(batches, b.Batch())
	}
	for n, batch := range batches {
		if batch.NumRows() != int64(sizes[n]) {
			t.Fatalf("batch %d has %d rows", n, batch.NumRows())
		}
		for col := range texts {
			a, nulls := batch.Column(col), 0
			for row := range sizes[n] {
				if isNull(n, row, col) {
					nulls++
				}
				if a.IsNull(row) != isNull(n, row, col) || a.IsValid(row) && a.ValueStr(row) != want[col] {
					t.Errorf("batch %d, row %d, column %d: %s", n, row, col, a.ValueStr(row))
				}
			}
			if a.NullN() != nulls || a.Len() != sizes[n] {
				t.Errorf("batch %d, column %d: %d NULL of %d", n, col, a.NullN(), a.Len())
			}
		}
		batch.Release()
	}
}

func FuzzParseInt(f *testing.F) {
	for _, s := range []string{"", "0", "-1", "+5", "007", "999999999", "2147483648", "9223372036854775808", "1_0", "12a", "999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, bits := range []int{32, 64} {
			want, wrong := strconv.ParseInt(s, 10, bits)
			if got, err := parseInt(s, bits); got != want || (err == nil) != (wrong == nil) {
				t.Errorf("%q: %d, %v; want %d, %v", s, got, err, want, wrong)
			}
		}
	})
}
