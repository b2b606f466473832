package redshift

import (
	"encoding/binary"
	"fmt"
	"math"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fairleadhq/fairlead/internal/result"
)

// PostgreSQL counts binary dates and timestamps from 2000-01-01.
const (
	epochDays   = 10957
	epochMicros = epochDays * 86400 * 1e6
)

// formats chooses how each column is sent. Integers, floats, booleans, dates
// and timestamps are exact in binary, and cheaper for both ends. All else comes
// as text: a numeric in binary is written in more than one way, and the types
// that are Redshift's own are documented as text alone. integerDates tells
// whether the server counts times in whole microseconds, as Redshift does.
func formats(columns []pgconn.FieldDescription, integerDates bool) []int16 {
	out := make([]int16, len(columns))
	for i, c := range columns {
		switch c.DataTypeOID {
		case oidInt2, oidInt4, oidInt8, oidFloat4, oidFloat8, oidBool, oidDate:
			out[i] = 1
		case oidTimestamp, oidTimestampTZ:
			if integerDates {
				out[i] = 1
			}
		}
	}
	return out
}

// decoder puts a value that is not NULL into its column.
type decoder func(v []byte) error

// decoders makes one for each column as the server describes it.
func decoders(b *result.TextBuilder, columns []pgconn.FieldDescription) []decoder {
	out := make([]decoder, len(columns))
	for i, c := range columns {
		if c.Format == 1 {
			out[i] = binaryDecoder(b, i, c)
		}
		if out[i] == nil {
			// The builder does not keep the text, so it may be a view.
			out[i] = func(v []byte) error { return b.Append(i, unsafe.String(unsafe.SliceData(v), len(v))) }
		}
	}
	return out
}

// binaryDecoder reads the types that formats asks for in binary.
func binaryDecoder(b *result.TextBuilder, i int, c pgconn.FieldDescription) decoder {
	switch c.DataTypeOID {
	case oidInt2:
		column, _ := result.ColumnOf[int16](b, i)
		return fixed(b, c, func(v *[2]byte) { column.Append(int16(binary.BigEndian.Uint16(v[:]))) })
	case oidInt4:
		column, _ := result.ColumnOf[int32](b, i)
		return fixed(b, c, func(v *[4]byte) { column.Append(int32(binary.BigEndian.Uint32(v[:]))) })
	case oidInt8:
		column, _ := result.ColumnOf[int64](b, i)
		return fixed(b, c, func(v *[8]byte) { column.Append(int64(binary.BigEndian.Uint64(v[:]))) })
	case oidFloat4:
		column, _ := result.ColumnOf[float32](b, i)
		return fixed(b, c, func(v *[4]byte) { column.Append(math.Float32frombits(binary.BigEndian.Uint32(v[:]))) })
	case oidFloat8:
		column, _ := result.ColumnOf[float64](b, i)
		return fixed(b, c, func(v *[8]byte) { column.Append(math.Float64frombits(binary.BigEndian.Uint64(v[:]))) })
	case oidBool:
		column, _ := result.BoolColumnOf(b, i)
		return fixed(b, c, func(v *[1]byte) { column.Append(v[0] != 0) })
	case oidDate:
		column, _ := result.ColumnOf[arrow.Date32](b, i)
		return exact(b, c, func(v *[4]byte) bool {
			days, ok := dateOf(int32(binary.BigEndian.Uint32(v[:])))
			column.Append(days)
			return ok
		})
	case oidTimestamp, oidTimestampTZ:
		column, _ := result.ColumnOf[arrow.Timestamp](b, i)
		return exact(b, c, func(v *[8]byte) bool {
			micros, ok := timestampOf(int64(binary.BigEndian.Uint64(v[:])))
			column.Append(micros)
			return ok
		})
	}
	return nil
}

// fixed reads values of exactly the array's size.
func fixed[T [1]byte | [2]byte | [4]byte | [8]byte](b *result.TextBuilder, c pgconn.FieldDescription, add func(*T)) decoder {
	return exact(b, c, func(v *T) bool { add(v); return true })
}

// exact is fixed for values that a column may not be able to hold.
func exact[T [1]byte | [2]byte | [4]byte | [8]byte](b *result.TextBuilder, c pgconn.FieldDescription, add func(*T) bool) decoder {
	name, size := c.Name, len(*new(T))
	return func(v []byte) error {
		if len(v) != size {
			return fmt.Errorf("column %q: %d bytes in place of %d", name, len(v), size)
		}
		b.Count(size)
		if !add((*T)(unsafe.Pointer(unsafe.SliceData(v)))) {
			return fmt.Errorf("column %q: a time that lies too far off to be held exactly", name)
		}
		return nil
	}
}

// dateOf turns PostgreSQL's day into Arrow's.
func dateOf(days int32) (arrow.Date32, bool) {
	switch days {
	case math.MaxInt32:
		return result.DateInfinity, true
	case math.MinInt32:
		return -result.DateInfinity, true
	}
	return arrow.Date32(days + epochDays), days <= math.MaxInt32-epochDays-1
}

// timestampOf turns PostgreSQL's microsecond into Arrow's.
func timestampOf(micros int64) (arrow.Timestamp, bool) {
	switch micros {
	case math.MaxInt64:
		return result.TimestampInfinity, true
	case math.MinInt64:
		return -result.TimestampInfinity, true
	}
	return arrow.Timestamp(micros + epochMicros), micros <= math.MaxInt64-epochMicros-1
}
