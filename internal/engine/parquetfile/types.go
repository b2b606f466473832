package parquetfile

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// adder appends a value, as it lies in the file, to the builder of its type.
type adder = func(array.Builder, []byte) error

// typeOf maps a leaf to Arrow, without losing anything of its values.
func typeOf(e element) (arrow.DataType, adder, error) {
	// DECIMAL is 5 of both ConvertedType and LogicalType.
	if e.converted == 5 || e.logical == 5 {
		return decimalType(e)
	}
	switch e.physical {
	case pBoolean:
		return arrow.FixedWidthTypes.Boolean, func(b array.Builder, v []byte) error {
			b.(*array.BooleanBuilder).Append(v[0] != 0)
			return nil
		}, nil
	case pInt32:
		return int32Type(e)
	case pInt64:
		return int64Type(e)
	case pInt96:
		return &arrow.TimestampType{Unit: arrow.Microsecond}, func(b array.Builder, v []byte) error {
			nanos, day := int64(binary.LittleEndian.Uint64(v)), int64(binary.LittleEndian.Uint32(v[8:]))
			// 2,440,588 is the Julian day of 1970-01-01.
			b.(*array.TimestampBuilder).Append(arrow.Timestamp((day-2_440_588)*86_400_000_000 + nanos/1000))
			return nil
		}, nil
	case pFloat:
		return arrow.PrimitiveTypes.Float32, func(b array.Builder, v []byte) error {
			b.(*array.Float32Builder).Append(math.Float32frombits(binary.LittleEndian.Uint32(v)))
			return nil
		}, nil
	case pDouble:
		return arrow.PrimitiveTypes.Float64, func(b array.Builder, v []byte) error {
			b.(*array.Float64Builder).Append(math.Float64frombits(binary.LittleEndian.Uint64(v)))
			return nil
		}, nil
	case pBytes, pFixed:
		return bytesType(e)
	}
	return nil, nil, fmt.Errorf("column %s has a type (%d) that is not read here", e.name, e.physical)
}

// int32Type: DATE, INT_8, INT_16, INT_32 are 6, 15, 16, 17 of ConvertedType;
// DATE is 6 of LogicalType.
func int32Type(e element) (arrow.DataType, adder, error) {
	number := func(v []byte) int32 { return int32(binary.LittleEndian.Uint32(v)) }
	switch {
	case e.converted == 6 || e.logical == 6:
		return arrow.FixedWidthTypes.Date32, func(b array.Builder, v []byte) error {
			b.(*array.Date32Builder).Append(arrow.Date32(number(v)))
			return nil
		}, nil
	case e.converted == 15 || e.width == 8:
		return arrow.PrimitiveTypes.Int8, func(b array.Builder, v []byte) error {
			b.(*array.Int8Builder).Append(int8(number(v)))
			return nil
		}, nil
	case e.converted == 16 || e.width == 16:
		return arrow.PrimitiveTypes.Int16, func(b array.Builder, v []byte) error {
			b.(*array.Int16Builder).Append(int16(number(v)))
			return nil
		}, nil
	case e.converted == 7 || e.logical == 7 || e.converted >= 11 && e.converted <= 13:
		return nil, nil, fmt.Errorf("column %s has a type that Athena does not write", e.name)
	}
	return arrow.PrimitiveTypes.Int32, func(b array.Builder, v []byte) error {
		b.(*array.Int32Builder).Append(number(v))
		return nil
	}, nil
}

// int64Type: TIMESTAMP_MILLIS and _MICROS are 9 and 10 of ConvertedType,
// TIMESTAMP is 8 of LogicalType.
func int64Type(e element) (arrow.DataType, adder, error) {
	number := func(v []byte) int64 { return int64(binary.LittleEndian.Uint64(v)) }
	unit, isTime := arrow.Microsecond, true
	switch {
	case e.logical == 8 && e.unit == 1, e.logical != 8 && e.converted == 9:
		unit = arrow.Millisecond
	case e.logical == 8 && e.unit == 3:
		unit = arrow.Nanosecond
	case e.logical == 8, e.converted == 10:
	case e.logical == 7, e.converted == 8, e.converted == 14:
		return nil, nil, fmt.Errorf("column %s has a type that Athena does not write", e.name)
	default:
		isTime = false
	}
	if isTime {
		return &arrow.TimestampType{Unit: unit}, func(b array.Builder, v []byte) error {
			b.(*array.TimestampBuilder).Append(arrow.Timestamp(number(v)))
			return nil
		}, nil
	}
	return arrow.PrimitiveTypes.Int64, func(b array.Builder, v []byte) error {
		b.(*array.Int64Builder).Append(number(v))
		return nil
	}, nil
}

// bytesType: UTF8, ENUM and JSON are 0, 4 and 19 of ConvertedType and 1, 4 and
// 12 of LogicalType, where UUID is 14.
func bytesType(e element) (arrow.DataType, adder, error) {
	switch {
	case e.logical == 14 && e.length == 16:
		return arrow.BinaryTypes.String, func(b array.Builder, v []byte) error {
			h := hex.EncodeToString(v)
			b.(*array.StringBuilder).Append(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
			return nil
		}, nil
	case e.converted == 0, e.converted == 4, e.converted == 19, e.logical == 1, e.logical == 4, e.logical == 12:
		return arrow.BinaryTypes.String, func(b array.Builder, v []byte) error {
			b.(*array.StringBuilder).BinaryBuilder.Append(v)
			return nil
		}, nil
	}
	return arrow.BinaryTypes.Binary, func(b array.Builder, v []byte) error {
		b.(*array.BinaryBuilder).Append(v)
		return nil
	}, nil
}

func decimalType(e element) (arrow.DataType, adder, error) {
	if e.precision < 1 || e.precision > 38 || e.scale < 0 || e.scale > e.precision {
		return nil, nil, fmt.Errorf("column %s is a decimal of %d digits, %d behind the point, which is none", e.name, e.precision, e.scale)
	}
	t := &arrow.Decimal128Type{Precision: int32(e.precision), Scale: int32(e.scale)}
	return t, func(b array.Builder, v []byte) error {
		var n decimal128.Num
		switch e.physical {
		case pInt32:
			n = decimal128.FromI64(int64(int32(binary.LittleEndian.Uint32(v))))
		case pInt64:
			n = decimal128.FromI64(int64(binary.LittleEndian.Uint64(v)))
		default: // two's complement, the highest byte first
			var wide [16]byte
			if len(v) == 0 || len(v) > 16 {
				return errPage
			}
			if v[0] >= 0x80 {
				for i := range wide {
					wide[i] = 0xff
				}
			}
			copy(wide[16-len(v):], v)
			n = decimal128.New(int64(binary.BigEndian.Uint64(wide[:8])), binary.BigEndian.Uint64(wide[8:]))
		}
		b.(*array.Decimal128Builder).Append(n)
		return nil
	}, nil
}
