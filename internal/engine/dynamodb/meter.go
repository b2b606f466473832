package dynamodb

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/item"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// meter counts the capacity that a statement consumes, keeps it below a rate
// and ends it before it is more than the budget. Safe for concurrent use.
//
// The rate is a token bucket that may run into debt: what a page costs is known
// only afterwards, so the page after it waits until the debt is paid.
type meter struct {
	rate   float64 // units a second, 0 for none
	budget float64 // units in all, 0 for none
	most   float64 // what a page can cost at most

	mu       sync.Mutex
	tokens   float64
	filled   time.Time
	spent    float64
	reserved float64 // of calls under way
	perItem  float64 // units an item costs, 0 until known
	counted  bool
	settled  chan struct{} // closed and renewed whenever a call has been settled
	indexes  map[string]float64
	table    float64
}

// A page is 1 MB: 128 units when read eventually, 256 strongly; its last item
// may lie beyond that.
func newMeter(b engine.Budget, consistent bool, averageItem float64) *meter {
	m := &meter{rate: b.UnitRate, budget: b.CapacityUnits, most: 129, indexes: map[string]float64{}, settled: make(chan struct{})}
	unit := float64(eventualUnit)
	if consistent {
		m.most, unit = 257, strongUnit
	}
	m.perItem = averageItem / unit
	m.filled = time.Now()
	return m
}

// permit is leave to make one call.
type permit struct {
	limit    int32 // items to evaluate at most, 0 for a whole page
	reserved float64
}

// admit waits until the rate allows another call. When the budget allows no
// call any more it returns a fault of code guarded.
func (m *meter) admit(ctx context.Context) (permit, error) {
	return admitted(ctx, m.try)
}

// admitted tries again until a permit is given or refused; between two tries it
// waits for as long as the try says, or for another call to settle.
func admitted(ctx context.Context, try func() (p permit, wait time.Duration, settled <-chan struct{}, err error)) (permit, error) {
	for {
		p, wait, settled, err := try()
		if err != nil || wait == 0 {
			return p, err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-settled: // another call cost less than it might have
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return permit{}, ctx.Err()
		}
	}
}

// try gives a permit, or says how long to wait for one.
func (m *meter) try() (p permit, wait time.Duration, settled <-chan struct{}, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rate > 0 {
		now := time.Now()
		// A second's worth at most is saved up, so that a pause is no licence.
		m.tokens = math.Min(m.tokens+now.Sub(m.filled).Seconds()*m.rate, m.rate)
		m.filled = now
		// Calls under way count as what they are likely to cost.
		if short := -(m.tokens - m.reserved); short > 0 {
			return permit{}, time.Duration(short/m.rate*float64(time.Second)) + time.Millisecond, m.settled, nil
		}
	}
	p = permit{reserved: m.most}
	if m.rate > 0 && m.perItem > 0 && m.most > m.rate {
		// A page must not cost more than a second's worth.
		p.limit = int32(math.Max(1, m.rate/m.perItem))
		p.reserved = m.rate
	}
	if m.budget > 0 {
		left := m.budget - m.spent - m.reserved
		if left < p.reserved {
			if p.limit = m.itemsFor(left); p.limit == 0 && m.reserved > 0 {
				return permit{}, time.Minute, m.settled, nil // calls under way may leave something
			}
			if p.limit == 0 {
				return permit{}, 0, nil, m.exhausted()
			}
			p.reserved = left
		}
	}
	m.reserved += p.reserved
	return p, 0, nil, nil
}

// itemsFor is how many items units are good for, with a margin for those that
// are larger than the average. While nothing is known of them, one.
func (m *meter) itemsFor(units float64) int32 {
	if units < 0.5 {
		return 0
	}
	if m.perItem == 0 {
		return 1
	}
	return int32(math.Max(1, math.Min(units/m.perItem*0.9, 1e6)))
}

func (m *meter) exhausted() error {
	return fault.Newf(fault.Guarded, "The budget of %s capacity units is used up after %s, and more is to be read", units(m.budget), units(m.spent)).
		WithRemedy("allow more with --max-units, or read less with a narrower condition")
}

// settle counts what a call consumed, and gives back what was reserved.
func (m *meter) settle(p permit, capacity []byte, scanned int64) {
	consumed, ok := m.count(capacity)
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.settled)
	m.settled = make(chan struct{})
	m.reserved -= p.reserved
	m.spent += consumed
	m.tokens -= consumed
	m.counted = m.counted || ok
	if scanned > 10 && consumed > 0 {
		m.perItem = consumed / float64(scanned)
	}
}

// count adds up ConsumedCapacity: an object, or an array in batches.
func (m *meter) count(capacity []byte) (sum float64, ok bool) {
	one := func(c []byte) {
		n, found := unitsOf(item.Raw(c, "CapacityUnits"))
		sum, ok = sum+n, ok || found
		m.mu.Lock()
		defer m.mu.Unlock()
		inTable, _ := unitsOf(item.Raw(item.Raw(c, "Table"), "CapacityUnits"))
		m.table += inTable
		for _, kind := range []string{"GlobalSecondaryIndexes", "LocalSecondaryIndexes"} {
			item.Members(item.Raw(c, kind), func(name string, value []byte) bool {
				if n, ok := unitsOf(item.Raw(value, "CapacityUnits")); ok {
					m.indexes[strings.Clone(name)] += n
				}
				return true
			})
		}
	}
	if len(capacity) > 0 && capacity[0] == '[' {
		item.Elements(capacity, func(c []byte) bool { one(c); return true })
	} else if len(capacity) > 0 {
		one(capacity)
	}
	return sum, ok
}

func unitsOf(number []byte) (float64, bool) {
	n, err := strconv.ParseFloat(string(number), 64)
	return n, err == nil
}

// total returns what was consumed, nil when DynamoDB did not tell.
func (m *meter) total() *float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.counted {
		return nil
	}
	n := m.spent
	return &n
}

// byIndex says how the units divide among table and indexes, "" when only the
// table was touched.
func (m *meter) byIndex() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.indexes) == 0 {
		return ""
	}
	var parts []string
	if m.table > 0 {
		parts = append(parts, units(m.table)+" units in the table")
	}
	for _, name := range slices.Sorted(maps.Keys(m.indexes)) {
		parts = append(parts, fmt.Sprintf("%s units in index %s", units(m.indexes[name]), name))
	}
	return strings.Join(parts, ", ")
}

// units writes a number of units without needless digits.
func units(n float64) string { return strconv.FormatFloat(math.Round(n*10)/10, 'f', -1, 64) }
