package sso

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/awsnet"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/home"
)

// DefaultTimeout is how long a log in is waited for.
const DefaultTimeout = 2 * time.Minute

// tick is how often a log in counts down and looks for one done elsewhere.
const tick = time.Second

// Method is a way to log in.
type Method string

// The methods.
const (
	MethodAuto    Method = "auto"    // what fits the machine; the device flow for now
	MethodDevice  Method = "device"  // a code to type on any device
	MethodBrowser Method = "browser" // authorization code with PKCE, over a local port
	MethodAWSCLI  Method = "aws-cli" // `aws sso login`
)

// LoginOptions say what to log in to, and how.
type LoginOptions struct {
	Name    string // a profile, or an sso-session
	Method  Method // default auto
	Timeout time.Duration
	Prompts Prompts
	// Port is the local port of the browser method, 0 for a free one.
	Port int
}

// Login logs in to the session that a profile uses, or to an sso-session by
// its name, whatever state it is in, and keeps the token in the CLI's cache.
// The errors are faults: login-timeout, login-denied, login-failed,
// sso-wrong-region, unavailable, interrupted.
func (m *Manager) Login(ctx context.Context, o LoginOptions) error {
	s, err := m.Find(o.Name)
	if err != nil {
		return err
	}
	_, err = m.login(ctx, s, o)
	var unsaved *unsavedError
	if errors.As(err, &unsaved) {
		return fault.Wrapf(unsaved.cause, fault.LoginFailed, "Logged in for profile %q, but the token could not be saved", s.label()).
			WithRemedyf("make %s writable, then run: %s", m.path(s), loginCommand(s))
	}
	return err
}

// Find returns the session of a profile or of an sso-session's name.
func (m *Manager) Find(name string) (Session, error) {
	files, err := m.files()
	if err != nil {
		return Session{}, fault.Wrap(err, fault.Config, "Cannot read the AWS files")
	}
	var s Session
	var bad error
	if p, ok := files.Profile(name); ok && usesSSO(p) {
		s, bad = Find(files, p)
	} else if section, found := files.Session(name); found {
		s, bad = fromSection(section)
	} else if ok {
		return Session{}, fault.Newf(fault.Usage, "Profile %q does not use SSO: its credentials are of the kind %s", name, p.Kind()).
			WithRemedy("see: fairlead profiles list")
	} else {
		return Session{}, missing(files, name)
	}
	var config *ConfigError
	if errors.As(bad, &config) {
		return Session{}, fault.Wrapf(bad, fault.Config, "The SSO session of %q is not configured so that it can be used", name).WithRemedy(config.Fix)
	}
	return s, bad
}

func usesSSO(p *awsfile.Profile) bool {
	for _, key := range []string{"sso_session", "sso_start_url"} {
		if _, ok := p.Get(key); ok {
			return true
		}
	}
	return false
}

func missing(files *awsfile.Files, name string) error {
	f := fault.Newf(fault.ProfileMissing, "No profile or sso-session %q", name)
	f.Cause = fmt.Errorf("searched %s and %s", files.ConfigPath, files.CredentialsPath)
	if near := files.Nearest(name); len(near) > 0 {
		return f.WithRemedyf("did you mean %s?", strings.Join(near, ", "))
	}
	return f.WithRemedy("see: fairlead profiles list")
}

// login runs one log in for all who want the session, in this process and,
// through a lock, in others. A token that appears meanwhile from elsewhere
// ends it. The token is good even when the error is an *unsavedError.
func (m *Manager) login(ctx context.Context, s Session, o LoginOptions) (token, error) {
	if o.Timeout <= 0 {
		o.Timeout = m.timeout
	}
	t, err := m.logins.Do(ctx, m.path(s), func(ctx context.Context) (token, error) {
		return m.runLogin(ctx, s, o)
	})
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return t, fault.Wrapf(err, fault.Interrupted, "Interrupted while waiting for SSO login for profile %q", s.label())
	}
	return t, err
}

func (m *Manager) runLogin(ctx context.Context, s Session, o LoginOptions) (t token, err error) {
	defer func() {
		if o.Prompts.Done == nil {
			return
		}
		var unsaved *unsavedError
		if errors.As(err, &unsaved) {
			o.Prompts.Done(nil)
			return
		}
		o.Prompts.Done(err)
	}()
	w := newWait(m, s, o)
	limited, cancel := context.WithDeadline(ctx, w.deadline)
	defer cancel()

	release, done, err := w.takeTurn(limited)
	if err == nil && done == nil {
		defer release()
		t, err = m.runMethod(limited, s, o, w)
	} else if err == nil {
		return *done, nil
	}
	switch {
	case errors.Is(err, errElsewhere):
		return t, nil
	case ctx.Err() != nil:
		return token{}, ctx.Err()
	case err != nil && limited.Err() != nil:
		return token{}, timedOut(s, o.Timeout, w.seen)
	case err != nil:
		return token{}, loginFault(s, err)
	}
	if err := m.store(m.path(s), t); err != nil {
		return t, &unsavedError{err}
	}
	return t, nil
}

