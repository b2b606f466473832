package sso

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/home"
)

// errElsewhere ends a wait because the session was logged in by somebody else.
var errElsewhere = errors.New("logged in elsewhere")

// errTimeOver is the cause that a wait's context ends with at its deadline.
var errTimeOver = errors.New("the time for the log in is over")

// askAhead is how long before the end the person is asked for more time.
const askAhead = 15 * time.Second

// wait is one log in being waited for: its deadline, and what was seen so far,
// which a time-out reports.
type wait struct {
	m        *Manager
	s        Session
	prompts  Prompts
	path     string
	before   token // what the cache held at the start
	deadline time.Time
	nextTick time.Time
	seen     string
	trouble  string // what kept the service from answering lately, "" for nothing

	limit  time.Duration // of one round
	total  time.Duration // of all rounds so far
	timer  *time.Timer   // ends the wait's context at the deadline
	asked  bool          // whether more time was asked for in this round
	answer chan moreTime
	asking sync.WaitGroup
}

// moreTime is what the person said to the question for more time.
type moreTime struct {
	yes bool
	err error
}

func newWait(m *Manager, s Session, o LoginOptions) *wait {
	now := time.Now()
	w := &wait{m: m, s: s, prompts: o.Prompts, path: m.path(s), deadline: now.Add(o.Timeout), nextTick: now.Add(tick),
		limit: o.Timeout, total: o.Timeout, answer: make(chan moreTime, 1)}
	if o.dead != nil {
		w.before = *o.dead
	} else {
		w.before, _ = parseFile(w.path)
	}
	w.seen = "the service did not answer"
	return w
}

// begin returns the context of the log in, which ends at the deadline, and what
// ends it before.
func (w *wait) begin(ctx context.Context) (limited context.Context, stop func()) {
	limited, cancel := context.WithCancelCause(ctx)
	w.timer = time.AfterFunc(time.Until(w.deadline), func() { cancel(errTimeOver) })
	return limited, func() {
		w.timer.Stop()
		cancel(nil)
		w.asking.Wait() // the question ends with its context
	}
}

// askMore asks once a round, near its end or as soon as can be, for more time.
func (w *wait) askMore(ctx context.Context) {
	left := time.Until(w.deadline)
	if w.prompts.MoreTime == nil || w.asked || (left > min(askAhead, w.limit/2) && !w.prompts.MoreTimeAhead) {
		return
	}
	w.asked = true
	w.asking.Go(func() {
		yes, err := w.prompts.MoreTime(ctx, left)
		w.answer <- moreTime{yes, err}
	})
}

// take acts on the answer to askMore.
func (w *wait) take(a moreTime) error {
	if a.err != nil || !a.yes {
		return a.err
	}
	w.deadline = w.deadline.Add(w.limit)
	w.total += w.limit
	w.timer.Reset(time.Until(w.deadline))
	w.asked = false
	w.tell()
	return nil
}

// takeTurn lets one process at a time log in to the session. A token that
// another one brings meanwhile is returned as done.
func (w *wait) takeTurn(ctx context.Context) (release func(), done *token, err error) {
	path := strings.TrimSuffix(w.path, ".json") + ".login.lock"
	for {
		short, cancel := context.WithTimeout(ctx, tick)
		unlock, err := home.Lock(short, path)
		held := short.Err() != nil
		cancel()
		if t, ok := w.elsewhere(); ok {
			if err == nil {
				_ = unlock()
			}
			return nil, &t, nil
		}
		switch {
		case err == nil:
			return func() { _ = unlock() }, nil, nil
		case ctx.Err() != nil:
			return nil, nil, ctx.Err()
		case !held: // no lock can be had here, as in a read-only home
			return func() {}, nil, nil
		}
		w.seen = "another process was logging in and did not finish"
		w.tell()
	}
}

// elsewhere returns a good token that appeared in the cache since the start.
func (w *wait) elsewhere() (token, bool) {
	t, err := parseFile(w.path)
	if err != nil || t.foreign() || t.left() <= 0 || t.access == w.before.access {
		return token{}, false
	}
	return t, true
}

func parseFile(path string) (token, error) {
	data, err := readSmall(path)
	if err != nil {
		return token{}, err
	}
	return parseToken(data)
}

func (w *wait) tell() {
	if w.prompts.Waiting != nil {
		w.prompts.Waiting(max(0, time.Until(w.deadline).Round(time.Second)))
	}
}

// until waits for a moment or for something to arrive on ready, counting down
// meanwhile. It ends with errElsewhere and the token when the session comes up
// by itself.
func (w *wait) until(ctx context.Context, moment time.Time, ready <-chan struct{}) (token, error) {
	for {
		next := w.nextTick
		if !moment.IsZero() && moment.Before(next) {
			next = moment
		}
		timer := time.NewTimer(time.Until(next))
		select {
		case <-ctx.Done():
			timer.Stop()
			return token{}, ctx.Err()
		case <-ready:
			timer.Stop()
			return token{}, nil
		case a := <-w.answer:
			timer.Stop()
			if err := w.take(a); err != nil {
				return token{}, err
			}
		case <-timer.C:
		}
		now := time.Now()
		if !now.Before(w.nextTick) {
			w.nextTick = now.Add(tick)
			if t, ok := w.elsewhere(); ok {
				return t, errElsewhere
			}
			w.tell()
			w.askMore(ctx)
		}
		if !moment.IsZero() && !now.Before(moment) {
			return token{}, nil
		}
	}
}
