package rsql

import (
	"strconv"
	"strings"
)

// scan walks one level of a statement from left to right.
type scan struct {
	*rewriter
	in  []node
	pos int
	out []node

	castKids bool // the level is the inside of CAST(x AS type)
}

func (s *scan) peek(ahead int) node {
	if i := s.pos + ahead; i >= 0 && i < len(s.in) {
		return s.in[i]
	}
	return node{}
}

func (s *scan) emit(ns ...node) { s.out = append(s.out, ns...) }

// step rewrites the construct at pos and moves past it.
func (s *scan) step() error {
	n := s.peek(0)
	afterDot := s.pos > 0 && s.peek(-1).is(".")
	switch {
	case n.group != 0:
		return s.bracket(n)
	case n.is("|/") || n.is("||/"):
		return s.root(n)
	case n.is("::"):
		return s.postfixCast()
	case n.tok.Kind == Param:
		s.pos++
		if s.Param == nil {
			s.emit(n)
			return nil
		}
		i, err := strconv.Atoi(n.tok.Text[1:])
		if err != nil {
			return &SyntaxError{Message: "there is no parameter " + n.tok.Text, Pos: n.tok.Pos}
		}
		s.emit(value(s.Param(i), n.tok.Pos))
		return nil
	case afterDot:
		s.pos++
		s.emit(n)
		return nil
	case n.is("#") && endsOperand(s.peek(-1)):
		return s.exclusiveOr(n)
	case n.is("~") && !endsOperand(s.peek(-1)): // of bits
		s.pos++
		s.emit(n)
		return nil
	case n.is("~"), n.is("!~"), n.is("~*"), n.is("!~*"):
		return s.regularMatch(n)
	case n.is("similar") && s.peek(1).is("to"):
		return s.similar(n)
	case n.name() != "":
		return s.name(n)
	}
	s.pos++
	s.emit(n)
	return nil
}

// root writes |/ x and ||/ x, the square and the cubic root.
func (s *scan) root(n node) error {
	to := operandEnd(s.in, s.pos+1)
	x, err := s.list(s.in[s.pos+1 : to])
	if err != nil {
		return err
	}
	s.pos = to
	f := "sqrt"
	if n.is("||/") {
		f = "cbrt"
	}
	s.emit(call(f, n.tok.Pos, castTo("CAST", n.tok.Pos, x, typeName{duck: "DOUBLE"}))...)
	return nil
}

// exclusiveOr writes a # b, which binds weaker than arithmetic.
func (s *scan) exclusiveOr(n node) error {
	to := operandEnd(s.in, s.pos+1)
	for to < len(s.in) && arithmetic(s.in[to]) {
		to = operandEnd(s.in, to+1)
	}
	right, err := s.list(s.in[s.pos+1 : to])
	if err != nil {
		return err
	}
	from := operandStart(s.out)
	for from > 1 && arithmetic(s.out[from-1]) && endsOperand(s.out[from-2]) {
		from = operandStart(s.out[:from-1])
	}
	left := append([]node(nil), s.out[from:]...)
	s.out, s.pos = s.out[:from], to
	s.emit(call("xor", n.tok.Pos, left, right)...)
	return nil
}

func (s *scan) bracket(n node) error {
	if prev := s.peek(-1); prev.is("pivot") {
		s.inPivot = true
		defer func() { s.inPivot = false }()
	}
	kids, err := s.list(n.kids)
	if err != nil {
		return err
	}
	n.kids = kids
	s.pos++
	s.emit(n)
	return nil
}

// name rewrites what begins with an identifier or keyword.
func (s *scan) name(n node) error {
	if n.tok.Kind == Word && (s.keyword(n) || s.typed(n)) {
		return nil
	}
	if n.tok.Kind == Word && s.peek(1).paren() {
		if done, err := s.call(n); done || err != nil {
			return err
		}
	}
	if s.relation(n) || s.path() {
		return nil
	}
	s.pos++
	if n.tok.Kind == Word && s.vars[n.tok.Text] { // the engine may reserve it, as it does array
		n.tok = Token{Kind: Quoted, Text: `"` + n.tok.Text + `"`, Pos: n.tok.Pos}
	}
	s.emit(n)
	return nil
}

// keyword rewrites words that stand alone.
func (s *scan) keyword(n node) bool {
	pos := n.tok.Pos
	constant := func(sql string) bool {
		s.pos++
		s.emit(value(sql, pos))
		return true
	}
	if s.peek(1).is(".") {
		return false
	}
	if s.inDefault {
		switch n.tok.Text {
		case "sysdate", "localtimestamp":
			return constant("CAST(now() AS TIMESTAMP)")
		case "current_timestamp", "current_date", "current_time":
			return false
		}
	}
	if sql, parens := s.clock(n.tok.Text); sql != "" {
		if parens && s.peek(1).paren() {
			s.pos++
		}
		return constant(sql)
	}
	switch n.tok.Text {
	case "minus":
		if s.peek(1).is("select") || s.peek(1).paren() || s.peek(1).is("all") {
			s.pos++
			s.emit(word("except", pos))
			return true
		}
	case "current_user", "session_user", "user":
		if n.tok.Text == "user" && !s.standsAlone() {
			return false
		}
		if s.peek(1).paren() && len(s.peek(1).kids) == 0 {
			s.pos++
		}
		return constant(Quote(s.User))
	case "approximate":
		s.approximate(pos)
		return true
	case "like", "ilike":
		return s.like(n)
	case "top": // the number moved to a LIMIT; see selectLists
		if s.topAt(s.pos) {
			s.pos += 2
			return true
		}
	}
	return false
}

