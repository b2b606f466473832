package app

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/journal"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/session"
)

// fake is an engine whose answers a test decides.
type fake struct {
	run      func(ctx context.Context, s engine.Statement) (result.Stream, error)
	plan     engine.Plan
	attached string
	sent     int
}

func (f *fake) Run(ctx context.Context, s engine.Statement) (result.Stream, error) {
	f.sent++
	if s.Submitted != nil {
		if err := s.Submitted("remote-1"); err != nil {
			return nil, err
		}
	}
	return f.run(ctx, s)
}
func (f *fake) Close() error                                                { return nil }
func (f *fake) Plan(context.Context, engine.Statement) (engine.Plan, error) { return f.plan, nil }
func (f *fake) Attach(ctx context.Context, id string, s engine.Statement) (result.Stream, error) {
	f.attached = id
	return f.run(ctx, s)
}

func texts(rows ...string) arrow.RecordBatch {
	schema := arrow.NewSchema([]arrow.Field{result.Field("a", arrow.BinaryTypes.String, "varchar")}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	b.Field(0).(*array.StringBuilder).AppendValues(rows, nil)
	return b.NewRecordBatch()
}

func answers(rows ...string) func(context.Context, engine.Statement) (result.Stream, error) {
	return func(context.Context, engine.Statement) (result.Stream, error) {
		b := texts(rows...)
		return result.Fixed(b.Schema(), result.Stats{RemoteID: "remote-1"}, b), nil
	}
}

// newFake returns an app with one engine, and the folder of its files.
func newFake(t *testing.T, f *fake, o Options) (*App, string) {
	t.Helper()
	home := t.TempDir()
	env := map[string]string{"FAIRLEAD_HOME": home, "HOME": home, "USERPROFILE": home, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
		"AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
	o.Env = func(name string) string { return env[name] }
	o.Specs = []engine.Spec{{Kind: "fake", Title: "Fake", Dialect: "redshift",
		Params: []engine.Param{{Name: AllowScan}, {Name: "fetch", Choices: []string{"a", "b"}}},
		Open:   func(context.Context, *session.Session, map[string]string) (engine.Engine, error) { return f, nil }},
		{Kind: "other", Title: "Other"}}
	return New(o), home
}

func connect(t *testing.T, a *App, over Overrides) *Connection {
	t.Helper()
	conn, err := a.Connect(t.Context(), "fake://", over)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// read pulls a stream to its end and closes it.
func read(t *testing.T, s result.Stream) string {
	t.Helper()
	var all []string
	for {
		b, err := s.Next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range int(b.NumRows()) {
			all = append(all, b.Column(0).(*array.String).Value(i))
		}
		b.Release()
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

var remembering = RunOptions{Journal: true, Keep: true}

func only(t *testing.T, a *App) journal.Run {
	t.Helper()
	runs, err := a.History(journal.Filter{})
	if err != nil || len(runs) != 1 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	return runs[0]
}

func TestARunIsRememberedAndItsRowsKept(t *testing.T) {
	f := &fake{}
	a, home := newFake(t, f, Options{})
	told := ""
	f.run = func(ctx context.Context, s engine.Statement) (result.Stream, error) {
		// the id is written down before anything waits
		if r := only(t, a); r.State != journal.Running || r.RemoteID != "remote-1" || r.ID != told {
			t.Errorf("%+v while it runs", r)
		}
		return answers("x", "y", "z")(ctx, s)
	}
	o := remembering
	o.OnJournal = func(id string) { told = id }
	o.Limit = 2
	s, err := connect(t, a, Overrides{}).Run(t.Context(), engine.Statement{Text: "select 1", Args: []engine.Arg{{Value: "v"}, {Value: "geheim", Secret: true}}}, o)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, s); got != "x y" {
		t.Errorf("rows %s", got)
	}
	r := only(t, a)
	if r.State != journal.Done || r.Stats.Rows != 2 || !r.Stats.Truncated || r.Engine != "fake" || r.Connection != "fake://" || r.Region != "us-east-1" {
		t.Errorf("%+v", r)
	}
	if len(r.Args) != 2 || r.Args[0].Value != "v" || r.Args[1].Value != "" {
		t.Errorf("args %+v", r.Args)
	}
	kept, err := a.Kept(r.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, kept.Stream()); got != "x y" || !kept.Stats().Truncated {
		t.Errorf("kept %s, %+v", got, kept.Stats())
	}
	kept.Close()
	if err := a.RemoveHistory(r.ID); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(filepath.Join(home, "cache", "results")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestWhatIsNotWholeIsNotKept(t *testing.T) {
	f := &fake{}
	a, home := newFake(t, f, Options{})
	conn := connect(t, a, Overrides{})
	cause := fault.New(fault.Throttled, "Slow down")
	for _, c := range []struct {
		run   func(context.Context, engine.Statement) (result.Stream, error)
		state string
	}{
		{func(context.Context, engine.Statement) (result.Stream, error) { return nil, cause }, journal.Failed},
		{func(context.Context, engine.Statement) (result.Stream, error) { return nil, context.Canceled }, journal.Cancelled},
		{answers("x"), journal.Cancelled}, // closed before its end
	} {
		f.run = c.run
		if s, err := conn.Run(t.Context(), engine.Statement{Text: "select 1"}, remembering); err == nil {
			b, err := s.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			b.Release()
			s.Close()
		}
		runs, err := a.History(journal.Filter{Limit: 1})
		if err != nil || runs[0].State != c.state || runs[0].Kept != "" {
			t.Errorf("%+v, want %s (%v)", runs[0], c.state, err)
		}
	}
	if left, _ := os.ReadDir(filepath.Join(home, "cache", "results")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestALargeResultIsNotKept(t *testing.T) {
	f := &fake{}
	a, home := newFake(t, f, Options{})
	f.run = func(context.Context, engine.Statement) (result.Stream, error) {
		b := texts(strings.Repeat("x", 10<<20))
		var many []arrow.RecordBatch
		for range KeptEach/(10<<20) + 1 {
			b.Retain()
			many = append(many, b)
		}
		return result.Fixed(b.Schema(), result.Stats{}, many...), nil
	}
	s, err := connect(t, a, Overrides{}).Run(t.Context(), engine.Statement{Text: "select 1"}, remembering)
	if err != nil {
		t.Fatal(err)
	}
	read(t, s)
	if r := only(t, a); r.State != journal.Done || r.Kept != "" || r.Stats.Rows != KeptEach/(10<<20)+1 {
		t.Errorf("%+v", r)
	}
	if left, _ := os.ReadDir(filepath.Join(home, "cache", "results")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestTheOldestKeptResultsGo(t *testing.T) {
	f := &fake{run: answers("x")}
	a, home := newFake(t, f, Options{})
	dir := filepath.Join(home, "cache", "results")
	for i := range keptMost + 5 {
		if err := os.MkdirAll(filepath.Join(dir, "0000"+string(rune('a'+i/100))+string(rune('a'+i/10%10))+string(rune('a'+i%10))), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	large := filepath.Join(dir, "0001")
	os.MkdirAll(large, 0o700)
	if err := os.Truncate(touch(t, filepath.Join(large, "f")), KeptAll+1); err != nil {
		t.Fatal(err)
	}
	s, err := connect(t, a, Overrides{}).Run(t.Context(), engine.Statement{Text: "select 1"}, remembering)
	if err != nil {
		t.Fatal(err)
	}
	read(t, s)
	left, _ := os.ReadDir(dir)
	if len(left) != 1 || left[0].Name() != only(t, a).ID {
		t.Errorf("%d results are left", len(left))
	}
}

func touch(t *testing.T, path string) string {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A history that cannot be written stops nothing, and is told.
func TestAHistoryThatCannotBeWritten(t *testing.T) {
	f := &fake{run: answers("x")}
	a, home := newFake(t, f, Options{})
	touch(t, filepath.Join(home, "state")) // a file where the folder should be
	s, err := connect(t, a, Overrides{}).Run(t.Context(), engine.Statement{Text: "select 1"}, remembering)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, s); got != "x" || len(s.Stats().Notes) != 1 || !strings.Contains(s.Stats().Notes[0], "history cannot be written") {
		t.Errorf("%s, %v", got, s.Stats().Notes)
	}
}

func TestAttach(t *testing.T) {
	f := &fake{run: answers("x", "y")}
	a, _ := newFake(t, f, Options{})
	conn := connect(t, a, Overrides{})
	for _, o := range []RunOptions{{Journal: true}, remembering} {
		s, err := conn.Run(t.Context(), engine.Statement{Text: "select 1"}, o)
		if err != nil {
			t.Fatal(err)
		}
		read(t, s)
	}
	runs, _ := a.History(journal.Filter{})
	for i, fromService := range []bool{false, true} {
		f.attached = ""
		x, err := a.Attach(t.Context(), runs[i].ID, AttachOptions{Run: remembering})
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, x.Stream); got != "x y" || (f.attached == "remote-1") != fromService {
			t.Errorf("run %d: %s, attached to %q", i, got, f.attached)
		}
		x.Close()
	}
	if f.sent != 2 {
		t.Errorf("%d statements were sent", f.sent)
	}
	if kept, err := a.Kept(runs[1].ID); err != nil {
		t.Errorf("what was attached to is not kept: %v", err)
	} else {
		kept.Close()
	}
	x, err := a.Attach(t.Context(), "unknown-to-history", AttachOptions{Connection: "fake://", Run: remembering})
	if err != nil || f.attached != "unknown-to-history" {
		t.Fatalf("%v, attached to %q", err, f.attached)
	}
	read(t, x.Stream)
	x.Close()
	if _, err := a.Attach(t.Context(), "unknown-to-history", AttachOptions{}); fault.CodeOf(err) != fault.NotFound || !strings.Contains(fault.As(err).Remedy, "--connection") {
		t.Errorf("%v", err)
	}
}

// What a killed process left of a run, and what others left long ago, is in
// nobody's way.
func TestPartsOfResultsAreCleanedUp(t *testing.T) {
	f := &fake{run: answers("x", "y")}
	a, home := newFake(t, f, Options{})
	s, err := connect(t, a, Overrides{}).Run(t.Context(), engine.Statement{Text: "select 1"}, RunOptions{Journal: true})
	if err != nil {
		t.Fatal(err)
	}
	read(t, s)
	id := only(t, a).ID
	dir := filepath.Join(home, "cache", "results")
	for _, name := range []string{id, "0old", "0young"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		touch(t, filepath.Join(dir, name, "index"))
	}
	old := time.Now().Add(-48 * time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "0old"), old, old); err != nil {
		t.Fatal(err)
	}
	x, err := a.Attach(t.Context(), id, AttachOptions{Run: remembering})
	if err != nil {
		t.Fatal(err)
	}
	read(t, x.Stream)
	x.Close()
	kept, err := a.Kept(id)
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	left, _ := os.ReadDir(dir)
	if kept.Rows() != 2 || len(left) != 2 || left[0].Name() != "0young" {
		t.Errorf("%d rows, left %v", kept.Rows(), left)
	}
}

func TestFullScansAreGuarded(t *testing.T) {
	size := int64(5e6)
	yes := func(context.Context, engine.Plan) (bool, error) { return true, nil }
	no := func(context.Context, engine.Plan) (bool, error) { return false, nil }
	for _, c := range []struct {
		setting string
		full    bool
		size    *int64
		confirm func(context.Context, engine.Plan) (bool, error)
		allowed bool // by this run
		passes  bool
	}{
		{"", false, nil, nil, false, true}, {"", true, nil, nil, false, false}, {"ask", true, nil, yes, false, true}, {"ask", true, nil, no, false, false},
		{"never", true, nil, yes, false, false}, {"never", true, nil, nil, true, true}, {"always", true, nil, nil, false, true},
		{"10MB", true, &size, nil, false, true}, {"1MB", true, &size, nil, false, false}, {"1MB", true, &size, yes, false, true}, {"10MB", true, nil, nil, false, false},
	} {
		f := &fake{run: answers("x"), plan: engine.Plan{Full: c.full, Object: "shop", Bytes: c.size, Better: "Ask by key"}}
		a, _ := newFake(t, f, Options{ConfirmScan: c.confirm})
		over := Overrides{}
		if c.setting != "" {
			over.Params = map[string]string{AllowScan: c.setting}
		}
		s, err := connect(t, a, over).Run(t.Context(), engine.Statement{Text: "select 1"}, RunOptions{AllowScan: c.allowed})
		if c.passes != (err == nil) || c.passes != (f.sent == 1) {
			t.Errorf("%+v: %v, %d sent", c, err, f.sent)
		}
		if err == nil {
			s.Close()
		} else if fault.CodeOf(err) != fault.Guarded {
			t.Errorf("%v", err)
		}
	}
	f := &fake{plan: engine.Plan{Full: true, Object: "shop", Bytes: &size, Better: "Ask by key"}}
	a, _ := newFake(t, f, Options{})
	_, err := connect(t, a, Overrides{}).Run(t.Context(), engine.Statement{Text: "select 1"}, RunOptions{})
	if got := fault.As(err); got.Message != "This statement reads all of shop (5.0 MB)" || !strings.Contains(got.Remedy, "Ask by key\n") || !strings.Contains(got.Remedy, "--allow-scan") {
		t.Errorf("%q, %q", got.Message, got.Remedy)
	}
}

func TestParametersOfARun(t *testing.T) {
	a, _ := newFake(t, &fake{}, Options{})
	for _, params := range []map[string]string{{"transport": "wire"}, {"fetch": "c"}} {
		if _, err := a.Connect(t.Context(), "fake://", Overrides{Params: params}); fault.CodeOf(err) != fault.Usage {
			t.Errorf("%v: %v", params, err)
		}
	}
	_, err := a.Connect(t.Context(), "other://", Overrides{Params: map[string]string{"fetch": "a"}})
	if f := fault.As(err); f == nil || f.Code != fault.Usage || !strings.Contains(f.Remedy, "Fake") {
		t.Errorf("%v", err)
	}
}
