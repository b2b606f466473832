package redshift_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// statements are Redshift SQL with the answers its documentation gives, or, for
// those it does not show, the answers of PostgreSQL 8. Rows are separated by
// "; ", columns by "|". The clock stands at 2026-11-23 12:30:15.
// https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_functions.html
var statements = []struct{ sql, want string }{
	// whole numbers divide into whole numbers, and fail on zero
	{"select 7/2, -7/2, 7%3, 7/2*2", "3|-3|1|6"},
	{"select 7.5/2, 1/4.0, 7::float/2", "3.750000000000|0.2500|3.5"},
	{"select 2*3/4, 100/10/5, 8/(1+1)", "1|2|4"},
	{"select sum(x)/count(*), avg(x) from (select 1 as x union all select 2) t", "1|1"},
	{"select sum(x), avg(x) from (select 1.55::decimal(10,2) as x union all select 2) t", "3.55|1.77"},
	{"select sum(x) over (order by x), avg(x) over () from (select 1 as x union all select 4) t", "1|2; 5|2"},
	{"select avg(distinct x) from (select 3 as x union all select 3 union all select 6) t", "4"},
	// conditions
	{"select nvl(null, 'a'), nvl(null, null, 3), isnull(null, 1), nvl2(null, 'yes', 'no'), nvl2(1, 'yes', 'no')", "a|3|1|no|yes"},
	{"select decode(2, 1, 'one', 2, 'two', 'more'), decode(null, null, 'same', 'other'), decode(9, 1, 'a')", "two|same|NULL"},
	{"select coalesce(null, 2), nullif(3, 3), greatest(1, null, 3), least(4, 2)", "2|NULL|3|2"},
	// dates
	{"select getdate(), sysdate, current_date", "2026-11-23 12:30:15|2026-11-23 12:30:15|2026-11-23"},
	{"select dateadd(month, 18, '2008-02-28')", "2009-08-28 00:00:00"},
	{"select dateadd(day, 30, date '2008-11-01'), dateadd('hour', -1, timestamp '2008-11-01 00:30:00')", "2008-12-01 00:00:00|2008-10-31 23:30:00"},
	{"select dateadd(minute, 5, max(d)) from (select timestamp '2008-11-01 00:30:00' as d) t", "2008-11-01 00:35:00"},
	{"select datediff(week, '2009-01-01', '2009-12-31'), datediff(qtr, '1998-07-01', '2009-01-01'), datediff(day, '2009-01-01', '2008-12-31')", "52|42|-1"},
	{"select datediff(hour, '2009-01-01 10:59', '2009-01-01 11:01'), datediff(yr, '2008-12-31', '2009-01-01')", "1|1"},
	{"select date_part(dow, date '2008-01-05'), date_part(epoch, timestamp '2008-01-01'), extract(year from timestamp '2009-03-01 01:02:03')", "6|1199145600|2009"},
	{"select date_trunc('month', timestamp '2008-09-08 10:00:00'), last_day(date '2004-02-01'), add_months('2008-01-31', 1)", "2008-09-01 00:00:00|2004-02-29|2008-02-29 00:00:00"},
	{"select add_months(date '2008-04-30', -1), months_between('1969-01-18', '1969-03-18')", "2008-03-31 00:00:00|-2"},
	{"select next_day('2014-08-20', 'Tuesday'), trunc(timestamp '2011-07-21 10:32:38'), date_cmp('2008-01-04', '2008-01-05')", "2014-08-26|2011-07-21|-1"},
	{"select convert_timezone('America/New_York', '2008-08-21 07:23:54'), convert_timezone('EST', 'UTC', '2008-03-05 12:00:00')", "2008-08-21 03:23:54|2008-03-05 17:00:00"},
	{"select to_char(timestamp '2009-12-31 23:15:59', 'MONTH-DY-DD-YYYY HH12:MIPM')", "DECEMBER -THU-31-2009 11:15PM"},
	{"select to_char(date '2008-12-31', 'YYYY-MM-DD'), to_char(date '2008-12-31', 'Q\"th\" FMMonth'), to_date('02 Oct 2001', 'DD Mon YYYY')", "2008-12-31|4th December|2001-10-02"},
	{"select to_timestamp('2011-12-18 23:38:15', 'YYYY-MM-DD HH24:MI:SS')", "2011-12-18 23:38:15+00"},
	{"select date '2008-01-31' + interval '1 month', date '2008-01-01' + 5, date '2008-03-01' - date '2008-02-01'", "2008-02-29 00:00:00|2008-01-06|29"},
	// numbers as text
	{"select to_char(-125.88, '999D99S'), to_char(125.8, 'FM$999.99'), to_char(12454.88, 'FM99,999.00'), to_char(7, 'FM0000')", "125.88-|$125.80|12,454.88|0007"},
	{"select to_number('12,454.8-', '99G999D9S'), strtol('ff', 16), strtol('-110', 2), to_hex(2147676847)", "-12454.8|255|-6|8002f2af"},
	{"select trunc(115.995), trunc(115.998, 2), trunc(-1.5), round(28.05, 1), round(-1.5)", "115|115.99|-1|28.1|-2"},
	{"select ceil(1.2), floor(-1.2), mod(10, 4), power(2, 3), sqrt(16), sign(-3), abs(-4)", "2|-2|2|8|4|-1|4"},
	{"select 2.5::int, '5'::int + 1, cast('2008-02-18' as date), convert(integer, '12'), 1::bool", "3|6|2008-02-18|12|t"},
	{"select 100::decimal, 1.235::decimal(10,2), 3::float4, 1e20::float8, 0.00001::float8", "100|1.24|3|1e+20|1e-05"},
	// text
	{"select len('français'), length('abc'), octet_length('français'), charindex('fish', 'dogfish'), strpos('dogfish', 'fish'), position('d' in 'abcd')", "8|3|9|4|4|4"},
	{"select 'abc'::varchar(2), cast('abc' as char(1)), 'a' || 'b' || 1, concat('a', null), concat('x', 'y')", "ab|a|ab1|NULL|xy"},
	{"select initcap('nibh.enim@egestas.ca'), btrim('  abc  '), replicate('ab', 2), lower('ABC'), upper('abc'), reverse('abc')", "Nibh.Enim@Egestas.Ca|abc|abab|abc|ABC|cba"},
	{"select split_part('abc$def$ghi', '$', 2), replace('a-b', '-', '+'), translate('mint tea', 'inea', 'osin'), left('chicago', 4), right('chicago', 3)", "def|a+b|most tin|chic|ago"},
	{"select substring('caterpillar', 6, 4), substring('caterpillar' from 6 for 4), lpad('cat', 5, '-'), rpad('cat', 5), ltrim('xxa', 'x')", "pill|pill|--cat|cat  |a"},
	{"select regexp_replace('the fox', 'FOX', 'x'), regexp_replace('aXbX', 'X'), regexp_substr('foo@bar.com', '@[^.]*'), regexp_count('abcdefghijklmnopqrstuvwxyz', '[a-z]{3}'), regexp_instr('ab12', '[0-9]')", "the fox|ab|@bar|8|3"},
	{`select 'a_c' like 'a\_c', 'abc' like 'a\_c', 'ABC' ilike 'a%', 'abc' ~ '^a', 'ABC' ~* 'b', 'abc' similar to '_b%'`, "t|f|t|t|t|t"},
	{"select md5('Amazon Redshift'), sha2('Amazon Redshift', 256)", "f7415e33f972c03abd4f3fed36748f7a|15013dc10bc5b293f1f66ea28d818387f191cafeb26f89639fae0b4acf9c8772"},
	{"select 'It''s', e'tab\\there', $$raw 'text'$$", "It's|tab\there|raw 'text'"},
	// aggregates and sets
	{"select listagg(x, ', ') within group (order by x desc), listagg(distinct y) within group (order by y) from (select 1 as x, 'a' as y union all select 2, 'a') t", "2, 1|a"},
	{"select listagg(x) from (select 1 as x where 1 = 0) t", "NULL"},
	{"select approximate count(distinct x), count(distinct x), median(x), stddev_pop(x) from (select 1 as x union all select 3) t", "2|2|2|1"},
	{"select percentile_cont(0.5) within group (order by x) from (select 1 as x union all select 4) t", "2.5"},
	{"select top 2 x from (select 3 as x union all select 1 union all select 2) t order by x", "1; 2"},
	{"select distinct x from (select 1 as x union all select 1) t minus select 2", "1"},
	{"select x, y from (select null as x, 1 as y union all select 2, 2) t order by x", "2|2; NULL|1"},
	{"select x from (select null as x union all select 2 union all select 1) t order by x desc", "NULL; 2; 1"},
	{"select x is distinct from 2, 8/2/2/1/1/1/1/1/1 from (select 1 as x) t", "t|2"},
	{"select sum(x)/3/2.0, max(x)/2, (sum(x)+1)/count(*) from (select 7 as x) t", "1.0000|3|8"},
	{"select a.x from (select 1 as x) a where exists (select 1 from (select 1 as x) b where b.x = a.x)", "1"},
	{"with recursive n(i) as (select 1 union all select i + 1 from n where i < 3) select sum(i) from n", "6"},
	{"select row_number() over (partition by k order by v) as r, lag(v) over (order by v) from (select 1 as k, 5 as v union all select 1, 6) t order by r", "1|NULL; 2|5"},
	// semi-structured values
	{`select json_extract_path_text('{"f2":{"f3":1},"f4":{"f5":99,"f6":"star"}}', 'f4', 'f6'), json_extract_path_text('{"a":1}', 'b')`, "star|NULL"},
	{`select json_array_length('[11,12,13]'), json_extract_array_element_text('[111,112,113]', 2), is_valid_json('{"a":1}'), is_valid_json('[1'), is_valid_json_array('[1]')`, "3|113|t|f|t"},
	{`select json_parse('{"b":1,"a":[1.50,null]}'), json_serialize(json_parse('[1, 2]')), json_typeof(json_parse('"x"')), get_array_length(json_parse('[1,2]'))`, `{"b":1,"a":[1.50,null]}|[1, 2]|string|2`},
	// the session
	{"select current_user, current_database(), current_schema(), user", "IAMR:Analyst|dev|public|IAMR:Analyst"},
	{"select version() like '%Redshift%'", "t"},
	{"select 1 as \"MixedCase\"", "1"},
	// the data set
	{"select count(*), count(distinct currency), min(order_id), sum(case when ledger_ref is null then 1 else 0 end) > 0 from orders", "200000|4|1000001|t"},
	{"select count(*) from customers c where notes = '' and email is not null having count(*) > 100000", ""},
	{"select e.event_id, i.sku, i.qty::int from events e, e.payload.items i where e.event_id = 3 order by 3", `3|"SKU-00222"|1; 3|"SKU-00029"|3`},
	{"select payload.device.os, e.payload.items[0].sku from events e where payload.device.os = 'ios' and payload.device.version > 14 and event_id = 3", `"ios"|"SKU-00029"`},
	{"select payload.device.version::int + 1, payload.device.os::varchar, payload.referrer is null from events where event_id = 3", "16|ios|t"},
	{"select table_name, table_type from svv_tables where table_schema = 'analytics' order by 1", "daily_revenue|BASE TABLE; top_customers|VIEW"},
	{"select column_name, data_type, character_maximum_length, numeric_precision, numeric_scale from svv_columns where table_name = 'orders' and column_name in ('amount', 'status') order by 1", "amount|numeric|NULL|18|4; status|character varying|12|NULL|NULL"},
	{"select \"column\", type from pg_table_def where tablename = 'events' and \"column\" in ('payload', 'signature') order by 1", "payload|super; signature|binary varying"},
	{"select nspname from pg_catalog.pg_namespace where nspname not like 'pg%' and nspname <> 'information_schema' order by 1", "analytics; public; spectrum"},
	{"select table_name from information_schema.tables where table_schema = 'public' order by 1", "customers; events; orders; products"},
	{"show databases", "dev|awsuser|local|NULL|UNKNOWN|Snapshot Isolation; partners_db|awsuser|shared|NULL|{\"datashare_name\":\"partners\"}|Snapshot Isolation"},
	{"show schemas from database partners_db", "partners_db|public|awsuser|shared|NULL|NULL|NULL"},
	{"show tables from schema dev.spectrum like 'c%'", "dev|spectrum|clicks|EXTERNAL TABLE|NULL|NULL"},
	{"show columns from table partners_db.public.deliveries like 'fee'", "partners_db|public|deliveries|fee|4|NULL|YES|numeric|NULL|8|2|NULL"},
	{"select count(*), max(fee) > 0 from partners_db.public.deliveries", "300|t"},
	{"select count(*) from spectrum.clicks c join spectrum.regions r on r.code = 'EU'", "1000"},
	{"select tablename, columnname, external_type from svv_external_columns where columnnum = 1 order by 1", "clicks|click_id|bigint; regions|code|string"},
	{"select schema_name, schema_type from svv_all_schemas order by 1, 2", "analytics|local; public|local; public|shared; spectrum|external"},
	{"select count(*) from pg_class where relname = 'clicks'", "0"},
	{"show schemas from database dev like 'p%'", "dev|public|awsuser|local|NULL|NULL|NULL"},
	{"show tables from schema dev.analytics", "dev|analytics|daily_revenue|TABLE|NULL|NULL; dev|analytics|top_customers|VIEW|NULL|NULL"},
	{"show columns from table dev.public.orders like 'am%'", "dev|public|orders|amount|10|NULL|NO|numeric|NULL|18|4|NULL"},
	{"show search_path", "$user, public"},
}

