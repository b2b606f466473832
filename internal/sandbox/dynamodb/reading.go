package dynamodb

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/expr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/table"
)

// reading is a checked query or scan: one page of a table or an index, then a
// filter, then a choice of attributes.
type reading struct {
	t          *tableState
	index      *table.Index // nil for the table itself
	read       table.Read
	keys       *expr.KeyRange // nil for a scan
	filter     expr.Cond
	paths      []expr.Path // nil for everything there is
	whole      bool        // read items of a local index from the table
	consistent bool
	columns    bool // PartiQL: paths become columns named by their last step
}

// result is a page after the filter.
type result struct {
	items   []json.RawMessage
	scanned int
	bytes   int  // of what was evaluated
	full    bool // there was no room to evaluate anything
	last    attr.Map
	used    tally
}

// page reads; the lock is held.
func (r *reading) page() (result, error) {
	var p table.Page
	var err error
	if r.keys != nil {
		p, err = r.t.Query(r.read, *r.keys)
	} else {
		p, err = r.t.Scan(r.read)
	}
	if err != nil {
		return result{}, err
	}
	out := result{scanned: len(p.Rows), bytes: p.Bytes, full: p.Full, last: p.Last, items: make([]json.RawMessage, 0, len(p.Rows)), used: tally{table: r.t.Def.Name}}
	units := table.ReadUnits(p.Bytes, r.consistent)
	if r.index == nil {
		out.used.base = units
	} else {
		out.used.addIndex(table.IndexCost{Name: r.index.Def.Name, Local: r.index.Def.Local, Units: units})
	}
	for _, row := range p.Rows {
		item := row.Item
		if r.whole {
			item = row.Base
			out.used.base += table.ReadUnits(item.Size, r.consistent)
		}
		if r.filter == nil && r.paths == nil {
			out.items = append(out.items, item.JSON)
			continue
		}
		attrs := item.Attrs()
		switch {
		case !expr.Match(r.filter, attrs):
		case r.paths == nil:
			out.items = append(out.items, item.JSON)
		case r.columns:
			out.items = append(out.items, columns(attrs, r.paths).AppendJSON(nil))
		default:
			out.items = append(out.items, expr.Project(attrs, r.paths).AppendJSON(nil))
		}
	}
	return out, nil
}

// paid reads a page if there is capacity for it; the lock is held.
func (st *store) paid(r *reading) (result, error) {
	res, err := r.page()
	if err == nil {
		err = st.spend(r.t, &res.used, false)
	}
	return res, err
}

// columns is a row of a PartiQL projection: each path a column under the name
// of its last step.
func columns(item attr.Map, paths []expr.Path) attr.Map {
	var out []attr.Field
	for _, p := range paths {
		v, ok := expr.Lookup(item, p)
		if !ok {
			continue
		}
		name := ""
		for i := len(p) - 1; i >= 0; i-- {
			if p[i].Name != "" {
				name = p[i].Name + name
				break
			}
			name = "[" + strconv.Itoa(p[i].Index) + "]" + name
		}
		out = append(out, attr.Field{Name: name, Value: v})
	}
	return attr.NewMap(out...)
}

// useIndex points the reading at an index; name is nil for the table.
func (r *reading) useIndex(name *string) error {
	if name == nil {
		return nil
	}
	r.index = r.t.Index(*name)
	if r.index == nil {
		return attr.Refusal("The table does not have the specified index: " + *name)
	}
	r.read.Index = *name
	if r.consistent && !r.index.Def.Local {
		return attr.Refusal("Consistent reads are not supported on global secondary indexes")
	}
	return nil
}

// schema is the key schema that a query of this reading must name.
func (r *reading) schema() expr.KeySchema {
	if r.index != nil {
		return r.index.Def.Key
	}
	return r.t.Def.Key
}

// reachBack decides how attributes that the index does not hold are served: a
// local index fetches the item from the table, a global one refuses.
func (r *reading) reachBack() error {
	if r.index == nil {
		return nil
	}
	missing := r.unprojected(r.paths)
	if len(missing) == 0 {
		return nil
	}
	if r.index.Def.Local {
		r.whole = true
		return nil
	}
	return attr.Refusal(invalid + "Global secondary index " + r.index.Def.Name + " does not project [" + strings.Join(missing, ", ") + "]")
}

// unprojected lists the attributes of paths that the index does not hold.
func (r *reading) unprojected(paths []expr.Path) []string {
	var missing []string
	for _, name := range expr.Tops(paths) {
		if r.index != nil && !r.index.Projects(name) {
			missing = append(missing, name)
		}
	}
	return missing
}
