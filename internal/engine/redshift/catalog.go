package redshift

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// source is one way to ask for a listing: a statement, and the columns of its
// answer in the order of the fields they fill.
type source struct {
	sql     string
	columns []string
}

// ask tries the sources in turn and returns the rows of the first that the
// server understands. SHOW commands reach datashares and external schemas and
// are fast; the catalogue views stand in where a server lacks a command or a
// right, or where SHOW has more than the 10,000 rows it will tell. What is not
// there is not there in the views either.
func (e *Engine) ask(ctx context.Context, sources ...source) ([][]string, error) {
	var all [][]string
	for part, err := range e.askParts(ctx, sources...) {
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
	}
	return all, nil
}

// askParts is ask, the rows as they come. What a source told before it failed is
// not told again by the next; the first column tells rows apart.
func (e *Engine) askParts(ctx context.Context, sources ...source) iter.Seq2[[][]string, error] {
	return func(yield func([][]string, error) bool) {
		told := map[string]bool{}
		var first error // the first refusal is the one that tells
		for i, s := range sources {
			var failed error
			for part, err := range e.rowParts(ctx, s.sql, s.columns...) {
				if failed = err; err != nil {
					break
				}
				if i > 0 {
					part = slices.DeleteFunc(part, func(r []string) bool { return told[r[0]] })
				}
				for _, r := range part {
					told[r[0]] = true
				}
				if !yield(part, nil) {
					return
				}
			}
			if failed == nil {
				return
			}
			if i == 0 {
				first = failed
			}
			code := fault.CodeOf(failed)
			next := code == fault.Statement || code == fault.Denied || code == fault.NotFound && i > 0 // a server without that view
			if ctx.Err() != nil || !next {
				yield(nil, failed)
				return
			}
		}
		yield(nil, first)
	}
}

func (e *Engine) databases(ctx context.Context) ([]engine.Object, error) {
	rows, err := e.ask(ctx,
		source{"show databases", []string{"database_name", "database_type", "database_owner"}},
		source{"select database_name, database_type, '' as owner from svv_redshift_databases order by 1", []string{"database_name", "database_type", "owner"}},
		source{"select datname as name, 'local' as kind, '' as owner from pg_database where datallowconn order by 1", []string{"name", "kind", "owner"}})
	list := make([]engine.Object, len(rows))
	for i, r := range rows {
		list[i] = engine.Object{Name: r[0], Kind: "database", Type: foreign(r[1]), Details: details("owner", r[2])}
	}
	return list, err
}

func (e *Engine) schemas(ctx context.Context, database string) ([]engine.Object, error) {
	fields := []string{"schema_name", "schema_type", "schema_owner", "source_database", "schema_option"}
	sources := []source{
		{"show schemas from database " + ident(database), fields},
		{"select schema_name, schema_type, '' as schema_owner, source_database, schema_option from svv_all_schemas where database_name = " +
			literal(database) + " order by 1", fields},
	}
	if database == e.set.database {
		sources = append(sources, source{`select nspname as schema_name, 'local' as schema_type from pg_namespace
			where nspname not like 'pg\_toast%' and nspname not like 'pg\_temp%' order by 1`, fields})
	}
	rows, err := e.ask(ctx, sources...)
	if err != nil {
		return nil, noDatabase(err, database)
	}
	list := make([]engine.Object, len(rows))
	for i, r := range rows {
		list[i] = engine.Object{Name: r[0], Kind: "schema", Type: foreign(r[1]), Details: details("owner", r[2], "source", r[3], "options", r[4])}
	}
	return list, nil
}

// noDatabase tells a database that is not there from a statement that failed.
func noDatabase(err error, database string) error {
	if f := fault.As(err); f.Service != nil && f.Service.Code == unknownDatabase {
		f.Code, f.Message = fault.NotFound, "Redshift has no database "+database
		return f
	}
	return err
}

// unknownDatabase is PostgreSQL's invalid_catalog_name.
const unknownDatabase = "3D000"

// wholeTables is how many tables a listing holds back to tell their sizes with
// them. A larger schema is listed by name and kind as the server tells it;
// Describe brings the size of one table.
const wholeTables = 1000

