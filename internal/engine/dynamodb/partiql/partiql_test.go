package partiql

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStatementsAreUnderstood(t *testing.T) {
	type what struct{ Verb, Table, Index string }
	for text, want := range map[string]what{
		`select * from "my table"."index" where a = ' from x'`: {"SELECT", "my table", "index"},
		"-- from y\nSELECT a,b . c from t;":                    {"SELECT", "t", ""},
		`select /* from x */ size(a) from t`:                   {"SELECT", "t", ""},
		`select "from" from t`:                                 {"SELECT", "t", ""},
		`insert into shop value {'from': 1}`:                   {"INSERT", "shop", ""},
		`update "a""b" set x = 1 where pk = 'k'`:               {"UPDATE", `a"b`, ""},
		`delete from t where pk = 'k' returning all old *`:     {"DELETE", "t", ""},
		`exists(select * from t where pk = 1)`:                 {"EXISTS", "t", ""},
		``:                                                     {},
		`select 'open from`:                                    {"SELECT", "", ""},
		`select a + 1 from t`:                                  {"SELECT", "t", ""},
	} {
		got := Parse(text)
		if diff := cmp.Diff(want, what{got.Verb, got.Table, got.Index}); diff != "" {
			t.Errorf("%s\n%s", text, diff)
		}
	}
}

func TestSources(t *testing.T) {
	for _, c := range []struct {
		text  string
		names []string
		order bool
		want  string
	}{
		{`select status, count(*) from shop where x = ? and y in [1, 'a;b'] group by status having count(*) > 2 limit 3`, []string{"status"}, false,
			`SELECT "status" FROM shop WHERE x = ? and y in [1, 'a;b']`},
		{`select * from "shop"."by total" order by total desc limit 5;`, []string{}, true, `SELECT * FROM "shop"."by total" ORDER BY total desc`},
		{`select a.b[1], "select" as x from t where (a+1) > 2 limit 1`, []string{}, false, `SELECT "a"."b"[1], "select" FROM t WHERE (a+1) > 2`},
		{`select size(a), b from t limit 1`, []string{}, false, `SELECT size(a), "b" FROM t`},
		{`select a from t order by b`, nil, false, `SELECT * FROM t`},
	} {
		s := Parse(c.text)
		if s.Select == nil {
			t.Errorf("%s is not understood", c.text)
			continue
		}
		if got := s.Source(c.names, c.order); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestConditions(t *testing.T) {
	s := Parse(`select a from t where pk = ? and (n between -1 and 2.5e3 or not begins_with("s", 'it''s')) and x is not missing and y in ('a', ?)`)
	want := &And{
		&And{
			&And{
				&Compare{"=", Operand{Path: Path{{Name: "pk"}}}, Operand{Param: 1}},
				&Or{
					&Between{Operand{Path: Path{{Name: "n"}}}, Operand{Value: &Value{"N", "-1"}}, Operand{Value: &Value{"N", "2.5e3"}}},
					&Not{&Call{"begins_with", []Operand{{Path: Path{{Name: "s"}}}, {Value: &Value{"S", "it's"}}}}},
				},
			},
			&Is{Left: Operand{Path: Path{{Name: "x"}}}, Not: true, What: "MISSING"},
		},
		&In{Operand{Path: Path{{Name: "y"}}}, []Operand{{Value: &Value{"S", "a"}}, {Param: 2}}},
	}
	if diff := cmp.Diff(Cond(want), s.Where); diff != "" || s.Unclear {
		t.Errorf("unclear %v\n%s", s.Unclear, diff)
	}
	if diff := cmp.Diff([]string{"a"}, s.Select.Needed()); diff != "" {
		t.Error(diff)
	}
}

// What is not understood is left to DynamoDB, and never half understood.
func TestWhatIsNotUnderstood(t *testing.T) {
	for _, text := range []string{
		"select a from t where a = ", "select a from t where a = 1 b", "select a from t where (a = 1", "select a from t where a like 'x'",
	} {
		s := Parse(text)
		if !s.Unclear || s.Where != nil {
			t.Errorf("%s: %+v", text, s.Where)
		}
	}
	for _, text := range []string{"select a from t limit x", "select a from t group status", "select a from t order by", "select a from t x", "select from t"} {
		if s := Parse(text); s.Select != nil {
			t.Errorf("%s: %+v", text, s.Select)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`select distinct a, count(*) from "t"."i" where pk = 'x' and b in [1,2] group by a having count(*) > 1 order by a desc limit 3`,
		`select a.b[0] from t where not (a = ? or b between 1 and 2)`, `update t set a = 1 where pk = 'x' returning all new *`, `delete from t where`,
		`select "a""b" from t where x is missing -- done`, `exists(select * from t where a=1)`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := Parse(text)
		if s.Select == nil {
			return
		}
		// The statement that is sent reads the same table by the same condition.
		again := Parse(s.Source(s.Select.Needed(), true))
		if again.Table != s.Table || again.Index != s.Index || again.Unclear != s.Unclear || cmp.Diff(s.Where, again.Where) != "" {
			t.Errorf("%q became %q", text, s.Source(s.Select.Needed(), true))
		}
	})
}
