package cli

import (
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/fairleadhq/fairlead/internal/sandbox"
)

// TestAReadOnlyAWSFolder runs the real program as somebody who may read ~/.aws
// and write nothing there. What waits goes on with the token it got; a log in
// for its own sake says that it was not kept, and where.
func TestAReadOnlyAWSFolder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		home sandbox.Options
		runs []readOnlyRun
	}{
		{"expired", sandbox.Options{Expired: true}, []readOnlyRun{
			{[]string{"status", "dev"}, 3, "expired"},
			{[]string{"credentials", "export", "--profile", "dev"}, 3, "fairlead login dev"},
			{[]string{"credentials", "export", "--profile", "dev", "--login"}, 0, `"AccessKeyId": "ASIA`},
			{[]string{"query", "sales", "select 41 + 1 as n", "--login", "--format", "csv"}, 0, "42"},
			{[]string{"login", "dev", "--method", "device"}, 3, `Logged in for profile "dev", but the token could not be saved`},
		}},
		{"to be refreshed", sandbox.Options{SignedIn: true}, []readOnlyRun{
			{[]string{"credentials", "export", "--profile", "dev"}, 0, `"AccessKeyId": "ASIA`},
			{[]string{"query", "sales", "select 41 + 1 as n", "--format", "csv"}, 0, "42"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := openFolder(t)
			c.home.Rows, c.home.AutoApprove, c.home.Home = 100, true, filepath.Join(dir, "home")
			srv, err := sandbox.Start(t.Context(), c.home)
			if err != nil {
				t.Fatal(err)
			}
			defer srv.Close()
			if c.home.SignedIn {
				endToken(t, srv)
			}
			readOnly(t, c.home.Home)
			before := listing(t, c.home.Home)
			for _, r := range c.runs {
				cmd := exec.Command(forEverybody(t, dir), r.args...)
				cmd.Env, cmd.Dir = append(os.Environ(), environment(t, srv)...), "/"
				if os.Geteuid() == 0 { // root writes everywhere
					cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
				}
				out, _ := cmd.CombinedOutput()
				if code := cmd.ProcessState.ExitCode(); code != r.code || !strings.Contains(string(out), r.says) {
					t.Errorf("%v exited with %d, want %d and %q:\n%s", r.args, code, r.code, r.says, out)
				}
			}
			if after := listing(t, c.home.Home); after != before {
				t.Errorf("the folder was changed:\n%s\nbefore:\n%s", after, before)
			}
		})
	}
}

type readOnlyRun struct {
	args []string
	code int
	says string
}

// openFolder is a temporary folder that every user may enter.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "fairlead-readonly-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				return os.Chmod(path, 0o700)
			}
			return err
		})
		os.RemoveAll(dir)
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// readOnly lets everybody read what is below a folder, and nobody write.
func readOnly(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o444)
		if d.IsDir() {
			mode = 0o555
		}
		return os.Chmod(path, mode)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// listing is every file below a folder with its size and time.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			b.WriteString(path + " " + info.ModTime().String() + "\n")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// forEverybody puts the program where every user may run it.
func forEverybody(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "fairlead")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	from, err := exec.LookPath("fairlead")
	if err != nil {
		t.Fatal(err)
	}
	if from, err = filepath.EvalSymlinks(from); err != nil {
		t.Fatal(err)
	}
	if os.Link(from, path) == nil && os.Chmod(path, 0o755) == nil {
		return path
	}
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
