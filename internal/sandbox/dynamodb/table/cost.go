package table

import "bytes"

// WriteCost is the write capacity one write used.
type WriteCost struct {
	Table   float64
	Indexes []IndexCost
}

// IndexCost is the capacity used on one index.
type IndexCost struct {
	Name  string
	Local bool
	Units float64
}

// ReadUnits is what reading so many bytes costs: one unit for each 4 KB begun,
// half of that when the read need not be consistent.
func ReadUnits(bytes int, consistent bool) float64 {
	units := float64(max((bytes+4095)/4096, 1))
	if consistent {
		return units
	}
	return units / 2
}

// Cost is what Put or Delete would cost, without doing it: old is what stands
// there, now what will; nil for nothing.
func (t *Table) Cost(old, now *Item) WriteCost {
	old, now = old.opened(), now.opened()
	cost := WriteCost{Table: tableUnits(old, now)}
	for _, x := range t.indexes {
		if units := x.cost(old, now); units > 0 {
			cost.Indexes = append(cost.Indexes, IndexCost{x.Def.Name, x.Def.Local, units})
		}
	}
	return cost
}

// cost is what bringing the index from old to now costs.
func (x *Index) cost(old, now *Item) float64 {
	oldKey, had := x.placeOf(old)
	newKey, has := x.placeOf(now)
	var before, after *Item
	if had {
		before = x.project(old, old)
	}
	if has {
		after = x.project(now, now)
	}
	return indexUnits(before, after, oldKey == newKey)
}

// tableUnits is what a write costs on the table itself: the larger of the item
// before and after, at least one unit.
func tableUnits(old, now *Item) float64 { return max(writeUnits(old), writeUnits(now), 1) }

// indexUnits is what a write costs on an index whose entry changes from before
// to after; nil is no entry. An entry that moves is deleted and written.
func indexUnits(before, after *Item, samePlace bool) float64 {
	switch {
	case before == nil || after == nil || !samePlace:
		return writeUnits(before) + writeUnits(after)
	case bytes.Equal(before.JSON, after.JSON):
		return 0
	}
	return max(writeUnits(before), writeUnits(after))
}

// writeUnits is one unit for each 1 KB begun; 0 for no item.
func writeUnits(item *Item) float64 {
	if item == nil {
		return 0
	}
	return float64((item.Size + 1023) / 1024)
}
