package sink

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// orders makes a batch of eight columns as a sales table has them.
func orders(rows int) arrow.RecordBatch {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "order_id", Type: arrow.PrimitiveTypes.Int64},
		{Name: "customer", Type: arrow.BinaryTypes.String},
		{Name: "ordered_on", Type: arrow.FixedWidthTypes.Date32},
		{Name: "shipped_at", Type: &arrow.TimestampType{Unit: arrow.Microsecond}, Nullable: true},
		{Name: "amount", Type: &arrow.Decimal128Type{Precision: 18, Scale: 2}},
		{Name: "discount", Type: arrow.PrimitiveTypes.Float64},
		{Name: "note", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "returned", Type: arrow.FixedWidthTypes.Boolean},
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	begin := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range rows {
		b.Field(0).(*array.Int64Builder).Append(int64(i) * 7919)
		b.Field(1).(*array.StringBuilder).Append(fmt.Sprintf("Customer %05d", i%5000))
		b.Field(2).(*array.Date32Builder).Append(arrow.Date32FromTime(begin.AddDate(0, 0, i%730)))
		if i%10 == 0 {
			b.Field(3).AppendNull()
		} else {
			b.Field(3).(*array.TimestampBuilder).Append(arrow.Timestamp(begin.UnixMicro() + int64(i)*61_000_001))
		}
		b.Field(4).(*array.Decimal128Builder).Append(decimal128.FromI64(int64(i) * 1237 % 10_000_000))
		b.Field(5).(*array.Float64Builder).Append(float64(i%100) / 100)
		if i%3 == 0 {
			b.Field(6).AppendNull()
		} else {
			b.Field(6).(*array.StringBuilder).Append("leave at the door, please")
		}
		b.Field(7).(*array.BooleanBuilder).Append(i%50 == 0)
	}
	return b.NewRecordBatch()
}

// benchmark writes a million rows in batches of 10,000.
func benchmark(b *testing.B, format string) {
	const rows, million = 10_000, 1_000_000
	batch := orders(rows)
	defer batch.Release()
	b.ReportAllocs()
	for b.Loop() {
		w, err := New(format, io.Discard, batch.Schema(), Options{})
		if err != nil {
			b.Fatal(err)
		}
		for range million / rows {
			if err := w.Write(batch); err != nil {
				b.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(million)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkCSV(b *testing.B)      { benchmark(b, "csv") }
func BenchmarkJSONL(b *testing.B)    { benchmark(b, "jsonl") }
func BenchmarkTable(b *testing.B)    { benchmark(b, "table") }
func BenchmarkMarkdown(b *testing.B) { benchmark(b, "markdown") }
