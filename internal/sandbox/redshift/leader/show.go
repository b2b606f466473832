package leader

import (
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
		{"databases", "", 0, `SELECT 'dev' AS database_name, 'awsuser' AS database_owner, 'local' AS database_type, CAST(NULL AS VARCHAR) AS database_acl, 'UNKNOWN' AS parameters, 'Snapshot Isolation' AS database_isolation_level`, "database_name", "1"},
		{"schemas", "database", 1, `SELECT 'dev' AS database_name, schema_name, 'awsuser' AS schema_owner, 'local' AS schema_type, CAST(NULL AS VARCHAR) AS schema_acl, CAST(NULL AS VARCHAR) AS source_database, CAST(NULL AS VARCHAR) AS schema_option FROM rs.main.all_schemas`, "schema_name", "2"},
		{"tables", "schema", 2, `SELECT 'dev' AS database_name, schema_name, name AS table_name, CASE kind WHEN 'VIEW' THEN 'VIEW' ELSE 'TABLE' END AS table_type, CAST(NULL AS VARCHAR) AS table_acl, comment AS remarks FROM rs.main.all_relations`, "table_name", "3"},
		{"columns", "table", 3, `SELECT * FROM rs.main.show_columns`, "column_name", "5"},
	}
}

// showStatement reads SHOW. It is nil for a form that is not ours.
func (s *Session) showStatement(tokens []rsql.Token) (pgwire.Statement, error) {
	if len(tokens) < 2 {
		return nil, pgwire.Errorf("42601", "syntax error at end of input")
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
		if name[0] != s.opts.Database {
			return "", pgwire.Errorf("3D000", "database \"%s\" does not exist", name[0])
		}
		for i, column := range []string{"", "schema_name", "table_name"}[:l.depth] {
			if i > 0 {
				where = append(where, column+" = "+quoteText(name[i]))
			}
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
