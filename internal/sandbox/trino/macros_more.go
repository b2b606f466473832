package trino

// moreMacros are the functions that DuckDB has nothing like.
func moreMacros() []string {
	return []string{
		// format: a value that is longer than its width stays whole
		`CREATE MACRO fl_left(s, n, pad) AS CASE WHEN length(s) >= n THEN s ELSE lpad(s, n, pad) END`,
		`CREATE MACRO fl_right(s, n, pad) AS CASE WHEN length(s) >= n THEN s ELSE rpad(s, n, pad) END`,
		`CREATE MACRO fl_three(x) AS regexp_replace(CASE WHEN abs(x) < 10 THEN format('{:.2f}', x) WHEN abs(x) < 100 THEN format('{:.1f}', x) ELSE format('{:.0f}', x) END, '\.?0+$', '')`,
		`CREATE MACRO fl_short(x) AS CASE WHEN abs(x) >= 100 THEN format('{:.0f}', system.main.trunc(x)) ELSE fl_three(x) END`,
		`CREATE MACRO format_number(x) AS CASE
			WHEN abs(x) >= 1e15 THEN fl_short(x / 1e15) || 'Q' WHEN abs(x) >= 1e12 THEN fl_short(x / 1e12) || 'T' WHEN abs(x) >= 1e9 THEN fl_short(x / 1e9) || 'B'
			WHEN abs(x) >= 1e6 THEN fl_short(x / 1e6) || 'M' WHEN abs(x) >= 1e3 THEN fl_short(x / 1e3) || 'K' ELSE fl_short(CAST(x AS DOUBLE)) END`,
		`CREATE MACRO parse_data_size(s) AS CAST(system.main.trunc(CAST(system.main.regexp_extract(s, '^\s*([0-9.]+)', 1) AS DECIMAL(20,6)) * CAST(CASE system.main.regexp_extract(s, '([A-Za-z]+)\s*$', 1)
			WHEN 'B' THEN 1 WHEN 'kB' THEN 1024 WHEN 'MB' THEN 1048576 WHEN 'GB' THEN 1073741824 WHEN 'TB' THEN 1099511627776 WHEN 'PB' THEN 1125899906842624
			ELSE CAST('` + failMark + `INVALID_FUNCTION_ARGUMENT: Invalid data size: ''' || s || '''' AS BIGINT) END AS DECIMAL(18,0))) AS DECIMAL(38,0))`,
		`CREATE MACRO luhn_check(s) AS CASE WHEN regexp_matches(s, '^[0-9]+$') THEN list_sum(list_transform(list_reverse(string_split(s, '')), lambda d, i:
			CASE WHEN system.main.mod(i, 2) = 1 THEN CAST(d AS INTEGER) WHEN CAST(d AS INTEGER) < 5 THEN 2 * CAST(d AS INTEGER) ELSE 2 * CAST(d AS INTEGER) - 9 END)) % 10 = 0
			ELSE CAST('` + failMark + `INVALID_FUNCTION_ARGUMENT: Input contains non-digit characters' AS BOOLEAN) END`,
		// the codes of the letters, those of neighbours once; h and w part nothing
		`CREATE MACRO fl_codes(s) AS string_split(translate(upper(s), 'AEIOUYBFPVCGJKQSXZDTLMNRHW', '000000111122222222334556'), '')`,
		`CREATE MACRO soundex(s) AS left(upper(s[1]) || system.main.replace(array_to_string(list_filter(fl_codes(s), lambda c, i: i > 1 AND c <> list_extract(fl_codes(s), i - 1)), ''), '0', '') || '000', 4)`,
		`CREATE MACRO cosine_similarity(a, b) AS list_cosine_similarity(CAST(a AS DOUBLE[]), CAST(b AS DOUBLE[]))`,
		`CREATE MACRO cosine_distance(a, b) AS list_cosine_distance(CAST(a AS DOUBLE[]), CAST(b AS DOUBLE[]))`,
		`CREATE MACRO euclidean_distance(a, b) AS list_distance(CAST(a AS DOUBLE[]), CAST(b AS DOUBLE[]))`,
		`CREATE MACRO dot_product(a, b) AS list_inner_product(CAST(a AS DOUBLE[]), CAST(b AS DOUBLE[]))`,
		`CREATE MACRO strpos(s, sub) AS system.main.strpos(s, sub), (s, sub, n) AS CASE
			WHEN n > 0 AND n < len(string_split(s, sub)) THEN CAST(length(array_to_string(list_slice(string_split(s, sub), 1, n), sub)) + 1 AS BIGINT)
			WHEN n < 0 AND len(string_split(s, sub)) + n >= 1 THEN CAST(length(array_to_string(list_slice(string_split(s, sub), 1, len(string_split(s, sub)) + n), sub)) + 1 AS BIGINT)
			ELSE CAST(0 AS BIGINT) END`,
		`CREATE MACRO url_encode(s) AS system.main.replace(system.main.replace(system.main.replace(system.main.url_encode(s), '%20', '+'), '%2A', '*'), '~', '%7E')`,
		`CREATE MACRO url_decode(s) AS system.main.url_decode(system.main.replace(s, '+', ' '))`,
		`CREATE MACRO to_big_endian_32(n) AS unhex(right(lpad(hex(CAST(n AS BIGINT)), 16, '0'), 8))`,
		`CREATE MACRO to_big_endian_64(n) AS unhex(lpad(hex(CAST(n AS BIGINT)), 16, '0'))`,
		`CREATE MACRO fl_unsigned(b) AS CAST(CAST('0x' || hex(b) AS UBIGINT) AS HUGEINT)`,
		`CREATE MACRO from_big_endian_32(b) AS CAST(CASE WHEN fl_unsigned(b) >= 2147483648 THEN fl_unsigned(b) - 4294967296 ELSE fl_unsigned(b) END AS INTEGER)`,
		`CREATE MACRO from_big_endian_64(b) AS CAST(CASE WHEN fl_unsigned(b) >= 9223372036854775808 THEN fl_unsigned(b) - 18446744073709551616 ELSE fl_unsigned(b) END AS BIGINT)`,
		`CREATE MACRO fl_bytes(b, i, n) AS unhex(system.main.substr(hex(b), CASE WHEN i < 0 THEN 2 * (octet_length(b) + i) + 1 ELSE 2 * i - 1 END, 2 * n))`,
		`CREATE MACRO fl_backward(b) AS unhex(array_to_string(list_reverse(system.main.regexp_extract_all(hex(b), '..')), ''))`,
		// positions of matches: what lies between them is known
		`CREATE MACRO fl_match(s, p, n) AS CASE WHEN n < 1 OR n > len(system.main.regexp_extract_all(s, p)) THEN -1
			ELSE CAST(1 + length(array_to_string(list_slice(regexp_split_to_array(s, p), 1, n), '')) + length(array_to_string(list_slice(system.main.regexp_extract_all(s, p), 1, n - 1), '')) AS INTEGER) END`,
		`CREATE MACRO regexp_position(s, p) AS fl_match(s, p, 1),
			(s, p, start) AS CASE WHEN fl_match(s[start:], p, 1) < 0 THEN -1 ELSE CAST(fl_match(s[start:], p, 1) + start - 1 AS INTEGER) END,
			(s, p, start, n) AS CASE WHEN fl_match(s[start:], p, n) < 0 THEN -1 ELSE CAST(fl_match(s[start:], p, n) + start - 1 AS INTEGER) END`,
	}
}

