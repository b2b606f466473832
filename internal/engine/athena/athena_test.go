package athena

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/enginetest"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

// read drains and closes a stream: its rows as text, NULL as "<null>".
func read(t *testing.T, s result.Stream) [][]string {
	t.Helper()
	defer s.Close()
	var rows [][]string
	for {
		b, err := s.Next(t.Context())
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		for r := range int(b.NumRows()) {
			row := make([]string, b.NumCols())
			for c := range row {
				row[c] = "<null>"
				if a := b.Column(c); !a.IsNull(r) {
					row[c] = a.ValueStr(r)
				}
			}
			rows = append(rows, row)
		}
		b.Release()
	}
}

func typeNames(s result.Stream) []string {
	var names []string
	for _, f := range s.Schema().Fields() {
		names = append(names, f.Name+" "+result.TypeName(f)+" "+f.Type.String()+" "+result.Carries(f))
	}
	return names
}

func TestTypesAreKeptExactly(t *testing.T) {
	columns := []map[string]any{
		column("b", "boolean"), column("n1", "tinyint"), column("n8", "bigint"), column("f", "float"),
		column("d", "double"), column("p", "decimal", 38, 9), column("day", "date"),
		column("ts", "timestamp"), column("us", "timestamp"), column("tz", "timestamp with time zone"),
		column("s", "varchar"), column("bin", "varbinary"), column("a", "array"), column("j", "json"), column("none", "varchar"),
	}
	d := &double{answer: finished("DML", "SELECT")}
	d.answer["GetQueryResults"] = func(map[string]any) any {
		return resultPage("", columns,
			[]any{"b", "n1", "n8", "f", "d", "p", "day", "ts", "us", "tz", "s", "bin", "a", "j", "none"},
			[]any{"true", "-128", "9223372036854775807", "1.5", "1.0E10", "12345678901234567890123456789.012345678",
				"2024-02-29", "2024-02-29 23:59:59.123", "2024-02-29 23:59:59.123456",
				"2024-02-29 23:59:59.123 Europe/Berlin", "", "de ad 00", "[1, 2]", `{"a":1}`, nil},
		)
	}
	s, err := openDouble(t, d, nil).Run(t.Context(), engine.Statement{Text: "select 1"})
	if err != nil {
		t.Fatal(err)
	}
	wantTypes := []string{
		"b boolean bool ", "n1 tinyint int8 ", "n8 bigint int64 ", "f float float32 ", "d double float64 ",
		"p decimal(38,9) decimal(38, 9) ", "day date date32 ", "ts timestamp timestamp[ms] ", "us timestamp timestamp[us] ",
		"tz timestamp with time zone utf8 ", "s varchar utf8 ", "bin varbinary binary ", "a array utf8 ", "j json utf8 json", "none varchar utf8 ",
	}
	if diff := cmp.Diff(wantTypes, typeNames(s)); diff != "" {
		t.Error(diff)
	}
	want := [][]string{{"true", "-128", "9223372036854775807", "1.5", "1e+10", "12345678901234567890123456789.012345678",
		"2024-02-29", "2024-02-29T23:59:59.123", "2024-02-29T23:59:59.123456",
		"2024-02-29 23:59:59.123 Europe/Berlin", "", "3q0A", "[1, 2]", `{"a":1}`, "<null>"}}
	if diff := cmp.Diff(want, read(t, s)); diff != "" {
		t.Error(diff)
	}
	st := s.Stats()
	if st.Rows != 1 || st.RemoteID != "q-1" || st.Queued.Milliseconds() != 30 || st.Ran.Milliseconds() != 250 || st.RowsAffected != nil {
		t.Errorf("stats %+v", st)
	}
	if want := 11.0 * megabyte / terabyte * 5; *st.CostUSD != want {
		t.Errorf("cost %v, want %v: part of a MB counts whole", *st.CostUSD, want)
	}
}

func TestPagesFollowTheirTokens(t *testing.T) {
	columns := []map[string]any{column("n", "bigint")}
	d := &double{answer: finished("DML", "SELECT")}
	d.answer["GetQueryResults"] = func(in map[string]any) any {
		switch in["NextToken"] {
		case nil:
			return resultPage("two", columns, []any{"n"}, []any{"1"})
		case "two":
			return resultPage("three", columns)
		}
		return resultPage("", columns, []any{"2"}, []any{"3"})
	}
	s, err := openDouble(t, d, nil).Run(t.Context(), engine.Statement{Text: "select n from t"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]string{{"1"}, {"2"}, {"3"}}, read(t, s)); diff != "" {
		t.Error(diff)
	}
}

