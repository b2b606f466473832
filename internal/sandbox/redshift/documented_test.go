package redshift_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// documentedCase is one block of testdata/documented.txt.
type documentedCase struct {
	page, sql string
	line      int
	types     []string
	anyOrder  bool
	rows      []string
	failure   string
}

func documentedCases(t *testing.T) []documentedCase {
	t.Helper()
	text, err := os.ReadFile("testdata/documented.txt")
	if err != nil {
		t.Fatal(err)
	}
	var cases []documentedCase
	page := ""
	lines := strings.Split(string(text), "\n")
	for i := 0; i < len(lines); i++ {
		switch {
		case lines[i] == "":
			continue
		case strings.HasPrefix(lines[i], "#"):
			if link := strings.TrimPrefix(lines[i], "# "); strings.HasPrefix(link, "https://") {
				page = link
			}
			continue
		}
		c := documentedCase{page: page, line: i + 1}
		var sql []string
		for ; i < len(lines) && !strings.HasPrefix(lines[i], "= ") && !strings.HasPrefix(lines[i], "~ ") && !strings.HasPrefix(lines[i], "! "); i++ {
			sql = append(sql, lines[i])
		}
		if i == len(lines) || page == "" {
			t.Fatalf("documented.txt:%d: a block without an answer, or without a page before it", c.line)
		}
		c.sql = strings.Join(sql, "\n")
		if message, ok := strings.CutPrefix(lines[i], "! "); ok {
			c.failure = message
		} else {
			c.types, c.anyOrder = strings.Split(lines[i][2:], "|"), lines[i][0] == '~'
			for i++; i < len(lines) && lines[i] != ""; i++ {
				c.rows = append(c.rows, lines[i])
			}
		}
		cases = append(cases, c)
	}
	return cases
}

// leastDocumented is how many cases the list has to have.
const leastDocumented = 80

func TestDocumentedStatements(t *testing.T) {
	cases := documentedCases(t)
	if len(cases) < leastDocumented {
		t.Errorf("only %d cases", len(cases))
	}
	c := start(t).login()
	for _, d := range cases {
		if problem := checkDocumented(t.Context(), c, d); problem != "" {
			t.Errorf("documented.txt:%d: %s\n  %s\n  %s", d.line, d.page, d.sql, problem)
		}
	}
	t.Logf("%d documented statements", len(cases))
}

// checkDocumented runs a case over the wire and says what differs.
func checkDocumented(ctx context.Context, c *pgx.Conn, d documentedCase) string {
	results, err := c.PgConn().Exec(ctx, d.sql).ReadAll()
	if err != nil {
		if refused, ok := err.(*pgconn.PgError); ok && d.failure != "" && refused.Message == d.failure {
			return ""
		}
		return err.Error()
	}
	if d.failure != "" {
		return "succeeded, want " + d.failure
	}
	result := results[len(results)-1]
	var got []string
	for _, row := range result.Rows {
		cells := make([]string, len(row))
		for i, v := range row {
			if cells[i] = string(v); v == nil {
				cells[i] = "∅"
			}
		}
		got = append(got, strings.Join(cells, "|"))
	}
	want := slices.Clone(d.rows)
	if d.anyOrder {
		slices.Sort(got)
		slices.Sort(want)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		return diff
	}
	if d.types[0] == "-" {
		return ""
	}
	for i, f := range result.FieldDescriptions {
		name := typeName(f)
		if i >= len(d.types) || d.types[i] != "?" && d.types[i] != name {
			return fmt.Sprintf("column %d has type %s, want %v", i+1, name, d.types)
		}
	}
	return ""
}

func typeName(f pgconn.FieldDescription) string {
	names := map[uint32]string{16: "bool", 20: "int8", 21: "int2", 23: "int4", 700: "float4", 701: "float8", 1042: "bpchar", 1043: "varchar", 1082: "date", 1083: "time", 1114: "timestamp", 1184: "timestamptz", 4000: "super", 6551: "varbyte"}
	if f.DataTypeOID == 1700 {
		return fmt.Sprintf("numeric(%d,%d)", (f.TypeModifier-4)>>16, (f.TypeModifier-4)&0xffff)
	}
	return names[f.DataTypeOID]
}
