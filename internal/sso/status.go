package sso

import (
	"context"
	"errors"
	"time"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// Status is the state of a session, as far as its cache file tells.
type Status string

// The states.
const (
	Valid               Status = "valid"
	Expiring            Status = "expiring"             // valid, but for less than 15 minutes
	Refreshable         Status = "refreshable"          // ended; the next use brings it up by itself
	Expired             Status = "expired"              // ended; needs a log in
	RegistrationExpired Status = "registration-expired" // ended, and the client's registration too; needs a log in
	Revoked             Status = "revoked"              // the portal refused the token
	Absent              Status = "absent"               // never logged in, or logged out
	Foreign             Status = "foreign"              // another program's token for other purposes
	Unreadable          Status = "unreadable"           // the cache file is no token
	Misconfigured       Status = "misconfigured"        // the session cannot be used as it is configured
	ClockSkewed         Status = "clock-skewed"         // this machine's clock is too far off to tell, and for signatures
)

// NeedsLogin reports whether only a log in brings the session up.
func (s Status) NeedsLogin() bool {
	switch s {
	case Valid, Expiring, Refreshable, Misconfigured, ClockSkewed:
		return false
	}
	return true
}

// State tells about one session.
type State struct {
	Session  Session
	Profiles []string // those that use it, in file order
	Status   Status
	Expires  time.Time // of the token; zero when there is none
	Left     time.Duration
	// Renews reports whether the token is refreshed by itself.
	Renews bool
	Path   string // of the cache file
	Detail string // why, when the status does not say enough
}

// States tells about every sso-session and every start URL of the older form,
// in file order. It makes no network call.
func (m *Manager) States(ctx context.Context) ([]State, error) {
	files, err := m.files()
	if err != nil {
		return nil, fault.Wrap(err, fault.Config, "Cannot read the AWS files")
	}
	var states []State
	index := map[string]int{}
	add := func(s Session, bad error) int {
		id := s.Name + "\x00" + s.Key()
		i, ok := index[id]
		if !ok {
			i = len(states)
			index[id] = i
			states = append(states, m.state(ctx, s, bad))
		}
		return i
	}
	for _, section := range files.Sessions() {
		add(fromSection(section))
	}
	for _, p := range files.Profiles() {
		if !usesSSO(p) {
			continue
		}
		s, bad := Find(files, p)
		if bad != nil && s.Key() == "" {
			states = append(states, State{Session: s, Profiles: []string{p.Name}, Status: Misconfigured, Detail: bad.Error()})
			continue
		}
		i := add(s, bad)
		states[i].Profiles = append(states[i].Profiles, p.Name)
	}
	return states, nil
}

// State tells about the session of one profile, or of an sso-session's name.
func (m *Manager) State(ctx context.Context, name string) (State, error) {
	s, err := m.Find(name)
	if err != nil {
		return State{}, err
	}
	states, err := m.States(ctx)
	if err != nil {
		return State{}, err
	}
	for _, state := range states {
		if state.Session.Name == s.Name && state.Session.Key() == s.Key() {
			return state, nil
		}
	}
	return m.state(ctx, s, nil), nil
}

// ProfileState is State for a profile at hand; ok is false when it uses no SSO.
func (m *Manager) ProfileState(ctx context.Context, files *awsfile.Files, p *awsfile.Profile) (State, bool) {
	if !usesSSO(p) {
		return State{}, false
	}
	s, bad := Find(files, p)
	state := m.state(ctx, s, bad)
	state.Profiles = []string{p.Name}
	return state, true
}

func (m *Manager) state(ctx context.Context, s Session, bad error) State {
	state := State{Session: s, Path: m.path(s)}
	if bad != nil {
		state.Status, state.Detail = Misconfigured, bad.Error()
		return state
	}
	t, err := m.load(ctx, state.Path)
	switch {
	case errors.Is(err, errNoToken):
		state.Status = Absent
		return state
	case err != nil:
		state.Status, state.Detail = Unreadable, err.Error()
		return state
	}
	state.Expires, state.Left = t.expires, t.left()
	state.Renews = !s.Legacy() && t.canRefresh()
	switch {
	case t.foreign():
		state.Status, state.Detail = Foreign, errForeign.Error()
	case m.isRejected(state.Path, t) && !state.Renews:
		state.Status = Revoked
	case state.Left > refreshAhead:
		state.Status = Valid
	case state.Left > 0:
		state.Status = Expiring
	case state.Renews:
		state.Status = Refreshable
	case !s.Legacy() && !t.refresh.IsZero() && !t.noRegistration && time.Until(t.registration) <= 0:
		state.Status = RegistrationExpired
	default:
		state.Status = Expired
	}
	return state
}
