package redshift_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fairleadhq/fairlead/internal/sandbox/doctest"
)

// leastDocumented is how many cases the list has to have.
const leastDocumented = 80

func TestDocumentedStatements(t *testing.T) {
	cases := doctest.Read(t, "testdata/documented.txt", leastDocumented)
	c := start(t).login()
	for _, d := range cases {
		if problem := checkDocumented(t.Context(), c, d); problem != "" {
			t.Errorf("documented.txt:%d: %s\n  %s\n  %s", d.Line, d.Page, d.SQL, problem)
		}
	}
	t.Logf("%d documented statements", len(cases))
}

// checkDocumented runs a case over the wire and says what differs.
func checkDocumented(ctx context.Context, c *pgx.Conn, d doctest.Case) string {
	results, err := c.PgConn().Exec(ctx, d.SQL).ReadAll()
	if err != nil {
		if refused, ok := err.(*pgconn.PgError); ok && d.Failure != "" && refused.Message == d.Failure {
			return ""
		}
		return err.Error()
	}
	if d.Failure != "" {
		return "succeeded, want " + d.Failure
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
	want := slices.Clone(d.Rows)
	if d.AnyOrder {
		slices.Sort(got)
		slices.Sort(want)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		return diff
	}
	if d.Types[0] == "-" {
		return ""
	}
	for i, f := range result.FieldDescriptions {
		name := typeName(f)
		if i >= len(d.Types) || d.Types[i] != "?" && d.Types[i] != name {
			return fmt.Sprintf("column %d has type %s, want %v", i+1, name, d.Types)
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
