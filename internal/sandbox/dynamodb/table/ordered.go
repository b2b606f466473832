package table

import (
	"slices"
	"sort"
	"strings"
)

// chunkSize is when a chunk of the ordered map is cut in two: small enough that
// an insertion moves little memory, large enough that few chunks exist.
const chunkSize = 256

// entry is one place in an ordered map.
type entry struct {
	key  string
	item *Item // what a reader of this table or index sees
	base *Item // the whole item; for the table itself the same
}

// ordered is a map in key order: a sorted list of sorted chunks. Its methods
// are not safe for use beside a writer.
type ordered struct {
	chunks [][]entry // none empty
	count  int
}

// load fills an empty map with entries in any order, keys unique.
func (o *ordered) load(entries []entry) {
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	o.count = len(entries)
	for c := range slices.Chunk(entries, chunkSize/2) {
		o.chunks = append(o.chunks, c)
	}
}

// seek returns the chunk and place of the first entry with a key >= key.
func (o *ordered) seek(key string) (chunk, place int) {
	chunk = sort.Search(len(o.chunks), func(i int) bool {
		c := o.chunks[i]
		return c[len(c)-1].key >= key
	})
	if chunk == len(o.chunks) {
		return chunk, 0
	}
	c := o.chunks[chunk]
	return chunk, sort.Search(len(c), func(i int) bool { return c[i].key >= key })
}

func (o *ordered) get(key string) (entry, bool) {
	chunk, place := o.seek(key)
	if chunk == len(o.chunks) || o.chunks[chunk][place].key != key {
		return entry{}, false
	}
	return o.chunks[chunk][place], true
}

// set puts e in its place and returns what stood there.
func (o *ordered) set(e entry) (old entry, replaced bool) {
	chunk, place := o.seek(e.key)
	if chunk == len(o.chunks) {
		if chunk == 0 {
			o.chunks = append(o.chunks, []entry{e})
			o.count++
			return old, false
		}
		chunk--
		place = len(o.chunks[chunk])
	} else if at := &o.chunks[chunk][place]; at.key == e.key {
		old, *at = *at, e
		return old, true
	}
	c := slices.Insert(o.chunks[chunk], place, e)
	o.chunks[chunk] = c
	o.count++
	if len(c) > chunkSize {
		half := len(c) / 2
		right := append(make([]entry, 0, chunkSize), c[half:]...)
		clear(c[half:])
		o.chunks[chunk] = c[:half]
		o.chunks = slices.Insert(o.chunks, chunk+1, right)
	}
	return old, false
}

func (o *ordered) delete(key string) (old entry, found bool) {
	chunk, place := o.seek(key)
	if chunk == len(o.chunks) || o.chunks[chunk][place].key != key {
		return old, false
	}
	old = o.chunks[chunk][place]
	o.count--
	if c := slices.Delete(o.chunks[chunk], place, place+1); len(c) > 0 {
		o.chunks[chunk] = c
	} else {
		o.chunks = slices.Delete(o.chunks, chunk, chunk+1)
	}
	return old, true
}

// ascend visits entries with lo <= key < hi in order until visit says stop; an
// empty hi is no bound.
func (o *ordered) ascend(lo, hi string, visit func(entry) bool) {
	chunk, place := o.seek(lo)
	for ; chunk < len(o.chunks); chunk, place = chunk+1, 0 {
		for _, e := range o.chunks[chunk][place:] {
			if hi != "" && e.key >= hi || !visit(e) {
				return
			}
		}
	}
}

// descend visits entries with lo <= key < hi in reverse order.
func (o *ordered) descend(lo, hi string, visit func(entry) bool) {
	chunk, place := len(o.chunks), 0
	if hi != "" {
		chunk, place = o.seek(hi)
	}
	for {
		for place--; place >= 0; place-- {
			if e := o.chunks[chunk][place]; e.key < lo || !visit(e) {
				return
			}
		}
		if chunk--; chunk < 0 {
			return
		}
		place = len(o.chunks[chunk])
	}
}
