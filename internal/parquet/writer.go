// Package parquet writes Arrow record batches as a Parquet file: flat columns,
// plain values, pages compressed with Zstandard, row groups of bounded size. It
// is a writer of its own because the libraries there are cost every start of
// the program more than they give: parquet-go 0.4 ms of initialisation, Arrow's
// 1.5 to 3 ms, and up to 24 MB of binary.
//
// It knows the format (github.com/apache/parquet-format) and no file.
//
//	w := parquet.NewWriter(file, schema, names, nil)
//	err := w.Write(batch)
//	...
//	err = w.Close()
package parquet

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/klauspost/compress/zstd"
)

const (
	magic = "PAR1"
	// pageBytes is where a page ends: large enough to compress well, small
	// enough to be held once for each column.
	pageBytes = 1 << 20
	pageRows  = 1 << 17
	// groupBytes bounds what is held of a row group, whose columns are written
	// one after the other; groupRows is what readers like to take at once.
	groupBytes = 16 << 20
	groupRows  = 1 << 20
)

// Numbers of parquet.thrift.
const (
	codecZstd     = 6
	encodingPlain = 0
	encodingRLE   = 3
	optional      = 1
	dataPage      = 0
)

// Writer writes one file. Close it.
type Writer struct {
	to      io.Writer
	at      int64 // bytes written
	schema  *arrow.Schema
	names   []string
	columns []*column
	zstd    *zstd.Encoder
	rows    int64
	pending int64 // rows of the open row group
	groups  []group
	err     error

	// Used again for each page, which would else be a megabyte to collect.
	raw, packed []byte
}

// group is a row group that was written.
type group struct {
	rows   int64
	bytes  int64 // before compression
	chunks []chunk
}

// chunk is a column of a row group.
type chunk struct {
	at                 int64
	values, raw, bytes int64
	nulls              int64
}

// column gathers the pages of the open row group.
type column struct {
	kind
	field arrow.Field
	text  Text // for types that are stored as text

	page  []byte // plain values of the open page
	valid []byte // a byte for each row of the open page
	nulls int    // of the open page

	done  []byte // finished pages
	chunk chunk
}

// NewWriter begins a file. names are the columns' names, which should differ.
// text gives, for each column whose type has no exact form in Parquet, what
// writes its values of a batch as text; it is asked once for each batch.
func NewWriter(to io.Writer, schema *arrow.Schema, names []string, text func(column int, a arrow.Array) Text) (*Writer, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(pageBytes))
	if err != nil {
		return nil, err
	}
	w := &Writer{to: to, schema: schema, names: names, zstd: encoder}
	for i, f := range schema.Fields() {
		k, ok := kindOf(f.Type)
		c := &column{kind: k, field: f}
		if !ok {
			c.kind = textKind()
			c.plain = func(b []byte, a arrow.Array, row int) ([]byte, error) {
				at := len(b)
				b = c.text(append(b, 0, 0, 0, 0), row)
				binary.LittleEndian.PutUint32(b[at:], uint32(len(b)-at-4))
				return b, nil
			}
		}
		w.columns = append(w.columns, c)
		if !ok && text == nil {
			return nil, fmt.Errorf("column %d is a %s, which Parquet has no form for", i, f.Type)
		}
		if !ok {
			c.textOf(i, text)
		}
	}
	return w, nil
}

// textOf makes the column ask for its text.
func (c *column) textOf(i int, text func(int, arrow.Array) Text) {
	plain := c.plain
	var of arrow.Array
	c.plain = func(b []byte, a arrow.Array, row int) ([]byte, error) {
		if a != of {
			c.text, of = text(i, a), a
		}
		return plain(b, a, row)
	}
}

// Write adds the batch's rows. The file's first bytes go out with the first
// rows, so that whoever waits for the file sees that it comes.
func (w *Writer) Write(batch arrow.RecordBatch) error {
	if w.err == nil {
		w.err = w.head()
	}
	if w.err != nil {
		return w.err
	}
	for from := 0; from < int(batch.NumRows()); {
		// Rows are taken in steps, so that a large batch cannot pass a bound.
		to := min(from+4096, int(batch.NumRows()))
		if w.err = w.take(batch, from, to); w.err != nil {
			return w.err
		}
		from = to
	}
	return nil
}

func (w *Writer) take(batch arrow.RecordBatch, from, to int) error {
	held := 0
	for i, c := range w.columns {
		if err := c.take(batch.Column(i), from, to); err != nil {
			return fmt.Errorf("column %q: %w", w.names[i], err)
		}
		if len(c.page) >= pageBytes || len(c.valid) >= pageRows {
			w.finishPage(c)
		}
		held += len(c.page) + len(c.done)
	}
	w.pending += int64(to - from)
	if held >= groupBytes || w.pending >= groupRows {
		return w.finishGroup()
	}
	return nil
}

func (c *column) take(a arrow.Array, from, to int) (err error) {
	nulls := a.NullN() > 0 || a.DataType().ID() == arrow.NULL
	for row := from; row < to; row++ {
		if nulls && (a.DataType().ID() == arrow.NULL || a.IsNull(row)) {
			c.valid = append(c.valid, 0)
			c.nulls++
			continue
		}
		c.valid = append(c.valid, 1)
		if c.page, err = c.plain(c.page, a, row); err != nil {
			return err
		}
	}
	return nil
}

