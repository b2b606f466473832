package athena

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

// BenchmarkObjectRows is the work on a result's object without the network:
// 100,000 rows × 8 columns of CSV become record batches.
func BenchmarkObjectRows(b *testing.B) {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "order_id", Type: arrow.PrimitiveTypes.Int64}, {Name: "order_date", Type: arrow.FixedWidthTypes.Date32},
		{Name: "customer_id", Type: arrow.PrimitiveTypes.Int64}, {Name: "region", Type: arrow.BinaryTypes.String},
		{Name: "channel", Type: arrow.BinaryTypes.String}, {Name: "status", Type: arrow.BinaryTypes.String},
		{Name: "amount", Type: &arrow.Decimal128Type{Precision: 18, Scale: 2}}, {Name: "note", Type: arrow.BinaryTypes.String},
	}, nil)
	var text bytes.Buffer
	for i := range 100_000 {
		fmt.Fprintf(&text, "\"%d\",\"2024-%02d-%02d\",\"%d\",\"north\",\"web\",\"shipped\",\"%d.%02d\",\"a note of some words, as people write them\"\n",
			10_000_000+i, i%12+1, i%28+1, 700_000+i*7, i*13%5000, i%100)
	}
	source := &objectSource{}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		rows, builder := newCSVReader(bytes.NewReader(text.Bytes())), newRowBuilder(schema, false)
		for {
			end, err := source.fill(rows, builder)
			if err != nil && !errors.Is(err, io.EOF) {
				b.Fatal(err)
			}
			builder.Batch().Release()
			if end {
				break
			}
		}
		builder.Release()
	}
}
