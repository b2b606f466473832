package rsql

import "fmt"

// node is a token, or a group: what stands between ( and ), [ and ], or CASE
// and END.
type node struct {
	tok   Token // the token, or what opens the group
	group byte  // 0 for a token, '(', '[' or 'c'
	kids  []node
	end   Token // what closes the group

	as    string // SQL of a value of the same type, when that is known
	depth int    // of divisions in it
}

func (n node) is(text string) bool { return n.group == 0 && n.tok.Is(text) }

// paren tells a parenthesis.
func (n node) paren() bool { return n.group == '(' }

// name is the identifier that n is, or "".
func (n node) name() string {
	if n.group != 0 {
		return ""
	}
	switch n.tok.Kind {
	case Word:
		return n.tok.Text
	case Quoted:
		return Unquote(n.tok.Text)
	}
	return ""
}

// parse groups tokens by their brackets.
func parse(tokens []Token) ([]node, error) {
	p := parser{tokens: tokens}
	return p.list("")
}

type parser struct {
	tokens []Token
	pos    int
	depth  int
}

// deepest is how far brackets may nest: the parser, and all that follows, walks
// them by recursion.
const deepest = 500

func (p *parser) list(until string) ([]node, error) {
	var out []node
	for p.pos < len(p.tokens) {
		t := p.tokens[p.pos]
		afterDot := p.pos > 0 && p.tokens[p.pos-1].Is(".")
		p.pos++
		if until != "" && t.Is(until) && !afterDot {
			return append(out, node{tok: t}), nil // the caller takes the closer off again
		}
		closer, group := "", byte(0)
		switch {
		case t.Is("("):
			closer, group = ")", '('
		case t.Is("["):
			closer, group = "]", '['
		case t.Is("case") && !afterDot:
			closer, group = "end", 'c'
		case t.Is(")"), t.Is("]"):
			return nil, &SyntaxError{Message: fmt.Sprintf("syntax error at or near \"%s\"", t.Text), Pos: t.Pos}
		}
		if group == 0 {
			out = append(out, node{tok: t})
			continue
		}
		if p.depth++; p.depth > deepest {
			return nil, &SyntaxError{Message: "stack depth limit exceeded", Pos: t.Pos, Code: "54001"}
		}
		kids, err := p.list(closer)
		if err != nil {
			return nil, err
		}
		p.depth--
		last := len(kids) - 1
		out = append(out, node{tok: t, group: group, kids: kids[:last], end: kids[last].tok})
	}
	if until != "" {
		last := p.tokens[len(p.tokens)-1]
		return nil, &SyntaxError{Message: "syntax error at end of input", Pos: last.Pos + len(last.Text)}
	}
	return out, nil
}

// split cuts nodes at the commas of their own level.
func split(ns []node) [][]node {
	if len(ns) == 0 {
		return nil
	}
	var out [][]node
	start := 0
	for i, n := range ns {
		if n.is(",") {
			out = append(out, ns[start:i])
			start = i + 1
		}
	}
	return append(out, ns[start:])
}

// The makers of nodes that the source does not have. They take the position of
// what they stand for.

func op(text string, pos int) node   { return node{tok: Token{Kind: Op, Text: text, Pos: pos}} }
func word(text string, pos int) node { return node{tok: Token{Kind: Word, Text: text, Pos: pos}} }
func str(text string, pos int) node {
	return node{tok: Token{Kind: String, Text: Quote(text), Pos: pos}}
}

// raw is SQL that is written as it stands.
func raw(sql string, pos int) node { return op(sql, pos) }

// value is SQL of ours that stands for a value.
func value(sql string, pos int) node { return node{tok: Token{Kind: String, Text: sql, Pos: pos}} }

func group(kids []node, pos int) node {
	return node{tok: Token{Kind: Op, Text: "(", Pos: pos}, group: '(', kids: kids, end: Token{Kind: Op, Text: ")", Pos: pos}}
}

// call makes f(args...).
func call(f string, pos int, args ...[]node) []node {
	return []node{raw(f, pos), group(join(args, ",", pos), pos)}
}

// join puts a separator between lists.
func join(lists [][]node, separator string, pos int) []node {
	var out []node
	for i, l := range lists {
		if i > 0 {
			out = append(out, op(separator, pos))
		}
		out = append(out, l...)
	}
	return out
}

// posOf is where a list of nodes begins.
func posOf(ns []node, otherwise int) int {
	if len(ns) == 0 {
		return otherwise
	}
	return ns[0].tok.Pos
}
