package trino

// Setup is what a DuckDB database needs, once, before it runs rewritten
// statements: settings, then the functions whose meaning or name differs.
func Setup() []string {
	return append([]string{
		"SET GLOBAL integer_division = true",
		"SET GLOBAL TimeZone = 'UTC'",
		"SET GLOBAL default_null_order = 'NULLS_LAST'",
		"SET GLOBAL preserve_insertion_order = true",
	}, textMacros()...)
}

// textMacros render values as Athena prints them.
func textMacros() []string {
	return []string{
		// Java's Double.toString from DuckDB's shortest text: decimal between
		// 1e-3 and 1e7, else one digit, a point and E.
		`CREATE MACRO fl_sci(sign, whole, frac) AS sign || CASE
			WHEN whole <> '0' THEN whole[1] || '.' || coalesce(nullif(rtrim(whole[2:] || frac, '0'), ''), '0') || 'E' || (length(whole) - 1)
			ELSE ltrim(frac, '0')[1] || '.' || coalesce(nullif(rtrim(ltrim(frac, '0')[2:], '0'), ''), '0') || 'E-' || (length(frac) - length(ltrim(frac, '0')) + 1) END`,
		`CREATE MACRO fl_double_text(s) AS CASE
			WHEN s IS NULL THEN NULL
			WHEN s = 'nan' THEN 'NaN' WHEN s = 'inf' THEN 'Infinity' WHEN s = '-inf' THEN '-Infinity'
			WHEN contains(s, 'e') THEN split_part(s, 'e', 1) || CASE WHEN contains(split_part(s, 'e', 1), '.') THEN '' ELSE '.0' END || 'E' || CAST(CAST(split_part(s, 'e', 2) AS INTEGER) AS VARCHAR)
			WHEN length(split_part(ltrim(s, '-'), '.', 1)) > 7 OR ltrim(s, '-') LIKE '0.000%'
			THEN fl_sci(CASE WHEN s[1] = '-' THEN '-' ELSE '' END, split_part(ltrim(s, '-'), '.', 1), split_part(s, '.', 2))
			ELSE s END`,
		`CREATE MACRO fl_interval_ms(ms) AS CASE WHEN ms < 0 THEN '-' ELSE '' END || format('{} {:02d}:{:02d}:{:02d}.{:03d}',
			abs(ms) // 86400000, abs(ms) // 3600000 % 24, abs(ms) // 60000 % 60, abs(ms) // 1000 % 60, abs(ms) % 1000)`,
		`CREATE MACRO fl_interval_months(m) AS CASE WHEN m < 0 THEN '-' ELSE '' END || format('{}-{}', abs(m) // 12, abs(m) % 12)`,
		`CREATE MACRO fl_interval_text(i) AS CASE
			WHEN i IS NULL THEN NULL
			WHEN datepart('year', i) * 12 + datepart('month', i) <> 0 THEN fl_interval_months(datepart('year', i) * 12 + datepart('month', i))
			ELSE fl_interval_ms(CAST(round(epoch(i) * 1000) AS BIGINT)) END`,
	}
}
