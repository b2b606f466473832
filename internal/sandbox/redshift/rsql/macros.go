package rsql

import (
	"slices"
	"sync"
)

// macro is a function of Redshift's written in DuckDB's SQL.
type macro struct{ name, body string }

// Macros are the statements that make the functions Rewrite calls, in database
// rs, schema main. Overloads are told apart by type.
func Macros() []string {
	var out []string
	for _, m := range macros() {
		out = append(out, "CREATE MACRO rs.main."+m.name+m.body)
	}
	return out
}

// hasMacro tells whether a function of this name is a macro. Names with an
// underscore of ours (sum_as) cannot be called by users: they are not asked.
func hasMacro(name string) bool { return macroNames()[name] }

var macroNames = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for _, m := range macros() {
		names[m.name] = true
	}
	return names
})

func macros() []macro {
	out := append(arithmeticMacros(), textMacros()...)
	out = append(out, jsonMacros()...)
	return append(out, dateMacros()...)
}

// arithmeticMacros hold what differs in silence: division, and the types of
// sum and avg. https://docs.aws.amazon.com/redshift/latest/dg/r_AVG.html
func arithmeticMacros() []macro {
	return []macro{
		{"sum_as", `
			(s, x INTEGER) AS CAST(s AS BIGINT),
			(s, x BIGINT) AS s,
			(s, x HUGEINT) AS s,
			(s, x DECIMAL(38,10)) AS s,
			(s, x FLOAT) AS CAST(s AS DOUBLE),
			(s, x DOUBLE) AS s,
			(s, x INTERVAL) AS s`},
		{"sum_kind", `
			(x INTEGER) AS CAST(0 AS BIGINT),
			(x BIGINT) AS CAST(0 AS HUGEINT),
			(x HUGEINT) AS CAST(0 AS HUGEINT),
			(x DECIMAL(38,10)) AS CAST(0 AS DECIMAL(38,10)),
			(x DOUBLE) AS CAST(0 AS DOUBLE),
			(x INTERVAL) AS INTERVAL '0 days'`},
		{"avg_kind", `
			(x BIGINT) AS CAST(0 AS BIGINT),
			(x HUGEINT) AS CAST(0 AS HUGEINT),
			(x DECIMAL(38,10)) AS CAST(0 AS DECIMAL(38,10)),
			(x DOUBLE) AS CAST(0 AS DOUBLE),
			(x INTERVAL) AS INTERVAL '0 days'`},
		{"avg_as", `
			(s, n, a, x BIGINT) AS CASE WHEN n > 0 THEN CAST(s // n AS BIGINT) END,
			(s, n, a, x HUGEINT) AS CASE WHEN n > 0 THEN s // n END,
			(s, n, a, x DECIMAL(38,10)) AS CASE WHEN n > 0 THEN s // n END,
			(s, n, a, x DOUBLE) AS a,
			(s, n, a, x INTERVAL) AS a`},
		{"trunc1", `
			(x, t DATE) AS x,
			(x, t TIMESTAMP) AS CAST(x AS DATE),
			(x, t TIMESTAMPTZ) AS CAST(x AS DATE),
			(x, t BIGINT) AS x,
			(x, t DECIMAL(38,10)) AS system.main.trunc(x),
			(x, t DOUBLE) AS system.main.trunc(x)`},
		{"trunc2", `(x, n) AS CASE WHEN x < 0 THEN -floor(-x * power(10, n)) / power(10, n) ELSE floor(x * power(10, n)) / power(10, n) END`},
		{"dexp", `(x) AS exp(x)`},
		{"dlog1", `(x) AS ln(x)`},
		{"dlog10", `(x) AS log10(x)`},
		{"bitwise_and", `(a, b) AS a & b`},
	}
}

