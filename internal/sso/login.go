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
)

// DefaultTimeout is how long a log in is waited for, and TimeoutVariable the
// environment variable that sets another time where none is asked for.
const (
	DefaultTimeout  = 2 * time.Minute
	TimeoutVariable = "FAIRLEAD_LOGIN_TIMEOUT"
)

// tick is how often a log in counts down and looks for one done elsewhere.
const tick = time.Second

// Method is a way to log in.
type Method string

// The methods.
const (
	MethodAuto    Method = "auto"    // what fits the machine
	MethodDevice  Method = "device"  // a code to type on any device
	MethodBrowser Method = "browser" // authorization code with PKCE, over a local port
	MethodAWSCLI  Method = "aws-cli" // `aws sso login`
)

// LoginOptions say what to log in to, and how.
type LoginOptions struct {
	Name    string        // a profile, or an sso-session
	Method  Method        // "" for the manager's, else FAIRLEAD_LOGIN_METHOD, else auto
	Timeout time.Duration // 0 for the manager's, else FAIRLEAD_LOGIN_TIMEOUT, else two minutes
	Prompts Prompts
	// Port is the local port of the browser method, 0 for a free one.
	Port int

	// dead is the token that was found dead, so that a good one which landed
	// while the person was asked is taken; nil for what the cache holds.
	dead *token
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
	return m.loginTo(ctx, s, o)
}

func (m *Manager) loginTo(ctx context.Context, s Session, o LoginOptions) error {
	_, err := m.login(ctx, s, o)
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
	f := fault.Newf(fault.ProfileMissing, "There is no AWS profile or sso-session %q", name)
	f.Cause = fmt.Errorf("searched %s and %s", files.ConfigPath, files.CredentialsPath)
	if len(files.Profiles()) == 0 && len(files.Sessions()) == 0 {
		f.Code, f.Message = fault.NoProfiles, "No AWS profiles found"
		f.Cause = fmt.Errorf("%q was asked for; %w", name, f.Cause)
		return f.WithRemedy("make one, run: fairlead profiles add, or aws configure sso")
	}
	if near := files.Nearest(name); len(near) > 0 {
		return f.WithRemedyf("did you mean %s?", strings.Join(near, ", "))
	}
	return f.WithRemedy("see: fairlead profiles list")
}

// login runs one log in for all who want the session, in this process and,
// through a lock, in others. A token that appears meanwhile from elsewhere
// ends it. The token is good even when the error is an *unsavedError.
func (m *Manager) login(ctx context.Context, s Session, o LoginOptions) (token, error) {
	var err error
	if o.Timeout, err = m.timeoutOf(o.Timeout); err != nil {
		return token{}, err
	}
	t, err := m.logins.Do(ctx, m.path(s), func(ctx context.Context) (token, error) {
		return m.runLogin(ctx, s, o)
	})
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return t, fault.Wrapf(err, fault.Interrupted, "Interrupted while waiting for SSO login for profile %q", s.label())
	}
	return t, err
}

// timeoutOf settles how long to wait: as asked, as the manager or the
// environment says, two minutes.
func (m *Manager) timeoutOf(asked time.Duration) (time.Duration, error) {
	switch set := m.env(TimeoutVariable); {
	case asked > 0:
		return asked, nil
	case m.timeout > 0:
		return m.timeout, nil
	case set != "":
		d, err := time.ParseDuration(set)
		if err != nil || d <= 0 {
			return 0, fault.Newf(fault.Usage, "%s is %q, which is no time to wait", TimeoutVariable, set).
				WithRemedy("set it to a time such as 90s or 5m, or unset it")
		}
		return d, nil
	}
	return DefaultTimeout, nil
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
	limited, stop := w.begin(ctx)
	defer stop()

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
	case fault.CodeOf(err) == fault.SSOWrongRegion: // found out after the time was over
		return token{}, err
	case err != nil && context.Cause(limited) == errTimeOver:
		seen := w.seen
		if w.trouble != "" {
			seen += "; the last answer: " + w.trouble
		}
		return token{}, timedOut(s, w.total, seen)
	case err != nil:
		return token{}, m.loginFault(ctx, s, err)
	}
	if err := m.store(m.path(s), t); err != nil {
		return t, &unsavedError{err}
	}
	return t, nil
}

func (m *Manager) runMethod(ctx context.Context, s Session, o LoginOptions, w *wait) (token, error) {
	method, err := m.methodOf(o.Method)
	if err != nil {
		return token{}, err
	}
	switch method {
	case MethodAuto:
		return m.autoLogin(ctx, s, o, w)
	case MethodDevice:
		return m.deviceLogin(ctx, s, o.Prompts, w)
	case MethodAWSCLI:
		return m.cliLogin(ctx, s, o, w)
	}
	if s.Legacy() {
		return token{}, fault.New(fault.Unsupported, "The browser method needs an sso-session; a profile with its own sso_start_url can log in with --method device").
			WithRemedyf("run: %s --method device\nor give the profile the newer form: fairlead profiles modernize", loginCommand(s))
	}
	return m.browserLogin(ctx, s, o, w)
}

// loginFault gives an error of a log in its code and words.
func (m *Manager) loginFault(ctx context.Context, s Session, err error) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	failed := func(c fault.Code, message string) *fault.Error {
		return fault.Newf(c, "%s (profile %q)", message, s.label()).
			WithService(awsnet.ServiceWords(err, oidc)).WithRemedyf("try again: %s", loginCommand(s))
	}
	if isWrongPlace(err) {
		return m.wrongPlace(ctx, s, err)
	}
	switch code(err) {
	case "AccessDeniedException":
		return failed(fault.LoginDenied, "The SSO log in was refused in the browser")
	case "ExpiredTokenException":
		return failed(fault.LoginFailed, "The SSO log in's code expired before it was used")
	case "":
		return awsnet.Fault(err, oidc, fmt.Sprintf("log in for profile %q", s.label()))
	}
	if f := awsnet.Fault(err, oidc, ""); f.Code == fault.Unavailable || f.Code == fault.Throttled {
		return f
	}
	return failed(fault.LoginFailed, "IAM Identity Center refused the log in")
}
