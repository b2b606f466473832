package shopdata

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
)

type generator struct {
	r      *rand.Rand
	orders int
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

var (
	firstNames = []string{"Ada", "Björn", "Chiara", "Dragan", "Élise", "Farah", "Goran", "Hana", "İpek", "João", "Kaito", "Lena", "Miłosz", "Nia", "Oleh", "Pilar", "Quentin", "Rosa", "Søren", "Tereza"}
	lastNames  = []string{"Almeida", "Brandt", "Çelik", "Dubois", "Eriksen", "Fontana", "García", "Horváth", "Ito", "Jansen", "Kowalski", "López", "Müller", "Novák", "O'Brien", "Petrov", "Rossi", "Šimić", "Takahashi", "Weber"}
	cities     = []string{"Rotterdam", "Gdańsk", "Lisboa", "Trieste", "Göteborg", "Marseille", "Valparaíso", "大阪"}
	goods      = []string{"Rope", "Shackle", "Cleat", "Block", "Winch", "Fender", "Anchor", "Compass", "Lantern", "Chart"}
	colours    = []string{"black", "blue", "green", "orange", "red", "white", "yellow"}
	traces     = []string{
		"sensor bus 1 ok; radio -71 dBm; battery 3.62 V; uptime 41 d",
		"sensor bus 2 slow; radio -83 dBm; battery 3.48 V; uptime 3 d",
		"sensor bus 1 ok; radio -64 dBm; battery 3.71 V; uptime 112 d",
	}
)

// orderCount gives customer 1 a handful and the others something between none
// and a dozen.
func (g *generator) orderCount(n int) int {
	if n == 1 {
		return 5
	}
	return g.r.IntN(13)
}

// number makes an N from a format whose result is a number.
func (g *generator) number(format string, args ...any) attr.Value {
	v, err := attr.Number(fmt.Sprintf(format, args...))
	if err != nil {
		panic("shopdata: " + err.Error()) // a format above is wrong
	}
	return v
}

func (g *generator) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(g.r.UintN(256))
	}
	return b
}

// ledger is a number of exactly 38 digits, which no float holds.
func (g *generator) ledger() attr.Value {
	return g.number("%d%018d.%018d%d", 1+g.r.IntN(9), g.r.Int64N(1e18), g.r.Int64N(1e18), 1+g.r.IntN(9))
}

func (g *generator) customer(n int) attr.Map {
	first, last := pick(g.r, firstNames...), pick(g.r, lastNames...)
	joined := time.Date(2019, 1, 1, 8, 0, 0, 0, time.UTC).AddDate(0, 0, g.r.IntN(2000))
	fields := []attr.Field{
		{Name: "pk", Value: attr.String(fmt.Sprintf("CUSTOMER#%d", n))},
		{Name: "sk", Value: attr.String("PROFILE")},
		{Name: "entity", Value: attr.String("customer")},
		{Name: "name", Value: attr.String(first + " " + last)},
		{Name: "email", Value: attr.String(fmt.Sprintf("customer%d@example.com", n))},
		{Name: "joined", Value: attr.String(joined.Format("2006-01-02"))},
		{Name: "ledger", Value: g.ledger()},
		{Name: "newsletter", Value: attr.Bool(n%3 == 1)},
		{Name: "address", Value: attr.MapOf(attr.NewMap(
			attr.Field{Name: "street", Value: attr.String(fmt.Sprintf("%s %d", pick(g.r, "Havenkade", "Rue du Port", "Molo", "Quay Street"), 1+g.r.IntN(180)))},
			attr.Field{Name: "city", Value: attr.String(pick(g.r, cities...))},
			attr.Field{Name: "geo", Value: attr.MapOf(attr.NewMap(
				attr.Field{Name: "lat", Value: g.number("%d.%06d", g.r.IntN(60), g.r.IntN(1e6))},
				attr.Field{Name: "lon", Value: g.number("-%d.%06d", g.r.IntN(90), g.r.IntN(1e6))},
			))},
		))},
	}
	// The rest is ragged: not every customer has it.
	if n%2 == 1 {
		fields = append(fields, attr.Field{Name: "tags", Value: attr.StringSet("early", pick(g.r, "retail", "trade", "yard"))})
	}
	if n%3 != 2 {
		fields = append(fields, attr.Field{Name: "phones", Value: attr.List(attr.String(fmt.Sprintf("+31 10 %07d", g.r.IntN(1e7))), attr.Null())})
	}
	if n%4 == 1 {
		fields = append(fields, attr.Field{Name: "avatar", Value: attr.Binary(g.bytes(24))}, attr.Field{Name: "referred_by", Value: attr.Null()})
	}
	if n%5 == 1 {
		fields = append(fields, attr.Field{Name: "notes", Value: attr.String("")})
	}
	return attr.NewMap(fields...)
}

