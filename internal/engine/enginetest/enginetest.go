// Package enginetest is the engine contract as one test suite. Each engine's
// own test fills in a Fixture, with statements in its dialect, and runs it
// against a service; what the suite asks is the same for all.
//
// It knows the contract and no service.
//
//	enginetest.Run(t, enginetest.Fixture{Open: open, Types: ..., Big: ...})
package enginetest

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

// prompt is how soon a cancelled call must return. The services' own limits
// for an unanswered cancel are longer, so that it shows whether they heard it.
const prompt = 4 * time.Second

// Fixture is one engine on a running service.
type Fixture struct {
	// Open opens an engine on a new session of an AWS profile. The suite
	// closes it.
	Open func(t *testing.T, profile string) engine.Engine
	// Profiles are two AWS profiles that both may read.
	Profiles [2]string
	// Types holds every type of the service in one result, with NULL beside
	// the empty string.
	Types Table
	// Empty has no rows and still columns.
	Empty Table
	// Big has at least 20,000 rows, over several pages.
	Big Series
	// Stream has more rows than one batch, and is read in part; empty is Big's.
	Stream string
	// Failing is refused by the service.
	Failing Failure
	// Slow runs far longer than the test.
	Slow Slow
	// Write changes rows. Undo takes it back, as often as need be.
	Write Write
	// Browse are paths and names that must be listed below them.
	Browse []Listing
	// Missing are paths that lead to nothing the service has.
	Missing [][]string
	// Ping is a part of what Ping must say.
	Ping string
}

// Table is a statement and its whole result.
type Table struct {
	SQL     string
	Columns []string   // as Columns writes them
	Rows    [][]string // as Rows writes them
}

// Series is a statement with many rows, in any order.
type Series struct {
	SQL  string
	Rows int64
	Hash func(t *testing.T) uint64 // the sum of Hash over the rows, from another source
}

// Failure is a statement and how the service refuses it.
type Failure struct {
	SQL          string
	Code         fault.Code
	Service      fault.Service // RequestID "*" means any but empty
	MessageStays string        // a part of the service's message; Service.Message is not compared
}

// Slow is a statement that runs long, before its first row or until its last.
type Slow struct {
	SQL string
	// Hinder makes the service slow for as long as undo is not called; nil
	// when the statement is slow by itself.
	Hinder func(t *testing.T) (undo func())
	// Stopped asks the service whether the statement no longer runs; nil when
	// nothing runs there between calls.
	Stopped func(t *testing.T, remoteID string) bool
}

// Write is a statement that changes Rows rows.
type Write struct {
	Before []string // statements that make the place to write to
	SQL    string
	Rows   int64
	After  []string
}

// Listing is a path of Browse and some of what is below it.
type Listing struct {
	Path []string
	Want engine.Object // only Name, Kind and Type are compared; an empty Type is any
}

// Run runs the suite.
func Run(t *testing.T, f Fixture) {
	if f.Stream == "" {
		f.Stream = f.Big.SQL
	}
	t.Run("types", f.types)
	t.Run("no rows", f.empty)
	t.Run("many rows", f.big)
	t.Run("failing statement", f.failing)
	t.Run("cancelled while running", f.cancelRunning)
	t.Run("cancelled while streaming", f.cancelStreaming)
	t.Run("closed while streaming", f.closeStreaming)
	t.Run("deadline", f.deadline)
	t.Run("two connections", f.two)
	t.Run("write", f.write)
	t.Run("ping", f.ping)
	t.Run("browse", f.browse)
}

// open opens an engine and sees to it that it leaves nothing behind.
func (f Fixture) open(t *testing.T) engine.Engine {
	t.Helper()
	return f.openAs(t, f.Profiles[0])
}

func (f Fixture) openAs(t *testing.T, profile string) engine.Engine {
	t.Helper()
	e := f.Open(t, profile)
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("Close of the engine: %v", err)
		}
		checkLeaks(t)
	})
	return e
}

func (f Fixture) types(t *testing.T) { f.table(t, f.Types) }

func (f Fixture) empty(t *testing.T) {
	f.table(t, f.Empty)
	if len(f.Empty.Columns) == 0 {
		t.Error("a result without rows must still have columns")
	}
}

// table runs a statement and compares all of its result and figures.
func (f Fixture) table(t *testing.T, want Table) {
	s := run(t, f.open(t), want.SQL)
	defer s.Close()
	if diff := cmp.Diff(want.Columns, Columns(s.Schema())); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want.Rows, Rows(t, s)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if _, err := s.Next(t.Context()); err != io.EOF {
		t.Errorf("after the last batch: %v, want io.EOF", err)
	}
	closeTwice(t, s)
	if st := s.Stats(); st.Rows != int64(len(want.Rows)) || st.Elapsed <= 0 || st.Path == "" || st.RowsAffected != nil {
		t.Errorf("stats after Close: %+v", st)
	}
}

