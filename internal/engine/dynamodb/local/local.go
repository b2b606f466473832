// Package local works out here what DynamoDB's PartiQL does not have: GROUP BY,
// aggregates, HAVING, DISTINCT, LIMIT and ORDER BY on any attribute, over the
// items that a statement's plan reads. Numbers are exact decimals; memory is
// bounded, what does not fit goes to files in the temporary folder.
//
// It knows items and clauses, and neither calls nor columns.
//
//	w, err := local.New(s.Select, local.Options{})
//	defer w.Close()
//	for each item { w.Add(item) }
//	rows, err := w.Rows()
//	for it, err := rows.Next(); err == nil; it, err = rows.Next() { ... }
//
// An attribute that is not there and a NULL are one group, count in COUNT(*)
// alone, and come last in either direction of ORDER BY.
package local

import (
	"fmt"
	"io"

	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/item"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/partiql"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// Options are how a piece of work is done.
type Options struct {
	Dir    string   // for temporary files; "" is the system's
	Memory int      // bytes to hold before files are used; 0 means 32 MB
	Args   [][]byte // typed values of the statement's ?, which HAVING may use
	// Ordered says that the items come in the order of ORDER BY already.
	Ordered bool
}

// Work takes items and gives rows, which are typed items too.
type Work struct {
	sel     *partiql.Select
	o       Options
	limit   int64
	groups  *groups
	order   *sorter
	columns []partiql.Item

	streamed int64 // rows given out by Add
	key, row []byte
	skipped  map[string]int64 // values left out of an aggregate, by its name
}

const usualMemory = 32 << 20

// New begins a piece of work. A clause that cannot be worked out is a fault.
func New(sel *partiql.Select, o Options) (*Work, error) {
	if o.Memory == 0 {
		o.Memory = usualMemory
	}
	w := &Work{sel: sel, o: o, limit: sel.Limit, columns: unique(sel.Items), skipped: map[string]int64{}}
	switch {
	case sel.Grouped() && sel.Star:
		return nil, refuse("SELECT * cannot stand with GROUP BY or an aggregate")
	case sel.HasText():
		return nil, refuse("it holds a function that only DynamoDB works out")
	case sel.Grouped() && sel.Distinct:
		return nil, refuse("DISTINCT cannot stand with GROUP BY or an aggregate")
	}
	var err error
	if sel.Grouped() {
		w.groups, err = newGroups(w, sel.GroupBy)
	} else if sel.Distinct && !sel.Star { // whole items are distinct by their key
		var by []partiql.Path
		for _, it := range sel.Items {
			by = append(by, it.Path)
		}
		w.groups, err = newGroups(w, by)
	}
	if err != nil {
		return nil, err
	}
	if len(sel.OrderBy) > 0 && !o.Ordered {
		w.order = &sorter{dir: o.Dir, memory: o.Memory, keep: max(w.limit, 0)}
		if err := w.checkOrder(); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func refuse(why string) error {
	return fault.New(fault.Usage, "This statement cannot be worked out here: "+why)
}

// unique drops columns whose name came before.
func unique(items []partiql.Item) []partiql.Item {
	var out []partiql.Item
	seen := map[string]bool{}
	for _, it := range items {
		if !seen[it.Name] {
			seen[it.Name] = true
			out = append(out, it)
		}
	}
	return out
}

// Columns are the names of the rows' columns in order, nil for whole items.
func (w *Work) Columns() []string {
	var names []string
	for _, it := range w.columns {
		names = append(names, it.Name)
	}
	return names
}

// Streams reports whether Add gives the rows out at once.
func (w *Work) Streams() bool { return w.groups == nil && w.order == nil }

// Enough reports that no further item can change the result.
func (w *Work) Enough() bool {
	switch {
	case w.limit < 0:
		return false
	case w.limit == 0:
		return true
	case w.Streams():
		return w.streamed >= w.limit
	case w.groups != nil && w.sel.Distinct && w.order == nil:
		return w.groups.spilled == nil && int64(len(w.groups.at)) >= w.limit
	}
	return false
}

// Add takes an item. When the work streams it returns the row that it becomes,
// good until the next call, or nil.
func (w *Work) Add(it []byte) (row []byte, err error) {
	switch {
	case w.groups != nil:
		return nil, w.groups.add(it)
	case w.order != nil:
		w.key = w.orderKey(w.key[:0], it, it)
		return nil, w.order.add(w.key, it)
	case w.Enough():
		return nil, nil
	}
	w.streamed++
	return w.project(it), nil
}

// project makes the row of an item.
func (w *Work) project(it []byte) []byte {
	if w.sel.Star {
		return it
	}
	w.row = append(w.row[:0], '{')
	for _, c := range w.columns {
		if value := lookup(it, c.Path); value != nil {
			w.row = appendMember(w.row, c.Name, value)
		}
	}
	return append(w.row, '}')
}

func appendMember(row []byte, name string, value []byte) []byte {
	if len(row) > 1 {
		row = append(row, ',')
	}
	row = append(item.AppendString(row, name), ':')
	return append(row, value...)
}

// Rows ends the adding. The rows come from memory or from the files that Close
// removes.
func (w *Work) Rows() (*Rows, error) {
	r := &Rows{w: w, left: w.limit - w.streamed}
	if w.limit < 0 {
		r.left = -1
	}
	if w.Streams() {
		return r, nil
	}
	if w.groups != nil {
		var err error
		if r.groups, err = w.groups.rows(); err != nil {
			return nil, w.disk(err)
		}
		if w.order == nil {
			return r, nil
		}
		if err := w.sortGroups(r.groups); err != nil {
			return nil, err
		}
		r.groups = nil
	}
	var err error
	if r.sorted, err = w.order.merge(); err != nil {
		return nil, w.disk(err)
	}
	return r, nil
}

func (w *Work) sortGroups(rows *groupRows) error {
	for {
		row, err := rows.next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			w.key = w.orderKey(w.key[:0], nil, row)
			err = w.order.add(w.key, row)
		}
		if err != nil {
			return w.disk(err)
		}
	}
}

func (w *Work) disk(err error) error {
	if fault.CodeOf(err) != fault.Internal {
		return err
	}
	return fault.Wrap(err, fault.Output, "Cannot keep the rows on the disk while they are worked out").
		WithRemedy("make room in the temporary folder, or set TMPDIR to another")
}

// Notes are sentences about what was left out.
func (w *Work) Notes() []string {
	var notes []string
	for _, c := range w.columns {
		if n := w.skipped[c.Name]; n > 0 {
			notes = append(notes, fmt.Sprintf("%s leaves out %d values that are no numbers", c.Name, n))
		}
	}
	return notes
}

// Close removes the files.
func (w *Work) Close() {
	if w.order != nil {
		w.order.close()
	}
	if w.groups != nil {
		w.groups.close()
	}
}

// Rows are the rows of finished work.
type Rows struct {
	w      *Work
	left   int64 // -1 without a limit
	groups *groupRows
	sorted *merged
}

// Next returns the next row, good until the next call, or io.EOF.
func (r *Rows) Next() ([]byte, error) {
	if r.left == 0 {
		return nil, io.EOF
	}
	var row []byte
	var err error
	switch {
	case r.groups != nil:
		row, err = r.groups.next()
	case r.sorted != nil:
		if _, row, err = r.sorted.next(); err == nil && r.w.groups == nil {
			row = r.w.project(row)
		}
	default:
		return nil, io.EOF
	}
	if err == nil && r.left > 0 {
		r.left--
	}
	if err != nil && err != io.EOF {
		err = r.w.disk(err)
	}
	return row, err
}

// lookup follows a path into an item; nil when it leads nowhere.
func lookup(it []byte, path partiql.Path) []byte {
	if len(path) == 0 {
		return nil
	}
	value := item.Member(it, path[0].Name)
	for _, step := range path[1:] {
		tag, inner := item.Split(value)
		switch {
		case step.Name != "" && tag == "M":
			value = item.Member(inner, step.Name)
		case step.Name == "" && tag == "L":
			value = nil
			n := 0
			item.Elements(inner, func(v []byte) bool {
				if n == step.Index {
					value = v
				}
				n++
				return value == nil
			})
		default:
			return nil
		}
	}
	return value
}

// CountsOnly reports whether the rows need nothing but how many items there are.
func (w *Work) CountsOnly() bool {
	if w.groups == nil || len(w.groups.by) > 0 {
		return false
	}
	for _, f := range w.groups.folds {
		if f.Path != nil {
			return false
		}
	}
	return true
}

// AddCount takes in n items of work that counts only.
func (w *Work) AddCount(n int64) {
	have := w.groups.at[""]
	if have == nil {
		have = &group{Folds: make([]fold, len(w.groups.folds))}
		w.groups.at[""] = have
	}
	for i := range have.Folds {
		have.Folds[i].count += n
	}
}
