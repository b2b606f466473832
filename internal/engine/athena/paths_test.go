package athena_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/athena"
	"github.com/fairleadhq/fairlead/internal/engine/enginetest"
	"github.com/fairleadhq/fairlead/internal/sandbox"
)

// allTypes makes 2,500 rows in which each type has its extremes, NULL and,
// for text, the empty value and what a CSV must quote.
const allTypes = `select i as n,
	case when i % 5 = 0 then null else i % 2 = 0 end as flag,
	cast(case i % 4 when 0 then -128 when 1 then 127 when 2 then null else i % 100 end as tinyint) as t,
	cast(case i % 4 when 0 then -32768 when 1 then 32767 when 2 then null else i end as smallint) as s,
	case i % 4 when 0 then -9223372036854775807 when 1 then 9223372036854775807 when 2 then null else i end as l,
	cast(case when i % 3 = 0 then null else i / 4.0 end as real) as r,
	case when i % 3 = 0 then null else cast(i as double) / 7 end as d,
	cast(case i % 3 when 0 then null when 1 then '12345678901234567890123456789.123456789' else '-0.000000001' end as decimal(38,9)) as p,
	cast(case when i % 3 = 0 then null else i end as decimal(10,2)) as money,
	case when i % 3 = 0 then null else date_add('day', i, date '1999-12-31') end as dt,
	case when i % 3 = 0 then null else date_add('second', i, timestamp '2024-02-29 23:59:59.123') end as ts,
	case when i % 3 = 0 then null else timestamp '2024-02-29 23:59:59.123 Europe/Berlin' end as tz,
	case i % 7 when 0 then null when 1 then '' when 2 then 'a "quoted" word' when 3 then 'a,b' when 4 then 'NULL' when 5 then ' ü€😀 ' else concat('line', chr(10), 'break') end as v,
	case i % 3 when 0 then null when 1 then X'' else X'DEAD00FF' end as bin,
	case i % 3 when 0 then null when 1 then array['x', null, 'a, "b"'] else array[] end as a,
	case when i % 3 = 0 then null else map(array['k', 'l'], array[i, null]) end as m,
	case when i % 3 = 0 then null else cast(row(i, 'x,y') as row(f integer, g varchar)) end as w,
	case when i % 3 = 0 then null else json_parse('{"a":[1,null,"x"]}') end as j
	from unnest(sequence(0, 2499)) as x(i) order by i`

// All ways of fetching bring the same columns and the same values.
func TestPathsBringTheSame(t *testing.T) {
	ready := box.Start(t).Ready()
	for name, c := range map[string]struct {
		sql  string
		rows int
	}{
		"all types":    {allTypes, 2500},
		"few rows":     {"select * from (" + allTypes + ") where n < 12", 12},
		"no rows":      {"select * from (" + allTypes + ") where n < 0", 0},
		"one NULL":     {"select cast(null as varchar) as x from unnest(sequence(1, 1500)) as t(i)", 1500},
		"show":         {"show tables in sales", -1},
		"describe":     {"describe sales.orders", -1},
		"explain":      {"explain select * from sales.orders", -1},
		"quoted names": {`select 1 as "a ""b""", 2 as "c,d" from unnest(sequence(1, 1200)) as t(i)`, 1200},
	} {
		t.Run(name, func(t *testing.T) {
			columns, rows, path := fetched(t, ready, "pages", c.sql)
			if path != "pages" || c.rows >= 0 && len(rows) != c.rows || c.rows < 0 && len(rows) == 0 {
				t.Fatalf("%d rows by %s", len(rows), path)
			}
			for _, fetch := range []string{"s3", "auto"} {
				gotColumns, got, path := fetched(t, ready, fetch, c.sql)
				if fetch == "s3" && !strings.HasPrefix(path, "s3 (") || fetch == "auto" && strings.HasPrefix(path, "s3") != (c.rows > 999) {
					t.Errorf("--fetch %s took %s", fetch, path)
				}
				if diff := cmp.Diff(columns, gotColumns); diff != "" {
					t.Errorf("%s: columns\n%s", fetch, diff)
				}
				if !cmp.Equal(rows, got) {
					t.Errorf("%s: values differ: %s", fetch, firstDifference(rows, got))
				}
			}
		})
	}
}

