package identity

import (
	"sync/atomic"
	"time"
)

// Clock is the sandbox's notion of now: a base clock and an offset that can be
// moved while the sandbox runs. It is safe for concurrent use.
type Clock struct {
	base   func() time.Time
	offset atomic.Int64
}

// NewClock makes a clock over base; nil means time.Now.
func NewClock(base func() time.Time) *Clock {
	if base == nil {
		base = time.Now
	}
	return &Clock{base: base}
}

// Now is the base clock's time plus the offset, in UTC.
func (c *Clock) Now() time.Time {
	return c.base().Add(time.Duration(c.offset.Load())).UTC()
}

// SetOffset moves the clock: a positive d makes the sandbox run ahead of its callers.
func (c *Clock) SetOffset(d time.Duration) { c.offset.Store(int64(d)) }

// Offset is what SetOffset last set.
func (c *Clock) Offset() time.Duration { return time.Duration(c.offset.Load()) }
