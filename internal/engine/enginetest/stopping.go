package enginetest

import (
	"context"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// wait is how long a slow statement is left alone before it is cancelled. The
// outcome must be the same however far it has come.
const wait = 150 * time.Millisecond

// pull runs a statement and reads it to its end.
func pull(ctx context.Context, e engine.Engine, s engine.Statement) error {
	stream, err := e.Run(ctx, s)
	if err != nil {
		return err
	}
	defer stream.Close()
	for {
		batch, err := stream.Next(ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		batch.Release()
	}
}

// slow runs the slow statement under ctx and returns how long it took to return
// after ctx ended, the statement's remote id, and its error.
func (f Fixture) slow(t *testing.T, ctx context.Context) (late time.Duration, remote string, err error) {
	t.Helper()
	e := f.open(t)
	if f.Slow.Hinder != nil {
		defer f.Slow.Hinder(t)()
	}
	err = pull(ctx, e, engine.Statement{Text: f.Slow.SQL, Progress: func(p engine.Progress) { remote = p.RemoteID }})
	if f := fault.As(err); remote == "" && f != nil && f.Service != nil {
		remote = f.Service.RequestID // cancelled before the first progress
	}
	ended, _ := ctx.Value(endKey{}).(*time.Time)
	if ended != nil {
		late = time.Since(*ended)
	}
	return late, remote, err
}

type endKey struct{}

func (f Fixture) stopped(t *testing.T, remote string) {
	t.Helper()
	if f.Slow.Stopped == nil {
		return
	}
	if remote == "" {
		t.Fatal("neither progress nor the fault told the remote id")
	}
	until(t, "the service stops "+remote, func() bool { return f.Slow.Stopped(t, remote) })
}

func (f Fixture) cancelRunning(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := new(time.Time)
	ctx = context.WithValue(ctx, endKey{}, ended)
	timer := time.AfterFunc(wait, func() { *ended = time.Now(); cancel() })
	defer timer.Stop()
	late, remote, err := f.slow(t, ctx)
	if fault.CodeOf(err) != fault.Interrupted {
		t.Errorf("%v has code %s, want %s", err, fault.CodeOf(err), fault.Interrupted)
	}
	if late > prompt {
		t.Errorf("returned %v after it was cancelled", late)
	}
	f.stopped(t, remote)
}

func (f Fixture) deadline(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	ended, _ := ctx.Deadline()
	late, remote, err := f.slow(t, context.WithValue(ctx, endKey{}, &ended))
	if fault.CodeOf(err) != fault.Timeout {
		t.Errorf("%v has code %s, want %s", err, fault.CodeOf(err), fault.Timeout)
	}
	if late > prompt {
		t.Errorf("returned %v after its time was up", late)
	}
	f.stopped(t, remote)
}

func (f Fixture) cancelStreaming(t *testing.T) {
	e := f.open(t)
	s := run(t, e, f.Stream)
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	batch, err := s.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	batch.Release()
	cancel()
	if _, err := s.Next(ctx); fault.CodeOf(err) != fault.Interrupted {
		t.Errorf("%v, want code %s", err, fault.Interrupted)
	}
	if _, again := s.Next(t.Context()); fault.CodeOf(again) != fault.Interrupted {
		t.Errorf("then %v: an error must stay", again)
	}
	closeTwice(t, s)
	// The connection must serve the next statement.
	Rows(t, run(t, e, f.Types.SQL))
}

func (f Fixture) closeStreaming(t *testing.T) {
	e := f.open(t)
	s := run(t, e, f.Stream)
	batch, err := s.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows := batch.NumRows()
	batch.Release()
	began := time.Now()
	closeTwice(t, s)
	if d := time.Since(began); d > prompt {
		t.Errorf("Close took %v", d)
	}
	if st := s.Stats(); st.Rows != rows || st.Elapsed <= 0 {
		t.Errorf("stats after an early Close: %+v, want %d rows", st, rows)
	}
	if _, err := s.Next(t.Context()); err == nil || err == io.EOF {
		t.Errorf("Next after an early Close: %v, want an error", err)
	}
	Rows(t, run(t, e, f.Types.SQL))
}

// two runs statements on two profiles at once, several on each: every engine
// is safe for concurrent use, and none mixes up its connections.
func (f Fixture) two(t *testing.T) {
	var all sync.WaitGroup
	for _, profile := range f.Profiles {
		e := f.openAs(t, profile)
		for range 2 {
			all.Go(func() {
				s, err := e.Run(t.Context(), engine.Statement{Text: f.Types.SQL})
				if err != nil {
					t.Errorf("%s: %s", profile, explain(err))
					return
				}
				defer s.Close()
				rows, err := readRows(t.Context(), s)
				if diff := cmp.Diff(f.Types.Rows, rows); err != nil || diff != "" {
					t.Errorf("%s: %v\n%s", profile, err, diff)
				}
			})
		}
	}
	all.Wait()
}
