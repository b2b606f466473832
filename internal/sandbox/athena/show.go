package athena

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// hive makes the result columns of a utility statement, all of type string.
func hive(names ...string) []resultColumn {
	var out []resultColumn
	for _, n := range names {
		out = append(out, resultColumn{Name: n, Type: trino.Type{Kind: trino.Varchar}, Hive: true})
	}
	return out
}

// show answers SHOW and DESCRIBE from the catalogue.
func (j *job) show(ctx context.Context, st *trino.Statement) error {
	release, err := j.catalog.hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := j.refreshFiles(ctx); err != nil {
		return err
	}
	switch st.Verb {
	case trino.ShowDatabases:
		j.out.columns = hive("database_name")
		c := j.catalog.named(cmp.Or(strings.Join(st.Name.Parts, "."), j.x.catalog))
		if c == nil {
			return trino.Fail("CATALOG_NOT_FOUND", "Catalog '%s' does not exist", strings.Join(st.Name.Parts, "."))
		}
		j.lines = matching(sortedKeys(c.databases), st.Like)
		return nil
	case trino.ShowTables, trino.ShowViews:
		return j.showTables(st)
	}
	t, err := j.catalog.lookup(partitionsOf(st.Name), j.x.catalog, j.x.database)
	if err != nil {
		return err
	}
	if err := j.prepare(ctx, t); err != nil {
		return err
	}
	switch st.Verb {
	case trino.ShowColumns:
		j.out.columns = hive("field")
		for _, c := range t.allColumns() {
			j.lines = append(j.lines, padded(c.Name))
		}
	case trino.Describe:
		j.describe(t)
	case trino.ShowPartitions:
		return j.showPartitions(t)
	case trino.ShowCreateTable:
		if t.view != "" {
			return trino.Fail("", "SHOW CREATE TABLE is not supported for views; use SHOW CREATE VIEW")
		}
		j.out.columns = hive("createtab_stmt")
		j.lines = createStatement(t)
	case trino.ShowCreateView:
		if t.view == "" {
			return trino.Fail("NOT_SUPPORTED", "Relation '%s.%s.%s' is a table, not a view", engineSchema, t.database, t.name)
		}
		j.out.columns = hive("Create View")
		j.lines = strings.Split(fmt.Sprintf("CREATE VIEW %s.%s AS\n%s", t.database, t.name, t.view), "\n")
	case trino.ShowProperties:
		j.out.columns = hive("prpt_name", "prpt_value")
		parameters := t.parameters()
		for _, k := range sortedKeys(parameters) {
			j.lines = append(j.lines, k+"\t"+parameters[k])
		}
	}
	return nil
}

func (j *job) showTables(st *trino.Statement) error {
	name, home := cmp.Or(j.x.database, "default"), j.x.catalog
	if n := len(st.Name.Parts); n > 0 {
		name = st.Name.Parts[n-1]
		if n > 1 {
			home = st.Name.Parts[n-2]
		}
	}
	c := j.catalog.named(home)
	if c == nil {
		return trino.Fail("CATALOG_NOT_FOUND", "Catalog '%s' does not exist", home)
	}
	db := c.databases[strings.ToLower(name)]
	if db == nil {
		return trino.Fail("SCHEMA_NOT_FOUND", "Schema '%s' does not exist", name)
	}
	var names []string
	for _, n := range sortedKeys(db.tables) {
		if st.Verb == trino.ShowTables || db.tables[n].view != "" {
			names = append(names, n)
		}
	}
	j.out.columns = hive("tab_name")
	if st.Verb == trino.ShowViews {
		j.out.columns = hive("views")
	}
	j.lines = matching(names, st.Like)
	return nil
}

// matching keeps the names that a Hive pattern takes: * for any characters and
// | between alternatives.
func matching(names []string, pattern string) []string {
	if pattern == "" {
		return names
	}
	expression := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*")
	expression = strings.ReplaceAll(strings.ReplaceAll(expression, `\|`, "|"), "%", ".*")
	filter, err := regexp.Compile("(?i)^(?:" + expression + ")$")
	if err != nil {
		return nil
	}
	var out []string
	for _, n := range names {
		if filter.MatchString(n) {
			out = append(out, n)
		}
	}
	return out
}

// padded is a field of DESCRIBE, which Hive pads to 20 characters.
func padded(s string) string { return fmt.Sprintf("%-20s", s) }

func (t *table) allColumns() []trino.Column {
	return append(append([]trino.Column{}, t.columns...), t.partitions...)
}

// describe writes a column a line, tabs between, then the partition columns
// once more.
func (j *job) describe(t *table) {
	j.out.columns = hive("col_name", "data_type", "comment")
	line := func(c trino.Column) string {
		return padded(c.Name) + "\t" + padded(c.Type.Hive()) + "\t" + padded(c.Comment)
	}
	for _, c := range t.allColumns() {
		j.lines = append(j.lines, line(c))
	}
	if len(t.partitions) == 0 {
		return
	}
	j.lines = append(j.lines, "\t \t ", "# Partition Information\t \t ", padded("# col_name")+"\t"+padded("data_type")+"\t"+padded("comment"), "\t \t ")
	for _, c := range t.partitions {
		j.lines = append(j.lines, line(c))
	}
}

func (j *job) showPartitions(t *table) error {
	if len(t.partitions) == 0 {
		return trino.Fail("", "FAILED: SemanticException Table %s is not a partitioned table", t.name)
	}
	j.out.columns = hive("partition")
	values, err := t.partitionValues()
	if err != nil {
		return err
	}
	for _, v := range values {
		j.lines = append(j.lines, t.nameOf(v))
	}
	return nil
}

// createStatement spells a table as Athena's SHOW CREATE TABLE does.
func createStatement(t *table) []string {
	out := []string{"CREATE EXTERNAL TABLE `" + t.database + "." + t.name + "`("}
	list := func(columns []trino.Column) {
		for i, c := range columns {
			end := ", "
			if i == len(columns)-1 {
				end = ")"
			}
			comment := ""
			if c.Comment != "" {
				comment = " COMMENT " + trino.QuoteText(c.Comment)
			}
			out = append(out, "  `"+c.Name+"` "+c.Type.Hive()+comment+end)
		}
	}
	list(t.columns)
	if t.comment != "" {
		out = append(out, "COMMENT "+trino.QuoteText(t.comment))
	}
	if len(t.partitions) > 0 {
		out = append(out, "PARTITIONED BY ( ")
		list(t.partitions)
	}
	s := t.storage()
	out = append(out, "ROW FORMAT SERDE ", "  "+trino.QuoteText(s.serde)+" ")
	if t.delimiter != "" {
		out = append(out, "WITH SERDEPROPERTIES ( ", "  'field.delim'="+trino.QuoteText(t.delimiter)+") ")
	}
	out = append(out, "STORED AS INPUTFORMAT ", "  "+trino.QuoteText(s.input)+" ", "OUTPUTFORMAT ", "  "+trino.QuoteText(s.output),
		"LOCATION", "  "+trino.QuoteText(t.location))
	var pairs []string
	for _, k := range sortedKeys(t.params) {
		pairs = append(pairs, "  "+trino.QuoteText(k)+"="+trino.QuoteText(t.params[k]))
	}
	if len(pairs) > 0 {
		out = append(out, "TBLPROPERTIES (")
		out = append(out, strings.Split(strings.Join(pairs, ", \n")+")", "\n")...)
	}
	return out
}
