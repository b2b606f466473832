package trino

import (
	"slices"
)

// Setup is what a DuckDB database needs, once, before it runs rewritten
// statements: settings, then the functions and operators whose meaning or name
// differs. A macro may take the name of a built-in; system.main still reaches
// the original. Overloads are chosen by the static type of their typed
// parameters, and a typed parameter also converts its argument, so those that
// must keep decimals exact take a copy of the value just for the choice.
func Setup() []string {
	return slices.Concat([]string{
		"SET GLOBAL TimeZone = 'UTC'",
		"SET GLOBAL default_null_order = 'NULLS_LAST'",
		"SET GLOBAL preserve_insertion_order = true",
	}, textMacros(), numberMacros(), stringMacros(), timeMacros(), jsonMacros(), listMacros(), moreMacros(), collectionMacros())
}

// failMark begins a text whose failing conversion carries an error of ours:
// error() would do, but TRY refuses functions that are not pure.
const failMark = "fl!"

// textMacros render values as Athena prints them.
func textMacros() []string {
	return []string{
		// Java's Double.toString from DuckDB's shortest text: decimal between
		// 1e-3 and 1e7, else one digit, a point and E.
		`CREATE MACRO fl_sci(sign, whole, frac) AS sign || CASE
			WHEN whole <> '0' THEN whole[1] || '.' || coalesce(nullif(rtrim(whole[2:] || frac, '0'), ''), '0') || 'E' || subtract(length(whole), 1)
			WHEN ltrim(frac, '0') = '' THEN '0.0E0'
			ELSE ltrim(frac, '0')[1] || '.' || coalesce(nullif(rtrim(ltrim(frac, '0')[2:], '0'), ''), '0') || 'E-' || add(subtract(length(frac), length(ltrim(frac, '0'))), 1) END`,
		`CREATE MACRO fl_double_cast(s) AS list_extract(list_transform([struct_pack(s := s, w := system.main.split_part(ltrim(s, '-'), '.', 1), f := system.main.split_part(s, '.', 2),
			m := system.main.split_part(s, 'e', 1), e := system.main.split_part(s, 'e', 2))], lambda fl_d: CASE
			WHEN fl_d.s = 'nan' THEN 'NaN' WHEN fl_d.s = 'inf' THEN 'Infinity' WHEN fl_d.s = '-inf' THEN '-Infinity'
			WHEN fl_d.e <> '' THEN fl_d.m || CASE WHEN system.main.contains(fl_d.m, '.') THEN '' ELSE '.0' END || 'E' || CAST(CAST(fl_d.e AS INTEGER) AS VARCHAR)
			WHEN fl_d.s IS NULL THEN NULL
			ELSE fl_sci(CASE WHEN fl_d.s[1] = '-' THEN '-' ELSE '' END, fl_d.w, fl_d.f) END), 1)`,
		`CREATE MACRO fl_double_text(s) AS CASE
			WHEN regexp_matches(s, '^-?(\d{1,7}\.\d+|0\.\d+)$') AND (NOT regexp_matches(s, '^-?0\.000') OR s IN ('0.0', '-0.0')) THEN s
			ELSE fl_double_cast(s) END`,
		`CREATE MACRO fl_interval_ms(ms) AS CASE WHEN ms < 0 THEN '-' ELSE '' END || format('{} {:02d}:{:02d}:{:02d}.{:03d}',
			divide(abs(ms), 86400000), system.main.mod(divide(abs(ms), 3600000), 24), system.main.mod(divide(abs(ms), 60000), 60), system.main.mod(divide(abs(ms), 1000), 60), system.main.mod(abs(ms), 1000))`,
		`CREATE MACRO fl_interval_months(m) AS CASE WHEN m < 0 THEN '-' ELSE '' END || format('{}-{}', divide(abs(m), 12), system.main.mod(abs(m), 12))`,
		`CREATE MACRO fl_interval_text(i) AS CASE
			WHEN i IS NULL THEN NULL
			WHEN datepart('year', i) <> 0 OR datepart('month', i) <> 0 THEN fl_interval_months(add(multiply(datepart('year', i), 12), datepart('month', i)))
			ELSE fl_interval_ms(CAST(system.main.round(multiply(epoch(i), 1000)) AS BIGINT)) END`,
	}
}

