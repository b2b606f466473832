//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// pageServer is a `fairlead ui` of its own home, and a browser's half of the
// conversation with it.
type pageServer struct {
	cmd    *exec.Cmd
	url    string // with the token
	origin string
	client *http.Client
	cookie string
	key    string
}

// pageConnection is the saved connection that leads to the stub.
const pageConnection = "orders"

// startPage starts the page's server with one connection, which leads to the stub.
func (b *bench) startPage(stub *athenaStub) (*pageServer, error) {
	env, err := b.staticHome()
	if err != nil {
		return nil, err
	}
	home := filepath.Join(b.out, "static", "fairlead")
	if err := os.RemoveAll(home); err != nil {
		return nil, err
	}
	env = append(env, "AWS_ENDPOINT_URL="+stub.URL, "FAIRLEAD_KEYRING=memory")
	add := command{env: env, args: []string{b.fairlead, "connections", "add", pageConnection, "--engine", "athena", "--profile", "static", "--database", "sales"}}
	if _, err := add.once(); err != nil {
		return nil, err
	}
	return b.serve(env)
}

// serve starts `fairlead ui` and signs in.
func (b *bench) serve(env []string) (*pageServer, error) {
	file := filepath.Join(b.out, "page.json")
	_ = os.Remove(file)
	p := &pageServer{cmd: exec.Command(b.fairlead, "ui", "--no-open", "--port", "0", "--ready-file", file)}
	p.cmd.Env = append(os.Environ(), env...)
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	// It speaks once it answers.
	lines := bufio.NewReader(stderr)
	if first, err := lines.ReadString('\n'); err != nil {
		return nil, errors.Join(fmt.Errorf("fairlead ui: %s", first), p.cmd.Wait())
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	data, err := os.ReadFile(file)
	if err == nil {
		var doc struct{ URL, Origin string }
		err = json.Unmarshal(data, &doc)
		p.url, p.origin = doc.URL, doc.Origin
	}
	if err == nil {
		err = p.enter()
	}
	if err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

func (p *pageServer) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	return p.cmd.Wait()
}

func (p *pageServer) enter() error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	p.client = &http.Client{Jar: jar}
	_, token, _ := strings.Cut(p.url, "#token=")
	var session struct{ Key string }
	if err := p.call("POST", "/api/session", map[string]string{"token": token}, &session); err != nil {
		return err
	}
	p.key = session.Key
	at, err := http.NewRequest("GET", p.origin+"/api/x", nil)
	if err != nil {
		return err
	}
	for _, c := range jar.Cookies(at.URL) {
		p.cookie = c.Name + "=" + c.Value
	}
	return nil
}

// request makes one with the session's key.
func (p *pageServer) request(method, path string, body any) (*http.Request, error) {
	var text io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		text = bytes.NewReader(data)
	}
	r, err := http.NewRequest(method, p.origin+path, text)
	if err == nil && p.key != "" {
		r.Header.Set("X-Fairlead", p.key)
	}
	return r, err
}

func (p *pageServer) call(method, path string, body, to any) error {
	r, err := p.request(method, path, body)
	if err != nil {
		return err
	}
	answer, err := p.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, data)
	}
	if to == nil || len(data) == 0 {
		return nil
	}
	return json.Unmarshal(data, to)
}

// pageRun is what the measurements need of a run.
type pageRun struct {
	ID, State string
	Results   []struct {
		Rows    int64
		Columns []struct{ Name string }
		Error   json.RawMessage
	}
}

func (r pageRun) rows() int64 {
	if len(r.Results) == 0 {
		return 0
	}
	return r.Results[0].Rows
}

func (r pageRun) over() bool {
	return r.State == "done" || r.State == "failed" || r.State == "cancelled"
}

// begin sends the statement for so many rows.
func (p *pageServer) begin(rows int) (pageRun, error) {
	var run pageRun
	err := p.call("POST", "/api/runs", map[string]any{"connection": pageConnection, "text": fmt.Sprintf("select * from orders -- rows=%d", rows)}, &run)
	return run, err
}

// run sends the statement for so many rows and waits until all are kept.
func (p *pageServer) run(rows int) (pageRun, error) {
	run, err := p.begin(rows)
	if err != nil {
		return run, err
	}
	return p.wait(run, pageRun.over)
}

// wait asks until the run is as wanted.
func (p *pageServer) wait(run pageRun, wanted func(pageRun) bool) (pageRun, error) {
	for {
		if err := p.call("GET", "/api/runs/"+run.ID, nil, &run); err != nil {
			return run, err
		}
		if run.State == "failed" {
			return run, fmt.Errorf("the run failed: %s", run.Results[0].Error)
		}
		if wanted(run) {
			return run, nil
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// ofRun is the path of something of a run's result.
func ofRun(run pageRun, rest string) string { return "/api/runs/" + run.ID + "/results/0/" + rest }

// memory is what /proc tells of a process, in bytes: resident in all, and
// without the pages of files, which the system takes back as it likes.
type memory struct{ resident, own, peak int64 }

func memoryOf(pid int) (m memory) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return m
	}
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(line, ":")
		n, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		switch name {
		case "VmRSS":
			m.resident = n << 10
		case "RssAnon":
			m.own = n << 10
		case "VmHWM":
			m.peak = n << 10
		}
	}
	return m
}

// watch returns a function that ends the watching and tells the most that the
// server held meanwhile.
func (p *pageServer) watch() func() memory {
	pid := p.cmd.Process.Pid
	// 5 sets the peak back to what is resident now (proc(5)).
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
	end := make(chan struct{})
	var most memory
	var done sync.WaitGroup
	done.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			now := memoryOf(pid)
			most = memory{max(most.resident, now.resident), max(most.own, now.own), max(most.peak, now.peak)}
			select {
			case <-end:
				return
			case <-tick.C:
			}
		}
	})
	return func() memory {
		close(end)
		done.Wait()
		now := memoryOf(pid)
		most.peak = max(most.peak, now.peak)
		return most
	}
}

func (m memory) String() string {
	if m.peak == 0 {
		return "memory not known on this system"
	}
	return fmt.Sprintf("peak resident %.0f MiB, of its own %.0f MiB", float64(m.peak)/(1<<20), float64(m.own)/(1<<20))
}
