package dynamodb

import (
	"fmt"
	"strings"
	"testing"
)

// benchItem is an item of about 300 bytes, as an import writes it.
func benchItem(i int) string {
	return fmt.Sprintf(`{"pk":{"S":"CUSTOMER#%07d"},"sk":{"S":"ORDER#%012d"},"g":{"S":"group-%d"},"total":{"N":"%d.25"},"open":{"BOOL":true},"note":{"S":"%s"},"lines":{"L":[{"M":{"sku":{"S":"SKU-%d"},"qty":{"N":"%d"}}},{"M":{"sku":{"S":"SKU-%d"},"qty":{"N":"2"}}}]}}`,
		i*7919%1000003, i, i%10, i, strings.Repeat("x", 80), i, i%9, i+1)
}

// BenchmarkBatchWrite is one BatchWriteItem of 25 items into a table with
// indexes that grows as the benchmark runs.
func BenchmarkBatchWrite(b *testing.B) {
	s := withTables(b)
	n := 0
	for b.Loop() {
		puts := make([]string, 25)
		for i := range puts {
			puts[i] = `{"PutRequest":{"Item":` + benchItem(n) + `}}`
			n++
		}
		if _, err := do(s, "BatchWriteItem", `{"RequestItems":{"idx":[`+strings.Join(puts, ",")+`]}}`); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "items/s")
}
