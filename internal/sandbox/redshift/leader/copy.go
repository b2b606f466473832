package leader

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rsql"
)

// loading is one COPY on its way.
type loading struct {
	session       *Session
	schema, table string
	columns       []string // that the files hold, in order; nil for all
	bucket, key   string
	transfer
}

// copyInto plans COPY t [(a, b)] FROM 's3://bucket/prefix' ...
func (s *Session) copyInto(_ context.Context, _ string, tokens []rsql.Token) (pgwire.Statement, error) {
	p := &transferParser{tokens: tokens, i: 1}
	name, took := qualified(tokens[1:])
	if took == 0 || len(name) > 2 {
		return nil, p.trouble()
	}
	p.i += took
	l := &loading{session: s, table: name[len(name)-1]}
	if len(name) == 2 {
		l.schema = name[0]
	}
	var err error
	if p.is("(") {
		if l.columns, err = p.names(); err != nil {
			return nil, err
		}
	}
	if !p.eat("from") {
		return nil, p.trouble()
	}
	location, err := p.text()
	if err != nil {
		return nil, err
	}
	if l.transfer, err = p.options(); err != nil {
		return nil, err
	}
	if l.bucket, l.key, err = s.place(location); err != nil {
		return nil, err
	}
	return action{"COPY", l.run}, nil
}

func (l *loading) run(ctx context.Context) (string, error) {
	s := l.session
	all, err := l.tableColumns(ctx)
	if err != nil {
		return "", err
	}
	files, err := l.files()
	if err != nil {
		return "", err
	}
	columns := l.columns
	if columns == nil {
		for _, c := range all {
			columns = append(columns, c.name)
		}
	}
	names, values := make([]string, len(columns)), make([]string, len(columns))
	types := make([]string, len(columns))
	for i, name := range columns {
		at := slices.IndexFunc(all, func(c tableColumn) bool { return c.name == name })
		if at < 0 {
			return "", pgwire.Errorf("42703", "column \"%s\" of relation \"%s\" does not exist", name, l.table)
		}
		names[i] = quoteName(name)
		values[i] = l.value(name, all[at])
		types[i] = quoteText(name) + ": 'VARCHAR'"
	}
	rows, err := s.exec(ctx, "INSERT INTO dev."+quoteName(l.schema)+"."+quoteName(l.table)+" ("+list(names)+") SELECT "+list(values)+" FROM "+l.reader(files, list(types)))
	if err != nil {
		worded := s.translate(err, nil, "")
		return "", &pgwire.Error{Code: "XX000", Message: fmt.Sprintf("Load into table '%s' failed.  Check 'stl_load_errors' system table for details.", l.table), Detail: worded.Error()}
	}
	s.notice("INFO", "00000", "Load into table '%s' completed, %d record(s) loaded successfully.", l.table, rows)
	return "COPY", nil
}

type tableColumn struct {
	name, typ string
	length    int
}

// tableColumns finds the table on the search path.
func (l *loading) tableColumns(ctx context.Context) ([]tableColumn, error) {
	path := l.session.searchPath()
	if l.schema != "" {
		path = []string{l.schema}
	}
	for _, schema := range path {
		rows, err := l.session.conn.QueryContext(ctx, `SELECT c.column_name, d.data_type, coalesce(c.length, 0) FROM rs.main.all_columns c JOIN duckdb_columns() d
			ON d.database_name = 'dev' AND d.schema_name = c.schema_name AND d.table_name = c.table_name AND d.column_name = c.column_name
			WHERE c.schema_name = ? AND c.table_name = ? ORDER BY c.position`, schema, l.table)
		if err != nil {
			return nil, err
		}
		var out []tableColumn
		for rows.Next() {
			var c tableColumn
			if err := rows.Scan(&c.name, &c.typ, &c.length); err != nil {
				rows.Close()
				return nil, err
			}
			out = append(out, c)
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
		rows.Close()
		if len(out) > 0 {
			l.schema = schema
			return out, nil
		}
	}
	return nil, pgwire.Errorf("42P01", "Cannot COPY into nonexistent table %s", l.table)
}

// files lists what the prefix, or the manifest, names.
func (l *loading) files() ([]string, error) {
	store := l.session.opts.Store
	var keys []string
	if l.manifest {
		file, _, err := store.Open(l.bucket, l.key)
		if err != nil {
			return nil, pgwire.Errorf("XX000", "Problem reading manifest file - S3ServiceException:The specified key does not exist.,Status 404,Error NoSuchKey")
		}
		defer file.Close()
		text, err := io.ReadAll(file)
		if err != nil {
			return nil, err
		}
		var doc struct{ Entries []manifestEntry }
		if err := json.Unmarshal(text, &doc); err != nil {
			return nil, pgwire.Errorf("XX000", "Problem reading manifest file: %v", err)
		}
		for _, e := range doc.Entries {
			keys = append(keys, strings.TrimPrefix(e.URL, "s3://"+l.bucket+"/"))
		}
	} else {
		found, err := store.List(l.bucket, l.key)
		if err != nil {
			return nil, err
		}
		for _, o := range found {
			if o.Size > 0 && !strings.HasSuffix(o.Key, "manifest") {
				keys = append(keys, o.Key)
			}
		}
	}
	if len(keys) == 0 {
		return nil, pgwire.Errorf("XX000", "The specified S3 prefix '%s' does not exist", l.key)
	}
	paths := make([]string, len(keys))
	for i, key := range keys {
		path, err := store.Path(l.bucket, key)
		if err != nil {
			return nil, err
		}
		paths[i] = quoteText(path)
	}
	return paths, nil
}

// reader is the engine's function that reads the files as text.
func (l *loading) reader(files []string, types string) string {
	paths := "[" + list(files) + "]"
	compression := ""
	if l.compression != "" {
		compression = ", compression = " + quoteText(l.compression)
	}
	switch l.format {
	case "parquet":
		return "read_parquet(" + paths + ")"
	case "json":
		return "read_json(" + paths + ", format = 'newline_delimited', columns = {" + types + "}" + compression + ")"
	}
	quote, escape := `"`, `"`
	if l.format == "text" && !l.quotes {
		quote, escape = "", ""
	}
	null := `\N`
	if l.null != nil {
		null = *l.null
	}
	return fmt.Sprintf("read_csv(%s, auto_detect = false, columns = {%s}, header = false, skip = %d, delim = %s, quote = %s, escape = %s, nullstr = %s%s)",
		paths, types, l.ignore, quoteText(l.delimiter), quoteText(quote), quoteText(escape), quoteText(null), compression)
}

// value turns the text of a file into a column's type. Empty fields of other
// types than text are NULL.
func (l *loading) value(name string, c tableColumn) string {
	x := quoteName(name)
	if l.format == "parquet" {
		return "CAST(" + x + " AS " + c.typ + ")"
	}
	switch {
	case c.typ == "VARCHAR" && l.truncate && c.length > 0:
		return fmt.Sprintf("left(%s, %d)", x, c.length)
	case c.typ == "VARCHAR" && l.emptyNull:
		return "nullif(" + x + ", '')"
	case c.typ == "VARCHAR":
		return x
	case c.typ == "BLOB":
		return "unhex(" + x + ")"
	}
	return "CAST(nullif(" + x + ", '') AS " + c.typ + ")"
}
