package cli

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"time"

	"github.com/cli/browser"
	"github.com/spf13/pflag"

	"github.com/fairleadhq/fairlead/internal/creds"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/secret"
	"github.com/fairleadhq/fairlead/internal/sso"
	"github.com/fairleadhq/fairlead/internal/term"
)

// prompts fills in what this room can ask and show. Without a person to ask,
// ConfirmLogin stays nil, so that an expired session ends with the remedy.
func (r *room) prompts() sso.Prompts {
	line := &loginLine{r: r}
	p := sso.Prompts{ShowCode: line.showCode, ShowPage: line.showPage, Method: line.method, Output: line.output, Waiting: line.waiting, Done: line.done}
	switch {
	case r.consent != nil:
		p.ConfirmLogin = r.consent
	case r.loginAllowed:
		p.ConfirmLogin = r.loginUnasked
	case r.streams.CanAsk():
		p.ConfirmLogin = func(ctx context.Context, l sso.LoginRequest) (bool, error) {
			r.status.clear()
			defer r.status.hold()()
			return r.streams.Confirm(ctx, loginQuestion(l), true)
		}
	}
	if r.streams.CanAsk() {
		p.MoreTime = func(ctx context.Context, left time.Duration) (bool, error) {
			defer r.status.hold()()
			return r.streams.Confirm(ctx, fmt.Sprintf("Nobody has signed in yet, and %s is left. Wait longer?", left.Round(time.Second)), true)
		}
	}
	if canOpenBrowser(r.env) {
		p.OpenBrowser = openBrowser
	}
	return p
}

// loginFlag declares --login on a command that may meet an expired session.
func (r *room) loginFlag(f *pflag.FlagSet) {
	f.BoolVar(&r.loginAllowed, "login", false, "when the SSO session has expired, log in without asking, also without a terminal")
}

// loginUnasked agrees for a person who said --login, and says what happens.
func (r *room) loginUnasked(_ context.Context, l sso.LoginRequest) (bool, error) {
	r.say("%s. Logging in (--login).", loginReason(l))
	return true, nil
}

// loginQuestion begins with the reason, which begins with what happened:
// SSO session expired for profile "dev". Log in now?
func loginQuestion(l sso.LoginRequest) string { return loginReason(l) + ". Log in now?" }

func loginReason(l sso.LoginRequest) string {
	var f *fault.Error
	if errors.As(l.Reason, &f) {
		return f.Message
	}
	return fmt.Sprintf("Profile %q needs an SSO log in", l.Profile)
}

// loginLine shows a running log in: the code, then a countdown.
type loginLine struct{ r *room }

func (l *loginLine) showCode(_ context.Context, c sso.DeviceCode) {
	url := c.FullURL
	if url == "" {
		url = c.URL
	}
	l.r.say("Approve the log in at %s", l.r.paint(term.Accent, url))
	l.r.say("and check that it shows the code %s", l.r.paint(term.Bold, c.Code))
}

// method says which way was taken where nobody chose one.
func (l *loginLine) method(m sso.Method, why string) {
	way := map[sso.Method]string{sso.MethodAWSCLI: "with the AWS CLI", sso.MethodBrowser: "with the browser", sso.MethodDevice: "with a code"}[m]
	l.r.say("%s", l.r.paint(term.Dim, fmt.Sprintf("Logging in %s: %s.", way, why)))
}

func (l *loginLine) showPage(_ context.Context, url string) {
	l.r.say("Sign in on the page that opens in the browser. If none does, open this one on this machine:")
	l.r.say("%s", l.r.paint(term.Accent, url))
}

// output shows a line of the AWS CLI as the CLI's.
func (l *loginLine) output(line string) {
	l.r.say("%s %s", l.r.paint(term.Dim, "aws:"), line)
}

func (l *loginLine) waiting(left time.Duration) {
	if !l.r.streams.ErrTTY() {
		return
	}
	l.r.status.note(fmt.Sprintf("waiting for the log in · %s left · Ctrl-C gives up", left.Round(time.Second)))
}

func (l *loginLine) done(err error) {
	l.r.status.note("")
	if err == nil {
		text := l.r.paint(term.Good, "Logged in.")
		if !l.r.onlyLogin {
			text += " Going on with what was waiting."
		}
		l.r.say("%s", text)
	}
}

// canOpenBrowser tells whether a browser on this machine would be seen by the
// person at the keyboard: not over SSH, and on Linux only with a display or WSL.
func canOpenBrowser(env func(string) string) bool {
	if env("SSH_CONNECTION") != "" || env("SSH_TTY") != "" {
		return false
	}
	if env("BROWSER") == "none" {
		return false
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return true
	}
	if env("DISPLAY") == "" && env("WAYLAND_DISPLAY") == "" && env("WSL_DISTRO_NAME") == "" {
		return false
	}
	for _, opener := range []string{"xdg-open", "x-www-browser", "www-browser", "wslview"} {
		if _, err := exec.LookPath(opener); err == nil {
			return true
		}
	}
	return false
}

// openerPatience is how long a browser's opener may take to say that it failed.
const openerPatience = 2 * time.Second

// openBrowser opens url. An opener that does not end is the browser itself, as
// where no desktop runs; it is left alone and the log in goes on.
func openBrowser(ctx context.Context, url string) error {
	// The opener's chatter must not land between our lines; nil is the null device.
	browser.Stdout, browser.Stderr = nil, nil
	opened := make(chan error, 1)
	go func() { opened <- browser.OpenURL(url) }()
	patience := time.NewTimer(openerPatience)
	defer patience.Stop()
	select {
	case err := <-opened:
		if err != nil {
			return fmt.Errorf("what opens it failed: %w", err)
		}
		return nil
	case <-patience.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// askMFA asks for a code on the terminal; nil when nobody is there.
func (r *room) askMFA() creds.AskMFA {
	if !r.streams.CanAsk() {
		return nil
	}
	return func(ctx context.Context, q creds.MFARequest) (secret.String, error) {
		defer r.status.hold()()
		if q.Why != "" {
			r.say("%s: %s", q.Serial, q.Why)
		}
		code, err := r.streams.Line(ctx, fmt.Sprintf("MFA code of %s for profile %q", q.Serial, q.Profile), "")
		return secret.New(code), err
	}
}

// askPassphrase asks for the passphrase of the encrypted secret file; nil when
// nobody is there.
func (r *room) askPassphrase() func(context.Context, string) (secret.String, error) {
	if !r.streams.CanAsk() {
		return nil
	}
	return func(ctx context.Context, why string) (secret.String, error) {
		defer r.status.hold()()
		return r.streams.Secret(ctx, why)
	}
}
