package parquet

import "encoding/binary"

// compact writes Thrift's compact protocol, in which Parquet's metadata is
// written (github.com/apache/thrift, doc/specs/thrift-compact-protocol.md).
// Fields of a struct are written in the order of their ids.
type compact struct {
	b    []byte
	last []int // the last field id of each open struct
}

const (
	typeTrue   = 1
	typeFalse  = 2
	typeI32    = 5
	typeI64    = 6
	typeBinary = 8
	typeList   = 9
	typeStruct = 12
)

// begin opens a struct that is a list's element or the document.
func (c *compact) begin() { c.last = append(c.last, 0) }

// end closes the struct that is open.
func (c *compact) end() {
	c.b = append(c.b, 0)
	c.last = c.last[:len(c.last)-1]
}

func (c *compact) field(id, typ int) {
	last := &c.last[len(c.last)-1]
	if delta := id - *last; delta > 0 && delta < 16 {
		c.b = append(c.b, byte(delta<<4|typ))
	} else {
		c.b = binary.AppendVarint(append(c.b, byte(typ)), int64(id))
	}
	*last = id
}

// structure opens a struct that is a field.
func (c *compact) structure(id int) {
	c.field(id, typeStruct)
	c.begin()
}

// empty is a struct without fields, as unions of logical types have.
func (c *compact) empty(id int) {
	c.structure(id)
	c.end()
}

func (c *compact) i32(id int, v int32) {
	c.field(id, typeI32)
	c.b = binary.AppendVarint(c.b, int64(v))
}

func (c *compact) i64(id int, v int64) {
	c.field(id, typeI64)
	c.b = binary.AppendVarint(c.b, v)
}

func (c *compact) i8(id int, v int8) {
	const typeI8 = 3
	c.field(id, typeI8)
	c.b = append(c.b, byte(v))
}

func (c *compact) boolean(id int, v bool) {
	if v {
		c.field(id, typeTrue)
	} else {
		c.field(id, typeFalse)
	}
}

func (c *compact) text(id int, s string) {
	c.field(id, typeBinary)
	c.element(s)
}

// list opens a list of size elements, which follow.
func (c *compact) list(id, typ, size int) {
	c.field(id, typeList)
	if size < 15 {
		c.b = append(c.b, byte(size<<4|typ))
		return
	}
	c.b = binary.AppendUvarint(append(c.b, byte(0xf0|typ)), uint64(size))
}

// element is a text in a list.
func (c *compact) element(s string) {
	c.b = append(binary.AppendUvarint(c.b, uint64(len(s))), s...)
}

// number is an i32 in a list.
func (c *compact) number(v int32) { c.b = binary.AppendVarint(c.b, int64(v)) }
