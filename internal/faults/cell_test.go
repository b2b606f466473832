//go:build unix

package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"maps"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine/all"
	"github.com/fairleadhq/fairlead/internal/journal"
	"github.com/fairleadhq/fairlead/internal/sandbox"
	"github.com/fairleadhq/fairlead/internal/sso"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// cell is one verb against one fault: a home of its own, a road of its own, and
// an app as a process of its own would have it.
type cell struct {
	verb    verb
	srv     *sandbox.Server
	dir     string // everything of the cell is in it
	out     string // where exports go
	env     map[string]string
	road    *road
	app     *app.App
	agree   bool // the person says yes when asked to log in
	asked   atomic.Int32
	names   int      // exports so far
	always  string   // the name of every export, where it is not another each time
	calls   []string // those of the verb without a fault
	want    tally
	latest  *child      // the process begun last
	tabs    tabs        // what the page was last known to keep
	saving  *tabs       // and what it was told meanwhile, perhaps in vain
	bent    bool        // the road leads nowhere
	revoked atomic.Bool // the SSO session was ended
}

// newCell puts the sandbox back to its beginning and makes a home from it.
func newCell(srv *sandbox.Server, v verb, dir string, o cellOptions) (*cell, error) {
	w := srv.Switches()
	w.ClearFaults()
	w.AllowActions()
	w.SetClockOffset(0)
	w.SetTokenLifetime(0)
	w.SetCredentialLifetime(0)
	if err := w.Restart(); err != nil {
		return nil, err
	}
	ready := srv.Ready()
	c := &cell{verb: v, srv: srv, dir: dir, out: filepath.Join(dir, "out"), agree: o.agree,
		road: newRoad(ready.Endpoint, ready.Postgres, o.tls)}
	c.road.cut = v.cut
	home := filepath.Join(dir, "home")
	if err := os.CopyFS(home, os.DirFS(ready.Home)); err != nil {
		c.road.close()
		return nil, err
	}
	if err := errors.Join(os.Mkdir(c.out, 0o700), private(home)); err != nil {
		c.road.close()
		return nil, err
	}
	c.env = map[string]string{"FAIRLEAD_KEYRING": "memory", "FAIRLEAD_LOGIN_METHOD": "device", "BROWSER": "none"}
	for name, value := range ready.Env {
		c.env[name] = strings.ReplaceAll(value, ready.Home, home)
	}
	c.env["AWS_ENDPOINT_URL"] = c.road.http.URL
	c.bent = o.tls || o.endpoint != ""
	if o.endpoint != "" {
		c.env["AWS_ENDPOINT_URL"] = o.endpoint
	}
	switch v.session {
	case ended:
		if err := os.RemoveAll(filepath.Join(home, ".aws", "sso", "cache")); err != nil {
			return nil, err
		}
	case stale:
		if err := endTokens(home); err != nil {
			return nil, err
		}
	}
	c.newApp()
	return c, nil
}

type cellOptions struct {
	agree    bool
	tls      bool
	endpoint string
}

func (c *cell) newApp() {
	env := maps.Clone(c.env)
	prompts := sso.Prompts{ShowCode: func(context.Context, sso.DeviceCode) {}}
	if c.agree {
		prompts.ConfirmLogin = func(context.Context, sso.LoginRequest) (bool, error) { c.asked.Add(1); return true, nil }
	}
	c.app = app.New(app.Options{Env: func(name string) string { return env[name] }, Specs: all.Specs(), Prompts: prompts})
}

func (c *cell) home() string { return filepath.Join(c.dir, "home") }

// mend takes every fault away, so that the next run must work.
func (c *cell) mend() {
	c.road.clear()
	w := c.srv.Switches()
	w.ClearFaults()
	w.AllowActions()
	w.SetClockOffset(0)
	c.agree = true
	if c.bent {
		c.road.close()
		ready := c.srv.Ready()
		c.road = newRoad(ready.Endpoint, ready.Postgres, false)
		c.env["AWS_ENDPOINT_URL"] = c.road.http.URL
	}
	if c.bent || c.revoked.Load() {
		c.newApp() // another road, or somebody who can be asked
	}
}

