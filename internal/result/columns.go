package result

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// textColumn gathers the values of one column. It is a plain slice and a
// bitmap: Arrow's own builders check and reserve at every value, which costs
// more than reading the text.
type textColumn interface {
	text(s string) error
	null()
	reserve(rows int)
	array() arrow.Array // hands over what was gathered
}

// validity marks the NULLs of a column. It has no bitmap until there is one.
type validity struct {
	bits  []byte
	rows  int
	nulls int
}

func (v *validity) valid() {
	if v.bits != nil {
		v.grow()
		v.bits[v.rows>>3] |= 1 << (v.rows & 7)
	}
	v.rows++
}

func (v *validity) null() {
	if v.bits == nil {
		v.bits = make([]byte, v.rows/8+1, max(v.rows/4, 64))
		for i := range v.rows / 8 {
			v.bits[i] = 0xff
		}
		v.bits[v.rows/8] = 1<<(v.rows&7) - 1
	}
	v.grow()
	v.nulls++
	v.rows++
}

// grow makes room for the bit of the next row.
func (v *validity) grow() {
	if v.rows>>3 >= len(v.bits) {
		v.bits = append(v.bits, 0)
	}
}

// hand gives up the bitmap and begins anew.
func (v *validity) hand() (bits *memory.Buffer, rows, nulls int) {
	rows, nulls = v.rows, v.nulls
	if nulls > 0 {
		bits = memory.NewBufferBytes(v.bits)
	}
	*v = validity{}
	return bits, rows, nulls
}

// Column gathers values of a fixed size, so that an engine whose wire is binary
// can add them without a text in between.
type Column[T any] struct {
	validity
	kind   arrow.DataType
	values []T
	parse  func(string) (T, error)
	room   int // rows to make room for
}

// ColumnOf returns column i of b when its values have the type T.
func ColumnOf[T any](b *TextBuilder, i int) (c *Column[T], ok bool) {
	c, ok = b.columns[i].(*Column[T])
	return c, ok
}

// Append adds a value to the current row.
func (c *Column[T]) Append(v T) {
	if c.values == nil {
		c.values = make([]T, 0, max(c.room, 64))
	}
	c.values = append(c.values, v)
	c.valid()
}

func (c *Column[T]) text(s string) error {
	v, err := c.parse(s)
	if err == nil {
		c.Append(v)
	}
	return err
}

func (c *Column[T]) null() {
	var zero T
	c.values = append(c.values, zero)
	c.validity.null()
}

func (c *Column[T]) reserve(rows int) { c.room = rows }

func (c *Column[T]) array() arrow.Array {
	bits, rows, nulls := c.hand()
	c.room = max(c.room, rows)
	values := c.values
	c.values = nil
	var zero T
	raw := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(zero)))
	return arrayOf(c.kind, rows, nulls, bits, memory.NewBufferBytes(raw))
}

func arrayOf(kind arrow.DataType, rows, nulls int, buffers ...*memory.Buffer) arrow.Array {
	data := array.NewData(kind, rows, buffers, nil, nulls, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// BoolColumn gathers booleans, which Arrow keeps as bits.
type BoolColumn struct {
	validity
	values []byte
}

// BoolColumnOf returns column i of b when it holds booleans.
func BoolColumnOf(b *TextBuilder, i int) (c *BoolColumn, ok bool) {
	c, ok = b.columns[i].(*BoolColumn)
	return c, ok
}

// Append adds a value to the current row.
func (c *BoolColumn) Append(v bool) {
	c.room()
	if v {
		c.values[c.rows>>3] |= 1 << (c.rows & 7)
	}
	c.valid()
}

func (c *BoolColumn) room() {
	if c.rows>>3 >= len(c.values) {
		c.values = append(c.values, 0)
	}
}

func (c *BoolColumn) text(s string) error {
	v, err := parseBool(s)
	if err == nil {
		c.Append(v)
	}
	return err
}

func (c *BoolColumn) null() {
	c.room()
	c.validity.null()
}

func (c *BoolColumn) reserve(int) {}

func (c *BoolColumn) array() arrow.Array {
	bits, rows, nulls := c.hand()
	values := memory.NewBufferBytes(c.values)
	c.values = nil
	return arrayOf(arrow.FixedWidthTypes.Boolean, rows, nulls, bits, values)
}

// bytesColumn gathers texts, and binary values that arrive as hexadecimal digits.
type bytesColumn struct {
	validity
	kind    arrow.DataType
	hex     bool
	offsets []int32
	data    []byte
	rooms   int // rows and bytes to make room for
	size    int
}

var errTooLong = errors.New("more than 2 GB of text in one batch")

func (c *bytesColumn) text(s string) error {
	if len(c.data)+len(s) > math.MaxInt32 {
		return errTooLong
	}
	c.begin()
	if c.hex {
		from := len(c.data)
		var err error
		if c.data, err = appendHex(c.data, s); err != nil {
			c.data = c.data[:from]
			return err
		}
	} else {
		c.data = append(c.data, s...)
	}
	c.offsets = append(c.offsets, int32(len(c.data)))
	c.valid()
	return nil
}

func (c *bytesColumn) begin() {
	if c.offsets == nil {
		c.offsets = make([]int32, 1, max(c.rooms, 64)+1)
		c.data = make([]byte, 0, c.size)
	}
}

func (c *bytesColumn) null() {
	c.begin()
	c.offsets = append(c.offsets, int32(len(c.data)))
	c.validity.null()
}

func (c *bytesColumn) reserve(rows int) { c.rooms = rows }

// mostKept bounds what a batch of long texts makes the next one reserve.
const mostKept = 4 << 20

func (c *bytesColumn) array() arrow.Array {
	c.begin()
	bits, rows, nulls := c.hand()
	c.rooms, c.size = max(c.rooms, rows), min(len(c.data)+len(c.data)/8, mostKept)
	raw := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(c.offsets))), len(c.offsets)*4)
	offsets, data := memory.NewBufferBytes(raw), memory.NewBufferBytes(c.data)
	c.offsets, c.data = nil, nil
	return arrayOf(c.kind, rows, nulls, bits, offsets, data)
}

