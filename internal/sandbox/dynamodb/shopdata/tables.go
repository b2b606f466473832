// Package shopdata makes the demo tables of the sandbox's DynamoDB: "shop", a
// single-table design with three ragged entity types and every attribute type,
// "events", which is large enough to have several pages, and "copy", which is
// empty, with the keys of shop: to import into.
//
// The data come from a fixed seed, so that they are the same in every sandbox;
// nothing here knows how they are stored.
//
//	for _, t := range shopdata.Tables() { load(t.Def, t.Items) }
package shopdata

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/expr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/table"
)

// Table is a table and what is in it.
type Table struct {
	Def     table.Def
	Created time.Time
	TTL     string // attribute, empty for none
	Items   []attr.Map
}

// Sizes of the data set.
const (
	Customers = 400
	Products  = 250
	Events    = 20000
	devices   = 80
)

// Tables makes all tables.
func Tables() []Table { return []Table{shop(), events(), empty()} }

func empty() Table {
	return Table{
		Created: time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC),
		Def:     table.Def{Name: "copy", Key: expr.KeySchema{Hash: "pk", HashType: attr.S, Range: "sk", RangeType: attr.S}},
	}
}

func shop() Table {
	t := Table{
		Created: time.Date(2024, 2, 1, 9, 30, 0, 0, time.UTC),
		Def: table.Def{
			Name: "shop",
			Key:  expr.KeySchema{Hash: "pk", HashType: attr.S, Range: "sk", RangeType: attr.S},
			Indexes: []table.IndexDef{
				{
					Name: "by_total", Local: true,
					Key:        expr.KeySchema{Hash: "pk", HashType: attr.S, Range: "total", RangeType: attr.N},
					Projection: table.Projection{Type: "KEYS_ONLY"},
				},
				{
					Name:       "by_status",
					Key:        expr.KeySchema{Hash: "status", HashType: attr.S, Range: "placed_at", RangeType: attr.S},
					Projection: table.Projection{Type: "INCLUDE", NonKeys: []string{"currency", "total"}},
				},
				{
					Name:       "by_email",
					Key:        expr.KeySchema{Hash: "email", HashType: attr.S},
					Projection: table.Projection{Type: "ALL"},
				},
			},
		},
	}
	g := &generator{r: rand.New(rand.NewPCG(2024, 11))}
	for n := 1; n <= Customers; n++ {
		t.Items = append(t.Items, g.customer(n))
		for range g.orderCount(n) {
			t.Items = append(t.Items, g.order(n))
		}
	}
	for n := 1; n <= Products; n++ {
		t.Items = append(t.Items, g.product(n))
	}
	return t
}

func events() Table {
	t := Table{
		Created: time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC),
		TTL:     "expires_at",
		Def: table.Def{
			Name: "events",
			Key:  expr.KeySchema{Hash: "device", HashType: attr.S, Range: "at", RangeType: attr.N},
		},
		Items: make([]attr.Map, 0, Events),
	}
	g := &generator{r: rand.New(rand.NewPCG(77, 5))}
	at := time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC)
	for n := range Events {
		at = at.Add(time.Duration(1+g.r.IntN(350_000)) * time.Millisecond)
		t.Items = append(t.Items, g.event(n, at))
	}
	return t
}

func (g *generator) event(n int, at time.Time) attr.Map {
	device := n % devices
	fields := []attr.Field{
		{Name: "device", Value: attr.String(fmt.Sprintf("DEVICE#%03d", device))},
		{Name: "at", Value: attr.Int(at.UnixMilli())},
		{Name: "event_id", Value: attr.String(fmt.Sprintf("evt-%016x%016x", g.r.Uint64(), g.r.Uint64()))},
		{Name: "kind", Value: attr.String(pick(g.r, "reading", "reading", "reading", "heartbeat", "alarm"))},
		{Name: "firmware", Value: attr.String(pick(g.r, "4.2.0", "4.2.1", "4.3.0-rc1"))},
		{Name: "temperature", Value: g.number("%d.%02d", g.r.IntN(60)-15, g.r.IntN(100))},
		{Name: "expires_at", Value: attr.Int(at.AddDate(1, 0, 0).Unix())},
		{Name: "site", Value: attr.MapOf(attr.NewMap(
			attr.Field{Name: "name", Value: attr.String(pick(g.r, cities...))},
			attr.Field{Name: "floor", Value: attr.Int(int64(g.r.IntN(12)))},
		))},
		{Name: "trace", Value: attr.String(pick(g.r, traces...))},
	}
	if n%97 == 0 {
		fields = append(fields, attr.Field{Name: "fault", Value: attr.Null()})
	}
	return attr.NewMap(fields...)
}