// close ends the road; what the app still held open ends with it.
func (c *cell) close() { c.road.close() }

// private makes a copied home as private as it was.
func private(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o600)
		if d.IsDir() {
			mode = 0o700
		}
		return os.Chmod(path, mode)
	})
}

// endTokens writes into the token caches that their access tokens have ended;
// they can be refreshed.
func endTokens(home string) error {
	files, err := filepath.Glob(filepath.Join(home, ".aws", "sso", "cache", "*.json"))
	if err != nil {
		return err
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var doc map[string]any
		if err := json.Unmarshal(data, &doc); err != nil {
			return err
		}
		if doc["accessToken"] == nil {
			continue
		}
		doc["expiresAt"] = time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
		if data, err = json.Marshal(doc); err != nil {
			return err
		}
		if err := os.WriteFile(file, data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// left tells what a run should not have left in the cell's folders: files under
// a temporary name, files of ours that cannot be read any more, exports that
// nobody was promised.
func (c *cell) left(exported bool) []string {
	var odd []string
	_ = filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil //nolint:nilerr // a folder may be gone by now
		}
		name, at := d.Name(), strings.TrimPrefix(path, c.dir)
		switch {
		case strings.HasSuffix(name, ".tmp"), strings.Contains(name, ".partial"):
			odd = append(odd, "temporary file "+at)
		case strings.HasPrefix(path, c.out) && !exported:
			odd = append(odd, "half an export "+at)
		case strings.HasSuffix(name, ".json") && strings.Contains(path, ".aws"):
			if data, err := os.ReadFile(path); err != nil || !json.Valid(data) {
				odd = append(odd, "broken "+at)
			}
		}
		return nil
	})
	// Our own files can be read by somebody who comes anew.
	anew := app.New(app.Options{Env: func(name string) string { return c.env[name] }, Specs: all.Specs()})
	if list, warnings, err := anew.Connections(); err != nil || len(list) != 3 || len(warnings) > 0 {
		odd = append(odd, fmt.Sprintf("connections.toml: %d, %v, %v", len(list), warnings, err))
	}
	runs, err := anew.History(journal.Filter{})
	if err != nil {
		odd = append(odd, "history: "+err.Error())
	}
	for _, run := range runs {
		if run.State == journal.Running { // its process, or its verb, is at its end
			odd = append(odd, "a run that is said to run on: "+run.Text)
		}
	}
	return odd
}

// openFiles lists what of the cell's folders this process still has open.
func (c *cell) openFiles() []string {
	links, _ := filepath.Glob("/proc/self/fd/*")
	var open []string
	for _, link := range links {
		if name, err := os.Readlink(link); err == nil && strings.HasPrefix(name, c.dir) {
			open = append(open, strings.TrimPrefix(name, c.dir))
		}
	}
	return open
}

// within runs f so that every goroutine that comes of it carries the cell's name.
func within(name string, f func(context.Context)) {
	pprof.Do(context.Background(), pprof.Labels(label, name), f)
}

const label = "cell"

// goroutines are the stacks of those that carry the cell's name.
func goroutines(name string) []string {
	var all bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&all, 1)
	mark := fmt.Sprintf("%q:%q", label, name)
	return slices.DeleteFunc(strings.Split(all.String(), "\n\n"), func(g string) bool { return !strings.Contains(g, mark) })
}

// settle waits until f finds nothing any more, and returns what it still found.
func settle(f func() []string) []string {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(15 * time.Second)
	defer limit.Stop()
	for {
		left := f()
		if len(left) == 0 {
			return nil
		}
		select {
		case <-tick.C:
		case <-limit.C:
			return left
		}
	}
}
