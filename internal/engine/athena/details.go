package athena

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/fairleadhq/fairlead/internal/engine"
)

// object is the table as an entry of the catalog, with all that Glue tells.
func (t *glueTable) object() engine.Object {
	o := engine.Object{Name: t.Name, Kind: kindOf(t.TableType), Comment: t.Description}
	if o.Comment == "" {
		o.Comment = t.Parameters["comment"]
	}
	if t.TargetTable != nil {
		o.Details = append(o.Details, engine.Detail{Name: "link to", Value: t.TargetTable.CatalogId + "." + t.TargetTable.DatabaseName + "." + t.TargetTable.Name})
		return o
	}
	if t.StorageDescriptor == nil && o.Kind == "table" {
		o.Broken = "the catalog has no storage descriptor for it, so Athena cannot read it"
		return o
	}
	rows, bytes := statistics(t.Parameters)
	if o.Rows, o.Bytes = rows, bytes; rows != nil || bytes != nil {
		o.AsOf = moment(t.UpdateTime)
	}
	add := func(name, value string) {
		if value != "" {
			o.Details = append(o.Details, engine.Detail{Name: name, Value: value})
		}
	}
	if s := t.StorageDescriptor; s != nil {
		add("location", s.Location)
	}
	add("format", t.format())
	add("partitioned by", columnList(t.PartitionKeys, ", "))
	add("owner", t.Owner)
	if t.CreateTime > 0 {
		add("created", moment(t.CreateTime).UTC().Format(time.DateTime))
	}
	if t.UpdateTime > t.CreateTime {
		add("updated", moment(t.UpdateTime).UTC().Format(time.DateTime))
	}
	add("definition", viewText(t.ViewOriginalText))
	if o.Kind == "table" {
		add("ddl", t.ddl())
	}
	return o
}

func kindOf(tableType string) string {
	if strings.EqualFold(tableType, "VIRTUAL_VIEW") {
		return "view"
	}
	return "table"
}

func moment(seconds float64) time.Time { return time.UnixMilli(int64(seconds * 1000)) }

// statistics reads the figures that crawlers, Hive and Spark leave among a
// table's parameters. They are as old as the last of their runs.
func statistics(parameters map[string]string) (rows, bytes *int64) {
	figure := func(names ...string) *int64 {
		for _, name := range names {
			if n, err := strconv.ParseInt(parameters[name], 10, 64); err == nil && n >= 0 {
				return &n
			}
		}
		return nil
	}
	return figure("numRows", "recordCount", "spark.sql.statistics.numRows"),
		figure("totalSize", "sizeKey", "spark.sql.statistics.totalSize", "rawDataSize")
}

// format names how the table's files are written.
func (t *glueTable) format() string {
	if kind := t.Parameters["table_type"]; kind != "" {
		return strings.ToLower(kind)
	}
	if kind := t.Parameters["classification"]; kind != "" {
		return kind
	}
	s := t.StorageDescriptor
	if s == nil {
		return ""
	}
	text := strings.ToLower(s.InputFormat)
	if s.SerdeInfo != nil {
		text += strings.ToLower(s.SerdeInfo.SerializationLibrary)
	}
	for _, kind := range []string{"parquet", "orc", "avro", "json", "csv", "regex"} {
		if strings.Contains(text, kind) {
			return kind
		}
	}
	if strings.Contains(text, "text") {
		return "text"
	}
	return ""
}

// viewText is a view's statement: Presto keeps it as JSON in base64 within a
// comment, Hive as it is.
func viewText(original string) string {
	rest, presto := strings.CutPrefix(original, "/* Presto View: ")
	if !presto {
		return original
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(strings.TrimSpace(rest), " */"))
	var doc struct{ OriginalSQL string }
	if err != nil || json.Unmarshal(raw, &doc) != nil || doc.OriginalSQL == "" {
		return original
	}
	return doc.OriginalSQL
}

func columnList(columns []glueColumn, between string) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = "`" + c.Name + "` " + c.Type
	}
	return strings.Join(list, between)
}

// ddl is a statement that would make the table, in the form SHOW CREATE TABLE
// has it.
func (t *glueTable) ddl() string {
	s := t.StorageDescriptor
	if s == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE EXTERNAL TABLE `%s`(\n  %s)", t.Name, columnList(s.Columns, ",\n  "))
	if len(t.PartitionKeys) > 0 {
		fmt.Fprintf(&b, "\nPARTITIONED BY (\n  %s)", columnList(t.PartitionKeys, ",\n  "))
	}
	if i := s.SerdeInfo; i != nil && i.SerializationLibrary != "" {
		fmt.Fprintf(&b, "\nROW FORMAT SERDE\n  %s", quoted(i.SerializationLibrary))
		if len(i.Parameters) > 0 {
			fmt.Fprintf(&b, "\nWITH SERDEPROPERTIES (\n  %s)", properties(i.Parameters))
		}
	}
	if s.InputFormat != "" {
		fmt.Fprintf(&b, "\nSTORED AS INPUTFORMAT\n  %s\nOUTPUTFORMAT\n  %s", quoted(s.InputFormat), quoted(s.OutputFormat))
	}
	if s.Location != "" {
		fmt.Fprintf(&b, "\nLOCATION\n  %s", quoted(s.Location))
	}
	if len(t.Parameters) > 0 {
		fmt.Fprintf(&b, "\nTBLPROPERTIES (\n  %s)", properties(t.Parameters))
	}
	return b.String()
}

func properties(m map[string]string) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, quoted(name)+"="+quoted(m[name]))
	}
	return strings.Join(list, ",\n  ")
}

// tableOf reads Athena's own account of a table, which other catalogs than
// Glue give as well. Its location and formats stand among the parameters.
func tableOf(m *types.TableMetadata) *glueTable {
	t := &glueTable{Name: aws.ToString(m.Name), TableType: aws.ToString(m.TableType), Parameters: map[string]string{},
		StorageDescriptor: &glueStorage{}}
	if m.CreateTime != nil {
		t.CreateTime = float64(m.CreateTime.Unix())
	}
	for name, value := range m.Parameters {
		switch name {
		case "location":
			t.StorageDescriptor.Location = value
		case "inputformat":
			t.StorageDescriptor.InputFormat = value
		case "outputformat":
			t.StorageDescriptor.OutputFormat = value
		default:
			t.Parameters[name] = value
		}
	}
	columns := func(list []types.Column) (out []glueColumn) {
		for _, c := range list {
			out = append(out, glueColumn{aws.ToString(c.Name), aws.ToString(c.Type), aws.ToString(c.Comment)})
		}
		return out
	}
	t.StorageDescriptor.Columns, t.PartitionKeys = columns(m.Columns), columns(m.PartitionKeys)
	return t
}
