package sso

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// MethodVariable is the environment variable that sets the method where none
// is asked for.
const MethodVariable = "FAIRLEAD_LOGIN_METHOD"

// Methods lists the ways to log in.
func Methods() []Method { return []Method{MethodAuto, MethodDevice, MethodBrowser, MethodAWSCLI} }

// methodOf settles which method is wanted: the one asked for, that of the
// manager, that of the environment, auto.
func (m *Manager) methodOf(asked Method) (Method, error) {
	origin := ""
	for _, from := range []struct {
		method Method
		origin string
	}{{asked, ""}, {m.method, ""}, {Method(m.env(MethodVariable)), " (from " + MethodVariable + ")"}, {MethodAuto, ""}} {
		if from.method != "" {
			asked, origin = from.method, from.origin
			break
		}
	}
	var names []string
	for _, known := range Methods() {
		if asked == known {
			return asked, nil
		}
		names = append(names, string(known))
	}
	return "", fault.Newf(fault.Usage, "There is no login method %q%s", asked, origin).
		WithRemedyf("choose one of: %s", strings.Join(names, ", "))
}

// noBrowserError: the browser method cannot begin on this machine.
type noBrowserError struct{ why *fault.Error }

func (e *noBrowserError) Error() string { return e.why.Error() }
func (e *noBrowserError) Unwrap() error { return e.why }

// autoLogin takes the AWS CLI where there is one and a browser to go with it,
// else our own browser flow, and the device code where no browser opens. It
// always says which and why.
func (m *Manager) autoLogin(ctx context.Context, s Session, o LoginOptions, w *wait) (token, error) {
	take := func(method Method, why string) {
		if o.Prompts.Method != nil {
			o.Prompts.Method(method, why)
		}
	}
	if o.Prompts.OpenBrowser == nil {
		take(MethodDevice, m.noBrowser())
		return m.deviceLogin(ctx, s, o.Prompts, w)
	}
	why := "the endpoint is not one of AWS's own"
	switch {
	case s.Origin.File == "":
		why = "the session is not in the config file yet, where the AWS CLI would look for it"
	case !m.ownEndpoint(s):
		cli, err := m.findCLI(ctx)
		if err == nil {
			err = m.suits(cli, s, o.Prompts)
		}
		if err == nil {
			take(MethodAWSCLI, fmt.Sprintf("AWS CLI %s is installed (%s)", cli.version, cli.path))
			return m.runCLI(ctx, cli, s, o, w)
		}
		if ctx.Err() != nil {
			return token{}, ctx.Err()
		}
		why = fault.As(err).Message
	}
	if s.Legacy() {
		take(MethodDevice, why+"; a profile with its own sso_start_url has no browser flow")
		return m.deviceLogin(ctx, s, o.Prompts, w)
	}
	take(MethodBrowser, why)
	t, err := m.browserLogin(ctx, s, o, w)
	var none *noBrowserError
	if errors.As(err, &none) {
		take(MethodDevice, none.Error())
		shown := o.Prompts
		shown.OpenBrowser = nil
		return m.deviceLogin(ctx, s, shown, w)
	}
	return t, err
}

// noBrowser says why no browser can be opened.
func (m *Manager) noBrowser() string {
	switch {
	case m.env("SSH_CONNECTION") != "" || m.env("SSH_TTY") != "":
		return "this is an SSH session"
	case m.env("WSL_DISTRO_NAME") != "":
		return "this WSL has no browser to open"
	}
	for _, mark := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(mark); err == nil {
			return "this is a container without a browser"
		}
	}
	return "no browser can be opened here"
}
