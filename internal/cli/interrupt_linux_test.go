package cli

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox"
	"github.com/fairleadhq/fairlead/internal/sandbox/front"
)

// TestCtrlCAtEveryStage interrupts the real program wherever a log in or the
// way to it can stand still. It must end at once as interrupted, leave no file
// half written and no lock held: the next log in works.
func TestCtrlCAtEveryStage(t *testing.T) {
	login := func(method string) []string { return []string{"login", "dev", "--method", method} }
	for _, c := range []struct {
		stage    string
		args     []string
		home     sandbox.Options
		hangs    string // the call that the service does not answer
		reached  string // the call that shows that the stage is reached; "" for hangs
		browser  bool
		signs    bool // the person signs in on the page that is opened
		ended    bool // the access token has ended and can be refreshed
		rival    bool // another process is logging in
		withCLI  bool // the log in is left to an AWS CLI
		terminal string
	}{
		{stage: "asking whether the session is good", args: []string{"login", "dev"}, home: sandbox.Options{SignedIn: true}, hangs: "sso.ListAccounts"},
		{stage: "refreshing", args: []string{"credentials", "export", "--profile", "dev"}, home: sandbox.Options{SignedIn: true}, ended: true, hangs: "sso-oidc.CreateToken"},
		{stage: "registering", args: login("device"), hangs: "sso-oidc.RegisterClient"},
		{stage: "asking for a code", args: login("device"), hangs: "sso-oidc.StartDeviceAuthorization"},
		{stage: "the first poll", args: login("device"), hangs: "sso-oidc.CreateToken"},
		{stage: "the code is shown", args: login("device"), reached: "sso-oidc.CreateToken"},
		{stage: "waiting for another process", args: login("device"), rival: true},
		{stage: "registering for the browser", args: login("browser"), browser: true, hangs: "sso-oidc.RegisterClient"},
		{stage: "the page is open", args: login("browser"), browser: true},
		{stage: "trading the browser's answer", args: login("browser"), home: sandbox.Options{AutoApprove: true}, browser: true, signs: true, hangs: "sso-oidc.CreateToken"},
		{stage: "the AWS CLI runs", args: login("aws-cli"), withCLI: true},
		{stage: "trading the token for keys", args: []string{"credentials", "export", "--profile", "dev", "--login"}, home: sandbox.Options{AutoApprove: true}, hangs: "sso.GetRoleCredentials"},
		{stage: "listing the accounts", args: []string{"profiles", "add", "--session", "fairlead", "--all", "--yes"}, home: sandbox.Options{SignedIn: true}, hangs: "sso.ListAccountRoles"},
	} {
		t.Run(c.stage, func(t *testing.T) {
			t.Parallel()
			c.home.Rows = 100
			srv, err := sandbox.Start(t.Context(), c.home)
			if err != nil {
				t.Fatal(err)
			}
			defer srv.Close()
			w, env := srv.Switches(), environment(t, srv)
			if c.ended {
				endToken(t, srv)
			}
			if service, operation, ok := strings.Cut(c.hangs, "."); ok {
				w.Fault(front.Fault{Service: service, Operation: operation, Latency: time.Hour})
			}
			reached := func() bool { return w.Calls(c.hangs+c.reached) > 0 }
			if c.browser {
				more, opened := recordingBrowser(t)
				env = append(env, more...)
				if c.hangs == "" || c.signs {
					reached = func() bool { _, err := os.Stat(opened); return err == nil }
				}
				if c.signs {
					visited := make(chan struct{})
					defer func() { <-visited }()
					go func() {
						defer close(visited)
						page := waitForFile(t, opened)
						if resp, err := http.Get(page); err == nil {
							resp.Body.Close()
						}
					}()
					reached = func() bool { return w.Calls(c.hangs) > 0 }
				}
			}
			var child func() int
			if c.withCLI {
				more, pid := sleepingCLI(t)
				env = append(env, more...)
				child = func() int { return pidIn(pid) }
				reached = func() bool { return child() > 0 }
			}
			var rival *process
			if c.rival {
				rival = startProcess(t, env, login("device")...)
				eventually(t, "the first log in's code", func() bool { return strings.Contains(rival.text(), "check that it shows the code") })
			}
			before := readFile(t, srv.Ready().Env["AWS_CONFIG_FILE"])

			p := startProcess(t, env, c.args...)
			if c.rival { // it says nothing while it waits: the lock file is open
				reached = func() bool { return opens(p.cmd.Process.Pid, ".login.lock") }
			}
			eventually(t, c.stage, reached)
			if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			if code := p.exit(); code != 130 {
				t.Errorf("exit status %d, want 130:\n%s", code, p.text())
			}
			if !strings.Contains(p.text(), "nterrupted") || strings.Contains(p.text(), "error:") {
				t.Errorf("it said:\n%s", p.text())
			}
			nothingHalfWritten(t, tokenFolder(srv))
			if after := readFile(t, srv.Ready().Env["AWS_CONFIG_FILE"]); after != before {
				t.Errorf("the config file was changed:\n%s", after)
			}
			if child != nil {
				eventually(t, "the end of the AWS CLI", func() bool { return syscall.Kill(child(), 0) != nil })
			}

			w.ClearFaults()
			w.SignIn().SetAutoApprove(true)
			if rival != nil { // the first one goes on undisturbed
				for _, code := range w.SignIn().Waiting() {
					if err := w.Approve(code); err != nil {
						t.Error(err)
					}
				}
				if code := rival.exit(); code != 0 {
					t.Errorf("the other log in ended with %d:\n%s", code, rival.text())
				}
			}
			again := startProcess(t, env, append(login("device"), "--force")...)
			if code := again.exit(); code != 0 || !validNow(t, env) {
				t.Errorf("the next log in ended with %d:\n%s", code, again.text())
			}
			nothingHalfWritten(t, tokenFolder(srv))
		})
	}
}