func (e *Engine) tables(ctx context.Context, database, schema string) objects {
	own := database == e.set.database
	return func(yield func([]engine.Object, error) bool) {
		var held []engine.Object
		n := 0
		for rows, err := range e.askParts(ctx, e.tableSources(database, schema)...) {
			if err != nil {
				if len(held) == 0 || yield(held, nil) {
					yield(nil, noDatabase(err, database))
				}
				return
			}
			n += len(rows)
			held = append(held, tableObjects(rows)...)
			if n > wholeTables {
				if !yield(held, nil) {
					return
				}
				held = nil
			}
		}
		if n > wholeTables {
			return
		}
		if n == 0 && own {
			held = e.externalTables(ctx, schema)
		}
		if len(held) == 0 {
			if known, err := e.schemas(ctx, database); err == nil && !slices.ContainsFunc(known, func(o engine.Object) bool { return o.Name == schema }) {
				yield(nil, fault.Newf(fault.NotFound, "Redshift has no schema %s.%s", database, schema))
				return
			}
		}
		if own && len(held) > 0 {
			e.addSizes(ctx, schema, held)
		}
		yield(held, nil)
	}
}

func (e *Engine) tableSources(database, schema string) []source {
	fields := []string{"table_name", "table_type", "remarks"}
	where := " where schema_name = " + literal(schema) + " and database_name = " + literal(database) + " order by 1"
	sources := []source{
		{"show tables from schema " + ident(database) + "." + ident(schema), fields},
		{"select table_name, table_type, remarks from svv_redshift_tables" + where, fields},
	}
	if database == e.set.database {
		sources = append(sources,
			source{`select c.relname as table_name, case c.relkind when 'v' then 'VIEW' when 'm' then 'MATERIALIZED VIEW' else 'TABLE' end as table_type,
				obj_description(c.oid) as remarks from pg_class c join pg_namespace n on n.oid = c.relnamespace
				where c.relkind in ('r', 'v', 'm', 'p', 'f') and n.nspname = ` + literal(schema) + " order by 1", fields})
	}
	return sources
}

// externalTables lists an external schema, which is empty in the catalogue of
// local objects.
func (e *Engine) externalTables(ctx context.Context, schema string) []engine.Object {
	rows, err := e.rows(ctx, "select tablename as table_name, 'EXTERNAL TABLE' as table_type from svv_external_tables where schemaname = "+
		literal(schema)+" order by 1", "table_name", "table_type", "remarks")
	if err != nil {
		return nil // a server without that view, or a right that is missing: nothing is known to be there
	}
	return tableObjects(rows)
}

func tableObjects(rows [][]string) []engine.Object {
	list := make([]engine.Object, len(rows))
	for i, r := range rows {
		list[i] = engine.Object{Name: r[0], Kind: "table", Type: strings.ToLower(r[1]), Comment: r[2]}
		if strings.Contains(strings.ToUpper(r[1]), "VIEW") {
			list[i].Kind = "view"
		}
	}
	return list
}

// sizesLimit is how long a listing waits for the sizes of its tables.
const sizesLimit = 3 * time.Second

// addSizes adds what svv_table_info tells. Many may not read it, and a listing
// is whole without it.
func (e *Engine) addSizes(ctx context.Context, schema string, list []engine.Object) {
	short, cancel := context.WithTimeout(ctx, sizesLimit)
	defer cancel()
	query := `select "table" as name, tbl_rows, size, diststyle, sortkey1 from svv_table_info where "schema" = ` + literal(schema)
	if len(list) == 1 {
		query += ` and "table" = ` + literal(list[0].Name)
	}
	rows, err := e.rows(short, query, "name", "tbl_rows", "size", "diststyle", "sortkey1")
	if err != nil {
		return
	}
	at := make(map[string]*engine.Object, len(list))
	for i := range list {
		at[list[i].Name] = &list[i]
	}
	for _, r := range rows {
		o := at[r[0]]
		if o == nil {
			continue
		}
		o.AsOf = time.Now()
		if n, err := strconv.ParseFloat(r[1], 64); err == nil {
			whole := int64(n)
			o.Rows = &whole
		}
		if blocks, err := strconv.ParseInt(r[2], 10, 64); err == nil { // of 1 MB
			bytes := blocks << 20
			o.Bytes = &bytes
		}
		o.Details = append(o.Details, details("distribution", r[3], "sort key", r[4])...)
	}
}

