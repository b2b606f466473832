package trino

import (
	"strings"
)

// dateFormat translates the pattern of the date functions, which must be a
// literal.
func (e *emitter) dateFormat(i int, args [][2]int) int {
	t, closing := e.toks[i], e.match[i+1]
	if len(args) != 2 {
		e.fail(failAt(e.src, t.pos, "FUNCTION_NOT_FOUND", "Unexpected parameters for function %s", t.value))
		return closing + 1
	}
	pattern := e.at(args[1][0])
	if args[1][1]-args[1][0] != 1 || pattern.kind != text && pattern.kind != param {
		e.fail(failAt(e.src, pattern.pos, "NOT_SUPPORTED", "the sandbox needs the pattern of %s as a literal", t.value))
		return closing + 1
	}
	s := pattern.value
	if pattern.kind == param {
		if n := e.ordinal[args[1][0]]; n < len(e.Params) {
			s = strings.Trim(e.Params[n], "'")
		}
	}
	convert, before, behind := mysqlFormat, "strftime(", ")"
	switch t.value {
	case "date_parse":
		before = "strptime("
	case "format_datetime":
		convert = jodaFormat
	case "parse_datetime":
		convert, before, behind = jodaFormat, "timezone('UTC', strptime(", "))"
	}
	format, ok := convert(s)
	if !ok {
		e.fail(Fail("INVALID_FUNCTION_ARGUMENT", "Invalid pattern specification: %s", s))
	}
	e.around(t.pos, before, e.argument(args[0]), ", "+QuoteText(format)+behind)
	return closing + 1
}

// jsonPath writes a JSON function whose path is a literal in DuckDB's dialect.
func (e *emitter) jsonPath(i int, args [][2]int, name string) int {
	t, closing := e.toks[i], e.match[i+1]
	if len(args) != 2 || args[1][1]-args[1][0] != 1 || e.toks[args[1][0]].kind != text {
		return e.plainCall(i, renamed(t.value), closing)
	}
	if name == "json_extract" {
		name = "fl_json_extract"
	}
	e.around(t.pos, name+"(", e.argument(args[0]), ", "+QuoteText(duckPath(e.toks[args[1][0]].value))+")")
	return closing + 1
}

// duckPath turns $["a"] into $."a" and drops the lax and strict modes.
func duckPath(path string) string {
	path = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(path), "lax "), "strict ")
	for _, quote := range []string{`"`, `'`} {
		for {
			at := strings.Index(path, "["+quote)
			if at < 0 {
				break
			}
			end := strings.Index(path[at+2:], quote+"]")
			if end < 0 {
				break
			}
			path = path[:at] + `."` + path[at+2:at+2+end] + `"` + path[at+2+end+2:]
		}
	}
	return path
}

// sqlJSON writes JSON_VALUE, JSON_QUERY and JSON_EXISTS of the SQL standard.
func (e *emitter) sqlJSON(i int, args [][2]int) int {
	t, closing := e.toks[i], e.match[i+1]
	if len(args) < 2 || e.toks[args[1][0]].kind != text {
		e.fail(e.mismatch(closing, "<string>"))
		return closing + 1
	}
	path := QuoteText(duckPath(e.toks[args[1][0]].value))
	switch t.value {
	case "json_value":
		e.around(t.pos, "json_extract_scalar(", e.argument(args[0]), ", "+path+")")
	case "json_query":
		e.around(t.pos, "CAST(fl_json_extract(", e.argument(args[0]), ", "+path+") AS VARCHAR)")
	default:
		e.around(t.pos, "json_exists(", e.argument(args[0]), ", "+path+")")
	}
	return closing + 1
}
