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
		`CREATE MACRO from_iso8601_date(s) AS CAST(s AS DATE)`,
		`CREATE MACRO with_timezone(t, zone) AS timezone(zone, CAST(t AS TIMESTAMP))`,
		`CREATE MACRO current_timezone() AS 'UTC'`,
		`CREATE MACRO human_readable_seconds(n) AS CAST(to_seconds(n) AS VARCHAR)`,
		`CREATE MACRO timezone_hour(t) AS 0`,
		`CREATE MACRO timezone_minute(t) AS 0`,
	}
	return append(out, dateAdd())
}

// dateAdd is date_add for each type; the unit is a text, so a CASE picks it.
func dateAdd() string {
	var cases strings.Builder
	for _, unit := range []string{"millisecond", "second", "minute", "hour", "day", "week", "month", "year"} {
		fmt.Fprintf(&cases, " WHEN '%s' THEN to_%ss(n)", unit, unit)
	}
	interval := "CASE lower(u)" + cases.String() + " WHEN 'quarter' THEN to_months(multiply(CAST(n AS INTEGER), 3)) ELSE CAST('" + failMark + "INVALID_FUNCTION_ARGUMENT: ''' || u || ''' is not a valid time field' AS INTERVAL) END"
	return "CREATE MACRO date_add(u, n, x) AS cast_to_type(system.main.add(x, " + interval + "), x)"
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
		`CREATE MACRO arrays_overlap(a, b) AS list_has_any(a, b)`,
		`CREATE MACRO repeat(x, n) AS list_transform(range(n), lambda i: x)`,
		`CREATE MACRO slice(l, i, n) AS CASE WHEN i < 0 THEN list_slice(l, add(add(len(l), i), 1), add(add(len(l), i), n)) ELSE list_slice(l, i, subtract(add(i, n), 1)) END`,
		`CREATE MACRO trim_array(l, n) AS list_slice(l, 1, subtract(len(l), n))`,
		`CREATE MACRO ngrams(l, n) AS list_transform(range(1, system.main.greatest(2, add(subtract(len(l), n), 2))), lambda i: list_slice(l, i, subtract(add(i, n), 1)))`,
		`CREATE MACRO map_agg(k, v) AS map_from_entries(list(struct_pack(key := k, value := v)))`,
	}
}
