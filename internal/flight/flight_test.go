package flight

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestOneCallServesAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group[int]
		var calls atomic.Int32
		gate := make(chan struct{})
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				v, err := g.Do(t.Context(), "k", func(context.Context) (int, error) {
					calls.Add(1)
					<-gate
					return 7, nil
				})
				if v != 7 || err != nil {
					t.Errorf("got %d, %v", v, err)
				}
			})
		}
		synctest.Wait()
		close(gate)
		wg.Wait()
		if n := calls.Load(); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
	})
}

func TestOneWhoLeavesDoesNotSpoilIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group[int]
		gate := make(chan struct{})
		fn := func(ctx context.Context) (int, error) {
			select {
			case <-gate:
				return 1, nil
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		}
		impatient, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := g.Do(impatient, "k", fn); !errors.Is(err, context.Canceled) {
				t.Errorf("the one who left got %v", err)
			}
		})
		synctest.Wait()
		wg.Go(func() {
			if v, err := g.Do(t.Context(), "k", fn); v != 1 || err != nil {
				t.Errorf("the one who stayed got %d, %v", v, err)
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(gate)
		wg.Wait()
	})
}

func TestTheLastWhoLeavesCancels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group[int]
		ended := make(chan error, 1)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			_, _ = g.Do(ctx, "k", func(ctx context.Context) (int, error) {
				<-ctx.Done()
				ended <- ctx.Err()
				return 0, ctx.Err()
			})
		}()
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the call ended with %v", err)
		}
		// The next caller gets a call of its own.
		v, err := g.Do(t.Context(), "k", func(context.Context) (int, error) { return 3, nil })
		if v != 3 || err != nil {
			t.Errorf("got %d, %v", v, err)
		}
	})
}

// The process ends with the last who leaves: what the call holds must be put
// away by then.
func TestTheLastWhoLeavesWaitsForTheEnd(t *testing.T) {
	for _, c := range []struct{ takes, waits time.Duration }{
		{0, 0}, {2 * time.Second, 2 * time.Second}, {time.Hour, tidying},
	} {
		synctest.Test(t, func(t *testing.T) {
			var g Group[int]
			var tidy atomic.Bool
			fn := func(ctx context.Context) (int, error) {
				<-ctx.Done()
				time.Sleep(c.takes)
				tidy.Store(true)
				return 0, ctx.Err()
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			start := time.Now()
			if _, err := g.Do(ctx, "k", fn); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			if waited := time.Since(start) - time.Minute; waited != c.waits || tidy.Load() != (c.takes == c.waits) {
				t.Errorf("a call that takes %v to end was waited for %v; it has ended: %v", c.takes, waited, tidy.Load())
			}
			time.Sleep(c.takes) // the bubble's clock: the call must end within it
		})
	}
}
