package local

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/binary"
	"io"
	"os"
	"slices"
)

// sorter orders records by their keys. What does not fit into its memory goes
// to sorted files, which are merged when they are read.
type sorter struct {
	dir    string
	memory int   // bytes kept before a file is written
	keep   int64 // only the first so many records matter; 0 for all

	arena   []byte
	records []record
	files   []*os.File
}

// record is a key and a payload that follow each other in the arena.
type record struct{ at, key, end int }

func (s *sorter) add(key, payload []byte) error {
	at := len(s.arena)
	s.arena = append(append(s.arena, key...), payload...)
	s.records = append(s.records, record{at, at + len(key), len(s.arena)})
	if len(s.arena)+24*len(s.records) < s.memory {
		return nil
	}
	if s.keep > 0 && s.keep < int64(len(s.records))/2 {
		s.shrink()
		return nil
	}
	return s.spill()
}

// sort orders the records in memory; equal keys stay in the order they came.
func (s *sorter) sort() {
	slices.SortStableFunc(s.records, func(a, b record) int {
		return bytes.Compare(s.arena[a.at:a.key], s.arena[b.at:b.key])
	})
}

// shrink drops what a LIMIT will never show.
func (s *sorter) shrink() {
	s.sort()
	var arena []byte
	kept := s.records[:s.keep]
	for i, r := range kept {
		at := len(arena)
		arena = append(arena, s.arena[r.at:r.end]...)
		kept[i] = record{at, at + r.key - r.at, len(arena)}
	}
	s.arena, s.records = arena, kept
}

// spill writes the records in memory to a file of their own.
func (s *sorter) spill() error {
	s.sort()
	file, err := os.CreateTemp(s.dir, "fairlead-sort-*")
	if err != nil {
		return err
	}
	// Where the system allows it the file has no name from here on, so that a
	// killed process leaves nothing; elsewhere close removes it.
	_ = os.Remove(file.Name())
	s.files = append(s.files, file)
	w := bufio.NewWriterSize(file, 1<<18)
	var head [2 * binary.MaxVarintLen64]byte
	for _, r := range s.records {
		n := binary.PutUvarint(head[:], uint64(r.key-r.at))
		n += binary.PutUvarint(head[n:], uint64(r.end-r.key))
		if _, err := w.Write(head[:n]); err != nil {
			return err
		}
		if _, err := w.Write(s.arena[r.at:r.end]); err != nil {
			return err
		}
	}
	s.arena, s.records = s.arena[:0], s.records[:0]
	if err := w.Flush(); err != nil {
		return err
	}
	_, err = file.Seek(0, io.SeekStart)
	return err
}

// merge begins the reading; nothing may be added after it.
func (s *sorter) merge() (*merged, error) {
	s.sort()
	m := &merged{}
	for i, f := range s.files {
		m.runs = append(m.runs, &run{order: i, file: bufio.NewReaderSize(f, 1<<16)})
	}
	m.runs = append(m.runs, &run{order: len(s.files), memory: s})
	live := m.runs[:0]
	for _, r := range m.runs {
		if err := r.advance(); err == nil {
			live = append(live, r)
		} else if err != io.EOF {
			return nil, err
		}
	}
	m.runs = live
	heap.Init(m)
	return m, nil
}

func (s *sorter) close() {
	for _, f := range s.files {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
	s.files, s.arena, s.records = nil, nil, nil
}

// run is one sorted source.
type run struct {
	order  int
	file   *bufio.Reader
	memory *sorter
	next   int

	key, payload []byte
	buffer       []byte
}

func (r *run) advance() error {
	if r.memory != nil {
		if r.next == len(r.memory.records) {
			return io.EOF
		}
		rec := r.memory.records[r.next]
		r.next++
		r.key, r.payload = r.memory.arena[rec.at:rec.key], r.memory.arena[rec.key:rec.end]
		return nil
	}
	key, err := binary.ReadUvarint(r.file)
	if err != nil {
		return err
	}
	payload, err := binary.ReadUvarint(r.file)
	if err != nil {
		return err
	}
	r.buffer = slices.Grow(r.buffer[:0], int(key+payload))[:key+payload]
	if _, err := io.ReadFull(r.file, r.buffer); err != nil {
		return err
	}
	r.key, r.payload = r.buffer[:key], r.buffer[key:]
	return nil
}

// merged reads all runs in order.
type merged struct {
	runs    []*run
	started bool
}

// next returns the next record, good until the next call, or io.EOF.
func (m *merged) next() (key, payload []byte, err error) {
	if m.started {
		switch err := m.runs[0].advance(); err {
		case nil:
			heap.Fix(m, 0)
		case io.EOF:
			heap.Pop(m)
		default:
			return nil, nil, err
		}
	}
	if m.started = true; len(m.runs) == 0 {
		m.started = false
		return nil, nil, io.EOF
	}
	return m.runs[0].key, m.runs[0].payload, nil
}

// Len, Less, Swap, Push and Pop make the runs a heap.
func (m *merged) Len() int { return len(m.runs) }

func (m *merged) Less(i, j int) bool {
	if c := bytes.Compare(m.runs[i].key, m.runs[j].key); c != 0 {
		return c < 0
	}
	return m.runs[i].order < m.runs[j].order
}

func (m *merged) Swap(i, j int) { m.runs[i], m.runs[j] = m.runs[j], m.runs[i] }

// Push is never called.
func (m *merged) Push(any) {}

// Pop drops the last.
func (m *merged) Pop() any {
	last := m.runs[len(m.runs)-1]
	m.runs = m.runs[:len(m.runs)-1]
	return last
}
