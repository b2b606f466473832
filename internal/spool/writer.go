package spool

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

const (
	// chunkRows is how many rows are read back at least. A window of a sorted
	// view takes each of its rows from another chunk, so chunks are small; each
	// costs an entry of the index and some microseconds.
	chunkRows = 1024
	// chunkBytes makes chunks of wide rows shorter.
	chunkBytes = 1 << 20
	// segmentBytes is where a new file begins. Each is held open.
	segmentBytes = 256 << 20
)

// span is rows from (included) to (excluded) of a batch.
type span struct{ from, to int64 }

// pieces cuts a batch into chunks.
func pieces(b arrow.RecordBatch) []span {
	rows := b.NumRows()
	if rows == 0 {
		return nil
	}
	step := int64(chunkRows)
	if size := sizeOf(b); size > chunkBytes {
		step = min(step, max(1, rows*chunkBytes/size))
	}
	spans := make([]span, 0, (rows+step-1)/step)
	for from := int64(0); from < rows; from += step {
		spans = append(spans, span{from, min(from+step, rows)})
	}
	return spans
}

// sizeOf tells about how many bytes a batch takes, also one that is a part of a
// larger batch.
func sizeOf(b arrow.RecordBatch) int64 {
	var size int64
	for i := range int(b.NumCols()) {
		size += arraySize(b.Column(i))
	}
	return size
}

func arraySize(a arrow.Array) int64 {
	switch a := a.(type) {
	case *array.String:
		return int64(len(a.ValueBytes())) + 4*int64(a.Len())
	case *array.Binary:
		return int64(len(a.ValueBytes())) + 4*int64(a.Len())
	}
	if t, ok := a.DataType().(arrow.FixedWidthDataType); ok {
		return int64(t.BitWidth()) * int64(a.Len()) / 8
	}
	return dataSize(a.Data()) // of the whole buffers, for the types that are rare
}

func dataSize(d arrow.ArrayData) int64 {
	var size int64
	for _, buffer := range d.Buffers() {
		if buffer != nil {
			size += int64(buffer.Len())
		}
	}
	for _, child := range d.Children() {
		size += dataSize(child)
	}
	return size
}

// writer is the writing half of a spool. One goroutine uses it.
type writer struct {
	dir   string
	head  head
	index *os.File

	segment *os.File // the one that grows; readers read it too
	number  uint32   // of segment
	size    int64    // of segment
	total   int64    // of all segments
	entries int

	schema *arrow.Schema
	buffer bytes.Buffer
	ipc    *ipc.Writer
	failed error
	ended  bool
}

func newWriter(dir string, h head, schema *arrow.Schema) (*writer, error) {
	index, err := os.OpenFile(filepath.Join(dir, indexName), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	w := &writer{dir: dir, head: h, index: index, schema: schema}
	if _, err := index.Write(h.bytes()); err != nil {
		return nil, errors.Join(err, index.Close())
	}
	return w, nil
}

// put writes one chunk, first its rows, then its entry: what the index tells
// is there. It returns the file the rows are in.
func (w *writer) put(part arrow.RecordBatch, most int64) (chunk, *os.File, error) {
	if w.failed != nil {
		return chunk{}, nil, w.failed
	}
	message, err := w.encode(part)
	if err != nil {
		return chunk{}, nil, w.fail(err)
	}
	if int64(len(message)) > 1<<32-1 {
		return chunk{}, nil, w.fail(fmt.Errorf("a row of %d bytes", len(message)))
	}
	if most > 0 && w.total+int64(len(message)) > most {
		return chunk{}, nil, w.fail(errFull)
	}
	if w.segment == nil || w.size > segmentBytes {
		if err := w.begin(); err != nil {
			return chunk{}, nil, w.fail(err)
		}
	}
	c := chunk{segment: w.number, rows: uint32(part.NumRows()), offset: w.size, length: uint32(len(message)), sum: checksum(message)}
	if _, err := w.segment.Write(message); err != nil {
		return chunk{}, nil, w.fail(err)
	}
	if _, err := w.index.Write(c.bytes(w.entries)); err != nil {
		return chunk{}, nil, w.fail(err)
	}
	w.size += int64(len(message))
	w.total += int64(len(message))
	w.entries++
	return c, w.segment, nil
}

// fail keeps the first failure: after it nothing can be added.
func (w *writer) fail(err error) error {
	w.failed = err
	return err
}

// encode returns the batch as an IPC message, valid until the next call.
func (w *writer) encode(part arrow.RecordBatch) (message []byte, err error) {
	defer recovered(&err)
	skip := 0
	if w.ipc == nil {
		w.ipc = ipc.NewWriter(&w.buffer, ipc.WithSchema(w.schema))
		skip = len(w.head.schema) // it writes that first
	}
	w.buffer.Reset()
	if err := w.ipc.Write(part); err != nil {
		return nil, err
	}
	return w.buffer.Bytes()[skip:], nil
}

// begin starts the next segment.
func (w *writer) begin() error {
	if w.segment != nil {
		if _, err := w.segment.WriteString(endOfStream); err != nil {
			return err
		}
		w.number++
	}
	f, err := os.OpenFile(segmentPath(w.dir, w.number), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	w.segment = f
	if _, err := f.Write(w.head.schema); err != nil {
		return err
	}
	w.size = int64(len(w.head.schema))
	return nil
}

func segmentPath(dir string, number uint32) string {
	return filepath.Join(dir, fmt.Sprintf(segmentName, number))
}

// finish ends the segment and writes down what is known.
func (w *writer) finish(e end) error {
	if w.ended {
		return nil
	}
	w.ended = true
	var err error
	if w.segment != nil {
		_, err = w.segment.WriteString(endOfStream)
	}
	err = errors.Join(err, w.closeIndex())
	if err != nil {
		return err
	}
	return writeEnd(w.dir, e)
}

// close ends without finishing. The segments are the readers' to close.
func (w *writer) close() error {
	if w.failed == nil {
		w.failed = os.ErrClosed
	}
	return w.closeIndex()
}

func (w *writer) closeIndex() error {
	if w.index == nil {
		return nil
	}
	err := w.index.Close()
	w.index = nil
	return err
}

// recovered turns a panic of the Arrow library into an error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("arrow: %v", p)
	}
}
