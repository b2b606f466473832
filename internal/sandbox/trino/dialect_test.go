//go:build cgo

package trino_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// engine is one database for all tests of the package.
func engine(t *testing.T) *sql.DB {
	t.Helper()
	setup := append(trino.Setup(),
		"CREATE TABLE t AS SELECT * FROM (VALUES (1, 'one', 1.50::DECIMAL(12,2), 2.5::DOUBLE, DATE '2024-01-31', TIMESTAMP '2024-02-29 10:59:30.125', [1, 2, NULL], map {'k': 1, 'j': 2}, {'a': 1, 'b': 'x'}),"+
			" (2, '', -0.25::DECIMAL(12,2), -1e10::DOUBLE, DATE '2023-03-01', TIMESTAMP '1999-12-31 23:59:59.999', []::INTEGER[], map {}::MAP(VARCHAR, INTEGER), {'a': 2, 'b': NULL}),"+
			" (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)) v(i, s, d, f, dt, ts, l, m, r)",
		"CREATE TABLE o AS SELECT * FROM (VALUES (1, [{'sku': 'A', 'qty': 2}, {'sku': 'B', 'qty': 1}]), (2, []::STRUCT(sku VARCHAR, qty INTEGER)[])) v(id, items)")
	db, err := duck.Open(t.Context(), duck.Options{Database: setup})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// answer runs Athena SQL and renders the rows as text: columns joined by |,
// rows by newlines, NULL as ∅.
func answer(ctx context.Context, db *sql.DB, query string, params ...string) (string, error) {
	st, err := trino.Parse(query)
	if err != nil {
		return "", err
	}
	r := &trino.Rewriter{Params: params}
	q, err := st.Rewrite(r)
	for err == nil {
		if _, bindErr := db.ExecContext(ctx, "DESCRIBE "+q.SQL); bindErr == nil {
			break
		} else if !r.Learn(q, bindErr) {
			return "", q.Explain(bindErr, len("DESCRIBE "))
		}
		q, err = st.Rewrite(r)
	}
	if err != nil {
		return "", err
	}
	described, err := db.QueryContext(ctx, "SELECT column_type FROM (DESCRIBE "+q.SQL+")")
	if err != nil {
		return "", q.Explain(err, len("SELECT column_type FROM (DESCRIBE "))
	}
	defer described.Close()
	var names, values []string
	for described.Next() {
		var typ string
		if err := described.Scan(&typ); err != nil {
			return "", err
		}
		column := trino.DuckType(typ)
		if zone := q.Zones[len(names)]; zone != "" {
			column = trino.Type{Kind: trino.TimestampTZ, Zone: zone}
		}
		name := "c" + string(rune('a'+len(names)))
		names = append(names, name)
		values = append(values, trino.Render(name, column))
	}
	head := "SELECT " + strings.Join(values, ", ") + " FROM ("
	rows, err := db.QueryContext(ctx, head+q.SQL+") AS q("+strings.Join(names, ", ")+")")
	if err != nil {
		return "", q.Explain(err, len(head))
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		cells := make([]sql.NullString, len(names))
		into := make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return "", err
		}
		var line []string
		for _, c := range cells {
			if !c.Valid {
				c.String = "∅"
			}
			line = append(line, c.String)
		}
		lines = append(lines, strings.Join(line, "|"))
	}
	if err := rows.Err(); err != nil {
		return "", q.Explain(err, len(head))
	}
	return strings.Join(lines, "\n"), nil
}

