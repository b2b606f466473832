package athena_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/fairleadhq/fairlead/internal/creds"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/athena"
	"github.com/fairleadhq/fairlead/internal/engine/enginetest"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sandbox"
	"github.com/fairleadhq/fairlead/internal/session"
)

var box = enginetest.Sandbox{Options: sandbox.Options{Rows: 10_000, SignedIn: true}}

func TestMain(m *testing.M) { os.Exit(box.Main(m)) }

// series makes 1000 times n rows; a sequence has at most 10,000 elements in Trino.
func series(n int) string {
	return fmt.Sprintf(`select x * 1000 + y as n, cast(x * 1000 + y as decimal(20,3)) / 8 as d,
		case when y %% 7 = 0 then null when y %% 7 = 1 then '' else 'row ' || cast(x * 1000 + y as varchar) end as s
		from unnest(sequence(0, %d)) as a(x) cross join unnest(sequence(0, 999)) as b(y)`, n-1)
}

func seriesHash(n int) uint64 {
	var sum uint64
	for i := range n * 1000 {
		s := fmt.Sprintf("row %d", i)
		switch i % 1000 % 7 {
		case 0:
			s = enginetest.Null
		case 1:
			s = ""
		}
		eighths := strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%03d", i/8, i%8*125), "0"), ".")
		sum += enginetest.Hash([]string{fmt.Sprint(i), eighths, s})
	}
	return sum
}

func TestContract(t *testing.T) {
	ready := box.Start(t).Ready()
	client := service(t, ready)
	enginetest.Run(t, enginetest.Fixture{
		Open:     enginetest.Opener(athena.Spec(), ready.Env, map[string]string{"database": "sales"}),
		Profiles: [2]string{"dev", "static"},
		Types: enginetest.Table{
			SQL: `select true as b, cast(-128 as tinyint) as t, cast(-32768 as smallint) as s, cast(2147483647 as integer) as i,
				9223372036854775807 as l, cast(1.5 as real) as r, cast(0.1 as double) as d,
				cast('12345678901234567890123456789.123456789' as decimal(38,9)) as p, date '2024-02-29' as dt,
				timestamp '2024-02-29 23:59:59.123' as ts, 'text' as v, '' as e, cast(null as varchar) as n,
				X'DEAD00' as bin, array[1, 2] as a, map(array['k'], array[1]) as m,
				cast(row(1, 'x') as row(f integer, g varchar)) as w, json_parse('{"a":1}') as j,
				timestamp '2024-02-29 23:59:59.123 UTC' as tz, cast(null as bigint) as nl`,
			Columns: []string{
				"b boolean [bool]", "t tinyint [int8]", "s smallint [int16]", "i integer [int32]", "l bigint [int64]",
				"r float [float32]", "d double [float64]", "p decimal(38,9) [decimal(38, 9)]", "dt date [date32]",
				"ts timestamp [timestamp[ms]]", "v varchar [utf8]", "e varchar [utf8]", "n varchar [utf8]",
				"bin varbinary [binary]", "a array [utf8]", "m map [utf8]", "w row [utf8]", "j json [utf8] json",
				"tz timestamp with time zone [utf8]", "nl bigint [int64]",
			},
			Rows: [][]string{{
				"true", "-128", "-32768", "2147483647", "9223372036854775807", "1.5", "0.1",
				"12345678901234567890123456789.123456789", "2024-02-29", "2024-02-29T23:59:59.123", "text", "", enginetest.Null,
				"dead00", "[1, 2]", "{k=1}", "{f=1, g=x}", `{"a":1}`, "2024-02-29 23:59:59.123 UTC", enginetest.Null,
			}},
		},
		Empty: enginetest.Table{
			SQL:     `select 1 as one, 'x' as two where false`,
			Columns: []string{"one integer [int32]", "two varchar [utf8]"},
		},
		Big:    enginetest.Series{SQL: series(100), Rows: 100_000, Hash: func(*testing.T) uint64 { return seriesHash(100) }},
		Stream: series(5),
		Failing: enginetest.Failure{
			SQL:          "select 1,\n  nope from orders",
			Code:         fault.Statement,
			Service:      fault.Service{Name: "Athena", Code: "COLUMN_NOT_FOUND", RequestID: "*", Line: 2, Column: 3},
			MessageStays: "line 2:3: Column 'nope' cannot be resolved",
		},
		Slow: enginetest.Slow{
			SQL: `select count(*) from unnest(sequence(1, 10000)) as a(x) cross join unnest(sequence(1, 10000)) as b(y)
				cross join unnest(sequence(1, 10000)) as c(z) where x * y + z = -1`,
			Stopped: func(t *testing.T, id string) bool {
				out, err := client.GetQueryExecution(t.Context(), &sdk.GetQueryExecutionInput{QueryExecutionId: aws.String(id)})
				if err != nil {
					t.Error(err)
					return true
				}
				return out.QueryExecution.Status.State == types.QueryExecutionStateCancelled
			},
		},
		Write: enginetest.Write{
			Before: []string{"create table sales.contract with (format = 'PARQUET') as select 1 as n"},
			SQL:    "insert into sales.contract select n from unnest(sequence(1, 42)) as t(n)",
			Rows:   42,
			After:  []string{"drop table if exists sales.contract"},
		},
		Browse: []enginetest.Listing{
			{Path: nil, Want: engine.Object{Name: "AwsDataCatalog", Kind: "catalog"}},
			{Path: []string{"AwsDataCatalog"}, Want: engine.Object{Name: "sales", Kind: "schema"}},
			{Path: []string{"AwsDataCatalog", "sales"}, Want: engine.Object{Name: "orders", Kind: "table"}},
			{Path: []string{"AwsDataCatalog", "sales", "orders"}, Want: engine.Object{Name: "order_id", Kind: "column", Type: "bigint"}},
		},
		Missing: [][]string{{"nope"}, {"AwsDataCatalog", "nope"}, {"AwsDataCatalog", "sales", "nope"}},
		Ping:    "workgroup primary",
	})
}

// service is a client of the SDK's own, to ask the sandbox beside the engine.
func service(t *testing.T, ready sandbox.Ready) *sdk.Client {
	t.Helper()
	opener := session.NewOpener(session.Options{Env: func(name string) string { return ready.Env[name] }})
	s, err := opener.Open(t.Context(), session.Request{Name: "beside", Source: creds.Source{Profile: "static", Explicit: true}})
	if err != nil {
		t.Fatal(err)
	}
	return sdk.NewFromConfig(s.Config)
}
