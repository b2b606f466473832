package table

import (
	"strconv"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/expr"
)

// Read says what a page is of.
type Read struct {
	Index   string   // empty for the table itself
	After   attr.Map // exclusive start key; nil from the beginning
	Limit   int      // items evaluated; 0 for no limit but the page's
	Used    int      // bytes of the page that other reads of the request took
	Reverse bool     // queries only: descending
	Segment int      // scans only
	Total   int      // scans only: segments, 0 or 1 for no division
}

// Row is one evaluated item: as the table or index shows it, and whole.
type Row struct {
	Item *Item
	Base *Item
}

// Page is what one request reads, before any filter.
type Page struct {
	Rows  []Row
	Bytes int      // size of what was evaluated
	Full  bool     // nothing was evaluated, since what was used left no room
	Last  attr.Map // key of the last evaluated item if there may be more, else nil
}

// Scan reads a page of a table or index in its own order.
func (t *Table) Scan(r Read) (Page, error) {
	s := segment(r.Segment, r.Total)
	after, err := t.startPlace(r)
	if err != nil {
		return Page{}, err
	}
	if after != "" && (after < s.lo || s.hi != "" && after >= s.hi) {
		return Page{}, attr.Refusal("The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: " +
			strconv.Itoa(r.Total) + " Segment: " + strconv.Itoa(r.Segment))
	}
	return t.page(r, s, after), nil
}

// Query reads a page of one partition of a table or index.
func (t *Table) Query(r Read, keys expr.KeyRange) (Page, error) {
	s := keySpan(keys)
	after, err := t.startPlace(r)
	if err != nil {
		return Page{}, err
	}
	if after != "" && (after < s.lo || s.hi != "" && after >= s.hi) {
		return Page{}, attr.Refusal("The provided starting key is outside query boundaries based on provided conditions")
	}
	return t.page(r, s, after), nil
}

// startPlace is the place of the exclusive start key, whether or not its item
// still exists.
func (t *Table) startPlace(r Read) (string, error) {
	if r.After == nil {
		return "", nil
	}
	names := t.Def.Key.Names()
	schemas := []expr.KeySchema{t.Def.Key}
	if r.Index != "" {
		x := t.Index(r.Index)
		schemas = []expr.KeySchema{x.Def.Key, t.Def.Key}
		for _, n := range x.Def.Key.Names() {
			if n != t.Def.Key.Hash && n != t.Def.Key.Range {
				names = append(names, n)
			}
		}
	}
	const bad attr.Refusal = "The provided starting key is invalid"
	if len(r.After) != len(names) {
		return "", bad + ": The provided key element does not match the schema"
	}
	out := ""
	for _, schema := range schemas {
		if !hasKey(schema, r.After) {
			return "", bad + ": The provided key element does not match the schema"
		}
		out += place(schema, r.After)
	}
	return out, nil
}

func (t *Table) page(r Read, s span, after string) Page {
	rows := &t.rows
	if r.Index != "" {
		rows = &t.Index(r.Index).rows
	}
	var p Page
	more := false
	visit := func(e entry) bool {
		size := r.Used + p.Bytes
		if r.Limit > 0 && len(p.Rows) == r.Limit || size > 0 && size+e.item.Size > PageSize {
			more = true
			return false
		}
		p.Rows = append(p.Rows, Row{e.item, e.base})
		p.Bytes += e.item.Size
		return true
	}
	if r.Reverse {
		if after != "" {
			s.hi = after
		}
		rows.descend(s.lo, s.hi, visit)
	} else {
		if after != "" {
			s.lo = after + "\x00" // the next place there can be
		}
		rows.ascend(s.lo, s.hi, visit)
	}
	// The service stops at the limit without looking further, so it hands out a
	// key even when nothing follows.
	if p.Full = more && len(p.Rows) == 0; p.Full {
		return p
	}
	if more || r.Limit > 0 && len(p.Rows) == r.Limit {
		p.Last = t.keyFor(r.Index, p.Rows[len(p.Rows)-1].Base.Attrs())
	}
	return p
}

// keyFor is the key under which a reader of the index resumes.
func (t *Table) keyFor(index string, attrs attr.Map) attr.Map {
	names := map[string]bool{}
	for _, n := range t.Def.Key.Names() {
		names[n] = true
	}
	if index != "" {
		for _, n := range t.Index(index).Def.Key.Names() {
			names[n] = true
		}
	}
	return attrs.Only(func(n string) bool { return names[n] })
}
