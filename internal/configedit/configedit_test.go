package configedit

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, text string) (*Edit, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	if text != "" {
		if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	e, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return e, path
}

func TestOnlyTheAskedLinesChange(t *testing.T) {
	for name, c := range map[string]struct{ before, after string }{
		"no file":       {"", "[profile a]\nregion = r\n"},
		"no last end":   {"# mine\n[x]\na=1", "# mine\n[x]\na=1\n\n[profile a]\nregion = r\n"},
		"blank at end":  {"[x]\n\n", "[x]\n\n[profile a]\nregion = r\n"},
		"Windows' ends": {"[x]\r\na=1\r\n", "[x]\r\na=1\r\n\r\n[profile a]\r\nregion = r\r\n"},
		"odd but kept":  {"\xef\xbb\xbf[x]\n  b = \xff\n\t\n", "\xef\xbb\xbf[x]\n  b = \xff\n\t\n[profile a]\nregion = r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			e, path := open(t, c.before)
			if e.Changed() || string(e.Bytes()) != c.before {
				t.Errorf("unchanged it is %q", e.Bytes())
			}
			if err := e.Append("profile a", "region = r"); err != nil {
				t.Fatal(err)
			}
			backup, err := e.Write(time.Unix(0, 0))
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := os.ReadFile(path); string(got) != c.after {
				t.Errorf("got %q, want %q", got, c.after)
			}
			if c.before == "" {
				if backup != "" {
					t.Errorf("a backup of nothing: %s", backup)
				}
				return
			}
			if kept, _ := os.ReadFile(backup); string(kept) != c.before || !strings.HasSuffix(backup, "config.backup-19700101T000000.000Z") {
				t.Errorf("backup %s holds %q", backup, kept)
			}
		})
	}
}

// The diff is one that the program patch takes.
func TestTheDiffIsTrue(t *testing.T) {
	patch, err := exec.LookPath("patch")
	if err != nil {
		t.Skip("there is no program patch here to try the diff with")
	}
	e, path := open(t, "1\n2\n3\n4\n[x]\n6\n7\n8\n9\n10\n11\n12\n13\n14\n")
	for number, text := range map[int]string{2: "two", 3: "", 12: ""} {
		if err := e.Replace(number, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Append("profile a", "region = r"); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(patch, "-s", path)
	cmd.Stdin = strings.NewReader(e.Diff())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, e.Diff())
	}
	if got, _ := os.ReadFile(path); string(got) != string(e.Bytes()) {
		t.Errorf("patched: %q, want %q", got, e.Bytes())
	}
	if strings.Contains(e.Diff(), " 8\n") {
		t.Errorf("lines far from a change are shown:\n%s", e.Diff())
	}
}

func TestWhatIsRefused(t *testing.T) {
	e, path := open(t, "[x]\nkey = a\n  more\nother = b\n")
	for name, err := range map[string]error{
		"a value of two lines":   e.Replace(2, "key = c"),
		"no such line":           e.Replace(9, "x"),
		"a header in a body":     e.Append("profile a", "[profile evil]"),
		"a line end in a body":   e.Append("profile a", "region = r\n[profile evil]"),
		"a bracket in a header":  e.Append("profile a] [b"),
		"a line end in a header": e.Append("profile a\nb"),
	} {
		if err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if e.Changed() {
		t.Errorf("it changed:\n%s", e.Diff())
	}
	if err := e.Replace(4, "other = c"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("[y]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Write(time.Now()); !errors.Is(err, ErrChanged) {
		t.Errorf("error = %v", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "[y]\n" {
		t.Errorf("what somebody else wrote was lost: %q", got)
	}
}
