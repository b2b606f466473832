package redshift_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/enginetest"
	"github.com/fairleadhq/fairlead/internal/engine/redshift"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/sandbox/front"
	"github.com/fairleadhq/fairlead/internal/session"
)

// everyType has a row of values and a row of NULLs of every type the sandbox knows.
const everyType = `select true as b, cast(-32768 as smallint) as i2, cast(2147483647 as integer) as i4, cast(-9223372036854775808 as bigint) as i8,
	cast('-12345678901234567890123456789.123456789' as numeric(38,9)) as p, cast(0 as numeric(4,2)) as z, cast(0.1 as real) as r,
	cast(0.1 as double precision) as d, cast(1e300 as double precision) as big, cast('NaN' as double precision) as nan, cast('-Infinity' as double precision) as inf,
	cast('2024-02-29' as date) as dt, cast('2024-02-29 23:59:59.123456' as timestamp) as ts, cast('2024-02-29 23:59:59.5+02' as timestamptz) as tz,
	cast('23:59:59.25' as time) as tm, cast('text' as varchar(10)) as v, cast('' as varchar(10)) as e, 'a,"b"' || chr(13) || chr(10) || 'ü' as q, ' pad ' as sp,
	json_parse('{"a":[1,2.50,null,"x"]}') as j, cast('a' as varbyte) as bin, 1 as "two", 2 as "two"
	union all select null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null
	order by 1`

func dataParams() map[string]string {
	return map[string]string{"name": "analytics", "transport": "data-api"}
}

func TestContractOverTheDataAPI(t *testing.T) {
	ready := box.Start(t).Ready()
	enginetest.Run(t, enginetest.Fixture{
		Open:     enginetest.Opener(redshift.Spec(), ready.Env, dataParams()),
		Profiles: [2]string{"dev", "static"},
		Types: enginetest.Table{
			SQL:     `select cast(1 as bigint) as n, cast(null as varchar) as nl, '' as e`,
			Columns: []string{"n bigint [int64]", "nl varchar [utf8]", "e varchar [utf8]"},
			Rows:    [][]string{{"1", enginetest.Null, ""}},
		},
		Empty: enginetest.Table{
			SQL:     `select order_id, status from public.orders where false`,
			Columns: []string{"order_id bigint [int64]", "status varchar [utf8]"},
		},
		Big: enginetest.Series{SQL: series(100_000), Rows: 100_000, Hash: func(*testing.T) uint64 { return seriesHash(100_000) }},
		Failing: enginetest.Failure{
			SQL: "select 1,\n  nope from public.orders", Code: fault.Statement, MessageStays: `column "nope" does not exist`,
			Service: fault.Service{Name: "Redshift", Code: "FAILED", Line: 2, Column: 3},
		},
		Slow: enginetest.Slow{SQL: `select count(*) from public.orders a, public.orders b, public.orders c where a.quantity + b.quantity + c.quantity = -1`},
		Write: enginetest.Write{
			Before: []string{"create table public.contract_data (n int)"},
			SQL:    "insert into public.contract_data select product_id from public.products where product_id <= 42",
			Rows:   42,
			After:  []string{"drop table if exists public.contract_data"},
		},
		Browse: []enginetest.Listing{{Path: []string{"dev", "public"}, Want: engine.Object{Name: "orders", Kind: "table"}}},
		Ping:   "workgroup analytics, database dev, user IAMR:",
	})
}

// table is a whole result in text.
type table struct {
	Columns []string
	Rows    [][]string
}

func read(t *testing.T, e engine.Engine, s engine.Statement) (table, result.Stats) {
	t.Helper()
	stream, err := e.Run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	got := table{enginetest.Columns(stream.Schema()), enginetest.Rows(t, stream)}
	stream.Close()
	return got, stream.Stats()
}

