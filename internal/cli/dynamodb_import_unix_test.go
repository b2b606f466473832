//go:build unix

package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb"
	"github.com/fairleadhq/fairlead/internal/sandbox"
	"github.com/fairleadhq/fairlead/internal/sandbox/front"
)

// importFile writes a file of so many items, of which the last ten repeat the
// first keys, and returns the lines that a table has in the end.
func importFile(t *testing.T, rows int) (name string, want []string) {
	t.Helper()
	var text strings.Builder
	for i := range rows {
		key := i
		if i >= rows-10 {
			key = i - (rows - 10)
		}
		line := fmt.Sprintf(`{"n":%d.5,"pk":"P%06d","sk":"x"}`, i, key)
		text.WriteString(line + "\n")
		if i < rows-10 {
			want = append(want, line)
		} else {
			want[key] = line
		}
	}
	name = filepath.Join(t.TempDir(), "rows.jsonl")
	if err := os.WriteFile(name, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return name, want
}

// tableHolds checks a table's items against lines, each once.
func tableHolds(t *testing.T, env []string, target, table string, want []string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "there.jsonl")
	p := startProcess(t, env, "dynamodb", "scan", target, "--table", table, "-o", file)
	if code := p.exit(); code != 0 {
		t.Fatalf("exit %d: %s", code, p.text())
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]bool{}
	for _, line := range want {
		left[line] = true
	}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	for _, line := range lines {
		if !left[line] {
			t.Fatalf("%s is not wanted, or there twice", line)
		}
		delete(left, line)
	}
	if len(left) > 0 {
		t.Errorf("%d items of %d are missing", len(left), len(want))
	}
}

// TestAKilledImportIsGoneOnWith kills the real program in the middle of an
// import, twice, while the service throttles, fails and hands items back. In the
// end every item is there, and of each key the last.
func TestAKilledImportIsGoneOnWith(t *testing.T) {
	srv, err := sandbox.Start(t.Context(), sandbox.Options{Rows: 100, SignedIn: true})
	if errors.Is(err, sandbox.ErrNoEngine) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	const target = "dynamodb://static@us-east-1"
	w, env := srv.Switches(), environment(t, srv)
	file, want := importFile(t, 6000)
	args := []string{"dynamodb", "import", target, "--table", "copy", file, "--writers", "3"}
	w.Fault(front.Fault{Service: "dynamodb", Operation: "BatchWriteItem", Latency: 40 * time.Millisecond})
	w.Fault(front.Fault{Service: "dynamodb", Operation: "BatchWriteItem", After: 5, Times: 2, Cut: true})
	w.Fault(front.Fault{Service: "dynamodb", Operation: "BatchWriteItem", After: 9, Times: 2, Throttle: true})
	w.Fault(front.Fault{Service: "dynamodb", Operation: "BatchWriteItem", After: 13, Times: 2, Status: 503})
	w.DynamoDB().Unprocessed(11, 30)
	before := ""
	for round := range 2 {
		p := startProcess(t, env, args...)
		now := ""
		eventually(t, "a checkpoint", func() bool {
			if data, err := os.ReadFile(file + ".import.json"); err == nil {
				now = string(data)
			}
			return now != "" && now != before
		})
		if before = now; !strings.Contains(now, `"rows":`) {
			t.Fatal(now)
		}
		if err := p.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		p.exit()
		if round == 0 {
			args = append(args, "--resume")
		}
	}
	var mark struct{ Rows int64 }
	if err := json.Unmarshal([]byte(before), &mark); err != nil || mark.Rows < 1 || mark.Rows >= 6000 {
		t.Fatalf("%s, %v: the second kill came too late to show anything", before, err)
	}
	w.ClearFaults()
	p := startProcess(t, env, args...)
	if code := p.exit(); code != 0 || !strings.Contains(p.text(), "going on behind the first") {
		t.Fatalf("exit %d: %s", code, p.text())
	}
	tableHolds(t, env, target, "copy", want)
	if _, err := os.Stat(file + ".import.json"); err == nil {
		t.Error("the checkpoint is left behind")
	}
}

// TestAnImportGoesOnThroughExpiry ends credentials and session in the middle of
// an import: one question, and every item is there.
func TestAnImportGoesOnThroughExpiry(t *testing.T) {
	w := startWaiting(t)
	b := &before{operation: "BatchWriteItem", nth: 9, do: func() { w.srv.Switches().RevokeSessions(); w.srv.Switches().ExpireCredentials() }}
	importer := w.open(t, dynamodb.Spec(), nil, b).(engine.Importer)
	name, want := importFile(t, 3000)
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	report, err := importer.Import(t.Context(), engine.Import{Table: "copy", From: file, Format: engine.ImportLines})
	if err != nil || report.Written != 3000 {
		t.Fatalf("%+v, %v", report, err)
	}
	if n := w.asked.Load(); n != 1 {
		t.Errorf("asked to log in %d times, want 1", n)
	}
	tableHolds(t, environment(t, w.srv), "dynamodb://dev@us-east-1", "copy", want)
}

// TestAnImportWhoseSessionEnded says how to go on, and goes on after a log in.
func TestAnImportWhoseSessionEnded(t *testing.T) {
	srv, err := sandbox.Start(t.Context(), sandbox.Options{Rows: 100, SignedIn: true, AutoApprove: true})
	if errors.Is(err, sandbox.ErrNoEngine) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	env := environment(t, srv)
	const target = "dynamodb://dev@us-east-1"
	file, want := importFile(t, 3000)
	args := []string{"dynamodb", "import", target, "--table", "copy", file, "--writers", "2"}
	srv.Switches().Fault(front.Fault{Service: "dynamodb", Operation: "BatchWriteItem", Latency: 40 * time.Millisecond})
	p := startProcess(t, env, args...)
	eventually(t, "a checkpoint", func() bool { _, err := os.Stat(file + ".import.json"); return err == nil })
	srv.Switches().RevokeSessions()
	srv.Switches().ExpireCredentials()
	if code := p.exit(); code != 3 || !strings.Contains(p.text(), "--resume") || !strings.Contains(p.text(), "fairlead login") {
		t.Fatalf("exit %d: %s", code, p.text())
	}
	srv.Switches().ClearFaults()
	if l := startProcess(t, env, "login", "dev", "--method", "device"); l.exit() != 0 {
		t.Fatal(l.text())
	}
	if p = startProcess(t, env, append(args, "--resume")...); p.exit() != 0 {
		t.Fatal(p.text())
	}
	tableHolds(t, env, target, "copy", want)
}

// TestAnImportOfAPipe reads what can be read only once to its end.
func TestAnImportOfAPipe(t *testing.T) {
	srv, err := sandbox.Start(t.Context(), sandbox.Options{Rows: 100, SignedIn: true})
	if errors.Is(err, sandbox.ErrNoEngine) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	env := environment(t, srv)
	file, want := importFile(t, 4000)
	pipe := filepath.Join(t.TempDir(), "pipe.jsonl")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("no named pipes here:", err)
	}
	go func() {
		data, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(pipe, data, 0o600)
		}
		if err != nil {
			t.Error(err)
		}
	}()
	const target = "dynamodb://static@us-east-1"
	p := startProcess(t, env, "dynamodb", "import", target, "--table", "copy", pipe)
	if code := p.exit(); code != 0 {
		t.Fatalf("exit %d: %s", code, p.text())
	}
	tableHolds(t, env, target, "copy", want)
}