// ask runs one statement in text form and writes its rows in a line.
func ask(t *testing.T, c *pgx.Conn, sql string) (string, error) {
	t.Helper()
	results, err := c.PgConn().Exec(t.Context(), sql).ReadAll()
	if err != nil {
		return "", err
	}
	var rows []string
	for _, row := range results[len(results)-1].Rows {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = string(v)
			if v == nil {
				cells[i] = "NULL"
			}
		}
		rows = append(rows, strings.Join(cells, "|"))
	}
	return strings.Join(rows, "; "), nil
}

func TestStatementsAnswerAsTheDocumentationSays(t *testing.T) {
	c := startWith(t, 0).login()
	for _, test := range statements {
		got, err := ask(t, c, test.sql)
		if err != nil {
			t.Errorf("%s: %v", test.sql, err)
			continue
		}
		if got != test.want {
			t.Errorf("%s\n  got  %s\n  want %s", test.sql, got, test.want)
		}
	}
}

// columnNames are what Redshift calls the columns of a select list.
var columnNames = []struct{ sql, want string }{
	{"select 1, 'a', null, 1+1", "?column?|?column?|?column?|?column?"},
	{"select count(*), sum(1), max(order_id), nvl(1, 2), date_trunc('day', sysdate) from orders limit 0", "count|sum|max|coalesce|date_trunc"},
	{"select order_id::varchar, cast(order_id as int), '5'::int, o.amount, o.status st from orders o limit 0", "order_id|order_id|int4|amount|st"},
	{"select case when true then 1 end, (select 1 as x), current_date, getdate()", "case|x|current_date|getdate"},
	{"select payload.items[0].sku, payload.device.os, Event_ID as \"Id\" from events limit 0", "sku|os|id"},
	{"select row_number() over (order by 1), listagg(1) within group (order by 1), sum(1) over ()", "row_number|listagg|sum"},
	{"select date '2020-01-01', interval '1 day' d, date '2020-01-01' - 1", "?column?|d|?column?"},
}

