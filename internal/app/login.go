package app

import (
	"context"

	"github.com/fairleadhq/fairlead/internal/sso"
)

// LoginResult says what a log in found or did.
type LoginResult struct {
	State   sso.State
	Already bool // the session was valid, and nothing was done
}

// Login logs in to the SSO session of a profile, an sso-session or a saved
// connection. A session that the portal still accepts is left alone unless
// force is set; its file alone does not tell, because it may have been ended
// elsewhere. With a clock that is off, a log in would mend nothing and is refused
// unless force is set.
func (a *App) Login(ctx context.Context, o sso.LoginOptions, force bool) (LoginResult, error) {
	o.Name, o.Prompts = a.profileOf(o.Name), a.o.Prompts
	if !force {
		state, err := a.sso().Probe(ctx, o.Name)
		if err != nil {
			return LoginResult{}, err
		}
		if state.Status == sso.Valid || state.Status == sso.Expiring {
			return LoginResult{State: state, Already: true}, nil
		}
		if state.Status == sso.ClockSkewed {
			return LoginResult{}, state.ClockFault(o.Name)
		}
	}
	if err := a.sso().Login(ctx, o); err != nil {
		return LoginResult{}, err
	}
	state, err := a.sso().State(ctx, o.Name)
	return LoginResult{State: state}, err
}

// LoginWith logs in whatever state the session is in, and asks and shows
// through the options' own prompts instead of the app's.
func (a *App) LoginWith(ctx context.Context, o sso.LoginOptions) error {
	o.Name = a.profileOf(o.Name)
	return a.sso().Login(ctx, o)
}

// Logout ends the SSO session of a profile, an sso-session or a saved
// connection, and tells which session and profiles that was.
func (a *App) Logout(ctx context.Context, name string) (sso.State, error) {
	name = a.profileOf(name)
	state, err := a.sso().State(ctx, name)
	if err != nil {
		return sso.State{}, err
	}
	if err := a.sso().Logout(ctx, name); err != nil {
		return state, err
	}
	return state, a.opener().Resolver().ForgetSSO(state.Profiles)
}

// SSOStates tells about every SSO session there is, without a call.
func (a *App) SSOStates(ctx context.Context) ([]sso.State, error) { return a.sso().States(ctx) }

// SSOState tells about the session of a profile, an sso-session or a saved connection.
func (a *App) SSOState(ctx context.Context, name string) (sso.State, error) {
	return a.sso().State(ctx, a.profileOf(name))
}

// ProfileOf returns the AWS profile that a saved connection or auth profile
// uses, or the name itself.
func (a *App) ProfileOf(name string) string { return a.profileOf(name) }

// profileOf turns the name of a saved connection or auth profile into that of
// the AWS profile it uses. Any other name stays; AWS profiles come first.
func (a *App) profileOf(name string) string {
	files, err := a.files()
	if err == nil {
		_, isProfile := files.Profile(name)
		_, isSession := files.Session(name)
		if isProfile || isSession {
			return name
		}
	}
	book, err := a.book()
	if err != nil {
		return name
	}
	if entry, err := book.Connection(name); err == nil {
		if entry.Profile != "" {
			return entry.Profile
		}
		name = entry.Auth
	}
	if auth, err := book.Auth(name); err == nil && auth.Profile != "" {
		return auth.Profile
	}
	return name
}
