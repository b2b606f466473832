package trino

import "testing"

// FuzzParse: no text may break the parser or the rewriter, whose place in the
// source must stay inside it.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"select 7/2, -a % b, x - interval '1' day from t as u(x) cross join unnest(m, l) with ordinality as v(a, b, c) where case when 1 then 2 end / 3 > 1",
		"with recursive a(x) as (values 1, (2), row(3)) select *, count(*) filter (where x > 1) over w / 2, listagg(s, ',') within group (order by i) from a group by 1 order by x",
		"create external table if not exists d.t (`a` int comment 'x', b struct<c:array<map<string,int>>>) partitioned by (p date) row format serde 'x' with serdeproperties ('a'='b') stored as parquet location 's3://x/' tblproperties ('k'='v')",
		"unload (select cast(a as decimal(10,2)), transform(x, y -> y + 1), reduce(x, 0, (s, e) -> s + e, s -> s) from t) to 's3://b/p' with (format = 'PARQUET', partitioned_by = array['a'])",
		"insert into t (a, b) select ?, if(a, b) from \"x$y\" tablesample bernoulli (10)", "execute p using 1, 'a'", "show columns in a from b", "select U&'\\00e9', X'00', date_format(x, '%Y'), extract(dow from x), trim(both 'x' from y), cast(", "select a.b.c.d from e.f.g.h", "end case / 2", "select / / %", "select array[1][1], (", "/* */ -- \n", "select 1 'x' \"y", "values", "select case end end / 1 from", "unnest(", "select interval", "select x -> y, () -> 1", "select if(), avg(), sequence(), format_datetime(), json_value(), greatest(), cast(as int), try_cast(x as row(a, b int))",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		st, err := Parse(sql)
		if err != nil {
			return
		}
		if st.Body() == "" && st.body[1] > st.body[0] {
			t.Errorf("no body in %q", sql)
		}
		known := func(Name) (string, error) { return "t", nil }
		for _, r := range []*Rewriter{{Unchecked: true}, {Table: known, Params: []string{"1"}}} {
			q, err := st.Rewrite(r)
			if err != nil {
				continue
			}
			for pos := range len(q.SQL) + 1 {
				if s := q.Source(pos); s < 0 || s > len(sql) {
					t.Fatalf("%q: offset %d of %q maps to %d", sql, pos, q.SQL, s)
				}
			}
		}
	})
}
