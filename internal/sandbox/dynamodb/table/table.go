// Package table keeps the items of one table and its indexes in the order in
// which DynamoDB reads them: by the hash of the partition key, then by sort
// key. It reads pages of at most 1 MB and finds again where a page ended even
// if that item is gone, so that no reader meets an item twice or misses one.
//
// It knows no requests and no expressions beyond key ranges, and does no
// locking: its owner does, since a transaction spans tables. Items are never
// changed in place; a page stays valid after the lock is let go.
//
//	t := table.New(table.Def{Name: "shop", Key: expr.KeySchema{Hash: "pk", HashType: attr.S}})
//	t.Put(table.NewItem(attrs))
//	page, err := t.Scan(table.Read{Limit: 10})
package table

import (
	"slices"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/expr"
)

// Limits of the service.
const (
	MaxItemSize = 400 * 1024  // bytes of one item
	PageSize    = 1024 * 1024 // bytes of one page of a query or scan
)

// Projection is what an index copies.
type Projection struct {
	Type    string   // ALL, KEYS_ONLY or INCLUDE
	NonKeys []string // for INCLUDE
}

// IndexDef defines a secondary index.
type IndexDef struct {
	Name       string
	Local      bool
	Key        expr.KeySchema
	Projection Projection
}

// Def defines a table.
type Def struct {
	Name    string
	Key     expr.KeySchema
	Indexes []IndexDef
}

// Item is one item. It is never changed. A stored one is its wire form alone,
// which takes a quarter of the memory of its attributes.
type Item struct {
	Size  int    // bytes as the service counts them
	JSON  []byte // the wire form, ready to send, the same for equal items
	attrs attr.Map
}

// NewItem measures and encodes an item.
func NewItem(attrs attr.Map) *Item {
	size := attrs.Size()
	return &Item{size, attrs.AppendJSON(make([]byte, 0, size+size/2+32)), attrs}
}

// Attrs is the item's attributes; of a stored item they are read anew.
func (i *Item) Attrs() attr.Map {
	if i.attrs != nil {
		return i.attrs
	}
	var m attr.Map
	_ = m.UnmarshalJSON(i.JSON) // NewItem wrote it
	return m
}

// opened is the item with its attributes at hand, nil for nil.
func (i *Item) opened() *Item {
	if i == nil || i.attrs != nil {
		return i
	}
	return &Item{i.Size, i.JSON, i.Attrs()}
}

// stored is the item as a table keeps it.
func (i *Item) stored() *Item { return &Item{Size: i.Size, JSON: i.JSON} }

// Table is a table with its items.
type Table struct {
	Def Def
	// Defer, if set, is handed each change of a global index to make it later;
	// changes must be made in the order in which they were handed over.
	Defer   func(change func())
	rows    ordered
	bytes   int64
	indexes []*Index
}

// Index is a secondary index with its entries.
type Index struct {
	Def   IndexDef
	table *Table
	rows  ordered
	bytes int64
	keep  map[string]bool // projected attributes; nil for all
}

// New makes an empty table.
func New(def Def) *Table {
	t := &Table{Def: def}
	for _, d := range def.Indexes {
		t.indexes = append(t.indexes, t.newIndex(d))
	}
	return t
}

func (t *Table) newIndex(d IndexDef) *Index {
	x := &Index{Def: d, table: t}
	if d.Projection.Type != "ALL" {
		x.keep = map[string]bool{}
		for _, name := range slices.Concat(t.Def.Key.Names(), d.Key.Names(), d.Projection.NonKeys) {
			x.keep[name] = true
		}
	}
	return x
}

// AddIndex adds an index and fills it from the items there are.
func (t *Table) AddIndex(d IndexDef) {
	x := t.newIndex(d)
	t.rows.ascend("", "", func(e entry) bool {
		x.replace(nil, e.item.opened(), e.item)
		return true
	})
	t.Def.Indexes = append(t.Def.Indexes, d)
	t.indexes = append(t.indexes, x)
}

// DropIndex removes an index.
func (t *Table) DropIndex(name string) {
	t.Def.Indexes = slices.DeleteFunc(t.Def.Indexes, func(d IndexDef) bool { return d.Name == name })
	t.indexes = slices.DeleteFunc(t.indexes, func(x *Index) bool { return x.Def.Name == name })
}

// Index finds an index by name, nil if there is none.
func (t *Table) Index(name string) *Index {
	for _, x := range t.indexes {
		if x.Def.Name == name {
			return x
		}
	}
	return nil
}

// Count is how many items the table holds, and Bytes their size.
func (t *Table) Count() int { return t.rows.count }

