package cli

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fairleadhq/fairlead/internal/sandbox"
)

// terminal is a pseudo terminal with a program on it, read and typed to as a
// person would.
type terminal struct {
	t      *testing.T
	master *os.File
	cmd    *exec.Cmd

	mu    sync.Mutex
	seen  bytes.Buffer
	ended bool
}

// startOnTerminal runs fairlead with all three streams on a terminal.
func startOnTerminal(t *testing.T, env []string, args ...string) *terminal {
	t.Helper()
	master, slave := openTerminal(t)
	cmd := exec.Command("fairlead", args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	term := &terminal{t: t, master: master, cmd: cmd}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			term.mu.Lock()
			term.seen.Write(buf[:n])
			term.ended = err != nil
			term.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		master.Close()
		<-done
	})
	return term
}

func openTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: 100}); err != nil {
		t.Fatal(err)
	}
	return master, slave
}

func (s *terminal) text() string {
	text, _ := s.screen()
	return text
}

// screen is what was written so far, and whether the program has ended.
func (s *terminal) screen() (text string, ended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen.String(), s.ended
}

// expect waits until text is on the screen.
func (s *terminal) expect(text string) {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		screen, ended := s.screen()
		if strings.Contains(screen, text) {
			return
		}
		if ended {
			break
		}
	}
	s.t.Fatalf("%q did not appear; the screen:\n%s", text, s.text())
}

func (s *terminal) typed(keys string) {
	s.t.Helper()
	if _, err := s.master.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// exit waits for the end and returns the exit status.
func (s *terminal) exit() int {
	s.t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- s.cmd.Wait() }()
	select {
	case <-ended:
		return s.cmd.ProcessState.ExitCode()
	case <-time.After(time.Minute):
		s.t.Fatalf("it did not end; the screen:\n%s", s.text())
		return -1
	}
}

func TestDemoOnATerminal(t *testing.T) {
	s := startOnTerminal(t, plainEnv(t), "demo", "--once")
	s.expect(`SSO session expired for profile "dev". Log in now? [Y/n] `)
	s.typed("y")
	s.expect("Logged in.")
	s.expect("DynamoDB: one customer")
	s.expect("That was the demo")
	if code := s.exit(); code != 0 {
		t.Errorf("exit status %d, want 0; the screen:\n%s", code, s.text())
	}
}

// TestOneKeyAndTheQueryGoesOn is the whole promise: an expired session, one
// key, and the rows.
func TestOneKeyAndTheQueryGoesOn(t *testing.T) {
	srv, err := sandbox.Start(t.Context(), sandbox.Options{Rows: 100, Expired: true, AutoApprove: true})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	s := startOnTerminal(t, append(environment(t, srv), "NO_COLOR=1"), "query", "sales", "select count(*) as orders from orders")
	s.expect(`SSO session expired for profile "dev". Log in now? [Y/n] `)
	s.typed("\r")
	s.expect("Logged in. Going on with what was waiting.")
	s.expect("100")
	if code := s.exit(); code != 0 {
		t.Errorf("exit status %d, want 0; the screen:\n%s", code, s.text())
	}
}

func TestANoToTheLogInIsTaken(t *testing.T) {
	s := startOnTerminal(t, plainEnv(t), "demo", "--once")
	s.expect("[Y/n] ")
	s.typed("n")
	s.expect("answer y: fairlead demo")
	if code := s.exit(); code != 3 {
		t.Errorf("exit status %d, want 3; the screen:\n%s", code, s.text())
	}
}

func TestDemoStaysUpUntilCtrlC(t *testing.T) {
	s := startOnTerminal(t, plainEnv(t), "demo")
	s.expect("[Y/n] ")
	s.typed("\r")
	s.expect("Ctrl-C ends it")
	s.typed("\x03")
	if code := s.exit(); code != 0 {
		t.Errorf("exit status %d, want 0; the screen:\n%s", code, s.text())
	}
}

func TestCtrlCAtTheQuestion(t *testing.T) {
	s := startOnTerminal(t, plainEnv(t), "demo")
	s.expect("[Y/n] ")
	s.typed("\x03")
	if code := s.exit(); code != 130 {
		t.Errorf("exit status %d, want 130; the screen:\n%s", code, s.text())
	}
}

// TestDemoOpensTheSignInPage stands a script in for the browser opener and
// approves on the page as a person would: by sending the form it shows.
func TestDemoOpensTheSignInPage(t *testing.T) {
	dir := t.TempDir()
	opened := filepath.Join(dir, "opened")
	opener := "#!/bin/sh\nprintf %s \"$1\" > " + opened + ".part && mv " + opened + ".part " + opened + "\n"
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(opener), 0o700); err != nil {
		t.Fatal(err)
	}
	env := append(plainEnv(t), "BROWSER=", "DISPLAY=:99", "SSH_CONNECTION=", "SSH_TTY=", "PATH="+dir+":"+os.Getenv("PATH"))
	s := startOnTerminal(t, env, "demo", "--once")
	s.expect("[Y/n] ")
	s.typed("y")
	s.expect("Logging in with the browser: ")
	s.expect("Sign in on the page that opens")
	approve(t, waitForFile(t, opened))
	s.expect("Logged in.")
	s.expect("That was the demo")
	if code := s.exit(); code != 0 {
		t.Errorf("exit status %d, want 0; the screen:\n%s", code, s.text())
	}
}