// What the Data API gives must be what the wire gives, column by column and
// value by value, whether its CSV tells NULL from the empty text or not.
func TestTheDataAPIGivesWhatTheWireGives(t *testing.T) {
	ready := box.Start(t).Ready()
	open := enginetest.Opener(redshift.Spec(), ready.Env, map[string]string{"name": "analytics", "transport": "wire"})
	wire := open(t, "dev")
	defer wire.Close()
	statements := []string{
		everyType, "select 1 where false", "select cast(null as varchar) as only", "select '' as only",
		"show databases", "select n, case when n % 3 = 0 then null when n % 3 = 1 then '' else repeat('x', 300) end as s from generate_series(1, 20000) as g(n) order by n",
	}
	for name, plain := range map[string]bool{"CSV": false, "JSON": true} {
		t.Run(name, func(t *testing.T) {
			var asked string
			data := openWith(t, ready.Env, dataParams(), func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
				operation := r.Header.Get("X-Amz-Target")
				if strings.Contains(operation, "GetStatementResult") {
					asked = operation
				}
				if plain && strings.HasSuffix(operation, "V2") {
					return enginetest.Answer(400, "ValidationException")(r, next)
				}
				return next.RoundTrip(r)
			})
			defer data.Close()
			for _, text := range statements {
				want, _ := read(t, wire, engine.Statement{Text: text})
				got, stats := read(t, data, engine.Statement{Text: text})
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%.60s: %s", text, diff)
				}
				if stats.Path != "data-api" || stats.Rows != int64(len(want.Rows)) {
					t.Errorf("%.60s: %+v", text, stats)
				}
			}
			if strings.HasSuffix(asked, "V2") == plain {
				t.Errorf("the last result was asked for by %s", asked)
			}
		})
	}
}

// transport answers in place of a session's HTTP client.
type transport func(*http.Request, http.RoundTripper) (*http.Response, error)

func (f transport) Do(r *http.Request) (*http.Response, error) {
	return f(r, http.DefaultTransport)
}

// openWith opens an engine whose AWS calls pass through f.
func openWith(t *testing.T, env, params map[string]string, f transport) engine.Engine {
	t.Helper()
	spec := redshift.Spec()
	usual := spec.Open
	spec.Open = func(ctx context.Context, s *session.Session, p map[string]string) (engine.Engine, error) {
		s.Config.HTTPClient = f
		return usual(ctx, s, p)
	}
	return enginetest.Opener(spec, env, params)(t, "static")
}

func TestTemporaryTablesAndSettingsLive(t *testing.T) {
	ready := box.Start(t).Ready()
	e := enginetest.Opener(redshift.Spec(), ready.Env, dataParams())(t, "dev")
	defer e.Close()
	for _, text := range []string{"create temp table mine (n int)", "insert into mine values (1)", "set timezone to 'Asia/Tokyo'"} {
		read(t, e, engine.Statement{Text: text})
	}
	for text, want := range map[string]string{"select n from mine": "1", "show timezone": "Asia/Tokyo"} {
		if got, _ := read(t, e, engine.Statement{Text: text}); got.Rows[0][0] != want {
			t.Errorf("%s: %v", text, got.Rows)
		}
	}
}

func TestArgumentsReachTheStatementBothWays(t *testing.T) {
	ready := box.Start(t).Ready()
	for _, way := range []string{"wire", "data-api"} {
		e := enginetest.Opener(redshift.Spec(), ready.Env, map[string]string{"name": "analytics", "transport": way})(t, "dev")
		defer e.Close()
		s := engine.Statement{
			Text: `select $1 as t, $2 + 1 as i, $3 as n, $4 as b, $5 as d, $6 as ts, '$1 :p1' as lit, $1 as again, $7 as nl -- $9`,
			Args: []engine.Arg{{Value: "it's", Type: "text"}, {Value: "41", Type: "number"}, {Value: "-1.50", Type: "number"}, {Value: "TRUE", Type: "boolean"},
				{Value: "2026-01-31", Type: "date"}, {Value: "2026-01-31 12:00:00.5", Type: "timestamp"}, {Type: "null"}},
		}
		got, _ := read(t, e, s)
		want := [][]string{{"it's", "42", "-1.5", "true", "2026-01-31", "2026-01-31T12:00:00.5", "$1 :p1", "it's", enginetest.Null}}
		if diff := cmp.Diff(want, got.Rows); diff != "" {
			t.Errorf("%s: %s", way, diff)
		}
		if _, err := e.Run(t.Context(), engine.Statement{Text: "select $1", Args: []engine.Arg{{Value: "many", Type: "number"}}}); fault.CodeOf(err) != fault.Usage {
			t.Errorf("%s: %v", way, err)
		}
	}
}

