package trino

import (
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
		c, err := p.column()
		if err != nil {
			return nil, err
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

// column reads name type [COMMENT '...'].
func (p *parser) column() (Column, error) {
	t := p.peek()
	if t.kind != word && t.kind != quoted {
		return Column{}, p.mismatch("<identifier>")
	}
	p.i++
	typ, err := p.typ()
	if err != nil {
		return Column{}, err
	}
	c := Column{Name: strings.ToLower(t.value), Type: typ}
	if p.eat("comment") {
		c.Comment = p.peek().value
		p.i++
	}
	return c, nil
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
