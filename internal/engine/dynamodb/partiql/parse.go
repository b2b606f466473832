package partiql

import "strings"

// parser walks over the tokens. A failed parse leaves what was understood.
type parser struct {
	text   string
	tokens []token
	at     int
	marks  int // ? seen so far
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if t.kind != end {
		p.at++
	}
	if t.kind == mark {
		p.marks++
	}
	return t
}

func (p *parser) accept(s string) bool {
	if p.peek().is(s) {
		p.at++
		return true
	}
	return false
}

func (p *parser) acceptWord(words ...string) bool {
	if p.peek().keyword(words...) {
		p.at++
		return true
	}
	return false
}

// Parse reads one statement, which may end with a semicolon.
func Parse(text string) Statement {
	p := &parser{text: text, tokens: lex(text)}
	s := Statement{Text: text}
	first := p.next()
	if first.kind == end {
		return s
	}
	s.Verb = strings.ToUpper(first.text)
	switch s.Verb {
	case "SELECT":
		p.selectStatement(&s)
	case "EXISTS":
		if p.accept("(") && p.acceptWord("SELECT") {
			p.skipTo("FROM")
			p.source(&s)
		}
	case "INSERT":
		p.acceptWord("INTO")
		s.Table = p.tableName()
	case "UPDATE":
		s.Table = p.tableName()
		p.write(&s)
	case "DELETE":
		p.acceptWord("FROM")
		s.Table = p.tableName()
		p.write(&s)
	}
	return s
}

func (p *parser) tableName() string {
	if p.peek().name() {
		return p.next().text
	}
	return ""
}

// write reads the condition and RETURNING of an UPDATE or DELETE.
func (p *parser) write(s *Statement) {
	if p.skipTo("WHERE", "RETURNING") && p.acceptWord("WHERE") {
		s.Where, s.Unclear = p.condition("RETURNING")
	}
	s.Returning = p.skipTo("RETURNING")
}

// since is the text from begin to the end of the last token read.
func (p *parser) since(begin int) string {
	return p.text[begin:max(begin, p.tokens[max(p.at-1, 0)].stop)]
}

// skipTo moves to the next of the words outside brackets.
func (p *parser) skipTo(words ...string) bool {
	depth := 0
	for ; p.peek().kind != end; p.next() {
		t := p.peek()
		switch {
		case t.is("(") || t.is("[") || t.is("{") || t.is("<<"):
			depth++
		case t.is(")") || t.is("]") || t.is("}") || t.is(">>"):
			depth--
		case depth <= 0 && t.keyword(words...):
			return true
		}
	}
	return false
}

// source reads FROM "table"."index" and leaves the parser behind it.
func (p *parser) source(s *Statement) (from string) {
	if !p.acceptWord("FROM") {
		return ""
	}
	begin := p.peek().start
	s.Table = p.tableName()
	if p.accept(".") {
		s.Index = p.tableName()
	}
	return p.since(begin)
}

func (p *parser) selectStatement(s *Statement) {
	sel := &Select{Limit: -1}
	listAt := p.at
	sel.Distinct = p.acceptWord("DISTINCT")
	ok := p.list(sel)
	if !ok || !p.peek().keyword("FROM") {
		ok = false
		p.at = listAt
		if !p.skipTo("FROM") {
			return
		}
	}
	sel.from = p.source(s)
	ok = ok && sel.from != ""
	if p.acceptWord("WHERE") {
		begin := p.peek().start
		s.Where, s.Unclear = p.condition(clauses...)
		sel.where = p.since(begin)
		ok = ok && sel.where != ""
	}
	if ok = ok && p.clauses(sel); ok {
		s.Select = sel
	}
}

var clauses = []string{"GROUP", "HAVING", "ORDER", "LIMIT"}

