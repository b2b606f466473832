//go:build cgo

package athena_test

import (
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/fairleadhq/fairlead/internal/sandbox/athena"
)

func (w *world) workGroups(t *testing.T) {
	w = w.sub(t)
	out, err := w.athena.ListWorkGroups(t.Context(), &sdk.ListWorkGroupsInput{})
	if err != nil || len(out.WorkGroups) != 4 || *out.WorkGroups[2].Name != "primary" || *out.WorkGroups[3].Name != "reports" {
		t.Fatalf("%+v %v", out, err)
	}
	got, err := w.athena.GetWorkGroup(t.Context(), &sdk.GetWorkGroupInput{WorkGroup: aws.String("reports")})
	if err != nil || !*got.WorkGroup.Configuration.EnforceWorkGroupConfiguration {
		t.Fatalf("%+v %v", got, err)
	}
	if err := w.store.CreateBucket("my-results"); err != nil {
		t.Fatal(err)
	}
	for group, want := range map[string]string{"primary": "s3://my-results/here/", "reports": "s3://aws-athena-query-results-111122223333-us-east-1/reports/"} {
		started, err := w.athena.StartQueryExecution(t.Context(), &sdk.StartQueryExecutionInput{
			QueryString: aws.String("select 1"), WorkGroup: &group, ResultConfiguration: &types.ResultConfiguration{OutputLocation: aws.String("s3://my-results/here")},
		})
		if err != nil {
			t.Fatal(err)
		}
		q := w.wait(*started.QueryExecutionId)
		if *q.ResultConfiguration.OutputLocation != want+*q.QueryExecutionId+".csv" || *q.WorkGroup != group {
			t.Errorf("%s: %s", group, *q.ResultConfiguration.OutputLocation)
		}
		if w.object(*q.ResultConfiguration.OutputLocation) != "\"_col0\"\n\"1\"\n" {
			t.Errorf("%s: %q", group, w.object(*q.ResultConfiguration.OutputLocation))
		}
	}
}

func (w *world) preparedStatements(t *testing.T) {
	w = w.sub(t)
	ctx := t.Context()
	_, err := w.athena.CreatePreparedStatement(ctx, &sdk.CreatePreparedStatementInput{StatementName: aws.String("by_region"), WorkGroup: aws.String("primary"), QueryStatement: aws.String("select count(*) > 0 from orders where region = ?")})
	if err != nil {
		t.Fatal(err)
	}
	w.run("prepare twice from select ? + ?")
	if got := w.query("execute by_region using 'EU'"); got[1][0] != "true" {
		t.Error(got)
	}
	if got := w.query("execute twice", "1", "2"); got[1][0] != "3" {
		t.Error(got)
	}
	list, err := w.athena.ListPreparedStatements(ctx, &sdk.ListPreparedStatementsInput{WorkGroup: aws.String("primary")})
	if err != nil || len(list.PreparedStatements) != 2 {
		t.Errorf("%v %v", list, err)
	}
	one, err := w.athena.GetPreparedStatement(ctx, &sdk.GetPreparedStatementInput{StatementName: aws.String("twice"), WorkGroup: aws.String("primary")})
	if err != nil || *one.PreparedStatement.QueryStatement != "select ? + ?" {
		t.Errorf("%v %v", one, err)
	}
	w.run("deallocate prepare twice")
	_, err = w.athena.GetPreparedStatement(ctx, &sdk.GetPreparedStatementInput{StatementName: aws.String("twice"), WorkGroup: aws.String("primary")})
	if err == nil || !strings.Contains(err.Error(), "ResourceNotFoundException") {
		t.Errorf("after deallocate: %v", err)
	}
}

func TestManyAtOnce(t *testing.T) {
	w := newWorld(t, athena.Options{Rows: 500})
	w.run("create table seen as select cast(0 as bigint) as n")
	var ids []string
	for range 10 {
		ids = append(ids, w.start("select count(*) from returns"), w.start("insert into seen values (1)"), w.start("select max(n) from seen"), w.start("show tables"))
	}
	for _, id := range ids {
		if q := w.wait(id); q.Status.State != types.QueryExecutionStateSucceeded {
			t.Errorf("%s: %s", *q.Query, aws.ToString(q.Status.StateChangeReason))
		}
	}
	if got := w.query("select sum(n) from seen"); got[1][0] != "10" {
		t.Error(got)
	}
}

func TestCloseCancelsWhatRuns(t *testing.T) {
	w := newWorld(t, athena.Options{Concurrent: 1})
	first, waiting := w.start(endless), w.start("select 1")
	if err := w.service.Close(); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{first, waiting} {
		if q := w.wait(id); q.Status.State != types.QueryExecutionStateCancelled {
			t.Errorf("%s is %s", *q.Query, q.Status.State)
		}
	}
	if entries, err := os.ReadDir(w.store.Dir() + "/.incoming"); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}