func textMacros() []macro {
	return []macro{
		{"to_char", `
			(dated, number, t DATE) AS dated,
			(dated, number, t TIMESTAMP) AS dated,
			(dated, number, t TIMESTAMPTZ) AS dated,
			(dated, number, t BIGINT) AS number,
			(dated, number, t HUGEINT) AS number,
			(dated, number, t DECIMAL(38,10)) AS number,
			(dated, number, t DOUBLE) AS number`},
		{"nvl2", `(x, a, b) AS CASE WHEN x IS NOT NULL THEN a ELSE b END`},
		{"len", `(s) AS CAST(length(s) AS INTEGER)`},
		{"length", `(s) AS CAST(system.main.length(s) AS INTEGER)`},
		{"char_length", `(s) AS CAST(length(s) AS INTEGER)`},
		{"character_length", `(s) AS CAST(length(s) AS INTEGER)`},
		{"textlen", `(s) AS CAST(length(s) AS INTEGER)`},
		{"octet_length", `(s) AS CAST(strlen(s) AS INTEGER)`},
		{"charindex", `(part, s) AS CAST(system.main.strpos(s, part) AS INTEGER)`},
		{"strpos", `(s, part) AS CAST(system.main.strpos(s, part) AS INTEGER)`},
		{"substring", `(s, i) AS CASE WHEN i <= 0 THEN CAST(s AS VARCHAR) ELSE system.main.substr(CAST(s AS VARCHAR), i) END,
			(s, i, n) AS CASE WHEN i + n - 1 <= 0 THEN '' WHEN i <= 0 THEN left(CAST(s AS VARCHAR), i + n - 1) ELSE system.main.substr(CAST(s AS VARCHAR), i, n) END`},
		{"split_part", `(s, d, n) AS system.main.split_part(CAST(s AS VARCHAR), d, CAST(n AS INTEGER))`},
		{"btrim", `(s) AS trim(s), (s, c) AS trim(s, c)`},
		{"lpad", `(s, n) AS system.main.lpad(s, CAST(n AS INTEGER), ' '), (s, n, c) AS system.main.lpad(s, CAST(n AS INTEGER), c)`},
		{"rpad", `(s, n) AS system.main.rpad(s, CAST(n AS INTEGER), ' '), (s, n, c) AS system.main.rpad(s, CAST(n AS INTEGER), c)`},
		{"to_number", `(s) AS CASE WHEN s LIKE '%-%' THEN '-' ELSE '' END || system.main.regexp_replace(s, '[^0-9.]', '', 'g')`},
		{"initcap", `(s) AS array_to_string(list_transform(regexp_extract_all(s, '[A-Za-z0-9]+|[^A-Za-z0-9]+'), lambda w: upper(w[1]) || lower(w[2:])), '')`},
		{"replicate", `(s, n) AS repeat(s, n)`},
		{"quote_literal", `(s) AS '''' || replace(s, '''', '''''') || ''''`},
		{"quote_ident", `(s) AS CASE WHEN regexp_full_match(s, '[a-z_][a-z0-9_]*') THEN s ELSE '"' || replace(s, '"', '""') || '"' END`},
		{"digits_of", `(s, base) AS system.main.regexp_replace(lower(trim(s)), CASE base WHEN 16 THEN '^[+-]?(0x)?' ELSE '^[+-]?' END, '')`},
		{"strtol", `(s, base) AS CASE WHEN s IS NULL THEN NULL WHEN rs.main.digits_of(s, base) = '' THEN CAST(0 AS BIGINT) ELSE list_reduce(list_prepend(CAST(0 AS BIGINT), [
			CASE WHEN strpos('0123456789abcdefghijklmnopqrstuvwxyz', c) BETWEEN 1 AND base THEN CAST(strpos('0123456789abcdefghijklmnopqrstuvwxyz', c) - 1 AS BIGINT)
			ELSE error('The input ' || s || ' is not valid to be converted to base ' || base) END
			FOR c IN string_split(rs.main.digits_of(s, base), '')]), lambda total, digit: total * base + digit) * CASE WHEN trim(s) LIKE '-%' THEN -1 ELSE 1 END END`},
		{"to_hex", `(n) AS lower(hex(n))`},
		{"func_sha1", `(s) AS sha1(s)`},
		{"sha2", `(s, bits) AS CASE bits WHEN 0 THEN sha256(s) WHEN 256 THEN sha256(s) ELSE error('SHA2: only 256 bits are offered here') END`},
		// A pattern is written with its backslashes doubled, or plain.
		{"pattern", `(p, flags) AS CASE WHEN system.main.contains(flags, 'i') THEN '(?i)' ELSE '' END || system.main.replace(p, '\\', '\')`},
		{"found", `(s, p, i, flags) AS CASE WHEN system.main.contains(flags, 'e') AND system.main.regexp_matches(p, '\([^?]') THEN regexp_extract_all(s[i:], rs.main.pattern(p, flags), 1) ELSE regexp_extract_all(s[i:], rs.main.pattern(p, flags)) END`},
		{"regexp_substr", `(s, p) AS coalesce(rs.main.found(s, p, 1, '')[1], ''), (s, p, i) AS coalesce(rs.main.found(s, p, i, '')[1], ''),
			(s, p, i, n) AS coalesce(rs.main.found(s, p, i, '')[n], ''), (s, p, i, n, flags) AS coalesce(rs.main.found(s, p, i, flags)[n], '')`},
		{"regexp_count", `(s, p) AS CAST(len(rs.main.found(s, p, 1, '')) AS INTEGER), (s, p, i) AS CAST(len(rs.main.found(s, p, i, '')) AS INTEGER), (s, p, i, flags) AS CAST(len(rs.main.found(s, p, i, flags)) AS INTEGER)`},
		{"place_of", `(s, p, i) AS CASE WHEN regexp_matches(s[i:], rs.main.pattern(p, '')) THEN CAST(length(string_split_regex(s[i:], rs.main.pattern(p, ''))[1]) + i AS INTEGER) ELSE 0 END`},
		{"regexp_instr", `(s, p) AS rs.main.place_of(s, p, 1), (s, p, i) AS rs.main.place_of(s, p, i)`},
		{"regexp_replace", `(s, p) AS system.main.regexp_replace(s, rs.main.pattern(p, ''), '', 'g'), (s, p, r) AS system.main.regexp_replace(s, rs.main.pattern(p, ''), r, 'g'),
			(s, p, r, i) AS left(s, i - 1) || system.main.regexp_replace(s[i:], rs.main.pattern(p, ''), r, 'g'),
			(s, p, r, i, flags) AS left(s, i - 1) || system.main.regexp_replace(s[i:], rs.main.pattern(p, flags), r, 'g')`},
		{"roman", `(n) AS repeat('M', CAST(n // 1000 AS INTEGER)) || ['', 'C', 'CC', 'CCC', 'CD', 'D', 'DC', 'DCC', 'DCCC', 'CM'][n // 100 % 10 + 1]
			|| ['', 'X', 'XX', 'XXX', 'XL', 'L', 'LX', 'LXX', 'LXXX', 'XC'][n // 10 % 10 + 1] || ['', 'I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX'][n % 10 + 1]`},
		{"pg_get_userbyid", `(id) AS (SELECT u.usename FROM rs.main.pg_user u WHERE u.usesysid = id)`},
		{"has_schema_privilege", `(s, p) AS true, (u, s, p) AS true`},
		{"pg_table_is_visible", `(id) AS true`},
		{"format_type", `(id, typmod) AS CASE id
			WHEN 1043 THEN 'character varying' || CASE WHEN typmod > 4 THEN '(' || (typmod - 4) || ')' ELSE '' END
			WHEN 1700 THEN 'numeric' || CASE WHEN typmod > 4 THEN '(' || ((typmod - 4) // 65536) || ',' || ((typmod - 4) % 65536) || ')' ELSE '' END
			WHEN 20 THEN 'bigint' WHEN 21 THEN 'smallint' WHEN 23 THEN 'integer' WHEN 16 THEN 'boolean' WHEN 700 THEN 'real' WHEN 701 THEN 'double precision'
			WHEN 1114 THEN 'timestamp without time zone' WHEN 1184 THEN 'timestamp with time zone' WHEN 6551 THEN 'binary varying'
			ELSE (SELECT t.typname FROM rs.main.pg_type t WHERE t.oid = id) END`},
		{"pg_get_expr", `(x, id) AS x, (x, id, pretty) AS x`},
		{"pg_get_viewdef", `(id) AS (SELECT r.sql FROM rs.main.all_relations r WHERE r.oid = id), (id, pretty) AS (SELECT r.sql FROM rs.main.all_relations r WHERE r.oid = id)`},
		{"obj_description", `(id) AS CAST(NULL AS VARCHAR), (id, c) AS CAST(NULL AS VARCHAR)`},
		{"col_description", `(id, n) AS CAST(NULL AS VARCHAR)`},
	}
}

