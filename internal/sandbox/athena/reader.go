package athena

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// readFiles is the query that reads a table's files as its declared columns.
// The partition columns of files that lie where their values say are read from
// the path, so that the engine passes over the partitions that a query does not
// ask for; a partition elsewhere is a query of its own.
func readFiles(t *table, parts []part) string {
	if len(parts) == 0 {
		return emptyQuery(t)
	}
	if len(t.partitions) == 0 {
		return readParts(t, parts, nil)
	}
	var inPlace []part
	elsewhere := map[string][]part{}
	for _, p := range parts {
		if values, ok := t.valuesOf(filepath.ToSlash(p.path)); ok && slices.Equal(values, p.values) {
			inPlace = append(inPlace, p)
		} else {
			key := strings.Join(p.values, "\x00")
			elsewhere[key] = append(elsewhere[key], p)
		}
	}
	var queries []string
	if len(inPlace) > 0 {
		queries = append(queries, readParts(t, inPlace, nil))
	}
	for _, key := range sortedKeys(elsewhere) {
		queries = append(queries, readParts(t, elsewhere[key], elsewhere[key][0].values))
	}
	return strings.Join(queries, " UNION ALL ")
}

// readParts reads files of one kind: with values of a partition, or with those
// that their paths tell.
func readParts(t *table, parts []part, values []string) string {
	files := make([]string, len(parts))
	for i, p := range parts {
		files[i] = trino.QuoteText(p.path)
	}
	list := "[" + strings.Join(files, ", ") + "]"
	hive := ""
	if len(t.partitions) > 0 && values == nil {
		types := make([]string, len(t.partitions))
		for i, p := range t.partitions {
			types[i] = trino.QuoteText(p.Name) + ": " + p.Type.Duck()
		}
		hive = ", hive_partitioning = true, hive_types = {" + strings.Join(types, ", ") + "}"
	}
	switch t.format {
	case "JSON":
		return "SELECT " + columnNames(t, values) + " FROM read_json(" + list + ", format = 'newline_delimited', ignore_errors = true, columns = {" + columnTypes(t, false) + "}" + hive + ")"
	case "PARQUET":
		files := "read_parquet(" + list + hive + ", union_by_name = true)"
		if t.widened { // files may lack a column: it is NULL there
			files = "(SELECT * FROM (" + emptyQuery(&table{columns: t.columns}) + ") UNION ALL BY NAME SELECT * FROM " + files + ")"
		}
		return "SELECT " + columnNames(t, values) + " FROM " + files
	}
	return "SELECT " + textColumns(t, values) + " FROM read_csv(" + list + ", auto_detect = false, columns = {" + columnTypes(t, true) + "}" + csvDialect(t) + hive + ")"
}

// csvDialect follows the SerDe: OpenCSV quotes, LazySimple does not.
func csvDialect(t *table) string {
	header := "false"
	if t.params["skip.header.line.count"] != "" && t.params["skip.header.line.count"] != "0" {
		header = "true"
	}
	delimiter, quote, escape, null := t.delimiter, "", "", `\N`
	if t.format == "CSV" {
		quote, escape, null = `"`, `"`, "\x01"
		if delimiter == "" {
			delimiter = ","
		}
	}
	if delimiter == "" {
		delimiter = "\x01"
	}
	if delimiter == `\t` {
		delimiter = "\t"
	}
	return ", header = " + header + ", delim = " + trino.QuoteText(delimiter) + ", quote = " + trino.QuoteText(quote) + ", escape = " + trino.QuoteText(escape) +
		", nullstr = " + trino.QuoteText(null) + ", null_padding = true, strict_mode = false"
}

// columnTypes lists 'name': 'TYPE'; text files are read as text and converted
// after, since Hive reads a malformed value as NULL.
func columnTypes(t *table, asText bool) string {
	types := make([]string, len(t.columns))
	for i, c := range t.columns {
		typ := c.Type.Duck()
		if asText {
			typ = "VARCHAR"
		}
		types[i] = trino.QuoteText(c.Name) + ": " + trino.QuoteText(typ)
	}
	return strings.Join(types, ", ")
}

func columnNames(t *table, values []string) string {
	var out []string
	for _, c := range t.columns {
		out = append(out, "CAST("+trino.QuoteName(c.Name)+" AS "+c.Type.Duck()+") AS "+trino.QuoteName(c.Name))
	}
	return strings.Join(append(out, partitionNames(t, values)...), ", ")
}

func textColumns(t *table, values []string) string {
	var out []string
	for _, c := range t.columns {
		name := trino.QuoteName(c.Name)
		if c.Type.Kind != trino.Varchar {
			name = "TRY_CAST(" + name + " AS " + c.Type.Duck() + ") AS " + name
		}
		out = append(out, name)
	}
	return strings.Join(append(out, partitionNames(t, values)...), ", ")
}

func partitionNames(t *table, values []string) []string {
	var out []string
	for i, c := range t.partitions {
		name := trino.QuoteName(c.Name)
		if values != nil {
			name = "CAST(" + trino.QuoteText(values[i]) + " AS " + c.Type.Duck() + ") AS " + name
		}
		out = append(out, name)
	}
	return out
}

// emptyQuery has the table's columns and no rows.
func emptyQuery(t *table) string {
	var out []string
	for _, c := range append(append([]trino.Column{}, t.columns...), t.partitions...) {
		out = append(out, "CAST(NULL AS "+c.Type.Duck()+") AS "+trino.QuoteName(c.Name))
	}
	return "SELECT " + strings.Join(out, ", ") + " WHERE false"
}