// TestCtrlCAtTheQuestionForMoreTime.
func TestCtrlCAtTheQuestionForMoreTime(t *testing.T) {
	t.Parallel()
	srv, err := sandbox.Start(t.Context(), sandbox.Options{Rows: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	s := startOnTerminal(t, append(environment(t, srv), "NO_COLOR=1"), "login", "dev", "--timeout", "10s")
	s.expect("Wait longer? [Y/n] ")
	s.typed("\x03")
	if code := s.exit(); code != 130 {
		t.Errorf("exit status %d, want 130; the screen:\n%s", code, s.text())
	}
	nothingHalfWritten(t, tokenFolder(srv))
}

// TestALogInThatLandsAtTheQuestionTakesNoKey: the question for more time ends
// by itself when somebody approves; what is typed next belongs to the next
// question, whole.
func TestALogInThatLandsAtTheQuestionTakesNoKey(t *testing.T) {
	t.Parallel()
	srv, err := sandbox.Start(t.Context(), sandbox.Options{Rows: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	env := append(environment(t, srv), "NO_COLOR=1", "FAIRLEAD_LOGIN_METHOD=device")
	s := startOnTerminal(t, env, "profiles", "add", "--session", "fairlead", "--timeout", "16s")
	s.expect("Wait longer? [Y/n] ")
	for _, code := range srv.Switches().SignIn().Waiting() {
		if err := srv.Switches().Approve(code); err != nil {
			t.Fatal(err)
		}
	}
	s.expect("Which? Numbers and ranges such as 1,3-5 [all]: ")
	s.typed("2\n")
	s.expect("+[profile ")
	s.expect("? [Y/n] ")
	s.typed("n")
	if code := s.exit(); code != 0 {
		t.Errorf("exit status %d; the screen:\n%s", code, s.text())
	}
	if n := strings.Count(s.text(), "+[profile "); n != 1 {
		t.Errorf("%d profiles were chosen, want 1; the screen:\n%s", n, s.text())
	}
}

// TestALogInElsewhereAnswersTheQuestion: who logs in in another window finds the
// query in this one going on, without a key.
func TestALogInElsewhereAnswersTheQuestion(t *testing.T) {
	t.Parallel()
	srv, err := sandbox.Start(t.Context(), sandbox.Options{Rows: 100, Expired: true, AutoApprove: true})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	env := append(environment(t, srv), "NO_COLOR=1")
	s := startOnTerminal(t, env, "query", "sales", "select 41 + 1 as answer", "--format", "csv")
	s.expect(`SSO session expired for profile "dev". Log in now? [Y/n] `)
	if p := startProcess(t, env, "login", "dev", "--method", "device"); p.exit() != 0 {
		t.Fatal(p.text())
	}
	s.expect("Going on with what was waiting.")
	s.expect("42")
	if code := s.exit(); code != 0 {
		t.Errorf("exit status %d; the screen:\n%s", code, s.text())
	}
	if n := srv.Switches().Calls("sso-oidc.StartDeviceAuthorization"); n != 1 {
		t.Errorf("%d log ins, want the one elsewhere", n)
	}
}

// sleepingCLI is an AWS CLI v2 whose log in never ends; pid names the file that
// holds its process id once it runs.
func sleepingCLI(t *testing.T) (env []string, pid string) {
	t.Helper()
	dir := t.TempDir()
	pid = filepath.Join(dir, "pid")
	script := "#!/bin/sh\nif [ \"$1\" = --version ]; then echo 'aws-cli/2.22.0 Python/3.12.6 Linux/6 exe/x86_64'; exit 0; fi\n" +
		"echo $$ > " + pid + ".part && mv " + pid + ".part " + pid + "\nexec sleep 1000\n"
	if err := os.WriteFile(filepath.Join(dir, "aws"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return []string{"PATH=" + dir + ":" + os.Getenv("PATH")}, pid
}

// pidIn reads a process id, 0 while there is none.
func pidIn(file string) int {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return pid
}

// opens reports whether a process has a file open whose name ends so.
func opens(pid int, end string) bool {
	links, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/fd/*")
	for _, link := range links {
		if name, err := os.Readlink(link); err == nil && strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// endToken makes the sandbox's tokens end, in their files too; they can be refreshed.
func endToken(t *testing.T, srv *sandbox.Server) {
	t.Helper()
	srv.Switches().ExpireTokens()
	files, err := filepath.Glob(filepath.Join(tokenFolder(srv), "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if err := setTokenEnd(file, time.Now().Add(-time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
