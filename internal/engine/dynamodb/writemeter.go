package dynamodb

import (
	"context"
	"math"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// admitUnits is admit for a write, whose cost is about known beforehand.
func (m *meter) admitUnits(ctx context.Context, want float64) (permit, error) {
	return admitted(ctx, func() (permit, time.Duration, <-chan struct{}, error) { return m.tryUnits(want) })
}

func (m *meter) tryUnits(want float64) (p permit, wait time.Duration, settled <-chan struct{}, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rate > 0 {
		now := time.Now()
		m.tokens = math.Min(m.tokens+now.Sub(m.filled).Seconds()*m.rate, m.rate)
		m.filled = now
		if short := m.reserved - m.tokens; short > 0 {
			return permit{}, time.Duration(short/m.rate*float64(time.Second)) + time.Millisecond, m.settled, nil
		}
	}
	if m.budget > 0 && m.budget-m.spent-m.reserved < want {
		if m.reserved > 0 {
			return permit{}, time.Minute, m.settled, nil // calls under way may leave something
		}
		return permit{}, 0, nil, fault.Newf(fault.Guarded, "The budget of %s capacity units is used up after %s, and more is to be written", units(m.budget), units(m.spent)).
			WithRemedy("allow more with --max-units")
	}
	m.reserved += want
	return permit{reserved: want}, 0, nil, nil
}

// writeUnit is what a write unit is good for, in bytes.
const writeUnit = 1024

// writeUnits is what writing an item of a size costs in the table itself.
func writeUnits(size int) float64 { return math.Max(1, math.Ceil(float64(size)/writeUnit)) }
