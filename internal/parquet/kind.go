package parquet

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// The physical types (parquet.thrift, enum Type).
const (
	physicalBoolean = 0
	physicalInt32   = 1
	physicalInt64   = 2
	physicalFloat   = 4
	physicalDouble  = 5
	physicalBytes   = 6
	physicalFixed   = 7
)

// The members of the union LogicalType, and the older ConvertedType that
// readers before 2018 know.
const (
	logicalString    = 1
	logicalDecimal   = 5
	logicalDate      = 6
	logicalTime      = 7
	logicalTimestamp = 8
	logicalInteger   = 10

	convertedUTF8            = 0
	convertedDecimal         = 5
	convertedDate            = 6
	convertedTimeMillis      = 7
	convertedTimeMicros      = 8
	convertedTimestampMillis = 9
	convertedTimestampMicros = 10
	convertedUint8           = 11
	convertedInt8            = 15
)

// kind is how a column is stored.
type kind struct {
	physical  int32
	length    int32                 // of physicalFixed
	logical   func(c *compact)      // writes the member of the union, nil for none
	converted int32                 // -1 for none
	decimal   *arrow.Decimal128Type // scale and precision are told with it
	// plain appends the value at row, which is not NULL, in the encoding PLAIN;
	// booleans append one byte, which the page packs.
	plain func(b []byte, a arrow.Array, row int) ([]byte, error)
}

// Text appends a value's text: for types that Parquet has no exact form of.
type Text func(b []byte, row int) []byte

func integer[T int8 | int16 | int32 | uint8 | uint16 | uint32](bits int8, signed bool) kind {
	k := kind{physical: physicalInt32, converted: -1, plain: func(b []byte, a arrow.Array, row int) ([]byte, error) {
		return binary.LittleEndian.AppendUint32(b, uint32(a.(interface{ Value(int) T }).Value(row))), nil
	}}
	if bits < 32 || !signed {
		k.logical, k.converted = integerLogical(bits, signed), integerConverted(bits, signed)
	}
	return k
}

func integerLogical(bits int8, signed bool) func(*compact) {
	return func(c *compact) {
		c.structure(logicalInteger)
		c.i8(1, bits)
		c.boolean(2, signed)
		c.end()
	}
}

func integerConverted(bits int8, signed bool) int32 {
	n := int32(convertedUint8)
	if signed {
		n = convertedInt8
	}
	for ; bits > 8; bits /= 2 {
		n++
	}
	return n
}

// kindOf chooses how a column of the type is stored; false when only its text is.
func kindOf(t arrow.DataType) (kind, bool) {
	switch t := t.(type) {
	case *arrow.BooleanType:
		return kind{physical: physicalBoolean, converted: -1, plain: func(b []byte, a arrow.Array, row int) ([]byte, error) {
			if a.(*array.Boolean).Value(row) {
				return append(b, 1), nil
			}
			return append(b, 0), nil
		}}, true
	case *arrow.Int8Type:
		return integer[int8](8, true), true
	case *arrow.Int16Type:
		return integer[int16](16, true), true
	case *arrow.Int32Type:
		return integer[int32](32, true), true
	case *arrow.Uint8Type:
		return integer[uint8](8, false), true
	case *arrow.Uint16Type:
		return integer[uint16](16, false), true
	case *arrow.Uint32Type:
		return integer[uint32](32, false), true
	case *arrow.Int64Type:
		return wide(func(a arrow.Array, row int) uint64 { return uint64(a.(*array.Int64).Value(row)) }), true
	case *arrow.Uint64Type:
		k := wide(func(a arrow.Array, row int) uint64 { return a.(*array.Uint64).Value(row) })
		k.logical, k.converted = integerLogical(64, false), integerConverted(64, false)
		return k, true
	case *arrow.Float32Type:
		return kind{physical: physicalFloat, converted: -1, plain: func(b []byte, a arrow.Array, row int) ([]byte, error) {
			return binary.LittleEndian.AppendUint32(b, math.Float32bits(a.(*array.Float32).Value(row))), nil
		}}, true
	case *arrow.Float64Type:
		k := wide(func(a arrow.Array, row int) uint64 { return math.Float64bits(a.(*array.Float64).Value(row)) })
		k.physical = physicalDouble
		return k, true
	case *arrow.Decimal128Type:
		if t.Scale < 0 || t.Scale > t.Precision {
			return kind{}, false
		}
		return decimal(t), true
	case *arrow.StringType:
		k := textKind()
		k.plain = func(b []byte, a arrow.Array, row int) ([]byte, error) {
			return appendText(b, a.(*array.String).Value(row)), nil
		}
		return k, true
	case *arrow.BinaryType:
		return kind{physical: physicalBytes, converted: -1, plain: func(b []byte, a arrow.Array, row int) ([]byte, error) {
			v := a.(*array.Binary).Value(row)
			return append(binary.LittleEndian.AppendUint32(b, uint32(len(v))), v...), nil
		}}, true
	}
	return temporal(t)
}

// wide is a value of eight bytes.
func wide(value func(a arrow.Array, row int) uint64) kind {
	return kind{physical: physicalInt64, converted: -1, plain: func(b []byte, a arrow.Array, row int) ([]byte, error) {
		return binary.LittleEndian.AppendUint64(b, value(a, row)), nil
	}}
}

