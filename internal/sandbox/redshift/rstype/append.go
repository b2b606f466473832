package rstype

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"time"
)

// epoch is day zero of PostgreSQL's binary dates and timestamps.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Append writes v, which is not nil, as text or binary.
func (t Type) Append(dst []byte, v any, asBinary bool) ([]byte, error) {
	if asBinary {
		return t.appendBinary(dst, v)
	}
	switch v := v.(type) {
	case bool:
		if v {
			return append(dst, 't'), nil
		}
		return append(dst, 'f'), nil
	case string:
		return append(dst, v...), nil
	case []byte:
		return hex.AppendEncode(dst, v), nil
	case float32:
		return appendFloat(dst, float64(v), 32), nil
	case float64:
		return appendFloat(dst, v, 64), nil
	case time.Time:
		return t.appendTime(dst, v), nil
	}
	if n, ok := integer(v); ok {
		return strconv.AppendInt(dst, n, 10), nil
	}
	return dst, fmt.Errorf("no text form of %T", v)
}

func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int8:
		return int64(v), true
	case int16:
		return int64(v), true
	case int32:
		return int64(v), true
	case int64:
		return v, true
	case uint8:
		return int64(v), true
	case uint16:
		return int64(v), true
	case uint32:
		return int64(v), true
	}
	return 0, false
}

// appendFloat writes as PostgreSQL does: plain digits up to 15 of them, then
// an exponent of at least two digits.
func appendFloat(dst []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e15) {
		return strconv.AppendFloat(dst, f, 'e', -1, bits)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, bits)
}

func (t Type) appendTime(dst []byte, v time.Time) []byte {
	switch t.OID {
	case Date:
		return appendDate(dst, v)
	case Time:
		return appendClock(dst, v)
	}
	dst = appendClock(append(appendDate(dst, v), ' '), v)
	if t.OID == Timestamptz {
		_, offset := v.Zone()
		dst = appendOffset(dst, offset)
	}
	if v.Year() <= 0 {
		dst = append(dst, " BC"...)
	}
	return dst
}

func appendDate(dst []byte, v time.Time) []byte {
	y, m, d := v.Date()
	if y <= 0 { // there is no year 0: 0 is 1 BC
		y = 1 - y
	}
	return fmt.Appendf(dst, "%04d-%02d-%02d", y, m, d)
}

// appendClock writes hh:mm:ss and the fraction without trailing zeros.
func appendClock(dst []byte, v time.Time) []byte {
	dst = v.AppendFormat(dst, "15:04:05")
	micros := v.Nanosecond() / 1000
	if micros == 0 {
		return dst
	}
	digits := fmt.Appendf(nil, ".%06d", micros)
	for digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	return append(dst, digits...)
}

func appendOffset(dst []byte, seconds int) []byte {
	sign := byte('+')
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	dst = fmt.Appendf(append(dst, sign), "%02d", seconds/3600)
	if m := seconds / 60 % 60; m != 0 {
		dst = fmt.Appendf(dst, ":%02d", m)
	}
	return dst
}

func (t Type) appendBinary(dst []byte, v any) ([]byte, error) {
	if n, ok := integer(v); ok {
		switch t.OID {
		case Int2:
			return binary.BigEndian.AppendUint16(dst, uint16(n)), nil
		case Int4:
			return binary.BigEndian.AppendUint32(dst, uint32(n)), nil
		case Int8:
			return binary.BigEndian.AppendUint64(dst, uint64(n)), nil
		}
	}
	switch v := v.(type) {
	case bool:
		if v {
			return append(dst, 1), nil
		}
		return append(dst, 0), nil
	case float32:
		return binary.BigEndian.AppendUint32(dst, math.Float32bits(v)), nil
	case float64:
		return binary.BigEndian.AppendUint64(dst, math.Float64bits(v)), nil
	case []byte:
		return append(dst, v...), nil
	case time.Time:
		return t.binaryTime(dst, v), nil
	case string:
		return t.binaryString(dst, v)
	}
	return dst, fmt.Errorf("no binary form of %T as type %d", v, t.OID)
}

func (t Type) binaryTime(dst []byte, v time.Time) []byte {
	switch t.OID {
	case Date:
		y, m, d := v.Date()
		days := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() - epoch.Unix()
		return binary.BigEndian.AppendUint32(dst, uint32(int32(days/86400)))
	case Time:
		h, m, s := v.Clock()
		micros := int64(h*3600+m*60+s)*1e6 + int64(v.Nanosecond()/1000)
		return binary.BigEndian.AppendUint64(dst, uint64(micros))
	}
	micros := v.UnixMicro() - epoch.UnixMicro()
	return binary.BigEndian.AppendUint64(dst, uint64(micros))
}

// binaryString writes a text-like value, or a number fetched as text.
func (t Type) binaryString(dst []byte, v string) ([]byte, error) {
	switch t.OID {
	case Numeric:
		return appendNumeric(dst, v)
	case Timetz, IntervalD2S, IntervalY2M:
		return dst, fmt.Errorf("type %d has no binary form here", t.OID)
	}
	return append(dst, v...), nil
}