func jsonMacros() []macro {
	return []macro{
		{"json_parse", `(s) AS CASE WHEN s IS NULL THEN NULL WHEN json_valid(s) THEN CAST(s AS JSON) ELSE CAST(error('Invalid JSON format: ' || s) AS JSON) END`},
		{"can_json_parse", `(s) AS json_valid(s)`},
		{"is_valid_json", `(s) AS coalesce(json_valid(s) AND json_type(s) = 'OBJECT', false)`},
		{"is_valid_json_array", `(s) AS coalesce(json_valid(s) AND json_type(s) = 'ARRAY', false)`},
		{"json_serialize", `(s) AS CAST(s AS VARCHAR)`},
		{"json_typeof", `(s) AS CASE json_type(s) WHEN 'VARCHAR' THEN 'string' WHEN 'UBIGINT' THEN 'number' WHEN 'BIGINT' THEN 'number' WHEN 'DOUBLE' THEN 'number' ELSE lower(json_type(s)) END`},
		{"get_array_length", `(s) AS CAST(system.main.json_array_length(s) AS INTEGER)`},
		{"json_array_length", `(s) AS CAST(system.main.json_array_length(s) AS INTEGER)`},
		{"is_array", `(s) AS json_type(s) = 'ARRAY'`},
		{"is_object", `(s) AS json_type(s) = 'OBJECT'`},
		{"is_varchar", `(s) AS coalesce(json_type(s) = 'VARCHAR', false)`},
		{"is_char", `(s) AS coalesce(json_type(s) = 'VARCHAR', false)`},
		{"whole_between", `(s, low, high) AS coalesce(json_type(s) IN ('BIGINT', 'UBIGINT') AND TRY_CAST(json_extract_string(s, '$') AS HUGEINT) BETWEEN low AND high, false)`},
		{"is_smallint", `(s) AS rs.main.whole_between(s, -32768, 32767)`},
		{"is_integer", `(s) AS rs.main.whole_between(s, -2147483648, 2147483647)`},
		{"is_bigint", `(s) AS rs.main.whole_between(s, -9223372036854775808, 9223372036854775807)`},
		{"is_decimal", `(s) AS coalesce(json_type(s) IN ('BIGINT', 'UBIGINT', 'DOUBLE'), false)`},
		{"is_float", `(s) AS coalesce(json_type(s) = 'DOUBLE', false)`},
		{"is_boolean", `(s) AS coalesce(json_type(s) = 'BOOLEAN', false)`},
		{"is_scalar", `(s) AS json_type(s) NOT IN ('ARRAY', 'OBJECT', 'NULL')`},
		{"json_extract_array_element_text", `(s, n) AS json_extract_string(s, '$[' || n || ']')`},
		{"json_path_text", `(s, path) AS CASE WHEN s IS NULL THEN NULL WHEN NOT json_valid(s) THEN error('JSON parsing error') ELSE json_extract_string(s, '$' || array_to_string(list_transform(path, lambda p: '."' || p || '"'), '')) END`},
		{"json_path_text_or_null", `(s, path) AS CASE WHEN json_valid(s) THEN json_extract_string(s, '$' || array_to_string(list_transform(path, lambda p: '."' || p || '"'), '')) END`},
	}
}

