//go:build cgo

package athena_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/fairleadhq/fairlead/internal/sandbox/athena"
	"github.com/google/go-cmp/cmp"
)

func TestStatements(t *testing.T) {
	w := newWorld(t, athena.Options{})
	t.Run("results are typed and named as Athena does", w.resultsAreTyped)
	t.Run("NULL and the empty string differ, on the wire and in the object", w.nullAndEmpty)
	t.Run("no rows is a header alone", w.noRows)
	t.Run("columns of one name keep it", w.duplicateNames)
	t.Run("failures", w.failures)
	t.Run("start is refused", w.refusedStarts)
	t.Run("a request token starts one execution", w.idempotency)
	t.Run("parameters", w.parameters)
	t.Run("statistics", w.statistics)
	t.Run("cancel", w.cancel)
	t.Run("history", w.history)
	t.Run("paging", w.paging)
	t.Run("workgroups", w.workGroups)
	t.Run("prepared statements", w.preparedStatements)
}

// sub makes a world for a subtest over the same service.
func (w *world) sub(t *testing.T) *world {
	c := *w
	c.T = t
	return &c
}

func (w *world) resultsAreTyped(t *testing.T) {
	w = w.sub(t)
	q := w.run(`select true as bo, cast(1 as tinyint) as ti, cast(2 as smallint) as si, 3 as i, cast(4 as bigint) as bi, real '1.5' as re, 1e10 as dou,
		cast(12.30 as decimal(38,10)) as de, 'x' as s, cast('ab' as varchar(1)) as v, X'6162ff' as b, date '2024-02-29' as d, timestamp '2024-02-29 01:02:03.4' as ts,
		timestamp '2024-02-29 01:02:03 UTC' as tz, time '01:02:03.5' as t, array[1, null] as a, map(array['k'], array[1.50]) as m,
		cast(row(1, 'y') as row(id integer, name varchar)) as r, json_parse('{"a": 1}') as j, interval '1' day as iv, count(*), null as n`)
	out := w.page(*q.QueryExecutionId, nil, 0)
	var info []string
	for _, c := range out.ResultSet.ResultSetMetadata.ColumnInfo {
		info = append(info, fmt.Sprintf("%s %s(%d,%d)", *c.Name, *c.Type, c.Precision, c.Scale))
		if c.Nullable != types.ColumnNullableUnknown || *c.Label != *c.Name {
			t.Errorf("%s: %+v", *c.Name, c)
		}
	}
	wantInfo := []string{"bo boolean(0,0)", "ti tinyint(3,0)", "si smallint(5,0)", "i integer(10,0)", "bi bigint(19,0)", "re float(17,0)", "dou double(17,0)",
		"de decimal(38,10)", "s varchar(2147483647,0)", "v varchar(2147483647,0)", "b varbinary(1073741824,0)", "d date(0,0)", "ts timestamp(3,0)",
		"tz timestamp with time zone(3,0)", "t time(3,0)", "a array(0,0)", "m map(0,0)", "r row(0,0)", "j json(0,0)", "iv interval day to second(0,0)", "_col20 bigint(19,0)", "n integer(10,0)"}
	if diff := cmp.Diff(wantInfo, info); diff != "" {
		t.Error(diff)
	}
	wantRow := []string{"true", "1", "2", "3", "4", "1.5", "1.0E10", "12.3000000000", "x", "a", "61 62 ff", "2024-02-29", "2024-02-29 01:02:03.400",
		"2024-02-29 01:02:03.000 UTC", "01:02:03.500", "[1, null]", "{k=1.50}", "{id=1, name=y}", `{"a":1}`, "1 00:00:00.000", "1", "<NULL>"}
	if diff := cmp.Diff(wantRow, texts(out.ResultSet.Rows)[1]); diff != "" {
		t.Error(diff)
	}
}

