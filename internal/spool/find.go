package spool

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
)

// Find looks for the next cell whose text contains text, whatever the case,
// beginning with row from (included), forward or backward. Rows are counted as
// the view shows them, or as the spool does when v is nil. NULL contains nothing.
func (s *Spool) Find(ctx context.Context, v *View, text string, from int64, backward bool) (row int64, column int, found bool, err error) {
	f := &finder{s: s, folded: fold(text), keys: newKeys(s.schema)}
	if v == nil {
		chunks := s.snapshot()
		row, column, found, err = f.straight(ctx, chunks, from, backward)
		return row, column, found, err
	}
	return f.inView(ctx, v, from, backward)
}

type finder struct {
	s      *Spool
	folded folded
	keys   *keys
	buf    []byte
	chunk  []byte // read again into
}

// column returns the first column of the row that matches, or -1.
func (f *finder) column(row int) int {
	for c := range f.s.schema.NumFields() {
		var null bool
		if f.buf, null = f.keys.values.Append(f.buf[:0], c, row); !null && f.folded.in(f.buf) {
			return c
		}
	}
	return -1
}

// straight looks through the chunks in order.
func (f *finder) straight(ctx context.Context, chunks []chunk, from int64, backward bool) (int64, int, bool, error) {
	rows := rowsOf(chunks)
	step := int64(1)
	if backward {
		from, step = min(from, rows-1), -1
	} else {
		from = max(from, 0)
	}
	for from >= 0 && from < rows {
		if err := ctx.Err(); err != nil {
			return 0, 0, false, err
		}
		c := chunks[find(chunks, from)]
		b, err := f.s.loadInto(&f.chunk, c)
		if err != nil {
			return 0, 0, false, err
		}
		at, column := f.inChunk(b, from-c.first, step)
		b.Release()
		if column >= 0 {
			return c.first + at, column, true, nil
		}
		if from = c.first - 1; !backward {
			from = c.first + int64(c.rows)
		}
	}
	return 0, 0, false, nil
}

func (f *finder) inChunk(b arrow.RecordBatch, at, step int64) (row int64, column int) {
	f.keys.bind(b)
	for ; at >= 0 && at < b.NumRows(); at += step {
		if c := f.column(int(at)); c >= 0 {
			return at, c
		}
	}
	return 0, -1
}

// nearRows is how many rows of a view are looked at before all of the spool is:
// what is found is most often near.
const nearRows = 2048

// inView looks near first, and then marks all rows of the spool that match, one
// bit each, since a sorted view takes its rows from everywhere.
func (f *finder) inView(ctx context.Context, v *View, from int64, backward bool) (int64, int, bool, error) {
	if backward {
		from = min(from, v.rows-1)
	} else {
		from = max(from, 0)
	}
	if from < 0 || from >= v.rows {
		return 0, 0, false, nil
	}
	first, last := from, min(from+nearRows, v.rows)
	if backward {
		first, last = max(0, from-nearRows+1), from+1
	}
	near, err := v.Window(ctx, first, last-first)
	if err != nil {
		return 0, 0, false, err
	}
	step := int64(1)
	if backward {
		step = -1
	}
	at, column := f.inChunk(near, from-first, step)
	near.Release()
	if column >= 0 {
		return first + at, column, true, nil
	}
	marks, err := f.marks(ctx, v.chunks)
	if err != nil {
		return 0, 0, false, err
	}
	if from = last; backward {
		from = first - 1
	}
	return f.walk(ctx, v, marks, from, backward)
}

// marks returns a bit for each row, set where it matches.
func (f *finder) marks(ctx context.Context, chunks []chunk) ([]uint64, error) {
	marks := make([]uint64, (rowsOf(chunks)+63)/64)
	err := f.s.scan(ctx, chunks, func(c chunk, b arrow.RecordBatch) error {
		f.keys.bind(b)
		for row := range int(b.NumRows()) {
			if f.column(row) >= 0 {
				n := c.first + int64(row)
				marks[n/64] |= 1 << (n % 64)
			}
		}
		return nil
	})
	return marks, err
}

// walk goes through the view's row numbers to the first that is marked.
func (f *finder) walk(ctx context.Context, v *View, marks []uint64, from int64, backward bool) (int64, int, bool, error) {
	for from >= 0 && from < v.rows {
		if err := ctx.Err(); err != nil {
			return 0, 0, false, err
		}
		first, last := from, min(from+MostWindow, v.rows)
		if backward {
			first, last = max(0, from-MostWindow+1), from+1
		}
		numbers, err := v.numbers(first, last-first)
		if err != nil {
			return 0, 0, false, err
		}
		for i := range numbers {
			at := int64(i)
			if backward {
				at = last - first - 1 - at
			}
			if n := numbers[at]; marks[n/64]&(1<<(n%64)) != 0 {
				column, err := f.columnOf(ctx, v, first+at)
				return first + at, column, err == nil, err
			}
		}
		if from = last; backward {
			from = first - 1
		}
	}
	return 0, 0, false, nil
}

func (f *finder) columnOf(ctx context.Context, v *View, row int64) (int, error) {
	b, err := v.Window(ctx, row, 1)
	if err != nil {
		return 0, err
	}
	defer b.Release()
	f.keys.bind(b)
	return f.column(0), nil
}
