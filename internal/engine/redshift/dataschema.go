package redshift

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fairleadhq/fairlead/internal/engine/redshift/dataapi"
	"github.com/fairleadhq/fairlead/internal/result"
)

// oidOf finds a type by the Data API's name of it, 0 for one that is not known.
func oidOf(name string) uint32 {
	switch strings.ToLower(name) {
	case "bool", "boolean":
		return oidBool
	case "bytea":
		return oidBytea
	case "char":
		return oidChar
	case "name":
		return oidName
	case "int8", "bigint":
		return oidInt8
	case "int2", "smallint":
		return oidInt2
	case "int4", "integer":
		return oidInt4
	case "text":
		return oidText
	case "oid":
		return oidOID
	case "float4", "real":
		return oidFloat4
	case "float8", "double precision":
		return oidFloat8
	case "unknown":
		return oidUnknown
	case "bpchar", "character":
		return oidBPChar
	case "varchar", "character varying":
		return oidVarchar
	case "date":
		return oidDate
	case "numeric", "decimal":
		return oidNumeric
	}
	return otherOIDOf(name)
}

func otherOIDOf(name string) uint32 {
	switch strings.ToLower(name) {
	case "time", "time without time zone":
		return oidTime
	case "timetz", "time with time zone":
		return oidTimeTZ
	case "timestamp", "timestamp without time zone":
		return oidTimestamp
	case "timestamptz", "timestamp with time zone":
		return oidTimestampTZ
	case "interval":
		return oidInterval
	case "intervaly2m", "interval year to month":
		return oidIntervalY2M
	case "intervald2s", "interval day to second":
		return oidIntervalD2S
	case "hllsketch":
		return oidHLLSketch
	case "geometry":
		return oidGeometry
	case "geography":
		return oidGeography
	case "super":
		return oidSuper
	case "varbyte":
		return oidVarbyte
	}
	return 0
}

// longestText is Redshift's longest varchar; a length beyond it tells nothing.
const longestText = 65535

// dataSchema is the schema that the wire would give for the same columns.
func dataSchema(columns []dataapi.Column) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		d := pgconn.FieldDescription{Name: c.Label, DataTypeOID: oidOf(c.TypeName), TypeModifier: -1}
		if d.Name == "" {
			d.Name = c.Name
		}
		switch d.DataTypeOID {
		case 0:
			fields[i] = result.Field(d.Name, arrow.BinaryTypes.String, c.TypeName)
			continue
		case oidNumeric:
			if c.Precision > 0 {
				d.TypeModifier = c.Precision<<16 | c.Scale + typmodHeader
			}
		case oidVarchar, oidBPChar:
			if c.Length > 0 && c.Length <= longestText {
				d.TypeModifier = c.Length + typmodHeader
			}
		}
		fields[i] = field(d)
	}
	return arrow.NewSchema(fields, nil)
}
