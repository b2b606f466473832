package expr

import (
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
)

// Verb is what an action of an update does.
type Verb string

// The verbs.
const (
	Set    Verb = "SET"
	Remove Verb = "REMOVE"
	Add    Verb = "ADD"
	Delete Verb = "DELETE"
)

// Action is one change of an update.
type Action struct {
	Verb  Verb
	Path  Path
	Value Operand // nil for Remove
}

// Update is all changes of one update, which happen at once.
type Update []Action

// Update parses an UpdateExpression.
func (e *Env) Update(text string) (Update, error) {
	p, err := e.parser("UpdateExpression", text)
	if err != nil {
		return nil, err
	}
	var u Update
	seen := map[Verb]bool{}
	for !p.failed && (len(u) == 0 || p.peek().kind != end) {
		verb := Verb(strings.ToUpper(p.peek().text))
		if p.peek().kind != word || verb != Set && verb != Remove && verb != Add && verb != Delete {
			p.syntax()
			break
		}
		if seen[verb] {
			p.problem(rankParens, `The "`+string(verb)+`" section can only be used once in an update expression;`)
		}
		seen[verb] = true
		p.next()
		u = append(u, p.action(verb))
		for p.accept(",") {
			u = append(u, p.action(verb))
		}
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	if msg := Overlap(u.Paths()); msg != "" {
		return nil, attr.Refusal("Invalid UpdateExpression: " + msg)
	}
	return u, nil
}

// Paths lists what the update changes.
func (u Update) Paths() []Path {
	paths := make([]Path, len(u))
	for i, a := range u {
		paths[i] = a.Path
	}
	return paths
}

func (p *parser) action(verb Verb) Action {
	a := Action{Verb: verb, Path: p.path()}
	switch verb {
	case Set:
		p.expect("=")
		a.Value = p.setValue()
	case Add, Delete:
		t := p.peek()
		if t.kind != val {
			p.syntax()
			return a
		}
		p.next()
		lit := Literal{p.resolveValue(t.text)}
		a.Value = lit
		if !lit.Value.IsZero() && !deltaType(verb, lit.Value.Type()) {
			p.problem(rankType, "Incorrect operand type for operator or function; operator: "+string(verb)+", operand type: "+longName(lit.Value.Type())+", typeSet: "+deltaTypes(verb))
		}
	}
	return a
}

func deltaType(verb Verb, t attr.Type) bool { return t.IsSet() || verb == Add && t == attr.N }

func deltaTypes(verb Verb) string {
	if verb == Add {
		return "ALLOWED_FOR_ADD_OPERAND"
	}
	return "ALLOWED_FOR_DELETE_OPERAND"
}

// longName is the type's name in messages about ADD and DELETE.
func longName(t attr.Type) string {
	switch t {
	case attr.S:
		return "STRING"
	case attr.N:
		return "NUMBER"
	case attr.B:
		return "BINARY"
	case attr.BOOL:
		return "BOOLEAN"
	case attr.M:
		return "MAP"
	case attr.L:
		return "LIST"
	}
	return string(t)
}

func (p *parser) setValue() Operand {
	left := p.setOperand()
	for p.peek().is("+") || p.peek().is("-") {
		p.operator()
		op := p.next().text
		right := p.setOperand()
		for _, o := range []Operand{left, right} {
			t := literalType(o)
			if _, ok := o.(ListAppend); ok {
				t = attr.L
			}
			if t != "" && t != attr.N {
				p.problem(rankType, WrongOperand(op, t))
			}
		}
		left = Arith{op == "-", left, right}
		if p.peek().is("+") || p.peek().is("-") {
			p.syntax() // one operator at most, says the grammar
		}
	}
	return left
}

func (p *parser) setOperand() Operand {
	t := p.peek()
	switch {
	case t.kind == val:
		p.next()
		return Literal{p.resolveValue(t.text)}
	case t.is("("):
		p.next()
		o := p.setValue()
		p.expect(")")
		return o
	case t.kind == word && p.toks[p.at+1].is("("):
		return p.setFunction()
	}
	return p.path()
}

func (p *parser) setFunction() Operand {
	p.operator()
	fn := p.next().text
	p.next()
	var args []Operand
	if !p.peek().is(")") {
		args = append(args, p.setOperand())
		for p.accept(",") {
			args = append(args, p.setOperand())
		}
	}
	p.expect(")")
	switch {
	case fn != "if_not_exists" && fn != "list_append":
		if arity(fn) > 0 {
			p.problem(rankMisuse, "The function is not allowed in an update expression; function: "+fn)
		} else {
			p.problem(rankFunction, "Invalid function name; function: "+fn)
		}
	case len(args) != 2:
		p.problem(rankOperands, wrongCount(fn, len(args)))
	case fn == "if_not_exists":
		if path, ok := args[0].(Path); ok {
			return IfNotExists{path, args[1]}
		}
		p.problem(rankType, "Operator or function requires a document path; operator or function: if_not_exists")
	default:
		for _, a := range args {
			if t := literalType(a); t != "" && t != attr.L {
				p.problem(rankType, WrongOperand(fn, t))
			}
		}
		return ListAppend{args[0], args[1]}
	}
	return Literal{attr.Null()}
}