// TestMoreTimeIsGiven lets the time of a log in run out twice.
func TestMoreTimeIsGiven(t *testing.T) {
	srv, err := sandbox.Start(t.Context(), sandbox.Options{Rows: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	env := plainEnv(t)
	for name, value := range srv.Ready().Env {
		env = append(env, name+"="+value)
	}
	s := startOnTerminal(t, append(env, "NO_COLOR=1"), "login", "dev", "--timeout", "3s")
	s.expect("Logging in with a code: ")
	s.expect("Wait longer? [Y/n] ")
	s.typed("y")
	s.expect("yes")
	page := regexp.MustCompile(`Approve the log in at (\S+)`).FindStringSubmatch(s.text())
	if page == nil {
		t.Fatalf("no page is shown; the screen:\n%s", s.text())
	}
	approve(t, page[1])
	s.expect("Logged in.")
	if code := s.exit(); code != 0 {
		t.Errorf("exit status %d, want 0; the screen:\n%s", code, s.text())
	}
}

// TestProfilesAreAddedByQuestion answers every question of profiles add.
func TestProfilesAreAddedByQuestion(t *testing.T) {
	srv, err := sandbox.Start(t.Context(), sandbox.Options{Rows: 100, AutoApprove: true})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	ready := srv.Ready()
	env := append(plainEnv(t), "NO_COLOR=1")
	for name, value := range ready.Env {
		env = append(env, name+"="+value)
	}
	config := filepath.Join(t.TempDir(), "new", "config")
	s := startOnTerminal(t, append(env, "AWS_CONFIG_FILE="+config), "profiles", "add")
	s.expect("Start URL of the access portal: ")
	s.typed(ready.Endpoint + "/start\n")
	s.expect("Region of IAM Identity Center [us-east-1]: ")
	s.typed("\n")
	s.expect("Logged in.")
	s.expect("Which? Numbers and ranges such as 1,3-5 [all]: ")
	s.typed("1,3\n")
	s.expect("+[profile production-ReadOnly]")
	s.expect("? [Y/n] ")
	s.typed("y")
	if code := s.exit(); code != 0 {
		t.Errorf("exit status %d, want 0; the screen:\n%s", code, s.text())
	}
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	for want, there := range map[string]bool{"[sso-session sso]": true, "[profile analytics-dev-Analyst]": true,
		"[profile production-ReadOnly]": true, "[profile analytics-dev-ReadOnly]": false} {
		if strings.Contains(string(text), want) != there {
			t.Errorf("%q in the file: %v, want %v:\n%s", want, !there, there, text)
		}
	}
}

func waitForFile(t *testing.T, name string) string {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if text, err := os.ReadFile(name); err == nil {
			return string(text)
		}
	}
	t.Fatalf("%s did not appear", name)
	return ""
}

// approve opens a sign-in page and presses its Approve button.
func approve(t *testing.T, page string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Timeout: 10 * time.Second}
	resp, err := client.Get(page)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v\n%s", page, resp.Status, err, text)
	}
	form := url.Values{"decision": {"approve"}}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`).FindAllSubmatch(text, -1) {
		form.Set(string(m[1]), html.UnescapeString(string(m[2])))
	}
	action := regexp.MustCompile(`<form[^>]* action="([^"]+)"`).FindSubmatch(text)
	if action == nil {
		t.Fatalf("the page has no form:\n%s", text)
	}
	to, err := resp.Request.URL.Parse(html.UnescapeString(string(action[1])))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.PostForm(to.String(), form)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("approving: %s", answer.Status)
	}
}

// TestCtrlCStopsTheRemoteQuery asks the sandbox whether the statement was
// really stopped there.
func TestCtrlCStopsTheRemoteQuery(t *testing.T) {
	srv, err := sandbox.Start(t.Context(), sandbox.Options{Rows: 20_000, SignedIn: true})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	env := plainEnv(t)
	for name, value := range srv.Ready().Env {
		env = append(env, name+"="+value)
	}
	s := startOnTerminal(t, env, "query", "sales", "select count(*) from orders a, orders b, orders c where a.amount + b.amount < c.amount")
	s.expect("running")
	s.typed("\x03")
	if code := s.exit(); code != 130 {
		t.Errorf("exit status %d, want 130; the screen:\n%s", code, s.text())
	}
	if n := srv.Switches().Calls("athena.StopQueryExecution"); n != 1 {
		t.Errorf("the statement was stopped %d times at the service, want once", n)
	}
}

func TestAFullScanAsksFirst(t *testing.T) {
	srv, err := sandbox.Start(t.Context(), sandbox.Options{Rows: 100, SignedIn: true})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	for keys, want := range map[string]int{"n": 5, "y": 0} {
		s := startOnTerminal(t, append(environment(t, srv), "NO_COLOR=1"), "query", "dynamodb://dev@us-east-1?allow_scan=ask", `select pk from "shop"`)
		s.expect("This statement reads all of shop")
		s.expect("Run it? [y/N] ")
		s.typed(keys)
		if code := s.exit(); code != want {
			t.Errorf("%s: exit status %d, want %d; the screen:\n%s", keys, code, want, s.text())
		}
	}
}
