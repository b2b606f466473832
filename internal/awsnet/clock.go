package awsnet

import (
	"net/http"
	"sync/atomic"
	"time"
)

// correctFrom is how far off a signature's time may be before another is made by
// the service's: AWS accepts five minutes, S3 fifteen, and the Date header has
// whole seconds.
const correctFrom = 4 * time.Minute

// Clock is the time that requests to one service are signed by: this machine's,
// until the service shows that it is too far off. It is for those who sign by
// themselves; the SDK's clients learn the same on their own. The zero Clock is
// ready, and may be used by several goroutines.
type Clock struct {
	ahead atomic.Int64 // nanoseconds by which the service's clock is before ours
}

// Now is the time to sign by.
func (c *Clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// Learn takes the service's time from an answer that refuses a signed request,
// and reports whether that was signed by a time too far off: signed again it may
// be accepted.
func (c *Clock) Learn(refusal *http.Response) bool {
	if refusal.Request == nil {
		return false
	}
	date, err := http.ParseTime(refusal.Header.Get("Date"))
	if err != nil {
		return false
	}
	signed, err := time.Parse("20060102T150405Z", refusal.Request.Header.Get("X-Amz-Date"))
	if err != nil || date.Sub(signed).Abs() <= correctFrom {
		return false
	}
	c.ahead.Store(int64(time.Until(date)))
	return true
}
