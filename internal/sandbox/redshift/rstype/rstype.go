// Package rstype is Redshift's types on the wire: which type a DuckDB column
// becomes, how a value is written as text and in binary, and how a bound
// parameter is read. It knows no SQL and no session.
//
//	t := rstype.Of("DECIMAL(18,2)") // numeric, typmod for (18,2)
//	dst, err := t.Append(dst, "10.50", false)
package rstype

import (
	"strconv"
	"strings"
)

// Type ids, as Redshift reports them. Those above 1700 that PostgreSQL has not
// are from Redshift's drivers.
const (
	Bool        = 16
	Bytea       = 17
	Name        = 19
	Int8        = 20
	Int2        = 21
	Int4        = 23
	Text        = 25
	OID         = 26
	Float4      = 700
	Float8      = 701
	Unknown     = 705
	Bpchar      = 1042
	Varchar     = 1043
	Date        = 1082
	Time        = 1083
	Timestamp   = 1114
	Timestamptz = 1184
	IntervalY2M = 1188
	IntervalD2S = 1190
	Timetz      = 1266
	Numeric     = 1700
	Geometry    = 3000
	Super       = 4000
	Varbyte     = 6551
)

// Type is a column's type.
type Type struct {
	OID    uint32
	Size   int16 // bytes, -1 when variable
	TypMod int32 // -1 when none
}

// NumericOf is numeric(precision, scale).
func NumericOf(precision, scale int) Type {
	return Type{Numeric, -1, int32(precision<<16|scale) + 4}
}

// VarcharOf is varchar(n).
func VarcharOf(n int) Type { return Type{Varchar, -1, int32(n) + 4} }

// Of maps the name that DuckDB's DESCRIBE gives a type. Structures, lists and
// JSON become SUPER; 128-bit integers become numeric(38,0); a type Redshift
// has not becomes varchar.
func Of(name string) Type {
	if inner, ok := strings.CutPrefix(name, "DECIMAL("); ok {
		p, s, _ := strings.Cut(strings.TrimSuffix(inner, ")"), ",")
		precision, errP := strconv.Atoi(p)
		scale, errS := strconv.Atoi(strings.TrimSpace(s))
		if errP == nil && errS == nil {
			return NumericOf(precision, scale)
		}
	}
	if strings.HasSuffix(name, "]") || strings.HasPrefix(name, "STRUCT(") || strings.HasPrefix(name, "MAP(") {
		return Type{Super, -1, -1}
	}
	switch name {
	case "BOOLEAN":
		return Type{Bool, 1, -1}
	case "TINYINT", "UTINYINT", "SMALLINT":
		return Type{Int2, 2, -1}
	case "USMALLINT", "INTEGER":
		return Type{Int4, 4, -1}
	case "UINTEGER", "BIGINT":
		return Type{Int8, 8, -1}
	case "UBIGINT":
		return NumericOf(20, 0)
	case "HUGEINT", "UHUGEINT", "BIGNUM":
		return NumericOf(38, 0)
	case "FLOAT":
		return Type{Float4, 4, -1}
	case "DOUBLE":
		return Type{Float8, 8, -1}
	case "DATE":
		return Type{Date, 4, -1}
	case "TIME":
		return Type{Time, 8, -1}
	case "TIME WITH TIME ZONE":
		return Type{Timetz, 12, -1}
	case "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS":
		return Type{Timestamp, 8, -1}
	case "TIMESTAMP WITH TIME ZONE":
		return Type{Timestamptz, 8, -1}
	case "INTERVAL":
		return Type{IntervalD2S, 16, -1}
	case "BLOB":
		return Type{Varbyte, -1, -1}
	case "JSON":
		return Type{Super, -1, -1}
	case "GEOMETRY":
		return Type{Geometry, -1, -1}
	}
	return Type{Varchar, -1, -1}
}

// Fetch is the SQL that turns column expression col of a DuckDB type into what
// Append takes: text where the driver's own value would lose digits, key order
// or cost much.
func Fetch(col, name string) string {
	switch {
	case strings.HasSuffix(name, "]"), strings.HasPrefix(name, "STRUCT("), strings.HasPrefix(name, "MAP("):
		return "CAST(to_json(" + col + ") AS VARCHAR)"
	case strings.HasPrefix(name, "DECIMAL("):
		return "CAST(" + col + " AS VARCHAR)"
	}
	switch name {
	case "BOOLEAN", "TINYINT", "UTINYINT", "SMALLINT", "USMALLINT", "INTEGER", "UINTEGER", "BIGINT",
		"FLOAT", "DOUBLE", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "BLOB", "VARCHAR":
		return col
	case "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS":
		return "CAST(" + col + " AS TIMESTAMP)"
	}
	return "CAST(" + col + " AS VARCHAR)"
}

// duckNames are what a parameter of a type is called in DuckDB.
func duckName(oid uint32) string {
	switch oid {
	case Bool:
		return "BOOLEAN"
	case Int2:
		return "SMALLINT"
	case Int4:
		return "INTEGER"
	case Int8, OID:
		return "BIGINT"
	case Float4:
		return "FLOAT"
	case Float8:
		return "DOUBLE"
	case Date:
		return "DATE"
	case Time:
		return "TIME"
	case Timetz:
		return "TIME WITH TIME ZONE"
	case Timestamp:
		return "TIMESTAMP"
	case Timestamptz:
		return "TIMESTAMP WITH TIME ZONE"
	case Super:
		return "JSON"
	case Varbyte, Bytea:
		return "BLOB"
	}
	return ""
}
