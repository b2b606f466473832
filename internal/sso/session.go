package sso

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/nearest"
)

// DefaultScope makes the service issue a refresh token.
const DefaultScope = "sso:account:access"

// Session is one sign-in that profiles share: an sso-session section, or the
// start URL of profiles in the older form.
type Session struct {
	Name     string // of the sso-session section; "" in the older form
	StartURL string
	Region   string // of Identity Center, not of the queries
	Scopes   []string
	// Profile is the profile that led here, for messages; "" when none did.
	Profile string
	// Origin is where the session is configured.
	Origin awsfile.Value
}

// Legacy reports whether the session is of the older form, which cannot be
// refreshed.
func (s Session) Legacy() bool { return s.Name == "" }

// Key is what the CLI names the cache file by.
func (s Session) Key() string {
	if s.Name != "" {
		return s.Name
	}
	return s.StartURL
}

// label is how the session is called in messages.
func (s Session) label() string {
	if s.Profile != "" {
		return s.Profile
	}
	return s.Key()
}

// TokenFile returns the path of the token below home, by the CLI's rule: the
// SHA-1 of the session's name, else of the start URL exactly as written.
func (s Session) TokenFile(home string) string {
	sum := sha1.Sum([]byte(s.Key()))
	return filepath.Join(home, ".aws", "sso", "cache", hex.EncodeToString(sum[:])+".json")
}

// ConfigError is a session that is not configured so that it can be used.
type ConfigError struct {
	Where   awsfile.Value // the line that is wrong
	Message string
	Fix     string
}

// Error returns "file:line: message".
func (e *ConfigError) Error() string {
	if e.Where.File == "" {
		return e.Message
	}
	return fmt.Sprintf("%s:%d: %s", e.Where.File, e.Where.Line, e.Message)
}

// Find returns the session that a profile uses. The error is a *ConfigError.
func Find(files *awsfile.Files, p *awsfile.Profile) (Session, error) {
	ref, ok := p.Get("sso_session")
	if !ok {
		return legacySession(p)
	}
	section, found := files.Session(ref.Text)
	if !found {
		fix := fmt.Sprintf("add the section to %s, or run: aws configure sso", files.ConfigPath)
		if near := nearest.Names(ref.Text, sessionNames(files)); len(near) > 0 {
			fix = fmt.Sprintf("did you mean %s?", strings.Join(near, ", "))
		}
		return Session{}, &ConfigError{Where: ref, Message: fmt.Sprintf("there is no section [sso-session %s]", ref.Text), Fix: fix}
	}
	for _, e := range section.Entries() {
		if own, ok := p.Get(e.Key); ok && own.Text != e.Text {
			return Session{}, &ConfigError{Where: own,
				Message: fmt.Sprintf("%s is %q here and %q in [sso-session %s] (%s:%d)", e.Key, own.Text, e.Text, ref.Text, e.File, e.Line),
				Fix:     fmt.Sprintf("remove %s from the profile", e.Key)}
		}
	}
	s, err := fromSection(section)
	s.Profile = p.Name
	return s, err
}

func fromSection(section *awsfile.Section) (Session, error) {
	s := Session{Name: section.Name, Origin: awsfile.Value{Text: section.Header, File: section.File, Line: section.Line}}
	if d := section.Defects(); len(d) > 0 {
		return s, &ConfigError{Where: awsfile.Value{File: d[0].File, Line: d[0].Line}, Message: d[0].Message, Fix: d[0].Fix}
	}
	for key, to := range map[string]*string{"sso_start_url": &s.StartURL, "sso_region": &s.Region} {
		v, ok := section.Get(key)
		if !ok || v.Text == "" {
			return s, &ConfigError{Where: s.Origin, Message: fmt.Sprintf("[sso-session %s] has no %s", section.Name, key), Fix: "add it, or run: aws configure sso-session"}
		}
		*to = v.Text
	}
	if v, ok := section.Get("sso_registration_scopes"); ok {
		for scope := range strings.SplitSeq(v.Text, ",") {
			if scope = strings.TrimSpace(scope); scope != "" {
				s.Scopes = append(s.Scopes, scope)
			}
		}
	}
	return s, nil
}

func legacySession(p *awsfile.Profile) (Session, error) {
	s := Session{Profile: p.Name, Origin: p.Where()}
	for _, part := range []struct {
		key string
		to  *string
	}{{"sso_start_url", &s.StartURL}, {"sso_region", &s.Region}} {
		v, ok := p.Get(part.key)
		if !ok || v.Text == "" {
			return s, &ConfigError{Where: s.Origin, Message: fmt.Sprintf("profile %q has no %s", p.Name, part.key), Fix: "add it, or run: aws configure sso"}
		}
		*part.to = v.Text
		if part.key == "sso_start_url" {
			s.Origin = v
		}
	}
	return s, nil
}

func sessionNames(files *awsfile.Files) []string {
	var names []string
	for _, s := range files.Sessions() {
		names = append(names, s.Name)
	}
	return names
}
