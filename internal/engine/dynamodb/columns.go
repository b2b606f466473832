package dynamodb

import (
	"sort"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/item"
	"github.com/fairleadhq/fairlead/internal/result"
)

// overflow is the name of the last column, which takes what fits no other.
const overflow = "more"

// column is one column of the result.
type column struct {
	name string
	tag  string // the DynamoDB type of all values, "" when the column is JSON
	kind string // the type's name for people: "S", "M", "N|S"
	rest bool   // holds what fits no other column
}

func (c column) field() arrow.Field {
	switch c.tag {
	case "S":
		return result.Field(c.name, arrow.BinaryTypes.String, c.kind)
	case "N":
		return result.TextField(c.name, c.kind, result.TextNumber)
	case "BOOL":
		return result.Field(c.name, arrow.FixedWidthTypes.Boolean, c.kind)
	case "B":
		return result.Field(c.name, arrow.BinaryTypes.Binary, c.kind)
	}
	if c.rest {
		return result.RestField(c.name, c.kind)
	}
	return result.TextField(c.name, c.kind, result.TextJSON)
}

// attribute is what the first page shows of one attribute.
type attribute struct {
	name  string
	tags  []string // distinct, in order of appearance
	items int64    // that have it
}

func (a *attribute) saw(tag string) {
	for _, t := range a.tags {
		if t == tag {
			return
		}
	}
	a.tags = append(a.tags, strings.Clone(tag))
}

// column decides the type. NULL stands in any type's column as null.
func (a *attribute) column() column {
	c := column{name: a.name}
	var tags []string
	for _, t := range a.tags {
		if t != "NULL" {
			tags = append(tags, t)
		}
	}
	sort.Strings(tags)
	c.kind = strings.Join(tags, "|")
	switch {
	case len(tags) == 0:
		c.kind = "NULL"
	case len(tags) == 1 && (tags[0] == "S" || tags[0] == "N" || tags[0] == "BOOL" || tags[0] == "B"):
		c.tag = tags[0]
	}
	return c
}

// survey lists the attributes of items in order of appearance.
type survey struct {
	list []*attribute
	at   map[string]*attribute
}

func (s *survey) add(it []byte) {
	if s.at == nil {
		s.at = map[string]*attribute{}
	}
	item.Attributes(it, func(name, tag string, _, _ []byte) bool {
		a := s.at[name]
		if a == nil {
			a = &attribute{name: strings.Clone(name)}
			s.at[a.name] = a
			s.list = append(s.list, a)
		}
		a.items++
		a.saw(tag)
		return true
	})
}

// layout decides the columns: first those the statement names, or the keys,
// and then the attributes seen. last says that nothing follows, so that nothing
// can fail to fit.
func layout(names []string, keys []column, seen survey, last bool) (columns []column, spare bool) {
	placed := map[string]bool{}
	place := func(c column) {
		if !placed[c.name] {
			placed[c.name] = true
			columns = append(columns, c)
		}
	}
	for _, n := range names {
		if a := seen.at[n]; a != nil {
			place(a.column())
		} else {
			place(keyOr(keys, n, column{name: n, kind: "NULL"}))
		}
	}
	if names == nil {
		for _, k := range keys {
			if seen.at[k.name] != nil || len(seen.list) == 0 {
				place(k)
			}
		}
	}
	for _, a := range seen.list {
		place(a.column())
	}
	if last {
		return columns, false
	}
	name := overflow
	for placed[name] {
		name += "_"
	}
	return append(columns, column{name: name, kind: "M", rest: true}), true
}

// chosen decides the columns when the caller named them, and all is seen.
func chosen(names []string, keys []column, seen survey) (columns []column) {
	for _, n := range names {
		if a := seen.at[n]; a != nil {
			columns = append(columns, a.column())
		} else {
			columns = append(columns, keyOr(keys, n, column{name: n, kind: "NULL"}))
		}
	}
	return columns
}

func unrepeated(names []string) (out []string) {
	seen := map[string]bool{}
	for _, n := range names {
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}

// keyOr returns the key called name, whose type is known without a value.
func keyOr(keys []column, name string, other column) column {
	for _, k := range keys {
		if k.name == name {
			return k
		}
	}
	return other
}