// leapDay is what a year more than February 29 has on top: March 1, unless
// that year is a leap year too.
func leapDay(part string) string {
	if part != "year" {
		return ""
	}
	return " + to_days(CASE WHEN month(CAST(d AS TIMESTAMP)) = 2 AND day(CAST(d AS TIMESTAMP)) = 29 AND day(CAST(d AS TIMESTAMP) + to_years(CAST(n AS INTEGER))) = 28 THEN 1 ELSE 0 END)"
}

// dateMacros add to and subtract dates by part. DATEADD gives a timestamp, and
// DATEDIFF counts the boundaries crossed.
// https://docs.aws.amazon.com/redshift/latest/dg/r_DATEDIFF_function.html
func dateMacros() []macro {
	var out []macro
	for _, u := range []struct{ part, interval, truncated string }{
		{"millennium", "to_years(CAST(1000 * (%n) AS INTEGER))", ""}, {"century", "to_years(CAST(100 * (%n) AS INTEGER))", ""},
		{"decade", "to_years(CAST(10 * (%n) AS INTEGER))", ""}, {"year", "to_years(CAST((%n) AS INTEGER))", ""},
		{"quarter", "to_months(CAST(3 * (%n) AS INTEGER))", ""}, {"month", "to_months(CAST((%n) AS INTEGER))", ""},
		{"week", "to_days(CAST(7 * (%n) AS INTEGER))", ""}, {"day", "to_days(CAST((%n) AS INTEGER))", ""},
		{"hour", "to_hours(CAST((%n) AS BIGINT))", ""}, {"minute", "to_minutes(CAST((%n) AS BIGINT))", ""},
		{"second", "to_seconds(CAST((%n) AS BIGINT))", ""}, {"millisecond", "to_microseconds(CAST(1000 * (%n) AS BIGINT))", ""},
		{"microsecond", "to_microseconds(CAST((%n) AS BIGINT))", ""},
	} {
		interval := replaceN(u.interval)
		out = append(out, macro{"add_" + u.part, `
			(n, d, t VARCHAR) AS CAST(d AS TIMESTAMP) + ` + interval + leapDay(u.part) + `,
			(n, d, t DATE) AS CAST(d AS TIMESTAMP) + ` + interval + leapDay(u.part) + `,
			(n, d, t TIMESTAMP) AS d + ` + interval + leapDay(u.part) + `,
			(n, d, t TIME) AS d + ` + interval + `,
			(n, d, t TIMESTAMPTZ) AS d + ` + interval})
		diff := "system.main.date_diff('" + u.part + "', CAST(a AS TIMESTAMP), CAST(b AS TIMESTAMP))"
		if u.part == "week" {
			diff = "system.main.date_diff('day', date_trunc('week', CAST(a AS TIMESTAMP)), date_trunc('week', CAST(b AS TIMESTAMP))) // 7"
		}
		clock := "system.main.date_diff('" + u.part + "', CAST(a AS TIME), CAST(b AS TIME))"
		if !slices.Contains([]string{"hour", "minute", "second", "millisecond", "microsecond"}, u.part) {
			clock = "CAST(0 AS BIGINT)"
		}
		out = append(out, macro{"diff_" + u.part, "(a, b, t VARCHAR) AS " + diff + ", (a, b, t DATE) AS " + diff + ", (a, b, t TIMESTAMP) AS " + diff + ", (a, b, t TIMESTAMPTZ) AS " + diff + ", (a, b, t TIME) AS " + clock})
	}
	return append(out,
		macro{"year_of_age", `(d, years) AS CAST(lpad(CAST((year(d) - 1) // years * years + 1 AS VARCHAR), 4, '0') || '-01-01' AS TIMESTAMP)`},
		macro{"truncated", `(u, d) AS CASE u WHEN 'century' THEN rs.main.year_of_age(d, 100) WHEN 'millennium' THEN rs.main.year_of_age(d, 1000) ELSE CAST(system.main.date_trunc(u, d) AS TIMESTAMP) END`},
		macro{"truncate_to", `
			(u, d, t VARCHAR) AS rs.main.truncated(u, CAST(d AS TIMESTAMP)),
			(u, d, t DATE) AS rs.main.truncated(u, CAST(d AS TIMESTAMP)),
			(u, d, t TIMESTAMP) AS rs.main.truncated(u, d),
			(u, d, t TIMESTAMPTZ) AS system.main.date_trunc(u, d)`},
		macro{"add_months", `(d, n) AS CASE WHEN CAST(d AS DATE) = last_day(CAST(d AS DATE))
			THEN CAST(last_day(CAST(CAST(d AS DATE) + to_months(CAST(n AS INTEGER)) AS DATE)) AS TIMESTAMP) + (CAST(d AS TIMESTAMP) - date_trunc('day', CAST(d AS TIMESTAMP)))
			ELSE CAST(d AS TIMESTAMP) + to_months(CAST(n AS INTEGER)) END`},
		macro{"months_between", `(a, b) AS CASE WHEN day(CAST(a AS DATE)) = day(CAST(b AS DATE)) OR (CAST(a AS DATE) = last_day(CAST(a AS DATE)) AND CAST(b AS DATE) = last_day(CAST(b AS DATE)))
			THEN CAST((year(CAST(a AS DATE)) - year(CAST(b AS DATE))) * 12 + month(CAST(a AS DATE)) - month(CAST(b AS DATE)) AS DOUBLE)
			ELSE (year(CAST(a AS DATE)) - year(CAST(b AS DATE))) * 12 + month(CAST(a AS DATE)) - month(CAST(b AS DATE)) + (day(CAST(a AS DATE)) - day(CAST(b AS DATE))) / CAST(31 AS DOUBLE) END`},
		macro{"next_day", `(d, name) AS CAST(CAST(d AS DATE) + to_days(CAST((list_position(['su','mo','tu','we','th','fr','sa'], lower(left(name, 2))) - 1 - date_part('dow', CAST(d AS DATE)) + 6) % 7 + 1 AS INTEGER)) AS DATE)`},
		macro{"date_cmp", `(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN CAST(a AS DATE) < CAST(b AS DATE) THEN -1 WHEN CAST(a AS DATE) > CAST(b AS DATE) THEN 1 ELSE 0 END`},
		macro{"timestamp_cmp", `(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN CAST(a AS TIMESTAMP) < CAST(b AS TIMESTAMP) THEN -1 WHEN CAST(a AS TIMESTAMP) > CAST(b AS TIMESTAMP) THEN 1 ELSE 0 END`},
		// Abbreviations are fixed offsets, and of POSIX forms only the offset counts.
		macro{"zone_minutes", `(z) AS CASE upper(z) WHEN 'UTC' THEN 0 WHEN 'GMT' THEN 0 WHEN 'EST' THEN -300 WHEN 'EDT' THEN -240 WHEN 'CST' THEN -360 WHEN 'CDT' THEN -300 WHEN 'MST' THEN -420 WHEN 'MDT' THEN -360
			WHEN 'PST' THEN -480 WHEN 'PDT' THEN -420 WHEN 'CET' THEN 60 WHEN 'CEST' THEN 120 WHEN 'BST' THEN 60 WHEN 'JST' THEN 540 ELSE
			CASE WHEN regexp_full_match(z, '[A-Za-z_/]+ ?[+-]?[0-9]{1,2}(:[0-9]{2})?') THEN -1 * CASE WHEN z LIKE '%-%' THEN -1 ELSE 1 END
				* (60 * CAST(regexp_extract(z, '([0-9]{1,2})', 1) AS INTEGER) + coalesce(TRY_CAST(nullif(regexp_extract(z, ':([0-9]{2})', 1), '') AS INTEGER), 0)) END END`},
		macro{"zone_to_utc", `(z, t) AS CASE WHEN rs.main.zone_minutes(z) IS NOT NULL THEN t - to_minutes(CAST(rs.main.zone_minutes(z) AS BIGINT)) ELSE timezone('UTC', timezone(z, t)) END`},
		macro{"zone_of_utc", `(z, t) AS CASE WHEN rs.main.zone_minutes(z) IS NOT NULL THEN t + to_minutes(CAST(rs.main.zone_minutes(z) AS BIGINT)) ELSE timezone(z, timezone('UTC', t)) END`},
		macro{"convert_timezone", `
			(target, t) AS rs.main.zone_of_utc(target, CAST(t AS TIMESTAMP)),
			(source, target, t) AS rs.main.zone_of_utc(target, rs.main.zone_to_utc(source, CAST(t AS TIMESTAMP)))`},
	)
}
