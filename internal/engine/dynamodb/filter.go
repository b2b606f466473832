package dynamodb

import (
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/partiql"
)

// expression turns conditions and names of PartiQL into DynamoDB's expressions,
// in which every name and value stands behind a placeholder: no reserved word
// and no odd character can be in the way.
type expression struct {
	params []types.AttributeValue // of the statement's ?
	names  map[string]string
	values map[string]types.AttributeValue
	known  map[string]string // placeholder by name
	exact  bool              // take only what means the same in both languages
}

func newExpression(params []types.AttributeValue, exact bool) *expression {
	return &expression{params: params, exact: exact, names: map[string]string{}, values: map[string]types.AttributeValue{}, known: map[string]string{}}
}

func (x *expression) name(name string) string {
	if p, ok := x.known[name]; ok {
		return p
	}
	p := "#n" + strconv.Itoa(len(x.known))
	x.known[name], x.names[p] = p, name
	return p
}

func (x *expression) path(p partiql.Path) string {
	out := ""
	for i, s := range p {
		switch {
		case s.Name == "":
			out += "[" + strconv.Itoa(s.Index) + "]"
		case i > 0:
			out += "." + x.name(s.Name)
		default:
			out += x.name(s.Name)
		}
	}
	return out
}

// projection lists top-level attributes.
func (x *expression) projection(names []string) string {
	var parts []string
	for _, n := range names {
		parts = append(parts, x.name(n))
	}
	return strings.Join(parts, ", ")
}

func (x *expression) value(v types.AttributeValue) string {
	p := ":v" + strconv.Itoa(len(x.values))
	x.values[p] = v
	return p
}

// operand writes a path, a literal, a parameter or size(path).
func (x *expression) operand(o partiql.Operand) (string, bool) {
	switch {
	case len(o.Path) > 0:
		return x.path(o.Path), true
	case o.Value != nil:
		if x.exact && o.Value.Type == "NULL" {
			return "", false // what NULL equals is PartiQL's to say
		}
		v, err := scalar(o.Value.Type, o.Value.Text)
		if err != nil {
			return "", false
		}
		return x.value(v), true
	case o.Param > 0 && o.Param <= len(x.params):
		if _, null := x.params[o.Param-1].(*types.AttributeValueMemberNULL); null && x.exact {
			return "", false
		}
		return x.value(x.params[o.Param-1]), true
	case o.Call != nil && o.Call.Name == "size" && len(o.Call.Args) == 1 && len(o.Call.Args[0].Path) > 0:
		return "size(" + x.path(o.Call.Args[0].Path) + ")", true
	}
	return "", false
}

func (x *expression) operands(list ...partiql.Operand) (out []string, ok bool) {
	for _, o := range list {
		text, ok := x.operand(o)
		if !ok {
			return nil, false
		}
		out = append(out, text)
	}
	return out, true
}

// condition writes a condition; false when the expressions have no word for it.
// In exact use negations are left to PartiQL, since what a missing attribute
// means in them is not documented to be the same.
func (x *expression) condition(c partiql.Cond) (string, bool) {
	switch c := c.(type) {
	case *partiql.And:
		return x.pair(c.Left, "AND", c.Right)
	case *partiql.Or:
		return x.pair(c.Left, "OR", c.Right)
	case *partiql.Not:
		inner, ok := x.condition(c.Cond)
		return "NOT (" + inner + ")", ok && !x.exact
	case *partiql.Compare:
		parts, ok := x.operands(c.Left, c.Right)
		if !ok || x.exact && c.Op == "<>" {
			return "", false
		}
		return parts[0] + " " + c.Op + " " + parts[1], true
	case *partiql.Between:
		parts, ok := x.operands(c.Left, c.Low, c.High)
		if !ok {
			return "", false
		}
		return parts[0] + " BETWEEN " + parts[1] + " AND " + parts[2], true
	case *partiql.In:
		left, ok := x.operand(c.Left)
		list, also := x.operands(c.List...)
		return left + " IN (" + strings.Join(list, ", ") + ")", ok && also && len(list) <= 100
	case *partiql.Is:
		if c.What != "MISSING" || len(c.Left.Path) == 0 {
			return "", false
		}
		if c.Not {
			return "attribute_exists(" + x.path(c.Left.Path) + ")", true
		}
		return "attribute_not_exists(" + x.path(c.Left.Path) + ")", true
	case *partiql.Call:
		return x.call(c)
	}
	return "", false
}

func (x *expression) pair(left partiql.Cond, word string, right partiql.Cond) (string, bool) {
	a, ok := x.condition(left)
	b, also := x.condition(right)
	return "(" + a + ") " + word + " (" + b + ")", ok && also
}

func (x *expression) call(c *partiql.Call) (string, bool) {
	arity := map[string]int{"begins_with": 2, "contains": 2, "attribute_type": 2, "attribute_exists": 1, "attribute_not_exists": 1}[c.Name]
	if arity == 0 || len(c.Args) != arity || x.exact && strings.HasSuffix(c.Name, "exists") {
		return "", false
	}
	parts, ok := x.operands(c.Args...)
	return c.Name + "(" + strings.Join(parts, ", ") + ")", ok
}

// mostExpression is the longest expression DynamoDB takes, in bytes.
const mostExpression = 4096

// placeholders returns the names and values as the SDK wants them: nil when
// there are none.
func (x *expression) placeholders() (names map[string]string, values map[string]types.AttributeValue) {
	if len(x.names) > 0 {
		names = x.names
	}
	if len(x.values) > 0 {
		values = x.values
	}
	return names, values
}
