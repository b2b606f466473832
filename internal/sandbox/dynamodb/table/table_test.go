package table

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"testing"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/expr"
)

// TestOrderedAgainstAModel drives the ordered map and a plain map with the same
// random steps.
func TestOrderedAgainstAModel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var o ordered
	model := map[string]*Item{}
	for step := range 12_000 {
		key := fmt.Sprintf("%04d", r.IntN(1500))
		if r.IntN(3) == 0 {
			_, found := o.delete(key)
			if _, had := model[key]; had != found {
				t.Fatalf("step %d: delete %s found %v", step, key, found)
			}
			delete(model, key)
			continue
		}
		item := &Item{Size: step}
		old, replaced := o.set(entry{key, item, item})
		if was := model[key]; replaced != (was != nil) || old.item != was {
			t.Fatalf("step %d: set %s", step, key)
		}
		model[key] = item
	}
	keys := make([]string, 0, len(model))
	for k := range model {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	if o.count != len(keys) {
		t.Fatalf("count %d, want %d", o.count, len(keys))
	}
	for range 60 {
		lo, hi := fmt.Sprintf("%04d", r.IntN(1600)), fmt.Sprintf("%04d", r.IntN(1600))
		var want, up, down []string
		for _, k := range keys {
			if k >= lo && k < hi {
				want = append(want, k)
			}
		}
		o.ascend(lo, hi, func(e entry) bool { up = append(up, e.key); return true })
		o.descend(lo, hi, func(e entry) bool { down = append([]string{e.key}, down...); return true })
		if fmt.Sprint(up) != fmt.Sprint(want) || fmt.Sprint(down) != fmt.Sprint(want) {
			t.Fatalf("%s to %s: up %v down %v want %v", lo, hi, up, down, want)
		}
	}
	for k, item := range model {
		if e, ok := o.get(k); !ok || e.item != item {
			t.Fatalf("get %s", k)
		}
	}
}

func def() Def {
	return Def{
		Name: "t", Key: expr.KeySchema{Hash: "pk", HashType: attr.S, Range: "sk", RangeType: attr.N},
		Indexes: []IndexDef{{Name: "g", Key: expr.KeySchema{Hash: "g", HashType: attr.S}, Projection: Projection{Type: "KEYS_ONLY"}}},
	}
}

func row(pk string, sk int, g string) attr.Map {
	m := attr.NewMap(attr.Field{Name: "pk", Value: attr.String(pk)}, attr.Field{Name: "sk", Value: attr.Int(int64(sk))}, attr.Field{Name: "rest", Value: attr.String("x")})
	if g != "" {
		m = m.With("g", attr.String(g))
	}
	return m
}

func TestLoadIsPutForMany(t *testing.T) {
	var rows []attr.Map
	for i := range 1000 {
		rows = append(rows, row(fmt.Sprint("p", i%50), i, map[bool]string{true: fmt.Sprint("g", i%7)}[i%3 == 0]))
	}
	one, many := New(def()), New(def())
	many.Load(rows)
	for _, m := range rows {
		one.Put(NewItem(m))
	}
	for _, index := range []string{"", "g"} {
		a, err := one.Scan(Read{Index: index})
		if err != nil {
			t.Fatal(err)
		}
		b, err := many.Scan(Read{Index: index})
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Rows) != len(b.Rows) || a.Bytes != b.Bytes {
			t.Fatalf("index %q: %d and %d rows", index, len(a.Rows), len(b.Rows))
		}
		for i := range a.Rows {
			if string(a.Rows[i].Item.JSON) != string(b.Rows[i].Item.JSON) {
				t.Fatalf("index %q row %d: %s and %s", index, i, a.Rows[i].Item.JSON, b.Rows[i].Item.JSON)
			}
		}
	}
	if one.Count() != 1000 || many.Count() != 1000 || one.Bytes() != many.Bytes() || one.Index("g").Bytes() != many.Index("g").Bytes() || one.Index("g").Count() != 334 {
		t.Errorf("counts %d %d, bytes %d %d, index %d", one.Count(), many.Count(), one.Bytes(), many.Bytes(), one.Index("g").Count())
	}
}

func TestSizesFollowWrites(t *testing.T) {
	tb := New(def())
	a := row("a", 1, "g")
	tb.Put(NewItem(a))
	tb.Put(NewItem(a.With("rest", attr.String("longer"))))
	tb.Put(NewItem(row("b", 2, "")))
	if got, want := tb.Bytes(), int64(a.Size()+5+row("b", 2, "").Size()); got != want {
		t.Errorf("bytes %d, want %d", got, want)
	}
	tb.Delete(a.Only(func(n string) bool { return n == "pk" || n == "sk" }))
	tb.Delete(row("b", 2, "").Without("rest"))
	if tb.Bytes() != 0 || tb.Count() != 0 || tb.Index("g").Bytes() != 0 || tb.Index("g").Count() != 0 {
		t.Errorf("left: %d bytes, %d items, index %d bytes %d items", tb.Bytes(), tb.Count(), tb.Index("g").Bytes(), tb.Index("g").Count())
	}
}

func TestSegmentsMeet(t *testing.T) {
	for _, total := range []int{2, 3, 5, 1000, 1_000_000} {
		for n := 1; n < total; n += max(total/50, 1) {
			if segment(n-1, total).hi != segment(n, total).lo {
				t.Fatalf("segments %d and %d of %d do not meet", n-1, n, total)
			}
		}
		if segment(0, total).lo != "\x00\x00\x00\x00\x00\x00\x00\x00" || segment(total-1, total).hi != "" {
			t.Errorf("%d segments do not cover everything", total)
		}
	}
}
