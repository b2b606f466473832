package sqltext

import "strings"

// classifyQuery classifies what begins with SELECT, WITH, VALUES or TABLE,
// behind base opening parentheses. Such a statement may still write: SELECT
// INTO makes a table, a WITH may hold or lead to an INSERT, FOR UPDATE locks
// rows, and a few functions act.
func classifyQuery(d Dialect, x []lexeme, base int) Class {
	depth, main := 0, !x[base].is("WITH")
	for i, l := range x {
		switch {
		case l.symbol("("):
			if depth == base && !main && i > 0 && x[i-1].is("AS", "MATERIALIZED") && !beginsTable(d, x[i+1:]) {
				return Unknown // WITH a AS (what is no query)
			}
			if depth == base && i > 0 && x[i-1].symbol(")") {
				main = true // WITH a AS (...) (SELECT ...)
			}
			depth++
		case l.symbol(")"):
			if depth--; depth < 0 {
				return Unknown
			}
		case i > 0 && x[i-1].symbol("."):
			// a column or a table, whatever its name; a function still acts
			if acts(d, x, i) {
				return Write
			}
		case l.is("INTO"):
			return Write
		case l.is("FOR") && locks(x[i+1:]):
			return Write
		case l.is("SELECT", "VALUES", "TABLE"):
			main = main || depth == base && x[i-1].symbol(")")
		case writes(x, i), acts(d, x, i):
			return Write
		}
	}
	if !main {
		return Unknown
	}
	return Read
}

// beginsTable reports whether what stands inside the parentheses of a WITH
// entry is a query, or a statement that is judged where it is met.
func beginsTable(d Dialect, x []lexeme) bool {
	for len(x) > 0 && x[0].symbol("(") {
		x = x[1:]
	}
	return len(x) > 0 && x[0].kind == word && (beginsQuery(d, x[0].text) || x[0].is("INSERT", "UPDATE", "DELETE", "MERGE"))
}

// writes reports whether the word at i begins a writing statement inside the
// query: it is a verb of that kind, stands where a statement can begin, and
// something that can be its object follows.
func writes(x []lexeme, i int) bool {
	if !x[i].is("INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "COPY", "UNLOAD", "CREATE", "DROP", "ALTER", "CALL", "EXECUTE", "GRANT", "REVOKE") {
		return false
	}
	if i == 0 || !(x[i-1].symbol("(") || x[i-1].symbol(")")) {
		return false
	}
	return i+1 < len(x) && (x[i+1].named() || x[i+1].symbol("#"))
}

// locks reports whether the words after FOR ask for row locks.
func locks(x []lexeme) bool {
	for _, l := range x[:min(3, len(x))] {
		if l.is("UPDATE", "SHARE") {
			return true
		}
		if !l.is("NO", "KEY") {
			return false
		}
	}
	return false
}

// acts reports whether a function that changes something is called at i.
func acts(d Dialect, x []lexeme, i int) bool {
	if d != Redshift || !x[i].named() || i+1 >= len(x) || !x[i+1].symbol("(") {
		return false
	}
	name := strings.ToLower(x[i].text)
	switch name {
	case "pg_terminate_backend", "pg_cancel_backend", "pg_reload_conf", "pg_rotate_logfile",
		"set_config", "nextval", "setval", "query_to_xml", "lo_create", "lo_creat", "lo_import", "lo_export", "lo_unlink":
		return true
	}
	return strings.HasPrefix(name, "dblink") || strings.HasPrefix(name, "pg_advisory")
}
