package result

import (
	"context"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
)

// Fixed is a Stream over batches already in memory: the answer of a statement
// without rows, a small listing, a test. The stream takes over one reference to
// each batch.
func Fixed(schema *arrow.Schema, stats Stats, batches ...arrow.RecordBatch) Stream {
	return &fixed{schema: schema, stats: stats, batches: batches}
}

type fixed struct {
	schema  *arrow.Schema
	stats   Stats
	batches []arrow.RecordBatch
}

func (f *fixed) Schema() *arrow.Schema { return f.schema }

func (f *fixed) Next(ctx context.Context) (arrow.RecordBatch, error) {
	if len(f.batches) == 0 {
		return nil, io.EOF
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b := f.batches[0]
	f.batches = f.batches[1:]
	f.stats.Rows += b.NumRows()
	return b, nil
}

func (f *fixed) Close() error {
	for _, b := range f.batches {
		b.Release()
	}
	f.batches = nil
	return nil
}

func (f *fixed) Stats() Stats { return f.stats }
