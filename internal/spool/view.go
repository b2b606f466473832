package spool

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// View is the rows of a spool in another order, or some of them, as they were
// when it was made. It is a file of row numbers; the rows stay where they are.
// It is safe for concurrent use. Close it before its spool.
type View struct {
	s      *Spool
	chunks []chunk
	rows   int64

	mu   sync.RWMutex
	file *os.File // of row numbers, rowSize bytes each; nil when closed
}

const rowSize = 8

// View sorts and filters the rows that are there now. progress, when not nil,
// is told how many rows of how many were looked at; it is called from the
// calling goroutine.
func (s *Spool) View(ctx context.Context, q Query, progress func(done, total int64)) (*View, error) {
	conditions := make([]*condition, len(q.Filter))
	for i, f := range q.Filter {
		var err error
		if conditions[i], err = newCondition(s.schema, f); err != nil {
			return nil, err
		}
	}
	for _, k := range q.Sort {
		if k.Column < 0 || k.Column >= s.schema.NumFields() {
			return nil, noColumn(s.schema, k.Column)
		}
	}
	file, err := os.CreateTemp(s.dir, "view-*.rows")
	if err != nil {
		return nil, unwritable(s.dir, err)
	}
	v := &View{s: s, chunks: s.snapshot(), file: file}
	if err := v.make(ctx, q.Sort, conditions, progress); err != nil {
		_ = v.Close() // the view that was not made is no loss
		return nil, err
	}
	return v, nil
}

func (v *View) make(ctx context.Context, by []SortKey, conditions []*condition, progress func(done, total int64)) error {
	w := bufio.NewWriterSize(v.file, mergeBuffer)
	write := func(row int64) error {
		v.rows++
		var b [rowSize]byte
		binary.LittleEndian.PutUint64(b[:], uint64(row))
		if _, err := w.Write(b[:]); err != nil {
			return unwritable(v.s.dir, err)
		}
		return nil
	}
	sorter := newSorter(v.s.dir)
	defer sorter.close()
	keys := newKeys(v.s.schema)
	var key, buf []byte
	total := rowsOf(v.chunks)
	err := v.s.scan(ctx, v.chunks, func(c chunk, b arrow.RecordBatch) error {
		keys.bind(b)
		for row := range int(b.NumRows()) {
			if !all(conditions, keys, row, &buf) {
				continue
			}
			if len(by) == 0 {
				if err := write(c.first + int64(row)); err != nil {
					return err
				}
				continue
			}
			key = key[:0]
			for _, k := range by {
				key = keys.sort(key, k, row)
			}
			if err := sorter.add(c.first+int64(row), key); err != nil {
				return unwritable(v.s.dir, err)
			}
		}
		if progress != nil {
			progress(c.first+int64(c.rows), total)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(by) > 0 {
		n := 0
		err := sorter.each(func(row int64) error {
			if n++; n&0xffff == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			return write(row)
		})
		if err != nil {
			return readOrWrite(v.s.dir, err)
		}
	}
	if err := w.Flush(); err != nil {
		return unwritable(v.s.dir, err)
	}
	return nil
}

// readOrWrite gives an error of the sort's own files a message.
func readOrWrite(dir string, err error) error {
	var f *fault.Error
	if errors.As(err, &f) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return unwritable(dir, err)
}

func all(conditions []*condition, k *keys, row int, buf *[]byte) bool {
	for _, c := range conditions {
		if !c.holds(k, row, buf) {
			return false
		}
	}
	return true
}

// scan reads chunk after chunk.
func (s *Spool) scan(ctx context.Context, chunks []chunk, each func(chunk, arrow.RecordBatch) error) error {
	var buffer []byte
	for _, c := range chunks {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, err := s.loadInto(&buffer, c)
		if err != nil {
			return err
		}
		err = each(c, b)
		b.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

// Rows returns how many rows the view has.
func (v *View) Rows() int64 { return v.rows }

// Window returns the view's rows from from on: count of them, or as many as
// there are, and at most MostWindow. The caller releases them.
func (v *View) Window(ctx context.Context, from, count int64) (arrow.RecordBatch, error) {
	from, count = clamp(from, count, v.rows)
	numbers, err := v.numbers(from, count)
	if err != nil {
		return nil, err
	}
	return v.gather(ctx, numbers)
}

// Close deletes the view.
func (v *View) Close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.file == nil {
		return nil
	}
	err := errors.Join(v.file.Close(), os.Remove(v.file.Name()))
	v.file = nil
	return err
}

// numbers returns the spool's row numbers of some rows of the view.
func (v *View) numbers(from, count int64) ([]int64, error) {
	b := make([]byte, count*rowSize)
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.file == nil {
		return nil, fault.New(fault.Internal, "The view was closed")
	}
	if _, err := v.file.ReadAt(b, from*rowSize); err != nil {
		return nil, damaged(v.s.dir, err)
	}
	rows := rowsOf(v.chunks)
	numbers := make([]int64, count)
	for i := range numbers {
		numbers[i] = int64(binary.LittleEndian.Uint64(b[i*rowSize:]))
		if numbers[i] < 0 || numbers[i] >= rows {
			return nil, damaged(v.s.dir, errors.New("the view names a row that is not there"))
		}
	}
	return numbers, nil
}

// gather reads the rows of those numbers, each chunk once, and puts them in order.
func (v *View) gather(ctx context.Context, numbers []int64) (arrow.RecordBatch, error) {
	order := make([]int, len(numbers)) // places in numbers, by row number
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(numbers[a], numbers[b]) })
	var parts []arrow.RecordBatch
	defer func() { release(parts) }()
	var in []int
	var buffer []byte // what is taken of a chunk is copied
	for k := 0; k < len(order); {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c := v.chunks[find(v.chunks, numbers[order[k]])]
		in = in[:0]
		for ; k < len(order) && numbers[order[k]] < c.first+int64(c.rows); k++ {
			in = append(in, int(numbers[order[k]]-c.first))
		}
		b, err := v.s.loadInto(&buffer, c)
		if err != nil {
			return nil, err
		}
		part, err := take(b, in)
		b.Release()
		if err != nil {
			return nil, damaged(v.s.dir, err)
		}
		parts = append(parts, part)
	}
	byNumber, err := join(v.s.schema, parts)
	if err != nil || slices.IsSorted(order) {
		return byNumber, err
	}
	defer byNumber.Release()
	release(parts)
	parts = nil // before the third copy is made
	back := make([]int, len(order))
	for k, place := range order {
		back[place] = k
	}
	return take(byNumber, back)
}
