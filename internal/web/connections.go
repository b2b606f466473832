package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/connection"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// connectionDoc is a saved connection as the page gets and gives it.
type connectionDoc struct {
	Name       string            `json:"name"`
	Engine     string            `json:"engine"`
	Auth       string            `json:"auth,omitempty"`
	Profile    string            `json:"profile,omitempty"`
	Region     string            `json:"region,omitempty"`
	Account    string            `json:"account,omitempty"`
	Label      string            `json:"label,omitempty"`
	ReadOnly   bool              `json:"read_only"`
	Params     map[string]string `json:"params"`
	Scope      connection.Scope  `json:"scope"`
	Production bool              `json:"production"`
	File       string            `json:"file,omitempty"`
	Line       int               `json:"line,omitempty"`
	Hides      string            `json:"hides,omitempty"`
	Problem    string            `json:"problem,omitempty"`
	Warnings   []string          `json:"warnings"`
	Status     string            `json:"status"` // idle, open, error
	Error      *errorDoc         `json:"error,omitempty"`
	// Revision changes with the saved entry; a save that names an older one is refused.
	Revision string `json:"revision,omitempty"`
	// RenameFrom and Force are the page's: the name it had, and whether to
	// overwrite what another page saved meanwhile.
	RenameFrom string `json:"rename_from,omitempty"`
	Color      string `json:"color,omitempty"` // not saved; by the label
}

func (s *Server) connectionDoc(e connection.Entry) connectionDoc {
	status, err := s.pool.status(e.Name)
	params := e.Params
	if params == nil {
		params = map[string]string{}
	}
	return connectionDoc{Name: e.Name, Engine: e.Engine, Auth: e.Auth, Profile: e.Profile, Region: e.Region, Account: e.Account,
		Label: e.Label, ReadOnly: e.ReadOnly, Params: params, Scope: e.Scope, Production: app.IsProduction(e), File: e.File, Line: e.Line,
		Hides: e.Hides, Problem: e.Problem, Warnings: nonNil(e.Warnings), Status: status,
		Error: toErrorDoc(err).forConnection(e.Name, e.Profile), Revision: revision(e)}
}

func (d connectionDoc) entry() connection.Entry {
	return connection.Entry{Name: d.Name, Engine: d.Engine, Auth: d.Auth, Profile: d.Profile, Region: d.Region, Account: d.Account,
		Label: d.Label, ReadOnly: d.ReadOnly, Params: d.Params, Scope: d.Scope}
}

// revision is a fingerprint of what is saved of an entry.
func revision(e connection.Entry) string {
	sum := sha256.Sum256(fmt.Append(nil, e.Engine, "\x00", e.Auth, "\x00", e.Profile, "\x00", e.Region, "\x00", e.Account, "\x00",
		e.Label, "\x00", e.ReadOnly, "\x00", e.Params, "\x00", e.Scope))
	return hex.EncodeToString(sum[:8])
}

func (s *Server) getConnections(w http.ResponseWriter, r *http.Request) error {
	entries, _, err := s.app.Connections()
	if err != nil {
		return err
	}
	docs := make([]connectionDoc, len(entries))
	for i, e := range entries {
		docs[i] = s.connectionDoc(e)
	}
	return writeJSON(w, docs)
}

func (s *Server) putConnection(w http.ResponseWriter, r *http.Request) error {
	var in connectionDoc
	if err := readJSON(r, &in); err != nil {
		return err
	}
	in.Name = r.PathValue("name")
	if in.Scope == "" {
		in.Scope = connection.User
	}
	before := in.RenameFrom
	if before == "" {
		before = in.Name
	}
	old, err := s.app.SavedConnection(before)
	exists := err == nil && old.Scope == in.Scope
	switch {
	case in.Revision == "" && exists && in.RenameFrom == "":
		return fault.Newf(fault.Config, "There is a connection %q already", before).WithRemedy("choose another name")
	case in.Revision != "" && !exists:
		return conflict(w, "Connection %q was removed meanwhile", before, nil)
	case in.Revision != "" && in.Revision != revision(old):
		now := s.connectionDoc(old)
		return conflict(w, "Connection %q was changed meanwhile", before, &now)
	}
	e, secrets := s.app.SplitSecrets(in.entry())
	e.File = ""
	if exists && in.RenameFrom == "" {
		err = s.app.EditConnection(e)
	} else {
		err = s.app.AddConnection(e)
	}
	if err != nil {
		return err
	}
	if in.RenameFrom != "" && in.RenameFrom != in.Name {
		if err := s.app.MoveSecretParams(r.Context(), in.RenameFrom, in.Name); err != nil {
			return err
		}
		if err := s.app.RemoveConnection(r.Context(), in.RenameFrom); err != nil {
			return err
		}
		s.forget(in.RenameFrom)
	}
	for param, value := range secrets {
		if err := s.app.SetSecretParam(r.Context(), in.Name, param, value); err != nil {
			return err
		}
	}
	s.forget(in.Name)
	s.events.send("connections", "", map[string]any{})
	saved, err := s.app.SavedConnection(in.Name)
	if err != nil {
		return err
	}
	return writeJSON(w, s.connectionDoc(saved))
}

