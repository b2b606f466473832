// Package partiql reads PartiQL statements as far as a client must: which table
// and index a statement reads, by what condition, and which of its clauses
// DynamoDB does not have (GROUP BY, aggregates, DISTINCT, LIMIT, ORDER BY on
// what is no key), so that they can be worked out here over what it reads.
//
// It judges nothing: what it does not understand is kept as text, and DynamoDB
// has the last word.
//
//	s := partiql.Parse(`select status, count(*) from shop group by status`)
package partiql

import "strconv"

// Statement is one statement.
type Statement struct {
	Text string
	Verb string // SELECT, INSERT, UPDATE, DELETE, EXISTS; as written when unknown
	// Table and Index are where it reads or writes.
	Table, Index string
	// Where is the condition, nil when there is none; Unclear when there is one
	// that was not understood.
	Where     Cond
	Unclear   bool
	Select    *Select // of a SELECT, nil when its clauses were not understood
	Returning bool    // a write that returns items
}

// Reads reports whether the statement only reads.
func (s Statement) Reads() bool { return s.Verb == "SELECT" || s.Verb == "EXISTS" }

// Select is what a SELECT says beside the table and the condition.
type Select struct {
	Distinct bool
	Star     bool
	Items    []Item
	GroupBy  []Path
	Having   Cond
	OrderBy  []Order
	Limit    int64 // -1 when there is none

	from, where, order string // the clauses' own text, without their keyword
}

// Item is one entry of the SELECT list.
type Item struct {
	Aggregate string // COUNT, SUM, AVG, MIN, MAX; "" for an attribute
	Distinct  bool   // of an aggregate
	Path      Path   // nil for COUNT(*) and for Text
	Name      string // the column's name: the alias, or the path's last part
	Aliased   bool
	Text      string // an expression that is no plain path, as written
}

// Order is one entry of ORDER BY. It names an attribute, an alias or an
// aggregate of the list.
type Order struct {
	Item       Item
	Descending bool
}

// Path names an attribute or what lies below one: address.city, tags[0].
type Path []Step

// Step is a name, or an index when Name is "".
type Step struct {
	Name  string
	Index int
}

// String writes a path with quotes where a name needs them.
func (p Path) String() string {
	out := ""
	for i, s := range p {
		switch {
		case s.Name == "":
			out += "[" + strconv.Itoa(s.Index) + "]"
		case i > 0:
			out += "." + plainName(s.Name)
		default:
			out += plainName(s.Name)
		}
	}
	return out
}

func plainName(name string) string {
	for i := range len(name) {
		if !wordByte(name[i]) || i == 0 && digit(name[i]) {
			return Quote(name)
		}
	}
	if name == "" {
		return Quote(name)
	}
	return name
}

// Whole returns the name of a path that is a top-level attribute.
func (p Path) Whole() (name string, ok bool) {
	if len(p) != 1 {
		return "", false
	}
	return p[0].Name, true
}

// Last is the name a path has as a column.
func (p Path) Last() string {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i].Name != "" {
			return p[i].Name
		}
	}
	return ""
}

// Cond is a condition: *And, *Or, *Not, *Compare, *In, *Between, *Call or *Is.
type Cond interface{}

// And holds when both sides do.
type And struct{ Left, Right Cond }

// Or holds when one side does.
type Or struct{ Left, Right Cond }

// Not holds when the other does not.
type Not struct{ Cond Cond }

// Compare is left op right; Op is =, <>, <, <=, > or >=.
type Compare struct {
	Op          string
	Left, Right Operand
}

// In is operand IN [a, b].
type In struct {
	Left Operand
	List []Operand
}

// Between is operand BETWEEN low AND high.
type Between struct{ Left, Low, High Operand }

// Call is a function that holds or not: begins_with, contains, attribute_type.
type Call struct {
	Name string // in lower case
	Args []Operand
}

// Is is operand IS [NOT] MISSING or NULL.
type Is struct {
	Left Operand
	Not  bool
	What string // MISSING, NULL
}

// Operand is a path, a value, a parameter or a function of them.
type Operand struct {
	Path  Path
	Value *Value // a literal
	Param int    // number of a ?, from 1; 0 for none
	Call  *Call  // size(a), count(*)
	Item  *Item  // an aggregate, in HAVING
}

// Value is a literal of a simple type.
type Value struct {
	Type string // S, N, BOOL, NULL
	Text string
}
