package redshift

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fairleadhq/fairlead/internal/result"
)

// Type numbers on the wire: PostgreSQL's (src/include/catalog/pg_type.dat) and
// Redshift's own.
const (
	oidBool        = 16
	oidBytea       = 17
	oidChar        = 18
	oidName        = 19
	oidInt8        = 20
	oidInt2        = 21
	oidInt4        = 23
	oidText        = 25
	oidOID         = 26
	oidJSON        = 114
	oidFloat4      = 700
	oidFloat8      = 701
	oidUnknown     = 705
	oidBPChar      = 1042
	oidVarchar     = 1043
	oidDate        = 1082
	oidTime        = 1083
	oidTimestamp   = 1114
	oidTimestampTZ = 1184
	oidInterval    = 1186
	oidIntervalY2M = 1188
	oidIntervalD2S = 1190
	oidTimeTZ      = 1266
	oidNumeric     = 1700
	oidHLLSketch   = 2935
	oidGeometry    = 3000
	oidGeography   = 3001
	oidJSONB       = 3802
	oidSuper       = 4000
	oidVarbyte     = 6551
)

// typmodHeader is what PostgreSQL adds to a length or precision in a type modifier.
const typmodHeader = 4

func schemaOf(columns []pgconn.FieldDescription) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = field(c)
	}
	return arrow.NewSchema(fields, nil)
}

func field(c pgconn.FieldDescription) arrow.Field {
	switch c.DataTypeOID {
	case oidBool:
		return result.Field(c.Name, arrow.FixedWidthTypes.Boolean, "boolean")
	case oidInt2:
		return result.Field(c.Name, arrow.PrimitiveTypes.Int16, "smallint")
	case oidInt4:
		return result.Field(c.Name, arrow.PrimitiveTypes.Int32, "integer")
	case oidInt8:
		return result.Field(c.Name, arrow.PrimitiveTypes.Int64, "bigint")
	case oidOID:
		return result.Field(c.Name, arrow.PrimitiveTypes.Int64, "oid")
	case oidFloat4:
		return result.Field(c.Name, arrow.PrimitiveTypes.Float32, "real")
	case oidFloat8:
		return result.Field(c.Name, arrow.PrimitiveTypes.Float64, "double precision")
	case oidNumeric:
		return numericField(c)
	case oidDate:
		return result.Field(c.Name, arrow.FixedWidthTypes.Date32, "date")
	case oidTimestamp:
		return result.Field(c.Name, &arrow.TimestampType{Unit: arrow.Microsecond}, "timestamp")
	case oidTimestampTZ:
		// An instant: the server keeps no zone, so UTC holds it exactly.
		return result.Field(c.Name, &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, "timestamptz")
	case oidVarbyte:
		return result.Field(c.Name, arrow.BinaryTypes.Binary, "varbyte")
	case oidBytea:
		return result.Field(c.Name, arrow.BinaryTypes.Binary, "bytea")
	case oidSuper:
		return result.TextField(c.Name, "super", result.TextJSON)
	case oidJSON:
		return result.TextField(c.Name, "json", result.TextJSON)
	case oidJSONB:
		return result.TextField(c.Name, "jsonb", result.TextJSON)
	}
	return result.Field(c.Name, arrow.BinaryTypes.String, textType(c))
}

// numericField keeps a numeric whose size the server tells as a decimal, and
// any other as exact text.
func numericField(c pgconn.FieldDescription) arrow.Field {
	if c.TypeModifier >= typmodHeader {
		m := c.TypeModifier - typmodHeader
		precision, scale := m>>16, m&0xffff
		if precision >= 1 && precision <= 38 && scale <= precision {
			t := &arrow.Decimal128Type{Precision: precision, Scale: scale}
			return result.Field(c.Name, t, fmt.Sprintf("numeric(%d,%d)", precision, scale))
		}
	}
	return result.TextField(c.Name, "numeric", result.TextNumber)
}

// textType names a type that is carried as text.
func textType(c pgconn.FieldDescription) string {
	switch c.DataTypeOID {
	case oidVarchar:
		return withLength("varchar", c.TypeModifier)
	case oidBPChar:
		return withLength("char", c.TypeModifier)
	case oidText, oidUnknown:
		return "text"
	case oidChar:
		return `"char"`
	case oidName:
		return "name"
	case oidTime:
		return "time"
	case oidTimeTZ:
		return "timetz"
	case oidInterval:
		return "interval"
	case oidIntervalY2M:
		return "interval year to month"
	case oidIntervalD2S:
		return "interval day to second"
	case oidHLLSketch:
		return "hllsketch"
	case oidGeometry:
		return "geometry"
	case oidGeography:
		return "geography"
	}
	return fmt.Sprintf("type %d", c.DataTypeOID)
}

func withLength(name string, typmod int32) string {
	if typmod < typmodHeader {
		return name
	}
	return fmt.Sprintf("%s(%d)", name, typmod-typmodHeader)
}
