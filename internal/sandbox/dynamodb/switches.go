package dynamodb

import (
	"sync"
	"time"
)

// Switches make the service behave as a busy one does, for tests of how its
// callers cope. They are of all regions and safe for concurrent use; the zero
// value changes nothing.
type Switches struct {
	mu    sync.Mutex
	rates map[rateKey]float64
	done  int // how many items a batch may process
	times int // how many batches that holds for
	lag   time.Duration
}

type rateKey struct {
	table string
	meterKey
}

// Throttle limits a table, or one of its global indexes, to so many read and
// write units a second, whatever its billing mode. 0 lifts a limit.
func (s *Switches) Throttle(table, index string, read, write float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rates == nil {
		s.rates = map[rateKey]float64{}
	}
	for write, rate := range map[bool]float64{false: read, true: write} {
		k := rateKey{table, meterKey{index, write}}
		if s.rates[k] = rate; rate <= 0 {
			delete(s.rates, k)
		}
	}
}

// Unprocessed makes the next so many BatchWriteItem and BatchGetItem calls
// process at most n of their items and hand the rest back.
func (s *Switches) Unprocessed(n, times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done, s.times = n, times
}

// Lag makes global indexes show a change only after so long; 0 for at once.
func (s *Switches) Lag(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lag = d
}

func (s *Switches) indexLag() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lag
}

// limits says whether any limit is set for the table.
func (s *Switches) limits(table string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.rates {
		if k.table == table {
			return true
		}
	}
	return false
}

func (s *Switches) limit(table string, k meterKey) (rate float64, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rate, ok = s.rates[rateKey{table, k}]
	return rate, ok
}

// batch counts down and returns how many of a batch's items to process.
func (s *Switches) batch(items int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.times <= 0 {
		return items
	}
	s.times--
	return min(items, s.done)
}
