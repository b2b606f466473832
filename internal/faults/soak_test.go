package faults

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// moment is what a soak sees of the process once in a while.
type moment struct {
	at         time.Duration
	heap, rss  float64 // MB
	goroutines int
}

// soak is 50 connections at work.
type soak struct {
	*manyAccounts
	from        time.Time
	statements  atomic.Int64
	hit         atomic.Int64 // calls that a fault met
	unavailable atomic.Int64 // statements that ended as worth retrying, and were sent anew
	ended       atomic.Int64 // how often all sessions were ended
}

// TestSoak runs for SOAK, or for a while that fits into `go test ./...`.
func TestSoak(t *testing.T) {
	length, every := 12*time.Second, 3*time.Second
	if text := os.Getenv("SOAK"); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
		every = time.Minute
	}
	s := &soak{manyAccounts: startMany(t), from: time.Now()}
	// 2 % of the calls go wrong on their way.
	s.road.luck = func() effect {
		if rand.IntN(100) >= 2 {
			return nothing
		}
		s.hit.Add(1)
		return []effect{resetBefore, refuse, badGateway, slow}[rand.IntN(4)]
	}
	ctx, stop := context.WithTimeout(t.Context(), length)
	defer stop()
	var work sync.WaitGroup
	for i := range manyConnections {
		work.Go(func() { s.work(ctx, t, i) })
	}
	seen := s.watch(ctx, t, every)
	work.Wait()
	want := int64(ssoSessions) * (s.ended.Load() + 1)
	// The last end may have come when nobody needed its session any more.
	if landed := int64(s.landed.Load()); landed > want || landed < want-ssoSessions {
		t.Errorf("%d log ins, want %d: one for each session and end", landed, want)
	}
	t.Logf("%d statements on %d connections over %d profiles, every row once; %d calls met a fault, %d statements were sent anew; sessions ended %d times, %d log ins",
		s.statements.Load(), manyConnections, manyProfiles, s.hit.Load(), s.unavailable.Load(), s.ended.Load(), s.landed.Load())
	s.judge(t, seen)
}

// work opens connection i and runs statements until the time is over.
func (s *soak) work(ctx context.Context, t *testing.T, i int) {
	for ctx.Err() == nil {
		err := s.turn(ctx, i)
		switch code := fault.CodeOf(err); {
		case err == nil:
			s.statements.Add(1)
		case ctx.Err() != nil && !errors.Is(err, errWrong):
			return // it was on its way when the time was over
		case code == fault.Unavailable:
			s.unavailable.Add(1)
		default:
			t.Errorf("%s: %s: %v", s.target(i), code, err)
			return
		}
	}
}

// turn opens a connection, runs a few statements on it and closes it.
func (s *soak) turn(ctx context.Context, i int) error {
	conn, err := s.app.Connect(ctx, s.target(i), app.Overrides{})
	if err != nil {
		return err
	}
	defer conn.Close()
	for range 4 {
		if err := s.ask(ctx, conn, i); err != nil {
			return err
		}
	}
	return nil
}

// watch ends all sessions every so often, and notes how the process is.
func (s *soak) watch(ctx context.Context, t *testing.T, every time.Duration) (seen []moment) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return seen
		case <-tick.C:
		}
		now := s.look()
		seen = append(seen, now)
		t.Logf("%6s: %7d statements, %5d faults, heap %.0f MB, RSS %.0f MB, %d goroutines, %d log ins",
			now.at.Round(time.Second), s.statements.Load(), s.hit.Load(), now.heap, now.rss, now.goroutines, s.landed.Load())
		// All must have logged in since the last end, or an end would not be met.
		if int64(s.landed.Load()) < ssoSessions*(s.ended.Load()+1) {
			continue
		}
		s.ended.Add(1)
		s.srv.Switches().RevokeSessions()
		s.srv.Switches().ExpireCredentials()
	}
}

func (s *soak) look() moment {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	now := moment{at: time.Since(s.from), heap: float64(m.HeapAlloc) / 1e6, goroutines: runtime.NumGoroutine()}
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		if fields := strings.Fields(string(text)); len(fields) > 1 {
			pages, _ := strconv.ParseFloat(fields[1], 64)
			now.rss = pages * float64(os.Getpagesize()) / 1e6
		}
	}
	return now
}

// judge looks at how memory and goroutines went. A long soak must be flat: the
// sandbox, which keeps each statement and its result as the service does, is in
// the same process, so that its part is in the figures too.
func (s *soak) judge(t *testing.T, seen []moment) {
	if len(seen) < 5 {
		return // too short to tell a slope
	}
	seen = seen[1:] // while all begin
	heap := slope(seen, func(m moment) float64 { return m.heap })
	rss := slope(seen, func(m moment) float64 { return m.rss })
	routines := slope(seen, func(m moment) float64 { return float64(m.goroutines) })
	perThousand := heap * seen[len(seen)-1].at.Minutes() / (float64(s.statements.Load()) / 1000)
	t.Logf("slope a minute: heap %+.2f MB (%+.2f MB a thousand statements), RSS %+.2f MB, goroutines %+.1f", heap, perThousand, rss, routines)
	if routines > manyConnections/5 {
		t.Errorf("goroutines grow by %.1f a minute", routines)
	}
}

// slope is that of the line of least squares, a minute.
func slope(seen []moment, of func(moment) float64) float64 {
	var n, x, y, xx, xy float64
	for _, m := range seen {
		a, b := m.at.Minutes(), of(m)
		n, x, y, xx, xy = n+1, x+a, y+b, xx+a*a, xy+a*b
	}
	return (n*xy - x*y) / (n*xx - x*x)
}
