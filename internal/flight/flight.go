// Package flight lets one call serve all who want the same thing at the same
// time, without one impatient caller spoiling it for the others. It knows
// nothing of what the calls do.
//
//	var refreshes flight.Group[token]
//	t, err := refreshes.Do(ctx, "corp", func(ctx context.Context) (token, error) { ... })
package flight

import (
	"context"
	"sync"
	"time"
)

// tidying is how long the last who leaves waits for the cancelled call to put
// away what it holds: a child process, a lock, the terminal's mode. Who ends
// with the process would leave them behind. It is above the two seconds that a
// killed child may keep its pipes.
const tidying = 5 * time.Second

// Group holds the calls that are under way, by key. The zero value is ready.
type Group[T any] struct {
	mu    sync.Mutex
	calls map[string]*call[T]
}

type call[T any] struct {
	waiting int
	cancel  context.CancelFunc
	done    chan struct{}
	value   T
	err     error
}

// Do calls fn, or waits for the call of the same key that is under way, and
// returns its result. fn's context carries the values of the first caller's
// but not its end: it is cancelled when the last who waits has gone, and that
// one stays until it has ended, for some seconds at most.
func (g *Group[T]) Do(ctx context.Context, key string, fn func(context.Context) (T, error)) (T, error) {
	if err := ctx.Err(); err != nil {
		var zero T
		return zero, err
	}
	g.mu.Lock()
	c, under := g.calls[key]
	if !under {
		c = g.start(ctx, key, fn)
	}
	c.waiting++
	g.mu.Unlock()

	select {
	case <-c.done:
		return c.value, c.err
	case <-ctx.Done():
		if g.leave(key, c) {
			end := time.NewTimer(tidying)
			defer end.Stop()
			select {
			case <-c.done:
			case <-end.C:
			}
		}
		var zero T
		return zero, ctx.Err()
	}
}

// start begins a call; g.mu is held.
func (g *Group[T]) start(ctx context.Context, key string, fn func(context.Context) (T, error)) *call[T] {
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c := &call[T]{cancel: cancel, done: make(chan struct{})}
	if g.calls == nil {
		g.calls = map[string]*call[T]{}
	}
	g.calls[key] = c
	go func() {
		defer cancel()
		c.value, c.err = fn(inner)
		g.mu.Lock()
		if g.calls[key] == c {
			delete(g.calls, key)
		}
		g.mu.Unlock()
		close(c.done)
	}()
	return c
}

// leave counts one waiter less. The last one takes the call with it, and a
// later caller begins anew instead of joining a call that is being cancelled.
func (g *Group[T]) leave(key string, c *call[T]) (last bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	c.waiting--
	if c.waiting > 0 {
		return false
	}
	c.cancel()
	if g.calls[key] == c {
		delete(g.calls, key)
	}
	return true
}