func (m *Manager) runMethod(ctx context.Context, s Session, o LoginOptions, w *wait) (token, error) {
	switch o.Method {
	case "", MethodAuto, MethodDevice:
		return m.deviceLogin(ctx, s, o.Prompts, w)
	case MethodAWSCLI:
		return m.cliLogin(ctx, s, o, w)
	case MethodBrowser:
		if s.Legacy() {
			return token{}, fault.New(fault.Unsupported, "The browser method needs an sso-session; a profile with its own sso_start_url can log in with --method device").
				WithRemedy(loginCommand(s) + " --method device")
		}
		return m.browserLogin(ctx, s, o, w)
	}
	return token{}, fault.Newf(fault.Unsupported, "The login method %q is not known here", o.Method).
		WithRemedy("choose one of: auto, browser, device, aws-cli")
}

// loginFault gives an error of a log in its code and words.
func loginFault(s Session, err error) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	failed := func(c fault.Code, message string) *fault.Error {
		return fault.Newf(c, "%s (profile %q)", message, s.label()).
			WithService(awsnet.ServiceWords(err, oidc)).WithRemedyf("try again: %s", loginCommand(s))
	}
	switch code(err) {
	case "AccessDeniedException":
		return failed(fault.LoginDenied, "The SSO log in was refused in the browser")
	case "ExpiredTokenException":
		return failed(fault.LoginFailed, "The SSO log in's code expired before it was used")
	case "InvalidGrantException", "InvalidRequestException", "InvalidRequestRegionException":
		return wrongPlace(s, err)
	case "":
		return awsnet.Fault(err, oidc, fmt.Sprintf("log in for profile %q", s.label()))
	}
	if f := awsnet.Fault(err, oidc, ""); f.Code == fault.Unavailable || f.Code == fault.Throttled {
		return f
	}
	return failed(fault.LoginFailed, "IAM Identity Center refused the log in")
}

// errElsewhere ends a wait because the session was logged in by somebody else.
var errElsewhere = errors.New("logged in elsewhere")

// wait is one log in being waited for: its deadline, and what was seen so far,
// which a time-out reports.
type wait struct {
	m        *Manager
	s        Session
	prompts  Prompts
	path     string
	before   token // what the cache held at the start
	deadline time.Time
	nextTick time.Time
	seen     string
}

func newWait(m *Manager, s Session, o LoginOptions) *wait {
	now := time.Now()
	w := &wait{m: m, s: s, prompts: o.Prompts, path: m.path(s), deadline: now.Add(o.Timeout), nextTick: now.Add(tick)}
	w.before, _ = parseFile(w.path)
	w.seen = "the service did not answer"
	return w
}

// takeTurn lets one process at a time log in to the session. A token that
// another one brings meanwhile is returned as done.
func (w *wait) takeTurn(ctx context.Context) (release func(), done *token, err error) {
	path := strings.TrimSuffix(w.path, ".json") + ".login.lock"
	for {
		short, cancel := context.WithTimeout(ctx, tick)
		unlock, err := home.Lock(short, path)
		held := short.Err() != nil
		cancel()
		if t, ok := w.elsewhere(); ok {
			if err == nil {
				_ = unlock()
			}
			return nil, &t, nil
		}
		switch {
		case err == nil:
			return func() { _ = unlock() }, nil, nil
		case ctx.Err() != nil:
			return nil, nil, ctx.Err()
		case !held: // no lock can be had here, as in a read-only home
			return func() {}, nil, nil
		}
		w.seen = "another process was logging in and did not finish"
		w.tell()
	}
}

// elsewhere returns a good token that appeared in the cache since the start.
func (w *wait) elsewhere() (token, bool) {
	t, err := parseFile(w.path)
	if err != nil || t.foreign() || t.left() <= 0 || t.access == w.before.access {
		return token{}, false
	}
	return t, true
}

func parseFile(path string) (token, error) {
	data, err := readSmall(path)
	if err != nil {
		return token{}, err
	}
	return parseToken(data)
}

func (w *wait) tell() {
	if w.prompts.Waiting != nil {
		w.prompts.Waiting(max(0, time.Until(w.deadline).Round(time.Second)))
	}
}

// until waits for a moment or for something to arrive on ready, counting down
// meanwhile. It ends with errElsewhere and the token when the session comes up
// by itself.
func (w *wait) until(ctx context.Context, moment time.Time, ready <-chan struct{}) (token, error) {
	for {
		next := w.nextTick
		if !moment.IsZero() && moment.Before(next) {
			next = moment
		}
		timer := time.NewTimer(time.Until(next))
		select {
		case <-ctx.Done():
			timer.Stop()
			return token{}, ctx.Err()
		case <-ready:
			timer.Stop()
			return token{}, nil
		case <-timer.C:
		}
		now := time.Now()
		if !now.Before(w.nextTick) {
			w.nextTick = now.Add(tick)
			if t, ok := w.elsewhere(); ok {
				return t, errElsewhere
			}
			w.tell()
		}
		if !moment.IsZero() && !now.Before(moment) {
			return token{}, nil
		}
	}
}