// The id is told before the wait, and brings the rows later, to another engine.
func TestAStatementIsFoundAgain(t *testing.T) {
	ready := box.Start(t).Ready()
	open := enginetest.Opener(redshift.Spec(), ready.Env, dataParams())
	first := open(t, "dev")
	defer first.Close()
	id := ""
	text := "select n from generate_series(1, 1000) as g(n) order by n"
	want, stats := read(t, first, engine.Statement{Text: text, Submitted: func(got string) error { id = got; return nil }})
	if id == "" || stats.RemoteID != id {
		t.Fatalf("told %q, ran as %q", id, stats.RemoteID)
	}
	second := open(t, "dev")
	defer second.Close()
	stream, err := second.(engine.Attacher).Attach(t.Context(), id, engine.Statement{})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	if diff := cmp.Diff(want.Rows, enginetest.Rows(t, stream)); diff != "" {
		t.Error(diff)
	}
	for id, code := range map[string]fault.Code{"d9b6c0c9-0747-4bf4-b142-e8883122f766": fault.NotFound, "1073741824": fault.Unsupported} {
		if _, err := second.(engine.Attacher).Attach(t.Context(), id, engine.Statement{}); fault.CodeOf(err) != code {
			t.Errorf("%s: %v", id, err)
		}
	}
	// A refusal to note the id stops the statement.
	refusal := fault.New(fault.Output, "no room for the journal")
	_, err = second.Run(t.Context(), engine.Statement{Text: text, Submitted: func(string) error { return refusal }})
	if fault.CodeOf(err) != fault.Output {
		t.Error(err)
	}
}

func TestAnExpiredSessionIsReplaced(t *testing.T) {
	server := box.Start(t)
	lost := 0
	e := openWith(t, server.Ready().Env, dataParams(), func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".ExecuteStatement") {
			if lost++; lost == 2 {
				return answer(r, 400, `{"__type":"ValidationException","Message":"Session is not available."}`), nil
			}
		}
		return next.RoundTrip(r)
	})
	defer e.Close()
	read(t, e, engine.Statement{Text: "select 1"})
	got, stats := read(t, e, engine.Statement{Text: "select 2 as two"})
	if got.Rows[0][0] != "2" || len(stats.Notes) != 1 || !strings.Contains(stats.Notes[0], "session") {
		t.Errorf("%v, %q", got, stats.Notes)
	}
}

func TestALongStatementIsRefusedBeforeItIsSent(t *testing.T) {
	ready := box.Start(t).Ready()
	e := enginetest.Opener(redshift.Spec(), ready.Env, dataParams())(t, "dev")
	defer e.Close()
	_, err := e.Run(t.Context(), engine.Statement{Text: "select '" + strings.Repeat("x", 100<<10) + "'"})
	if f := fault.As(err); f == nil || f.Code != fault.Statement || !strings.Contains(f.Message, "102400") || !strings.Contains(f.Remedy, "transport wire") {
		t.Errorf("%v", err)
	}
}

// One passing failure of any call must go unnoticed, and never cost a row.
func TestOneFailureOfTheDataAPIIsMended(t *testing.T) {
	server := box.Start(t)
	for _, operation := range []string{"BatchExecuteStatement", "ExecuteStatement", "DescribeStatement", "GetStatementResultV2"} {
		for name, f := range map[string]front.Fault{
			"throttled": {Throttle: true}, "failed": {Status: 500}, "cut": {Cut: true},
		} {
			t.Run(operation+" "+name, func(t *testing.T) {
				f.Service, f.Operation, f.Times = "redshift-data", operation, 1
				e := enginetest.Opener(redshift.Spec(), server.Ready().Env, dataParams())(t, "static")
				defer e.Close()
				server.Switches().Fault(f)
				defer server.Switches().ClearFaults()
				got, _ := read(t, e, engine.Statement{Text: "select n from generate_series(1, 50000) as g(n)"})
				if len(got.Rows) != 50000 {
					t.Errorf("%d rows", len(got.Rows))
				}
			})
		}
	}
}

// answer makes an HTTP answer out of nothing.
func answer(r *http.Request, status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}