// clauses reads GROUP BY, HAVING, ORDER BY and LIMIT to the statement's end.
func (p *parser) clauses(sel *Select) bool {
	if p.acceptWord("GROUP") {
		if !p.acceptWord("BY") {
			return false
		}
		for {
			path, ok := p.path()
			if !ok {
				return false
			}
			sel.GroupBy = append(sel.GroupBy, path)
			if !p.accept(",") {
				break
			}
		}
	}
	if p.acceptWord("HAVING") {
		var unclear bool
		if sel.Having, unclear = p.condition(clauses...); unclear {
			return false
		}
	}
	if p.acceptWord("ORDER") && !p.orderBy(sel) {
		return false
	}
	if p.acceptWord("LIMIT") {
		t := p.next()
		if t.kind != number {
			return false
		}
		n := int64(0)
		for _, c := range []byte(t.text) {
			if !digit(c) || n > 1<<53 {
				return false
			}
			n = n*10 + int64(c-'0')
		}
		sel.Limit = n
	}
	p.accept(";")
	return p.peek().kind == end
}

func (p *parser) orderBy(sel *Select) bool {
	if !p.acceptWord("BY") {
		return false
	}
	begin := p.peek().start
	for {
		it, ok := p.item()
		if !ok {
			return false
		}
		o := Order{Item: it}
		if p.acceptWord("DESC") {
			o.Descending = true
		} else {
			p.acceptWord("ASC")
		}
		sel.OrderBy = append(sel.OrderBy, o)
		if !p.accept(",") {
			sel.order = p.since(begin)
			return true
		}
	}
}

// list reads the SELECT list.
func (p *parser) list(sel *Select) bool {
	if p.accept("*") {
		sel.Star = true
		return true
	}
	for {
		it, ok := p.item()
		if !ok {
			return false
		}
		if p.acceptWord("AS") {
			if !p.peek().name() {
				return false
			}
			it.Name, it.Aliased = p.next().text, true
		}
		sel.Items = append(sel.Items, it)
		if !p.accept(",") {
			return true
		}
	}
}

// item reads an attribute, an aggregate, or another function as text.
func (p *parser) item() (Item, bool) {
	t := p.peek()
	if t.kind == word && p.tokens[p.at+1].is("(") {
		if t.keyword("COUNT", "SUM", "AVG", "MIN", "MAX") {
			return p.aggregate()
		}
		return p.function()
	}
	path, ok := p.path()
	return Item{Path: path, Name: path.Last()}, ok
}

func (p *parser) aggregate() (Item, bool) {
	begin := p.peek().start
	it := Item{Aggregate: strings.ToUpper(p.next().text)}
	p.accept("(")
	it.Distinct = p.acceptWord("DISTINCT")
	if !(it.Aggregate == "COUNT" && !it.Distinct && p.accept("*")) {
		path, ok := p.path()
		if !ok {
			return it, false
		}
		it.Path = path
	}
	if !p.accept(")") {
		return it, false
	}
	it.Name = strings.ToLower(strings.Join(strings.Fields(p.since(begin)), " "))
	return it, true
}

// function takes a call such as size(a) as text.
func (p *parser) function() (Item, bool) {
	begin, depth := p.next().start, 0
	for {
		t := p.next()
		switch {
		case t.kind == end:
			return Item{}, false
		case t.is("("):
			depth++
		case t.is(")"):
			if depth--; depth == 0 {
				text := p.text[begin:t.stop]
				return Item{Text: text, Name: text}, true
			}
		}
	}
}

// path reads a.b[0]."c".
func (p *parser) path() (Path, bool) {
	if !p.peek().name() || p.peek().broken || p.peek().keyword(reserved...) {
		return nil, false
	}
	path := Path{{Name: p.next().text}}
	for {
		switch {
		case p.accept("."):
			if !p.peek().name() {
				return nil, false
			}
			path = append(path, Step{Name: p.next().text})
		case p.peek().is("[") && p.tokens[p.at+1].kind == number && p.tokens[p.at+2].is("]"):
			n := 0
			for _, c := range []byte(p.tokens[p.at+1].text) {
				if !digit(c) || n > 1<<20 {
					return nil, false
				}
				n = n*10 + int(c-'0')
			}
			path = append(path, Step{Index: n})
			p.at += 3
		default:
			return path, true
		}
	}
}

// reserved are the words that end a path's place when they stand unquoted.
var reserved = []string{"FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "AND", "OR", "NOT", "IN", "BETWEEN", "IS", "AS", "SELECT", "BY",
	"DISTINCT", "NULL", "TRUE", "FALSE"}
