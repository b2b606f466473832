package rstype

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Literal turns a bound parameter into SQL text. A type the client left open
// (0 or unknown) becomes a plain string literal, whose type the statement
// decides, as in PostgreSQL. A nil value is NULL of the type.
func Literal(oid uint32, value []byte, isBinary bool) (string, error) {
	name := duckName(oid)
	if value == nil {
		switch {
		case oid == Varchar: // DuckDB takes a bare NULL that stands alone for an integer
			name = "VARCHAR"
		case oid == Numeric:
			name = "DECIMAL(38,10)"
		case name == "":
			return "NULL", nil
		}
		return "CAST(NULL AS " + name + ")", nil
	}
	text := string(value)
	if isBinary {
		var err error
		if text, err = binaryText(oid, value); err != nil {
			return "", err
		}
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return "", fmt.Errorf("invalid byte sequence for encoding \"UTF8\"")
	}
	quoted := "'" + strings.ReplaceAll(text, "'", "''") + "'"
	switch oid {
	case Numeric:
		return numericLiteral(text)
	case Varbyte, Bytea:
		return "from_hex(" + quoted + ")", nil
	}
	if name == "" {
		return quoted, nil
	}
	return "CAST(" + quoted + " AS " + name + ")", nil
}

// numericLiteral casts to a decimal just wide enough for the digits given.
func numericLiteral(text string) (string, error) {
	digits := strings.TrimLeft(text, "+-")
	whole, fraction, _ := strings.Cut(digits, ".")
	if whole+fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			return "", fmt.Errorf("invalid input syntax for type numeric: \"%s\"", text)
		}
		return "CAST('" + text + "' AS DECIMAL(38,10))", nil
	}
	width := max(len(strings.TrimLeft(whole, "0"))+len(fraction), 1)
	if width > 38 {
		return "", fmt.Errorf("numeric field overflow: %d digits", width)
	}
	return fmt.Sprintf("CAST('%s' AS DECIMAL(%d,%d))", text, width, len(fraction)), nil
}

func binaryText(oid uint32, b []byte) (string, error) {
	size := map[uint32]int{Bool: 1, Int2: 2, Int4: 4, OID: 4, Int8: 8, Float4: 4, Float8: 8, Date: 4, Time: 8, Timestamp: 8, Timestamptz: 8}[oid]
	if size > 0 && len(b) != size {
		return "", fmt.Errorf("incorrect binary data format: %d bytes for type %d", len(b), oid)
	}
	switch oid {
	case Bool:
		return strconv.FormatBool(b[0] != 0), nil
	case Int2:
		return strconv.Itoa(int(int16(binary.BigEndian.Uint16(b)))), nil
	case Int4:
		return strconv.Itoa(int(int32(binary.BigEndian.Uint32(b)))), nil
	case OID:
		return strconv.FormatUint(uint64(binary.BigEndian.Uint32(b)), 10), nil
	case Int8:
		return strconv.FormatInt(int64(binary.BigEndian.Uint64(b)), 10), nil
	case Float4:
		return strconv.FormatFloat(float64(math.Float32frombits(binary.BigEndian.Uint32(b))), 'g', -1, 32), nil
	case Float8:
		return strconv.FormatFloat(math.Float64frombits(binary.BigEndian.Uint64(b)), 'g', -1, 64), nil
	case Date:
		return epoch.AddDate(0, 0, int(int32(binary.BigEndian.Uint32(b)))).Format("2006-01-02"), nil
	case Time:
		return epoch.Add(time.Duration(int64(binary.BigEndian.Uint64(b)) % 86400e6 * 1000)).Format("15:04:05.000000"), nil
	case Timestamp:
		return fromMicros(b).Format("2006-01-02 15:04:05.000000"), nil
	case Timestamptz:
		return fromMicros(b).Format("2006-01-02 15:04:05.000000+00"), nil
	case Numeric:
		return numericText(b)
	case Varbyte, Bytea:
		return hex.EncodeToString(b), nil
	}
	return string(b), nil // text types are the same in both forms
}

func fromMicros(b []byte) time.Time {
	micros := int64(binary.BigEndian.Uint64(b))
	return time.UnixMicro(epoch.UnixMicro() + micros).UTC()
}
