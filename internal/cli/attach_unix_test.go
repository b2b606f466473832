//go:build unix

package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/journal"
	"github.com/fairleadhq/fairlead/internal/sandbox"
	"github.com/fairleadhq/fairlead/internal/sandbox/front"
)

// TestAttachAfterAKill: a query whose process was killed while it waited is in
// the history with the service's id, and its rows come without running it again.
func TestAttachAfterAKill(t *testing.T) {
	srv, err := sandbox.Start(context.Background(), sandbox.Options{Rows: 100, SignedIn: true})
	if errors.Is(err, sandbox.ErrNoEngine) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	env := os.Environ()
	for name, value := range srv.Ready().Env {
		env = append(env, name+"="+value)
	}
	env = append(env, "FAIRLEAD_HOME="+t.TempDir())
	fairlead := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("fairlead", args...)
		cmd.Env = env
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("fairlead %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
		}
		return string(out)
	}
	only := func() runDoc {
		t.Helper()
		var runs []runDoc
		if err := json.Unmarshal([]byte(fairlead("history", "--json")), &runs); err != nil {
			t.Fatal(err)
		}
		if len(runs) > 1 {
			t.Fatalf("%d runs", len(runs))
		}
		if len(runs) == 0 {
			return runDoc{}
		}
		return runs[0]
	}
	// The end of the query is never told, so that the process waits for it.
	for _, operation := range []string{"GetQueryExecution", "BatchGetQueryExecution"} {
		srv.Switches().Fault(front.Fault{Service: "athena", Operation: operation, Latency: time.Hour})
	}
	waiting := exec.Command("fairlead", "query", "athena://dev@us-east-1/AwsDataCatalog/sales", "select count(*) as n from orders", "--no-keep")
	waiting.Env = env
	if err := waiting.Start(); err != nil {
		t.Fatal(err)
	}
	defer waiting.Process.Kill()
	deadline := time.Now().Add(time.Minute)
	run := only()
	for run.RemoteID == "" {
		if time.Now().After(deadline) {
			t.Fatal("the service's id is not in the history")
		}
		run = only()
	}
	if run.State != journal.Running {
		t.Errorf("%s while it runs", run.State)
	}
	if err := waiting.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	waiting.Wait()
	srv.Switches().ClearFaults()
	if run = only(); run.State != journal.Lost {
		t.Errorf("%s after it was killed", run.State)
	}
	starts := srv.Switches().Calls("athena.StartQueryExecution")
	if got := fairlead("attach", run.ID, "--format", "csv"); got != "n\n100\n" {
		t.Errorf("attached: %q", got)
	}
	if got := fairlead("attach", run.RemoteID, "--format", "csv"); got != "n\n100\n" {
		t.Errorf("attached by the service's id: %q", got)
	}
	if again := srv.Switches().Calls("athena.StartQueryExecution"); again != starts {
		t.Errorf("the statement was sent %d times again", again-starts)
	}
	if run = only(); run.State != journal.Done || !run.Kept || run.Rows != 1 {
		t.Errorf("%+v after it was attached to", run)
	}
}
