package trino

import (
	"fmt"
	"strconv"
	"strings"
)

// Type is a column type, read from DuckDB's spelling or from Athena's.
type Type struct {
	Kind   Kind
	Width  int     // decimals: precision; varchar and char: declared length, 0 when unbounded
	Scale  int     // decimals
	Elem   []Type  // array: the element; map: key and value; row: the fields
	Fields []Field // row: names, "" for an anonymous field
	Zone   string  // timestamp with time zone held as local time: the zone to show
}

// Field names one member of a row.
type Field struct{ Name string }

// Kind is the family of a type, spelled as Athena's GetQueryResults does.
type Kind string

// The kinds of types that Athena returns.
const (
	Boolean     Kind = "boolean"
	TinyInt     Kind = "tinyint"
	SmallInt    Kind = "smallint"
	Integer     Kind = "integer"
	BigInt      Kind = "bigint"
	Real        Kind = "real" // ResultSetMetadata calls it float
	Double      Kind = "double"
	Decimal     Kind = "decimal"
	Varchar     Kind = "varchar"
	Char        Kind = "char"
	Varbinary   Kind = "varbinary"
	Date        Kind = "date"
	Time        Kind = "time"
	TimeTZ      Kind = "time with time zone"
	Timestamp   Kind = "timestamp"
	TimestampTZ Kind = "timestamp with time zone"
	IntervalYM  Kind = "interval year to month"
	IntervalDS  Kind = "interval day to second"
	JSON        Kind = "json"
	UUID        Kind = "uuid"
	Array       Kind = "array"
	Map         Kind = "map"
	Row         Kind = "row"
	Unknown     Kind = "unknown"
)

// duckNames maps DuckDB's scalar type names. Unsigned and 128-bit integers,
// which Athena lacks, take the type that its own function would have returned.
func duckKind(name string) (Kind, bool) {
	switch name {
	case "BOOLEAN":
		return Boolean, true
	case "TINYINT":
		return TinyInt, true
	case "SMALLINT", "UTINYINT":
		return SmallInt, true
	case "INTEGER", "USMALLINT":
		return Integer, true
	case "BIGINT", "UINTEGER", "HUGEINT", "UBIGINT", "UHUGEINT", "BIGNUM":
		return BigInt, true
	case "FLOAT":
		return Real, true
	case "DOUBLE":
		return Double, true
	case "VARCHAR", "BIT":
		return Varchar, true
	case "BLOB":
		return Varbinary, true
	case "DATE":
		return Date, true
	case "TIME", "TIME_NS":
		return Time, true
	case "TIME WITH TIME ZONE":
		return TimeTZ, true
	case "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS":
		return Timestamp, true
	case "TIMESTAMP WITH TIME ZONE":
		return TimestampTZ, true
	case "INTERVAL":
		return IntervalDS, true
	case "JSON":
		return JSON, true
	case "DECIMAL":
		return Decimal, true
	case "UUID":
		return UUID, true
	case `"NULL"`, "NULL":
		return Unknown, true
	}
	return Varchar, false
}

// DuckType reads a type as DuckDB's DESCRIBE spells it:
// STRUCT(sku VARCHAR, price DECIMAL(10,2))[]. What Athena has no counterpart
// for becomes varchar.
func DuckType(text string) Type {
	p := &typeReader{text: text}
	return p.read()
}

// DataType reads the type of a column of a person's own file. Unlike in
// DuckType, integers that bigint cannot hold become decimals that can, so that
// no value is lost: UBIGINT decimal(20,0), HUGEINT decimal(38,0).
func DataType(text string) Type {
	p := &typeReader{text: text, exact: true}
	return p.read()
}

type typeReader struct {
	text  string
	at    int
	exact bool // integers wider than 64 bits keep their values
}

// wide is the type of the integers that do not fit a bigint.
func wide(word string) (Type, bool) {
	switch word {
	case "UBIGINT":
		return Type{Kind: Decimal, Width: 20}, true
	case "HUGEINT":
		return Type{Kind: Decimal, Width: 38}, true
	case "UHUGEINT", "BIGNUM":
		return Type{Kind: Varchar}, true
	}
	return Type{}, false
}

func (p *typeReader) read() Type {
	word := strings.ToUpper(p.word())
	var t Type
	switch {
	case word == "STRUCT" && p.eat('('):
		t = p.fields()
	case word == "MAP" && p.eat('('):
		key := p.read()
		p.eat(',')
		value := p.read()
		p.eat(')')
		t = Type{Kind: Map, Elem: []Type{key, value}}
	case word == "DECIMAL" && p.eat('('):
		width, scale := p.number(), 0
		if p.eat(',') {
			scale = p.number()
		}
		p.eat(')')
		t = Type{Kind: Decimal, Width: width, Scale: scale}
	case (word == "ENUM" || word == "UNION") && p.eat('('):
		p.skipGroup()
		t = Type{Kind: Varchar}
	default:
		kind, _ := duckKind(word)
		t = Type{Kind: kind}
		if word == "DECIMAL" {
			t.Width, t.Scale = 18, 3
		}
		if big, ok := wide(word); ok && p.exact {
			t = big
		}
	}
	for p.eat('[') {
		p.number() // a fixed ARRAY has its size here
		p.eat(']')
		t = Type{Kind: Array, Elem: []Type{t}}
	}
	return t
}

