package local

import (
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/item"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/partiql"
)

// The first byte of an ORDER BY key: what is there comes before what is not, in
// either direction.
const (
	present = 1
	absent  = 2
)

// checkOrder refuses an ORDER BY that names what the rows of groups do not have.
func (w *Work) checkOrder() error {
	for _, o := range w.sel.OrderBy {
		if o.Item.Text != "" {
			return refuse("ORDER BY takes attributes, columns and aggregates of the list, not " + o.Item.Text)
		}
		if w.groups != nil && w.column(o.Item) == "" {
			return refuse("ORDER BY " + o.Item.Name + " is not in the list")
		}
	}
	return nil
}

// column finds the column that an ORDER BY or HAVING means: by its alias, or by
// the same path or aggregate.
func (w *Work) column(it partiql.Item) string {
	if name, ok := it.Path.Whole(); ok && it.Aggregate == "" {
		for _, c := range w.columns {
			if c.Name == name {
				return name
			}
		}
	}
	for _, c := range w.columns {
		if c.Aggregate == it.Aggregate && c.Distinct == it.Distinct && c.Path.String() == it.Path.String() {
			return c.Name
		}
	}
	return ""
}

// orderKey appends the key of a row: bytes that compare as ORDER BY says. it is
// the item behind the row, nil for a group.
func (w *Work) orderKey(dst, it, row []byte) []byte {
	for _, o := range w.sel.OrderBy {
		var value []byte
		if it != nil {
			value = lookup(it, w.path(o.Item))
		} else {
			value = item.Member(row, w.column(o.Item))
		}
		tag, _ := item.Split(value)
		if tag == "" || tag == "NULL" {
			dst = append(dst, absent)
			continue
		}
		dst = append(dst, present)
		at := len(dst)
		dst = item.AppendOrder(dst, value)
		if o.Descending {
			for i := at; i < len(dst); i++ {
				dst[i] = ^dst[i]
			}
		}
	}
	return dst
}

// path is what an ORDER BY of single items means: an alias stands for its path.
func (w *Work) path(it partiql.Item) partiql.Path {
	if name, ok := it.Path.Whole(); ok {
		for _, c := range w.columns {
			if c.Aliased && c.Name == name {
				return c.Path
			}
		}
	}
	return it.Path
}
