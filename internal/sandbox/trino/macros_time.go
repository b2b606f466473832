package trino

import (
	"fmt"
	"strings"
)

// timeMacros: units are counted whole, dates stay dates, and what Trino makes
// a timestamp with time zone is one.
func timeMacros() []string {
	out := []string{
		`CREATE MACRO date_trunc(u, x) AS cast_to_type(system.main.date_trunc(u, x), x)`,
		`CREATE MACRO date_diff(u, a, b) AS system.main.date_sub(u, CAST(a AS TIMESTAMP), CAST(b AS TIMESTAMP))`,
		`CREATE MACRO date(x) AS CAST(x AS DATE)`,
		`CREATE MACRO day_of_month(x) AS day(x)`,
		`CREATE MACRO day_of_week(x) AS isodow(x)`,
		`CREATE MACRO dow(x) AS isodow(x)`,
		`CREATE MACRO day_of_year(x) AS dayofyear(x)`,
		`CREATE MACRO doy(x) AS dayofyear(x)`,
		`CREATE MACRO week_of_year(x) AS week(x)`,
		`CREATE MACRO year_of_week(x) AS isoyear(x)`,
		`CREATE MACRO yow(x) AS isoyear(x)`,
		`CREATE MACRO millisecond(x) AS system.main.mod(system.main.millisecond(x), 1000)`,
		`CREATE MACRO last_day_of_month(x) AS last_day(x)`,
		`CREATE MACRO from_unixtime(n) AS to_timestamp(n), (n, zone) AS to_timestamp(n)`,
		`CREATE MACRO to_unixtime(t) AS epoch(t)`,
		`CREATE MACRO from_iso8601_timestamp(s) AS CAST(s AS TIMESTAMPTZ)`,
		`CREATE MACRO from_iso8601_date(s) AS CASE WHEN regexp_matches(s, '^\d{4}-W\d\d$') THEN CAST(strptime(s || '-1', '%G-W%V-%u') AS DATE)
			WHEN regexp_matches(s, '^\d{4}-W\d\d-\d$') THEN CAST(strptime(s, '%G-W%V-%u') AS DATE) WHEN regexp_matches(s, '^\d{4}-\d{3}$') THEN CAST(strptime(s, '%Y-%j') AS DATE) ELSE CAST(s AS DATE) END`,
		`CREATE MACRO with_timezone(t, zone) AS timezone(zone, CAST(t AS TIMESTAMP))`,
		`CREATE MACRO current_timezone() AS 'UTC'`,
		`CREATE MACRO fl_amount(n, unit) AS CASE n WHEN 0 THEN NULL WHEN 1 THEN '1 ' || unit ELSE n || ' ' || unit || 's' END`,
		`CREATE MACRO fl_whole(n) AS CAST(system.main.round(CAST(n AS DOUBLE)) AS BIGINT)`,
		`CREATE MACRO human_readable_seconds(n) AS coalesce(nullif(concat_ws(', ', fl_amount(divide(fl_whole(n), 604800), 'week'), fl_amount(divide(system.main.mod(fl_whole(n), 604800), 86400), 'day'),
			fl_amount(divide(system.main.mod(fl_whole(n), 86400), 3600), 'hour'), fl_amount(divide(system.main.mod(fl_whole(n), 3600), 60), 'minute'), fl_amount(system.main.mod(fl_whole(n), 60), 'second')), ''), '0 seconds')`,
		`CREATE MACRO parse_duration(s) AS to_microseconds(1000 * CAST(system.main.round(CAST(system.main.regexp_extract(s, '^\s*([0-9.]+)', 1) AS DOUBLE) * CASE system.main.regexp_extract(s, '([a-z]+)\s*$', 1)
			WHEN 'ns' THEN 1e-6 WHEN 'us' THEN 1e-3 WHEN 'ms' THEN 1e0 WHEN 's' THEN 1e3 WHEN 'm' THEN 6e4 WHEN 'h' THEN 3.6e6 WHEN 'd' THEN 8.64e7 ELSE CAST('` + failMark + `INVALID_FUNCTION_ARGUMENT: Unknown time unit' AS DOUBLE) END) AS BIGINT))`,
		`CREATE MACRO to_milliseconds(i) AS CAST(system.main.round(epoch(i) * 1000) AS BIGINT)`,
		`CREATE MACRO from_unixtime_nanos(n) AS CAST(make_timestamp(CAST(divide(CAST(n AS BIGINT), 1000) AS BIGINT)) AS TIMESTAMPTZ)`,
		`CREATE MACRO timezone_hour(t) AS 0`,
		`CREATE MACRO timezone_minute(t) AS 0`,
	}
	return append(out, dateAdd())
}

