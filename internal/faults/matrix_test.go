//go:build unix

package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/cli"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sandbox"
)

// The test binary is the program too, for what only a process of its own can
// suffer.
const childMark = "FAIRLEAD_FAULTS_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childMark) {
	case "":
	case aWorld:
		os.Exit(beWorld(os.Stdin, os.Stdout))
	default:
		os.Exit(cli.Main(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// whole reports whether everything is to be run, and not the part that fits
// into `go test ./...`.
func whole() bool { return os.Getenv("FAIRLEAD_FAULTS") == "all" }

// verdict is what became of one cell.
type verdict struct {
	na      string // why the fault cannot meet the verb
	skipped bool   // not in the quick part
	how     string // what the outcome was, in one word
	wrong   []string
	took    time.Duration
}

// TestMatrix runs every verb against every fault.
func TestMatrix(t *testing.T) {
	verbs, troubles := theVerbs(), theTroubles()
	only(&verbs, &troubles)
	table := make([][]verdict, len(verbs))
	rows := make(chan struct{}, 8) // most of a cell is waiting
	var work sync.WaitGroup
	root, err := os.MkdirTemp("", "fairlead-faults-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(root)
	if err := os.Chmod(root, 0o755); err != nil { // for the cells that run as somebody else
		t.Fatal(err)
	}
	var noEngine sync.Once
	unavailable := false
	for i, v := range verbs {
		table[i] = make([]verdict, len(troubles))
		work.Go(func() {
			rows <- struct{}{}
			defer func() { <-rows }()
			err := runRow(root, i, v, troubles, table[i])
			if errors.Is(err, sandbox.ErrNoEngine) {
				noEngine.Do(func() { unavailable = true })
			} else if err != nil {
				table[i][0].wrong = append(table[i][0].wrong, err.Error())
			}
		})
	}
	work.Wait()
	if unavailable {
		t.Skip(sandbox.ErrNoEngine)
	}
	for i, v := range verbs {
		for j, w := range troubles {
			for _, wrong := range table[i][j].wrong {
				t.Errorf("%s × %s: %s", v.name, w.name, wrong)
			}
		}
	}
	if os.Getenv("FAIRLEAD_FAULTS_ONLY") != "" || os.Getenv("FAIRLEAD_FAULTS_TIMES") != "" {
		for i, v := range verbs {
			for j, w := range troubles {
				t.Logf("%s × %s took %v", v.name, w.name, table[i][j].took.Round(time.Millisecond))
			}
		}
	}
	t.Log("\n" + picture(verbs, troubles, table))
}

// only narrows the matrix to what FAIRLEAD_FAULTS_ONLY names: "VERB/FAULT",
// either part may be empty. It is for whoever looks into one cell.
func only(verbs *[]verb, troubles *[]trouble) {
	v, w, _ := strings.Cut(os.Getenv("FAIRLEAD_FAULTS_ONLY"), "/")
	*verbs = slices.DeleteFunc(*verbs, func(x verb) bool { return !strings.Contains(x.name, v) })
	*troubles = slices.DeleteFunc(*troubles, func(x trouble) bool { return !strings.Contains(x.name, w) })
}

// runRow runs one verb against all faults, one after the other, on a sandbox of
// its own.
func runRow(root string, i int, v verb, troubles []trouble, row []verdict) error {
	srv, err := sandbox.Start(context.Background(), sandbox.Options{Rows: 200, SignedIn: true, AutoApprove: true})
	if err != nil {
		return err
	}
	defer srv.Close()
	// What comes without a fault, and by which calls.
	c, err := newCell(srv, v, filepath.Join(root, v.name), cellOptions{agree: true})
	if err != nil {
		return err
	}
	defer c.close()
	want := v.want(c)
	var got tally
	within(v.name, func(ctx context.Context) { got, err = v.run(ctx, c) })
	if err != nil {
		return fmt.Errorf("without any fault: %w", err)
	}
	if want.rows < 0 {
		want = got
	}
	if got != want {
		return fmt.Errorf("without any fault: %s, want %s", got, want)
	}
	calls := c.road.calls()
	for _, needed := range []string{v.key, v.onNetwork()} {
		if n := strings.Count("\n"+strings.Join(calls, "\n")+"\n", "\n"+needed+"\n"); n <= v.after {
			return fmt.Errorf("calls %q hold %s %d times", calls, needed, n)
		}
	}
	for j, w := range troubles {
		switch {
		case v.na[w.name] != "":
			row[j].na = v.na[w.name]
		case w.na != nil && w.na(v) != "":
			row[j].na = w.na(v)
		case !whole() && ((i+j)%w.share() != 0 || v.patient && strings.HasSuffix(w.name, "for good")):
			row[j].skipped = true
		default:
			from := time.Now()
			dir := filepath.Join(root, fmt.Sprintf("%s-%d", v.name, j))
			if err := os.Mkdir(dir, 0o755); err != nil {
				return err
			}
			row[j] = runCell(srv, v, w, dir, want, calls)
			row[j].took = time.Since(from)
		}
	}
	return nil
}

// runCell lets one fault meet one verb and looks at everything it may leave.
func runCell(srv *sandbox.Server, v verb, w trouble, dir string, want tally, calls []string) (out verdict) {
	fail := func(format string, args ...any) { out.wrong = append(out.wrong, fmt.Sprintf(format, args...)) }
	o := cellOptions{agree: w.agree, tls: w.tls, endpoint: w.endpoint}
	c, err := newCell(srv, v, dir, o)
	if err != nil {
		fail("%v", err)
		return out
	}
	c.calls, c.want = calls, want
	closed := false
	defer func() {
		if !closed {
			c.close()
		}
	}()
	name := v.name + " × " + w.name
	code := w.want
	if special, ok := v.fails[w.name]; ok {
		code = special
	}
	within(name, func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
		defer cancel()
		var got tally
		if w.run != nil {
			got, err = w.run(ctx, c)
		} else {
			w.put(c)
			limited, cancel := ctx, context.CancelFunc(func() {})
			if v.limit > 0 && strings.HasSuffix(w.name, "for good") {
				limited, cancel = context.WithTimeout(ctx, v.limit)
			}
			got, err = v.run(limited, c)
			cancel()
		}
		switch {
		case errors.Is(err, errWrong):
			fail("%v", err)
		case fault.CodeOf(err) != code:
			fail("ended with %q (%v), want %q", fault.CodeOf(err), err, code)
		case err == nil && got != want:
			fail("%s, want %s", got, want)
		}
		if asked := int(c.asked.Load()); asked != w.asks {
			fail("asked to log in %d times, want %d", asked, w.asks)
		}
		for _, odd := range c.left(false) {
			fail("left: %s", odd)
		}
		c.mend()
		if got, err := v.run(ctx, c); err != nil || got != want {
			fail("the next run: %s, %v; want %s", got, err, want)
		}
		for _, odd := range c.left(false) {
			fail("the next run left: %s", odd)
		}
	})
	c.close()
	closed = true
	for _, g := range settle(func() []string { return goroutines(name) }) {
		fail("a goroutine is left: %s", g)
	}
	for _, file := range settle(c.openFiles) {
		fail("a file is left open: %s", file)
	}
	out.how = "rows"
	if code != "" {
		out.how = string(code)
	}
	return out
}

// picture draws the table with its totals.
func picture(verbs []verb, troubles []trouble, table [][]verdict) string {
	var b strings.Builder
	var done, wrong, na, skipped int
	reasons := map[string]int{}
	for j, w := range troubles {
		fmt.Fprintf(&b, "%-34s", w.name)
		for i := range verbs {
			v := table[i][j]
			mark := v.how
			switch {
			case len(v.wrong) > 0:
				mark, wrong = "WRONG", wrong+1
			case v.na != "":
				mark, na = "n/a", na+1
				reasons[v.na]++
			case v.skipped:
				mark, skipped = ".", skipped+1
			default:
				done++
			}
			fmt.Fprintf(&b, " %-11.11s", mark)
		}
		b.WriteString("\n")
	}
	head := fmt.Sprintf("%-34s", "")
	for _, v := range verbs {
		head += fmt.Sprintf(" %-11.11s", strings.NewReplacer("connect ", "conn ", "athena ", "ath ", "redshift ", "rs ", "dynamodb", "dyn").Replace(v.name))
	}
	foot := "all as designed"
	if wrong > 0 {
		foot = fmt.Sprintf("%d NOT as designed", wrong)
	}
	for reason, n := range reasons {
		fmt.Fprintf(&b, "n/a %3d: %s\n", n, reason)
	}
	fmt.Fprintf(&b, "%d verbs × %d faults: %d cells run, %d n/a, %d left to `make faults`: %s\n", len(verbs), len(troubles), done+wrong, na, skipped, foot)
	return head + "\n" + b.String()
}
