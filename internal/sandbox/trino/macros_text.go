package trino

// stringMacros: what differs is mostly the answer when nothing is found.
func stringMacros() []string {
	return []string{
		`CREATE MACRO split_part(s, d, n) AS CASE WHEN n > len(string_split(s, d)) THEN NULL ELSE system.main.split_part(s, d, CAST(n AS INTEGER)) END`,
		`CREATE MACRO split(s, d) AS string_split(s, d),
			(s, d, n) AS CASE WHEN len(string_split(s, d)) <= n THEN string_split(s, d)
				ELSE list_append(list_slice(string_split(s, d), 1, subtract(n, 1)), array_to_string(list_slice(string_split(s, d), n, -1), d)) END`,
		`CREATE MACRO fl_pairs(s, d, kv) AS list_transform(string_split(s, d), lambda p: struct_pack(key := system.main.split_part(p, kv, 1), value := system.main.split_part(p, kv, 2)))`,
		`CREATE MACRO split_to_map(s, d, kv) AS map_from_entries(fl_pairs(s, d, kv))`,
		`CREATE MACRO substr(s, i) AS CASE WHEN i = 0 OR abs(i) > length(s) THEN '' ELSE system.main.substr(s, i) END,
			(s, i, n) AS CASE WHEN i = 0 OR abs(i) > length(s) OR n <= 0 THEN '' ELSE system.main.substr(s, i, n) END`,
		`CREATE MACRO substring(s, i) AS substr(s, i), (s, i, n) AS substr(s, i, n)`,
		`CREATE MACRO replace(s, old) AS system.main.replace(s, old, ''), (s, old, new) AS system.main.replace(s, old, new)`,
		`CREATE MACRO codepoint(s) AS unicode(s)`,
		`CREATE MACRO hamming_distance(a, b) AS hamming(a, b)`,
		`CREATE MACRO levenshtein_distance(a, b) AS levenshtein(a, b)`,
		`CREATE MACRO normalize(s) AS nfc_normalize(s)`,
		`CREATE MACRO regexp_like(s, p) AS regexp_matches(s, p)`,
		`CREATE MACRO fl_dollar(r) AS system.main.regexp_replace(system.main.replace(r, '\', '\\'), '\$(\d)', '\\\1', 'g')`,
		`CREATE MACRO regexp_extract(s, p) AS CASE WHEN regexp_matches(s, p) THEN system.main.regexp_extract(s, p) ELSE NULL END`,
		`CREATE MACRO regexp_replace(s, p) AS system.main.regexp_replace(s, p, '', 'g'),
			(s, p, r) AS system.main.regexp_replace(s, p, fl_dollar(r), 'g')`,
		`CREATE MACRO regexp_split(s, p) AS regexp_split_to_array(s, p)`,
		`CREATE MACRO regexp_count(s, p) AS len(regexp_extract_all(s, p))`,
		`CREATE MACRO to_utf8(s) AS encode(s)`,
		`CREATE MACRO from_utf8(b) AS decode(b)`,
		`CREATE MACRO to_hex(b) AS hex(b)`,
		`CREATE MACRO from_hex(s) AS unhex(s)`,
		`CREATE MACRO to_base64(b) AS base64(b)`,
		`CREATE MACRO to_base64url(b) AS translate(base64(b), '+/', '-_')`,
		`CREATE MACRO from_base64url(s) AS from_base64(translate(s, '-_', '+/'))`,
		`CREATE MACRO md5(b) AS unhex(system.main.md5(b))`,
		`CREATE MACRO sha1(b) AS unhex(system.main.sha1(b))`,
		`CREATE MACRO sha256(b) AS unhex(system.main.sha256(b))`,
		`CREATE MACRO fl_url(u, p, g) AS nullif(system.main.regexp_extract(u, p, g), '')`,
		`CREATE MACRO url_extract_protocol(u) AS fl_url(u, '^([A-Za-z][A-Za-z0-9+.-]*):', 1)`,
		`CREATE MACRO url_extract_host(u) AS fl_url(u, '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:]+)', 1)`,
		`CREATE MACRO url_extract_port(u) AS CAST(fl_url(u, '^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*:(\d+)', 1) AS BIGINT)`,
		`CREATE MACRO url_extract_path(u) AS system.main.regexp_extract(u, '^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*([^?#]*)', 1)`,
		`CREATE MACRO url_extract_query(u) AS fl_url(u, '\?([^#]*)', 1)`,
		`CREATE MACRO url_extract_fragment(u) AS fl_url(u, '#(.*)$', 1)`,
		`CREATE MACRO url_extract_parameter(u, name) AS url_decode(system.main.split_part(list_extract(list_filter(string_split(fl_url(u, '\?([^#]*)', 1), '&'), lambda p: system.main.split_part(p, '=', 1) = name), 1), '=', 2))`,
	}
}

// jsonMacros: a scalar is only extracted from a scalar, and text is compact.
func jsonMacros() []string {
	return []string{
		`CREATE MACRO json_parse(s) AS CAST(json(s) AS JSON)`,
		`CREATE MACRO json_format(j) AS CAST(to_json(j) AS VARCHAR)`,
		`CREATE MACRO fl_json_extract(j, p) AS CAST(json(system.main.json_extract(j, p)) AS JSON)`,
		`CREATE MACRO json_extract_scalar(j, p) AS CASE WHEN json_type(system.main.json_extract(j, p)) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL ELSE json_extract_string(j, p) END`,
		`CREATE MACRO json_size(j, p) AS CASE json_type(system.main.json_extract(j, p)) WHEN 'OBJECT' THEN len(json_keys(system.main.json_extract(j, p))) WHEN 'ARRAY' THEN CAST(json_array_length(system.main.json_extract(j, p)) AS BIGINT) WHEN NULL THEN NULL ELSE CAST(0 AS BIGINT) END`,
		`CREATE MACRO json_array_get(j, i) AS system.main.json_extract(j, '$[' || CASE WHEN i < 0 THEN '#' ELSE '' END || CAST(i AS VARCHAR) || ']')`,
		`CREATE MACRO json_array_contains(j, v) AS list_contains(CAST(CAST(j AS JSON) AS JSON[]), to_json(v))`,
		`CREATE MACRO is_json_scalar(j) AS json_type(j) NOT IN ('OBJECT', 'ARRAY')`,
		`CREATE MACRO fl_lax(p) AS system.main.regexp_replace(p, '^(lax|strict) ', '')`,
	}
}
