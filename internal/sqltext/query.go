package sqltext

import "strings"

// group is what stands inside one pair of parentheses, or outside of all.
type group struct {
	// ahead: it begins with WITH, and the statement that the WITH is for is
	// still to come.
	ahead bool
}

// classifyQuery classifies what begins with SELECT, WITH, VALUES or TABLE,
// perhaps behind opening parentheses. Such a statement may still write: SELECT
// INTO makes a table, a WITH may hold or lead to an INSERT, FOR UPDATE locks
// rows, and a few functions act.
func classifyQuery(d Dialect, x []lexeme) Class {
	groups := []group{{ahead: x[0].is("WITH")}}
	for i, l := range x {
		top := &groups[len(groups)-1]
		switch {
		case l.symbol("("):
			if top.ahead && i > 0 {
				if x[i-1].is("AS", "MATERIALIZED") && !beginsTable(d, x[i+1:]) {
					return Unknown // WITH a AS (what is no query)
				}
				top.ahead = !x[i-1].symbol(")") // WITH a AS (...) (SELECT ...)
			}
			groups = append(groups, group{ahead: i+1 < len(x) && x[i+1].is("WITH")})
		case l.symbol(")"):
			if top.ahead || len(groups) == 1 {
				return Unknown
			}
			groups = groups[:len(groups)-1]
		case i > 0 && x[i-1].symbol("."):
			// a column or a table, whatever its name; a function still acts
			if acts(d, x, i) {
				return Write
			}
		case l.is("INTO"):
			return Write
		case top.ahead && verb(l) && i+1 < len(x) && x[i+1].named() && !x[i+1].is("AS"):
			return Write // behind WITH a AS (...) SEARCH, CYCLE or FROM
		case d == Trino && l.is("TABLE") && passes(x[i+1:]):
			return Unknown
		case l.is("FOR") && locks(x[i+1:]):
			return Write
		case l.is("SELECT", "VALUES", "TABLE"):
			top.ahead = top.ahead && !x[i-1].symbol(")")
		case writes(x, i), acts(d, x, i):
			return Write
		}
	}
	if groups[0].ahead {
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
	if !verb(x[i]) {
		return false
	}
	if i == 0 || !(x[i-1].symbol("(") || x[i-1].symbol(")")) {
		return false
	}
	return i+1 < len(x) && (x[i+1].named() || x[i+1].symbol("#"))
}

func verb(l lexeme) bool {
	return l.is("INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "COPY", "UNLOAD", "CREATE", "DROP", "ALTER", "CALL", "EXECUTE", "GRANT", "REVOKE")
}

// passes reports whether what follows TABLE is the call of a table function
// other than Trino's own: those of a connector, such as system.query, pass a
// text on to the federated source, which may do with it whatever it says.
func passes(x []lexeme) bool {
	if len(x) == 0 || !x[0].symbol("(") {
		return false
	}
	for i := 1; i+1 < len(x) && x[i].named(); i += 2 {
		switch {
		case x[i+1].symbol("("):
			name := strings.ToLower(x[i].text)
			own := i == 1 || i > 2 && strings.EqualFold(x[i-2].text, "builtin")
			return !own || name != "sequence" && name != "exclude_columns"
		case !x[i+1].symbol("."):
			return false // TABLE(name) as an argument
		}
	}
	return false
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
	case "reboot_cluster", "change_query_priority", "change_session_priority", "change_user_priority",
		"set_config", "nextval", "setval", "lowrite", "cursor_to_xml", "pg_notify", "pg_promote", "pg_export_snapshot":
		return true
	case "pg_last_copy_id", "pg_last_unload_id", "pg_last_query_id":
		return false
	}
	for _, prefix := range []string{"lo_", "dblink", "query_to_xml", "pg_terminate", "pg_cancel", "pg_reload", "pg_rotate", "pg_advisory", "pg_try_advisory",
		"pg_create", "pg_drop", "pg_copy_", "pg_switch", "pg_start", "pg_stop", "pg_backup", "pg_file", "pg_logical", "pg_replication", "pg_stat_reset",
		"pg_wal_replay", "pg_xlog_replay", "pg_import", "pg_log_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
