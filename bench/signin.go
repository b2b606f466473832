//go:build unix

package main

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// signin measures what a person waits for around a log in: from the approval to
// the waiting query running again, and from a log in done elsewhere. The
// sandbox's own interval of 1 s is what the device code is polled at.
func (b *bench) signin() error {
	err := b.withSandbox(func(r ready) error {
		s := &signinBench{bench: b, r: r}
		for _, m := range []struct {
			title, method string
			land          func(waiting) (time.Time, error)
		}{
			{"device code approved", "device", s.approve},
			{"signed in in the browser", "browser", s.visit},
			{"logged in elsewhere (token file replaced)", "device", s.elsewhere},
		} {
			if err := s.measure(m.title, m.method, m.land); err != nil {
				return fmt.Errorf("%s: %w", m.title, err)
			}
		}
		return nil
	}, "--expired", "--rows", "1000")
	if err != nil {
		return err
	}
	return b.manySessions()
}

type signinBench struct {
	*bench
	r ready
}

// waiting is a query that met an expired session and waits for a log in.
type waiting struct {
	screen func() string // what it has said so far
	part   time.Duration // how far into an interval the log in is to land
}

// measure lets a log in land a number of times, each a bit later within the
// interval, and shows how long the query behind it went on waiting.
func (s *signinBench) measure(title, method string, land func(waiting) (time.Time, error)) error {
	var sent, done []sample
	for i := range s.pairs + 1 {
		if err := s.forget(); err != nil {
			return err
		}
		part := time.Second * time.Duration(i) / time.Duration(s.pairs+1)
		running, ended, err := s.once(method, part, land)
		if err != nil {
			return err
		}
		if i > 0 {
			sent, done = append(sent, sample{wall: running}), append(done, sample{wall: ended})
		}
	}
	fmt.Printf("\n%s (%d runs; goal: below 2 s)\n", title, s.pairs)
	showWall("until the query runs", sent)
	showWall("until its rows are there", done)
	return nil
}

// forget ends the session, so that the next query needs a log in.
func (s *signinBench) forget() error {
	if err := s.post("auto-approve", `{"on": false}`); err != nil {
		return err
	}
	cmd := exec.Command(s.fairlead, "logout", "dev")
	cmd.Env = append(os.Environ(), environ(s.r.Env)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("logout: %w\n%s", err, out)
	}
	return s.post("counters/reset", "{}")
}

