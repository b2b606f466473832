package dynamodb

import (
	"sort"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/engine/rawpage"
	"github.com/fairleadhq/fairlead/internal/result"
)

// overflow is the name of the last column, which takes what fits no other.
const overflow = "more"

// column is one column of the result.
type column struct {
	name string
	tag  string // the DynamoDB type of all values, "" when the column is JSON
	kind string // the type's name for people: "S", "M", "N|S"
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
	return result.TextField(c.name, c.kind, result.TextJSON)
}

// attribute is what the first page shows of one attribute.
type attribute struct {
	name string
	tags []string // distinct, in order of appearance
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

// survey lists the attributes of a page in order of appearance.
func survey(items []byte) []*attribute {
	var list []*attribute
	known := map[string]*attribute{}
	rawpage.Elements(items, func(item []byte) bool {
		rawpage.Members(item, func(key string, value []byte) bool {
			a := known[key]
			if a == nil {
				a = &attribute{name: strings.Clone(key)}
				known[a.name] = a
				list = append(list, a)
			}
			tag, _ := split(value)
			a.saw(tag)
			return true
		})
		return true
	})
	return list
}

// layout decides the columns: first those the statement names, or the keys,
// and then the page's attributes. last says that no page follows, so that
// nothing can fail to fit.
func layout(s statement, keys []column, items []byte, last bool) []column {
	seen := survey(items)
	at := make(map[string]*attribute, len(seen))
	for _, a := range seen {
		at[a.name] = a
	}
	var columns []column
	placed := map[string]bool{}
	place := func(c column) {
		if !placed[c.name] {
			placed[c.name] = true
			columns = append(columns, c)
		}
	}
	for _, n := range s.names {
		switch {
		case at[n.text] != nil:
			place(at[n.text].column())
		case n.whole:
			place(keyOr(keys, n.text, column{name: n.text, kind: "NULL"}))
		}
	}
	if s.names == nil {
		for _, k := range keys {
			if at[k.name] != nil || len(seen) == 0 {
				place(k)
			}
		}
	}
	for _, a := range seen {
		place(a.column())
	}
	if !last {
		spare := overflow
		for placed[spare] {
			spare += "_"
		}
		columns = append(columns, column{name: spare, kind: "M"})
	}
	return columns
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
