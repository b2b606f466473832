//go:build unix

package sso

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// fakeCLI puts a program called aws into a folder of its own, which answers
// --version and runs body for everything else.
func fakeCLI(t *testing.T, version, body string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	script := "#!/bin/sh\nexport PATH=/usr/bin:/bin\nif [ \"$1\" = --version ]; then echo 'aws-cli/" + version + " Python/3.11.2 Linux/6 exe/x86_64'; exit 0; fi\n" +
		"echo \"$@\" > \"$HOME/args\"\n" + body
	must(t, os.WriteFile(filepath.Join(folder, "aws"), []byte(script), 0o755))
	return folder
}

// writesToken is a shell line that leaves a good token where the CLI would.
func (w *world) writesToken(key string) string {
	path := Session{Name: key}.TokenFile(w.home)
	return fmt.Sprintf("mkdir -p '%s'; printf '%%s' '{\"startUrl\": \"https://corp.awsapps.com/start\", \"region\": \"us-east-1\", \"accessToken\": \"by-cli\", \"expiresAt\": \"%s\"}' > '%s'\n",
		filepath.Dir(path), FormatTime(time.Now().Add(time.Hour)), path)
}

// cliManager is a manager that sees only these folders and no other CLI.
func (w *world) cliManager(path string, installed ...string) *Manager {
	plain := w.env
	w.env = func(k string) string {
		if k == "PATH" {
			return path + string(filepath.ListSeparator) + "relative"
		}
		return plain(k)
	}
	m := w.manager(Prompts{})
	m.cliFolders = installed
	return m
}

// heard is what a log in by the CLI said.
type heard struct {
	mu    sync.Mutex
	lines []string
}

func (h *heard) prompts() Prompts {
	return Prompts{Output: func(line string) { h.mu.Lock(); defer h.mu.Unlock(); h.lines = append(h.lines, line) }}
}

func TestTheCLILogsIn(t *testing.T) {
	for name, c := range map[string]struct {
		login, version, body string
		browser              bool
		args                 string
	}{
		"a profile, headless":            {login: "dev", version: "2.9.19", args: "sso login --profile dev --no-browser"},
		"a session, with a browser":      {login: "corp", version: "2.31.0", browser: true, args: "sso login --sso-session corp"},
		"a newer CLI, headless":          {login: "dev", version: "2.22.0", args: "sso login --profile dev --no-browser --use-device-code"},
		"the exit status is not the end": {login: "dev", version: "2.9.19", body: "exit 3\n", args: "sso login --profile dev --no-browser"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			h := &heard{}
			p := h.prompts()
			if c.browser {
				p.OpenBrowser = func(context.Context, string) error { t.Error("the browser is the CLI's to open"); return nil }
			}
			m := w.cliManager(fakeCLI(t, c.version, "echo 'go to https://device.example and say AB\033[31mCD'\n"+w.writesToken("corp")+c.body))
			must(t, m.Login(t.Context(), LoginOptions{Name: c.login, Method: MethodAWSCLI, Prompts: p}))
			if state, err := m.State(t.Context(), "dev"); err != nil || state.Status != Valid {
				t.Errorf("state = %+v, %v", state, err)
			}
			args, err := os.ReadFile(filepath.Join(w.home, "args"))
			if must(t, err); strings.TrimSpace(string(args)) != c.args {
				t.Errorf("it was called with %q, want %q", args, c.args)
			}
			if want := []string{"go to https://device.example and say AB[31mCD"}; !slices.Equal(h.lines, want) {
				t.Errorf("shown: %q", h.lines)
			}
			if w.idc.registered+w.idc.authorized != 0 {
				t.Error("the built-in flow ran too")
			}
		})
	}
}

// A v1 in front of a v2 on PATH, or outside it, must not hide the v2.
func TestTheSecondCLIMayBeTheRightOne(t *testing.T) {
	w := newWorld(t)
	v2 := fakeCLI(t, "2.15.0", w.writesToken("corp"))
	m := w.cliManager(fakeCLI(t, "1.45.11", "echo no >&2; exit 2\n"), filepath.Join(w.home, "nothing-here"), v2)
	must(t, m.Login(t.Context(), LoginOptions{Name: "dev", Method: MethodAWSCLI, Prompts: (&heard{}).prompts()}))
}

func TestAutoTakesTheCLIWhereABrowserOpens(t *testing.T) {
	w := newWorld(t)
	m := w.cliManager(fakeCLI(t, "2.15.0", w.writesToken("corp")))
	k := &taken{}
	p := (&heard{}).prompts()
	p.Method = k.method
	p.OpenBrowser = func(context.Context, string) error { t.Error("the browser is the CLI's to open"); return nil }
	must(t, m.Login(t.Context(), LoginOptions{Name: "dev", Prompts: p}))
	if len(k.said) != 1 || !strings.HasPrefix(k.said[0], "aws-cli: AWS CLI 2.15.0 is installed (") {
		t.Errorf("said %q", k.said)
	}
}

