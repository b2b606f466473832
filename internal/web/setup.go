package web

import (
	"context"
	"net/http"
	"slices"
	"sync"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// setups are the wizards under way that make profiles of an SSO session's
// accounts and roles. Each lives until it has written, or with the process.
type setups struct {
	server *Server
	mu     sync.Mutex
	byID   map[string]*setup
}

// mostSetups bounds the wizards that were begun and left.
const mostSetups = 16

type setup struct {
	mu      sync.Mutex
	session sso.Session
	login   string // the dialog's id
	state   string // "login", "ready", "failed"
	err     error
	choices []app.Choice
	change  app.ConfigChange
}

func newSetups(s *Server) *setups { return &setups{server: s, byID: map[string]*setup{}} }

func (s *setups) find(id string) (*setup, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.byID[id]
	if !ok {
		return nil, fault.New(fault.NotFound, "This set-up has ended").WithRemedy("begin it again")
	}
	return one, nil
}

// begin settles the session and opens the dialog that logs in to it.
func (s *Server) postSetup(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		StartURL string `json:"start_url"`
		Region   string `json:"region"`
		Name     string `json:"session_name"`
		Method   string `json:"method"`
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	m, err := method(in.Method)
	if err != nil {
		return err
	}
	session, err := s.app.SettleSession(r.Context(), app.NewSession{StartURL: in.StartURL, Region: in.Region, Name: in.Name})
	if err != nil {
		return err
	}
	if session.Region == "" {
		return fault.New(fault.Usage, "The region of this start URL could not be found").
			WithRemedy("give the region of IAM Identity Center, which the access portal's own settings show")
	}
	id := random()
	one := &setup{session: session, state: "login"}
	d := s.person.logins.dialog(sso.LoginRequest{Profile: session.Key(), Session: session.Key(), StartURL: session.StartURL},
		func(ctx context.Context, o sso.LoginOptions) error { return s.learnChoices(ctx, one, o) })
	one.login = d.snapshot().ID
	s.setups.mu.Lock()
	if len(s.setups.byID) >= mostSetups {
		clear(s.setups.byID)
	}
	s.setups.byID[id] = one
	s.setups.mu.Unlock()
	d.start(m)
	return writeJSON(w, map[string]any{"setup": id, "login": d.snapshot(), "session": session.Name, "region": session.Region})
}

// learnChoices is the attempt of a set-up's dialog: log in where needed, then
// ask for what may be used.
func (s *Server) learnChoices(ctx context.Context, one *setup, o sso.LoginOptions) error {
	choices, err := s.app.ChoicesWith(ctx, one.session, o)
	one.mu.Lock()
	defer one.mu.Unlock()
	one.err = err
	if err != nil {
		one.state = "failed"
		return err
	}
	one.state, one.choices = "ready", choices
	return nil
}

type accountDoc struct {
	ID    string    `json:"id"`
	Name  string    `json:"name"`
	Roles []roleDoc `json:"roles"`
}

type roleDoc struct {
	Name    string `json:"name"`
	Profile string `json:"profile,omitempty"` // the profile that has it already
}

func (s *Server) getSetup(w http.ResponseWriter, r *http.Request) error {
	one, err := s.setups.find(r.PathValue("id"))
	if err != nil {
		return err
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	accounts := []accountDoc{}
	for _, c := range one.choices {
		i := slices.IndexFunc(accounts, func(a accountDoc) bool { return a.ID == c.Account })
		if i < 0 {
			i = len(accounts)
			accounts = append(accounts, accountDoc{ID: c.Account, Name: c.AccountName})
		}
		accounts[i].Roles = append(accounts[i].Roles, roleDoc{c.Role, c.Profile})
	}
	return writeJSON(w, map[string]any{"state": one.state, "accounts": accounts, "login": one.login, "error": toErrorDoc(one.err)})
}

// postSetupPreview plans the change and shows it. Nothing is written.
func (s *Server) postSetupPreview(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		All      bool   `json:"all"`
		Template string `json:"template"`
		Region   string `json:"region"`
		Choices  []struct {
			Account string `json:"account"`
			Role    string `json:"role"`
		} `json:"choices"`
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	one, err := s.setups.find(r.PathValue("id"))
	if err != nil {
		return err
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.state != "ready" {
		return fault.New(fault.Usage, "The accounts and roles are not known yet").WithRemedy("log in first")
	}
	picked := one.choices
	if !in.All {
		picked = nil
		for _, c := range in.Choices {
			i := slices.IndexFunc(one.choices, func(o app.Choice) bool { return o.Account == c.Account && o.Role == c.Role })
			if i < 0 {
				return fault.Newf(fault.Usage, "Role %s in account %s is not among the choices", c.Role, c.Account)
			}
			picked = append(picked, one.choices[i])
		}
	}
	change, err := s.app.AddProfiles(one.session, picked, in.Template, in.Region)
	if err != nil {
		return err
	}
	one.change = change
	if change.Empty() {
		change.Diff = ""
	}
	return writeJSON(w, map[string]any{"diff": change.Diff, "file": change.Path, "profiles": nonNil(change.Profiles), "skipped": nonNil(change.Skipped)})
}

// postSetupWrite makes the change that was shown last.
func (s *Server) postSetupWrite(w http.ResponseWriter, r *http.Request) error {
	var nothing struct{}
	if err := readJSON(r, &nothing); err != nil {
		return err
	}
	id := r.PathValue("id")
	one, err := s.setups.find(id)
	if err != nil {
		return err
	}
	one.mu.Lock()
	change := one.change
	one.mu.Unlock()
	if change.Empty() {
		return fault.New(fault.Usage, "There is nothing to write").WithRemedy("pick an account and a role that no profile has yet")
	}
	backup, err := s.app.WriteConfig(change)
	if err != nil {
		return err
	}
	s.setups.mu.Lock()
	delete(s.setups.byID, id)
	s.setups.mu.Unlock()
	s.refresh()
	return writeJSON(w, map[string]any{"file": change.Path, "backup": backup, "profiles": nonNil(change.Profiles)})
}