// collectionMacros are functions of arrays and maps.
func collectionMacros() []string {
	return []string{
		`CREATE MACRO fl_any(l) AS CASE WHEN l IS NULL THEN NULL WHEN list_contains(l, true) THEN true WHEN len(list_filter(l, lambda e: e IS NULL)) > 0 THEN NULL ELSE false END`,
		`CREATE MACRO fl_all(l) AS CASE WHEN l IS NULL THEN NULL WHEN list_contains(l, false) THEN false WHEN len(list_filter(l, lambda e: e IS NULL)) > 0 THEN NULL ELSE true END`,
		`CREATE MACRO fl_steps(a, b, s) AS CASE WHEN abs(b - a) // abs(s) >= 10000 THEN CAST('` + failMark + `INVALID_FUNCTION_ARGUMENT: result of sequence function must not have more than 10000 entries' AS BIGINT[]) ELSE generate_series(a, b, s) END`,
		`CREATE MACRO fl_sequence(a, b) AS fl_steps(a, b, CASE WHEN b < a THEN -1 ELSE 1 END), (a, b, s) AS fl_steps(a, b, s)`,
		`CREATE MACRO array_first(l) AS l[1]`,
		`CREATE MACRO array_last(l) AS l[-1]`,
		`CREATE MACRO arrays_overlap(a, b) AS CASE WHEN list_has_any(list_filter(a, lambda e: e IS NOT NULL), b) THEN true
			WHEN a IS NULL OR b IS NULL OR len(list_filter(a, lambda e: e IS NULL)) > 0 OR len(list_filter(b, lambda e: e IS NULL)) > 0 THEN NULL ELSE false END`,
		`CREATE MACRO contains_sequence(l, s) AS len(list_filter(range(1, CAST(len(l) - len(s) + 2 AS BIGINT)), lambda i: list_slice(l, i, i + len(s) - 1) = s)) > 0`,
		// index lists of one more element each round
		`CREATE MACRO fl_chosen(m, n) AS list_reduce(list_prepend([CAST([] AS BIGINT[])], list_transform(range(n), lambda k: [CAST([] AS BIGINT[])])),
			lambda acc, k: flatten(list_transform(acc, lambda c: list_transform(range(coalesce(c[-1], 0) + 1, m + 1), lambda i: list_append(c, i)))))`,
		`CREATE MACRO combinations(l, n) AS list_transform(fl_chosen(len(l), n), lambda c: list_transform(c, lambda i: l[i]))`,
		`CREATE MACRO fl_entries(m) AS list_transform(map_entries(m), lambda e: row(e.key, e.value))`,
		// of entries with one key the first stays
		`CREATE MACRO fl_map(l) AS map_from_entries(list_filter(l, lambda e, i: list_position(list_transform(l, lambda x: x.key), e.key) = i))`,
		`CREATE MACRO fl_multimap(l) AS map_from_entries(list_transform(array_distinct(list_transform(l, lambda e: e.key)), lambda k: struct_pack(key := k,
			value := list_transform(list_filter(l, lambda e: e.key IS NOT DISTINCT FROM k), lambda e: e.value))))`,
		`CREATE MACRO multimap_from_entries(l) AS fl_multimap(list_transform(l, lambda e: struct_pack(key := struct_extract_at(e, 1), value := struct_extract_at(e, 2))))`,
		`CREATE MACRO split_to_multimap(s, d, kv) AS fl_multimap(fl_pairs(s, d, kv))`,
		`CREATE MACRO multimap_agg(k, v) AS fl_multimap(list(struct_pack(key := k, value := v)))`,
		`CREATE MACRO map_agg(k, v) AS fl_map(list(struct_pack(key := k, value := v)) FILTER (WHERE k IS NOT NULL))`,
		`CREATE MACRO map_union(m) AS fl_map(flatten(list(map_entries(m))))`,
		`CREATE MACRO array_histogram(l) AS map_from_entries(list_transform(array_distinct(list_filter(l, lambda e: e IS NOT NULL)),
			lambda k: struct_pack(key := k, value := len(list_filter(l, lambda e: e = k)))))`,
	}
}
