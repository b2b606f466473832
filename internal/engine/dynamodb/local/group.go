package local

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/item"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/partiql"
)

// groups folds items into groups. When they outgrow the memory their states go
// to a sorter, where those of one group meet again.
type groups struct {
	w       *Work
	by      []partiql.Path
	folds   []partiql.Item // the aggregates of the list and of HAVING
	shown   map[string]int // aggregate by column name
	at      map[string]*group
	bytes   int
	spilled *sorter
	key     []byte
}

// group is one group: the values it is grouped by, and its aggregates.
type group struct {
	Values [][]byte
	Folds  []fold
}

func newGroups(w *Work, by []partiql.Path) (*groups, error) {
	g := &groups{w: w, by: by, at: map[string]*group{}, shown: map[string]int{}}
	for _, c := range w.columns {
		switch {
		case c.Aggregate != "":
			g.shown[c.Name] = g.fold(c)
		case g.position(c.Path) < 0:
			return nil, refuse(c.Name + " is neither grouped by nor in an aggregate")
		}
	}
	return g, checkHaving(g, w.sel.Having)
}

// fold returns the number of an aggregate, each of which is kept once.
func (g *groups) fold(it partiql.Item) int {
	for i, f := range g.folds {
		if f.Aggregate == it.Aggregate && f.Distinct == it.Distinct && f.Path.String() == it.Path.String() {
			return i
		}
	}
	g.folds = append(g.folds, it)
	return len(g.folds) - 1
}

// position returns which of the grouped paths this is, or -1.
func (g *groups) position(p partiql.Path) int {
	for i, by := range g.by {
		if by.String() == p.String() {
			return i
		}
	}
	return -1
}

func (g *groups) add(it []byte) error {
	g.key = g.key[:0]
	values := make([][]byte, len(g.by))
	for i, path := range g.by {
		values[i] = lookup(it, path)
		if tag, _ := item.Split(values[i]); tag == "" || tag == "NULL" {
			g.key, values[i] = append(g.key, absent), []byte(`{"NULL":true}`)
			continue
		}
		g.key = item.AppendOrder(append(g.key, present), values[i])
	}
	have := g.at[string(g.key)]
	if have == nil {
		have = &group{Folds: make([]fold, len(g.folds))}
		for _, v := range values {
			have.Values = append(have.Values, bytes.Clone(v))
			g.bytes += len(v)
		}
		g.at[string(g.key)] = have
		g.bytes += len(g.key) + 200*len(g.folds) + 150
	}
	for i := range g.folds {
		g.bytes += g.w.feed(&have.Folds[i], g.folds[i], it)
	}
	if g.bytes < g.w.o.Memory {
		return nil
	}
	return g.spill()
}

func (g *groups) spill() error {
	if g.spilled == nil {
		g.spilled = &sorter{dir: g.w.o.Dir, memory: g.w.o.Memory}
	}
	for key, have := range g.at {
		state, err := json.Marshal(have)
		if err != nil {
			return err
		}
		if err := g.spilled.add([]byte(key), state); err != nil {
			return g.w.disk(err)
		}
	}
	clear(g.at)
	g.bytes = 0
	return nil
}

func (g *groups) close() {
	if g.spilled != nil {
		g.spilled.close()
	}
}

// rows ends the adding.
func (g *groups) rows() (*groupRows, error) {
	// Without GROUP BY there is one group, also of nothing.
	if len(g.by) == 0 && len(g.at) == 0 && g.spilled == nil {
		g.at[""] = &group{Folds: make([]fold, len(g.folds))}
	}
	if err := g.spill(); err != nil {
		return nil, err
	}
	m, err := g.spilled.merge()
	return &groupRows{g: g, in: m}, err
}

// groupRows gives the groups in the order of their keys.
type groupRows struct {
	g    *groups
	in   *merged
	key  []byte // of the group in hand
	held *group
	row  []byte
	done bool
}

// next returns the next group's row that HAVING lets pass.
func (r *groupRows) next() ([]byte, error) {
	for {
		have, err := r.nextGroup()
		if err != nil {
			return nil, err
		}
		if r.g.w.sel.Having == nil || r.g.holds(r.g.w.sel.Having, have) {
			return r.render(have), nil
		}
	}
}

// nextGroup brings together the states of one group.
func (r *groupRows) nextGroup() (*group, error) {
	if r.done {
		return nil, io.EOF
	}
	for {
		key, state, err := r.in.next()
		if err == io.EOF {
			if r.done = true; r.held == nil {
				return nil, io.EOF
			}
			return r.held, nil
		}
		if err != nil {
			return nil, err
		}
		have := &group{}
		if err := json.Unmarshal(state, have); err != nil {
			return nil, err
		}
		if r.held != nil && bytes.Equal(r.key, key) {
			for i := range have.Folds {
				r.held.Folds[i].join(r.g.folds[i], have.Folds[i])
			}
			continue
		}
		full := r.held
		r.held, r.key = have, append(r.key[:0], key...)
		if full != nil {
			return full, nil
		}
	}
}

// render writes a group as a typed item.
func (r *groupRows) render(have *group) []byte {
	r.row = append(r.row[:0], '{')
	for _, c := range r.g.w.columns {
		var value []byte
		if c.Aggregate != "" {
			value = have.Folds[r.g.shown[c.Name]].result(c)
		} else {
			value = have.Values[r.g.position(c.Path)]
		}
		if len(value) > 0 {
			r.row = appendMember(r.row, c.Name, value)
		}
	}
	return append(r.row, '}')
}
