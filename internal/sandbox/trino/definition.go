package trino

import (
	"fmt"
	"strconv"
	"strings"
)

func (p *parser) create() error {
	p.i++
	switch {
	case p.eat("database"), p.eat("schema"):
		p.Verb = CreateDatabase
		p.IfNotExists = p.eat("if", "not", "exists")
		if err := p.name(); err != nil {
			return err
		}
		return p.tableOptions()
	case p.eat("or", "replace", "view"):
		p.Replace = true
		return p.createView()
	case p.eat("view"):
		return p.createView()
	case p.eat("external", "table"):
		p.Verb = CreateTable
		return p.createTable()
	case p.eat("table"):
		p.IfNotExists = p.eat("if", "not", "exists")
		if err := p.name(); err != nil {
			return err
		}
		if p.peek().is("as") || p.peek().is("with") {
			return p.createTableAs()
		}
		return Fail("", "line %s: mismatched input 'TABLE'. Expecting: 'EXTERNAL', 'OR', 'SCHEMA', 'VIEW'", place(p.SQL, p.toks[1].pos))
	}
	return p.mismatch("'DATABASE', 'EXTERNAL', 'OR', 'SCHEMA', 'TABLE', 'VIEW'")
}

func (p *parser) createView() error {
	p.Verb = CreateView
	if err := p.name(); err != nil {
		return err
	}
	if err := p.need("as"); err != nil {
		return err
	}
	return p.query()
}

func (p *parser) createTableAs() error {
	p.Verb = CreateTableAs
	if p.eat("with") {
		if err := p.with(); err != nil {
			return err
		}
	}
	if err := p.need("as"); err != nil {
		return err
	}
	return p.query()
}

// unload reads UNLOAD (query) TO 's3://...' WITH (format = 'PARQUET', ...).
func (p *parser) unload() error {
	p.Verb = Unload
	p.i++
	if err := p.need("("); err != nil {
		return err
	}
	e := emitter{src: p.SQL, toks: p.toks, ctes: map[string]bool{}}
	if err := e.prepare(); err != nil {
		return err
	}
	closing := e.match[p.i-1]
	if err := p.query(); err != nil {
		return err
	}
	p.body[1], p.i = closing, closing+1
	if err := p.need("to"); err != nil {
		return err
	}
	if p.peek().kind != text {
		return p.mismatch("<string>")
	}
	p.Location = p.peek().value
	p.i++
	if p.eat("with") {
		if err := p.with(); err != nil {
			return err
		}
	}
	return p.finish()
}

// with reads (name = value, ...); a value is a literal or ARRAY['a', 'b'].
func (p *parser) with() error {
	if err := p.need("("); err != nil {
		return err
	}
	for {
		key := p.peek()
		if key.kind != word && key.kind != quoted {
			return p.mismatch("<identifier>")
		}
		p.i++
		if err := p.need("="); err != nil {
			return err
		}
		value, list, err := p.propValue()
		if err != nil {
			return err
		}
		name := strings.ToLower(key.value)
		p.Props[name] = value
		switch name {
		case "partitioned_by", "partitioning":
			p.Partitioned = list
		case "external_location":
			p.Location = value
		case "format":
			p.Format = strings.ToUpper(value)
		}
		if p.eat(")") {
			return nil
		}
		if err := p.need(","); err != nil {
			return err
		}
	}
}

func (p *parser) propValue() (string, []string, error) {
	if p.eat("array", "[") {
		var list []string
		for !p.eat("]") {
			if p.peek().kind != text {
				return "", nil, p.mismatch("<string>")
			}
			list = append(list, strings.ToLower(p.peek().value))
			p.i++
			p.eat(",")
		}
		return strings.Join(list, ","), list, nil
	}
	t := p.peek()
	if t.kind == punct {
		return "", nil, p.mismatch("<expression>")
	}
	p.i++
	return t.value, nil, nil
}

// createTable reads the Hive form: columns, PARTITIONED BY, ROW FORMAT,
// STORED AS, LOCATION, TBLPROPERTIES.
func (p *parser) createTable() error {
	p.IfNotExists = p.eat("if", "not", "exists")
	if err := p.name(); err != nil {
		return err
	}
	var err error
	if p.Columns, err = p.columns(); err != nil {
		return err
	}
	return p.tableOptions()
}

func (p *parser) columns() ([]Column, error) {
	if err := p.need("("); err != nil {
		return nil, err
	}
	var out []Column
	for {
		t := p.peek()
		if t.kind != word && t.kind != quoted {
			return nil, p.mismatch("<identifier>")
		}
		p.i++
		typ, err := p.typ()
		if err != nil {
			return nil, err
		}
		c := Column{Name: strings.ToLower(t.value), Type: typ}
		if p.eat("comment") {
			c.Comment = p.peek().value
			p.i++
		}
		out = append(out, c)
		if p.eat(")") {
			return out, nil
		}
		if err := p.need(","); err != nil {
			return nil, err
		}
	}
}

// tableOptions reads the clauses after the columns, in any order.
func (p *parser) tableOptions() error {
	for p.i < len(p.toks) {
		var err error
		switch {
		case p.eat("comment"):
			err = p.literal(nil)
		case p.eat("partitioned", "by"):
			p.Partitions, err = p.columns()
		case p.eat("location"):
			err = p.literal(&p.Location)
		case p.eat("row", "format", "serde"):
			err = p.literal(&p.Serde)
		case p.eat("row", "format", "delimited"):
		case p.eat("fields", "terminated", "by"):
			err = p.literal(&p.Delimiter)
		case p.eat("escaped", "by"), p.eat("lines", "terminated", "by"), p.eat("null", "defined", "as"),
			p.eat("collection", "items", "terminated", "by"), p.eat("map", "keys", "terminated", "by"), p.eat("outputformat"):
			err = p.literal(nil)
		case p.eat("stored", "as", "inputformat"):
			err = p.literal(&p.Format)
		case p.eat("stored", "as"):
			p.Format = strings.ToUpper(p.peek().value)
			p.i++
		case p.eat("with", "serdeproperties"), p.eat("tblproperties"), p.eat("with", "dbproperties"):
			err = p.pairs()
		case p.eat("clustered", "by"):
			err = Fail("NOT_SUPPORTED", "the sandbox has no bucketed tables")
		default:
			err = p.mismatch("'COMMENT', 'LOCATION', 'PARTITIONED', 'ROW', 'STORED', 'TBLPROPERTIES', 'WITH', <EOF>")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) literal(into *string) error {
	t := p.peek()
	if t.kind != text && t.kind != quoted {
		return p.mismatch("<string>")
	}
	p.i++
	if into != nil {
		*into = t.value
	}
	return nil
}

// pairs reads ('key' = 'value', ...).
func (p *parser) pairs() error {
	if err := p.need("("); err != nil {
		return err
	}
	for {
		var key, value string
		if err := p.literal(&key); err != nil {
			return err
		}
		if err := p.need("="); err != nil {
			return err
		}
		if err := p.literal(&value); err != nil {
			return err
		}
		p.Props[strings.ToLower(key)] = value
		if p.eat(")") {
			return nil
		}
		if err := p.need(","); err != nil {
			return err
		}
	}
}

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

// Columns reads a list of column definitions: "id bigint, tags array<varchar>".
func Columns(definitions string) ([]Column, error) {
	sql := "(" + definitions + ")"
	toks, err := scan(sql)
	if err != nil {
		return nil, err
	}
	p := &parser{Statement: &Statement{SQL: sql, toks: toks}}
	columns, err := p.columns()
	if err != nil {
		return nil, err
	}
	return columns, p.finish()
}
