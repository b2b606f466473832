package creds

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// Setting is one value and where it came from. A secret's text is hidden.
type Setting struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Origin string `json:"origin"` // file:line
}

// KeptState says what a cache file is good for now.
type KeptState string

// The states.
const (
	KeptValid    KeptState = "valid"    // used without asking anybody
	KeptExpiring KeptState = "expiring" // still good; the next use tries to replace it
	KeptExpired  KeptState = "expired"
	KeptAbsent   KeptState = "absent"
)

// Kept tells about the credentials of a hop that a cache file keeps between
// runs.
type Kept struct {
	State   KeptState  `json:"state"`
	Path    string     `json:"path"`
	Expires *time.Time `json:"expires,omitempty"`
	// Left is how long they are good, in seconds; 0 when they are not.
	Left int `json:"left_seconds"`
}

// keptAs tells about credentials that serve without a call while at least
// enough of their life is left.
func keptAs(path string, c aws.Credentials, enough time.Duration) Kept {
	k := Kept{State: KeptAbsent, Path: path}
	if c.AccessKeyID == "" {
		return k
	}
	k.Expires = &c.Expires
	rest := left(c)
	switch {
	case rest >= enough:
		k.State = KeptValid
	case rest > 0:
		k.State = KeptExpiring
	default:
		k.State = KeptExpired
	}
	k.Left = max(0, int(rest/time.Second))
	return k
}

// Kept looks at the hop's cache file. ok is false when the hop has none: its
// credentials are at hand, or fetched by each process.
func (h Hop) Kept(ctx context.Context) (kept Kept, ok bool) {
	if h.look == nil {
		return Kept{}, false
	}
	return h.look(ctx), true
}

// fileOf lets a hop tell about its cache file.
func fileOf(l link) func(context.Context) Kept {
	s, ok := l.(*shared)
	if !ok {
		return nil
	}
	return func(ctx context.Context) Kept { return keptAs(s.file.path, s.file.read(ctx), advisoryWindow) }
}

// kept tells about the session's file.
func (l *loginLink) kept(ctx context.Context) Kept {
	f, err := l.read(ctx)
	if err != nil {
		return Kept{State: KeptAbsent, Path: l.path}
	}
	return keptAs(l.path, f.keys, loginAhead)
}

// keysOf are the settings that a hop of each kind is made of.
func keysOf(kind HopKind) []string {
	switch kind {
	case HopRole:
		return []string{"role_arn", "source_profile", "credential_source", "external_id", "role_session_name", "duration_seconds", "mfa_serial"}
	case HopWebIdentity:
		return []string{"web_identity_token_file", "role_arn", "role_session_name"}
	case HopSSO:
		return []string{"sso_session", "sso_account_id", "sso_role_name", "sso_start_url", "sso_region"}
	case HopStatic:
		return []string{"aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token", "aws_account_id"}
	case HopLogin:
		return []string{"login_session"}
	case HopProcess:
		return []string{"credential_process", "aws_account_id"}
	}
	return nil
}

// sources are the settings that by themselves give a profile credentials.
func sources() []string {
	return []string{"role_arn", "web_identity_token_file", "sso_account_id", "aws_access_key_id", "login_session", "credential_process"}
}

// describe fills in the values of a hop and what it leaves unused.
func (b *builder) describe(h *Hop, p *awsfile.Profile) {
	if p == nil {
		return
	}
	used := keysOf(h.Kind)
	for _, key := range used {
		if v, ok := p.Get(key); ok {
			h.Values = append(h.Values, setting(key, v))
		}
	}
	if session, ok := b.files.Session(p.Text("sso_session")); ok && h.Kind == HopSSO {
		for _, e := range session.Entries() {
			h.Values = append(h.Values, setting("sso-session."+e.Key, e.Value))
		}
	}
	for _, key := range sources() {
		if v, ok := p.Get(key); ok && !slices.Contains(used, key) {
			h.Unused = append(h.Unused, setting(key, v))
		}
	}
}

// setting hides what is or may hold a secret.
func setting(key string, v awsfile.Value) Setting {
	s := Setting{Key: key, Value: v.Text, Origin: at(v)}
	switch key {
	case "aws_secret_access_key", "aws_session_token", "aws_security_token":
		s.Value = "[hidden]"
	case "credential_process": // arguments may hold secrets
		if argv, err := awsfile.SplitCommand(v.Text); err == nil && len(argv) > 0 {
			s.Value = argv[0]
			if len(argv) > 1 {
				s.Value += fmt.Sprintf(" … (%d arguments)", len(argv)-1)
			}
		}
	}
	return s
}

// Notes are what surprises people about a chain, one sentence each.
func (c *Chain) Notes(r *Resolver) []string {
	var notes []string
	files, err := r.Files()
	if err != nil || len(c.Hops) == 0 {
		return nil
	}
	p, _ := files.Profile(c.Profile)
	if p != nil {
		if v, ok := p.Get("region"); ok && c.RegionOrigin != "" && c.RegionOrigin != at(v) && v.Text != c.Region {
			notes = append(notes, fmt.Sprintf("%s covers the profile's own region %s (%s)", c.RegionOrigin, v.Text, at(v)))
		}
	}
	if c.Hops[0].Kind == HopEnvironment {
		for _, variable := range []string{"AWS_PROFILE", "AWS_DEFAULT_PROFILE"} {
			if name := r.env(variable); name != "" {
				notes = append(notes, fmt.Sprintf("the keys in the environment come before %s=%s; name the profile explicitly to use it", variable, name))
				break
			}
		}
	}
	settings := r.network.Settings(c.Profile)
	for _, service := range c.services() {
		if url, origin := settings.Endpoint(service); url != "" {
			notes = append(notes, fmt.Sprintf("calls to %s go to %s (%s)", service, url, origin))
		}
	}
	if path, origin := settings.Bundle(); path != "" {
		notes = append(notes, fmt.Sprintf("certificates are checked against %s alone (%s)", path, origin))
	}
	return notes
}

// services are the AWS services that the chain calls, by SDK id.
func (c *Chain) services() []string {
	var all []string
	add := func(names ...string) {
		for _, n := range names {
			if !slices.Contains(all, n) {
				all = append(all, n)
			}
		}
	}
	for _, h := range c.Hops {
		switch h.Kind {
		case HopRole, HopWebIdentity:
			add("STS")
		case HopSSO:
			add("SSO", "SSO OIDC")
		case HopLogin:
			add("Signin")
		}
	}
	return all
}

// SessionState tells about the SSO session at the ground of the chain, by its
// file; ok is false when there is none.
func (c *Chain) SessionState(ctx context.Context, r *Resolver) (state sso.State, ok bool) {
	if c.Session == nil {
		return sso.State{}, false
	}
	name := c.Session.Profile
	if name == "" {
		name = c.Session.Name
	}
	state, err := r.sso.State(ctx, name)
	return state, err == nil
}

// String is the chain in one line, the signing hop first.
func (c *Chain) String() string {
	parts := make([]string, len(c.Hops))
	for i, h := range c.Hops {
		parts[i] = strings.TrimSpace(h.Profile + " (" + string(h.Kind) + ")")
	}
	return strings.Join(parts, " -> ")
}
