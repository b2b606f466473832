package spool

import (
	"bufio"
	"bytes"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"
)

const (
	// runBytes is how much a sort holds in memory before it writes a sorted run.
	runBytes = 32 << 20
	// mostRuns is how many runs are merged at once; each holds a buffer.
	mostRuns    = 64
	mergeBuffer = 64 << 10
)

// sorter orders rows by their keys on disk: it gathers keys, writes sorted
// runs, and merges them. Equal keys stay in the order of their rows.
type sorter struct {
	dir   string
	most  int // bytes in memory
	items []item
	arena []byte
	runs  []*os.File
}

// item is a row with its key. The first eight bytes of the key are kept beside
// it, since they decide nearly every comparison.
type item struct {
	prefix   uint64
	row      int64
	from, to int // of the key in the arena
}

const itemSize = 32

func newSorter(dir string) *sorter { return &sorter{dir: dir, most: runBytes} }

// add takes the key of the next row.
func (s *sorter) add(row int64, key []byte) error {
	if len(s.items)*itemSize+len(s.arena)+len(key) > s.most && len(s.items) > 0 {
		if err := s.spill(); err != nil {
			return err
		}
	}
	from := len(s.arena)
	s.arena = append(s.arena, key...)
	s.items = append(s.items, item{prefix: prefixOf(key), row: row, from: from, to: len(s.arena)})
	return nil
}

func prefixOf(key []byte) uint64 {
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	var b [8]byte
	copy(b[:], key)
	return binary.BigEndian.Uint64(b[:])
}

func (s *sorter) order() {
	slices.SortFunc(s.items, func(a, b item) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		if c := bytes.Compare(s.arena[a.from:a.to], s.arena[b.from:b.to]); c != 0 {
			return c
		}
		return cmp.Compare(a.row, b.row)
	})
}

// spill writes what is held as a sorted run.
func (s *sorter) spill() error {
	s.order()
	f, err := s.temp()
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, mergeBuffer)
	for _, it := range s.items {
		if err := writeItem(w, it.row, s.arena[it.from:it.to]); err != nil {
			return err
		}
	}
	s.items, s.arena = s.items[:0], s.arena[:0]
	if err := w.Flush(); err != nil {
		return err
	}
	if len(s.runs) < mostRuns {
		return nil
	}
	return s.mergeRuns()
}

// mergeRuns makes one run of all, so that their number stays bounded.
func (s *sorter) mergeRuns() error {
	runs := s.runs
	s.runs = nil
	f, err := s.temp()
	if err == nil {
		w := bufio.NewWriterSize(f, mergeBuffer)
		err = merge(runs, func(row int64, key []byte) error { return writeItem(w, row, key) })
		err = errors.Join(err, w.Flush())
	}
	return errors.Join(err, discard(runs))
}

// temp makes a file for a run, whose name is gone at once where the system
// allows that.
func (s *sorter) temp() (*os.File, error) {
	f, err := os.CreateTemp(s.dir, "sort-*.tmp")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(f.Name())
	s.runs = append(s.runs, f)
	return f, nil
}

func writeItem(w *bufio.Writer, row int64, key []byte) error {
	var b [2 * binary.MaxVarintLen64]byte
	n := binary.PutUvarint(b[:], uint64(row))
	n += binary.PutUvarint(b[n:], uint64(len(key)))
	if _, err := w.Write(b[:n]); err != nil {
		return err
	}
	_, err := w.Write(key)
	return err
}

// each gives the rows in order.
func (s *sorter) each(row func(int64) error) error {
	if len(s.runs) == 0 {
		s.order()
		for _, it := range s.items {
			if err := row(it.row); err != nil {
				return err
			}
		}
		return nil
	}
	if len(s.items) > 0 {
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.items, s.arena = nil, nil
	return merge(s.runs, func(n int64, _ []byte) error { return row(n) })
}

func (s *sorter) close() error {
	err := discard(s.runs)
	s.runs = nil
	return err
}

func discard(runs []*os.File) error {
	var err error
	for _, f := range runs {
		err = errors.Join(err, f.Close())
		_ = os.Remove(f.Name()) // gone already, but for Windows
	}
	return err
}

// run is a sorted run that is read back.
type run struct {
	in     *bufio.Reader
	row    int64
	key    []byte
	prefix uint64
}

// next reads the next item; false at the end.
func (r *run) next() (bool, error) {
	row, err := binary.ReadUvarint(r.in)
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	size, err := binary.ReadUvarint(r.in)
	if err != nil {
		return false, err
	}
	r.row = int64(row)
	r.key = slices.Grow(r.key[:0], int(size))[:size]
	if _, err := io.ReadFull(r.in, r.key); err != nil {
		return false, err
	}
	r.prefix = prefixOf(r.key)
	return true, nil
}

// runHeap is ordered by key, then by row.
type runHeap []*run

func (h runHeap) Len() int { return len(h) }
func (h runHeap) Less(i, j int) bool {
	a, b := h[i], h[j]
	if a.prefix != b.prefix {
		return a.prefix < b.prefix
	}
	if c := bytes.Compare(a.key, b.key); c != 0 {
		return c < 0
	}
	return a.row < b.row
}
func (h runHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *runHeap) Push(x any)   { *h = append(*h, x.(*run)) }
func (h *runHeap) Pop() any {
	last := len(*h) - 1
	r := (*h)[last]
	*h = (*h)[:last]
	return r
}

// merge gives the items of sorted runs in order.
func merge(files []*os.File, to func(row int64, key []byte) error) error {
	var h runHeap
	for _, f := range files {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		r := &run{in: bufio.NewReaderSize(f, mergeBuffer)}
		ok, err := r.next()
		if err != nil {
			return err
		}
		if ok {
			h = append(h, r)
		}
	}
	heap.Init(&h)
	for len(h) > 0 {
		first := h[0]
		if err := to(first.row, first.key); err != nil {
			return err
		}
		ok, err := first.next()
		if err != nil {
			return err
		}
		if ok {
			heap.Fix(&h, 0)
		} else {
			heap.Pop(&h)
		}
	}
	return nil
}
