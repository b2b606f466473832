package trino

import (
	"fmt"
	"strconv"
	"strings"
)

// typ reads a type in Trino's or in Hive's spelling.
func (p *parser) typ() (Type, error) {
	t := p.peek()
	if t.kind != word && t.kind != quoted {
		return Type{}, p.mismatch("<type>")
	}
	p.i++
	var out Type
	var err error
	switch t.value {
	case "array", "map", "row", "struct":
		out, err = p.nested(t.value)
	case "decimal", "numeric", "dec":
		out = Type{Kind: Decimal, Width: 38}
		if t.value == "decimal" && !p.peek().is("(") {
			out.Width = 10 // Hive's default; Trino's own is 38, of which Athena's cast documentation says nothing
		}
		out.Width, out.Scale, err = p.sizes(out.Width, 0)
	case "varchar", "char":
		out = Type{Kind: Kind(t.value)}
		out.Width, _, err = p.sizes(0, 0)
		if out.Kind == Char && out.Width == 0 {
			out.Width = 1
		}
	case "timestamp", "time":
		out = Type{Kind: Kind(t.value)}
		if _, _, err = p.sizes(0, 0); err == nil && p.eat("with", "time", "zone") {
			out.Kind += " with time zone"
		}
		p.eat("without", "time", "zone")
	case "double":
		p.eat("precision")
		out = Type{Kind: Double}
	case "interval":
		out = Type{Kind: IntervalDS}
		if p.eat("year", "to", "month") {
			out.Kind = IntervalYM
		} else {
			p.eat("day", "to", "second")
		}
	default:
		kind, known := scalarType(t.value)
		if !known {
			return Type{}, failAt(p.SQL, t.pos, "SYNTAX_ERROR", "Unknown type: %s", t.value)
		}
		out = Type{Kind: kind}
	}
	for err == nil && p.eat("array") {
		out = Type{Kind: Array, Elem: []Type{out}}
	}
	return out, err
}

func scalarType(name string) (Kind, bool) {
	switch name {
	case "string", "ipaddress":
		return Varchar, true
	case "int":
		return Integer, true
	case "float":
		return Real, true
	case "binary":
		return Varbinary, true
	case "boolean", "tinyint", "smallint", "integer", "bigint", "real", "varbinary", "date", "json", "uuid", "unknown":
		return Kind(name), true
	}
	return "", false
}

// nested reads the inside of array(T), map<K,V>, row(a T, ...), struct<a:T>.
func (p *parser) nested(name string) (Type, error) {
	closing := ")"
	if p.eat("<") {
		closing = ">"
	} else if err := p.need("("); err != nil {
		return Type{}, err
	}
	out := Type{Kind: Kind(name)}
	if name == "struct" {
		out.Kind = Row
	}
	for {
		if out.Kind == Row {
			out.Fields = append(out.Fields, Field{p.fieldName()})
		}
		inner, err := p.typ()
		if err != nil {
			return Type{}, err
		}
		out.Elem = append(out.Elem, inner)
		if p.eat(closing) {
			break
		}
		if err := p.need(","); err != nil {
			return Type{}, err
		}
	}
	if out.Kind == Array && len(out.Elem) != 1 || out.Kind == Map && len(out.Elem) != 2 {
		return Type{}, p.mismatch(fmt.Sprintf("the element types of %s", name))
	}
	return out, nil
}

// fieldName takes the name of a row field, if it has one.
func (p *parser) fieldName() string {
	if p.i+1 >= len(p.toks) {
		return ""
	}
	t, next := p.toks[p.i], p.toks[p.i+1]
	named := (t.kind == word || t.kind == quoted) && (next.kind == word || next.kind == quoted || next.is(":"))
	if !named || t.is("timestamp") && next.is("with") || t.is("double") && next.is("precision") {
		return ""
	}
	p.i++
	p.eat(":")
	return strings.ToLower(t.value)
}

// sizes reads (n) or (n, m) if it is there.
func (p *parser) sizes(width, scale int) (int, int, error) {
	if !p.eat("(") {
		return width, scale, nil
	}
	for n, into := range []*int{&width, &scale} {
		value, err := strconv.Atoi(p.peek().text)
		if err != nil {
			return 0, 0, p.mismatch("<integer>")
		}
		*into = value
		p.i++
		if n == 0 && !p.eat(",") {
			break
		}
	}
	return width, scale, p.need(")")
}

// Duck spells the type for DuckDB.
func (t Type) Duck() string {
	switch t.Kind {
	case Real:
		return "FLOAT"
	case Varchar, Char:
		return "VARCHAR"
	case Varbinary:
		return "BLOB"
	case Decimal:
		return fmt.Sprintf("DECIMAL(%d,%d)", t.Width, t.Scale)
	case Array:
		return t.Elem[0].Duck() + "[]"
	case Map:
		return "MAP(" + t.Elem[0].Duck() + ", " + t.Elem[1].Duck() + ")"
	case Row:
		parts := make([]string, len(t.Elem))
		for i, e := range t.Elem {
			name := t.Fields[i].Name
			if name == "" {
				name = fmt.Sprintf("field%d", i)
			}
			parts[i] = QuoteName(name) + " " + e.Duck()
		}
		return "STRUCT(" + strings.Join(parts, ", ") + ")"
	case IntervalDS, IntervalYM:
		return "INTERVAL"
	case Unknown:
		return "INTEGER"
	}
	return strings.ToUpper(string(t.Kind))
}