// Bytes is the size of all items.
func (t *Table) Bytes() int64 { return t.bytes }

// Count is how many items the index holds.
func (x *Index) Count() int { return x.rows.count }

// Bytes is the size of what the index holds.
func (x *Index) Bytes() int64 { return x.bytes }

// Projects says whether the index holds the attribute.
func (x *Index) Projects(name string) bool { return x.keep == nil || x.keep[name] }

// Get finds an item by its key; the key must have been checked.
func (t *Table) Get(key attr.Map) *Item {
	e, ok := t.rows.get(place(t.Def.Key, key))
	if !ok {
		return nil
	}
	return e.item
}

// Each visits every item, in the table's own order.
func (t *Table) Each(visit func(*Item)) {
	t.rows.ascend("", "", func(e entry) bool {
		visit(e.item)
		return true
	})
}

// Load fills an empty table with checked items of distinct keys; it is Put for
// many, at a fraction of the time.
func (t *Table) Load(items []attr.Map) {
	rows := make([]entry, len(items))
	indexed := make([][]entry, len(t.indexes))
	for i, attrs := range items {
		item := NewItem(attrs)
		base := item.stored()
		rows[i] = entry{place(t.Def.Key, attrs), base, base}
		t.bytes += int64(item.Size)
		for n, x := range t.indexes {
			if at, ok := x.placeOf(item); ok {
				e := entry{at, x.project(item, base), base}
				x.bytes += int64(e.item.Size)
				indexed[n] = append(indexed[n], e)
			}
		}
	}
	t.rows.load(rows)
	for n, x := range t.indexes {
		x.rows.load(indexed[n])
	}
}

// Put stores an item that was checked, and returns the one it replaced and what
// the write touched.
func (t *Table) Put(item *Item) (old *Item, cost WriteCost) {
	base := item.stored()
	e, _ := t.rows.set(entry{place(t.Def.Key, item.Attrs()), base, base})
	return e.item, t.written(e.item, item, base)
}

// Delete removes the item of a checked key, if it is there.
func (t *Table) Delete(key attr.Map) (old *Item, cost WriteCost) {
	e, _ := t.rows.delete(place(t.Def.Key, key))
	return e.item, t.written(e.item, nil, nil)
}

// written brings sizes and indexes from old to now, which is kept as base.
func (t *Table) written(old, now, base *Item) WriteCost {
	cost := WriteCost{Table: tableUnits(old, now)}
	if old != nil {
		t.bytes -= int64(old.Size)
	}
	if now != nil {
		t.bytes += int64(now.Size)
	}
	if len(t.indexes) > 0 {
		old, now = old.opened(), now.opened()
	}
	for _, x := range t.indexes {
		units := 0.0
		if t.Defer == nil || x.Def.Local {
			units = x.replace(old, now, base)
		} else {
			units = x.cost(old, now)
			t.Defer(func() { x.replace(old, now, base) })
		}
		if units > 0 {
			cost.Indexes = append(cost.Indexes, IndexCost{x.Def.Name, x.Def.Local, units})
		}
	}
	return cost
}

// replace brings the index from old to now, which is kept as base, and returns
// the units written.
func (x *Index) replace(old, now, base *Item) float64 {
	oldKey, had := x.placeOf(old)
	newKey, has := x.placeOf(now)
	var next *Item
	if has {
		next = x.project(now, base)
	}
	if had && has && oldKey == newKey {
		e, _ := x.rows.set(entry{newKey, next, base})
		x.bytes += int64(next.Size - e.item.Size)
		return indexUnits(e.item, next, true)
	}
	var before *Item
	if had {
		e, _ := x.rows.delete(oldKey)
		x.bytes -= int64(e.item.Size)
		before = e.item
	}
	if has {
		x.rows.set(entry{newKey, next, base})
		x.bytes += int64(next.Size)
	}
	return indexUnits(before, next, false)
}

// placeOf is where the item stands in the index; an item without the index's
// keys is not in it.
func (x *Index) placeOf(item *Item) (string, bool) {
	if item == nil {
		return "", false
	}
	// Items written before the index was made may hold anything there.
	attrs := item.Attrs()
	if !hasKey(x.Def.Key, attrs) {
		return "", false
	}
	return place(x.Def.Key, attrs) + place(x.table.Def.Key, attrs), true
}

// project is what the index keeps of an item, which is itself kept as base.
func (x *Index) project(item, base *Item) *Item {
	if x.keep == nil {
		return base
	}
	return NewItem(item.Attrs().Only(x.Projects)).stored()
}
