package spool

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// MostWindow is how many rows one window holds at most.
const MostWindow = 1 << 16

// Window returns the rows from from on: count of them, or as many as there are
// by now, and at most MostWindow. The caller releases them.
func (s *Spool) Window(ctx context.Context, from, count int64) (arrow.RecordBatch, error) {
	chunks := s.snapshot()
	from, count = clamp(from, count, rowsOf(chunks))
	var parts []arrow.RecordBatch
	defer func() { release(parts) }()
	for i := find(chunks, from); count > 0; i++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c := chunks[i]
		b, err := s.load(c)
		if err != nil {
			return nil, err
		}
		at := from - c.first
		n := min(count, int64(c.rows)-at)
		parts = append(parts, b.NewSlice(at, at+n))
		b.Release()
		from, count = from+n, count-n
	}
	return join(s.schema, parts)
}

// clamp keeps a window inside what is there.
func clamp(from, count, rows int64) (int64, int64) {
	from = min(max(from, 0), rows)
	return from, min(max(count, 0), rows-from, MostWindow)
}

// find returns the index of the chunk that holds row.
func find(chunks []chunk, row int64) int {
	return sort.Search(len(chunks), func(i int) bool { return chunks[i].first+int64(chunks[i].rows) > row })
}

func release(parts []arrow.RecordBatch) {
	for _, p := range parts {
		p.Release()
	}
}

// join makes one batch of several of the schema.
func join(schema *arrow.Schema, parts []arrow.RecordBatch) (b arrow.RecordBatch, err error) {
	defer recovered(&err)
	switch len(parts) {
	case 0:
		return empty(schema), nil
	case 1:
		parts[0].Retain()
		return parts[0], nil
	}
	var rows int64
	for _, p := range parts {
		rows += p.NumRows()
	}
	columns := make([]arrow.Array, schema.NumFields())
	defer func() {
		for _, c := range columns {
			if c != nil {
				c.Release()
			}
		}
	}()
	of := make([]arrow.Array, len(parts))
	for i := range columns {
		for k, p := range parts {
			of[k] = p.Column(i)
		}
		if columns[i], err = array.Concatenate(of, memory.DefaultAllocator); err != nil {
			return nil, fault.Wrap(err, fault.Internal, "The rows cannot be put together")
		}
	}
	return array.NewRecordBatch(schema, columns, rows), nil
}

func empty(schema *arrow.Schema) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	return b.NewRecordBatch()
}

// load reads the rows of a chunk, which the caller releases.
func (s *Spool) load(c chunk) (arrow.RecordBatch, error) {
	var message []byte
	return s.loadInto(&message, c)
}

// loadInto is load for who is done with the rows, and holds nothing of them,
// before the next are read: they lie in the buffer, which grows as it must.
func (s *Spool) loadInto(buffer *[]byte, c chunk) (arrow.RecordBatch, error) {
	message, err := s.read(c, *buffer)
	if err != nil {
		return nil, err
	}
	*buffer = message
	if checksum(message) != c.sum {
		return nil, damaged(s.dir, fmt.Errorf("rows %d to %d do not match their checksum", c.first, c.first+int64(c.rows)-1))
	}
	b, err := decode(s.head.schema, message)
	if err == nil && b.NumRows() != int64(c.rows) {
		b.Release()
		err = fmt.Errorf("%d rows in place of %d", b.NumRows(), c.rows)
	}
	if err != nil {
		return nil, damaged(s.dir, err)
	}
	return b, nil
}

// read returns the bytes of a chunk, in the buffer when they fit.
func (s *Spool) read(c chunk, buffer []byte) (message []byte, err error) {
	f, err := s.segment(c)
	if err == nil && c.length > 16*chunkBytes {
		err = holds(f, c) // before memory is taken for what a damaged index tells
	}
	if err == nil {
		message = slices.Grow(buffer[:0], int(c.length))[:c.length]
		_, err = f.ReadAt(message, c.offset)
	}
	switch {
	case err == nil:
		return message, nil
	case errors.Is(err, os.ErrClosed):
		return nil, fault.Wrap(err, fault.Internal, "The result was closed")
	case errors.Is(err, io.EOF):
		err = fmt.Errorf("rows %d to %d are cut off", c.first, c.first+int64(c.rows)-1)
	}
	return nil, damaged(s.dir, err)
}

func holds(f *os.File, c chunk) error {
	info, err := f.Stat()
	if err == nil && c.offset > info.Size()-int64(c.length) {
		err = io.EOF
	}
	return err
}

// segment returns the open file of a chunk's segment.
func (s *Spool) segment(c chunk) (*os.File, error) {
	s.mu.RLock()
	if !s.closed && int(c.segment) < len(s.segments) && s.segments[c.segment] != nil {
		defer s.mu.RUnlock()
		return s.segments[c.segment], nil
	}
	s.mu.RUnlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, os.ErrClosed
	}
	for len(s.segments) <= int(c.segment) {
		if len(s.segments) > len(s.chunks) {
			return nil, errors.New("the index names a segment that cannot be")
		}
		s.segments = append(s.segments, nil)
	}
	if s.segments[c.segment] == nil {
		f, err := os.Open(segmentPath(s.dir, c.segment))
		if err != nil {
			return nil, err
		}
		s.segments[c.segment] = f
	}
	return s.segments[c.segment], nil
}

// decode reads one chunk. The batch's values lie in message.
func decode(schema, message []byte) (b arrow.RecordBatch, err error) {
	defer recovered(&err)
	meta, _, err := cut(message)
	if err == nil {
		err = checkRows(meta)
	}
	if err != nil {
		return nil, err
	}
	m := &messages{rest: [][]byte{schema, message}}
	r, err := ipc.NewReaderFromMessageReader(m, ipc.WithAllocator(noMemory{}))
	if err != nil {
		return nil, err
	}
	defer r.Release()
	if !r.Next() {
		return nil, errors.Join(errors.New("no rows"), r.Err())
	}
	b = r.RecordBatch()
	if err := sound(b, len(message)); err != nil {
		return nil, err
	}
	b.Retain()
	return b, nil
}

// messages gives an IPC reader messages that are in memory, without copying them.
type messages struct {
	rest    [][]byte
	current *ipc.Message
}

// Message implements ipc.MessageReader.
func (m *messages) Message() (*ipc.Message, error) {
	if len(m.rest) == 0 {
		return nil, io.EOF
	}
	b := m.rest[0]
	m.rest = m.rest[1:]
	meta, body, err := cut(b)
	if err != nil {
		return nil, err
	}
	m.current = ipc.NewMessage(memory.NewBufferBytes(meta), memory.NewBufferBytes(body))
	return m.current, nil
}

// cut takes a message apart into its metadata and its body.
func cut(b []byte) (meta, body []byte, err error) {
	const mark = 8 // a continuation mark and the length of the metadata
	if len(b) < mark || !bytes.Equal(b[:4], []byte(endOfStream[:4])) {
		return nil, nil, errors.New("no IPC message")
	}
	size := int64(binary.LittleEndian.Uint32(b[4:]))
	if size > int64(len(b)-mark) {
		return nil, nil, errors.New("an IPC message that is cut off")
	}
	return b[mark : mark+size], b[mark+size:], nil
}

// Retain implements ipc.MessageReader; the messages belong to the collector.
func (m *messages) Retain() {}

// Release implements ipc.MessageReader.
func (m *messages) Release() {}