// finishPage compresses the open page behind the finished ones.
func (w *Writer) finishPage(c *column) {
	rows := len(c.valid)
	if rows == 0 {
		return
	}
	raw := c.levels(w.raw[:0])
	if c.physical == physicalBoolean {
		raw = packBits(raw, c.page)
	} else {
		raw = append(raw, c.page...)
	}
	compressed := w.zstd.EncodeAll(raw, w.packed[:0])
	w.raw, w.packed = raw, compressed
	var h compact
	h.begin()
	h.i32(1, dataPage)
	h.i32(2, int32(len(raw)))
	h.i32(3, int32(len(compressed)))
	h.structure(5) // DataPageHeader
	h.i32(1, int32(rows))
	h.i32(2, encodingPlain)
	h.i32(3, encodingRLE)
	h.i32(4, encodingRLE)
	h.end()
	h.end()
	c.done = append(append(c.done, h.b...), compressed...)
	c.chunk.values += int64(rows)
	c.chunk.nulls += int64(c.nulls)
	c.chunk.raw += int64(len(h.b) + len(raw))
	c.page, c.valid, c.nulls = c.page[:0], c.valid[:0], 0
}

// levels writes into b, which is empty, which rows are not NULL, in the hybrid
// of run lengths and packed bits, behind its length.
func (c *column) levels(b []byte) []byte {
	rows := len(c.valid)
	b = append(slices.Grow(b, 4+rows/8+16+len(c.page)), 0, 0, 0, 0)
	if c.nulls == 0 {
		b = append(binary.AppendUvarint(b, uint64(rows)<<1), 1)
	} else {
		groups := (rows + 7) / 8
		b = binary.AppendUvarint(b, uint64(groups)<<1|1)
		b = packBits(b, c.valid)
	}
	binary.LittleEndian.PutUint32(b, uint32(len(b)-4))
	return b
}

// packBits appends a bit for each byte, the first in the lowest.
func packBits(b, flags []byte) []byte {
	start := len(b)
	b = append(b, make([]byte, bitutil.BytesForBits(int64(len(flags))))...)
	for i, v := range flags {
		b[start+i/8] |= v << (i % 8)
	}
	return b
}

// finishGroup writes the open row group.
func (w *Writer) finishGroup() error {
	if w.pending == 0 {
		return nil
	}
	if err := w.head(); err != nil {
		return err
	}
	g := group{rows: w.pending}
	for _, c := range w.columns {
		w.finishPage(c)
		c.chunk.at, c.chunk.bytes = w.at, int64(len(c.done))
		if err := w.put(c.done); err != nil {
			return err
		}
		g.bytes += c.chunk.raw
		g.chunks = append(g.chunks, c.chunk)
		c.done, c.chunk = c.done[:0], chunk{}
	}
	w.groups = append(w.groups, g)
	w.rows += w.pending
	w.pending = 0
	return nil
}

func (w *Writer) head() error {
	if w.at > 0 {
		return nil
	}
	return w.put([]byte(magic))
}

func (w *Writer) put(b []byte) error {
	n, err := w.to.Write(b)
	w.at += int64(n)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return err
}

// Close writes the last row group and what readers begin with, at the end of
// the file. It does not close the io.Writer.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	defer w.zstd.Close()
	if w.err = w.finishGroup(); w.err != nil {
		return w.err
	}
	if w.err = w.head(); w.err != nil {
		return w.err
	}
	footer := w.footer()
	footer = binary.LittleEndian.AppendUint32(footer, uint32(len(footer)))
	if err := w.put(append(footer, magic...)); err != nil {
		w.err = err
		return err
	}
	w.err = io.ErrClosedPipe // nothing may follow
	return nil
}

// footer is the struct FileMetaData.
func (w *Writer) footer() []byte {
	c := &compact{}
	c.begin()
	c.i32(1, 2) // version
	c.list(2, typeStruct, len(w.columns)+1)
	c.begin()
	c.text(4, "schema")
	c.i32(5, int32(len(w.columns)))
	c.end()
	for i, column := range w.columns {
		column.element(c, w.names[i])
	}
	c.i64(3, w.rows)
	c.list(4, typeStruct, len(w.groups))
	for _, g := range w.groups {
		w.group(c, g)
	}
	c.text(6, "fairlead")
	c.end()
	return c.b
}

// element is the struct SchemaElement.
func (k kind) element(c *compact, name string) {
	c.begin()
	c.i32(1, k.physical)
	if k.physical == physicalFixed {
		c.i32(2, k.length)
	}
	c.i32(3, optional)
	c.text(4, name)
	if k.converted >= 0 {
		c.i32(6, k.converted)
	}
	if k.decimal != nil {
		c.i32(7, k.decimal.Scale)
		c.i32(8, k.decimal.Precision)
	}
	if k.logical != nil {
		c.structure(10)
		k.logical(c)
		c.end()
	}
	c.end()
}

// group is the struct RowGroup.
func (w *Writer) group(c *compact, g group) {
	c.begin()
	c.list(1, typeStruct, len(g.chunks))
	for i, k := range g.chunks {
		c.begin() // ColumnChunk
		c.i64(2, 0)
		c.structure(3) // ColumnMetaData
		c.i32(1, w.columns[i].physical)
		c.list(2, typeI32, 2)
		c.number(encodingPlain)
		c.number(encodingRLE)
		c.list(3, typeBinary, 1)
		c.element(w.names[i])
		c.i32(4, codecZstd)
		c.i64(5, k.values)
		c.i64(6, k.raw)
		c.i64(7, k.bytes)
		c.i64(9, k.at)
		c.structure(12) // Statistics
		c.i64(3, k.nulls)
		c.end()
		c.end()
		c.end()
	}
	c.i64(2, g.bytes)
	c.i64(3, g.rows)
	c.end()
}
