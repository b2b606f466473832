//go:build unix

package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox"
)

// process is the real program, run without a terminal.
type process struct {
	t   *testing.T
	cmd *exec.Cmd

	mu   sync.Mutex
	said bytes.Buffer // stdout and stderr
}

// Write keeps what the program says.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.Write(b)
}

func (p *process) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.String()
}

// startProcess starts fairlead; the test ends it when it has not ended by itself.
func startProcess(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command("fairlead", args...)}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Dir = t.TempDir()
	p.cmd.Stdout, p.cmd.Stderr = p, p
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// exit waits for the end and returns the exit status.
func (p *process) exit() int {
	p.t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- p.cmd.Wait() }()
	select {
	case <-ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(time.Minute):
		p.t.Fatalf("%v did not end; it said:\n%s", p.cmd.Args, p.text())
		return -1
	}
}

// eventually waits until done reports true.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if done() {
			return
		}
	}
	t.Fatalf("%s did not happen within a minute", what)
}

// plainEnv is a terminal's environment without AWS, a browser or a display.
func plainEnv(t *testing.T) []string {
	env := []string{"HOME=" + t.TempDir(), "TERM=xterm", "NO_COLOR=", "BROWSER=none", "DISPLAY=", "WAYLAND_DISPLAY=", "WSL_DISTRO_NAME="}
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "FAIRLEAD_") {
			env = append(env, name+"=")
		}
	}
	return env
}

// environment is that of a process on the sandbox, without a terminal's extras.
func environment(t *testing.T, srv *sandbox.Server) []string {
	env := plainEnv(t)
	for name, value := range srv.Ready().Env {
		env = append(env, name+"="+value)
	}
	return env
}

// recordingBrowser stands a script in for the browser: it notes the address it
// is to open and opens nothing.
func recordingBrowser(t *testing.T) (env []string, opened string) {
	t.Helper()
	dir := t.TempDir()
	opened = filepath.Join(dir, "opened")
	opener := "#!/bin/sh\nprintf %s \"$1\" > " + opened + ".part && mv " + opened + ".part " + opened + "\n"
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(opener), 0o700); err != nil {
		t.Fatal(err)
	}
	return []string{"BROWSER=", "DISPLAY=:99", "SSH_CONNECTION=", "SSH_TTY=", "PATH=" + dir + ":" + os.Getenv("PATH")}, opened
}

// tokenFolder is where the sandbox's home keeps its SSO tokens.
func tokenFolder(srv *sandbox.Server) string {
	return filepath.Join(srv.Ready().Home, ".aws", "sso", "cache")
}

// validNow reports whether `status` calls the session valid.
func validNow(t *testing.T, env []string) bool {
	t.Helper()
	p := startProcess(t, env, "status", "dev")
	return p.exit() == 0 && strings.Contains(p.text(), "valid")
}
