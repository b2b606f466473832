package leader

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rsql"
)

// listing is one of Redshift's SHOW commands: SHOW what FROM where [LIKE] [LIMIT].
type listing struct {
	what, from string
	depth      int // parts of the name behind FROM
	query      string
	filter     string // column that LIKE is about
	order      string
}

// listings are the SHOW commands of the data catalogue.
// https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_DATABASES.html and its neighbours.
func listings() []listing {
	return []listing{
		{"databases", "", 0, `SELECT database_name, 'awsuser' AS database_owner, database_type, CAST(NULL AS VARCHAR) AS database_acl, CASE database_type WHEN 'local' THEN 'UNKNOWN' ELSE database_options END AS parameters, database_isolation_level FROM rs.main.svv_redshift_databases`, "database_name", "1"},
		{"schemas", "database", 1, `SELECT database_name, schema_name, 'awsuser' AS schema_owner, schema_type, schema_acl, source_database, schema_option FROM rs.main.svv_all_schemas`, "schema_name", "2"},
		{"tables", "schema", 2, `SELECT database_name, schema_name, table_name, table_type, table_acl, remarks FROM rs.main.svv_all_tables`, "table_name", "3"},
		{"columns", "table", 3, `SELECT * FROM rs.main.show_columns`, "column_name", "5"},
	}
}

// showStatement reads SHOW. It is nil for a form that is not ours.
func (s *Session) showStatement(ctx context.Context, tokens []rsql.Token) (pgwire.Statement, error) {
	if len(tokens) < 2 {
		return nil, pgwire.Errorf("42601", "syntax error at end of input")
	}
	if tokens[1].Is("table") || tokens[1].Is("view") {
		return s.showDefinition(ctx, tokens)
	}
	for _, l := range listings() {
		if tokens[1].Is(l.what) {
			sql, err := s.list(l, tokens[2:])
			if err != nil {
				return nil, err
			}
			return &ready{session: s, sql: sql, tag: "SHOW"}, nil
		}
	}
	name := tokens[1].Text
	if len(tokens) > 2 && name == "time" && tokens[2].Is("zone") {
		name = "timezone"
	} else if len(tokens) > 2 {
		return nil, pgwire.Errorf("42601", "syntax error at or near \"%s\"", tokens[2].Text)
	}
	sql, err := s.showSetting(strings.ToLower(name))
	if err != nil {
		return nil, err
	}
	return &ready{session: s, sql: sql, tag: "SHOW"}, nil
}

// list makes the query of a listing.
func (s *Session) list(l listing, rest []rsql.Token) (string, error) {
	sql, where := l.query, []string{}
	if l.depth > 0 {
		if len(rest) < 3 || !rest[0].Is("from") || !rest[1].Is(l.from) {
			return "", pgwire.Errorf("42601", "syntax error: SHOW %s needs FROM %s", strings.ToUpper(l.what), strings.ToUpper(l.from))
		}
		name, took := qualified(rest[2:])
		rest = rest[2+took:]
		if len(name) == l.depth-1 { // the database may be left out
			name = append([]string{s.opts.Database}, name...)
		}
		if len(name) != l.depth {
			return "", pgwire.Errorf("42601", "invalid name \"%s\"", strings.Join(name, "."))
		}
		if name[0] != s.opts.Database && name[0] != rsql.SharedDatabase {
			return "", pgwire.Errorf("3D000", "database \"%s\" does not exist", name[0])
		}
		for i, column := range []string{"database_name", "schema_name", "table_name"}[:l.depth] {
			where = append(where, column+" = "+quoteText(name[i]))
		}
	}
	limit := ""
	for i := 0; i < len(rest); i += 2 {
		switch {
		case i+1 < len(rest) && rest[i].Is("like") && rest[i+1].Kind == rsql.String:
			where = append(where, l.filter+" ILIKE "+rest[i+1].Text)
		case i+1 < len(rest) && rest[i].Is("limit") && rest[i+1].Kind == rsql.Number:
			n, err := strconv.Atoi(rest[i+1].Text)
			if err != nil {
				return "", pgwire.Errorf("42601", "syntax error at or near \"%s\"", rest[i+1].Text)
			}
			limit = fmt.Sprintf(" LIMIT %d", n)
		default:
			return "", pgwire.Errorf("42601", "syntax error at or near \"%s\"", rest[i].Text)
		}
	}
	sql = "SELECT * FROM (" + sql + ")"
	if len(where) > 0 {
		sql += " WHERE " + strings.Join(where, " AND ")
	}
	return sql + " ORDER BY " + l.order + limit, nil
}

// qualified reads a.b.c at the start of tokens, in lower case.
func qualified(tokens []rsql.Token) (parts []string, took int) {
	for took < len(tokens) {
		t := tokens[took]
		switch t.Kind {
		case rsql.Quoted:
			parts = append(parts, rsql.Unquote(t.Text))
		case rsql.Word:
			parts = append(parts, t.Text)
		default:
			return parts, took
		}
		took++
		if took >= len(tokens) || !tokens[took].Is(".") {
			return parts, took
		}
		took++
	}
	return parts, took
}
