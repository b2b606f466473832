package sso

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/awsnet"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/flight"
	"github.com/fairleadhq/fairlead/internal/home"
)

const (
	// refreshAhead and retryAfter are the CLI's: a token is refreshed from 15
	// minutes before its end, and not tried again within a minute of a failure.
	refreshAhead = 15 * time.Minute
	retryAfter   = time.Minute
	// lockPatience bounds the wait for another process's refresh.
	lockPatience = 30 * time.Second
)

// Options make a Manager. The zero value works on the user's own files and
// asks nobody.
type Options struct {
	Env     func(string) string            // nil for os.Getenv
	Files   func() (*awsfile.Files, error) // nil to load them once by Env
	Network *awsnet.Network                // nil for one of its own
	Prompts Prompts                        // for a log in met on the way
	Timeout time.Duration                  // of such a log in; 0 for FAIRLEAD_LOGIN_TIMEOUT, else 2 minutes
	Method  Method                         // of such a log in; default auto
}

// Manager is the broker of all SSO sessions in a process: it hands out valid
// tokens, refreshes or logs in once for all who wait, and shares the CLI's
// token cache with other processes. It may be used by several goroutines.
type Manager struct {
	env     func(string) string
	files   func() (*awsfile.Files, error)
	network *awsnet.Network
	prompts Prompts
	timeout time.Duration
	method  Method
	// cliFolders are searched for the AWS CLI after PATH.
	cliFolders []string

	tokens flight.Group[token]
	logins flight.Group[token]

	mu       sync.Mutex
	memory   map[string]token     // by path: tokens that could not be written
	tried    map[string]time.Time // by path: the last refresh that failed
	rejected map[string]string    // by path: the access token that the portal refused
}

// NewManager makes a manager; it reads nothing yet.
func NewManager(o Options) *Manager {
	m := &Manager{
		env: o.Env, files: o.Files, network: o.Network, prompts: o.Prompts, timeout: o.Timeout, method: o.Method,
		memory: map[string]token{}, tried: map[string]time.Time{}, rejected: map[string]string{},
	}
	if m.env == nil {
		m.env = os.Getenv
	}
	if m.files == nil {
		m.files = sync.OnceValues(func() (*awsfile.Files, error) { return awsfile.Load(m.env) })
	}
	if m.network == nil {
		m.network = awsnet.NewNetwork(m.env, m.files, nil)
	}
	m.cliFolders = installFolders(m.env)
	return m
}

func (m *Manager) path(s Session) string { return s.TokenFile(awsfile.Home(m.env)) }

// lockPath is the file whose lock guards a cache file between processes of
// ours. The CLI takes no locks; it sees whole files because we rename.
func lockPath(path string) string { return strings.TrimSuffix(path, ".json") + ".lock" }

// token returns a token that the portal should accept. With ask, a session
// that needs a log in is brought up through the prompts; the callers that wait
// for the same session meanwhile share one question and one log in.
func (m *Manager) token(ctx context.Context, s Session, ask bool) (token, error) {
	key := m.path(s)
	if ask {
		key += " asking"
	}
	return m.tokens.Do(ctx, key, func(ctx context.Context) (token, error) {
		t, err := m.silentToken(ctx, s)
		if err == nil || !ask {
			return t, err
		}
		return m.offerLogin(ctx, s, err)
	})
}

// silentToken returns a valid token from the cache, refreshed when its end is
// near, or the fault that says why there is none.
func (m *Manager) silentToken(ctx context.Context, s Session) (token, error) {
	path := m.path(s)
	t, err := m.load(ctx, path)
	if err != nil {
		return token{}, m.absent(s, path, err)
	}
	if t.foreign() {
		return token{}, m.absent(s, path, errForeign)
	}
	rejected := m.isRejected(path, t)
	if !rejected && (t.left() > refreshAhead || s.Legacy() && t.left() > 0) {
		return t, nil
	}
	usable := !rejected && t.left() > 0
	if s.Legacy() || !t.canRefresh() || usable && m.triedLately(path) {
		if usable {
			return t, nil
		}
		return token{}, m.expired(s, path, t, nil)
	}
	fresh, err := m.refresh(ctx, s, t)
	switch {
	case err == nil:
		return fresh, nil
	case ctx.Err() != nil:
		return token{}, ctx.Err()
	case usable: // as in the CLI, a failed early refresh harms nobody
		return t, nil
	case isRefusal(err):
		return token{}, m.expired(s, path, t, err)
	}
	return token{}, awsnet.Fault(err, "IAM Identity Center", fmt.Sprintf("refresh the SSO session of profile %q", s.label()))
}

// load reads the token of the cache file, or the newer one in memory that
// could not be written there.
func (m *Manager) load(ctx context.Context, path string) (token, error) {
	t, err := readToken(ctx, path)
	m.mu.Lock()
	kept, ok := m.memory[path]
	m.mu.Unlock()
	if ok && (err != nil || kept.expires.After(t.expires)) {
		return kept, nil
	}
	return t, err
}

