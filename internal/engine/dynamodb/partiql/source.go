package partiql

import "strings"

// Aggregates reports whether the SELECT counts or sums.
func (s *Select) Aggregates() bool {
	for _, it := range s.Items {
		if it.Aggregate != "" {
			return true
		}
	}
	return false
}

// Grouped reports whether rows are folded into groups.
func (s *Select) Grouped() bool { return len(s.GroupBy) > 0 || s.Aggregates() || s.Having != nil }

// Aliased reports whether a column has another name than its attribute.
func (s *Select) Aliased() bool {
	for _, it := range s.Items {
		if it.Aliased && it.Aggregate == "" {
			return true
		}
	}
	return false
}

// HasText reports whether the list holds a function that only DynamoDB works out.
func (s *Select) HasText() bool {
	for _, it := range s.Items {
		if it.Text != "" {
			return true
		}
	}
	return false
}

// Needed lists the top-level attributes that the SELECT reads beside its
// condition, nil when it needs whole items.
func (s *Select) Needed() []string {
	if s.Star {
		return nil
	}
	var names []string
	seen := map[string]bool{}
	add := func(p Path) {
		if len(p) > 0 && !seen[p[0].Name] {
			seen[p[0].Name] = true
			names = append(names, p[0].Name)
		}
	}
	for _, it := range s.Items {
		add(it.Path)
	}
	for _, p := range s.GroupBy {
		add(p)
	}
	aliases := map[string]bool{}
	for _, it := range s.Items {
		aliases[it.Name] = true
	}
	for _, o := range s.OrderBy {
		if name, ok := o.Item.Path.Whole(); !ok || !aliases[name] {
			add(o.Item.Path)
		}
	}
	eachOperand(s.Having, func(o Operand) {
		if o.Item != nil {
			add(o.Item.Path)
		} else if name, ok := o.Path.Whole(); !ok || !aliases[name] {
			add(o.Path)
		}
	})
	return names
}

func eachOperand(c Cond, f func(Operand)) {
	switch c := c.(type) {
	case *And:
		eachOperand(c.Left, f)
		eachOperand(c.Right, f)
	case *Or:
		eachOperand(c.Left, f)
		eachOperand(c.Right, f)
	case *Not:
		eachOperand(c.Cond, f)
	case *Compare:
		f(c.Left)
		f(c.Right)
	case *Between:
		f(c.Left)
		f(c.Low)
		f(c.High)
	case *In:
		f(c.Left)
		for _, o := range c.List {
			f(o)
		}
	case *Is:
		f(c.Left)
	case *Call:
		for _, o := range c.Args {
			f(o)
		}
	}
}

// Source writes the statement that DynamoDB is asked: the same table, index and
// condition, the attributes given (nil for all), and ORDER BY when keep says
// that DynamoDB can do it. The list of the statement itself is kept when names
// is empty and not nil.
func (s Statement) Source(names []string, order bool) string {
	var b strings.Builder
	b.WriteString("SELECT ")
	switch {
	case names == nil:
		b.WriteByte('*')
	case len(names) == 0:
		b.WriteString(s.listText())
	default:
		for i, n := range names {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(Quote(n))
		}
	}
	b.WriteString(" FROM " + s.Select.from)
	if s.Select.where != "" {
		b.WriteString(" WHERE " + s.Select.where)
	}
	if order && s.Select.order != "" {
		b.WriteString(" ORDER BY " + s.Select.order)
	}
	return b.String()
}

// listText is the SELECT list without aliases.
func (s Statement) listText() string {
	if s.Select.Star {
		return "*"
	}
	var parts []string
	for _, it := range s.Select.Items {
		if it.Text != "" {
			parts = append(parts, it.Text)
		} else {
			parts = append(parts, quotedPath(it.Path))
		}
	}
	return strings.Join(parts, ", ")
}

func quotedPath(p Path) string {
	out := ""
	for i, s := range p {
		switch {
		case s.Name == "":
			out += Path{s}.String()
		case i > 0:
			out += "." + Quote(s.Name)
		default:
			out += Quote(s.Name)
		}
	}
	return out
}

// EachPath calls f for every path in a condition.
func EachPath(c Cond, f func(Path)) {
	var operand func(o Operand)
	operand = func(o Operand) {
		if len(o.Path) > 0 {
			f(o.Path)
		}
		if o.Call != nil {
			for _, arg := range o.Call.Args {
				operand(arg)
			}
		}
	}
	eachOperand(c, operand)
}
