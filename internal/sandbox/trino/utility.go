package trino

import (
	"slices"
)

func (p *parser) show() error {
	p.i++
	switch {
	case p.eat("databases"), p.eat("schemas"):
		p.Verb = ShowDatabases
		if p.eat("in") || p.eat("from") {
			if err := p.name(); err != nil {
				return err
			}
		}
		return p.like()
	case p.eat("tables"), p.eat("views"):
		p.Verb = ShowTables
		if p.toks[p.i-1].is("views") {
			p.Verb = ShowViews
		}
		if p.eat("in") || p.eat("from") {
			if err := p.name(); err != nil {
				return err
			}
		}
		return p.like()
	case p.eat("columns"):
		p.Verb = ShowColumns
		return p.showColumns()
	case p.eat("partitions"):
		p.Verb = ShowPartitions
		_ = p.eat("from") || p.eat("in")
		return p.nameThenEnd()
	case p.eat("create", "table"):
		p.Verb = ShowCreateTable
		return p.nameThenEnd()
	case p.eat("create", "view"):
		p.Verb = ShowCreateView
		return p.nameThenEnd()
	case p.eat("tblproperties"):
		p.Verb = ShowProperties
		return p.nameThenEnd()
	}
	return p.mismatch("'COLUMNS', 'CREATE', 'DATABASES', 'PARTITIONS', 'SCHEMAS', 'TABLES', 'TBLPROPERTIES', 'VIEWS'")
}

// showColumns reads {FROM|IN} t [{FROM|IN} database].
func (p *parser) showColumns() error {
	if !p.eat("from") && !p.eat("in") {
		return p.mismatch("'FROM', 'IN'")
	}
	if err := p.name(); err != nil {
		return err
	}
	if p.eat("from") || p.eat("in") {
		table := p.Name
		if err := p.name(); err != nil {
			return err
		}
		p.Name = Name{Parts: slices.Concat(p.Name.Parts, table.Parts), Pos: table.Pos}
	}
	return p.finish()
}

// like reads [LIKE] 'pattern' at the end of SHOW.
func (p *parser) like() error {
	p.eat("like")
	if t := p.peek(); t.kind == text {
		p.Like = t.value
		p.i++
	}
	return p.finish()
}

func (p *parser) explain() error {
	p.Verb = Explain
	p.i++
	p.Analyze = p.eat("analyze")
	if p.eat("(") {
		for !p.eat(")") {
			if p.i >= len(p.toks) {
				return p.mismatch("')'")
			}
			p.i++
		}
	}
	_ = p.eat("verbose")
	return p.query()
}

// prepared reads PREPARE n FROM s, EXECUTE n [USING v, ...] and DEALLOCATE
// PREPARE n.
func (p *parser) prepared() error {
	switch {
	case p.eat("deallocate", "prepare"):
		p.Verb = Deallocate
		return p.nameThenEnd()
	case p.eat("prepare"):
		p.Verb = Prepare
		if err := p.name(); err != nil {
			return err
		}
		if err := p.need("from"); err != nil {
			return err
		}
		if p.i >= len(p.toks) {
			return p.mismatch(startsOf)
		}
		p.body = [2]int{p.i, len(p.toks)}
		return nil
	}
	if err := p.need("execute"); err != nil {
		return err
	}
	p.Verb = Execute
	if err := p.name(); err != nil {
		return err
	}
	if p.i == len(p.toks) {
		return nil
	}
	if err := p.need("using"); err != nil {
		return err
	}
	e := emitter{src: p.SQL, toks: p.toks, ctes: map[string]bool{}}
	if err := e.prepare(); err != nil {
		return err
	}
	for _, part := range e.split(p.i, len(p.toks)) {
		if part[0] >= part[1] {
			return e.mismatch(part[0], "<expression>")
		}
		last := p.toks[part[1]-1]
		p.Params = append(p.Params, p.SQL[p.toks[part[0]].pos:last.pos+len(last.text)])
	}
	return nil
}