// conflict answers 409 with the entry as it stands now.
func conflict(w http.ResponseWriter, format, name string, now *connectionDoc) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusConflict)
	f := fault.Newf(fault.Config, format, name).WithRemedy("look at both and save again")
	return writeJSON(w, map[string]any{"error": toErrorDoc(f), "now": now})
}

func (s *Server) deleteConnection(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	if err := s.app.RemoveConnection(r.Context(), name); err != nil {
		return err
	}
	s.forget(name)
	s.events.send("connections", "", map[string]any{})
	return done(w)
}

// testLine is one finding of a connection test.
type testLine struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// postConnectionTest walks the whole way once, for an entry that need not be saved.
func (s *Server) postConnectionTest(w http.ResponseWriter, r *http.Request) error {
	var in connectionDoc
	if err := readJSON(r, &in); err != nil {
		return err
	}
	if in.Name == "" {
		in.Name = "new connection"
	}
	report, err := s.app.TestEntry(r.Context(), in.entry())
	if err != nil {
		if r.Context().Err() != nil {
			return err
		}
		return writeJSON(w, map[string]any{"ok": false, "lines": []testLine{}, "error": toErrorDoc(err).forConnection(in.Name, in.Profile)})
	}
	lines := []testLine{
		{report.Engine, report.Answer},
		{"Identity", report.Identity.ARN},
		{"Account", report.Identity.Account},
		{"Region", report.Region + " (" + report.Origin + ")"},
		{"Time", fmt.Sprintf("%d ms", report.Elapsed.Round(time.Millisecond)/time.Millisecond)},
	}
	return writeJSON(w, map[string]any{"ok": true, "lines": lines})
}

// postConnectionParse reads a pasted address or endpoint.
func (s *Server) postConnectionParse(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Text string `json:"text"`
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	e, err := s.app.ParseTarget(strings.TrimSpace(in.Text))
	if err != nil {
		return err
	}
	doc := s.connectionDoc(e)
	doc.Name, doc.Revision = "", ""
	return writeJSON(w, doc)
}

// pool keeps the connections that the page uses open, one a name.
type pool struct {
	app    *app.App
	opened func() // a connection was opened that was not before
	mu     sync.Mutex
	all    map[string]*pooled
}

type pooled struct {
	conn  *app.Connection
	stamp string // of the entry it was opened from
	users int
	stale bool // close when the last user is done
	err   error
}

func newPool(a *app.App, opened func()) *pool {
	return &pool{app: a, opened: opened, all: map[string]*pooled{}}
}

// open returns the connection and what gives it back.
func (p *pool) open(ctx context.Context, name string) (*app.Connection, func(), error) {
	target, err := p.app.Target(name, app.Overrides{})
	if err != nil {
		return nil, nil, err
	}
	stamp := revision(target.Entry)
	p.mu.Lock()
	if one := p.all[name]; one != nil && one.conn != nil && one.stamp == stamp {
		one.users++
		p.mu.Unlock()
		return one.conn, func() { p.release(one) }, nil
	}
	p.mu.Unlock()
	// Opening may wait for a log in; others must not wait behind it.
	conn, err := p.app.Connect(ctx, name, app.Overrides{})
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		if ctx.Err() == nil {
			p.drop(name)
			p.all[name] = &pooled{err: err}
		}
		return nil, nil, err
	}
	if one := p.all[name]; one != nil && one.conn != nil && one.stamp == stamp { // another was first
		_ = conn.Close()
		one.users++
		return one.conn, func() { p.release(one) }, nil
	}
	p.drop(name)
	one := &pooled{conn: conn, stamp: stamp, users: 1}
	p.all[name] = one
	p.opened()
	return conn, func() { p.release(one) }, nil
}

func (p *pool) release(one *pooled) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one.users--
	if one.stale && one.users == 0 {
		_ = one.conn.Close()
	}
}

// drop takes the entry out; the lock is held.
func (p *pool) drop(name string) {
	one := p.all[name]
	delete(p.all, name)
	if one == nil || one.conn == nil {
		return
	}
	if one.users == 0 {
		_ = one.conn.Close()
		return
	}
	one.stale = true
}

// forget closes a connection whose entry has changed.
func (p *pool) forget(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(name)
}

// forgetAll is forget for all.
func (p *pool) forgetAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for name := range p.all {
		p.drop(name)
	}
}

// fail remembers what went wrong on a connection last, nil that it works.
func (p *pool) fail(name string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if one := p.all[name]; one != nil {
		one.err = err
	}
}

func (p *pool) status(name string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one := p.all[name]
	switch {
	case one == nil:
		return "idle", nil
	case one.err != nil:
		return "error", one.err
	}
	return "open", nil
}

func (p *pool) close() { p.forgetAll() }
