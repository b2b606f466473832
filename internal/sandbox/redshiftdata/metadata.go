package redshiftdata

import (
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rstype"
)

// column is what the service tells of one.
type column struct {
	Name       string `json:"name"`
	Label      string `json:"label"`
	TypeName   string `json:"typeName"`
	Length     int32  `json:"length"`
	Precision  int32  `json:"precision"`
	Scale      int32  `json:"scale"`
	Nullable   int    `json:"nullable"`
	IsSigned   bool   `json:"isSigned"`
	SchemaName string `json:"schemaName"`
	TableName  string `json:"tableName"`
}

// typeNames are the service's names of types.
var typeNames = map[uint32]string{
	rstype.Bool: "bool", rstype.Bytea: "bytea", rstype.Name: "name", rstype.Int8: "int8", rstype.Int2: "int2", rstype.Int4: "int4",
	rstype.Text: "text", rstype.OID: "oid", rstype.Float4: "float4", rstype.Float8: "float8", rstype.Unknown: "unknown",
	rstype.Bpchar: "bpchar", rstype.Varchar: "varchar", rstype.Date: "date", rstype.Time: "time", rstype.Timestamp: "timestamp",
	rstype.Timestamptz: "timestamptz", rstype.IntervalY2M: "intervaly2m", rstype.IntervalD2S: "intervald2s", rstype.Timetz: "timetz",
	rstype.Numeric: "numeric", rstype.Geometry: "geometry", rstype.Super: "super", rstype.Varbyte: "varbyte",
}

// precisions are those of types that have a fixed one.
var precisions = map[uint32]int32{rstype.Int2: 5, rstype.Int4: 10, rstype.Int8: 19, rstype.Float4: 8, rstype.Float8: 17, rstype.Bool: 1}

func metadata(columns []pgwire.Column) []column {
	out := make([]column, len(columns))
	for i, c := range columns {
		out[i] = column{Name: c.Name, Label: c.Name, TypeName: typeNames[c.OID], Nullable: 1, Precision: precisions[c.OID]}
		if out[i].TypeName == "" {
			out[i].TypeName = "unknown"
		}
		modifier := c.TypMod - 4
		switch {
		case c.OID == rstype.Numeric && modifier >= 0:
			out[i].Precision, out[i].Scale, out[i].IsSigned = modifier>>16, modifier&0xffff, true
		case (c.OID == rstype.Varchar || c.OID == rstype.Bpchar) && modifier >= 0:
			out[i].Length, out[i].Precision = modifier, modifier
		case precisions[c.OID] != 0:
			out[i].IsSigned = c.OID != rstype.Bool
		}
	}
	return out
}
