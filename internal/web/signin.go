package web

import (
	"context"
	"net/http"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// method reads the way to log in that a request names.
func method(text string) (sso.Method, error) {
	switch m := sso.Method(text); m {
	case "", sso.MethodAuto, sso.MethodBrowser, sso.MethodDevice, sso.MethodAWSCLI:
		return m, nil
	}
	return "", fault.Newf(fault.Usage, "There is no log in method %q", text).WithRemedy("auto, browser, device or aws-cli")
}

// onDialog does something to the dialog that a request names, and answers with it.
func (s *Server) onDialog(w http.ResponseWriter, r *http.Request, do func(*dialog)) error {
	d, err := s.person.logins.find(r.PathValue("id"))
	if err != nil {
		return err
	}
	do(d)
	return writeJSON(w, d.snapshot())
}

func (s *Server) postLoginStart(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Method string `json:"method"`
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	m, err := method(in.Method)
	if err != nil {
		return err
	}
	return s.onDialog(w, r, func(d *dialog) { d.start(m) })
}

func (s *Server) postLoginCancel(w http.ResponseWriter, r *http.Request) error {
	return s.onDialog(w, r, func(d *dialog) { d.finish(loginCancelled) })
}

func (s *Server) postLoginMore(w http.ResponseWriter, r *http.Request) error {
	return s.onDialog(w, r, (*dialog).waitLonger)
}

// postLogin logs in because the person asked, whatever state the session is in.
func (s *Server) postLogin(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Profile string `json:"profile"`
		Method  string `json:"method"`
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	m, err := method(in.Method)
	if err != nil {
		return err
	}
	state, err := s.app.SSOState(r.Context(), in.Profile)
	if err != nil {
		return err
	}
	profile := in.Profile
	if len(state.Profiles) > 0 {
		profile = state.Profiles[0]
	}
	d := s.person.logins.dialog(sso.LoginRequest{Profile: profile, Session: state.Session.Key(), StartURL: state.Session.StartURL}, s.app.LoginWith)
	d.start(m)
	return writeJSON(w, d.snapshot())
}

func (s *Server) postLogout(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Session string `json:"session"`
		All     bool   `json:"all"`
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	var also []string
	if in.All {
		ended, err := s.app.LogoutAll(r.Context())
		if err != nil {
			return err
		}
		for _, state := range ended {
			also = append(also, state.Profiles...)
		}
	} else {
		state, err := s.app.Logout(r.Context(), in.Session)
		if err != nil {
			return err
		}
		also = state.Profiles
	}
	s.tellSessions()
	return writeJSON(w, map[string]any{"also_used_by": nonNil(also)})
}

// sessionDoc is an SSO session as the page gets it.
type sessionDoc struct {
	Name     string     `json:"name"` // "" for the older form
	StartURL string     `json:"start_url"`
	Region   string     `json:"region"`
	State    sso.Status `json:"state"`
	Left     int        `json:"seconds_left"`
	Expires  *time.Time `json:"expires_at,omitempty"`
	Renews   bool       `json:"renews"`
	Profiles []string   `json:"profiles"`
	Detail   string     `json:"detail,omitempty"`
}

func (s *Server) sessionDocs(ctx context.Context) ([]sessionDoc, error) {
	states, err := s.app.SSOStates(ctx)
	if err != nil {
		return nil, err
	}
	docs := make([]sessionDoc, len(states))
	for i, st := range states {
		docs[i] = sessionDoc{Name: st.Session.Name, StartURL: st.Session.StartURL, Region: st.Session.Region, State: st.Status,
			Left: max(0, int(st.Left/time.Second)), Renews: st.Renews, Profiles: nonNil(st.Profiles), Detail: st.Detail}
		if !st.Expires.IsZero() {
			docs[i].Expires = &st.Expires
		}
	}
	return docs, nil
}

func (s *Server) getSessions(w http.ResponseWriter, r *http.Request) error {
	docs, err := s.sessionDocs(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, docs)
}

// tellSessions tells the pages the sessions' states.
func (s *Server) tellSessions() {
	if docs, err := s.sessionDocs(s.ctx); err == nil {
		s.events.send("sessions", "", map[string]any{"sessions": docs})
	}
}

func (s *Server) getProfiles(w http.ResponseWriter, r *http.Request) error {
	type origin struct {
		File string `json:"file"`
		Line int    `json:"line"`
	}
	type profileDoc struct {
		Name     string `json:"name"`
		Kind     string `json:"kind"`
		Account  string `json:"account,omitempty"`
		Role     string `json:"role,omitempty"`
		Region   string `json:"region,omitempty"`
		Source   string `json:"source,omitempty"`
		Origin   origin `json:"origin"`
		Session  string `json:"session,omitempty"`
		State    string `json:"state,omitempty"`
		Problems int    `json:"problems,omitempty"`
	}
	infos, _, err := s.app.Profiles(r.Context())
	docs := make([]profileDoc, len(infos))
	for i, p := range infos {
		docs[i] = profileDoc{p.Name, p.Kind, p.Account, p.Role, p.Region, p.Source, origin{p.File, p.Line}, p.Session, p.State, p.Problems}
	}
	return writeJSON(w, map[string]any{"profiles": docs, "error": toErrorDoc(err)})
}

// nonNil turns a nil list into an empty one, which JSON tells from null.
func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
