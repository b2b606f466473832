package expr

import (
	"strings"
	"unicode/utf16"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
)

// Lookup finds the value at a path.
func Lookup(item attr.Map, p Path) (attr.Value, bool) {
	v, ok := item.Get(p[0].Name)
	for _, s := range p[1:] {
		if !ok {
			return attr.Value{}, false
		}
		switch {
		case s.Name != "" && v.Type() == attr.M:
			v, ok = v.Map().Get(s.Name)
		case s.Name == "" && v.Type() == attr.L && s.Index < len(v.List()):
			v = v.List()[s.Index]
		default:
			return attr.Value{}, false
		}
	}
	return v, ok
}

// Match evaluates a condition; nil holds always. What is missing or of another
// type makes a comparison false (and <> true), never an error.
func Match(c Cond, item attr.Map) bool {
	switch c := c.(type) {
	case nil:
		return true
	case And:
		return Match(c.L, item) && Match(c.R, item)
	case Or:
		return Match(c.L, item) || Match(c.R, item)
	case Not:
		return !Match(c.X, item)
	case Compare:
		return compare(c, item)
	case Between:
		x, ok := value(c.X, item)
		lo, okLo := value(c.Lo, item)
		hi, okHi := value(c.Hi, item)
		return ok && okLo && okHi && ordered(x, ">=", lo) && ordered(x, "<=", hi)
	case In:
		x, ok := value(c.X, item)
		for _, o := range c.List {
			if v, has := value(o, item); ok && has && attr.Equal(x, v) {
				return true
			}
		}
		return false
	case Call:
		return call(c, item)
	}
	return false
}

func compare(c Compare, item attr.Map) bool {
	l, okL := value(c.L, item)
	r, okR := value(c.R, item)
	both := okL && okR
	switch c.Op {
	case "=":
		return both && attr.Equal(l, r)
	case "<>":
		return !(both && attr.Equal(l, r))
	}
	return both && ordered(l, c.Op, r)
}

func ordered(a attr.Value, op string, b attr.Value) bool {
	c, ok := attr.Compare(a, b)
	if !ok {
		return false
	}
	switch op {
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	}
	return c >= 0
}

func call(c Call, item attr.Map) bool {
	x, ok := value(c.Args[0], item)
	switch c.Name {
	case "attribute_exists":
		return ok
	case "attribute_not_exists":
		return !ok
	}
	arg, has := value(c.Args[1], item)
	if !ok || !has {
		return false
	}
	switch c.Name {
	case "attribute_type":
		return string(x.Type()) == arg.Text()
	case "begins_with":
		return x.Type() == arg.Type() && (x.Type() == attr.S || x.Type() == attr.B) && strings.HasPrefix(x.Text(), arg.Text())
	case "contains":
		return contains(x, arg)
	}
	return false
}

func contains(x, part attr.Value) bool {
	switch x.Type() {
	case attr.S, attr.B:
		return part.Type() == x.Type() && strings.Contains(x.Text(), part.Text())
	case attr.L, attr.SS, attr.NS, attr.BS:
		return x.Has(part)
	}
	return false
}

// value gives an operand its value; update-only operands have none here.
func value(o Operand, item attr.Map) (attr.Value, bool) {
	switch o := o.(type) {
	case Path:
		return Lookup(item, o)
	case Literal:
		return o.Value, true
	case Size:
		v, ok := value(o.X, item)
		n, sized := sizeOf(v)
		return attr.Int(int64(n)), ok && sized
	case Arith:
		v, err := o.eval(item)
		return v, err == nil
	}
	return attr.Value{}, false
}

// sizeOf is the size() function: characters of a string as UTF-16 counts them,
// bytes of a binary, elements of a collection.
func sizeOf(v attr.Value) (int, bool) {
	switch v.Type() {
	case attr.S:
		return len(utf16.Encode([]rune(v.Text()))), true
	case attr.B:
		return len(v.Text()), true
	case attr.M:
		return len(v.Map()), true
	case attr.L, attr.SS, attr.NS, attr.BS:
		return len(v.List()), true
	}
	return 0, false
}
