package spool

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/sink"
)

// keys writes values as bytes that compare as the values do, so that sorting
// and filtering know no types. A value whose key would be longer than
// longestKey takes part with its beginning.
type keys struct {
	schema  *arrow.Schema
	batch   arrow.RecordBatch
	values  *sink.Values
	numbers []bool // columns whose text is a number; looked up once
	text    []byte
}

// longestKey bounds the memory of a sort: texts that differ only behind 16 kB
// stay in the order in which they came.
const longestKey = 16 << 10

func newKeys(schema *arrow.Schema) *keys {
	k := &keys{schema: schema, values: sink.NewValues(schema), numbers: make([]bool, schema.NumFields())}
	for i, f := range schema.Fields() {
		k.numbers[i] = result.Carries(f) == result.TextNumber
	}
	return k
}

func (k *keys) bind(b arrow.RecordBatch) {
	k.batch = b
	k.values.Bind(b)
}

// Marks before a value: NULL comes behind all values.
const (
	markValue = 1
	markNull  = 2
)

// sort appends the row's key for one column, NULL last in both directions.
func (k *keys) sort(b []byte, key SortKey, row int) []byte {
	if k.batch.Column(key.Column).IsNull(row) {
		return append(b, markNull)
	}
	b = append(b, markValue)
	start := len(b)
	b = k.value(b, key.Column, row)
	if key.Descending {
		for i := start; i < len(b); i++ {
			b[i] = ^b[i]
		}
	}
	return b
}

// value appends the key of a value that is not NULL.
func (k *keys) value(b []byte, column, row int) []byte {
	if k.numbers[column] {
		k.text, _ = k.values.Append(k.text[:0], column, row)
		return numberKey(b, string(k.text))
	}
	switch a := k.batch.Column(column).(type) {
	case *array.Int64:
		return intKey(b, a.Value(row))
	case *array.Int32:
		return intKey(b, int64(a.Value(row)))
	case *array.Int16:
		return intKey(b, int64(a.Value(row)))
	case *array.Int8:
		return intKey(b, int64(a.Value(row)))
	case *array.Float64:
		return floatKey(b, a.Value(row))
	case *array.Float32:
		return floatKey(b, float64(a.Value(row)))
	case *array.Decimal128:
		v := a.Value(row)
		return binary.BigEndian.AppendUint64(intKey(b, v.HighBits()), v.LowBits())
	case *array.Date32:
		return intKey(b, int64(a.Value(row)))
	case *array.Timestamp:
		return intKey(b, int64(a.Value(row)))
	case *array.Time64:
		return intKey(b, int64(a.Value(row)))
	case *array.Time32:
		return intKey(b, int64(a.Value(row)))
	case *array.Boolean:
		if a.Value(row) {
			return append(b, 1)
		}
		return append(b, 0)
	case *array.String:
		return textKey(b, a.Value(row))
	case *array.Binary:
		return textKey(b, string(a.Value(row)))
	}
	return k.otherValue(b, column, row)
}

// otherValue serves the types that are rare: numbers by their digits, the rest
// as text.
func (k *keys) otherValue(b []byte, column, row int) []byte {
	k.text, _ = k.values.Append(k.text[:0], column, row)
	if numeric(k.schema.Field(column)) {
		return numberKey(b, string(k.text))
	}
	return textKey(b, string(k.text))
}

// numeric reports whether a column holds numbers.
func numeric(f arrow.Field) bool {
	return result.Carries(f) == result.TextNumber || arrow.IsInteger(f.Type.ID()) || arrow.IsFloating(f.Type.ID()) || arrow.IsDecimal(f.Type.ID())
}

// intKey flips the sign, so that negative numbers come first.
func intKey(b []byte, v int64) []byte { return binary.BigEndian.AppendUint64(b, uint64(v)^1<<63) }

// floatKey orders as numbers do, NaN behind infinity; -0 is 0.
func floatKey(b []byte, v float64) []byte {
	if v == 0 {
		v = 0
	}
	if v != v {
		v = math.NaN()
	}
	bits := math.Float64bits(v)
	if bits>>63 == 1 {
		bits = ^bits
	} else {
		bits |= 1 << 63
	}
	return binary.BigEndian.AppendUint64(b, bits)
}

// textKey ends a text so that a beginning comes before what it begins, and so
// that another key can follow: 0 is written as 0 255, and 0 0 is the end.
func textKey(b []byte, s string) []byte {
	if len(s) > longestKey {
		s = s[:longestKey]
	}
	for {
		i := strings.IndexByte(s, 0)
		if i < 0 {
			break
		}
		b = append(append(b, s[:i]...), 0, 255)
		s = s[i+1:]
	}
	return append(append(b, s...), 0, 0)
}

// Classes of a number written in digits.
const (
	numberNegative = 1
	numberZero     = 2
	numberPositive = 3
	numberNone     = 4 // text that is none, NaN too: behind all numbers
)

// numberKey orders decimal text of any length by its value: class, exponent,
// digits; for a negative number all of them turned around.
func numberKey(b []byte, s string) []byte {
	negative, digits, exponent, ok := scientific(s)
	switch {
	case !ok && strings.EqualFold(strings.TrimPrefix(s, "-"), "infinity"):
		digits, exponent = "1", math.MaxInt32 // larger than any number that is written out
		negative = s[0] == '-'
	case !ok:
		return textKey(append(b, numberNone), s)
	case digits == "":
		return append(b, numberZero)
	}
	if negative {
		b = append(b, numberNegative)
	} else {
		b = append(b, numberPositive)
	}
	start := len(b)
	b = binary.BigEndian.AppendUint32(b, uint32(exponent)^1<<31)
	b = textKey(b, digits)
	if negative {
		for i := start; i < len(b); i++ {
			b[i] = ^b[i]
		}
	}
	return b
}

// scientific reads a decimal number as 0.DIGITS times ten to the exponent,
// without zeros at either end of the digits; zero has none.
func scientific(s string) (negative bool, digits string, exponent int32, ok bool) {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		negative, s = s[0] == '-', s[1:]
	}
	mantissa, power := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		var valid bool
		if power, valid = smallInt(s[i+1:]); !valid {
			return false, "", 0, false
		}
		mantissa = s[:i]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits = whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return false, "", 0, false
	}
	point := len(whole) + power
	trimmed := strings.TrimLeft(digits, "0")
	point -= len(digits) - len(trimmed)
	digits = strings.TrimRight(trimmed, "0")
	if digits == "" {
		return false, "", 0, true
	}
	return negative, digits, int32(min(max(point, -1<<30), 1<<30)), true
}

// smallInt reads an exponent.
func smallInt(s string) (int, bool) {
	sign := 1
	if s != "" && (s[0] == '-' || s[0] == '+') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	if s == "" || len(s) > 9 {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return sign * n, true
}
