//go:build unix

package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/journal"
)

// moment is how the process is between two rounds, when nothing runs.
type moment struct {
	heap, rss float64 // MB
	kept      int     // HTTP connections that are kept for the next call
	files     int     // open, but for those
}

// mostKept is how many connections a client keeps for one host (awsnet), and a
// few for the others.
const mostKept = 64 + 8

// soak is 50 connections at work, round after round.
type soak struct {
	*manyAccounts
	world       *distantWorld
	statements  atomic.Int64
	unavailable atomic.Int64 // statements that ended as worth retrying, and were sent anew
	ended       int64        // how often all sessions were ended
	before      int          // goroutines before the first round
}

// TestSoak runs for SOAK, or for a while that fits into `go test ./...`.
func TestSoak(t *testing.T) {
	length, round := 12*time.Second, 3*time.Second
	if text := os.Getenv("SOAK"); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
		round = min(time.Minute, length/4)
	}
	world := startWorld(t)
	s := &soak{world: world, manyAccounts: visit(world.first.Env, world.first.Accounts)}
	running, _ := s.running()
	s.before = len(running)
	var seen []moment
	for from := time.Now(); time.Since(from) < length-round/2; {
		began, before := time.Now().Truncate(time.Millisecond), s.statements.Load()
		s.round(t, round)
		now := s.look(t)
		s.remembered(t, began, int(s.statements.Load()-before))
		seen = append(seen, now)
		there, err := world.tell("")
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%6s: %7d statements, %5d faults, %d log ins; heap %.2f MB, RSS %.0f MB, %d connections kept, %d other files; the sandbox: heap %.0f MB, RSS %.0f MB",
			time.Since(from).Round(time.Second), s.statements.Load(), there.Hit, s.landed.Load(), now.heap, now.rss, now.kept, now.files, there.Heap, there.RSS)
		if t.Failed() {
			return
		}
	}
	want := ssoSessions * (s.ended + 1)
	// The last end may have come when nobody needed its session any more.
	if landed := int64(s.landed.Load()); landed > want || landed < want-ssoSessions {
		t.Errorf("%d log ins, want %d: one for each session and end", landed, want)
	}
	t.Logf("%d statements on %d connections over %d profiles, every row once; %d statements were sent anew; sessions ended %d times, %d log ins",
		s.statements.Load(), manyConnections, manyProfiles, s.unavailable.Load(), s.ended, s.landed.Load())
	judge(t, seen)
}

// round lets all connections work for a while, ends all sessions in the middle
// of it, and cancels what still runs at its end.
func (s *soak) round(t *testing.T, length time.Duration) {
	ctx, stop := context.WithTimeout(t.Context(), length)
	defer stop()
	var work sync.WaitGroup
	for i := range manyConnections {
		work.Go(func() { s.work(ctx, t, i) })
	}
	middle := time.NewTimer(length / 2)
	defer middle.Stop()
	select {
	case <-ctx.Done():
	case <-middle.C:
		// All must have logged in since the last end, or an end would not be met.
		if int64(s.landed.Load()) == ssoSessions*(s.ended+1) {
			s.ended++
			if _, err := s.world.tell("end"); err != nil {
				t.Error(err)
			}
		}
	}
	work.Wait()
}

// work opens connection i and runs statements until the time is over.
func (s *soak) work(ctx context.Context, t *testing.T, i int) {
	for ctx.Err() == nil {
		err := s.turn(ctx, i)
		switch code := fault.CodeOf(err); {
		case err == nil:
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
		s.statements.Add(1)
	}
	return nil
}

// remembered compares the history with the statements that brought all their rows
// in the round that began then.
func (s *soak) remembered(t *testing.T, began time.Time, statements int) {
	t.Helper()
	runs, err := s.app.History(journal.Filter{})
	if err != nil {
		t.Error(err)
		return
	}
	done := 0
	for _, run := range runs {
		switch {
		case run.Started.Before(began):
		case run.State == journal.Running:
			t.Errorf("%s is said to run on", run.Text)
		case run.State == journal.Done:
			done++
		}
	}
	// The history forgets the oldest, some thousands of runs later.
	if done != statements && (statements < 2000 || done < 2000) {
		t.Errorf("the history has %d runs of this round that came to their end, want %d", done, statements)
	}
}

// heapAllowance is how many MB of live heap the end may be above the beginning:
// as much as the buffers of the connections that are kept for the next call, and
// no more however long it took.
const heapAllowance = 2

// rssAllowance is the same for the resident memory, whose high-water mark comes
// by chance.
const rssAllowance = 32

// look waits until no more runs than before the first round, and tells how the
// process is then. What runs on is a failure.
func (s *soak) look(t *testing.T) moment {
	t.Helper()
	var now moment
	left := settle(func() []string {
		var running []string
		running, now.kept = s.running()
		if len(running) <= s.before {
			return nil
		}
		return running
	})
	if len(left) > 0 {
		t.Errorf("between two rounds there are %d goroutines, %d before the first:\n%s", len(left), s.before, strings.Join(left, "\n"))
	}
	now.heap, now.rss = liveHeap(), residentMemory()
	if files, err := os.ReadDir("/proc/self/fd"); err == nil { // not every system tells
		now.files = len(files) - now.kept
	}
	return now
}

// running lists the stacks of all goroutines, but for those of HTTP connections
// that are kept for the next call; it tells how many connections these are.
func (s *soak) running() (stacks []string, kept int) {
	var all bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&all, 1)
	_, groups, _ := strings.Cut(all.String(), "\n") // after the total
	for _, group := range strings.Split(strings.TrimSpace(groups), "\n\n") {
		var n int
		_, _ = fmt.Sscanf(group, "%d @", &n)
		switch {
		case strings.Contains(group, "net/http.(*persistConn).readLoop"):
			kept += n
		case strings.Contains(group, "net/http.(*persistConn).writeLoop"):
		default:
			stacks = append(stacks, slices.Repeat([]string{group}, n)...)
		}
	}
	return stacks, kept
}

// judge compares the process after the last round with what it was after half of
// them: what has grown meanwhile would grow for ever.
func judge(t *testing.T, seen []moment) {
	half, last := seen[max(len(seen)/2, 1)-1], seen[len(seen)-1]
	if grown := last.heap - half.heap; grown > heapAllowance {
		t.Errorf("the live heap grew by %.1f MB from round %d to round %d", grown, len(seen)/2, len(seen))
	}
	// What lies outside of the collector's heap is told by the system alone, and
	// only so exactly.
	if grown := last.rss - half.rss; grown > rssAllowance && len(seen) >= 6 {
		t.Errorf("the resident memory grew by %.0f MB from round %d to round %d", grown, len(seen)/2, len(seen))
	}
	// A connection that is just being closed may be counted on one side alone.
	if last.files > seen[0].files+4 {
		t.Errorf("%d files are open after the last round, %d were after the first", last.files, seen[0].files)
	}
	if last.kept > mostKept {
		t.Errorf("%d connections are kept for the next call", last.kept)
	}
}
