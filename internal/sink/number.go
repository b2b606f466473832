package sink

import (
	"math"
	"math/bits"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/decimal256"
	"github.com/apache/arrow-go/v18/arrow/float16"
)

// valued is an Arrow array that gives its values as a slice.
type valued[T any] interface{ Values() []T }

// intCell writes signed integers.
type intCell[T int8 | int16 | int32 | int64] struct{ values []T }

func (c *intCell[T]) bind(a arrow.Array) { c.values = a.(valued[T]).Values() }
func (c *intCell[T]) appendText(b []byte, row int) []byte {
	return strconv.AppendInt(b, int64(c.values[row]), 10)
}
func (c *intCell[T]) appendJSON(b []byte, row int) []byte { return c.appendText(b, row) }
func (c *intCell[T]) look() look                          { return numeric }

// uintCell writes unsigned integers.
type uintCell[T uint8 | uint16 | uint32 | uint64] struct{ values []T }

func (c *uintCell[T]) bind(a arrow.Array) { c.values = a.(valued[T]).Values() }
func (c *uintCell[T]) appendText(b []byte, row int) []byte {
	return strconv.AppendUint(b, uint64(c.values[row]), 10)
}
func (c *uintCell[T]) appendJSON(b []byte, row int) []byte { return c.appendText(b, row) }
func (c *uintCell[T]) look() look                          { return numeric }

// floatCell writes floats with the fewest digits that read back the same.
type floatCell[T float32 | float64] struct {
	values []T
	bits   int
}

func (c *floatCell[T]) bind(a arrow.Array) { c.values = a.(valued[T]).Values() }
func (c *floatCell[T]) appendText(b []byte, row int) []byte {
	return appendFloat(b, float64(c.values[row]), c.bits)
}
func (c *floatCell[T]) appendJSON(b []byte, row int) []byte {
	return appendJSONFloat(b, float64(c.values[row]), c.bits)
}
func (c *floatCell[T]) look() look { return numeric }

// halfCell writes 16-bit floats.
type halfCell struct{ values []float16.Num }

func (c *halfCell) bind(a arrow.Array) { c.values = a.(*array.Float16).Values() }
func (c *halfCell) appendText(b []byte, row int) []byte {
	return appendFloat(b, float64(c.values[row].Float32()), 32)
}
func (c *halfCell) appendJSON(b []byte, row int) []byte {
	return appendJSONFloat(b, float64(c.values[row].Float32()), 32)
}
func (c *halfCell) look() look { return numeric }

// appendFloat writes as ECMAScript does: plain digits, and an exponent only
// below 1e-6 and from 1e21 on.
func appendFloat(b []byte, f float64, bitSize int) []byte {
	switch {
	case f != f:
		return append(b, "NaN"...)
	case f > math.MaxFloat64:
		return append(b, "Infinity"...)
	case f < -math.MaxFloat64:
		return append(b, "-Infinity"...)
	}
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		b = strconv.AppendFloat(b, f, 'e', -1, bitSize)
		if n := len(b); n >= 4 && b[n-4] == 'e' && b[n-2] == '0' { // e-09 is e-9
			b[n-2] = b[n-1]
			b = b[:n-1]
		}
		return b
	}
	return strconv.AppendFloat(b, f, 'f', -1, bitSize)
}

// appendJSONFloat quotes what JSON has no number for.
func appendJSONFloat(b []byte, f float64, bitSize int) []byte {
	if f-f != 0 { // NaN or infinite
		b = append(b, '"')
		b = appendFloat(b, f, bitSize)
		return append(b, '"')
	}
	return appendFloat(b, f, bitSize)
}

// decimal32Cell to decimal256Cell write all digits of a decimal, with the
// scale's number of digits behind the point.
type decimal32Cell struct {
	values []decimal.Decimal32
	scale  int
}

func (c *decimal32Cell) bind(a arrow.Array) { c.values = a.(valued[decimal.Decimal32]).Values() }
func (c *decimal32Cell) appendText(b []byte, row int) []byte {
	return appendDecimal64(b, int64(c.values[row]), c.scale)
}
func (c *decimal32Cell) appendJSON(b []byte, row int) []byte { return c.appendText(b, row) }
func (c *decimal32Cell) look() look                          { return numeric }

