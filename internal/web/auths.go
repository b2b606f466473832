package web

import (
	"net/http"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/connection"
	"github.com/fairleadhq/fairlead/internal/creds"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/secret"
	"github.com/fairleadhq/fairlead/internal/session"
)

// authDoc is an auth profile as the page gets it. No secret is among it.
type authDoc struct {
	Name    string           `json:"name"`
	Source  string           `json:"source"`
	Profile string           `json:"profile,omitempty"`
	Region  string           `json:"region,omitempty"`
	Hint    string           `json:"access_key_hint,omitempty"` // the access key ID's last four characters
	Account string           `json:"account,omitempty"`
	Scope   connection.Scope `json:"scope"`
	UsedBy  []string         `json:"used_by"`
	Problem string           `json:"problem,omitempty"`
}

func (s *Server) getAuths(w http.ResponseWriter, r *http.Request) error {
	auths, err := s.app.Auths()
	if err != nil {
		return err
	}
	docs := make([]authDoc, len(auths))
	for i, a := range auths {
		users, err := s.app.ConnectionsOf(a.Name)
		if err != nil {
			return err
		}
		docs[i] = authDoc{Name: a.Name, Source: a.Source, Profile: a.Profile, Region: a.Region, Hint: lastFour(a.AccessKeyID),
			Account: a.Account, Scope: a.Scope, UsedBy: nonNil(users), Problem: a.Problem}
	}
	return writeJSON(w, docs)
}

func lastFour(id string) string {
	if len(id) <= 4 {
		return ""
	}
	return "…" + id[len(id)-4:]
}

// authRequest is what the form sends: an AWS profile's name, or static keys.
type authRequest struct {
	Name            string        `json:"name"`
	Source          string        `json:"source"`
	Profile         string        `json:"profile"`
	Region          string        `json:"region"`
	AccessKeyID     string        `json:"access_key_id"`
	SecretAccessKey secret.String `json:"secret_access_key"`
	SessionToken    secret.String `json:"session_token"`
	Storage         string        `json:"storage"`
	Passphrase      secret.String `json:"passphrase"`
	Verify          bool          `json:"verify"`
}

// read checks a request and makes the auth profile and, for static keys, them.
func (in authRequest) read() (connection.Auth, *creds.Static, error) {
	auth := connection.Auth{Name: in.Name, Source: in.Source, Profile: in.Profile, Region: in.Region}
	if in.Region != "" {
		if err := session.CheckRegion(in.Region, "the region"); err != nil {
			return auth, nil, err
		}
	}
	switch in.Source {
	case connection.SourceProfile:
		if in.Profile == "" {
			return auth, nil, fault.New(fault.Usage, "Choose an AWS profile")
		}
		return auth, nil, nil
	case connection.SourceStatic:
		keys := &creds.Static{AccessKeyID: in.AccessKeyID, SecretAccessKey: in.SecretAccessKey, SessionToken: in.SessionToken, Region: in.Region}
		auth.AccessKeyID = in.AccessKeyID
		return auth, keys, app.CheckStatic(keys)
	}
	return auth, nil, fault.Newf(fault.Usage, "There is no credential source %q", in.Source).WithRemedy("static or profile")
}

func (s *Server) putAuth(w http.ResponseWriter, r *http.Request) error {
	var in authRequest
	if err := readJSON(r, &in); err != nil {
		return err
	}
	in.Name = r.PathValue("name")
	auth, keys, err := in.read()
	if err != nil {
		return err
	}
	if in.Verify {
		id, err := s.app.VerifyAuth(r.Context(), source(in, keys), in.Region)
		if err != nil {
			return err
		}
		auth.Account = id.Account
	}
	if !in.Passphrase.IsZero() {
		if err := s.app.CheckPassphrase(r.Context(), in.Passphrase); err != nil {
			return err
		}
		s.person.setPassphrase(in.Passphrase)
	}
	if err := s.app.AddAuthIn(r.Context(), auth, keys, storageMode(in.Storage)); err != nil {
		return err
	}
	s.pool.forgetAll()
	s.trees.forgetAll()
	s.events.send("connections", "", map[string]any{})
	return done(w)
}

func source(in authRequest, keys *creds.Static) creds.Source {
	if keys != nil {
		return creds.Source{Static: keys, Name: in.Name}
	}
	return creds.Source{Profile: in.Profile, Explicit: true, Name: in.Name}
}

// postAuthCheck asks AWS whose credentials these are. Nothing is saved.
func (s *Server) postAuthCheck(w http.ResponseWriter, r *http.Request) error {
	var in authRequest
	if err := readJSON(r, &in); err != nil {
		return err
	}
	_, keys, err := in.read()
	if err != nil {
		return err
	}
	id, err := s.app.VerifyAuth(r.Context(), source(in, keys), in.Region)
	if err != nil {
		if r.Context().Err() != nil {
			return err
		}
		return writeJSON(w, map[string]any{"ok": false, "error": toErrorDoc(err).forConnection("", in.Profile)})
	}
	return writeJSON(w, map[string]any{"ok": true, "identity": id})
}

func (s *Server) deleteAuth(w http.ResponseWriter, r *http.Request) error {
	if err := s.app.RemoveAuth(r.Context(), r.PathValue("name")); err != nil {
		return err
	}
	s.events.send("connections", "", map[string]any{})
	return done(w)
}

// storageMode turns the form's word into the keyring package's.
func storageMode(word string) string {
	if word == "keyring" {
		return "os"
	}
	return word
}