// dateAdd is date_add for each type; the unit is a text, so a CASE picks it.
func dateAdd() string {
	var cases strings.Builder
	for _, unit := range []string{"millisecond", "second", "minute", "hour", "day", "week", "month", "year"} {
		fmt.Fprintf(&cases, " WHEN '%s' THEN system.main.to_%ss(n)", unit, unit)
	}
	interval := "CASE lower(u)" + cases.String() + " WHEN 'quarter' THEN to_months(multiply(CAST(n AS INTEGER), 3)) ELSE CAST('" + failMark + "INVALID_FUNCTION_ARGUMENT: ''' || u || ''' is not a valid time field' AS INTERVAL) END"
	return "CREATE MACRO date_add(u, n, x) AS cast_to_type((x + " + interval + "), x)"
}

// listMacros: arrays keep their order and their NULLs.
func listMacros() []string {
	return []string{
		`CREATE MACRO element_at(x, k) AS x[k]`,
		`CREATE MACRO contains(x, y) AS list_contains(x, y)`,
		`CREATE MACRO array_distinct(l) AS list_filter(l, lambda e, i: list_position(l, e) = i)`,
		`CREATE MACRO array_intersect(a, b) AS array_distinct(list_filter(a, lambda e: coalesce(list_position(b, e), 0) > 0))`,
		`CREATE MACRO array_union(a, b) AS array_distinct(list_concat(a, b))`,
		`CREATE MACRO array_except(a, b) AS array_distinct(list_filter(a, lambda e: coalesce(list_position(b, e), 0) = 0))`,
		`CREATE MACRO array_join(l, d) AS array_to_string(list_transform(list_filter(l, lambda e: e IS NOT NULL), lambda e: CAST(e AS VARCHAR)), d),
			(l, d, n) AS array_to_string(list_transform(l, lambda e: coalesce(CAST(e AS VARCHAR), n)), d)`,
		`CREATE MACRO array_max(l) AS CASE WHEN len(list_filter(l, lambda e: e IS NULL)) > 0 THEN NULL ELSE list_max(l) END`,
		`CREATE MACRO array_min(l) AS CASE WHEN len(list_filter(l, lambda e: e IS NULL)) > 0 THEN NULL ELSE list_min(l) END`,
		`CREATE MACRO array_position(l, x) AS CASE WHEN l IS NULL OR x IS NULL THEN NULL ELSE coalesce(CAST(list_position(l, x) AS BIGINT), 0) END`,
		`CREATE MACRO array_remove(l, x) AS list_filter(l, lambda e: e IS DISTINCT FROM x)`,
		`CREATE MACRO array_sort(l) AS list_sort(l, 'ASC', 'NULLS LAST')`,
		`CREATE MACRO array_sum(l) AS list_sum(l)`,
		`CREATE MACRO repeat(x, n) AS list_transform(range(n), lambda i: x)`,
		`CREATE MACRO slice(l, i, n) AS CASE WHEN i < 0 THEN list_slice(l, add(add(len(l), i), 1), add(add(len(l), i), n)) ELSE list_slice(l, i, subtract(add(i, n), 1)) END`,
		`CREATE MACRO trim_array(l, n) AS list_slice(l, 1, subtract(len(l), n))`,
		`CREATE MACRO ngrams(l, n) AS list_transform(range(1, system.main.greatest(2, add(subtract(len(l), n), 2))), lambda i: list_slice(l, i, subtract(add(i, n), 1)))`,
	}
}