// fields reads the inside of STRUCT(...), whose fields are `name TYPE`, or just
// TYPE when anonymous.
func (p *typeReader) fields() Type {
	t := Type{Kind: Row}
	for {
		p.space()
		start, name := p.at, ""
		if p.peek() == '"' {
			name = p.quoted()
			p.space()
		} else {
			for p.at < len(p.text) && !strings.ContainsRune(" (),[", rune(p.text[p.at])) {
				p.at++
			}
			name = p.text[start:p.at]
			named := p.peek() == ' ' && !p.multiWord(start)
			if !named {
				p.at, name = start, ""
			}
		}
		t.Fields = append(t.Fields, Field{name})
		t.Elem = append(t.Elem, p.read())
		if !p.eat(',') {
			p.eat(')')
			return t
		}
	}
}

// multiWord tells whether a type name with spaces begins at start.
func (p *typeReader) multiWord(start int) bool {
	rest := strings.ToUpper(p.text[start:min(len(p.text), start+len("TIMESTAMP WITH TIME ZONE"))])
	return strings.HasPrefix(rest, "TIMESTAMP WITH TIME ZONE") || strings.HasPrefix(rest, "TIME WITH TIME ZONE")
}

func (p *typeReader) word() string {
	p.space()
	if p.peek() == '"' {
		return `"` + p.quoted() + `"`
	}
	if p.multiWord(p.at) {
		end := strings.Index(strings.ToUpper(p.text[p.at:]), "ZONE") + len("ZONE")
		word := p.text[p.at : p.at+end]
		p.at += end
		return word
	}
	start := p.at
	for p.at < len(p.text) && !strings.ContainsRune(" (),[]", rune(p.text[p.at])) {
		p.at++
	}
	return p.text[start:p.at]
}

func (p *typeReader) quoted() string {
	p.at++
	var b strings.Builder
	for p.at < len(p.text) {
		c := p.text[p.at]
		p.at++
		if c == '"' {
			if p.peek() != '"' {
				break
			}
			p.at++
		}
		b.WriteByte(c)
	}
	return b.String()
}

func (p *typeReader) skipGroup() {
	for depth := 1; p.at < len(p.text) && depth > 0; p.at++ {
		switch p.text[p.at] {
		case '(':
			depth++
		case ')':
			depth--
		}
	}
}

func (p *typeReader) number() int {
	p.space()
	start := p.at
	for p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
		p.at++
	}
	n, err := strconv.Atoi(p.text[start:p.at])
	if err != nil {
		return 0
	}
	return n
}

func (p *typeReader) space() {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
}

func (p *typeReader) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *typeReader) eat(c byte) bool {
	p.space()
	if p.peek() != c {
		return false
	}
	p.at++
	return true
}

// String spells the type as Athena's typeof and SHOW COLUMNS do:
// array(row(sku varchar, price decimal(10,2))).
func (t Type) String() string {
	switch t.Kind {
	case Decimal:
		return fmt.Sprintf("decimal(%d,%d)", t.Width, t.Scale)
	case Varchar, Char:
		if t.Width > 0 {
			return fmt.Sprintf("%s(%d)", t.Kind, t.Width)
		}
	case Array:
		return "array(" + t.Elem[0].String() + ")"
	case Map:
		return "map(" + t.Elem[0].String() + ", " + t.Elem[1].String() + ")"
	case Row:
		parts := make([]string, len(t.Elem))
		for i, e := range t.Elem {
			parts[i] = strings.TrimSpace(t.Fields[i].Name + " " + e.String())
		}
		return "row(" + strings.Join(parts, ", ") + ")"
	case Timestamp:
		return "timestamp(3)"
	case TimestampTZ:
		return "timestamp(3) with time zone"
	}
	return string(t.Kind)
}

// Hive spells the type as Glue keeps it:
// array<struct<sku:string,price:decimal(10,2)>>.
func (t Type) Hive() string {
	switch t.Kind {
	case Integer:
		return "int"
	case Real:
		return "float"
	case Varbinary:
		return "binary"
	case Varchar, JSON, UUID, Unknown:
		if t.Width > 0 {
			return fmt.Sprintf("varchar(%d)", t.Width)
		}
		return "string"
	case Char:
		return fmt.Sprintf("char(%d)", t.Width)
	case Decimal:
		return fmt.Sprintf("decimal(%d,%d)", t.Width, t.Scale)
	case Array:
		return "array<" + t.Elem[0].Hive() + ">"
	case Map:
		return "map<" + t.Elem[0].Hive() + "," + t.Elem[1].Hive() + ">"
	case Row:
		parts := make([]string, len(t.Elem))
		for i, e := range t.Elem {
			name := t.Fields[i].Name
			if name == "" {
				name = fmt.Sprintf("field%d", i)
			}
			parts[i] = name + ":" + e.Hive()
		}
		return "struct<" + strings.Join(parts, ",") + ">"
	case Timestamp, TimestampTZ:
		return "timestamp"
	case Time, TimeTZ, IntervalDS, IntervalYM:
		return "string"
	}
	return string(t.Kind)
}

// ResultType is the name, precision and scale that ResultSetMetadata gives a
// column. Nested types are only array, map or row there.
func (t Type) ResultType() (name string, precision, scale int) {
	switch t.Kind {
	case Boolean:
		return "boolean", 0, 0
	case TinyInt:
		return "tinyint", 3, 0
	case SmallInt:
		return "smallint", 5, 0
	case Integer:
		return "integer", 10, 0
	case BigInt:
		return "bigint", 19, 0
	case Real:
		return "float", 17, 0
	case Double:
		return "double", 17, 0
	case Decimal:
		return "decimal", t.Width, t.Scale
	case Varchar, Char:
		if t.Width > 0 {
			return string(t.Kind), t.Width, 0
		}
		return string(t.Kind), 2147483647, 0
	case Varbinary:
		return "varbinary", 1073741824, 0
	case Timestamp, TimestampTZ, Time, TimeTZ:
		return string(t.Kind), 3, 0
	}
	return string(t.Kind), 0, 0
}
