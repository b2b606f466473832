//go:build cgo

package redshiftdata_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshiftdata"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

var analyst = wire.Principal{AccountID: "111122223333", ARN: "arn:aws:sts::111122223333:assumed-role/Analyst/ada", Name: "Analyst", Session: "ada"}

// service is a Data API with its own warehouse.
type service struct {
	t   *testing.T
	svc *redshiftdata.Service
	now time.Time
}

func start(t *testing.T, pageBytes int) *service {
	t.Helper()
	s := &service{t: t, now: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return s.now }
	warehouse, err := redshift.New(redshift.Options{Now: clock, AccountID: "111122223333", Region: "us-east-1", Rows: 100,
		Endpoint: func() (string, int) { return "127.0.0.1", 5439 }})
	if err != nil {
		t.Fatal(err)
	}
	if s.svc, err = redshiftdata.New(redshiftdata.Options{Warehouse: warehouse, Now: clock, PageBytes: pageBytes}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(s.svc.Close(), warehouse.Close()); err != nil {
			t.Error(err)
		}
	})
	return s
}

type document map[string]any

// as sends a call of a principal.
func (s *service) as(who wire.Principal, operation string, in document) (document, error) {
	s.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		s.t.Fatal(err)
	}
	out, err := s.svc.Call(s.t.Context(), &wire.Call{Service: "redshift-data", Operation: operation, Principal: who, Body: body})
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(out)
	if err != nil {
		s.t.Fatal(err)
	}
	doc := document{}
	if err := json.Unmarshal(text, &doc); err != nil {
		s.t.Fatal(err)
	}
	return doc, nil
}

func (s *service) call(operation string, in document) document {
	s.t.Helper()
	out, err := s.as(analyst, operation, in)
	if err != nil {
		s.t.Fatalf("%s: %v", operation, err)
	}
	return out
}

// run executes a statement to its end and describes it.
func (s *service) run(in document) document {
	s.t.Helper()
	if in["SessionId"] == nil {
		in["WorkgroupName"], in["Database"] = "analytics", "dev"
	}
	in["WaitTimeSeconds"] = 30
	id := s.call("ExecuteStatement", in)["Id"]
	return s.call("DescribeStatement", document{"Id": id, "WaitTimeSeconds": 30})
}

func (s *service) refused(code, operation string, in document) {
	s.t.Helper()
	_, err := s.as(analyst, operation, in)
	var e *wire.Error
	if !errors.As(err, &e) || e.Code != code {
		s.t.Errorf("%s %v: %v, want %s", operation, in, err, code)
	}
}