func TestColumnsAreNamedAsRedshiftDoes(t *testing.T) {
	c := start(t).login()
	for _, test := range columnNames {
		st, err := c.Prepare(t.Context(), "", test.sql)
		if err != nil {
			t.Errorf("%s: %v", test.sql, err)
			continue
		}
		var names []string
		for _, f := range st.Fields {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, "|"); got != test.want {
			t.Errorf("%s\n  got  %s\n  want %s", test.sql, got, test.want)
		}
	}
}

// refusals are statements that fail, with what the client is told.
var refusals = []struct {
	sql, code, message string
	position           int32
}{
	{"selec 1", "42601", `syntax error at or near "selec"`, 1},
	{"select 1 +", "42601", "syntax error at end of input", 11},
	{"select (1", "42601", "syntax error at end of input", 10},
	{"select 1 fro m where x", "42601", `syntax error at or near "m"`, 14},
	{"select 'abc", "42601", `unterminated quoted string at or near "'abc"`, 8},
	{"select * from nope", "42P01", `relation "nope" does not exist`, 15},
	{"select * from analytics.nope", "42P01", `relation "analytics.nope" does not exist`, 15},
	{"select * from nowhere.t", "3F000", `schema "nowhere" does not exist`, 15},
	{"select ü, nope from orders", "42703", `column "ü" does not exist in orders`, 8},
	{"select 'é', nope from orders o join customers on true", "42703", `column "nope" does not exist in o, customers`, 13},
	{"select o.nope from orders o", "42703", "column o.nope does not exist", 8},
	{"select nofunc(1, 'a')", "42883", "function nofunc(integer, unknown) does not exist", 8},
	{"select read_csv('/etc/passwd')", "42883", "function read_csv() does not exist", 8},
	{"select 1/0", "22012", "division by zero", 0},
	{"select 1 % 0", "22012", "division by zero", 0},
	{"select 'abc'::int", "22P02", `invalid input syntax for integer: "abc"`, 8},
	{"select cast('x' as date)", "22007", `invalid input syntax for type date: "x"`, 8},
	{"select 9223372036854775807 + 1", "22003", "bigint out of range", 0},
	{"select status, count(*) from orders", "42803", `column "status" must appear in the GROUP BY clause or be used in an aggregate function`, 8},
	{"select (select order_id from orders)", "21000", "more than one row returned by a subquery used as an expression", 0},
	{"select dateadd(fortnight, 1, sysdate)", "42601", `unit "fortnight" not recognized`, 16},
	{"select 1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1", "54001", "stack depth limit exceeded", 33},
	{"create table orders (a int)", "42P07", `Relation "orders" already exists`, 0},
	{"drop table nope", "42P01", `relation "nope" does not exist`, 0},
	{"copy orders from 's3://b/k' iam_role default format as orc", "0A000", "FORMAT ORC is not offered by the sandbox's warehouse", 0},
	{"declare c cursor for select 1", "25P01", "DECLARE CURSOR may only be used in transaction blocks", 0},
	{"fetch 5 from c", "34000", `cursor "c" does not exist`, 0},
	{"grant select", "42601", "syntax error at end of input", 13},
	{"create external schema s from data catalog", "0A000", "CREATE EXTERNAL is not offered by the sandbox's warehouse", 1},
	{"create macro m(a) as a", "0A000", "CREATE MACRO is not offered by the sandbox's warehouse", 1},
	{"select * from '/etc/passwd'", "42P01", `relation "/etc/passwd" does not exist`, 15},
	{"pragma database_list", "42601", `syntax error at or near "pragma"`, 1},
	{"set nonsense to 1", "42704", `unrecognized configuration parameter "nonsense"`, 0},
	{"show nonsense", "42704", `unrecognized configuration parameter "nonsense"`, 0},
	{"set timezone to 'Nowhere/City'", "22023", `invalid value for parameter "TimeZone": "Nowhere/City"`, 0},
	{"show tables from schema other.public", "3D000", `database "other" does not exist`, 0},
	{"select $1", "42P02", "there is no parameter $1", 0},
}

