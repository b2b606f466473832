package spool

import (
	"context"
	"io"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/result"
)

// Stream returns all rows as a stream, for the sinks. It waits for rows that
// are still to come, and ends with the error that the result ended with. Several
// may run at once.
func (s *Spool) Stream() result.Stream { return &stream{s: s} }

type stream struct {
	s    *Spool
	next int // chunk
	rows int64
	err  error
}

func (r *stream) Schema() *arrow.Schema { return r.s.schema }

func (r *stream) Next(ctx context.Context) (arrow.RecordBatch, error) {
	for r.err == nil {
		grown := r.s.Grown() // before the look at what is there
		if chunks := r.s.snapshot(); r.next < len(chunks) {
			b, err := r.s.load(chunks[r.next])
			if err != nil {
				r.err = err
				break
			}
			r.next++
			r.rows += b.NumRows()
			return b, nil
		}
		if done, cause := r.s.Done(); done {
			if len(r.s.snapshot()) > r.next {
				continue // they came between the two looks
			}
			if r.err = cause; cause == nil {
				r.err = io.EOF
			}
			break
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return nil, r.err
}

// Close ends the reading; the spool stays open.
func (r *stream) Close() error {
	if r.err == nil {
		r.err = io.EOF
	}
	return nil
}

// Stats are those of the statement the rows came from.
func (r *stream) Stats() result.Stats {
	stats := r.s.Stats()
	stats.Rows = r.rows
	return stats
}

// streamRows is how many rows of a view are put in order at once. A sorted view
// takes them from everywhere, so that each block may read the whole spool: it
// is large, within what a process may hold.
const streamRows = 1 << 20

// firstRows is how many come first, so that a reader need not wait for a block.
const firstRows = 256

// Stream returns the view's rows, for the sinks.
func (v *View) Stream() result.Stream { return &viewStream{v: v} }

type viewStream struct {
	v     *View
	at    int64
	block arrow.RecordBatch
	given int64 // rows of the block
	err   error
}

func (r *viewStream) Schema() *arrow.Schema { return r.v.s.schema }

func (r *viewStream) Next(ctx context.Context) (arrow.RecordBatch, error) {
	if r.err != nil {
		return nil, r.err
	}
	if r.block == nil || r.given == r.block.NumRows() {
		if err := r.fill(ctx); err != nil {
			r.err = err
			return nil, err
		}
	}
	n := min(r.block.NumRows()-r.given, 16*chunkRows)
	b := r.block.NewSlice(r.given, r.given+n)
	r.given += n
	return b, nil
}

func (r *viewStream) fill(ctx context.Context) error {
	r.drop()
	count := min(r.v.rows-r.at, r.rowsAtOnce())
	if r.at == 0 {
		count = min(count, firstRows)
	}
	if count == 0 {
		return io.EOF
	}
	numbers, err := r.v.numbers(r.at, count)
	if err != nil {
		return err
	}
	if r.block, err = r.v.gather(ctx, numbers); err != nil {
		r.block = nil
		return err
	}
	r.at, r.given = r.at+count, 0
	return nil
}

// A block is a share of the whole, since each block of a view in no order reads
// all chunks once, within what a process may hold: there are three of it for a
// moment, as its rows were read, as one, and in order.
const (
	blocksWanted = 32
	leastBlock   = 8 << 20 // bytes
	mostBlock    = 64 << 20
)

// rowsAtOnce is how many rows make a block.
func (r *viewStream) rowsAtOnce() int64 {
	rows := rowsOf(r.v.chunks)
	if rows == 0 {
		return streamRows
	}
	var size int64
	for _, c := range r.v.chunks {
		size += int64(c.length)
	}
	block := min(max(size/blocksWanted, leastBlock), mostBlock)
	return max(1, min(streamRows, block*rows/max(size, 1)))
}

func (r *viewStream) drop() {
	if r.block != nil {
		r.block.Release()
		r.block = nil
	}
}

func (r *viewStream) Close() error {
	r.drop()
	if r.err == nil {
		r.err = io.EOF
	}
	return nil
}

func (r *viewStream) Stats() result.Stats {
	stats := r.v.s.Stats()
	stats.Rows = r.at
	return stats
}