func firstDifference(want, got [][]string) string {
	for i := range want {
		if i >= len(got) {
			break
		}
		if diff := cmp.Diff(want[i], got[i]); diff != "" {
			return fmt.Sprintf("row %d\n%s", i, diff)
		}
	}
	return fmt.Sprintf("%d rows, want %d", len(got), len(want))
}

func fetched(t *testing.T, ready sandbox.Ready, fetch, sql string) (columns []string, rows [][]string, path string) {
	t.Helper()
	e := enginetest.Opener(athena.Spec(), ready.Env, map[string]string{"database": "sales", "fetch": fetch})(t, "dev")
	defer e.Close()
	s, err := e.Run(t.Context(), engine.Statement{Text: sql})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	columns, rows = enginetest.Columns(s.Schema()), enginetest.Rows(t, s)
	s.Close()
	for _, note := range s.Stats().Notes {
		t.Errorf("--fetch %s: %s", fetch, note)
	}
	return columns, rows, s.Stats().Path
}

// UNLOAD brings the same values where Parquet has the type, and nested ones as
// lists, maps and structures.
func TestUnloadBringsTheSame(t *testing.T) {
	ready := box.Start(t).Ready()
	plain := allTypes[:strings.Index(allTypes, "\tcase when i % 3 = 0 then null else timestamp '2024-02-29 23:59:59.123 Europe")] +
		allTypes[strings.Index(allTypes, "\tcase i % 7 when 0"):strings.Index(allTypes, "\tcase i % 3 when 0 then null when 1 then array")] +
		"case when i % 3 = 0 then null else 'x' end as last\n" + allTypes[strings.Index(allTypes, "\tfrom unnest"):]
	columns, want, _ := fetched(t, ready, "pages", plain)
	gotColumns, got, path := fetched(t, ready, "unload", plain)
	if path != "unload (1 file)" {
		t.Errorf("path %s", path)
	}
	for i := range columns { // Parquet's timestamps have microseconds
		if diff := cmp.Diff(strings.Replace(columns[i], "timestamp[ms]", "timestamp[us]", 1), gotColumns[i]); diff != "" {
			t.Errorf("columns\n%s", diff)
		}
	}
	if !cmp.Equal(want, got) {
		t.Errorf("values differ: %s", firstDifference(want, got))
	}
}

func TestUnloadOfNestedValues(t *testing.T) {
	ready := box.Start(t).Ready()
	_, rows, _ := fetched(t, ready, "unload", `select i as n,
		case i % 4 when 0 then null when 1 then array['x', null, 'a, "b"'] when 2 then cast(array[] as array(varchar)) else array['y'] end as a,
		case when i % 3 = 0 then null else map(array['k', 'l'], array[i, null]) end as m,
		case when i % 3 = 0 then null else cast(row(i, 'x,y') as row(f integer, g varchar)) end as w,
		case when i % 5 = 0 then null else array[array[i, null], array[], null, array[7]] end as deep,
		array[cast(row(i, array['p', 'q']) as row(f integer, g array(varchar)))] as rows
		from unnest(sequence(0, 2999)) as x(i)`)
	if len(rows) != 3000 {
		t.Fatalf("%d rows", len(rows))
	}
	seen := map[string]bool{}
	for _, r := range rows {
		var i int
		if _, err := fmt.Sscan(r[0], &i); err != nil || seen[r[0]] {
			t.Fatalf("%v, %v", r, err)
		}
		seen[r[0]] = true
		want := []string{r[0], []string{enginetest.Null, `["x",null,"a, \"b\""]`, `[]`, `["y"]`}[i%4],
			fmt.Sprintf(`[{"key":"k","value":%d},{"key":"l","value":null}]`, i), fmt.Sprintf(`{"f":%d,"g":"x,y"}`, i),
			fmt.Sprintf(`[[%d,null],[],null,[7]]`, i), fmt.Sprintf(`[{"f":%d,"g":["p","q"]}]`, i)}
		if i%3 == 0 {
			want[2], want[3] = enginetest.Null, enginetest.Null
		}
		if i%5 == 0 {
			want[4] = enginetest.Null
		}
		if diff := cmp.Diff(want, r); diff != "" {
			t.Fatalf("row %d\n%s", i, diff)
		}
	}
}