func TestTypesAreAskedForTogether(t *testing.T) {
	c := start(t).login()
	var items, from, want []string
	for i := range 300 {
		items, from, want = append(items, fmt.Sprintf("c%d / 2", i)), append(from, fmt.Sprintf("%d as c%d", i, i)), append(want, strconv.Itoa(i/2))
	}
	steps(t, c, []struct{ sql, want string }{
		{"select " + strings.Join(items, ", ") + " from (select " + strings.Join(from, ", ") + ") x", strings.Join(want, "|")},
		{"select a / 2, sum(b / 2), sum(b) / 2, avg(b / 0.5) from (select 7 as a, 9 as b union all select 7, 10) x where a / 3 = 2 group by a", "3|9|9|19.0000"},
		{"select a / 2, (select max(b / 3) from (select 7 as b) y), (a / 2.0) / (a / 4.0) from (select 7 as a) x", "3|2|2.0000000000000000"},
	})
}

// The statements are those of
// https://docs.aws.amazon.com/redshift/latest/dg/r_PREPARE.html
func TestStatementsArePreparedAndExecuted(t *testing.T) {
	c := start(t).login()
	steps(t, c, []struct{ sql, want string }{
		{"create table prep1 (c1 int, c2 char(20)); prepare prep_select_plan (int) as select * from prep1 where c1 = $1; prepare prep_insert_plan (int, char(20)) as insert into prep1 values ($1, $2)", ""},
		{"execute prep_insert_plan (1, 'one'); execute prep_insert_plan (2, 'two, too')", ""},
		{"execute prep_select_plan (1 + 1)", "2|two, too"},
		{"prepare untyped as select $2 || $1", ""},
		{"execute untyped ('a', upper('b(,)'))", "B(,)a"},
		{"prepare plain as select count(*) from prep1; execute plain", "2"},
		{"deallocate prep_select_plan; deallocate prepare untyped", ""},
	})
	for _, refused := range []struct{ sql, code string }{
		{"execute prep_select_plan (1)", "26000"}, {"deallocate untyped", "26000"}, {"execute prep_insert_plan (1)", "42601"},
		{"prepare plain as select 1", "42P05"}, {"prepare x as drop table prep1", "42601"}, {"execute plain (", "42601"},
	} {
		_, err := ask(t, c, refused.sql)
		var e *pgconn.PgError
		if !errors.As(err, &e) || e.Code != refused.code {
			t.Errorf("%s: %v", refused.sql, err)
		}
	}
	steps(t, c, []struct{ sql, want string }{{"deallocate all", ""}, {"prepare plain as select 1; execute plain", "1"}})
}

