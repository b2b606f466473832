//go:build cgo

package athena_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/fairleadhq/fairlead/internal/sandbox/athena"
	"github.com/google/go-cmp/cmp"
)

// startIn submits a statement with the given input over the defaults.
func (w *world) startIn(in sdk.StartQueryExecutionInput) (*types.QueryExecution, error) {
	w.Helper()
	if in.QueryExecutionContext == nil {
		in.QueryExecutionContext = &types.QueryExecutionContext{Database: aws.String("sales")}
	}
	out, err := w.athena.StartQueryExecution(w.Context(), &in)
	if err != nil {
		return nil, err
	}
	return w.wait(*out.QueryExecutionId), nil
}

func TestManagedResultsStayWithTheService(t *testing.T) {
	w := newWorld(t, athena.Options{})
	in := sdk.StartQueryExecutionInput{QueryString: aws.String("select 1 as one, null as n"), WorkGroup: aws.String("managed")}
	q, err := w.startIn(in)
	if err != nil || q.Status.State != types.QueryExecutionStateSucceeded {
		t.Fatalf("%+v %v", q, err)
	}
	if q.ResultConfiguration != nil || q.ManagedQueryResultsConfiguration == nil || !q.ManagedQueryResultsConfiguration.Enabled {
		t.Errorf("%+v %+v", q.ResultConfiguration, q.ManagedQueryResultsConfiguration)
	}
	if diff := cmp.Diff([][]string{{"one", "n"}, {"1", "<NULL>"}}, texts(w.page(*q.QueryExecutionId, nil, 0).ResultSet.Rows)); diff != "" {
		t.Error(diff)
	}
	buckets, err := w.store.Buckets()
	if err != nil {
		t.Fatal(err)
	}
	for _, bucket := range buckets {
		objects, err := w.store.List(bucket, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range objects {
			if strings.Contains(o.Key, *q.QueryExecutionId) {
				t.Errorf("s3://%s/%s holds a managed result", bucket, o.Key)
			}
		}
	}
	in.ResultConfiguration = &types.ResultConfiguration{OutputLocation: aws.String("s3://anywhere/")}
	if _, err := w.startIn(in); err == nil || !strings.Contains(err.Error(), "ManagedQueryResultsConfiguration and ResultConfiguration cannot be set together.") {
		t.Errorf("with a location: %v", err)
	}
	got, err := w.athena.GetWorkGroup(t.Context(), &sdk.GetWorkGroupInput{WorkGroup: aws.String("managed")})
	if err != nil || !got.WorkGroup.Configuration.ManagedQueryResultsConfiguration.Enabled {
		t.Errorf("%+v %v", got, err)
	}
}

func TestBytesScannedCutoffCancels(t *testing.T) {
	w := newWorld(t, athena.Options{Rows: 400_000})
	over := sdk.StartQueryExecutionInput{QueryString: aws.String("select * from orders order by note"), WorkGroup: aws.String("capped")}
	q, err := w.startIn(over)
	if err != nil {
		t.Fatal(err)
	}
	if q.Status.State != types.QueryExecutionStateCancelled || aws.ToString(q.Status.StateChangeReason) != "Bytes scanned limit was exceeded" || *q.Statistics.DataScannedInBytes != 10_000_000 {
		t.Errorf("%s %s %d", q.Status.State, aws.ToString(q.Status.StateChangeReason), *q.Statistics.DataScannedInBytes)
	}
	under := over
	under.QueryString = aws.String("select count(*) from orders")
	if q, err = w.startIn(under); err != nil || q.Status.State != types.QueryExecutionStateSucceeded {
		t.Errorf("%+v %v", q, err)
	}
}

func TestWorkGroupsAreMadeAndChanged(t *testing.T) {
	w := newWorld(t, athena.Options{})
	ctx := t.Context()
	make := func(cutoff int64) error {
		_, err := w.athena.CreateWorkGroup(ctx, &sdk.CreateWorkGroupInput{Name: aws.String("mine"), Configuration: &types.WorkGroupConfiguration{
			BytesScannedCutoffPerQuery: &cutoff, EnforceWorkGroupConfiguration: aws.Bool(false), ResultConfiguration: &types.ResultConfiguration{OutputLocation: aws.String("s3://fairlead-sandbox-data/mine")},
		}})
		return err
	}
	if err := make(1); err == nil || !strings.Contains(err.Error(), "greater than or equal to 10000000") {
		t.Errorf("tiny cutoff: %v", err)
	}
	if err := make(20_000_000); err != nil {
		t.Fatal(err)
	}
	if err := make(20_000_000); err == nil {
		t.Error("made twice")
	}
	q, err := w.startIn(sdk.StartQueryExecutionInput{QueryString: aws.String("select 1"), WorkGroup: aws.String("mine")})
	if err != nil || !strings.HasPrefix(*q.ResultConfiguration.OutputLocation, "s3://fairlead-sandbox-data/mine/") {
		t.Errorf("%+v %v", q, err)
	}
	if _, err := w.athena.UpdateWorkGroup(ctx, &sdk.UpdateWorkGroupInput{WorkGroup: aws.String("mine"), State: types.WorkGroupStateDisabled}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.startIn(sdk.StartQueryExecutionInput{QueryString: aws.String("select 1"), WorkGroup: aws.String("mine")}); err == nil || !strings.Contains(err.Error(), "WorkGroup mine is disabled.") {
		t.Errorf("disabled: %v", err)
	}
	if _, err := w.athena.DeleteWorkGroup(ctx, &sdk.DeleteWorkGroupInput{WorkGroup: aws.String("mine")}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.athena.GetWorkGroup(ctx, &sdk.GetWorkGroupInput{WorkGroup: aws.String("mine")}); err == nil {
		t.Error("still there")
	}
}

func TestResultsAreReused(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	w := newWorld(t, athena.Options{Now: func() time.Time { return now }})
	run := func(sql string, minutes int32, params ...string) *types.QueryExecution {
		t.Helper()
		in := sdk.StartQueryExecutionInput{QueryString: &sql, ExecutionParameters: params}
		if minutes >= 0 {
			in.ResultReuseConfiguration = &types.ResultReuseConfiguration{ResultReuseByAgeConfiguration: &types.ResultReuseByAgeConfiguration{Enabled: true, MaxAgeInMinutes: &minutes}}
		}
		q, err := w.startIn(in)
		if err != nil || q.Status.State != types.QueryExecutionStateSucceeded {
			t.Fatalf("%s: %+v %v", sql, q, err)
		}
		return q
	}
	const sql = "select region, count(*) from orders where amount > ? group by region order by region"
	first := run(sql, -1, "10")
	if first.Statistics.ResultReuseInformation.ReusedPreviousResult || *first.Statistics.DataScannedInBytes == 0 {
		t.Errorf("%+v", first.Statistics)
	}
	again := run("SELECT region,  count(*) FROM orders -- the same\nWHERE amount > ? GROUP BY region ORDER BY region", 5, "10")
	if !again.Statistics.ResultReuseInformation.ReusedPreviousResult || *again.Statistics.DataScannedInBytes != 0 || *again.ResultConfiguration.OutputLocation != *first.ResultConfiguration.OutputLocation {
		t.Errorf("%+v %s", again.Statistics, *again.ResultConfiguration.OutputLocation)
	}
	if diff := cmp.Diff(texts(w.page(*first.QueryExecutionId, nil, 0).ResultSet.Rows), texts(w.page(*again.QueryExecutionId, nil, 0).ResultSet.Rows)); diff != "" {
		t.Error(diff)
	}
	for what, q := range map[string]*types.QueryExecution{
		"other parameters":       run(sql, 5, "20"),
		"not asked for":          run(sql, -1, "10"),
		"a limit without order":  run("select region from orders limit 3", 5),
		"the same once more":     run("select region from orders limit 3", 5),
		"by chance":              run("select rand() < 2", 5),
		"by chance, a second":    run("select rand() < 2", 5),
		"another data catalogue": run("select count(*) from crm.public.accounts", 5),
		"and again":              run("select count(*) from crm.public.accounts", 5),
	} {
		if q.Statistics.ResultReuseInformation.ReusedPreviousResult {
			t.Errorf("%s: reused", what)
		}
	}
	now = now.Add(6 * time.Minute)
	if run(sql, 5, "20").Statistics.ResultReuseInformation.ReusedPreviousResult {
		t.Error("reused a result older than asked")
	}
}

func TestFederatedCatalog(t *testing.T) {
	w := newWorld(t, athena.Options{})
	ctx := t.Context()
	got, err := w.athena.GetDataCatalog(ctx, &sdk.GetDataCatalogInput{Name: aws.String("crm")})
	if err != nil || got.DataCatalog.Type != types.DataCatalogTypeLambda || !strings.Contains(got.DataCatalog.Parameters["function"], ":function:") {
		t.Fatalf("%+v %v", got, err)
	}
	tables, err := w.athena.ListTableMetadata(ctx, &sdk.ListTableMetadataInput{CatalogName: aws.String("crm"), DatabaseName: aws.String("public")})
	if err != nil || len(tables.TableMetadataList) != 2 || *tables.TableMetadataList[0].Name != "accounts" || *tables.TableMetadataList[0].Columns[4].Type != "decimal(14,2)" {
		t.Errorf("%+v %v", tables, err)
	}
	q, err := w.startIn(sdk.StartQueryExecutionInput{
		QueryString:           aws.String("select count(*), max(annual_value), typeof(max(since)) from accounts"),
		QueryExecutionContext: &types.QueryExecutionContext{Catalog: aws.String("crm"), Database: aws.String("public")},
	})
	if err != nil || q.Status.State != types.QueryExecutionStateSucceeded {
		t.Fatalf("%+v %v", q, err)
	}
	if rows := texts(w.page(*q.QueryExecutionId, nil, 0).ResultSet.Rows); rows[1][0] != "500" || rows[1][2] != "date" {
		t.Error(rows)
	}
	for sql, want := range map[string][][]string{
		"show tables in crm.public":          {{"accounts"}, {"tickets"}},
		"show databases in crm":              {{"public"}},
		"show columns in crm.public.tickets": {{"ticket_id           "}, {"account_id          "}, {"opened              "}, {"priority            "}, {"closed              "}},
		"select count(*) > 0 from crm.public.tickets t join crm.public.accounts a on a.account_id = t.account_id join orders o on o.customer_id = a.account_id": {{"_col0"}, {"true"}},
		"select table_name from crm.information_schema.tables order by 1":                                                                                       {{"table_name"}, {"accounts"}, {"tickets"}},
	} {
		if diff := cmp.Diff(want, w.query(sql)); diff != "" {
			t.Errorf("%s: %s", sql, diff)
		}
	}
	for sql, want := range map[string]string{
		"select * from crm.public.nope":                "TABLE_NOT_FOUND: line 1:15: Table 'crm.public.nope' does not exist",
		"select * from nope.public.t":                  "CATALOG_NOT_FOUND: line 1:15: Catalog 'nope' does not exist",
		"create table crm.public.t as select 1 as one": "NOT_SUPPORTED: This connector does not support creating tables or views",
		"drop table crm.public.accounts":               "NOT_SUPPORTED: This connector does not support dropping tables",
	} {
		if got := w.reason(sql); got != want {
			t.Errorf("%s\n\tgot  %s\n\twant %s", sql, got, want)
		}
	}
}

// input is a statement in database sales.
func input(sql string) *sdk.StartQueryExecutionInput {
	return &sdk.StartQueryExecutionInput{QueryString: &sql, QueryExecutionContext: &types.QueryExecutionContext{Database: aws.String("sales")}}
}
