package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/sandbox"
)

// TestDynamoDBAsksOnATerminal: what changes data asks a person where it must, and
// does nothing on a no.
func TestDynamoDBAsksOnATerminal(t *testing.T) {
	srv, err := sandbox.Start(t.Context(), sandbox.Options{Rows: 100, SignedIn: true})
	if errors.Is(err, sandbox.ErrNoEngine) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	env := append(environment(t, srv), "EDITOR=sed -i s/two/three/", "TMPDIR="+t.TempDir())
	const target = "dynamodb://static@us-east-1"
	file := filepath.Join(t.TempDir(), "shop.jsonl")
	if err := os.WriteFile(file, []byte(`{"pk":"T","sk":"1","n":"two"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ask := func(question, answer string, code int, args ...string) *terminal {
		t.Helper()
		s := startOnTerminal(t, env, append([]string{"dynamodb", args[0], target, "--table", args[1]}, args[2:]...)...)
		s.expect(question)
		s.typed(answer)
		if got := s.exit(); got != code {
			t.Errorf("%v: exit %d, want %d; the screen:\n%s", args, got, code, s.text())
		}
		return s
	}
	item := func(table string) string {
		t.Helper()
		p := startProcess(t, env, "dynamodb", "get", target, "--table", table, "--key", "pk=T", "--key", "sk=1")
		p.exit()
		return strings.TrimSpace(p.text())
	}
	// The table is missing: it can be made like the one the file is named after.
	ask("keys of table shop", "n", 1, "import", "fresh", file)
	ask("keys of table shop", "y", 0, "import", "fresh", file)
	if got := item("fresh"); got != `{"n":"two","pk":"T","sk":"1"}` {
		t.Error(got)
	}
	ask("Write this to fresh?", "n", 5, "edit", "fresh", "pk=T", "sk=1").expect("your text stays in")
	if got := item("fresh"); !strings.Contains(got, "two") {
		t.Error(got)
	}
	ask("Write this to fresh?", "y", 0, "edit", "fresh", "pk=T", "sk=1")
	if got := item("fresh"); !strings.Contains(got, "three") {
		t.Error(got)
	}
	// What cannot be written can be mended in the editor once more.
	env = append(env, `EDITOR=sh -c 'if grep -q \"S\" "$1" && ! grep -q broken "$1"; then echo broken >> "$1"; else sed -i /broken/d "$1"; fi' sh`)
	ask("Edit it again?", "y", 0, "edit", "fresh", "pk=T", "sk=1").expect("nothing was changed")
	ask("Delete this item of fresh?", "n", 5, "delete", "fresh", "pk=T", "sk=1")
	if got := item("fresh"); !strings.Contains(got, "three") {
		t.Error(got)
	}
	// A statement that may change data of a connection labelled production.
	add := startProcess(t, env, "connections", "add", "live", "--engine", "dynamodb", "--profile", "static", "--region", "us-east-1", "--label", "production")
	if add.exit() != 0 {
		t.Fatal(add.text())
	}
	for answer, code := range map[string]int{"n": 5, "y": 0} {
		s := startOnTerminal(t, env, "query", "live", "update fresh set x = 'y' where pk = 'T' and sk = '1'")
		s.expect("labelled production")
		s.typed(answer)
		if got := s.exit(); got != code {
			t.Errorf("%s: exit %d: %s", answer, got, s.text())
		}
	}
	ask("Delete this item of fresh?", "y", 0, "delete", "fresh", "pk=T", "sk=1")
	if got := item("fresh"); got != "" {
		t.Error(got)
	}
}