func TestHeaderIsTakenOffQueriesOnly(t *testing.T) {
	for _, c := range []struct {
		name, kind, sub, text string
		rows                  [][]any
		want                  [][]string
	}{
		{"query", "DML", "SELECT", "select tab_name from t", [][]any{{"tab_name"}, {"x"}}, [][]string{{"x"}}},
		{"query without header", "DML", "SELECT", "select tab_name from t", [][]any{{"x"}}, [][]string{{"x"}}},
		{"show tables with a table of that name", "UTILITY", "SHOW_TABLES", "show tables", [][]any{{"tab_name"}}, [][]string{{"tab_name"}}},
		{"explain", "UTILITY", "EXPLAIN", "-- why\nexplain select 1", [][]any{{"tab_name"}, {"plan"}}, [][]string{{"plan"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &double{answer: finished(c.kind, c.sub)}
			d.answer["GetQueryResults"] = func(map[string]any) any {
				return resultPage("", []map[string]any{column("tab_name", "varchar")}, c.rows...)
			}
			s, err := openDouble(t, d, nil).Run(t.Context(), engine.Statement{Text: c.text})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, read(t, s)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDescribeIsCutAtTabs(t *testing.T) {
	d := &double{answer: finished("UTILITY", "DESCRIBE_TABLE")}
	d.answer["GetQueryResults"] = func(map[string]any) any {
		return resultPage("", []map[string]any{column("col_name", "string"), column("data_type", "string"), column("comment", "string")},
			[]any{"id                  \tbigint              \t                    "})
	}
	s, err := openDouble(t, d, nil).Run(t.Context(), engine.Statement{Text: "describe t"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]string{{"id", "bigint", ""}}, read(t, s)); diff != "" {
		t.Error(diff)
	}
}

func TestWriteTellsRowsAffected(t *testing.T) {
	d := &double{answer: finished("DML", "INSERT")}
	d.answer["GetQueryResults"] = func(map[string]any) any {
		out := resultPage("", []map[string]any{column("rows", "bigint")}, []any{"rows"}, []any{"42"})
		out["UpdateCount"] = 42
		return out
	}
	s, err := openDouble(t, d, nil).Run(t.Context(), engine.Statement{Text: "insert into t select 1"})
	if err != nil {
		t.Fatal(err)
	}
	if rows := read(t, s); rows != nil || s.Schema().NumFields() != 0 {
		t.Errorf("rows %v, schema %v", rows, s.Schema())
	}
	if n := s.Stats().RowsAffected; n == nil || *n != 42 {
		t.Errorf("rows affected %v", n)
	}
}

func TestWorkgroupDecidesWhereResultsGo(t *testing.T) {
	for _, c := range []struct {
		name     string
		output   string
		group    any
		location any // what is sent as ResultConfiguration
		reads    int // of the workgroup, over two statements
	}{
		{"no location of ours: not even read", "", nil, nil, 0},
		{"plain", "s3://b/p/", map[string]any{}, map[string]any{"OutputLocation": "s3://b/p/"}, 1},
		{"managed", "s3://b/p/", map[string]any{"ManagedQueryResultsConfiguration": map[string]any{"Enabled": true}}, nil, 1},
		{"may not be read", "s3://b/p/", refusal{400, "AccessDeniedException", "no"}, map[string]any{"OutputLocation": "s3://b/p/"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &double{answer: finished("DML", "SELECT")}
			d.answer["GetQueryResults"] = func(map[string]any) any { return resultPage("", nil) }
			d.answer["GetWorkGroup"] = func(map[string]any) any {
				if no, ok := c.group.(refusal); ok {
					return no
				}
				return map[string]any{"WorkGroup": map[string]any{"Name": "primary", "Configuration": c.group}}
			}
			e := openDouble(t, d, map[string]string{"output_location": c.output})
			for range 2 {
				s, err := e.Run(t.Context(), engine.Statement{Text: "select 1"})
				if err != nil {
					t.Fatal(err)
				}
				s.Close()
			}
			if diff := cmp.Diff(c.location, d.last("StartQueryExecution")["ResultConfiguration"]); diff != "" {
				t.Error(diff)
			}
			if n := d.count("GetWorkGroup"); n != c.reads {
				t.Errorf("workgroup read %d times, want %d", n, c.reads)
			}
		})
	}
}

func TestFailuresKeepAthenasWords(t *testing.T) {
	d := &double{answer: finished("DML", "SELECT")}
	d.answer["GetQueryExecution"] = state("FAILED", "DML", "SELECT", "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved")
	_, err := openDouble(t, d, nil).Run(t.Context(), engine.Statement{Text: "select x"})
	want := fault.Service{Name: "Athena", Code: "COLUMN_NOT_FOUND", RequestID: "q-1", Line: 1, Column: 8,
		Message: "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved"}
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != fault.Statement || f.Service == nil || *f.Service != want {
		t.Errorf("%#v", err)
	}
	if d.count("StopQueryExecution") != 0 {
		t.Error("a query that has ended was stopped")
	}
}

func TestRefusedStarts(t *testing.T) {
	for _, c := range []struct {
		message string
		code    fault.Code
		remedy  string
	}{
		{"No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.", fault.Config, "--output-location s3://"},
		{"WorkGroup nope is not found.", fault.NotFound, "--workgroup"},
		{"line 1:1: mismatched input 'selec'. Expecting: 'SELECT'", fault.Statement, ""},
	} {
		d := &double{answer: finished("DML", "SELECT")}
		d.answer["StartQueryExecution"] = func(map[string]any) any { return refusal{400, "InvalidRequestException", c.message} }
		_, err := openDouble(t, d, nil).Run(t.Context(), engine.Statement{Text: "selec"})
		f := fault.As(err)
		if f.Code != c.code || !strings.Contains(f.Remedy, c.remedy) || f.Service == nil || f.Service.Message != c.message {
			t.Errorf("%q: %#v", c.message, f)
		}
		if c.code == fault.Statement && (f.Service.Line != 1 || f.Service.Column != 1 || f.Service.RequestID != "request-StartQueryExecution") {
			t.Errorf("%#v", f.Service)
		}
	}
}

func TestCancelStopsTheQuery(t *testing.T) {
	for _, when := range []string{"StartQueryExecution", "GetQueryExecution"} {
		t.Run(when, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			d := &double{answer: finished("DML", "SELECT")}
			d.answer["GetQueryExecution"] = state("RUNNING", "DML", "SELECT", "")
			usual := d.answer[when]
			d.answer[when] = func(in map[string]any) any { cancel(); return usual(in) }
			_, err := openDouble(t, d, nil).Run(ctx, engine.Statement{Text: "select 1"})
			if fault.CodeOf(err) != fault.Interrupted {
				t.Errorf("%v", err)
			}
			if in := d.last("StopQueryExecution"); in["QueryExecutionId"] != "q-1" {
				t.Errorf("stopped %v", in)
			}
		})
	}
}

func TestOneFailureOnTheWayIsMended(t *testing.T) {
	for name, how := range map[string]enginetest.Wrong{
		"throttled":  enginetest.Answer(400, "TooManyRequestsException"),
		"failed":     enginetest.Answer(500, "InternalServerException"),
		"dropped":    enginetest.Reset,
		"broken off": enginetest.Cut,
	} {
		for operation, nth := range map[string]int32{"StartQueryExecution": 1, "GetQueryExecution": 1, "GetQueryResults": 2} {
			if name == "broken off" && operation != "GetQueryResults" {
				continue // answers too small to be read in parts
			}
			t.Run(operation+" "+name, func(t *testing.T) {
				t.Parallel()
				columns := []map[string]any{column("n", "bigint")}
				d := &double{t: t, answer: finished("DML", "SELECT")}
				d.answer["GetQueryResults"] = func(in map[string]any) any {
					if in["NextToken"] == nil {
						return resultPage("two", columns, []any{"n"}, []any{"1"})
					}
					return resultPage("", columns, []any{"2"})
				}
				server := httptest.NewServer(d)
				defer server.Close()
				e := openAt(t, server.URL, &enginetest.Faulty{Operation: operation, Nth: nth, How: how}, nil)
				s, err := e.Run(t.Context(), engine.Statement{Text: "select n from t"})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([][]string{{"1"}, {"2"}}, read(t, s)); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// A start whose answer got lost is sent again under the same token, so that the
// statement cannot run twice.
func TestARepeatedStartKeepsItsToken(t *testing.T) {
	d := &double{t: t, answer: finished("DML", "SELECT")}
	d.answer["GetQueryResults"] = func(map[string]any) any { return resultPage("", nil) }
	server := httptest.NewServer(d)
	defer server.Close()
	e := openAt(t, server.URL, &enginetest.Faulty{Operation: "StartQueryExecution", Nth: 1, How: enginetest.Reset}, nil)
	s, err := e.Run(t.Context(), engine.Statement{Text: "insert into t select 1"})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	tokens := map[any]int{}
	for _, c := range d.calls {
		if c.operation == "StartQueryExecution" {
			tokens[c.in["ClientRequestToken"]]++
		}
	}
	if len(tokens) != 1 || d.count("StartQueryExecution") != 2 {
		t.Errorf("tokens %v", tokens)
	}
}

func TestABlipWhilePollingDoesNotLoseTheQuery(t *testing.T) {
	d := &double{answer: finished("DML", "SELECT")}
	d.answer["GetQueryResults"] = func(map[string]any) any { return resultPage("", nil) }
	usual, polls := d.answer["GetQueryExecution"], 0
	d.answer["GetQueryExecution"] = func(in map[string]any) any {
		if polls++; polls <= 4 { // more than the SDK's own three attempts
			return refusal{400, "TooManyRequestsException", "slow down"}
		}
		return usual(in)
	}
	s, err := openDouble(t, d, nil).Run(t.Context(), engine.Statement{Text: "select 1"})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if d.count("StopQueryExecution") != 0 {
		t.Error("the query was stopped")
	}
}