func (g *generator) order(customer int) attr.Map {
	g.orders++
	placed := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(g.r.IntN(300*24*60)) * time.Minute)
	lines, cents := make([]attr.Value, 1+g.r.IntN(4)), 0
	for i := range lines {
		qty, price := 1+g.r.IntN(6), 199+g.r.IntN(24000)
		cents += qty * price
		lines[i] = attr.MapOf(attr.NewMap(
			attr.Field{Name: "sku", Value: attr.String(sku(1 + g.r.IntN(Products)))},
			attr.Field{Name: "qty", Value: attr.Int(int64(qty))},
			attr.Field{Name: "price", Value: g.number("%d.%02d", price/100, price%100)},
		))
	}
	fields := []attr.Field{
		{Name: "pk", Value: attr.String(fmt.Sprintf("CUSTOMER#%d", customer))},
		{Name: "sk", Value: attr.String(fmt.Sprintf("ORDER#%s#%06d", placed.Format("2006-01-02"), g.orders))},
		{Name: "entity", Value: attr.String("order")},
		{Name: "order_id", Value: attr.Int(int64(9007199254740000 + g.orders))}, // about 2^53, where floats lose count
		{Name: "placed_at", Value: attr.String(placed.Format(time.RFC3339))},
		{Name: "status", Value: attr.String(pick(g.r, "NEW", "PAID", "SHIPPED", "DELIVERED", "DELIVERED", "DELIVERED", "CANCELLED"))},
		{Name: "total", Value: g.number("%d.%02d", cents/100, cents%100)},
		{Name: "currency", Value: attr.String(pick(g.r, "EUR", "EUR", "EUR", "SEK", "PLN"))},
		{Name: "lines", Value: attr.List(lines...)},
	}
	switch g.orders % 4 {
	case 0:
		fields = append(fields, attr.Field{Name: "gift", Value: attr.Bool(true)}, attr.Field{Name: "message", Value: attr.String("Fair winds!\n“Happy sailing”")})
	case 1:
		fields = append(fields, attr.Field{Name: "coupons", Value: attr.StringSet("HARBOUR10", "SPRING25")})
	case 2:
		fields = append(fields, attr.Field{Name: "shipped", Value: attr.MapOf(attr.NewMap(
			attr.Field{Name: "carrier", Value: attr.String(pick(g.r, "PostNL", "DHL", "InPost"))},
			attr.Field{Name: "parcels_kg", Value: attr.Set(attr.NS, g.number("%d.5", g.r.IntN(9)), g.number("%d", 10+g.r.IntN(9)))},
		))})
	}
	return attr.NewMap(fields...)
}

func sku(n int) string { return fmt.Sprintf("SKU-%04d", n) }

func (g *generator) product(n int) attr.Map {
	name := pick(g.r, goods...)
	fields := []attr.Field{
		{Name: "pk", Value: attr.String("PRODUCT#" + sku(n))},
		{Name: "sk", Value: attr.String("DETAILS")},
		{Name: "entity", Value: attr.String("product")},
		{Name: "title", Value: attr.String(pick(g.r, "Classic", "Racing", "Heavy-duty", "Folding") + " " + strings.ToLower(name))},
		{Name: "price", Value: g.number("%d.%02d", 1+g.r.IntN(240), g.r.IntN(100))},
		{Name: "in_stock", Value: attr.Bool(g.r.IntN(5) > 0)},
		{Name: "colours", Value: attr.StringSet(colours[g.r.IntN(3)], colours[3+g.r.IntN(4)])},
		{Name: "lengths_m", Value: attr.Set(attr.NS, attr.Int(int64(1+g.r.IntN(9))), attr.Int(int64(10+g.r.IntN(20))), attr.Int(100))},
	}
	if n%6 == 0 {
		fields = append(fields, attr.Field{Name: "thumbnails", Value: attr.Set(attr.BS, attr.Binary(g.bytes(16)), attr.Binary(g.bytes(17)))})
	}
	if n%10 == 0 {
		fields = append(fields, attr.Field{Name: "discontinued", Value: attr.Null()})
	}
	return attr.NewMap(fields...)
}
