package parquetfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Physical types of parquet.thrift.
const (
	pBoolean = iota
	pInt32
	pInt64
	pInt96
	pFloat
	pDouble
	pBytes
	pFixed
)

// element is one SchemaElement of the footer.
type element struct {
	physical    int
	length      int
	repetition  int // 0 required, 1 optional, 2 repeated
	name        string
	children    int
	converted   int // -1 for none
	scale       int
	precision   int
	logical     int // field id of the LogicalType union; 0 for none
	unit        int // of a timestamp: 1 millis, 2 micros, 3 nanos
	width       int // of an integer
	hasPhysical bool
}

// group is one RowGroup.
type group struct {
	rows   int64
	chunks []chunk
}

// chunk is where a leaf's values lie.
type chunk struct {
	codec      int
	values     int64
	data, dict int64 // offsets; dict is 0 for none
	size       int64 // compressed
}

func (c chunk) start() int64 {
	if c.dict > 0 && c.dict < c.data {
		return c.dict
	}
	return c.data
}

type footer struct {
	rows     int64
	elements []element
	groups   []group
}

const mostFooter = 64 << 20

// readFooter reads the metadata at the file's end.
func readFooter(r io.ReaderAt, size int64) (*footer, error) {
	if size < 12 {
		return nil, errors.New("the file is too short to be Parquet")
	}
	var tail [8]byte
	if _, err := r.ReadAt(tail[:], size-8); err != nil {
		return nil, unlessEOF(err)
	}
	length := int64(binary.LittleEndian.Uint32(tail[:4]))
	if string(tail[4:]) != "PAR1" {
		return nil, errors.New("the file is not Parquet: it does not end in PAR1")
	}
	if length > size-12 || length > mostFooter {
		return nil, fmt.Errorf("%w: %d bytes in a file of %d", errThrift, length, size)
	}
	buf := make([]byte, length)
	if _, err := r.ReadAt(buf, size-8-length); err != nil {
		return nil, unlessEOF(err)
	}
	f := &footer{}
	t := &thrift{buf: buf}
	t.fields(func(id int, kind byte) {
		switch {
		case id == 2 && kind == tList:
			t.list(func(byte) { f.elements = append(f.elements, readElement(t)) })
		case id == 3 && kind == tI64:
			f.rows = t.integer()
		case id == 4 && kind == tList:
			t.list(func(byte) { f.groups = append(f.groups, readGroup(t)) })
		default:
			t.skip(kind)
		}
	})
	return f, t.err
}

// unlessEOF keeps the end of a file from passing for the end of its rows.
func unlessEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func readElement(t *thrift) element {
	e := element{converted: -1}
	t.fields(func(id int, kind byte) {
		switch {
		case id == 1 && kind == tI32:
			e.physical, e.hasPhysical = int(t.integer()), true
		case id == 2 && kind == tI32:
			e.length = int(t.integer())
		case id == 3 && kind == tI32:
			e.repetition = int(t.integer())
		case id == 4 && kind == tBinary:
			e.name = t.text()
		case id == 5 && kind == tI32:
			e.children = int(t.integer())
		case id == 6 && kind == tI32:
			e.converted = int(t.integer())
		case id == 7 && kind == tI32:
			e.scale = int(t.integer())
		case id == 8 && kind == tI32:
			e.precision = int(t.integer())
		case id == 10 && kind == tStruct:
			readLogical(t, &e)
		default:
			t.skip(kind)
		}
	})
	return e
}

// readLogical reads the LogicalType union, of which one field is set.
func readLogical(t *thrift, e *element) {
	t.fields(func(id int, kind byte) {
		if kind != tStruct {
			t.skip(kind)
			return
		}
		e.logical = id
		t.fields(func(inner int, kind byte) {
			switch {
			case id == 5 && inner == 1 && kind == tI32: // DecimalType
				e.scale = int(t.integer())
			case id == 5 && inner == 2 && kind == tI32:
				e.precision = int(t.integer())
			case (id == 7 || id == 8) && inner == 2 && kind == tStruct: // TimeUnit
				t.fields(func(unit int, kind byte) { e.unit = unit; t.skip(kind) })
			case id == 10 && inner == 1 && kind == tByte: // IntType
				e.width = int(t.byte())
			default:
				t.skip(kind)
			}
		})
	})
}

func readGroup(t *thrift) group {
	var g group
	t.fields(func(id int, kind byte) {
		switch {
		case id == 1 && kind == tList:
			t.list(func(byte) { g.chunks = append(g.chunks, readChunk(t)) })
		case id == 3 && kind == tI64:
			g.rows = t.integer()
		default:
			t.skip(kind)
		}
	})
	return g
}

func readChunk(t *thrift) chunk {
	var c chunk
	t.fields(func(id int, kind byte) {
		if id != 3 || kind != tStruct {
			t.skip(kind)
			return
		}
		t.fields(func(id int, kind byte) { // ColumnMetaData
			switch {
			case id == 4 && kind == tI32:
				c.codec = int(t.integer())
			case id == 5 && kind == tI64:
				c.values = t.integer()
			case id == 7 && kind == tI64:
				c.size = t.integer()
			case id == 9 && kind == tI64:
				c.data = t.integer()
			case id == 11 && kind == tI64:
				c.dict = t.integer()
			default:
				t.skip(kind)
			}
		})
	})
	return c
}