func (w *world) nullAndEmpty(t *testing.T) {
	w = w.sub(t)
	const query = "select * from (values (1, '', null), (2, null, 'a,\"b\"\nc'), (3, 'ü', '')) as v(n, a, \"b c\") order by n"
	q := w.run(query)
	got := texts(w.page(*q.QueryExecutionId, nil, 0).ResultSet.Rows)
	want := [][]string{{"n", "a", "b c"}, {"1", "", "<NULL>"}, {"2", "<NULL>", "a,\"b\"\nc"}, {"3", "ü", ""}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !strings.HasSuffix(*q.ResultConfiguration.OutputLocation, *q.QueryExecutionId+".csv") {
		t.Errorf("location %s", *q.ResultConfiguration.OutputLocation)
	}
	object := w.object(*q.ResultConfiguration.OutputLocation)
	if diff := cmp.Diff("\"n\",\"a\",\"b c\"\n\"1\",\"\",\n\"2\",,\"a,\"\"b\"\"\nc\"\n\"3\",\"ü\",\"\"\n", object); diff != "" {
		t.Error(diff)
	}
	if w.object(*q.ResultConfiguration.OutputLocation+".metadata") == "" {
		t.Error("no metadata beside the result")
	}
}

// object reads s3://bucket/key from the store.
func (w *world) object(location string) string {
	w.Helper()
	bucket, key, _ := strings.Cut(strings.TrimPrefix(location, "s3://"), "/")
	file, _, err := w.store.Open(bucket, key)
	if err != nil {
		w.Fatalf("%s: %v", location, err)
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	if err != nil {
		w.Fatal(err)
	}
	return string(content)
}

func (w *world) noRows(t *testing.T) {
	w = w.sub(t)
	if diff := cmp.Diff([][]string{{"order_id", "note"}}, w.query("select order_id, note from orders where order_id < 0")); diff != "" {
		t.Error(diff)
	}
}

func (w *world) duplicateNames(t *testing.T) {
	w = w.sub(t)
	want := [][]string{{"a", "A", "_col2", "status"}, {"1", "2", "3", "x"}}
	if diff := cmp.Diff(want, w.query("select 1 as a, 2 as \"A\", 1 + 2, status from (select 'x' as status)")); diff != "" {
		t.Error(diff)
	}
	rows := w.query("select c.*, count(*) over () from (select 1 x, 2 y) c")
	if diff := cmp.Diff([][]string{{"x", "y", "_col2"}, {"1", "2", "1"}}, rows); diff != "" {
		t.Error(diff)
	}
}

func (w *world) failures(t *testing.T) {
	w = w.sub(t)
	for sql, want := range map[string]string{
		"select *\nfrom nope":                                    "TABLE_NOT_FOUND: line 2:6: Table 'awsdatacatalog.sales.nope' does not exist",
		"select * from missing.t":                                "SCHEMA_NOT_FOUND: line 1:15: Schema 'missing' does not exist",
		"select * from hive.sales.orders":                        "CATALOG_NOT_FOUND: line 1:15: Catalog 'hive' does not exist",
		"select * from orders o join nope n on true":             "TABLE_NOT_FOUND: line 1:29: Table 'awsdatacatalog.sales.nope' does not exist",
		"select nope from orders":                                "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved or requester is not authorized to access requested resources",
		"select sum(order_id / (order_id - 100000)) from orders": "DIVISION_BY_ZERO: Division by zero",
		"delete from orders":                                     "NOT_SUPPORTED: Modifying Hive table rows is only supported for transactional tables",
		"execute nothing":                                        "NOT_FOUND: PreparedStatement nothing was not found in workGroup primary",
		"show columns in nope":                                   "TABLE_NOT_FOUND: Table 'awsdatacatalog.sales.nope' does not exist",
	} {
		q := w.wait(w.start(sql))
		if q.Status.State != types.QueryExecutionStateFailed || aws.ToString(q.Status.StateChangeReason) != want {
			t.Errorf("%s: %s %s\n\twant %s", sql, q.Status.State, aws.ToString(q.Status.StateChangeReason), want)
			continue
		}
		if e := q.Status.AthenaError; e == nil || *e.ErrorCategory != 2 || *e.ErrorMessage != want || e.Retryable {
			t.Errorf("%s: AthenaError %+v", sql, e)
		}
		_, err := w.athena.GetQueryResults(t.Context(), &sdk.GetQueryResultsInput{QueryExecutionId: q.QueryExecutionId})
		if err == nil || !strings.Contains(err.Error(), "Query did not finish successfully. Final query state: FAILED") {
			t.Errorf("%s: results of a failure: %v", sql, err)
		}
	}
}

func (w *world) refusedStarts(t *testing.T) {
	w = w.sub(t)
	tests := []struct {
		want string
		in   sdk.StartQueryExecutionInput
	}{
		{"line 1:1: mismatched input 'selec'", sdk.StartQueryExecutionInput{QueryString: aws.String("selec 1")}},
		{"line 1:17: mismatched input 'limit'", sdk.StartQueryExecutionInput{QueryString: aws.String("select * from t\n where limit"), QueryExecutionContext: nil}},
		{"Queries of this type are not supported", sdk.StartQueryExecutionInput{QueryString: aws.String("grant x to y")}},
		{"less than or equal to 262144", sdk.StartQueryExecutionInput{QueryString: aws.String("select '" + strings.Repeat("x", 262_144) + "'")}},
		{"WorkGroup nope is not found.", sdk.StartQueryExecutionInput{QueryString: aws.String("select 1"), WorkGroup: aws.String("nope")}},
		{"outputLocation is not a valid S3 path.", sdk.StartQueryExecutionInput{QueryString: aws.String("select 1"), ResultConfiguration: &types.ResultConfiguration{OutputLocation: aws.String("/tmp/x")}}},
		{"Unable to verify/create output bucket nowhere", sdk.StartQueryExecutionInput{QueryString: aws.String("select 1"), ResultConfiguration: &types.ResultConfiguration{OutputLocation: aws.String("s3://nowhere/x")}}},
		{"greater than or equal to 32", sdk.StartQueryExecutionInput{QueryString: aws.String("select 1"), ClientRequestToken: aws.String("short")}},
	}
	tests[1].want = "line 2:8: mismatched input 'limit'"
	for _, test := range tests {
		_, err := w.athena.StartQueryExecution(t.Context(), &test.in)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "InvalidRequestException") {
			t.Errorf("%s: %v", test.want, err)
		}
	}
	if _, err := w.athena.GetQueryExecution(t.Context(), &sdk.GetQueryExecutionInput{QueryExecutionId: aws.String("no-such-id")}); err == nil || !strings.Contains(err.Error(), "QueryExecution no-such-id was not found") {
		t.Errorf("unknown id: %v", err)
	}
}

func (w *world) idempotency(t *testing.T) {
	w = w.sub(t)
	in := &sdk.StartQueryExecutionInput{QueryString: aws.String("select 1"), ClientRequestToken: aws.String(strings.Repeat("t", 32))}
	first, err := w.athena.StartQueryExecution(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.athena.StartQueryExecution(t.Context(), in)
	if err != nil || *again.QueryExecutionId != *first.QueryExecutionId {
		t.Errorf("again: %v %v", again, err)
	}
	in.QueryString = aws.String("select 2")
	if _, err = w.athena.StartQueryExecution(t.Context(), in); err == nil || !strings.Contains(err.Error(), "Idempotent parameters do not match") {
		t.Errorf("other text: %v", err)
	}
}

func (w *world) parameters(t *testing.T) {
	w = w.sub(t)
	got := w.query("select count(*) > ?, ? as s from orders where region = ? and order_date >= ?", "0", "'it''s'", "'EU'", "date '2023-01-01'")
	if diff := cmp.Diff([][]string{{"_col0", "s"}, {"true", "it's"}}, got); diff != "" {
		t.Error(diff)
	}
}

func (w *world) statistics(t *testing.T) {
	w = w.sub(t)
	scanned := func(sql string) int64 { return *w.run(sql).Statistics.DataScannedInBytes }
	all, one, two, none := scanned("select * from orders"), scanned("select sum(amount) from orders"), scanned("select sum(amount) from orders where region = 'EU'"), scanned("select 1")
	if !(none == 0 && one > 0 && two > one && all > 3*two) {
		t.Errorf("bytes scanned: none %d, one column %d, two %d, all %d", none, one, two, all)
	}
	if view := scanned("select sum(revenue) from daily_revenue"); view <= one || view >= all {
		t.Errorf("through a view %d bytes", view)
	}
	q := w.run("select region, count(*) from orders group by region")
	s := q.Statistics
	if *s.TotalExecutionTimeInMillis < *s.EngineExecutionTimeInMillis || q.Status.CompletionDateTime.Before(*q.Status.SubmissionDateTime) || *q.EngineVersion.EffectiveEngineVersion != "Athena engine version 3" {
		t.Errorf("statistics %+v of %+v", s, q)
	}
	out, err := w.athena.GetQueryRuntimeStatistics(t.Context(), &sdk.GetQueryRuntimeStatisticsInput{QueryExecutionId: q.QueryExecutionId})
	if err != nil {
		t.Fatal(err)
	}
	if rows := out.QueryRuntimeStatistics.Rows; *rows.OutputRows != 4 || *rows.InputRows != 2000 || *rows.InputBytes == 0 || *rows.OutputBytes == 0 {
		t.Errorf("rows %+v", rows)
	}
}

// endless keeps the engine busy until it is stopped.
const endless = "select sum(sqrt(a.x * b.x)) from table(sequence(start => 1, stop => 3000000)) as a(x) cross join table(sequence(start => 1, stop => 3000000)) as b(x)"

func (w *world) cancel(t *testing.T) {
	w = w.sub(t)
	id := w.start(endless)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		out, err := w.athena.GetQueryExecution(t.Context(), &sdk.GetQueryExecutionInput{QueryExecutionId: &id})
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("never ran: %v", err)
		}
		if out.QueryExecution.Status.State == types.QueryExecutionStateRunning {
			break
		}
	}
	if _, err := w.athena.GetQueryResults(t.Context(), &sdk.GetQueryResultsInput{QueryExecutionId: &id}); err == nil || !strings.Contains(err.Error(), "Query has not yet finished. Current state: RUNNING") {
		t.Errorf("results while running: %v", err)
	}
	begin := time.Now()
	if _, err := w.athena.StopQueryExecution(t.Context(), &sdk.StopQueryExecutionInput{QueryExecutionId: &id}); err != nil {
		t.Fatal(err)
	}
	q := w.wait(id)
	if q.Status.State != types.QueryExecutionStateCancelled || time.Since(begin) > 10*time.Second {
		t.Errorf("%s after %v", q.Status.State, time.Since(begin))
	}
	if got := w.query("select 1"); len(got) != 2 {
		t.Errorf("the engine is unusable afterwards: %v", got)
	}
	if _, err := w.athena.StopQueryExecution(t.Context(), &sdk.StopQueryExecutionInput{QueryExecutionId: &id}); err != nil {
		t.Errorf("stopping what has ended: %v", err)
	}
}

