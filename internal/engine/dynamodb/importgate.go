package dynamodb

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
)

// Writers of an import that finds its own number.
const (
	firstWriters      = 4
	mostImportWriters = 32
)

// gate says how many calls may be on their way at once: a few to begin with, one
// more for each round of calls that all went well, and half as many once for
// each round in which DynamoDB said to slow down. Safe for concurrent use.
type gate struct {
	most  int
	fixed bool

	mu   sync.Mutex
	open float64
	calm int // calls to come before another slowing counts
}

func newGate(writers int) *gate {
	if writers > 0 {
		return &gate{most: writers, fixed: true, open: float64(writers)}
	}
	return &gate{most: mostImportWriters, open: firstWriters}
}

func (g *gate) room() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return int(g.open)
}

func (g *gate) faster() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calm = max(g.calm-1, 0)
	if !g.fixed {
		g.open = min(g.open+1/g.open, float64(g.most))
	}
}

func (g *gate) slower() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fixed || g.calm > 0 {
		g.calm = max(g.calm-1, 0)
		return
	}
	g.calm = int(g.open) // those on their way were sent before
	g.open = max(g.open/2, 1)
}

func jitter(most time.Duration) time.Duration { return rand.N(most + 1) }

// peek adds up ConsumedCapacity without counting it.
func (m *meter) peek(capacity []byte) (float64, bool) {
	return (&meter{indexes: map[string]float64{}}).count(capacity)
}

// costOf is what a meter has counted, and its price.
func (e *Engine) costOf(m *meter, t table, reads bool) engine.ItemCost {
	c := engine.ItemCost{CapacityUnits: m.total()}
	if usd := t.unitPrice(e.session.Region, reads); usd > 0 && c.CapacityUnits != nil {
		cost := *c.CapacityUnits * usd
		c.CostUSD = &cost
	}
	return c
}