func TestUnloadCleansUp(t *testing.T) {
	server := box.Start(t)
	deletes := server.Switches().Calls("s3.DeleteObject")
	_, rows, path := fetched(t, server.Ready(), "unload", "select order_id, amount from orders -- all\n;")
	if len(rows) != 10_000 || !strings.HasPrefix(path, "unload (") || server.Switches().Calls("s3.DeleteObject") == deletes {
		t.Errorf("%d rows by %s, %d files removed", len(rows), path, server.Switches().Calls("s3.DeleteObject")-deletes)
	}
}

func TestWhatCannotBeUnloaded(t *testing.T) {
	ready := box.Start(t).Ready()
	e := enginetest.Opener(athena.Spec(), ready.Env, map[string]string{"database": "sales", "fetch": "unload"})(t, "dev")
	defer e.Close()
	s, err := e.Run(t.Context(), engine.Statement{Text: "show tables"})
	if err != nil {
		t.Fatal(err)
	}
	rows := enginetest.Rows(t, s)
	s.Close()
	if st := s.Stats(); len(rows) == 0 || st.Path != "pages" || len(st.Notes) != 1 || !strings.Contains(st.Notes[0], "takes queries alone") {
		t.Errorf("%d rows, %+v", len(rows), st)
	}
}

func TestSandboxDeniesTheBucket(t *testing.T) {
	server := box.Start(t)
	server.Switches().DenyAction("", "s3:GetObject")
	defer server.Switches().AllowActions()
	e := enginetest.Opener(athena.Spec(), server.Ready().Env, map[string]string{"database": "sales"})(t, "dev")
	defer e.Close()
	s, err := e.Run(t.Context(), engine.Statement{Text: series(5)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rows, sum := enginetest.Sum(t, s)
	s.Close()
	if st := s.Stats(); rows != 5000 || sum != seriesHash(5) || st.Path != "pages" || len(st.Notes) != 1 {
		t.Errorf("%d rows, %+v", rows, st)
	}
}

// Credentials that end while the object is read are fetched anew.
func TestCredentialsExpireWithinAResult(t *testing.T) {
	server := box.Start(t)
	for _, fetch := range []string{"pages", "s3"} {
		e := enginetest.Opener(athena.Spec(), server.Ready().Env, map[string]string{"database": "sales", "fetch": fetch})(t, "dev")
		s, err := e.Run(t.Context(), engine.Statement{Text: series(100)})
		if err != nil {
			t.Fatal(err)
		}
		server.Switches().ExpireCredentials()
		rows, sum := enginetest.Sum(t, s)
		if rows != 100_000 || sum != seriesHash(100) {
			t.Errorf("%s: %d rows", fetch, rows)
		}
		s.Close()
		e.Close()
	}
}

func TestArgumentsAndPreparedStatements(t *testing.T) {
	ready := box.Start(t).Ready()
	e := enginetest.Opener(athena.Spec(), ready.Env, map[string]string{"database": "sales"})(t, "dev")
	defer e.Close()
	run := func(text string, args ...engine.Arg) [][]string {
		t.Helper()
		s, err := e.Run(t.Context(), engine.Statement{Text: text, Args: args})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		return enginetest.Rows(t, s)
	}
	text, number := engine.Arg{Value: "it's", Type: "text"}, engine.Arg{Value: "42", Type: "number"}
	day := engine.Arg{Value: "2024-02-29", Type: "date"}
	if diff := cmp.Diff([][]string{{"it's", "43", "2024-02-29"}}, run("select ? as a, ? + 1 as b, ? as c", text, number, day)); diff != "" {
		t.Error(diff)
	}
	run("prepare twice from select ? as a, ? as b")
	defer run("deallocate prepare twice")
	if diff := cmp.Diff([][]string{{"7", "x"}}, run("execute twice using 7, 'x'")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]string{{"42", "it's"}}, run("execute twice", number, text)); diff != "" {
		t.Error(diff)
	}
}
