package rsql

import (
	"strconv"
	"strings"
)

// typeName is a type as written, turned into DuckDB's.
type typeName struct {
	duck   string // DuckDB's name
	length int    // of a character type, 0 for none
	char   bool   // a character type
}

// maxVarchar is VARCHAR(MAX), in bytes.
const maxVarchar = 65535

// readType reads the type at the start of ns and tells how many nodes it took,
// 0 when there is none.
func readType(ns []node) (typeName, int) {
	if len(ns) == 0 || ns[0].name() == "" {
		return typeName{}, 0
	}
	if len(ns) > 2 && ns[0].is("pg_catalog") && ns[1].is(".") {
		t, n := readType(ns[2:])
		return t, n + 2
	}
	n := 1
	at := func(i int, text string) bool { return i < len(ns) && ns[i].is(text) }
	first := ns[0].name()
	var args []string
	if n < len(ns) && ns[n].paren() {
		for _, a := range split(ns[n].kids) {
			if len(a) == 1 {
				args = append(args, a[0].tok.Text)
			}
		}
		n++
	}
	if duck := plainType(first); duck != "" {
		return typeName{duck: duck}, n
	}
	switch first {
	case "float":
		if len(args) == 1 && atoi(args[0]) <= 24 {
			return typeName{duck: "FLOAT"}, n
		}
		return typeName{duck: "DOUBLE"}, n
	case "double":
		if at(n, "precision") {
			n++
		}
		return typeName{duck: "DOUBLE"}, n
	case "numeric", "decimal", "dec":
		switch len(args) {
		case 0:
			return typeName{duck: "DECIMAL(18,0)"}, n
		case 1:
			return typeName{duck: "DECIMAL(" + args[0] + ",0)"}, n
		}
		return typeName{duck: "DECIMAL(" + args[0] + "," + args[1] + ")"}, n
	case "binary":
		if at(n, "varying") {
			n++
			if n < len(ns) && ns[n].paren() {
				n++
			}
		}
		return typeName{duck: "BLOB"}, n
	case "name", "regclass", "regtype", "regproc":
		return typeName{duck: "VARCHAR", char: true}, n
	case "timestamptz", "timetz", "time", "timestamp":
		return readTime(first, ns, n)
	case "varchar", "nvarchar", "text", "char", "character", "nchar", "bpchar":
		return readChar(first, ns, n, args)
	}
	if len(args) > 0 {
		return typeName{duck: first + "(" + strings.Join(args, ",") + ")"}, n
	}
	return typeName{duck: first}, n
}

// plainType is DuckDB's name of the types that take no arguments, or whose
// arguments mean nothing here.
func plainType(name string) string {
	switch name {
	case "int", "int4", "integer":
		return "INTEGER"
	case "int2", "smallint":
		return "SMALLINT"
	case "int8", "bigint", "oid":
		return "BIGINT"
	case "float4", "real":
		return "FLOAT"
	case "float8":
		return "DOUBLE"
	case "bool", "boolean":
		return "BOOLEAN"
	case "super":
		return "JSON"
	case "varbyte", "varbinary", "bytea":
		return "BLOB"
	}
	return ""
}

func readTime(first string, ns []node, n int) (typeName, int) {
	at := func(i int, text string) bool { return i < len(ns) && ns[i].is(text) }
	zone := strings.HasSuffix(first, "tz")
	if (at(n, "with") || at(n, "without")) && at(n+1, "time") && at(n+2, "zone") {
		zone = at(n, "with")
		n += 3
	}
	duck := "TIMESTAMP"
	if strings.HasPrefix(first, "time") && !strings.HasPrefix(first, "timestamp") {
		duck = "TIME"
	}
	if zone {
		duck += " WITH TIME ZONE"
	}
	return typeName{duck: duck}, n
}

func readChar(first string, ns []node, n int, args []string) (typeName, int) {
	if n < len(ns) && ns[n].is("varying") {
		first = "varchar"
		n++
		if n < len(ns) && ns[n].paren() {
			if k := ns[n].kids; len(k) == 1 {
				args = []string{k[0].tok.Text}
			}
			n++
		}
	}
	t := typeName{duck: "VARCHAR", char: true}
	switch {
	case len(args) == 1 && args[0] == "max":
		t.length = maxVarchar
	case len(args) == 1:
		t.length = atoi(args[0])
	case first == "char" || first == "character" || first == "nchar":
		t.length = 1
	default:
		t.length = 256
	}
	return t, n
}

func atoi(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}

// castTo makes CAST(x AS t). A cast to a character type cuts what is too long,
// and shows true and false as Redshift does.
func castTo(verb string, pos int, x []node, t typeName) []node {
	kids := append(append([]node(nil), x...), word("as", pos), raw(t.duck, pos))
	out := []node{word(verb, pos), group(kids, pos)}
	if t.char && t.length > 0 && t.length < maxVarchar {
		return call("left", pos, out, []node{raw(strconv.Itoa(t.length), pos)})
	}
	return out
}
