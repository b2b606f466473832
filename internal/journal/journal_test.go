package journal

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

func open(t *testing.T, dir string) *Journal {
	t.Helper()
	j, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestARunFromBeginningToEnd(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	scanned := int64(10)
	run := Run{Connection: "sales", Engine: "athena", Profile: "dev", Account: "1", Region: "us-east-1", Text: "select\n'ü'",
		Args: []Arg{{Type: "text", Value: "a"}}, Started: time.Now().Round(0).UTC()}
	id := must[string](t)(j.Begin(run))
	run.ID, run.State = id, Running
	if diff := cmp.Diff(run, must[Run](t)(j.Get(id))); diff != "" {
		t.Error(diff)
	}
	if err := j.Submitted(id, "remote-1"); err != nil {
		t.Fatal(err)
	}
	run.RemoteID = "remote-1"
	for _, name := range []string{id, id[:9], "remote-1"} {
		if diff := cmp.Diff(run, must[Run](t)(open(t, dir).Get(name))); diff != "" {
			t.Errorf("as another process reads %s: %s", name, diff)
		}
	}
	o := Outcome{State: Failed, Stats: result.Stats{Rows: 5, BytesScanned: &scanned, Notes: []string{"a"}, Elapsed: time.Second},
		Fault: &Fault{Code: "statement", Message: "no"}, Kept: "x"}
	if err := j.Finish(id, o); err != nil {
		t.Fatal(err)
	}
	got := must[Run](t)(j.Get(id))
	if got.Ended.Before(run.Started) {
		t.Errorf("ended %v", got.Ended)
	}
	run.Ended, run.State, run.Stats, run.Fault, run.Kept = got.Ended, Failed, o.Stats, o.Fault, "x"
	if diff := cmp.Diff(run, got); diff != "" {
		t.Error(diff)
	}
	if err := j.Dropped(id); err != nil {
		t.Fatal(err)
	}
	if got := must[Run](t)(j.Get(id)); got.Kept != "" {
		t.Errorf("kept %q after it was dropped", got.Kept)
	}
	if err := j.Remove(id); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Get(id); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("removed, and still %v", err)
	}
	if locks, _ := filepath.Glob(filepath.Join(dir, "writers", "*")); len(locks) > 0 {
		t.Errorf("left behind: %v", locks)
	}
}

func TestNothingIsMadeBeforeTheFirstWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	j := open(t, dir)
	if runs, err := j.List(Filter{}); err != nil || runs != nil {
		t.Errorf("%v, %v", runs, err)
	}
	if saved, err := j.SavedQueries(); err != nil || saved != nil {
		t.Errorf("%v, %v", saved, err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder was made: %v", err)
	}
}