func compact(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

const everything = `select cast(7 as smallint) as i, cast(0.1 as double precision) as d, cast('NaN' as double precision) as nan, true as b,
	cast('1.50' as numeric(10,2)) as n, 'a,"b"' || chr(10) as v, '' as e, cast(null as varchar) as nl, cast('2024-02-29 23:59:59.5+02' as timestamptz) as tz`

func TestResultsAsJSONAndCSV(t *testing.T) {
	s := start(t, 0)
	d := s.run(document{"Sql": everything})
	if d["Status"] != "FINISHED" || d["HasResultSet"] != true || d["ResultRows"] != 1.0 || d["DbUser"] != "IAMR:Analyst" || d["WorkgroupName"] != "analytics" {
		t.Fatalf("%v", d)
	}
	r := s.call("GetStatementResult", document{"Id": d["Id"]})
	want := `[[{"longValue":7},{"doubleValue":0.1},{"doubleValue":"NaN"},{"booleanValue":true},{"stringValue":"1.50"},{"stringValue":"a,\"b\"\n"},{"stringValue":""},{"isNull":true},{"stringValue":"2024-02-29 21:59:59.5+00"}]]`
	if got := compact(r["Records"]); got != want {
		t.Errorf("\n%s, want\n%s", got, want)
	}
	column := r["ColumnMetadata"].([]any)[4].(map[string]any)
	if column["typeName"] != "numeric" || column["precision"] != 10.0 || column["scale"] != 2.0 || column["label"] != "n" {
		t.Errorf("%v", column)
	}
	s.refused("ValidationException", "GetStatementResultV2", document{"Id": d["Id"]})

	d = s.run(document{"Sql": everything, "ResultFormat": "CSV"})
	r = s.call("GetStatementResultV2", document{"Id": d["Id"]})
	if got, want := r["Records"].([]any)[0].(map[string]any)["CSVRecords"], "7,0.1,NaN,true,1.50,\"a,\"\"b\"\"\n\",\"\",,2024-02-29 21:59:59.5+00\r\n"; got != want {
		t.Errorf("\n%q, want\n%q", got, want)
	}
}

func TestPagesFollowEachOther(t *testing.T) {
	s := start(t, 100)
	d := s.run(document{"Sql": "select n from generate_series(1, 100) as g(n)", "ResultFormat": "CSV"})
	var text strings.Builder
	in, pages := document{"Id": d["Id"]}, 0
	for {
		r := s.call("GetStatementResultV2", in)
		text.WriteString(r["Records"].([]any)[0].(map[string]any)["CSVRecords"].(string))
		pages++
		if r["TotalNumRows"] != 100.0 {
			t.Errorf("%v rows", r["TotalNumRows"])
		}
		if r["NextToken"] == nil {
			break
		}
		in["NextToken"] = r["NextToken"]
	}
	var want strings.Builder
	for i := range 100 {
		fmt.Fprintf(&want, "%d\r\n", i+1)
	}
	if text.String() != want.String() || pages < 3 {
		t.Errorf("%d pages: %q", pages, text.String())
	}
	s.refused("ValidationException", "GetStatementResultV2", document{"Id": d["Id"], "NextToken": "page-9999"})
}

func TestSessionsKeepWhatWasMade(t *testing.T) {
	s := start(t, 0)
	d := s.run(document{"Sql": "create temp table mine (n int)", "SessionKeepAliveSeconds": 60})
	if d["Status"] != "FINISHED" || d["SessionId"] == nil || d["HasResultSet"] != false {
		t.Fatalf("%v", d)
	}
	id := d["SessionId"]
	if d = s.run(document{"Sql": "insert into mine values (1), (2)", "SessionId": id}); d["ResultRows"] != 2.0 {
		t.Errorf("%v", d)
	}
	if d = s.run(document{"Sql": "select count(*) from mine"}); d["Status"] != "FAILED" || !strings.Contains(d["Error"].(string), `relation "mine" does not exist`) {
		t.Errorf("another session: %v", d)
	}
	s.refused("ValidationException", "ExecuteStatement", document{"Sql": "select 1", "SessionId": id, "Database": "dev"})
	s.now = s.now.Add(2 * time.Minute)
	s.refused("ValidationException", "ExecuteStatement", document{"Sql": "select 1", "SessionId": id})
}

func TestABatchIsOneTransaction(t *testing.T) {
	s := start(t, 0)
	batch := func(sqls ...string) document {
		id := s.call("BatchExecuteStatement", document{"Sqls": sqls, "WorkgroupName": "analytics", "Database": "dev", "WaitTimeSeconds": 30})["Id"]
		return s.call("DescribeStatement", document{"Id": id, "WaitTimeSeconds": 30})
	}
	d := batch("create table kept (n int)", "insert into kept values (1)", "select n from kept")
	if d["Status"] != "FINISHED" || len(d["SubStatements"].([]any)) != 3 {
		t.Fatalf("%v", d)
	}
	r := s.call("GetStatementResult", document{"Id": fmt.Sprint(d["Id"], ":3")})
	if got := compact(r["Records"]); got != `[[{"longValue":1}]]` {
		t.Error(got)
	}
	d = batch("insert into kept values (2)", "select nope from kept", "select 1")
	if d["Status"] != "FAILED" || !strings.Contains(d["Error"].(string), "Position: 8;") {
		t.Errorf("%v", d)
	}
	if subs := d["SubStatements"].([]any); subs[2].(map[string]any)["Status"] != "ABORTED" {
		t.Errorf("%v", subs)
	}
	d = s.run(document{"Sql": "select count(*) from kept"})
	if got := compact(s.call("GetStatementResult", document{"Id": d["Id"]})["Records"]); got != `[[{"longValue":1}]]` {
		t.Errorf("what failed was kept: %s", got)
	}
}

func TestParametersAreBoundByName(t *testing.T) {
	s := start(t, 0)
	d := s.run(document{"Sql": "select :a as x, ':b' as lit, cast(:b as int)::varchar as y, :a as z -- :c", "Parameters": []document{{"name": "a", "value": "it's"}, {"name": "b", "value": "5"}}})
	if got := compact(s.call("GetStatementResult", document{"Id": d["Id"]})["Records"]); got != `[[{"stringValue":"it's"},{"stringValue":":b"},{"stringValue":"5"},{"stringValue":"it's"}]]` {
		t.Error(got)
	}
	for _, sql := range []string{"select :nope", "select 1"} {
		if d := s.run(document{"Sql": sql, "Parameters": []document{{"name": "a", "value": "1"}}}); d["Status"] != "FAILED" {
			t.Errorf("%s: %v", sql, d)
		}
	}
}

func TestATokenMakesOneStatement(t *testing.T) {
	s := start(t, 0)
	s.run(document{"Sql": "create table once (n int)"})
	in := document{"Sql": "insert into once values (1)", "ClientToken": "t1"}
	first, second := s.run(in), s.run(in)
	if first["Id"] != second["Id"] {
		t.Errorf("%v and %v", first["Id"], second["Id"])
	}
	d := s.run(document{"Sql": "select n from once"})
	if d["ResultRows"] != 1.0 {
		t.Errorf("%v rows", d["ResultRows"])
	}
	s.refused("ValidationException", "ExecuteStatement", document{"Sql": "select 2", "ClientToken": "t1", "WorkgroupName": "analytics", "Database": "dev"})
}

func TestALongStatementIsCancelled(t *testing.T) {
	s := start(t, 0)
	slow := "select count(*) from public.orders a, public.orders b, public.orders c, public.orders d, public.orders e where a.quantity + b.quantity + c.quantity + d.quantity + e.quantity = -1"
	st := s.call("ExecuteStatement", document{"Sql": slow, "WorkgroupName": "analytics", "Database": "dev", "SessionKeepAliveSeconds": 60})
	s.refused("ValidationException", "ExecuteStatement", document{"Sql": "select 1", "SessionId": st["SessionId"]})
	s.refused("ResourceNotFoundException", "GetStatementResult", document{"Id": st["Id"]})
	if out := s.call("CancelStatement", document{"Id": st["Id"]}); out["Status"] != true {
		t.Errorf("%v", out)
	}
	if d := s.call("DescribeStatement", document{"Id": st["Id"], "WaitTimeSeconds": 30}); d["Status"] != "ABORTED" {
		t.Errorf("%v", d)
	}
	s.refused("ValidationException", "CancelStatement", document{"Id": st["Id"]})
}

func TestWhatTheServiceRefuses(t *testing.T) {
	s := start(t, 0)
	place := func(more document) document {
		in := document{"Sql": "select 1", "WorkgroupName": "analytics", "Database": "dev"}
		for k, v := range more {
			in[k] = v
		}
		return in
	}
	for _, in := range []document{
		{"Sql": "select 1"}, place(document{"Sql": ""}), place(document{"Sql": "select '" + strings.Repeat("x", 100<<10) + "'"}),
		place(document{"WorkgroupName": "nope"}), place(document{"ClusterIdentifier": "warehouse-1"}), place(document{"DbUser": "awsuser"}),
		place(document{"WaitTimeSeconds": 31}), place(document{"SessionKeepAliveSeconds": 90000}), place(document{"ResultFormat": "XML"}),
		place(document{"Database": ""}),
	} {
		s.refused("ValidationException", "ExecuteStatement", in)
	}
	s.refused("DatabaseConnectionException", "ExecuteStatement", place(document{"Database": "nope"}))
	s.refused("ResourceNotFoundException", "DescribeStatement", document{"Id": "d9b6c0c9-0747-4bf4-b142-e8883122f766"})
	s.refused("UnknownOperationException", "ListGhosts", document{"Id": s.run(document{"Sql": "select 1"})["Id"]})
	// Another caller does not see the statement.
	id := s.run(document{"Sql": "select 1"})["Id"]
	other := analyst
	other.ARN = "arn:aws:sts::111122223333:assumed-role/Other/bob"
	if _, err := s.as(other, "DescribeStatement", document{"Id": id}); err == nil {
		t.Error("another caller reads the statement")
	}
	if d := s.run(document{"Sql": "select repeat('x', 70000)"}); d["Status"] != "FAILED" || !strings.Contains(d["Error"].(string), "too large") {
		t.Errorf("%v", d)
	}
	if d := s.run(document{"Sql": "select 1; select 2"}); d["Status"] != "FAILED" {
		t.Errorf("%v", d)
	}
}