func TestHowTheCLIFails(t *testing.T) {
	for name, c := range map[string]struct {
		version, body string
		says          []string
	}{
		"none":         {"", "", []string{"There is no AWS CLI on PATH or in the usual install folders", "--method browser"}},
		"v1":           {"1.45.11", "", []string{`AWS CLI v1 has no command "aws sso login"`, "version 1.45.11", "install AWS CLI v2"}},
		"too old":      {"2.8.1", "", []string{"AWS CLI 2.8.1 does not know sso-session sections", "2.9"}},
		"not the CLI":  {"x.y", "", []string{"does not tell its version", `"x.y"`}},
		"it fails":     {"2.9.19", "echo one; for i in 1 2 3 4 5 6; do echo \"line $i\" >&2; done; exit 255\n", []string{"The AWS CLI did not log in profile \"dev\"", "exit status 255", "line 2\nline 3", "line 6", "--method device"}},
		"brings none":  {"2.9.19", "exit 0\n", []string{"ended without an error, but no new token is in", "same HOME"}},
		"is killed":    {"2.9.19", "kill -9 $$\n", []string{"signal: killed"}},
		"own endpoint": {"2.9.19", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			folder := t.TempDir()
			if c.version != "" {
				folder = fakeCLI(t, c.version, c.body)
			}
			if name == "own endpoint" {
				plain := w.env
				w.env = func(k string) string {
					if k == "AWS_ENDPOINT_URL" {
						return "http://127.0.0.1:1"
					}
					return plain(k)
				}
				c.says = []string{"AWS CLI 2.9.19 does not know AWS_ENDPOINT_URL", "update the AWS CLI"}
			}
			err := w.cliManager(folder).Login(t.Context(), LoginOptions{Name: "dev", Method: MethodAWSCLI, Prompts: (&heard{}).prompts()})
			f := fault.As(err)
			if f == nil || f.Code != fault.LoginFailed || f.Remedy == "" {
				t.Fatalf("error = %v", err)
			}
			contains(t, f.Error()+"\n"+f.Remedy, c.says...)
			if strings.Contains(f.Error(), "line 1\n") {
				t.Errorf("more than the tail is quoted: %v", f)
			}
			if _, err := os.Stat(Session{Name: "corp"}.TokenFile(w.home)); !os.IsNotExist(err) {
				t.Errorf("a token file is there: %v", err)
			}
		})
	}
}

// A CLI that fails because of the region leads to the region's message.
func TestTheCLIAtTheWrongRegion(t *testing.T) {
	w := newWorld(t)
	w.idc.homeRegion = "eu-west-2"
	m := w.cliManager(fakeCLI(t, "2.9.19", "echo 'An error occurred (InvalidRequestException)' >&2; exit 255\n"))
	err := m.Login(t.Context(), LoginOptions{Name: "dev", Method: MethodAWSCLI, Prompts: (&heard{}).prompts()})
	if fault.CodeOf(err) != fault.SSOWrongRegion {
		t.Fatalf("error = %v", err)
	}
	contains(t, err.Error(), "belongs to eu-west-2")
}

// Ctrl-C and the time limit end the CLI and what it started.
func TestTheCLIIsEndedWithItsChildren(t *testing.T) {
	for name, limit := range map[string]time.Duration{"cancel": 0, "time limit": 1500 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			m := w.cliManager(fakeCLI(t, "2.9.19", "sleep 600 &\necho $! > \"$HOME/child.part\"; mv \"$HOME/child.part\" \"$HOME/child\"\necho waiting\nwait\n"))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			p := Prompts{Output: func(string) {
				if limit == 0 {
					cancel()
				}
			}}
			err := m.Login(ctx, LoginOptions{Name: "dev", Method: MethodAWSCLI, Timeout: limit, Prompts: p})
			want := fault.Interrupted
			if limit > 0 {
				want = fault.LoginTimeout
				contains(t, err.Error(), "aws sso login (", "was running and nobody finished signing in")
			}
			if fault.CodeOf(err) != want {
				t.Fatalf("error = %v, want %s", err, want)
			}
			text, err := os.ReadFile(filepath.Join(w.home, "child"))
			must(t, err)
			pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
			must(t, err)
			for deadline := time.Now().Add(10 * time.Second); alive(pid); time.Sleep(10 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("the CLI's child %d lives on", pid)
				}
			}
		})
	}
}

// alive reports whether the process runs; one that nobody has waited for does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z")
}
