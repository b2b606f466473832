package redshift_test

import (
	"net"
	"os"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/enginetest"
	"github.com/fairleadhq/fairlead/internal/engine/redshift"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sandbox"
)

var box = enginetest.Sandbox{Options: sandbox.Options{Rows: 1000, SignedIn: true}}

func TestMain(m *testing.M) { os.Exit(box.Main(m)) }

func TestContract(t *testing.T) {
	ready := box.Start(t).Ready()
	enginetest.Run(t, enginetest.Fixture{
		Open:     enginetest.Opener(redshift.Spec(), ready.Env, map[string]string{"name": "analytics"}),
		Profiles: [2]string{"dev", "static"},
		Types: enginetest.Table{
			SQL: `select true as b, cast(-32768 as smallint) as i2, cast(2147483647 as integer) as i4, cast(9223372036854775807 as bigint) as i8,
				cast('12345678901234567890123456789.123456789' as numeric(38,9)) as p, cast(1.5 as real) as r, cast(0.1 as double precision) as d,
				cast('2024-02-29' as date) as dt, cast('2024-02-29 23:59:59.123456' as timestamp) as ts,
				cast('2024-02-29 23:59:59.5+02' as timestamptz) as tz, cast('text' as varchar(10)) as v, cast('' as varchar(10)) as e,
				cast(null as varchar(10)) as n, json_parse('{"a":[1,2.50]}') as j, cast('a' as varbyte) as bin, cast(null as bigint) as nl`,
			Columns: []string{
				"b boolean [bool]", "i2 smallint [int16]", "i4 integer [int32]", "i8 bigint [int64]",
				"p numeric(38,9) [decimal(38, 9)]", "r real [float32]", "d double precision [float64]",
				"dt date [date32]", "ts timestamp [timestamp[us]]", "tz timestamptz [timestamp[us, tz=UTC]]",
				"v varchar [utf8]", "e varchar [utf8]", "n varchar [utf8]", "j super [utf8] json", "bin varbyte [binary]", "nl bigint [int64]",
			},
			Rows: [][]string{{
				"true", "-32768", "2147483647", "9223372036854775807", "12345678901234567890123456789.123456789", "1.5", "0.1",
				"2024-02-29", "2024-02-29T23:59:59.123456", "2024-02-29T21:59:59.5Z", "text", "", enginetest.Null,
				`{"a":[1,2.50]}`, "61", enginetest.Null,
			}},
		},
		Empty: enginetest.Table{
			SQL:     `select order_id, status from public.orders where false`,
			Columns: []string{"order_id bigint [int64]", "status varchar [utf8]"},
		},
		Big: enginetest.Series{SQL: series(100_000), Rows: 100_000, Hash: func(*testing.T) uint64 { return seriesHash(100_000) }},
		Failing: enginetest.Failure{
			SQL:          "select 1,\n  nope from public.orders",
			Code:         fault.Statement,
			Service:      fault.Service{Name: "Redshift", Code: "42703", Line: 2, Column: 3},
			MessageStays: `column "nope" does not exist`,
		},
		Slow: enginetest.Slow{SQL: `select count(*) from public.orders a, public.orders b, public.orders c where a.quantity + b.quantity + c.quantity = -1`},
		Write: enginetest.Write{
			Before: []string{"create table public.contract (n int)"},
			SQL:    "insert into public.contract select product_id from public.products where product_id <= 42",
			Rows:   42,
			After:  []string{"drop table if exists public.contract"},
		},
		Browse: []enginetest.Listing{
			{Path: nil, Want: engine.Object{Name: "dev", Kind: "database"}},
			{Path: []string{"dev"}, Want: engine.Object{Name: "public", Kind: "schema"}},
			{Path: []string{"dev", "public"}, Want: engine.Object{Name: "orders", Kind: "table"}},
			{Path: []string{"dev", "public", "orders"}, Want: engine.Object{Name: "order_id", Kind: "column", Type: "bigint"}},
		},
		Missing: [][]string{{"nope"}, {"dev", "nope"}, {"nope", "public"}, {"dev", "public", "nope"}},
		Ping:    "workgroup analytics, database dev, user IAM",
	})
}

// Every way to name the server must lead to it.
func TestWaysToTheServer(t *testing.T) {
	ready := box.Start(t).Ready()
	host, port, err := net.SplitHostPort(ready.Postgres)
	if err != nil {
		t.Fatal(err)
	}
	closed := unusedPort(t)
	for name, c := range map[string]struct {
		params map[string]string
		ping   string
		code   fault.Code
	}{
		"name of a cluster":        {map[string]string{"name": "warehouse-1"}, "cluster warehouse-1, database dev, user IAMR:", ""},
		"workgroup":                {map[string]string{"workgroup": "analytics"}, "workgroup analytics", ""},
		"cluster as database user": {map[string]string{"cluster": "warehouse-1", "db_user": "awsuser"}, "user awsuser", ""},
		"host and port":            {map[string]string{"name": "analytics", "host": host, "port": port}, "workgroup analytics", ""},
		"a CA file":                {map[string]string{"name": "analytics", "ca_file": ready.CAFile, "sslmode": "verify-ca"}, "workgroup analytics", ""},
		"encryption alone":         {map[string]string{"name": "analytics", "sslmode": "require"}, "workgroup analytics", ""},
		"nobody":                   {map[string]string{"name": "nobody"}, "", fault.NotFound},
		"no such database":         {map[string]string{"name": "analytics", "database": "nope"}, "", fault.NotFound},
		"no such workgroup":        {map[string]string{"workgroup": "nope"}, "", fault.NotFound},
		"no TLS":                   {map[string]string{"name": "analytics", "sslmode": "disable"}, "", fault.CredsRejected},
		"nobody listens":           {map[string]string{"name": "analytics", "host": "127.0.0.1", "port": closed}, "", fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			e := enginetest.Opener(redshift.Spec(), ready.Env, c.params)(t, "dev")
			defer e.Close()
			text, err := e.(engine.Pinger).Ping(t.Context())
			if fault.CodeOf(err) != c.code || !strings.Contains(text, c.ping) {
				t.Errorf("%q, %v", text, err)
			}
			if f := fault.As(err); f != nil && f.Remedy == "" && f.Service == nil {
				t.Errorf("%v says neither a remedy nor what the service said", err)
			}
		})
	}
}

func TestAWrongPasswordIsRefused(t *testing.T) {
	ready := box.Start(t).Ready()
	host, port, err := net.SplitHostPort(ready.Postgres)
	if err != nil {
		t.Fatal(err)
	}
	e := enginetest.Opener(redshift.Spec(), ready.Env, map[string]string{"host": host, "port": port, "user": "awsuser", "password": "wrong"})(t, "dev")
	defer e.Close()
	if _, err := e.(engine.Pinger).Ping(t.Context()); fault.CodeOf(err) != fault.CredsRejected {
		t.Error(err)
	}
}

// What the server calls a protocol violation here is a wrong statement.
func TestAParameterNobodyBindsIsAFailedStatement(t *testing.T) {
	ready := box.Start(t).Ready()
	e := enginetest.Opener(redshift.Spec(), ready.Env, map[string]string{"name": "analytics"})(t, "dev")
	defer e.Close()
	for _, text := range []string{"select $1", "select 'a\x00b'"} {
		s, err := e.Run(t.Context(), engine.Statement{Text: text})
		if err == nil {
			s.Close()
		}
		if f := fault.As(err); f == nil || f.Code != fault.Statement || f.Service == nil {
			t.Errorf("%q: %#v", text, f)
		}
	}
}

// unusedPort returns a port that nobody listens on.
func unusedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