func (w *world) history(t *testing.T) {
	w = w.sub(t)
	first, second := *w.run("select 1").QueryExecutionId, *w.run("select 2").QueryExecutionId
	out, err := w.athena.ListQueryExecutions(t.Context(), &sdk.ListQueryExecutionsInput{MaxResults: aws.Int32(2)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{second, first}, out.QueryExecutionIds); diff != "" || out.NextToken == nil {
		t.Errorf("%v %s", out.NextToken, diff)
	}
	batch, err := w.athena.BatchGetQueryExecution(t.Context(), &sdk.BatchGetQueryExecutionInput{QueryExecutionIds: []string{first, "missing", second}})
	if err != nil {
		t.Fatal(err)
	}
	if len(batch.QueryExecutions) != 2 || *batch.QueryExecutions[1].Query != "select 2" || *batch.UnprocessedQueryExecutionIds[0].QueryExecutionId != "missing" {
		t.Errorf("batch %+v", batch)
	}
	if _, err := w.athena.BatchGetQueryExecution(t.Context(), &sdk.BatchGetQueryExecutionInput{QueryExecutionIds: make([]string, 51)}); err == nil {
		t.Error("51 ids were taken")
	}
}

func (w *world) paging(t *testing.T) {
	w = w.sub(t)
	const rows = 100_000
	q := w.run(fmt.Sprintf("select x, case when x %% 2 = 0 then null else concat('v', cast(x as varchar)) end as v from table(sequence(start => 1, stop => %d)) as u(x) order by x", rows))
	var token *string
	seen, pages := 0, 0
	for {
		out := w.page(*q.QueryExecutionId, token, 0)
		pages++
		for i, r := range out.ResultSet.Rows {
			if pages == 1 && i == 0 {
				if *r.Data[0].VarCharValue != "x" {
					t.Fatalf("first row %v", texts(out.ResultSet.Rows[:1]))
				}
				continue
			}
			seen++
			want := fmt.Sprintf("v%d", seen)
			if *r.Data[0].VarCharValue != fmt.Sprint(seen) || seen%2 == 0 && r.Data[1].VarCharValue != nil || seen%2 == 1 && *r.Data[1].VarCharValue != want {
				t.Fatalf("row %d is %v", seen, texts([]types.Row{r}))
			}
		}
		if out.NextToken == nil {
			break
		}
		token = out.NextToken
	}
	if seen != rows || pages != 101 {
		t.Errorf("%d rows on %d pages", seen, pages)
	}
	small := w.page(*q.QueryExecutionId, nil, 1)
	if got := texts(small.ResultSet.Rows); len(got) != 1 || got[0][0] != "x" || small.NextToken == nil {
		t.Errorf("a page of one row: %v", got)
	}
	other := w.run("select 1")
	for what, in := range map[string]*sdk.GetQueryResultsInput{
		"a token of another query": {QueryExecutionId: other.QueryExecutionId, NextToken: small.NextToken},
		"an invented token":        {QueryExecutionId: q.QueryExecutionId, NextToken: aws.String("bm90IGEgdG9rZW4gYXQgYWxs")},
		"1001 rows":                {QueryExecutionId: q.QueryExecutionId, MaxResults: aws.Int32(1001)},
		"0 rows":                   {QueryExecutionId: q.QueryExecutionId, MaxResults: aws.Int32(0)},
	} {
		if _, err := w.athena.GetQueryResults(t.Context(), in); err == nil || !strings.Contains(err.Error(), "InvalidRequestException") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
