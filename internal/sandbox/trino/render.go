package trino

import (
	"fmt"
	"strings"
)

// Render is a DuckDB expression that turns a value of type t into the text
// that Athena writes into a result, with NULL staying NULL.
func Render(expr string, t Type) string { return render(expr, t, 0) }

// render numbers the lambda parameters by depth so that nested ones do not
// shadow each other.
func render(x string, t Type, depth int) string {
	switch t.Kind {
	case Varchar, JSON:
		return "CAST(" + x + " AS VARCHAR)"
	case Real, Double:
		return "fl_double_text(CAST(" + x + " AS VARCHAR))"
	case Varbinary:
		return `rtrim(system.main.regexp_replace(lower(hex(` + x + `)), '(..)', '\1 ', 'g'))`
	case Timestamp:
		return "strftime(" + x + ", '%Y-%m-%d %H:%M:%S.%g')"
	case TimestampTZ:
		if t.Zone != "" {
			return "(strftime(" + x + ", '%Y-%m-%d %H:%M:%S.%g') || " + QuoteText(" "+t.Zone) + ")"
		}
		return "(strftime(timezone('UTC', " + x + "), '%Y-%m-%d %H:%M:%S.%g') || ' UTC')"
	case Time:
		return "rpad(CAST(" + x + " AS VARCHAR) || CASE WHEN length(CAST(" + x + " AS VARCHAR)) = 8 THEN '.' ELSE '' END, 12, '0')"
	case IntervalDS, IntervalYM:
		return "fl_interval_text(" + x + ")"
	case Array:
		p := fmt.Sprintf("fl_e%d", depth)
		return "('[' || array_to_string(list_transform(" + x + ", lambda " + p + ": " + orNull(render(p, t.Elem[0], depth+1)) + "), ', ') || ']')"
	case Map:
		p := fmt.Sprintf("fl_e%d", depth)
		entry := render(p+".key", t.Elem[0], depth+1) + " || '=' || " + orNull(render(p+".value", t.Elem[1], depth+1))
		return "('{' || array_to_string(list_transform(map_entries(" + x + "), lambda " + p + ": " + entry + "), ', ') || '}')"
	case Row:
		parts := make([]string, len(t.Elem))
		for i, e := range t.Elem {
			name, field := t.Fields[i].Name, ""
			if name == "" {
				name, field = fmt.Sprintf("field%d", i), fmt.Sprintf("struct_extract(%s, %d)", x, i+1)
			} else {
				field = "struct_extract(" + x + ", " + QuoteText(name) + ")"
			}
			parts[i] = QuoteText(name+"=") + " || " + orNull(render(field, e, depth+1))
		}
		return "CASE WHEN " + x + " IS NULL THEN NULL ELSE '{' || " + strings.Join(parts, " || ', ' || ") + " || '}' END"
	}
	return "CAST(" + x + " AS VARCHAR)"
}

func orNull(x string) string { return "coalesce(" + x + ", 'null')" }

// QuoteText makes a SQL string literal.
func QuoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// QuoteName makes a delimited SQL identifier.
func QuoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