func (e *Engine) columns(ctx context.Context, path []string) ([]engine.Object, error) {
	fields := []string{"column_name", "data_type", "remarks", "character_maximum_length", "numeric_precision", "numeric_scale",
		"is_nullable", "column_default", "encoding", "dist_key", "sort_key"}
	database, schema, table := path[0], path[1], path[2]
	sources := []source{
		{"show columns from table " + ident(database) + "." + ident(schema) + "." + ident(table), fields},
		{`select column_name, data_type, remarks, character_maximum_length, numeric_precision, numeric_scale, is_nullable, column_default
			from svv_all_columns where database_name = ` + literal(database) + " and schema_name = " + literal(schema) + " and table_name = " + literal(table) +
			" order by ordinal_position", fields},
	}
	own := database == e.set.database
	if own {
		sources = append(sources, source{`select a.attname as column_name, format_type(a.atttypid, a.atttypmod) as data_type, col_description(a.attrelid, a.attnum) as remarks,
			case when a.attnotnull then 'NO' else 'YES' end as is_nullable
			from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
			where a.attnum > 0 and not a.attisdropped and n.nspname = ` + literal(schema) + " and c.relname = " + literal(table) + " order by a.attnum", fields})
	}
	rows, err := e.ask(ctx, sources...)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 && own {
		external := source{"select columnname as column_name, external_type as data_type from svv_external_columns where schemaname = " +
			literal(schema) + " and tablename = " + literal(table) + " order by columnnum", fields}
		if more, failed := e.rows(ctx, external.sql, external.columns...); failed == nil {
			rows = more
		}
	}
	list := make([]engine.Object, len(rows))
	for i, r := range rows {
		list[i] = engine.Object{Name: r[0], Kind: "column", Type: columnType(r[1], r[3], r[4], r[5]), Comment: r[2], Leaf: true, Details: columnDetails(r[6:])}
	}
	if len(list) == 0 {
		return nil, fault.Newf(fault.NotFound, "Redshift has no table %s", strings.Join(path, "."))
	}
	return list, nil
}

// columnDetails says what is out of the ordinary about a column: nullable,
// default, encoding, whether it is the distribution key, its place in the sort key.
func columnDetails(r []string) []engine.Detail {
	var list []engine.Detail
	if strings.EqualFold(r[0], "no") {
		list = append(list, engine.Detail{Name: "not null", Value: "yes"})
	}
	list = append(list, details("default", r[1], "encoding", r[2])...)
	if r[3] == "true" || r[3] == "1" {
		list = append(list, engine.Detail{Name: "distribution key", Value: "yes"})
	}
	if r[4] != "0" {
		list = append(list, details("sort key", r[4])...)
	}
	return list
}

// Describe brings one object with all its details: a table's or view's
// definition too, as the server writes it.
func (e *Engine) Describe(ctx context.Context, path []string) (engine.Object, error) {
	if len(path) == 0 {
		return engine.Object{}, fault.New(fault.Usage, "A path names a database, a schema, a table or a column")
	}
	siblings, err := engine.Listing(e.Browse(ctx, path[:len(path)-1]))
	if err != nil {
		return engine.Object{}, err
	}
	at := slices.IndexFunc(siblings, func(o engine.Object) bool { return o.Name == path[len(path)-1] })
	if at < 0 {
		return engine.Object{}, fault.Newf(fault.NotFound, "Redshift has no %s", strings.Join(path, "."))
	}
	o := siblings[at]
	if len(path) == 3 {
		if len(siblings) > wholeTables && path[0] == e.set.database {
			e.addSizes(ctx, path[1], siblings[at:at+1])
			o = siblings[at]
		}
		defined, err := e.definition(ctx, path, o.Kind)
		if err != nil && ctx.Err() != nil {
			return o, err
		}
		o.Details = append(o.Details, defined...) // a right that is missing costs the definition alone
	}
	return o, nil
}

// definition asks in the way of the object's kind: SHOW TABLE of a view need not
// fail, it may just say nothing.
func (e *Engine) definition(ctx context.Context, path []string, kind string) ([]engine.Detail, error) {
	name := ident(path[0]) + "." + ident(path[1]) + "." + ident(path[2])
	ways := []source{{"show table " + name, []string{"*"}}}
	if kind == "view" {
		ways = []source{{"show view " + name, []string{"*"}},
			{"select pg_get_viewdef(" + literal(ident(path[1])+"."+ident(path[2])) + "::regclass, true) as ddl", []string{"*"}}}
	}
	rows, err := e.ask(ctx, ways...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	lines := make([]string, len(rows))
	for i, r := range rows {
		lines[i] = r[0]
	}
	return details("definition", strings.Join(lines, "\n")), nil
}

// foreign keeps a kind that is worth telling: all but the usual one.
func foreign(kind string) string {
	if kind = strings.ToLower(kind); kind == "local" {
		return ""
	}
	return kind
}

// details pairs names and values, without those that are empty.
func details(pairs ...string) []engine.Detail {
	var list []engine.Detail
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			list = append(list, engine.Detail{Name: pairs[i], Value: pairs[i+1]})
		}
	}
	return list
}

// literal quotes a text. A backslash is doubled: Redshift reads it as an escape.
func literal(text string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(text, `\`, `\\`), "'", "''") + "'"
}
