//go:build cgo

package athena_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/fairleadhq/fairlead/internal/sandbox/athena"
	"github.com/fairleadhq/fairlead/internal/sandbox/doctest"
	"github.com/google/go-cmp/cmp"
)

// leastDocumented is how many cases the list has to have.
const leastDocumented = 150

func TestDocumentedStatements(t *testing.T) {
	cases := doctest.Read(t, "testdata/documented.txt", leastDocumented)
	w := newWorld(t, athena.Options{Rows: 100})
	for _, c := range cases {
		if problem := w.checkDocumented(c); problem != "" {
			t.Errorf("documented.txt:%d: %s\n  %s\n  %s", c.Line, c.Page, c.SQL, problem)
		}
	}
	t.Logf("%d documented statements", len(cases))
}

// checkDocumented runs a case through the API and says what differs.
func (w *world) checkDocumented(c doctest.Case) string {
	started, err := w.athena.StartQueryExecution(w.Context(), input(c.SQL))
	if err != nil {
		if c.Failure != "" && strings.Contains(err.Error(), c.Failure) {
			return ""
		}
		return err.Error()
	}
	q := w.wait(*started.QueryExecutionId)
	reason := aws.ToString(q.Status.StateChangeReason)
	switch {
	case c.Failure != "" && !strings.HasPrefix(reason, c.Failure):
		return fmt.Sprintf("got  %s %s\n  want %s", q.Status.State, reason, c.Failure)
	case c.Failure != "":
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
	want := slices.Clone(c.Rows)
	if c.AnyOrder {
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
		if i >= len(c.Types) || c.Types[i] != "?" && c.Types[i] != name {
			return fmt.Sprintf("column %d has type %s, want %v", i+1, name, c.Types)
		}
	}
	return ""
}