func textKind() kind {
	return kind{physical: physicalBytes, converted: convertedUTF8, logical: func(c *compact) { c.empty(logicalString) }}
}

// appendText appends a text, whose bytes must be UTF-8: others become U+FFFD,
// since readers refuse the whole file otherwise.
func appendText(b []byte, s string) []byte {
	if !utf8.ValidString(s) {
		s = string([]rune(s))
	}
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(s))), s...)
}

// decimal stores up to 18 digits in an integer and more in as few bytes as
// they need, big-endian, as the format asks.
func decimal(t *arrow.Decimal128Type) kind {
	k := kind{physical: physicalFixed, converted: convertedDecimal, decimal: t, logical: func(c *compact) {
		c.structure(logicalDecimal)
		c.i32(1, t.Scale)
		c.i32(2, t.Precision)
		c.end()
	}}
	value := func(a arrow.Array, row int) decimal128.Num { return a.(*array.Decimal128).Value(row) }
	switch {
	case t.Precision <= 9:
		k.physical = physicalInt32
		k.plain = func(b []byte, a arrow.Array, row int) ([]byte, error) {
			return binary.LittleEndian.AppendUint32(b, uint32(value(a, row).LowBits())), nil
		}
	case t.Precision <= 18:
		k.physical = physicalInt64
		k.plain = func(b []byte, a arrow.Array, row int) ([]byte, error) {
			return binary.LittleEndian.AppendUint64(b, value(a, row).LowBits()), nil
		}
	default:
		k.length = decimalBytes(t.Precision)
		k.plain = func(b []byte, a arrow.Array, row int) ([]byte, error) {
			var all [16]byte
			v := value(a, row)
			binary.BigEndian.PutUint64(all[:], uint64(v.HighBits()))
			binary.BigEndian.PutUint64(all[8:], v.LowBits())
			return append(b, all[16-k.length:]...), nil
		}
	}
	return k
}

// decimalBytes is how many bytes hold any number of that many digits: 2^(8n-1)
// is larger than 10^digits.
func decimalBytes(digits int32) int32 {
	return int32(math.Ceil((float64(digits)*math.Log2(10) + 1) / 8))
}

// temporal stores dates, times and timestamps. Parquet counts in milliseconds
// at the least.
func temporal(t arrow.DataType) (kind, bool) {
	switch t := t.(type) {
	case *arrow.Date32Type:
		k := integer[int32](32, true)
		k.logical, k.converted = func(c *compact) { c.empty(logicalDate) }, convertedDate
		k.plain = func(b []byte, a arrow.Array, row int) ([]byte, error) {
			return binary.LittleEndian.AppendUint32(b, uint32(a.(*array.Date32).Value(row))), nil
		}
		return k, true
	case *arrow.TimestampType:
		k := wide(func(a arrow.Array, row int) uint64 { return uint64(a.(*array.Timestamp).Value(row)) })
		if t.Unit == arrow.Second {
			k.plain = seconds(func(a arrow.Array, row int) int64 { return int64(a.(*array.Timestamp).Value(row)) })
		}
		utc := t.TimeZone != ""
		k.logical = moment(logicalTimestamp, t.Unit, utc)
		// The older form says nothing of zones: readers take it for UTC.
		if utc && t.Unit == arrow.Microsecond {
			k.converted = convertedTimestampMicros
		} else if utc && t.Unit != arrow.Nanosecond {
			k.converted = convertedTimestampMillis
		}
		return k, true
	case *arrow.Time32Type:
		factor := uint32(1)
		if t.Unit == arrow.Second {
			factor = 1000
		}
		return kind{physical: physicalInt32, converted: convertedTimeMillis, logical: moment(logicalTime, t.Unit, false),
			plain: func(b []byte, a arrow.Array, row int) ([]byte, error) {
				return binary.LittleEndian.AppendUint32(b, factor*uint32(a.(*array.Time32).Value(row))), nil
			}}, true
	case *arrow.Time64Type:
		k := wide(func(a arrow.Array, row int) uint64 { return uint64(a.(*array.Time64).Value(row)) })
		if k.logical = moment(logicalTime, t.Unit, false); t.Unit == arrow.Microsecond {
			k.converted = convertedTimeMicros
		}
		return k, true
	}
	return kind{}, false
}

func seconds(value func(a arrow.Array, row int) int64) func(b []byte, a arrow.Array, row int) ([]byte, error) {
	return func(b []byte, a arrow.Array, row int) ([]byte, error) {
		v := value(a, row)
		if v > math.MaxInt64/1000 || v < math.MinInt64/1000 {
			return b, fmt.Errorf("the moment %d seconds from 1970 is beyond what Parquet holds", v)
		}
		return binary.LittleEndian.AppendUint64(b, uint64(v*1000)), nil
	}
}

// moment writes TimeType or TimestampType: whether it is UTC, and its unit.
func moment(member int, unit arrow.TimeUnit, utc bool) func(*compact) {
	which := map[arrow.TimeUnit]int{arrow.Second: 1, arrow.Millisecond: 1, arrow.Microsecond: 2, arrow.Nanosecond: 3}[unit]
	return func(c *compact) {
		c.structure(member)
		c.boolean(1, utc)
		c.structure(2)
		c.empty(which)
		c.end()
		c.end()
	}
}