// numberMacros: what DuckDB names otherwise.
func numberMacros() []string {
	return []string{
		`CREATE MACRO truncate(x) AS trunc(x), (x, n) AS trunc(multiply(x, power(10, n))) / power(10, n)`,
		`CREATE MACRO cbrt(x) AS CASE WHEN power(system.main.round(system.main.cbrt(x)), 3) = x THEN system.main.round(system.main.cbrt(x)) ELSE system.main.cbrt(x) END`,
		`CREATE MACRO e() AS exp(1.0)`,
		`CREATE MACRO infinity() AS CAST('inf' AS DOUBLE)`,
		`CREATE MACRO nan() AS CAST('nan' AS DOUBLE)`,
		`CREATE MACRO is_nan(x) AS isnan(x)`,
		`CREATE MACRO is_finite(x) AS isfinite(x)`,
		`CREATE MACRO is_infinite(x) AS isinf(x)`,
		`CREATE MACRO random() AS system.main.random(), (n) AS CAST(floor(multiply(system.main.random(), n)) AS BIGINT),
			(m, n) AS CAST(add(m, floor(multiply(system.main.random(), subtract(n, m)))) AS BIGINT)`,
		`CREATE MACRO rand() AS system.main.random(), (n) AS CAST(floor(multiply(system.main.random(), n)) AS BIGINT)`,
		`CREATE MACRO bitwise_and(a, b) AS CAST(a AS BIGINT) & CAST(b AS BIGINT)`,
		`CREATE MACRO bitwise_or(a, b) AS CAST(a AS BIGINT) | CAST(b AS BIGINT)`,
		`CREATE MACRO bitwise_xor(a, b) AS xor(CAST(a AS BIGINT), CAST(b AS BIGINT))`,
		`CREATE MACRO bitwise_not(a) AS ~CAST(a AS BIGINT)`,
		`CREATE MACRO bitwise_left_shift(a, n) AS CASE WHEN n >= 64 THEN cast_to_type(0, a) ELSE a << n END`,
		`CREATE MACRO fl_logical_shift(a, n, mask) AS CAST(CASE WHEN n >= 64 THEN 0 WHEN a >= 0 THEN a >> CAST(n AS INTEGER) ELSE (CAST(a AS HUGEINT) & mask) >> CAST(n AS HUGEINT) END AS BIGINT)`,
		`CREATE MACRO bitwise_right_shift(a, n) AS cast_to_type(fl_logical_shift(a, n, CASE typeof(a) WHEN 'TINYINT' THEN 255 WHEN 'SMALLINT' THEN 65535 WHEN 'INTEGER' THEN 4294967295 ELSE CAST(18446744073709551615 AS HUGEINT) END), a)`,
		`CREATE MACRO bitwise_right_shift_arithmetic(a, n) AS cast_to_type(CASE WHEN n >= 64 AND a < 0 THEN -1 WHEN n >= 64 THEN 0 ELSE a >> n END, a)`,
		`CREATE MACRO bit_count(x, bits) AS CAST(CASE WHEN bits = 64 THEN system.main.bit_count(CAST(x AS BIGINT)) ELSE system.main.bit_count(CAST(x AS BIGINT) & ((CAST(1 AS BIGINT) << bits) - 1)) END AS BIGINT)`,
		`CREATE MACRO width_bucket(x, bins) AS len(list_filter(bins, lambda b: b <= x)), (x, lo, hi, n) AS CASE WHEN x < lo THEN 0 WHEN x >= hi THEN add(n, 1) ELSE CAST(add(floor(multiply(subtract(CAST(x AS DOUBLE), lo), n) / subtract(CAST(hi AS DOUBLE), lo)), 1) AS BIGINT) END`,
		`CREATE MACRO from_base(s, radix) AS list_reduce(list_prepend(CAST(0 AS BIGINT), list_transform(string_split(lower(s), ''), lambda c: CAST(subtract(strpos('0123456789abcdefghijklmnopqrstuvwxyz', c), 1) AS BIGINT))), lambda acc, d: add(multiply(acc, radix), d))`,
		`CREATE MACRO to_base(n, radix) AS lower(system.main.to_base(n, CAST(radix AS INTEGER)))`,
	}
}