func TestListChooses(t *testing.T) {
	j := open(t, t.TempDir())
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, r := range []Run{{Connection: "a", Text: "select ONE"}, {Connection: "b", Text: "select two"}, {Connection: "a", Text: "drop one"}} {
		r.Started = at.Add(time.Duration(i) * time.Minute)
		id := must[string](t)(j.Begin(r))
		state := Done
		if i == 2 {
			state = Failed
		}
		if err := j.Finish(id, Outcome{State: state, Stats: result.Stats{RemoteID: fmt.Sprint("R", i)}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		f    Filter
		want string
	}{
		{Filter{}, "R2 R1 R0"},
		{Filter{Search: "one"}, "R2 R0"},
		{Filter{Search: "r1"}, "R1"},
		{Filter{Connection: "a"}, "R2 R0"},
		{Filter{State: Failed}, "R2"},
		{Filter{Limit: 2}, "R2 R1"},
		{Filter{Before: at.Add(time.Minute)}, "R0"},
	} {
		var got []string
		for _, r := range must[[]Run](t)(j.List(c.f)) {
			got = append(got, r.RemoteID)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%+v: %v, want %s", c.f, got, c.want)
		}
	}
	if _, err := j.Get("6"); err == nil || !strings.Contains(err.Error(), "6") {
		t.Errorf("an id of several: %v", err)
	}
}

// A process that was killed leaves its run behind as lost; one that lives does not.
func TestARunOfAKilledProcessIsLost(t *testing.T) {
	if dir := os.Getenv("JOURNAL_CHILD"); dir != "" {
		j := open(t, dir)
		id := must[string](t)(j.Begin(Run{Text: "select 1"}))
		if err := j.Submitted(id, "remote"); err != nil {
			t.Fatal(err)
		}
		fmt.Println("begun")
		os.Stdin.Read(make([]byte, 1)) // until it is killed
		return
	}
	dir := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestARunOfAKilledProcessIsLost$")
	child.Env = append(os.Environ(), "JOURNAL_CHILD="+dir)
	in := must[interface{ Close() error }](t)(child.StdinPipe())
	defer in.Close()
	out := must[interface {
		Read([]byte) (int, error)
		Close() error
	}](t)(child.StdoutPipe())
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 6)
	if _, err := out.Read(buf); err != nil || string(buf) != "begun\n" {
		t.Fatalf("%q %v", buf, err)
	}
	j := open(t, dir)
	if r := must[Run](t)(j.Get("remote")); r.State != Running {
		t.Errorf("%s while its process lives", r.State)
	}
	child.Process.Kill()
	child.Wait()
	r := must[Run](t)(j.Get("remote"))
	if r.State != Lost {
		t.Errorf("%s after its process was killed", r.State)
	}
	if err := j.Adopt(r.ID); err != nil {
		t.Fatal(err)
	}
	if r := must[Run](t)(open(t, dir).Get("remote")); r.State != Running {
		t.Errorf("%s after it was adopted", r.State)
	}
	if err := j.Finish(r.ID, Outcome{State: Done}); err != nil {
		t.Fatal(err)
	}
	if r := must[Run](t)(j.Get("remote")); r.State != Done || r.RemoteID != "remote" {
		t.Errorf("%+v", r)
	}
}

func TestManyWritersAtOnce(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		j := open(t, dir) // a file lock of its own, as another process has
		wg.Go(func() {
			for range 20 {
				id, err := j.Begin(Run{Text: strings.Repeat("x", 5000)})
				if err == nil {
					err = j.Finish(id, Outcome{State: Done})
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	runs := must[[]Run](t)(open(t, dir).List(Filter{State: Done}))
	if len(runs) != 160 {
		t.Errorf("%d runs of 160", len(runs))
	}
}

func TestALineThatWasCutOffIsPassedOver(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	first := must[string](t)(j.Begin(Run{Text: "one"}))
	f := must[*os.File](t)(os.OpenFile(j.logFile(), os.O_APPEND|os.O_WRONLY, 0))
	f.WriteString(`{"op":"begin","id":"zzz","run":{"Te`)
	f.Close()
	second := must[string](t)(j.Begin(Run{Text: "two"}))
	for _, id := range []string{first, second} {
		if _, err := j.Get(id); err != nil {
			t.Error(err)
		}
	}
	if runs := must[[]Run](t)(j.List(Filter{})); len(runs) != 2 {
		t.Errorf("%d runs", len(runs))
	}
}

func TestTheLogDoesNotGrowForEver(t *testing.T) {
	j := open(t, t.TempDir())
	text := strings.Repeat("x", longestText)
	last := ""
	for range 100 { // 25 MB in all
		last = must[string](t)(j.Begin(Run{Text: text + "y"}))
		if err := j.Finish(last, Outcome{State: Done}); err != nil {
			t.Fatal(err)
		}
	}
	info := must[os.FileInfo](t)(os.Stat(j.logFile()))
	if info.Size() > compactAt {
		t.Errorf("%d bytes", info.Size())
	}
	runs := must[[]Run](t)(j.List(Filter{}))
	if len(runs) < 10 || runs[0].ID != last || runs[0].State != Done || runs[0].Text != text {
		t.Errorf("%d runs, the last %s, want %s", len(runs), runs[0].ID, last)
	}
}

func TestSavedQueries(t *testing.T) {
	j := open(t, t.TempDir())
	for _, q := range []SavedQuery{{Name: "b", Text: "select 1"}, {Name: "a", Text: "old"}, {Name: " a ", Text: "new", Connection: "sales"}} {
		if err := j.Save(q); err != nil {
			t.Fatal(err)
		}
	}
	all := must[[]SavedQuery](t)(j.SavedQueries())
	if len(all) != 2 || all[0].Name != "a" || all[0].Text != "new" || all[1].Name != "b" {
		t.Errorf("%+v", all)
	}
	if err := j.DeleteSaved("b"); err != nil {
		t.Fatal(err)
	}
	if err := j.DeleteSaved("b"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("%v", err)
	}
	if _, err := j.SavedQuery("b"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("%v", err)
	}
	if err := j.Save(SavedQuery{Name: " "}); fault.CodeOf(err) != fault.Usage {
		t.Errorf("%v", err)
	}
	os.WriteFile(j.savedFile(), []byte("{"), 0o600)
	if err := j.Save(SavedQuery{Name: "c"}); fault.CodeOf(err) != fault.Config {
		t.Errorf("a damaged file was overwritten: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"op":"begin","id":"a","run":{"Text":"x"}}` + "\n" + `{"op":"finish","id":"a","outcome":{"State":"done"}}`))
	f.Add([]byte(`{"op":"remove","id":"a"}` + "\n\n{}\nnull\n[1]"))
	f.Fuzz(func(t *testing.T, log []byte) {
		s, err := read(bytes.NewReader(log))
		if err != nil {
			t.Fatal(err)
		}
		if len(s.runs) > len(s.order) {
			t.Fatal("runs without a beginning")
		}
		// A good line behind whatever stood there is read all the same.
		s, err = read(strings.NewReader(string(log) + "\n" + `{"op":"begin","id":"behind-all","run":{"Text":"x"}}`))
		if err != nil || s.runs["behind-all"] == nil {
			t.Fatalf("lost the line behind: %v", err)
		}
	})
}

// Runs that begin in the same second are as many as they are: two with one id
// would be one in the history.
func TestManyRunsOfASecondHaveTheirOwnIDs(t *testing.T) {
	j, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	at, seen := time.Unix(1_800_000_000, 0), map[string]bool{}
	for range 20_000 {
		seen[j.newID(at)] = true
	}
	if len(seen) != 20_000 {
		t.Errorf("%d ids of 20000 runs", len(seen))
	}
	if later := j.newID(at.Add(time.Second)); later <= slices.Max(slices.Collect(maps.Keys(seen))) || len(later) != 10 {
		t.Errorf("%s does not sort behind those of a second before", later)
	}
}
