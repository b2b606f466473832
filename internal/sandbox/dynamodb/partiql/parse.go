package partiql

import (
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/expr"
)

const notWellFormed attr.Refusal = "Statement wasn't well formed, can't be processed: "

// Parse reads one statement and puts the parameters in their places. The error
// is an attr.Refusal.
func Parse(statement string, params []attr.Value) (Statement, error) {
	toks, ok := lex(statement)
	if !ok {
		return nil, notWellFormed
	}
	p := &parser{toks: toks, params: params}
	s := p.statement()
	p.accept(";")
	if p.peek().kind != end {
		p.malformed("Unexpected token after expression")
	}
	if p.err == nil && p.used != len(params) {
		p.refuse("Number of parameters in request and statement don't match.")
	}
	if p.err != nil {
		return nil, p.err
	}
	return s, nil
}

// parser keeps the first error and then stands at the end, so that every loop
// ends.
type parser struct {
	toks   []token
	at     int
	params []attr.Value
	used   int
	err    error
}

func (p *parser) refuse(message attr.Refusal) {
	if p.err == nil {
		p.err = message
	}
	p.at = len(p.toks) - 1
}

func (p *parser) malformed(detail attr.Refusal) { p.refuse(notWellFormed + detail) }

func (p *parser) refuseAt(message string, t token) {
	p.refuse(attr.Refusal(message + " at " + t.place()))
}

func (p *parser) peek() token { return p.toks[p.at] }

func (p *parser) ahead() token { return p.toks[min(p.at+1, len(p.toks)-1)] }

func (p *parser) next() token {
	t := p.toks[p.at]
	if t.kind != end {
		p.at++
	}
	return t
}

func (p *parser) accept(s string) bool {
	if p.peek().is(s) {
		p.next()
		return true
	}
	return false
}

func (p *parser) expect(s string) {
	if !p.accept(s) {
		p.malformed(attr.Refusal("Expected " + s))
	}
}

func (p *parser) statement() Statement {
	switch t := p.next(); {
	case t.is("SELECT"):
		return p.selectStatement()
	case t.is("INSERT"):
		return p.insert()
	case t.is("UPDATE"):
		u := &Update{Table: p.tableName()}
		p.noAlias()
		u.Changes = p.changes()
		if p.accept("WHERE") {
			u.Where = p.where()
		}
		u.Returning = p.returning()
		return u
	case t.is("FROM"):
		u := &Update{Table: p.tableName()}
		p.noAlias()
		if p.accept("WHERE") {
			u.Where = p.where()
		}
		u.Changes = p.changes()
		u.Returning = p.returning()
		return u
	case t.is("DELETE"):
		p.expect("FROM")
		d := &Delete{Table: p.tableName()}
		p.noAlias()
		if p.accept("WHERE") {
			d.Where = p.where()
		}
		d.Returning = p.returning()
		return d
	case t.is("EXISTS"):
		p.expect("(")
		p.expect("SELECT")
		e := &Exists{p.selectStatement()}
		p.expect(")")
		return e
	}
	p.malformed("Expected data manipulation")
	return nil
}

// noAlias refuses a name behind a table.
func (p *parser) noAlias() {
	if t := p.peek(); t.is("AS") || t.kind == quoted || t.kind == word && !Keyword(t.text) {
		p.refuse("Aliasing is not supported")
	}
}

func (p *parser) tableName() string {
	table, index := p.source()
	if index != "" {
		p.refuse("Data manipulation statements are not supported on indexes")
	}
	return table
}

// source reads "table" or "table"."index".
func (p *parser) source() (table, index string) {
	parts := []string{p.name("Expected identifier")}
	for p.accept(".") {
		parts = append(parts, p.name("Invalid path dot component"))
	}
	if len(parts) > 2 {
		p.refuse("A path may contain at most 2 components in the FROM clause")
	}
	for _, part := range parts {
		if part == "" {
			p.refuse("Path component cannot be an empty string")
		}
	}
	if len(parts) == 2 {
		return parts[0], parts[1]
	}
	return parts[0], ""
}

func (p *parser) name(complaint attr.Refusal) string {
	t := p.peek()
	switch {
	case t.kind == quoted || t.kind == word && !Keyword(t.text):
		return p.next().text
	case t.kind == word && complaint == "Expected identifier":
		p.malformed("Unexpected keyword")
	default:
		p.malformed(complaint)
	}
	return ""
}

func (p *parser) selectStatement() *Select {
	s := &Select{}
	if !p.accept("*") {
		s.Columns = p.columns()
	}
	p.expect("FROM")
	s.Table, s.Index = p.source()
	if p.peek().is(",") || p.peek().is("JOIN") || p.peek().is("INNER") || p.peek().is("LEFT") || p.peek().is("CROSS") {
		p.refuse("Only select from a single table or index is supported.")
	}
	p.noAlias()
	if p.accept("WHERE") {
		s.Where = p.where()
	}
	p.unsupportedClause()
	if p.accept("ORDER") {
		p.expect("BY")
		s.OrderBy = p.orderBy()
	}
	p.unsupportedClause()
	return s
}

func (p *parser) unsupportedClause() {
	t := p.peek()
	switch {
	case t.is("LIMIT") || t.is("OFFSET") || t.is("HAVING"):
		p.refuseAt("Unsupported clause: "+upper(t.text), p.ahead())
	case t.is("GROUP"):
		p.refuseAt("Unsupported clause: GROUP BY", t)
	}
}

func (p *parser) columns() []expr.Path {
	var out []expr.Path
	for {
		t := p.peek()
		if t.kind == word && p.ahead().is("(") {
			p.refuseAt("Unexpected path component", t)
			return nil
		}
		out = append(out, p.path())
		if p.accept("AS") {
			p.refuse("Aliasing is not supported")
		}
		if !p.accept(",") {
			return out
		}
	}
}

func (p *parser) orderBy() []Order {
	var out []Order
	for {
		o := Order{Name: p.name("Expected identifier")}
		if p.accept("DESC") {
			o.Desc = true
		} else {
			p.accept("ASC")
		}
		out = append(out, o)
		if !p.accept(",") {
			return out
		}
	}
}

func (p *parser) insert() Statement {
	p.expect("INTO")
	in := &Insert{Table: p.tableName()}
	if t := p.peek(); t.kind == word && !Keyword(t.text) || t.kind == quoted {
		p.malformed("Unexpected token after expression")
	}
	if !p.accept("VALUE") {
		p.malformed("Expected VALUE")
		return in
	}
	v := p.literal(item)
	if v.Type() != attr.M {
		p.malformed("Expected an item after VALUE")
	}
	in.Item = v.Map()
	return in
}

func (p *parser) changes() expr.Update {
	var u expr.Update
	for p.err == nil {
		switch {
		case p.accept("SET"):
			u = append(u, p.assignment())
			for p.accept(",") {
				u = append(u, p.assignment())
			}
		case p.accept("REMOVE"):
			u = append(u, expr.Action{Verb: expr.Remove, Path: p.path()})
			for p.accept(",") {
				u = append(u, expr.Action{Verb: expr.Remove, Path: p.path()})
			}
		case len(u) == 0:
			p.malformed("Expected data manipulation")
		default:
			return u
		}
	}
	return u
}

func (p *parser) returning() Returning {
	if !p.accept("RETURNING") {
		return ""
	}
	which, when := p.next(), p.next()
	p.expect("*")
	r := Returning(upper(which.text) + " " + upper(when.text) + " *")
	switch r {
	case AllOld, AllNew, ModifiedOld, ModifiedNew:
		return r
	}
	p.malformed("Expected a returning clause")
	return ""
}
