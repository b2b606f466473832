//go:build cgo

package athena_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/fairleadhq/fairlead/internal/sandbox/athena"
	"github.com/google/go-cmp/cmp"
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
		if reason, ok := strings.CutPrefix(lines[i], "! "); ok {
			c.failure = reason
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
const leastDocumented = 150

func TestDocumentedStatements(t *testing.T) {
	cases := documentedCases(t)
	if len(cases) < leastDocumented {
		t.Errorf("only %d cases", len(cases))
	}
	w := newWorld(t, athena.Options{Rows: 100})
	for _, c := range cases {
		if problem := w.checkDocumented(c); problem != "" {
			t.Errorf("documented.txt:%d: %s\n  %s\n  %s", c.line, c.page, c.sql, problem)
		}
	}
	t.Logf("%d documented statements", len(cases))
}

// checkDocumented runs a case through the API and says what differs.
func (w *world) checkDocumented(c documentedCase) string {
	started, err := w.athena.StartQueryExecution(w.Context(), input(c.sql))
	if err != nil {
		if c.failure != "" && strings.Contains(err.Error(), c.failure) {
			return ""
		}
		return err.Error()
	}
	q := w.wait(*started.QueryExecutionId)
	reason := aws.ToString(q.Status.StateChangeReason)
	switch {
	case c.failure != "" && !strings.HasPrefix(reason, c.failure):
		return fmt.Sprintf("got  %s %s\n  want %s", q.Status.State, reason, c.failure)
	case c.failure != "":
		return ""
	case q.Status.State != types.QueryExecutionStateSucceeded:
		return reason
	}
	out := w.page(*q.QueryExecutionId, nil, 0)
	rows := out.ResultSet.Rows
	if q.StatementType == types.StatementTypeDml && len(rows) > 0 {
		rows = rows[1:] // the header
	}
	var got []string
	for _, row := range texts(rows) {
		got = append(got, strings.ReplaceAll(strings.Join(row, "|"), "<NULL>", "∅"))
	}
	want := slices.Clone(c.rows)
	if c.anyOrder {
		slices.Sort(got)
		slices.Sort(want)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		return diff
	}
	for i, column := range out.ResultSet.ResultSetMetadata.ColumnInfo {
		name := *column.Type
		if name == "decimal" {
			name = fmt.Sprintf("decimal(%d,%d)", column.Precision, column.Scale)
		}
		if i >= len(c.types) || c.types[i] != "?" && c.types[i] != name {
			return fmt.Sprintf("column %d has type %s, want %v", i+1, name, c.types)
		}
	}
	return ""
}
