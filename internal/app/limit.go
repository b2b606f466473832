package app

import (
	"context"
	"io"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/result"
)

// limited ends a stream after a number of rows and says that it did.
type limited struct {
	result.Stream
	left      int64
	delivered int64
	truncated bool
}

func limit(s result.Stream, rows int64) result.Stream { return &limited{Stream: s, left: rows} }

func (l *limited) Next(ctx context.Context) (arrow.RecordBatch, error) {
	if l.truncated {
		return nil, io.EOF
	}
	batch, err := l.Stream.Next(ctx)
	if err != nil {
		return nil, err
	}
	if l.left == 0 {
		// There was a row more than asked for, so the result is cut.
		batch.Release()
		l.truncated = true
		return nil, io.EOF
	}
	if n := batch.NumRows(); n > l.left {
		cut := batch.NewSlice(0, l.left)
		batch.Release()
		batch, l.truncated = cut, true
	}
	l.left -= batch.NumRows()
	l.delivered += batch.NumRows()
	return batch, nil
}

func (l *limited) Stats() result.Stats {
	s := l.Stream.Stats()
	s.Rows, s.Truncated = l.delivered, s.Truncated || l.truncated
	return s
}
