//go:build unix

package faults

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sandbox/front"
)

// trouble is something that goes wrong.
type trouble struct {
	name  string
	put   func(c *cell)                                     // makes it go wrong from now on
	run   func(ctx context.Context, c *cell) (tally, error) // in the place of put and the verb's run
	want  fault.Code                                        // "" for the right rows
	agree bool                                              // somebody says yes when asked to log in
	asks  int                                               // how often somebody is asked
	child bool                                              // needs a process of its own

	tls      bool   // the endpoint shows a certificate that nobody trusts
	endpoint string // another endpoint than the road
	na       func(v verb) string
}

// share is how many cells of this fault there are for one that the quick part runs.
func (w trouble) share() int {
	if w.child {
		return 18
	}
	return 6
}

// errWrong marks what a fault's own run found to be not as designed.
var errWrong = errors.New("not as designed")

// inService puts a fault on the verb's call as the sandbox names it.
func inService(f front.Fault) func(*cell) {
	return func(c *cell) {
		f := f
		f.Operation, f.After = c.verb.operation(), c.verb.after
		c.srv.Switches().Fault(f)
	}
}

// onRoad lets a fault of the network hit the verb's call so many times, 0 for always.
func onRoad(how effect, times int) func(*cell) {
	return func(c *cell) {
		c.road.add(rule{call: c.verb.onNetwork(), after: c.verb.after, times: times, how: how})
	}
}

// onWay lets a machine between here and the service answer once in its place.
func onWay(how effect) func(*cell) {
	return func(c *cell) { c.road.add(rule{call: c.verb.key, after: c.verb.after, times: 1, how: how}) }
}

// atCall does something just before the verb's call goes on its way.
func atCall(do func(c *cell)) func(*cell) {
	return func(c *cell) {
		c.road.add(rule{call: c.verb.key, after: c.verb.after, times: 1, do: func() { do(c) }})
	}
}

func endCredentials(c *cell) { c.srv.Switches().ExpireCredentials() }

func endSession(c *cell) {
	c.revoked.Store(true)
	c.srv.Switches().RevokeSessions()
	c.srv.Switches().ExpireCredentials()
}

const farOff = 20 * time.Minute // more than a signature may be old

// theTroubles are the columns of the matrix.
func theTroubles() []trouble {
	list := []trouble{
		{name: "throttled once", put: inService(front.Fault{Throttle: true, Times: 1})},
		{name: "throttled for good", put: inService(front.Fault{Throttle: true}), want: fault.Throttled},
		{name: "500 once", put: inService(front.Fault{Status: 500, Times: 1})},
		{name: "500 for good", put: inService(front.Fault{Status: 500}), want: fault.Unavailable},
		{name: "503 once", put: inService(front.Fault{Status: 503, Times: 1})},
		{name: "503 of a machine on the way", put: onWay(badGateway)},
		{name: "500 of a machine on the way", put: onWay(refuse)},
		{name: "reset before the answer, once", put: onRoad(resetBefore, 1)},
		{name: "reset before, for good", put: onRoad(resetBefore, 0), want: fault.Unavailable},
		{name: "reset within the answer, once", put: onRoad(resetWithin, 1)},
		{name: "reset within, for good", put: onRoad(resetWithin, 0), want: fault.Unavailable},
		{name: "slow body", put: onRoad(slow, 0)},
		{name: "name not found (DNS)", put: func(*cell) {}, endpoint: "http://aws.fairlead.invalid", want: fault.Unavailable},
		{name: "certificate not trusted (TLS)", put: func(*cell) {}, tls: true, want: fault.Unavailable},
		{name: "clock off by 20 minutes", put: func(c *cell) { c.srv.Switches().SetClockOffset(farOff) }},
		{name: "credentials end at every call", run: endAtEveryCall},
		{name: "session ends, log in agreed", put: atCall(endSession), agree: true, asks: 1},
		{name: "session revoked, nobody asked", put: atCall(endSession), want: fault.SSORevoked},
		{name: "denied", put: func(c *cell) { c.srv.Switches().DenyAction("", c.verb.action) }, want: fault.Denied,
			na: func(v verb) string {
				if v.action == "" {
					return "no permission is asked for it"
				}
				return ""
			}},
	}
	return append(list, processTroubles()...)
}

// mostBoundaries is how many of a verb's calls the end of credentials is tried
// before; they are spread over all of them.
const mostBoundaries = 8

// endAtEveryCall runs the verb once for each of its calls, and ends the
// credentials just before that call is sent.
func endAtEveryCall(ctx context.Context, c *cell) (t tally, err error) {
	step := max(1, (len(c.calls)+mostBoundaries-1)/mostBoundaries)
	for k := 0; k < len(c.calls); k += step {
		c.newApp()
		c.road.clear()
		c.road.add(rule{after: k, times: 1, do: func() { endCredentials(c) }})
		if t, err = c.verb.run(ctx, c); err != nil || t != c.want {
			return t, fmt.Errorf("%w: ended before call %d (%s): %s, %w", errWrong, k+1, c.calls[k], t, err)
		}
	}
	return t, nil
}