// The expected values are those of Trino's function documentation
// (trino.io/docs/current/functions) and of Athena's own, where they differ
// from plain DuckDB above all.
func TestDialect(t *testing.T) {
	db := engine(t)
	tests := []struct{ query, want string }{
		// numbers
		{"select 7/2, -7/2, 7/2.0, 7e0/2", "3|-3|3.5|3.5"},
		{"select 10.00/3, cast(10 as decimal(10,2))/3, 1/3.0, -10.00/3, 1.5/0.001", "3.33|3.33|0.3|-3.33|1500.000"},
		{"select 0.1 + 0.2, 1.10 * 3, 2.50 - 1", "0.3|3.30|1.50"},
		{"select avg(i), avg(d), avg(f), sum(i), sum(d) from t", "2.0|0.63|-4.99999999875E9|6|1.25"},
		{"select sum(i) filter (where i > 1), avg(d) over (order by i) from t group by i, d order by i limit 1", "∅|1.50"},
		{"select mod(-7, 3), 7 % -3, abs(-5), sign(-2.5), ceil(1.2), floor(-1.2)", "-1|1|5|-1|2|-2"},
		{"select round(2.5), round(-2.5), round(2.345, 2), round(2.5e0), truncate(2.78)", "3|-3|2.350|3.0|2"},
		{"select round(123.456, -1), truncate(12.345, 1), round(12.345e0, 1), typeof(round(1.25, 1))", "120.000|12.300|12.3|decimal(4,2)"},
		{"select 1e0/0, -1e0/0, nan(), infinity(), is_nan(nan())", "Infinity|-Infinity|NaN|Infinity|true"},
		{"select 1e7, 9999999e0, 1e-3, 1e-4, 123456789.5e0, 0e0, 1e100, real '0.1'", "1.0E7|9999999.0|0.001|1.0E-4|1.234567895E8|0.0|1.0E100|0.1"},
		{"select power(2, 10), sqrt(16), cbrt(27), ln(e()), log(2, 8), log10(1000), pi()", "1024.0|4.0|3.0|1.0|3.0|3.0|3.141592653589793"},
		{"select greatest(1, 2, null), least(3, 2), greatest('a', 'b')", "∅|2|b"},
		{"select bitwise_and(12, 10), bitwise_or(12, 10), bitwise_xor(12, 10), bitwise_not(0), bitwise_left_shift(1, 4)", "8|14|6|-1|16"},
		{"select width_bucket(5.3e0, 0e0, 10e0, 5), from_base('ff', 16), to_base(255, 16)", "3|255|ff"},
		// casts
		{"select cast(2.5e0 as integer), cast(3.5e0 as bigint), cast(-2.5e0 as integer), cast(2.5 as integer)", "3|4|-3|3"},
		{"select cast('42' as integer), try_cast('x' as integer), try_cast('2.5' as bigint), cast(true as integer)", "42|∅|∅|1"},
		{"select cast(10e0 as varchar), cast(0.001e0 as varchar), cast(123456789e0 as varchar), cast(1.50 as varchar)", "1.0E1|1.0E-3|1.23456789E8|1.50"},
		{"select cast(timestamp '2024-01-02 03:04:05' as varchar), cast(date '2024-01-02' as varchar), cast(true as varchar)", "2024-01-02 03:04:05.000|2024-01-02|true"},
		{"select cast('abcdef' as varchar(3)), cast('a' as char(3)), cast('12.345' as decimal(10,2)), cast(1 as double)", "abc|a  |12.35|1.0"},
		{"select cast('2024-02-29' as date), cast('2024-02-29 01:02:03.456' as timestamp), cast(date '2024-02-29' as timestamp)", "2024-02-29|2024-02-29 01:02:03.456|2024-02-29 00:00:00.000"},
		{"select typeof(1), typeof(1.5), typeof(date '2024-01-01'), typeof(array[1,2]), typeof(1e0)", "integer|decimal(2,1)|date|array(integer)|double"},
		{"select try(1/0), try(cast('x' as integer)), coalesce(try(10/0), -1)", "∅|∅|-1"},
		// conditions
		{"select if(1 = 1, 'yes', 'no'), if(false, 1), nullif(1, 1), coalesce(null, 2)", "yes|∅|∅|2"},
		{"select case i when 1 then 'a' else 'b' end from t order by i", "a\nb\nb"},
		{"select i is distinct from null, null is not distinct from null from t where i = 1", "true|true"},
		// text
		{"select concat('a', null), concat('a', 'b', 'c'), 'a' || null, concat_ws('-', 'a', null, 'b')", "∅|abc|∅|a-b"},
		{"select split_part('a,b,c', ',', 2), split_part('a,b', ',', 5), split('a,b,c', ','), split('a,b,c', ',', 2)", "b|∅|[a, b, c]|[a, b,c]"},
		{"select substr('hello', 2), substr('hello', 0), substr('hello', -3, 2), substring('hello' from 2 for 3)", "ello||ll|ell"},
		{"select replace('aXbX', 'X'), replace('aXb', 'X', '-'), reverse('abc'), reverse(array[1,2]), length('héllo')", "ab|a-b|cba|[2, 1]|5"},
		{"select strpos('high', 'g'), position('g' in 'high'), lpad('x', 3, '-'), rpad('x', 3, '-'), trim('  a '), upper('é')", "3|3|--x|x--|a|É"},
		{"select trim(leading 'x' from 'xxa'), trim(both from ' b '), starts_with('abc', 'ab'), codepoint('A'), chr(66)", "a|b|true|65|B"},
		{"select regexp_replace('1a 2b 14m', '(\\d+)([ab]) ', '3c$2 '), regexp_replace('aXbX', 'X'), regexp_like('abc', 'b')", "3ca 3cb 14m|ab|true"},
		{"select regexp_extract('1a 2b 14m', '\\d+'), regexp_extract('abc', '\\d'), regexp_extract('1a 2b', '(\\d+)([a-z]+)', 2), regexp_extract_all('1a 2b', '\\d+')", "1|∅|a|[1, 2]"},
		{"select regexp_split('1a 2b 14m', '\\s*[a-z]+\\s*'), regexp_count('1a 2b 14m', '\\s*[a-z]+\\s*')", "[1, 2, 14, ]|3"},
		{"select split_to_map('a=1,b=2', ',', '='), levenshtein_distance('abc', 'abd'), hamming_distance('ab', 'ax')", "{a=1, b=2}|1|1"},
		{"select url_extract_host('https://u@example.com:8080/p?q=a%20b#f'), url_extract_port('https://example.com:8080/p'), url_extract_path('https://example.com/p/x?q'), url_extract_parameter('https://e.com/?a=1&q=a%20b', 'q')", "example.com|8080|/p/x|a b"},
		{"select format('%s is %d', 'x', 5), U&'Hello winter \\2603 !'", "x is 5|Hello winter ☃ !"},
		{"select 'it''s', 'a\nb', '\\n'", "it's|a\nb|\\n"},
		{"select 'x_y' like 'x\\_y' escape '\\', 'xzy' like 'x\\_y' escape '\\'", "true|false"},
		// bytes
		{"select to_hex(to_utf8('ab')), from_utf8(from_hex('6162')), X'65683F', md5(to_utf8('a'))", "6162|ab|65 68 3f|0c c1 75 b9 c0 f1 b6 a8 31 c3 99 e2 69 77 26 61"},
		{"select to_base64(to_utf8('a')), from_base64('YQ=='), sha256(to_utf8('')) = X'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', length(X'00FF')", "YQ==|61|true|2"},
		// dates
		{"select date_diff('hour', timestamp '2020-01-01 10:59:00', timestamp '2020-01-01 11:01:00'), date_diff('day', date '2020-03-01', date '2020-03-02')", "0|1"},
		{"select date_diff('month', date '2020-01-31', date '2020-02-28'), date_diff('second', timestamp '2020-03-01 00:00:00', timestamp '2020-03-02 00:00:00')", "0|86400"},
		{"select date_add('day', 3, date '2020-02-27'), date_add('month', 1, date '2020-01-31'), date_add('second', 86, timestamp '2020-03-01 00:00:00')", "2020-03-01|2020-02-29|2020-03-01 00:01:26.000"},
		{"select date '2012-08-08' + interval '2' day, timestamp '2012-10-31 01:00:00' - interval '1' month, date '2012-08-08' - interval '2' day", "2012-08-10|2012-09-30 01:00:00.000|2012-08-06"},
		{"select interval '2' day + interval '3' hour, interval '3' year + interval '5' month, interval '1 02:03:04.5' day to second, interval '1-2' year to month", "2 03:00:00.000|3-5|1 02:03:04.500|1-2"},
		{"select date '2020-03-01' - date '2020-02-28'", "2 00:00:00.000"},
		{"select date_trunc('month', date '2020-02-17'), date_trunc('hour', timestamp '2020-01-01 10:59:30'), date_trunc('week', date '2020-01-01')", "2020-02-01|2020-01-01 10:00:00.000|2019-12-30"},
		{"select day_of_week(date '2024-01-07'), extract(dow from date '2024-01-07'), week(date '2021-01-01'), year_of_week(date '2021-01-01'), day_of_year(date '2024-12-31')", "7|7|53|2020|366"},
		{"select extract(year from date '2024-05-06'), quarter(date '2024-05-06'), hour(timestamp '2024-05-06 07:08:09.123'), millisecond(timestamp '2024-05-06 07:08:09.123')", "2024|2|7|123"},
		{"select date_parse('2022/10/20/05', '%Y/%m/%d/%H'), date_parse('20-Oct-22 5:07 PM', '%d-%b-%y %l:%i %p')", "2022-10-20 05:00:00.000|2022-10-20 17:07:00.000"},
		{"select date_format(timestamp '2022-10-20 05:10:00', '%m-%d-%Y %H'), date_format(date '2022-10-02', '%W %e %M %c')", "10-20-2022 05|Sunday 2 October 10"},
		{"select format_datetime(timestamp '2022-10-20 05:10:00', 'yyyy-MM-dd''T''HH:mm:ss EEEE'), parse_datetime('1960/01/22 03:04', 'yyyy/MM/dd HH:mm')", "2022-10-20T05:10:00 Thursday|1960-01-22 03:04:00.000 UTC"},
		{"select from_unixtime(1000000000), to_unixtime(timestamp '2001-09-09 01:46:40'), from_iso8601_date('2020-05-11'), from_iso8601_timestamp('2020-05-11T11:15:05+02:00')", "2001-09-09 01:46:40.000 UTC|1.0E9|2020-05-11|2020-05-11 09:15:05.000 UTC"},
		{"select timestamp '2020-01-01 00:00:00 UTC', timestamp '2020-01-01 00:00:00 Europe/Berlin', last_day_of_month(date '2023-02-01'), to_iso8601(date '2020-01-02')", "2020-01-01 00:00:00.000 UTC|2020-01-01 00:00:00.000 Europe/Berlin|2023-02-28|2020-01-02"},
		{"select dt, ts from t order by i", "2024-01-31|2024-02-29 10:59:30.125\n2023-03-01|1999-12-31 23:59:59.999\n∅|∅"},
		{"select timestamp '2012-10-31 01:00:00 UTC' at time zone 'America/Los_Angeles', timestamp '2012-10-31 01:00:00' at time zone 'America/Los_Angeles' as la, hour(timestamp '2024-07-01 12:00:00 UTC' at time zone 'Europe/Berlin')", "2012-10-30 18:00:00.000 America/Los_Angeles|2012-10-30 18:00:00.000 America/Los_Angeles|14"},
		{"select cast(from_unixtime(0) at time zone 'Asia/Tokyo' as date), date_trunc('day', ts at time zone 'America/New_York') + interval '1' hour from t where i = 2", "1970-01-01|1999-12-31 01:00:00.000"},
		{"select i from t where s = 'one' and 1 <= i and d <> 2 and dt > date '2024-01-01' and f = 2.5", "1"},
		// JSON
		{`select json_extract_scalar('{"a":{"b":[1,"x"]}}', '$.a.b[1]'), json_extract_scalar('{"a":{"b":1}}', '$.a'), json_extract('{"a": {"b": 1}}', '$.a'), json_extract_scalar('{"a b":5}', '$["a b"]')`, `x|∅|{"b":1}|5`},
		{`select json_format(json_parse('{"a" : [1, 2]}')), json_array_length('[1,2,3]'), json_size('{"x":{"a":1,"b":2}}', '$.x'), json_array_get('["a","c"]', 1), json_array_contains('[1,2]', 2)`, `{"a":[1,2]}|3|2|"c"|true`},
		{`select cast(map(array['k'], array[1]) as json), cast(array[1, null] as json), cast(json_parse('[1,2]') as array(integer)), cast(json_parse('"x"') as varchar)`, `{"k":1}|[1,null]|[1, 2]|x`},
		{`select json_value('{"a":5}', 'lax $.a'), json_query('{"a":[1]}', 'lax $.a'), json_exists('{"a":1}', 'lax $.b')`, `5|[1]|false`},
		// arrays, maps, rows
		{"select l, m, r from t order by i", "[1, 2, null]|{k=1, j=2}|{a=1, b=x}\n[]|{}|{a=2, b=null}\n∅|∅|∅"},
		{"select cardinality(l), cardinality(m), element_at(l, 2), element_at(l, -3), element_at(m, 'j'), element_at(m, 'zz'), r.b from t where i = 1", "3|2|2|1|2|∅|x"},
		{"select array[1,2,3][2], map(array['a','b'], array[1,2])['b'], row(1, 'x'), array[]", "2|2|{field0=1, field1=x}|[]"},
		{"select contains(array[1,2], 2), array_distinct(array[3,1,3,null,null]), array_join(array[1,null,3], '-'), array_join(array[1,null], ',', 'n'), array_position(array[5,6], 7)", "true|[3, 1, null]|1-3|1,n|0"},
		{"select array_sort(array[3,null,1]), array_max(array[1,3]), array_min(array[1,null]), array_remove(array[1,2,1], 1), array_union(array[1,2],array[2,3]), array_intersect(array[3,1],array[1,3]), array_except(array[1,2],array[2])", "[1, 3, null]|3|∅|[2]|[1, 2, 3]|[3, 1]|[1]"},
		{"select slice(array[1,2,3,4], 2, 2), slice(array[1,2,3,4], -2, 2), flatten(array[array[1],array[2]]), repeat('a', 3), sequence(1, 5, 2), sequence(3, 1)", "[2, 3]|[3, 4]|[1, 2]|[a, a, a]|[1, 3, 5]|[3, 2, 1]"},
		{"select sequence(date '2020-01-30', date '2020-02-01'), sequence(date '2020-01-01', date '2020-03-01', interval '1' month)", "[2020-01-30, 2020-01-31, 2020-02-01]|[2020-01-01, 2020-02-01, 2020-03-01]"},
		{"select transform(array[1,2], x -> x + 1), filter(array[5,-6,7], x -> x > 0), reduce(array[5,20,50], 0, (s, x) -> s + x, s -> s * 2), any_match(array[1,2], x -> x > 1)", "[2, 3]|[5, 7]|150|true"},
		{"select zip_with(array[1,3,5], array['a','b','c'], (x, y) -> concat(y, cast(x as varchar))), all_match(array[1,2], x -> x > 1), none_match(array[1], x -> x > 1)", "[a1, b3, c5]|false|true"},
		{"select map_filter(map(array['a','b'], array[1,2]), (k, v) -> v > 1), transform_values(map(array['a'], array[1]), (k, v) -> v + 10), transform_keys(map(array['a'], array[1]), (k, v) -> upper(k))", "{b=2}|{a=11}|{A=1}"},
		{"select map_keys(m), map_values(m), map_concat(m, map(array['z'], array[9])), map_entries(m) from t where i = 1", "[k, j]|[1, 2]|{k=1, j=2, z=9}|[{field0=k, field1=1}, {field0=j, field1=2}]"},
		{"select cast(row(1, 'x') as row(id integer, name varchar)).name, arrays_overlap(array[1,2], array[2]), array[1] || array[2]", "x|true|[1, 2]"},
		{"select map_agg(i, s) from (select i, s from t where i < 3)", "{1=one, 2=}"},
		// UNNEST
		{"select i, x from t cross join unnest(l) as u(x) order by i, x", "1|1\n1|2\n1|∅"},
		{"select i, x, n from t cross join unnest(l) with ordinality as u(x, n) order by n", "1|1|1\n1|2|2\n1|∅|3"},
		{"select i, k, v from t cross join unnest(m) as u(k, v) order by k", "1|j|2\n1|k|1"},
		{"select id, sku, qty from o cross join unnest(items) as u(sku, qty) order by sku", "1|A|2\n1|B|1"},
		{"select id, sku from o left join unnest(items) as u(sku, qty) on true order by id, sku", "1|A\n1|B\n2|∅"},
		{"select x, y from unnest(array[1,2], array['a']) as u(x, y)", "1|a\n2|∅"},
		{"select * from unnest(array['a','b']) with ordinality as u(x, n)", "a|1\nb|2"},
		// sets and queries
		{"values (1, 'a'), (2, 'b')", "1|a\n2|b"},
		{"select * from (values 1, 2) as v(x) where x > 1", "2"},
		{"with a as (select 1 x), b(y) as (select x + 1 from a) select x, y from a, b", "1|2"},
		{"with recursive n(x) as (select 1 union all select x + 1 from n where x < 4) select sum(x) from n", "10"},
		{"select i, count(*) from t group by grouping sets ((i), ()) order by i nulls last", "1|1\n2|1\n3|1\n∅|3"},
		{"select s from t order by s", "\none\n∅"},
		{"select s from t order by s desc", "one\n\n∅"},
		{"select listagg(s, ',') within group (order by i desc), array_agg(i order by i desc), count_if(i > 1) from t", ",one|[3, 2, 1]|2"},
		{"select approx_distinct(i), max_by(s, i), min_by(s, i), arbitrary(1), bool_and(i > 0), every(i > 1) from t", "3|∅|one|1|true|false"},
		{"select i, lag(i) over (order by i), row_number() over (order by i desc), first_value(s) ignore nulls over (order by i desc) from t order by i", "1|∅|3|\n2|1|2|\n3|2|1|∅"},
		{"select i from t order by i offset 1 limit 1", "2"},
		{"select i from t order by i fetch first 2 rows only", "1\n2"},
		{"select count(*) from t tablesample bernoulli (100)", "3"},
		{"select i from t where s in ('one', 'two') and exists (select 1 from o) and i between 0 and 5", "1"},
		{"select a.i from t a join t b on a.i = b.i and (a.i, b.i) in ((1, 1))", "1"},
		{"select i, c.id from t left join o c on c.id = t.i join (select 1 i) u using (i)", "1|1"},
		{"select date(ts), \"i\" as \"A b\" from t where i = 1", "2024-02-29|1"},
		{"select approx_percentile(x, 0.5), approx_percentile(x * 1.5, 0.5) from (values 1, 2, 3) v(x)", "2|3.0"},
		{"select distinct approx_percentile(x * 1.5, 0.5) over () from (values 1, 2, 3) v(x)", "3.0"},
		{"select reduce(l, '', (s, x) -> s || coalesce(cast(x as varchar), '-'), s -> s || '!') from t order by i", "12-!\n!\n∅"},
		{"select reduce(array[row(2, 1.5), row(3, 0.5)], cast(0 as decimal(38,2)), (s, x) -> s + x[1] * x[2], s -> s)", "4.50"},
		{"select current_catalog, current_date = date(now())", "awsdatacatalog|true"},
		{"table o", "1|[{sku=A, qty=2}, {sku=B, qty=1}]\n2|[]"},
	}
	for _, test := range tests {
		got, err := answer(t.Context(), db, test.query)
		if err != nil {
			t.Errorf("%s\n\t%v", test.query, err)
		} else if got != test.want {
			t.Errorf("%s\n\tgot  %s\n\twant %s", test.query, got, test.want)
		}
	}
}
