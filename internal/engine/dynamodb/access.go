package dynamodb

import (
	"slices"

	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/partiql"
)

// access is how DynamoDB reads for a statement. It decides by the condition
// alone: an equality or IN on the partition key of what FROM names makes a
// Query, anything else a Scan
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html).
type access struct {
	kind       string // GetItem, Query, Scan
	partitions int    // key values asked for
	sort       string // how the sort key narrows: "=", "range", ""
}

// readAccess tells how the table, or its index, is read under a condition.
func (t table) readAccess(indexName string, where partiql.Cond) access {
	keys := t.keyNames(indexName)
	if len(keys) == 0 || where == nil {
		return access{kind: "Scan"}
	}
	n, ok := keyValues(where, keys[0])
	if !ok {
		return access{kind: "Scan"}
	}
	a := access{kind: "Query", partitions: n}
	if len(keys) > 1 {
		a.sort = narrowing(where, keys[1])
	}
	// The full key of the table names one item.
	if indexName == "" && n == 1 && (len(keys) == 1 || a.sort == "=") {
		a.kind = "GetItem"
	}
	return a
}

// keyValues counts the values that a condition allows for a key, when it is an
// equality, an IN, or an OR of nothing else.
func keyValues(c partiql.Cond, key string) (n int, ok bool) {
	switch c := c.(type) {
	case *partiql.Compare:
		return 1, c.Op == "=" && (isKey(c.Left, key) && constant(c.Right) || isKey(c.Right, key) && constant(c.Left))
	case *partiql.In:
		for _, o := range c.List {
			if !constant(o) {
				return 0, false
			}
		}
		return len(c.List), isKey(c.Left, key)
	case *partiql.And:
		if n, ok = keyValues(c.Left, key); ok {
			return n, true
		}
		return keyValues(c.Right, key)
	case *partiql.Or:
		n, ok = keyValues(c.Left, key)
		m, also := keyValues(c.Right, key)
		return n + m, ok && also
	}
	return 0, false
}

// narrowing tells whether a condition holds for one sort key or a range of them.
func narrowing(c partiql.Cond, key string) string {
	switch c := c.(type) {
	case *partiql.Compare:
		if !(isKey(c.Left, key) && constant(c.Right) || isKey(c.Right, key) && constant(c.Left)) {
			return ""
		}
		switch c.Op {
		case "=":
			return "="
		case "<>":
			return ""
		}
		return "range"
	case *partiql.Between:
		if isKey(c.Left, key) {
			return "range"
		}
	case *partiql.Call:
		if c.Name == "begins_with" && len(c.Args) == 2 && isKey(c.Args[0], key) {
			return "range"
		}
	case *partiql.And:
		if s := narrowing(c.Left, key); s != "" {
			return s
		}
		return narrowing(c.Right, key)
	}
	return ""
}

func isKey(o partiql.Operand, key string) bool {
	name, ok := o.Path.Whole()
	return ok && name == key
}

func constant(o partiql.Operand) bool { return o.Value != nil || o.Param > 0 }

// nativeOrder reports whether DynamoDB itself can do an ORDER BY: on keys, and
// within one partition.
func (t table) nativeOrder(s partiql.Statement) bool {
	a := t.readAccess(s.Index, s.Where)
	if a.kind == "Scan" || a.partitions != 1 || s.Unclear {
		return false
	}
	keys := t.keyNames(s.Index)
	for _, o := range s.Select.OrderBy {
		name, ok := o.Item.Path.Whole()
		if !ok || o.Item.Aggregate != "" || !slices.Contains(keys, name) {
			return false
		}
	}
	return true
}

// better names an index by which the statement would be a Query, and whether it
// holds every attribute that the statement needs.
func (t table) better(s partiql.Statement) (x index, holds, ok bool) {
	if s.Where == nil || !t.known || t.readAccess(s.Index, s.Where).kind != "Scan" {
		return index{}, false, false
	}
	var needed []string
	if s.Select != nil {
		needed = s.Select.Needed()
	}
	partiql.EachPath(s.Where, func(p partiql.Path) { needed = append(needed, p[0].Name) })
	star := s.Select == nil || s.Select.Star
	for _, candidate := range t.indexes {
		if !candidate.active || candidate.name == s.Index || len(candidate.keys) == 0 {
			continue
		}
		if _, fits := keyValues(s.Where, candidate.keys[0]); !fits {
			continue
		}
		all := candidate.all || !star && !slices.ContainsFunc(needed, func(n string) bool { return !candidate.copies[n] })
		if !ok || all && !holds || all == holds && candidate.bytes < x.bytes {
			x, holds, ok = candidate, all, true
		}
	}
	return x, holds, ok
}
