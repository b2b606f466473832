package athena

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/result"
)

// schemaOf maps the result's columns to Arrow. Where the metadata leaves the
// type open, the first page's values settle it: Trino writes every value of a
// timestamp column with the same number of digits.
func schemaOf(columns []columnInfo, samples []*string) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = field(c, samples[i])
	}
	return arrow.NewSchema(fields, nil)
}

func field(c columnInfo, sample *string) arrow.Field {
	// The page the names are views into is soon gone.
	name, kind := strings.Clone(c.name), strings.ToLower(strings.Clone(c.kind))
	switch base, _, _ := strings.Cut(kind, "("); base {
	case "boolean":
		return result.Field(name, arrow.FixedWidthTypes.Boolean, kind)
	case "tinyint":
		return result.Field(name, arrow.PrimitiveTypes.Int8, kind)
	case "smallint":
		return result.Field(name, arrow.PrimitiveTypes.Int16, kind)
	case "integer", "int":
		return result.Field(name, arrow.PrimitiveTypes.Int32, kind)
	case "bigint":
		return result.Field(name, arrow.PrimitiveTypes.Int64, kind)
	case "real", "float":
		return result.Field(name, arrow.PrimitiveTypes.Float32, kind)
	case "double":
		return result.Field(name, arrow.PrimitiveTypes.Float64, kind)
	case "date":
		return result.Field(name, arrow.FixedWidthTypes.Date32, kind)
	case "varbinary", "binary":
		return result.Field(name, arrow.BinaryTypes.Binary, kind)
	case "json":
		return result.TextField(name, kind, result.TextJSON)
	case "decimal":
		return decimalField(name, c)
	case "timestamp":
		if !strings.Contains(kind, "zone") {
			return timestampField(name, kind, int(c.precision), sample)
		}
	}
	// Text: varchar, char, string; what Arrow cannot hold exactly (time,
	// timestamp with time zone, whose zone may differ by row; intervals,
	// ipaddress, uuid); and array, map and row, whose text is not JSON and
	// cannot be parsed back.
	return result.Field(name, arrow.BinaryTypes.String, kind)
}

func decimalField(name string, c columnInfo) arrow.Field {
	if c.precision < 1 || c.precision > 38 || c.scale < 0 || c.scale > c.precision {
		return result.TextField(name, "decimal", result.TextNumber)
	}
	t := &arrow.Decimal128Type{Precision: c.precision, Scale: c.scale}
	return result.Field(name, t, fmt.Sprintf("decimal(%d,%d)", c.precision, c.scale))
}

// timestampField picks the unit that holds the values' digits. More than nine
// digits (Trino allows twelve) stay text.
func timestampField(name, kind string, precision int, sample *string) arrow.Field {
	digits := 6 // all NULL so far: microseconds hold every usual type
	if sample != nil {
		_, fraction, _ := strings.Cut(*sample, ".")
		digits = len(fraction)
	}
	if precision > digits && precision <= 12 {
		digits = precision
	}
	unit := arrow.Millisecond
	switch {
	case digits > 9:
		return result.Field(name, arrow.BinaryTypes.String, kind)
	case digits > 6:
		unit = arrow.Nanosecond
	case digits > 3:
		unit = arrow.Microsecond
	}
	return result.Field(name, &arrow.TimestampType{Unit: unit}, kind)
}
