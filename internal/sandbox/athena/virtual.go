package athena

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// virtual is the text of a relation that is made from the catalogue:
// information_schema and the partitions of a table.
func (j *job) virtual(ctx context.Context, name trino.Name) (string, bool, error) {
	n := len(name.Parts)
	if n >= 2 && name.Parts[n-2] == "information_schema" {
		home := j.x.catalog
		if n == 3 {
			home = name.Parts[0]
		}
		c := j.catalog.named(home)
		if c == nil {
			return "", true, trino.Fail("CATALOG_NOT_FOUND", "Catalog '%s' does not exist", home)
		}
		text, err := j.informationSchema(ctx, c, name.Parts[n-1])
		return text, true, err
	}
	if !strings.HasSuffix(name.Parts[n-1], partitionsSuffix) {
		return "", false, nil
	}
	t, err := j.ready(ctx, partitionsOf(name), j.x.catalog, j.x.database)
	if err != nil {
		return "", true, err
	}
	values, err := t.partitionValues()
	if err != nil {
		return "", true, err
	}
	var names []string
	for _, c := range t.partitions {
		names = append(names, c.Name)
	}
	return relation(names, values), true, nil
}

const partitionsSuffix = "$partitions"

func partitionsOf(name trino.Name) trino.Name {
	parts := slices.Clone(name.Parts)
	parts[len(parts)-1] = strings.TrimSuffix(parts[len(parts)-1], partitionsSuffix)
	return trino.Name{Parts: parts, Pos: name.Pos}
}

// relation is a subquery of text values; a value of "\x00" is NULL.
func relation(names []string, rows [][]string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = trino.QuoteName(n)
	}
	if len(rows) == 0 {
		for i := range quoted {
			quoted[i] = "CAST(NULL AS VARCHAR) AS " + quoted[i]
		}
		return "(SELECT " + strings.Join(quoted, ", ") + " WHERE false)"
	}
	lines := make([]string, len(rows))
	for i, row := range rows {
		cells := make([]string, len(row))
		for k, v := range row {
			cells[k] = trino.QuoteText(v)
			if v == "\x00" {
				cells[k] = "NULL"
			}
		}
		lines[i] = "(" + strings.Join(cells, ", ") + ")"
	}
	return "(SELECT * FROM (VALUES " + strings.Join(lines, ", ") + ") AS fl_rows(" + strings.Join(quoted, ", ") + "))"
}

// partitionValues are those of the known partitions.
func (t *table) partitionValues() ([][]string, error) {
	if len(t.partitions) == 0 {
		return nil, trino.Fail("TABLE_NOT_FOUND", "Table '%s.%s.%s%s' does not exist", engineSchema, t.database, t.name, partitionsSuffix)
	}
	out := make([][]string, len(t.loaded))
	for i, p := range t.loaded {
		out[i] = p.values
	}
	return out, nil
}

// informationSchema makes one of the standard's views of the catalogue.
func (j *job) informationSchema(ctx context.Context, c *catalog, name string) (string, error) {
	if err := j.refreshFiles(ctx); err != nil {
		return "", err
	}
	var rows [][]string
	switch name {
	case "schemata":
		for _, db := range append(sortedKeys(c.databases), "information_schema") {
			rows = append(rows, []string{c.engine, db})
		}
		return relation([]string{"catalog_name", "schema_name"}, rows), nil
	case "tables", "views":
		for _, db := range sortedKeys(c.databases) {
			for _, key := range sortedKeys(c.databases[db].tables) {
				t := c.databases[db].tables[key]
				kind := "BASE TABLE"
				if t.view != "" {
					kind = "VIEW"
				}
				if name == "tables" {
					rows = append(rows, []string{c.engine, db, key, kind})
				} else if t.view != "" {
					rows = append(rows, []string{c.engine, db, key, t.view})
				}
			}
		}
		last := map[string]string{"tables": "table_type", "views": "view_definition"}[name]
		return relation([]string{"table_catalog", "table_schema", "table_name", last}, rows), nil
	case "columns":
		for _, db := range sortedKeys(c.databases) {
			for _, key := range sortedKeys(c.databases[db].tables) {
				rows = append(rows, j.columnRows(c, c.databases[db].tables[key])...)
			}
		}
		text := relation([]string{"table_catalog", "table_schema", "table_name", "column_name", "fl_position", "column_default", "is_nullable", "data_type", "comment", "extra_info"}, rows)
		return "(SELECT * EXCLUDE (fl_position), CAST(fl_position AS BIGINT) AS ordinal_position FROM " + text + ")", nil
	}
	return "", trino.Fail("TABLE_NOT_FOUND", "Table '%s.information_schema.%s' does not exist", c.engine, name)
}

func (j *job) columnRows(home *catalog, t *table) [][]string {
	const null = "\x00"
	j.columnsOf(t)
	var rows [][]string
	for i, c := range t.allColumns() {
		comment, extra := null, null
		if c.Comment != "" {
			comment = c.Comment
		}
		if i >= len(t.columns) {
			extra = "partition key"
		}
		rows = append(rows, []string{home.engine, t.database, t.name, c.Name, strconv.Itoa(i + 1), null, "YES", c.Type.String(), comment, extra})
	}
	return rows
}