// newColumn chooses the column of a type.
func newColumn(t arrow.DataType) textColumn {
	switch t := t.(type) {
	case *arrow.StringType:
		return &bytesColumn{kind: t}
	case *arrow.BinaryType:
		return &bytesColumn{kind: t, hex: true}
	case *arrow.BooleanType:
		return &BoolColumn{}
	case *arrow.Int8Type:
		return &Column[int8]{kind: t, parse: func(s string) (int8, error) { v, err := parseInt(s, 8); return int8(v), err }}
	case *arrow.Int16Type:
		return &Column[int16]{kind: t, parse: func(s string) (int16, error) { v, err := parseInt(s, 16); return int16(v), err }}
	case *arrow.Int32Type:
		return &Column[int32]{kind: t, parse: func(s string) (int32, error) { v, err := parseInt(s, 32); return int32(v), err }}
	case *arrow.Int64Type:
		return &Column[int64]{kind: t, parse: func(s string) (int64, error) { return parseInt(s, 64) }}
	case *arrow.Float32Type:
		return &Column[float32]{kind: t, parse: func(s string) (float32, error) { v, err := parseFloat(s, 32); return float32(v), err }}
	case *arrow.Float64Type:
		return &Column[float64]{kind: t, parse: func(s string) (float64, error) { return parseFloat(s, 64) }}
	case *arrow.Decimal128Type:
		return &Column[decimal128.Num]{kind: t, parse: func(s string) (decimal128.Num, error) { return parseDecimal(s, t.Precision, t.Scale) }}
	case *arrow.Date32Type:
		return &Column[arrow.Date32]{kind: t, parse: parseDate}
	case *arrow.TimestampType:
		return &Column[arrow.Timestamp]{kind: t, parse: func(s string) (arrow.Timestamp, error) { return parseTimestamp(s, t.Unit, t.TimeZone != "") }}
	}
	panic(fmt.Sprintf("result: no reader of text for %s", t))
}

// parseInt reads a whole number of that many bits. Short ones, which are most,
// are read here; strconv words the errors.
func parseInt(s string, bits int) (int64, error) {
	digits, negative := s, false
	if s != "" && s[0] == '-' {
		digits, negative = s[1:], true
	}
	if len(digits) == 0 || len(digits) > 18 {
		return strconv.ParseInt(s, 10, bits)
	}
	var n int64
	for i := range len(digits) {
		d := digits[i] - '0'
		if d > 9 {
			return strconv.ParseInt(s, 10, bits)
		}
		n = n*10 + int64(d)
	}
	if negative {
		n = -n
	}
	if bits < 64 && (n >= 1<<(bits-1) || n < -1<<(bits-1)) {
		return strconv.ParseInt(s, 10, bits)
	}
	return n, nil
}

// parseFloat accepts the infinities that a float can be.
func parseFloat(s string, bits int) (float64, error) {
	v, err := strconv.ParseFloat(s, bits)
	if err == nil || (math.IsInf(v, 0) && strings.Contains(strings.ToLower(s), "inf")) {
		return v, nil
	}
	return v, err
}

func parseBool(s string) (bool, error) {
	switch s {
	case "true", "t", "TRUE", "True":
		return true, nil
	case "false", "f", "FALSE", "False":
		return false, nil
	}
	return false, errSyntax
}

// appendHex reads hex digits, with blanks between the bytes or not (Athena), or
// with \x in front (PostgreSQL).
func appendHex(b []byte, s string) ([]byte, error) {
	s = strings.TrimPrefix(s, `\x`)
	for len(s) > 0 {
		if s[0] == ' ' {
			s = s[1:]
			continue
		}
		if len(s) < 2 {
			return b, hex.ErrLength
		}
		high, low := digit(s[0]), digit(s[1])
		if high > 15 || low > 15 {
			return b, errSyntax
		}
		b = append(b, high<<4|low)
		s = s[2:]
	}
	return b, nil
}

func digit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}
