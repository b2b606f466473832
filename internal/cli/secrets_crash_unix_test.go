//go:build unix

package cli

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox"
	"github.com/fairleadhq/fairlead/internal/sandbox/front"
)

// What the program says when it is made to crash in the middle of its work is
// what people paste into issues: all its goroutines, and no secret.
func TestNoSecretInACrash(t *testing.T) {
	srv, err := sandbox.Start(context.Background(), sandbox.Options{Rows: 100, SignedIn: true, Home: t.TempDir()})
	if errors.Is(err, sandbox.ErrNoEngine) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	const passphrase = "a planted passphrase nobody must see"
	secrets := planted{srv.Ready().SecretAccessKey: "the static secret access key", passphrase: "the passphrase"}
	secrets.fromCaches(t, srv.Ready().Home)
	srv.Switches().Fault(front.Fault{Latency: time.Minute})
	env := append(environment(t, srv), "GOTRACEBACK=system", "FAIRLEAD_PASSPHRASE="+passphrase)
	for _, target := range []string{"sales", "shop", "athena://static@us-east-1"} {
		srv.Switches().Counters().Reset()
		p := startProcess(t, env, "query", target, "select 1")
		eventually(t, "the first call", func() bool { return len(srv.Switches().Counters().Snapshot()) > 0 })
		if err := p.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
			t.Fatal(err)
		}
		if code := p.exit(); code != 2 || !strings.Contains(p.text(), "goroutine 1 gp=") {
			t.Errorf("%s: exit %d: %s", target, code, p.text())
		}
		secrets.fromCaches(t, srv.Ready().Home)
		for _, what := range secrets.leaks([]byte(p.text())) {
			t.Errorf("%s: the crash shows %s", target, what)
		}
	}
	if len(secrets) < 5 {
		t.Errorf("only %d secrets were looked for", len(secrets))
	}
}