// clock is the value of a keyword that tells the time of the transaction;
// parens says that empty parentheses may follow it.
func (s *scan) clock(keyword string) (sql string, parens bool) {
	switch keyword {
	case "sysdate", "localtimestamp":
		return timestamp(s.Began), false
	case "current_timestamp":
		return "TIMESTAMPTZ " + Quote(s.Began.UTC().Format("2006-01-02 15:04:05.999999+00")), true
	case "current_date":
		return "DATE " + Quote(s.Began.UTC().Format("2006-01-02")), false
	case "current_time":
		return "TIMETZ " + Quote(s.Began.UTC().Format("15:04:05.999999+00")), false
	}
	return "", false
}

// approximate turns APPROXIMATE COUNT(DISTINCT x) into the engine's function
// and drops the word elsewhere.
func (s *scan) approximate(pos int) {
	if s.peek(1).is("count") && s.peek(2).paren() {
		if kids := s.peek(2).kids; len(kids) > 1 && kids[0].is("distinct") {
			s.in = append([]node(nil), s.in...)
			s.in[s.pos+1] = raw("approx_count_distinct", pos)
			s.in[s.pos+2].kids = kids[1:]
		}
	}
	s.pos++
}

// standsAlone tells a word used as a value: after SELECT, a comma or an
// operator, and not before a dot.
func (s *scan) standsAlone() bool {
	prev := s.peek(-1)
	if s.pos == 0 && len(s.in) > 1 {
		return false
	}
	return s.pos == 0 || prev.is("select") || prev.is(",") || prev.tok.Kind == Op && prev.group == 0
}

func (s *scan) topAt(i int) bool {
	if i < 1 || i+1 >= len(s.in) || !s.in[i].is("top") {
		return false
	}
	prev := s.in[i-1]
	next := s.in[i+1]
	return (prev.is("select") || prev.is("distinct") || prev.is("all")) && (next.tok.Kind == Number || next.tok.Kind == Param || next.paren())
}

// like gives a pattern with a backslash Redshift's default escape.
func (s *scan) like(n node) bool {
	pattern := s.peek(1)
	if pattern.tok.Kind != String || pattern.group != 0 || !strings.Contains(pattern.tok.Text, `\`) || s.peek(2).is("escape") {
		return false
	}
	s.pos += 2
	s.emit(n, pattern, word("escape", pattern.tok.Pos), str(`\`, pattern.tok.Pos))
	return true
}

// binary takes the operands of the operator of width nodes at pos: the left one
// off the output, the right one off the input.
func (s *scan) binary(width int) (left, right []node, err error) {
	from := operandStart(s.out)
	left = append([]node(nil), s.out[from:]...)
	s.pos += width
	to := operandEnd(s.in, s.pos)
	right, err = s.list(s.in[s.pos:to])
	s.pos = to
	s.out = s.out[:from]
	return left, right, err
}

// regularMatch turns x ~ p into a search: DuckDB's own ~ wants the whole text
// to match. A star ignores case.
func (s *scan) regularMatch(n node) error {
	left, right, err := s.binary(1)
	if err != nil {
		return err
	}
	pos := n.tok.Pos
	args := [][]node{left, right}
	if strings.HasSuffix(n.tok.Text, "*") {
		args = append(args, []node{str("i", pos)})
	}
	match := call("regexp_matches", pos, args...)
	if n.tok.Text[0] == '!' {
		match = []node{group(append([]node{word("not", pos)}, match...), pos)}
	}
	s.emit(match...)
	return nil
}

// similar turns x [NOT] SIMILAR TO p into a regular expression over the whole
// text, in which % and _ are wild and a point is not.
func (s *scan) similar(n node) error {
	negate := len(s.out) > 0 && s.out[len(s.out)-1].is("not")
	if negate {
		s.out = s.out[:len(s.out)-1]
	}
	left, right, err := s.binary(2)
	if err != nil {
		return err
	}
	pos := n.tok.Pos
	pattern := right
	for _, swap := range [][2]string{{".", `\.`}, {"%", ".*"}, {"_", "."}} {
		pattern = call("replace", pos, pattern, []node{str(swap[0], pos)}, []node{str(swap[1], pos)})
	}
	match := call("regexp_full_match", pos, left, pattern)
	if negate {
		match = []node{group(append([]node{word("not", pos)}, match...), pos)}
	}
	s.emit(match...)
	return nil
}

// postfixCast turns x::type into CAST(x AS type).
func (s *scan) postfixCast() error {
	pos := s.peek(0).tok.Pos
	from := operandStart(s.out)
	operand := append([]node(nil), s.out[from:]...)
	if len(operand) == 0 {
		return &SyntaxError{Message: "syntax error at or near \"::\"", Pos: pos}
	}
	s.pos++
	typ, n := readType(s.in[s.pos:])
	if n == 0 {
		return &SyntaxError{Message: "syntax error at or near \"::\"", Pos: pos}
	}
	s.pos += n
	s.out = append(s.out[:from], castTo("CAST", posOf(operand, pos), operand, typ)...)
	return nil
}
