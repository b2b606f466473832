package leader

import (
	"context"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rsql"
)

// showDefinition is SHOW TABLE or SHOW VIEW: the statement that would make the
// object, in one row.
// https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_TABLE.html
func (s *Session) showDefinition(ctx context.Context, tokens []rsql.Token) (pgwire.Statement, error) {
	kind := tokens[1].Text
	name, took := qualified(tokens[2:])
	if took == 0 || took != len(tokens)-2 || len(name) > 3 {
		return nil, pgwire.Errorf("42601", "syntax error: SHOW %s needs a name", strings.ToUpper(kind))
	}
	table, path := name[len(name)-1], s.searchPath()
	if len(name) > 1 {
		path = name[len(name)-2 : len(name)-1]
	}
	for _, schema := range path {
		text, found, err := s.definition(ctx, kind, schema, table)
		if err != nil {
			return nil, err
		}
		if found {
			title := map[string]string{"table": "Show Table DDL statement", "view": "Show View DDL statement"}[kind]
			return &ready{session: s, sql: "SELECT " + quoteText(text) + " AS " + quoteName(title), tag: "SHOW"}, nil
		}
	}
	return nil, pgwire.Errorf("42P01", "%s \"%s\" does not exist", map[string]string{"table": "relation", "view": "view"}[kind], strings.Join(name, "."))
}

func (s *Session) definition(ctx context.Context, kind, schema, table string) (text string, found bool, err error) {
	if kind == "view" {
		rows, err := s.conn.QueryContext(ctx, "SELECT sql FROM rs.main.all_relations WHERE kind = 'VIEW' AND schema_name = ? AND name = ?", schema, table)
		if err != nil {
			return "", false, err
		}
		defer rows.Close()
		for rows.Next() {
			if err := rows.Scan(&text); err != nil {
				return "", false, err
			}
			found = true
		}
		return text, found, rows.Err()
	}
	rows, err := s.conn.QueryContext(ctx, `SELECT column_name, CASE type WHEN 'character varying' THEN 'character varying(' || length || ')' WHEN 'numeric' THEN 'numeric(' || precision || ',' || scale || ')' ELSE type END,
		is_nullable FROM rs.main.all_columns c WHERE schema_name = ? AND table_name = ? AND EXISTS (SELECT 1 FROM rs.main.all_relations r WHERE r.schema_name = c.schema_name AND r.name = c.table_name AND r.kind = 'TABLE') ORDER BY position`, schema, table)
	if err != nil {
		return "", false, err
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var column, typ string
		var nullable bool
		if err := rows.Scan(&column, &typ, &nullable); err != nil {
			return "", false, err
		}
		line := "    " + column + " " + typ
		if !nullable {
			line += " NOT NULL"
		}
		lines = append(lines, line+" ENCODE "+encoding(typ))
	}
	text = "CREATE TABLE " + schema + "." + table + " (\n" + strings.Join(lines, ",\n") + "\n)\nDISTSTYLE AUTO;"
	return text, len(lines) > 0, rows.Err()
}

// encoding is the compression that a type gets by itself.
// https://docs.aws.amazon.com/redshift/latest/dg/c_Compression_encodings.html
func encoding(typ string) string {
	switch {
	case strings.HasPrefix(typ, "character"), typ == "super":
		return "lzo"
	case typ == "boolean", typ == "real", typ == "double precision":
		return "raw"
	}
	return "az64"
}