type decimal64Cell struct {
	values []decimal.Decimal64
	scale  int
}

func (c *decimal64Cell) bind(a arrow.Array) { c.values = a.(valued[decimal.Decimal64]).Values() }
func (c *decimal64Cell) appendText(b []byte, row int) []byte {
	return appendDecimal64(b, int64(c.values[row]), c.scale)
}
func (c *decimal64Cell) appendJSON(b []byte, row int) []byte { return c.appendText(b, row) }
func (c *decimal64Cell) look() look                          { return numeric }

type decimal128Cell struct {
	values []decimal128.Num
	scale  int
}

func (c *decimal128Cell) bind(a arrow.Array) { c.values = a.(valued[decimal128.Num]).Values() }
func (c *decimal128Cell) appendText(b []byte, row int) []byte {
	return appendDecimal128(b, c.values[row], c.scale)
}
func (c *decimal128Cell) appendJSON(b []byte, row int) []byte { return c.appendText(b, row) }
func (c *decimal128Cell) look() look                          { return numeric }

type decimal256Cell struct {
	values []decimal256.Num
	scale  int
}

func (c *decimal256Cell) bind(a arrow.Array) { c.values = a.(valued[decimal256.Num]).Values() }
func (c *decimal256Cell) appendText(b []byte, row int) []byte {
	n := c.values[row].BigInt() // rare, so it may allocate
	var digits [80]byte
	text := n.Append(digits[:0], 10)
	negative := n.Sign() < 0
	if negative {
		text = text[1:]
	}
	return appendScaled(b, negative, text, c.scale)
}
func (c *decimal256Cell) appendJSON(b []byte, row int) []byte { return c.appendText(b, row) }
func (c *decimal256Cell) look() look                          { return numeric }

func appendDecimal64(b []byte, n int64, scale int) []byte {
	var digits [20]byte
	magnitude := uint64(n)
	if n < 0 {
		magnitude = -magnitude
	}
	return appendScaled(b, n < 0, strconv.AppendUint(digits[:0], magnitude, 10), scale)
}

// appendDecimal128 divides by 10^19, the largest power of ten in 64 bits, to
// get the digits in up to three parts.
func appendDecimal128(b []byte, n decimal128.Num, scale int) []byte {
	negative := n.Sign() < 0
	if negative {
		n = n.Negate()
	}
	high, low := uint64(n.HighBits()), n.LowBits()
	var digits [40]byte
	if high == 0 {
		return appendScaled(b, negative, strconv.AppendUint(digits[:0], low, 10), scale)
	}
	const part = 1e19
	top, rest := high/part, high%part
	middle, last := bits.Div64(rest, low, part)
	// The value is (top * 2^64 + middle) * 10^19 + last, and top is 0 or 1
	// only where the value is beyond 38 digits by far; 2^127 / 10^19 < 2^64.
	text := digits[:0]
	if top > 0 {
		text = n.BigInt().Append(text, 10)
		return appendScaled(b, negative, text, scale)
	}
	text = strconv.AppendUint(text, middle, 10)
	var tail [19]byte
	for i := len(tail) - 1; i >= 0; i-- {
		tail[i] = '0' + byte(last%10)
		last /= 10
	}
	return appendScaled(b, negative, append(text, tail[:]...), scale)
}

// appendScaled writes digits with the point scale digits from the right; a
// negative scale stands for zeros behind.
func appendScaled(b []byte, negative bool, digits []byte, scale int) []byte {
	if negative {
		b = append(b, '-')
	}
	if scale <= 0 {
		b = append(b, digits...)
		if len(digits) == 1 && digits[0] == '0' {
			return b
		}
		for ; scale < 0; scale++ {
			b = append(b, '0')
		}
		return b
	}
	whole := len(digits) - scale
	if whole > 0 {
		b = append(b, digits[:whole]...)
		b = append(b, '.')
		return append(b, digits[whole:]...)
	}
	b = append(b, '0', '.')
	for ; whole < 0; whole++ {
		b = append(b, '0')
	}
	return append(b, digits...)
}
