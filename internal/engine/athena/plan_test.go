package athena

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

func TestTablesThatAStatementReads(t *testing.T) {
	for text, want := range map[string]string{
		"select 1":                                                            "",
		"select * from orders":                                                "orders",
		"SELECT * FROM Sales.Orders o":                                        "sales.orders",
		`select * from "a b"."c.d" as x`:                                      "a b.c.d",
		"select * from cat.db.t, u as v, w where x = 1":                       "cat.db.t u w",
		"select * from a join b on a.x = b.x left join c using (x)":           "a b c",
		"with x as (select * from t), y(n) as (select 1) select * from x, y":  "t",
		"select * from (select * from inner1) s cross join unnest(a) as u(v)": "inner1",
		"select extract(day from d), trim(both ' ' from s) from t":            "t",
		"select '-- from nothing' /* from no */ from t -- from never":         "t",
		"insert into x select * from y":                                       "y",
		"unload (select * from t) to 's3://b/' with (format='PARQUET')":       "t",
		"select * from t where x in (select y from u) and s = 'it''s from z'": "t u",
		"select a from t union all select b from t":                           "t",
		"select substring(x from 2) from t":                                   "t",
		"select * from":                                                       "",
		"select * from t,":                                                    "t",
		"from from from":                                                      "",
		"select * from unnest(sequence(1, 3)) as t(i)":                        "",
	} {
		var got []string
		for _, n := range reads(tokens(text)) {
			got = append(got, strings.Join(n, "."))
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s\n%s", text, diff)
		}
	}
}

func FuzzTablesThatAStatementReads(f *testing.F) {
	f.Add("select * from a.b, c where d = 'e' -- f")
	f.Add("with x(y) as (select 1) select extract(day from z) from `q")
	f.Fuzz(func(t *testing.T, text string) {
		list := tokens(text)
		for _, n := range reads(list) {
			if len(n) == 0 || len(n) > 3 {
				t.Errorf("%q reads %q", text, n)
			}
		}
		equalities(list)
		statementKind(list)
	})
}

// glueOf is a Glue with a table of 1 TB in text, one of Parquet, one that is
// partitioned, one without statistics and a view.
func glueOf() map[string]func(map[string]any) any {
	columns := func(names ...string) (list []any) {
		for _, n := range names {
			list = append(list, map[string]any{"Name": n, "Type": "bigint"})
		}
		return list
	}
	table := func(format, size string, keys []any, names ...string) map[string]any {
		return map[string]any{"TableType": "EXTERNAL_TABLE", "UpdateTime": 1.7e9, "PartitionKeys": keys,
			"Parameters":        map[string]any{"classification": format, "sizeKey": size, "recordCount": "1000"},
			"StorageDescriptor": map[string]any{"Columns": columns(names...)}}
	}
	tables := map[string]map[string]any{
		"text": table("csv", "1099511627776", nil, "a", "b"), "wide": table("parquet", "1000000000", nil, "a", "b", "c", "d"),
		"days": table("csv", "5000000000", columns("day", "hour"), "a"), "bare": table("csv", "", nil, "a"),
		"v": {"TableType": "VIRTUAL_VIEW", "ViewOriginalText": "select * from sales.text join sales.wide on true"},
	}
	return map[string]func(map[string]any) any{
		"GetTable": func(in map[string]any) any {
			t := tables[in["Name"].(string)]
			if t == nil || in["DatabaseName"] != "sales" {
				return refusal{400, "EntityNotFoundException", "not found"}
			}
			return map[string]any{"Table": t}
		},
		"GetPartitions": func(in map[string]any) any {
			if in["Expression"] != "day='2026-01-31'" && in["Expression"] != "day='2026-01-31' AND hour=5" {
				return map[string]any{"Partitions": []any{}}
			}
			part := map[string]any{"Parameters": map[string]any{"sizeKey": "30000000", "recordCount": "10"}}
			return map[string]any{"Partitions": []any{part, part}}
		},
	}
}

