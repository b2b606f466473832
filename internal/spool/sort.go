package spool

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"
)

const (
	// runBytes is how much a sort holds in memory before it writes a sorted run.
	runBytes = 16 << 20
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
	arena []byte // what of the keys does not fit into their items
	runs  []*os.File
}

// item is a row with its key, which begins with a mark. The eight bytes behind
// the mark are kept in the item: they decide nearly every comparison, and are
// all there is of a number's key, so that no other memory is looked at.
type item struct {
	prefix uint64
	row    int64
	rest   int // where the key goes on in the arena
	size   int32
	mark   byte
}

const (
	itemSize   = 32
	inItem     = 1 + 8 // bytes of a key that an item holds
	nullPrefix = ^uint64(0)
)

func newSorter(dir string) *sorter { return &sorter{dir: dir, most: runBytes} }

// add takes the key of the next row, which is not empty.
func (s *sorter) add(row int64, key []byte) error {
	if len(s.items)*itemSize+len(s.arena)+len(key) > s.most && len(s.items) > 0 {
		if err := s.spill(); err != nil {
			return err
		}
	}
	it := item{prefix: prefixOf(key), row: row, rest: len(s.arena), size: int32(len(key)), mark: key[0]}
	s.arena = append(s.arena, key[it.held():]...)
	s.items = append(s.items, it)
	return nil
}

// prefixOf is a number that is ordered as the keys are, as far as it tells
// them apart. NULL, which comes behind all values, has the greatest.
func prefixOf(key []byte) uint64 {
	if key[0] != markValue {
		return nullPrefix
	}
	if len(key) >= inItem {
		return binary.BigEndian.Uint64(key[1:])
	}
	var b [8]byte
	copy(b[:], key[1:])
	return binary.BigEndian.Uint64(b[:])
}

// held is how many bytes of the key are in the item: of NULL, which other
// columns may follow, the mark alone.
func (it item) held() int {
	if it.mark != markValue {
		return 1
	}
	return min(int(it.size), inItem)
}

// tail is the key behind what the item holds.
func (s *sorter) tail(it item) []byte {
	return s.arena[it.rest : it.rest+int(it.size)-it.held()]
}

func (s *sorter) order() {
	slices.SortFunc(s.items, func(a, b item) int {
		if a.prefix != b.prefix {
			if a.prefix < b.prefix {
				return -1
			}
			return 1
		}
		return s.compareRest(a, b)
	})
}

// compareRest orders items of the same prefix.
func (s *sorter) compareRest(a, b item) int {
	if a.mark != b.mark {
		return cmp.Compare(a.mark, b.mark)
	}
	// Of keys that end within the prefix the shorter is the beginning of the longer.
	ha, hb := a.held(), b.held()
	if ha != hb {
		return cmp.Compare(ha, hb)
	}
	if int(a.size) > ha || int(b.size) > hb {
		if c := bytes.Compare(s.tail(a), s.tail(b)); c != 0 {
			return c
		}
	}
	return cmp.Compare(a.row, b.row)
}

// spill writes what is held as a sorted run.
func (s *sorter) spill() error {
	s.order()
	f, err := s.temp()
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, mergeBuffer)
	var head [inItem]byte
	for _, it := range s.items {
		head[0] = it.mark
		binary.BigEndian.PutUint64(head[1:], it.prefix)
		if err := writeItem(w, it.row, head[:it.held()], s.tail(it)); err != nil {
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
		err = merge(runs, func(row int64, key []byte) error { return writeItem(w, row, key, nil) })
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

func writeItem(w *bufio.Writer, row int64, key, rest []byte) error {
	var b [2*binary.MaxVarintLen64 + inItem]byte
	n := binary.PutUvarint(b[:], uint64(row))
	n += binary.PutUvarint(b[n:], uint64(len(key)+len(rest)))
	if len(key) <= inItem {
		n += copy(b[n:], key)
		key = nil
	}
	if _, err := w.Write(b[:n]); err != nil {
		return err
	}
	if len(key) > 0 {
		if _, err := w.Write(key); err != nil {
			return err
		}
	}
	if len(rest) == 0 {
		return nil
	}
	_, err := w.Write(rest)
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

// before orders runs by the key at hand, then by row.
func (r *run) before(other *run) bool {
	if r.prefix != other.prefix {
		return r.prefix < other.prefix
	}
	if c := bytes.Compare(r.key, other.key); c != 0 {
		return c < 0
	}
	return r.row < other.row
}

// sift brings the i-th run down to its place in a heap. (container/heap calls
// through an interface, which a merge of millions of rows feels.)
func sift(heap []*run, i int) {
	for {
		child := 2*i + 1
		if child >= len(heap) {
			return
		}
		if right := child + 1; right < len(heap) && heap[right].before(heap[child]) {
			child = right
		}
		if !heap[child].before(heap[i]) {
			return
		}
		heap[i], heap[child] = heap[child], heap[i]
		i = child
	}
}

// merge gives the items of sorted runs in order.
func merge(files []*os.File, to func(row int64, key []byte) error) error {
	var heap []*run
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
			heap = append(heap, r)
		}
	}
	for i := len(heap)/2 - 1; i >= 0; i-- {
		sift(heap, i)
	}
	for len(heap) > 0 {
		first := heap[0]
		if err := to(first.row, first.key); err != nil {
			return err
		}
		ok, err := first.next()
		if err != nil {
			return err
		}
		if !ok {
			last := len(heap) - 1
			heap[0] = heap[last]
			heap = heap[:last]
		}
		sift(heap, 0)
	}
	return nil
}
