// Package parquetfile reads Parquet files as Athena's UNLOAD writes them: flat
// and nested columns, dictionaries, Snappy and gzip. It reads a batch of rows at
// a time, so that a file of any size takes the memory of a page of each column.
// Arrow's own reader is not used: its packages' start-up costs every run of the
// program several milliseconds.
//
// It knows Arrow, and neither a service nor where a file lies.
//
//	f, err := parquetfile.Open(readerAt, size)
//	for {
//		batch, err := f.Next(2048)
//		if err == io.EOF { break }
//	}
package parquetfile

import (
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// File is an open Parquet file. One goroutine uses it.
type File struct {
	r       io.ReaderAt
	footer  *footer
	columns []*node
	leaves  []*leaf
	schema  *arrow.Schema
	group   int   // the next row group
	left    int64 // rows of the present one
	err     error
}

// Open reads the file's footer.
func Open(r io.ReaderAt, size int64) (*File, error) {
	meta, err := readFooter(r, size)
	if err != nil {
		return nil, err
	}
	if len(meta.elements) == 0 {
		return nil, errThrift
	}
	var rows int64
	for _, g := range meta.groups {
		rows += g.rows
	}
	if rows != meta.rows {
		return nil, fmt.Errorf("%w: %d rows in its groups, %d in all", errThrift, rows, meta.rows)
	}
	f := &File{r: r, footer: meta}
	b := &treeBuilder{elements: meta.elements[1:], file: f}
	var fields []arrow.Field
	for range meta.elements[0].children {
		n, err := b.node(0, 0, 0)
		if err != nil {
			return nil, err
		}
		f.columns = append(f.columns, n)
		fields = append(fields, arrow.Field{Name: n.name, Type: n.arrow, Nullable: true})
	}
	f.schema = arrow.NewSchema(fields, nil)
	return f, nil
}

// Schema is the file's columns.
func (f *File) Schema() *arrow.Schema { return f.schema }

// Rows is how many rows the file has.
func (f *File) Rows() int64 { return f.footer.rows }

// Next returns up to most of the next rows, or io.EOF after the last.
func (f *File) Next(most int) (arrow.RecordBatch, error) {
	if f.err != nil {
		return nil, f.err
	}
	b, err := f.next(most)
	f.err = err
	return b, err
}

func (f *File) next(most int) (arrow.RecordBatch, error) {
	for f.left == 0 {
		if f.group == len(f.footer.groups) {
			return nil, io.EOF
		}
		g := f.footer.groups[f.group]
		f.group++
		if len(g.chunks) != len(f.leaves) || g.rows < 0 {
			return nil, errLevels
		}
		for i, l := range f.leaves {
			l.begin(f.r, g.chunks[i])
		}
		f.left = g.rows
	}
	n := int(min(int64(most), f.left))
	builder := array.NewRecordBuilder(memory.DefaultAllocator, f.schema)
	defer builder.Release()
	builder.Reserve(n)
	for i, c := range f.columns {
		for range n {
			if err := c.read(builder.Field(i)); err != nil {
				if errors.Is(err, io.EOF) {
					err = io.ErrUnexpectedEOF
				}
				return nil, fmt.Errorf("column %s: %w", c.name, err)
			}
		}
	}
	f.left -= int64(n)
	if f.left == 0 {
		for _, l := range f.leaves {
			if l.left != 0 || l.inPage != 0 || l.ready {
				return nil, errLevels
			}
		}
	}
	return builder.NewRecordBatch(), nil
}