func (f Fixture) big(t *testing.T) {
	s := run(t, f.open(t), f.Big.SQL)
	defer s.Close()
	rows, sum := Sum(t, s)
	if rows != f.Big.Rows || rows < 20_000 {
		t.Errorf("%d rows, want %d", rows, f.Big.Rows)
	}
	if want := f.Big.Hash(t); sum != want {
		t.Errorf("rows differ: sum of hashes %x, want %x", sum, want)
	}
	closeTwice(t, s)
	if st := s.Stats(); st.Rows != rows {
		t.Errorf("stats count %d rows of %d", st.Rows, rows)
	}
}

func (f Fixture) failing(t *testing.T) {
	e := f.open(t)
	for range 2 { // a failure must not spoil the connection
		s, err := e.Run(t.Context(), engine.Statement{Text: f.Failing.SQL})
		if err == nil {
			_, err = s.Next(t.Context())
			s.Close()
		}
		var got *fault.Error
		if !errors.As(err, &got) || got.Service == nil {
			t.Fatalf("%#v is no fault with the service's words", err)
		}
		if got.Code != f.Failing.Code {
			t.Errorf("code %s, want %s", got.Code, f.Failing.Code)
		}
		said, want := *got.Service, f.Failing.Service
		if !contains(said.Message, f.Failing.MessageStays) {
			t.Errorf("message %q does not hold %q", said.Message, f.Failing.MessageStays)
		}
		if want.RequestID == "*" && said.RequestID != "" {
			want.RequestID = said.RequestID
		}
		want.Message = said.Message
		if diff := cmp.Diff(want, said); diff != "" {
			t.Errorf("service (-want +got):\n%s", diff)
		}
	}
}

func (f Fixture) write(t *testing.T) {
	e := f.open(t)
	do := func(list []string) {
		for _, text := range list {
			s := run(t, e, text)
			Rows(t, s)
			closeTwice(t, s)
		}
	}
	do(f.Write.After) // what an earlier run may have left
	do(f.Write.Before)
	defer do(f.Write.After)
	s := run(t, e, f.Write.SQL)
	if rows := Rows(t, s); len(rows) != 0 {
		t.Errorf("a write without RETURNING has rows: %v", rows)
	}
	closeTwice(t, s)
	if n := s.Stats().RowsAffected; n == nil || *n != f.Write.Rows {
		t.Errorf("rows affected %v, want %d", n, f.Write.Rows)
	}
}

func (f Fixture) ping(t *testing.T) {
	p, ok := f.open(t).(engine.Pinger)
	if !ok {
		t.Fatal("the engine has no Ping")
	}
	text, err := p.Ping(t.Context())
	if err != nil || !contains(text, f.Ping) {
		t.Errorf("%q, %v; want %q in it", text, err, f.Ping)
	}
}

func (f Fixture) browse(t *testing.T) {
	b, ok := f.open(t).(engine.Browser)
	if !ok {
		t.Fatal("the engine has no Browse")
	}
	for _, l := range f.Browse {
		list, err := engine.Listing(b.Browse(t.Context(), l.Path))
		if err != nil {
			t.Errorf("%q: %v", l.Path, err)
			continue
		}
		found, names := false, map[string]bool{}
		for _, o := range list {
			if names[o.Kind+" "+o.Name] {
				t.Errorf("%q lists %s %s twice", l.Path, o.Kind, o.Name)
			}
			names[o.Kind+" "+o.Name] = true
			found = found || o.Name == l.Want.Name && o.Kind == l.Want.Kind && (l.Want.Type == "" || o.Type == l.Want.Type)
		}
		if !found {
			t.Errorf("%q lists %+v, want %+v", l.Path, list, l.Want)
		}
		// Whoever has seen enough leaves nothing behind that bars the next, and
		// whoever has gone gets no listing.
		for range b.Browse(t.Context(), l.Path) {
			break
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if list, err := engine.Listing(b.Browse(gone, l.Path)); err == nil {
			t.Errorf("%q lists %v for one who has gone", l.Path, list)
		}
	}
	for _, path := range f.Missing {
		if list, err := engine.Listing(b.Browse(t.Context(), path)); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("%q lists %v, %v; want code %s", path, list, err, fault.NotFound)
		}
	}
	var got *fault.Error
	if _, err := engine.Listing(b.Browse(t.Context(), []string{"no", "such", "thing", "here", "x"})); !errors.As(err, &got) {
		t.Errorf("a path too deep: %v", err)
	}
}

// run starts a statement that must start.
func run(t *testing.T, e engine.Engine, text string) result.Stream {
	t.Helper()
	s, err := e.Run(t.Context(), engine.Statement{Text: text})
	if err != nil {
		t.Fatalf("%s\n%s", text, explain(err))
	}
	return s
}

// explain writes a fault with what the service said.
func explain(err error) string {
	text := err.Error()
	var f *fault.Error
	if errors.As(err, &f) && f.Service != nil {
		text += "\n" + f.Service.Code + ": " + f.Service.Message
	}
	return text
}

func closeTwice(t *testing.T, s result.Stream) {
	t.Helper()
	first := s.Close()
	if second := s.Close(); first != nil || !errors.Is(second, first) {
		t.Errorf("Close: %v, and again: %v", first, second)
	}
}

// until polls for what must come true.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	// The test's own context has ended when its clean-ups run, and leaks are
	// looked for there: without this the first look would be the last.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), prompt)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Errorf("not within %v: %s", prompt, what)
			return
		}
	}
}