// store keeps a token in memory and writes it. The token serves this process
// even when it cannot be written.
func (m *Manager) store(path string, t token) error {
	err := writeToken(path, t)
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.tried, path)
	delete(m.rejected, path)
	delete(m.memory, path)
	if err != nil {
		m.memory[path] = t
	}
	return err
}

// refresh trades the refresh token for a new access token, once for all
// processes: under the lock the file is read again, and a token that another
// process has put there meanwhile is taken.
func (m *Manager) refresh(ctx context.Context, s Session, old token) (token, error) {
	path := m.path(s)
	unlock, err := m.lock(ctx, path)
	if err != nil {
		return token{}, err
	}
	defer unlock()
	if t, ok := m.replaced(ctx, path, old); ok {
		return t, nil
	}
	if t, err := m.load(ctx, path); err == nil && t.canRefresh() {
		old = t
	}
	fresh, err := m.createRefreshed(ctx, s, old)
	if err == nil {
		_ = m.store(path, fresh) // a read-only cache must not stop the one who waits
		return fresh, nil
	}
	// The refresh token may be for single use, and somebody who takes no lock
	// (the CLI, an IDE) may just have used it.
	if t, ok := m.replaced(ctx, path, old); ok {
		return t, nil
	}
	m.mu.Lock()
	m.tried[path] = time.Now()
	m.mu.Unlock()
	return token{}, err
}

// replaced returns the token of the cache when it is another than old, good
// and not about to end.
func (m *Manager) replaced(ctx context.Context, path string, old token) (token, bool) {
	t, err := m.load(ctx, path)
	if err != nil || t.foreign() || t.access == old.access || t.left() <= 0 || m.isRejected(path, t) {
		return token{}, false
	}
	return t, t.left() > refreshAhead || t.left() > old.left()+time.Second
}

// lock takes the cross-process lock of a cache file. Where none can be taken,
// as in a read-only home, it goes on without.
func (m *Manager) lock(ctx context.Context, path string) (unlock func(), err error) {
	patient, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	release, err := home.Lock(patient, lockPath(path))
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return func() {}, nil
	}
	return func() { _ = release() }, nil
}

func (m *Manager) triedLately(path string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	at, ok := m.tried[path]
	return ok && time.Since(at) < retryAfter
}

func (m *Manager) isRejected(path string, t token) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	refused, ok := m.rejected[path]
	return ok && refused == t.access.Reveal()
}

// offerLogin asks whether to log in, and does so. why comes back when nobody
// can be asked or the answer is no, and at once when a log in would not help.
func (m *Manager) offerLogin(ctx context.Context, s Session, why error) (token, error) {
	var f *fault.Error
	if !errors.As(why, &f) || !f.Code.MendedByLogin() || m.prompts.ConfirmLogin == nil {
		return token{}, why
	}
	// Another process's log in may have landed since the cache was read, and may
	// land while the person reads the question: it is known by not being dead.
	path := m.path(s)
	dead, _ := parseFile(path)
	if m.usable(path, dead) {
		return dead, nil
	}
	yes, landed, err := m.ask(ctx, path, dead, LoginRequest{Profile: s.label(), Session: s.Key(), StartURL: s.StartURL, Reason: f})
	switch {
	case err != nil:
		return token{}, err
	case landed != nil:
		return *landed, nil
	case !yes:
		return token{}, why
	}
	t, err := m.login(ctx, s, LoginOptions{Method: m.method, Timeout: m.timeout, Prompts: m.prompts, dead: &dead})
	var unsaved *unsavedError
	if errors.As(err, &unsaved) {
		return t, nil // this process has the token; the others will ask for themselves
	}
	return t, err
}

// usable reports whether a token should be accepted as far as this process knows.
func (m *Manager) usable(path string, t token) bool {
	return !t.access.IsZero() && !t.foreign() && t.left() > 0 && !m.isRejected(path, t)
}

// ask asks the person whether to log in. A log in done elsewhere meanwhile
// answers the question: its token is returned as landed.
func (m *Manager) ask(ctx context.Context, path string, dead token, r LoginRequest) (yes bool, landed *token, err error) {
	asking, withdraw := context.WithCancel(ctx)
	defer withdraw()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		yes, err = m.prompts.ConfirmLogin(asking, r)
	}()
	look := time.NewTicker(tick)
	defer look.Stop()
	for {
		select {
		case <-answered:
			return yes, nil, err
		case <-look.C:
			t, readErr := parseFile(path)
			if readErr != nil || t.access == dead.access || !m.usable(path, t) {
				continue
			}
			withdraw()
			<-answered
			if m.prompts.Done != nil {
				m.prompts.Done(nil)
			}
			return true, &t, nil
		}
	}
}