func TestRefusalsAreWordedAsRedshiftDoes(t *testing.T) {
	c := start(t).login()
	for _, test := range refusals {
		_, err := ask(t, c, test.sql)
		e, ok := err.(*pgconn.PgError)
		if !ok {
			t.Errorf("%s: %v", test.sql, err)
			continue
		}
		got := []any{e.Code, e.Message, e.Position}
		if diff := cmp.Diff([]any{test.code, test.message, test.position}, got); diff != "" {
			t.Errorf("%s: %s", test.sql, diff)
		}
	}
}

func TestTablesAreMadeChangedAndDropped(t *testing.T) {
	c := start(t).login()
	for _, step := range []struct{ sql, want string }{
		{`create table if not exists sales (id int identity(10, 5) not null primary key, name varchar(5) encode zstd distkey, extra super,
			price decimal default 5, made timestamp default sysdate, region int references customers(customer_id), unique (name)) diststyle key compound sortkey(id, name)`, ""},
		{`insert into sales (name, extra) values ('a', json_parse('{"k":[{"v":7}]}')), ('b', null)`, ""},
		{"select id, name, extra.k[0].v, price, made is not null from sales order by id", "10|a|7|5|t; 15|b|NULL|5|t"},
		{"update sales set price = price * 2 where name = 'b'", ""},
		{"select sum(price) from sales", "15"},
		{"insert into sales (name) values ('a')", ""}, // UNIQUE is advice only
		{"delete sales where name = 'a'", ""},
		{"select count(*) from sales", "1"},
		{"alter table sales add column note varchar(20) encode raw", ""},
		{"select note from sales", "NULL"},
		{"create table #work as select name from sales", ""},
		{"select * from #work", "b"},
		{"select name, 2 as two into temp table copied from sales", ""},
		{"select two from copied", "2"},
		{"create table alike (like sales)", ""},
		{"select count(*) from alike", "0"},
		{"create or replace view v as select name from public.sales with no schema binding", ""},
		{"select name from v", "b"},
		{"create schema scratch authorization awsuser", ""},
		{"create table scratch.t (a int)", ""},
		{"drop schema scratch cascade", ""},
		{"truncate sales", ""},
		{"select count(*) from sales", "0"},
		{"analyze sales", ""}, {"vacuum", ""},
		{"drop view v", ""}, {"drop table if exists sales, alike", ""}, {"select count(*) from svv_tables where table_name in ('sales', 'alike')", "0"},
		{"set search_path to later, public", ""}, {"create schema later", ""}, {"create table here (a int)", ""},
		{"select table_schema from svv_tables where table_name = 'here'", "later"},
	} {
		if got, err := ask(t, c, step.sql); err != nil || got != step.want {
			t.Fatalf("%s\n  got  %q, %v\n  want %q", step.sql, got, err, step.want)
		}
	}
	for _, refused := range []struct{ sql, code, message string }{
		{"create table short (a varchar(3), b int not null); insert into short values ('long', 1)", "22001", "value too long for type character varying(3)"},
		{"create table short (a varchar(3), b int not null); insert into short values ('x', null)", "23502", "Cannot insert a NULL value into column b"},
	} {
		_, err := ask(t, c, refused.sql)
		if e, ok := err.(*pgconn.PgError); !ok || e.Code != refused.code || e.Message != refused.message {
			t.Errorf("%s: %v", refused.sql, err)
		}
		if _, err := ask(t, c, "select * from short"); err == nil {
			t.Error("a query string that failed left its first statement done")
		}
	}
}