// once runs one query with a log in on the way.
func (s *signinBench) once(method string, part time.Duration, land func(waiting) (time.Time, error)) (running, ended time.Duration, err error) {
	opener := filepath.Join(s.out, "opener")
	if err := os.MkdirAll(opener, 0o755); err != nil {
		return 0, 0, err
	}
	if err := os.WriteFile(filepath.Join(opener, "xdg-open"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		return 0, 0, err
	}
	said := filepath.Join(s.out, "signin.err")
	stderr, err := os.Create(said)
	if err != nil {
		return 0, 0, err
	}
	defer stderr.Close()
	var rows bytes.Buffer
	cmd := exec.Command(s.fairlead, "query", "sales", "select 41 + 1 as n", "--login", "--format", "csv")
	cmd.Env = append(append(os.Environ(), environ(s.r.Env)...), "FAIRLEAD_LOGIN_METHOD="+method, "DISPLAY=:99", "BROWSER=",
		"SSH_CONNECTION=", "SSH_TTY=", "PATH="+opener+":"+os.Getenv("PATH"))
	cmd.Stdout, cmd.Stderr = &rows, stderr
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	defer func() { _ = cmd.Process.Kill() }()
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	landed, err := land(waiting{part: part, screen: func() string {
		text, _ := os.ReadFile(said)
		return string(text)
	}})
	if err != nil {
		return 0, 0, err
	}
	err = until("the query to run again", func() (bool, error) {
		n, err := s.calls("athena.StartQueryExecution")
		return n > 0, err
	})
	running = time.Since(landed)
	if err != nil {
		return 0, 0, err
	}
	if err := <-exited; err != nil || !strings.Contains(rows.String(), "42") {
		text, _ := os.ReadFile(said)
		return 0, 0, fmt.Errorf("the query ended with %v:\n%s%s", err, rows.String(), text)
	}
	return running, time.Since(landed), nil
}

// approve presses the button of the device page.
func (s *signinBench) approve(w waiting) (time.Time, error) {
	if err := until("a code", func() (bool, error) { return strings.Contains(w.screen(), "shows the code"), nil }); err != nil {
		return time.Time{}, err
	}
	code := regexp.MustCompile(`[A-Z]{4}-[A-Z]{4}`).FindString(w.screen())
	time.Sleep(w.part)
	at := time.Now()
	return at, s.post("approve", fmt.Sprintf(`{"user_code": %q}`, code))
}

// visit opens the sign-in page, which sends the browser on to the local port.
func (s *signinBench) visit(w waiting) (time.Time, error) {
	page := regexp.MustCompile(`http://\S+/authorize\S+`)
	if err := until("the page", func() (bool, error) { return page.MatchString(w.screen()), nil }); err != nil {
		return time.Time{}, err
	}
	if err := s.post("auto-approve", `{"on": true}`); err != nil {
		return time.Time{}, err
	}
	at := time.Now()
	resp, err := http.Get(page.FindString(w.screen()))
	if err != nil {
		return at, err
	}
	return at, resp.Body.Close()
}

// elsewhere logs in with another home and puts the token where the AWS CLI
// would: the waiting process must find it by itself.
func (s *signinBench) elsewhere(w waiting) (time.Time, error) {
	if err := until("a code", func() (bool, error) { return strings.Contains(w.screen(), "shows the code"), nil }); err != nil {
		return time.Time{}, err
	}
	if err := s.post("auto-approve", `{"on": true}`); err != nil {
		return time.Time{}, err
	}
	other := filepath.Join(s.out, "other-home")
	cmd := exec.Command(s.fairlead, "login", "dev", "--method", "device", "--force")
	cmd.Env = append(append(os.Environ(), environ(s.r.Env)...), "HOME="+other)
	if out, err := cmd.CombinedOutput(); err != nil {
		return time.Time{}, fmt.Errorf("login: %w\n%s", err, out)
	}
	sum := sha1.Sum([]byte("fairlead")) // the session's name is what the CLI names the file by
	name := filepath.Join(".aws", "sso", "cache", hex.EncodeToString(sum[:])+".json")
	text, err := os.ReadFile(filepath.Join(other, name))
	if err != nil {
		return time.Time{}, err
	}
	file := filepath.Join(s.r.Home, name)
	if err := os.WriteFile(file+".new", text, 0o600); err != nil {
		return time.Time{}, err
	}
	time.Sleep(w.part)
	at := time.Now()
	return at, os.Rename(file+".new", file)
}

func (s *signinBench) post(name, body string) error {
	resp, err := http.Post(s.r.Admin+"/"+name, "application/json", strings.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("switch %s: %s: %s", name, resp.Status, text)
	}
	return nil
}

// calls is how often the sandbox was called.
func (s *signinBench) calls(operation string) (int, error) {
	resp, err := http.Get(s.r.Admin + "/counters")
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	var counts map[string]struct {
		Calls int `json:"calls"`
	}
	err = json.NewDecoder(resp.Body).Decode(&counts)
	return counts[operation].Calls, err
}

// until looks every few milliseconds whether something has happened.
func until(what string, happened func() (bool, error)) error {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if ok, err := happened(); ok || err != nil {
			return err
		}
	}
	return fmt.Errorf("waited 30 s for %s", what)
}

func showWall(label string, all []sample) {
	slices.SortFunc(all, func(a, b sample) int { return int(a.wall - b.wall) })
	fmt.Printf("  %-34s %.2f s (%.2f-%.2f)\n", label, all[len(all)/2].wall.Seconds(), all[0].wall.Seconds(), all[len(all)-1].wall.Seconds())
}

// manySessions shows the status of 50 sessions.
func (b *bench) manySessions() error {
	home := filepath.Join(b.out, "sessions")
	cache := filepath.Join(home, ".aws", "sso", "cache")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return err
	}
	var config strings.Builder
	for i := range 50 {
		name := fmt.Sprintf("corp-%d", i)
		fmt.Fprintf(&config, "[sso-session %s]\nsso_start_url = https://%s.example/start\nsso_region = us-east-1\n", name, name)
		for j := range 10 {
			fmt.Fprintf(&config, "[profile %s-%d]\nsso_session = %s\nsso_account_id = 111122223333\nsso_role_name = R\n", name, j, name)
		}
		sum := sha1.Sum([]byte(name))
		token := fmt.Sprintf(`{"startUrl": "https://%s.example/start", "region": "us-east-1", "accessToken": "t", "expiresAt": %q}`,
			name, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
		if err := os.WriteFile(filepath.Join(cache, hex.EncodeToString(sum[:])+".json"), []byte(token), 0o600); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(home, ".aws", "config"), []byte(config.String()), 0o600); err != nil {
		return err
	}
	c := command{label: "status, 50 sessions, 500 profiles", args: []string{b.fairlead, "status"}, env: []string{"HOME=" + home}}
	var all []sample
	for range b.pairs {
		s, err := c.once()
		if err != nil {
			return err
		}
		all = append(all, s)
	}
	fmt.Printf("\nstatus (%d runs; goal: below 100 ms)\n", b.pairs)
	show(c.label, all)
	return nil
}