func TestPlan(t *testing.T) {
	d := &double{answer: glueOf()}
	e := openDouble(t, d, map[string]string{"database": "sales"}).(engine.Planner)
	for text, want := range map[string]string{
		"select * from text":                                            "tables text full 1099511627776 5.00 1000 table statistics of 2023-11-14",
		"select a from sales.wide where b > 1":                          "tables wide full 500000000 0.00 1000 table statistics, in proportion to the columns named of 2023-11-14",
		"select count(*) from wide":                                     "tables wide full 0 0.00 1000 table statistics, in proportion to the columns named of 2023-11-14",
		"select w.* from wide w":                                        "tables wide full 1000000000 0.00 1000 table statistics of 2023-11-14",
		"select * from days":                                            "tables days full 5000000000 0.02 1000 table statistics of 2023-11-14",
		"select * from days where day = '2026-01-31'":                   "partitions days part 60000000 0.00 20 partition statistics of 2023-11-14",
		"select * from days where day = date '2026-01-31' and hour = 5": "partitions days part 60000000 0.00 20 partition statistics of 2023-11-14",
		"select * from days where day = '2026-01-31' or a = 1":          "tables days full 5000000000 0.02 1000 table statistics of 2023-11-14",
		"select * from days where day = '1999-01-01'":                   "partitions days part ? ? - no free estimate: the catalog has no statistics of all that is read",
		"select * from bare":                                            "tables bare full ? ? 1000 no free estimate: the catalog has no statistics of all that is read",
		"select * from nope":                                            "tables sales.nope full ? ? - no free estimate: the catalog has no statistics of all that is read",
		"select * from v":                                               "tables text,wide full 1100511627776 5.00 - table statistics of 2023-11-14",
		"select 1":                                                      "tables  part 0 0.00 - no table is read",
		"drop table text":                                               "ddl  part 0 0.00 - ddl statements are free",
		"execute p using 1":                                             "  part ? ? - statements that are prepared in Athena tell nothing beforehand",
	} {
		p, err := e.Plan(t.Context(), engine.Statement{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		part, bytes, cost, rows := "part", "?", "?", "-"
		if p.Full {
			part = "full"
		}
		if p.Bytes != nil {
			bytes = fmt.Sprint(*p.Bytes)
		}
		if p.CostUSD != nil {
			cost = fmt.Sprintf("%.2f", *p.CostUSD)
		}
		if p.Rows != nil {
			rows = fmt.Sprint(*p.Rows)
		}
		object := strings.ReplaceAll(strings.ReplaceAll(p.Object, ", ", ","), "sales.", "")
		if text == "select * from nope" {
			object = p.Object
		}
		if diff := cmp.Diff(want, strings.Join([]string{p.Access, object, part, bytes, cost, rows, p.Basis}, " ")); diff != "" {
			t.Errorf("%s\n%s", text, diff)
		}
	}
	if d.count("StartQueryExecution") != 0 {
		t.Error("a statement was sent")
	}
}

func TestPlanKnowsTheWorkgroupsLimit(t *testing.T) {
	d := &double{answer: glueOf()}
	d.answer["GetWorkGroup"] = func(map[string]any) any {
		return map[string]any{"WorkGroup": map[string]any{"Name": "primary", "Configuration": map[string]any{"BytesScannedCutoffPerQuery": 2_000_000_000}}}
	}
	e := openDouble(t, d, map[string]string{"database": "sales"}).(engine.Planner)
	const stops, priced = `workgroup "primary" stops a query at 2.0 GB`,
		"priced at the list price of us-east-1, 5.00 USD a TB as of December 2022, which may be out of date; your own: price_per_tb"
	for text, notes := range map[string]string{"select * from days": stops + "; " + priced, "select * from wide": priced, "select 1": ""} {
		p, err := e.Plan(t.Context(), engine.Statement{Text: text})
		if err != nil || strings.Join(p.Notes, "; ") != notes {
			t.Errorf("%s: %+v, %v", text, p, err)
		}
	}
	if d.count("GetWorkGroup") != 1 {
		t.Errorf("the workgroup was read %d times", d.count("GetWorkGroup"))
	}
}

func TestAnOwnPriceIsSaidToBe(t *testing.T) {
	e := openDouble(t, &double{answer: glueOf()}, map[string]string{"database": "sales", "price_per_tb": "4.2"}).(engine.Planner)
	p, err := e.Plan(t.Context(), engine.Statement{Text: "select * from text"})
	if err != nil || *p.CostUSD != 4.2 || p.Notes[0] != "priced at the connection's own 4.20 USD a TB (price_per_tb)" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestAnEstimateAboveTheBudgetIsNotSent(t *testing.T) {
	d := &double{answer: glueOf()}
	for name, f := range finished("DML", "SELECT") {
		d.answer[name] = f
	}
	d.answer["GetQueryResults"] = onePage
	e := openDouble(t, d, map[string]string{"database": "sales", "max_scan": "100MB"})
	_, err := e.Run(t.Context(), engine.Statement{Text: "select * from text"})
	if f := fault.As(err); f == nil || f.Code != fault.Guarded || !strings.Contains(f.Message, "not sent: it is likely to read 1.1 TB, more than the 100 MB") ||
		d.count("StartQueryExecution") != 0 {
		t.Errorf("%v", err)
	}
	for _, text := range []string{"select * from days where day = '2026-01-31'", "select * from bare", "select 1"} {
		s, err := e.Run(t.Context(), engine.Statement{Text: text})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		s.Close()
	}
}
