package sso

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/home"
	"github.com/fairleadhq/fairlead/internal/secret"
)

const grantCode = "authorization_code"

// registration is a client that IAM Identity Center knows, cached as the CLI
// caches it.
type registration struct {
	clientID     string
	clientSecret secret.String
	expires      time.Time
	scopes       []string
	grantTypes   []string // only for authorization_code
}

type registrationFile struct {
	ClientID     string   `json:"clientId"`
	ClientSecret string   `json:"clientSecret"`
	ExpiresAt    string   `json:"expiresAt"`
	Scopes       []string `json:"scopes,omitempty"`
	GrantTypes   []string `json:"grantTypes,omitempty"`
}

// scopes are those to register with. An sso-session without scopes gets the
// one that makes the service issue a refresh token; the older form has none.
func (s Session) scopes() []string {
	if len(s.Scopes) == 0 && !s.Legacy() {
		return []string{DefaultScope}
	}
	return s.Scopes
}

// registrationPath names the file by the CLI's rule: the SHA-1 of what makes a
// registration unique, written as Python's json.dumps writes it with sorted keys.
func (m *Manager) registrationPath(s Session) string {
	scopes, name := "null", "null"
	if list := s.scopes(); len(list) > 0 {
		quoted := make([]string, len(list))
		for i, scope := range list {
			quoted[i] = PythonString(scope)
		}
		scopes = "[" + strings.Join(quoted, ", ") + "]"
	}
	if !s.Legacy() {
		name = PythonString(s.Name)
	}
	text := fmt.Sprintf(`{"region": %s, "scopes": %s, "session_name": %s, "startUrl": %s, "tool": "botocore"}`,
		PythonString(s.Region), scopes, name, PythonString(s.StartURL))
	sum := sha1.Sum([]byte(text))
	return filepath.Join(filepath.Dir(m.path(s)), hex.EncodeToString(sum[:])+".json")
}

// PythonString quotes as Python's json.dumps does: ASCII only.
func PythonString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\b':
			b.WriteString(`\b`)
		case r == '\f':
			b.WriteString(`\f`)
		case r >= ' ' && r < 0x7f:
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// cachedRegistration returns the cached client when it is still good and was
// registered for the same way of logging in.
func (m *Manager) cachedRegistration(ctx context.Context, s Session, forCode bool) (registration, bool) {
	var r registration
	err := ReadCacheFile(ctx, m.registrationPath(s), func(data []byte) (err error) {
		r, err = parseRegistration(data)
		return err
	})
	if err != nil || time.Until(r.expires) < refreshAhead || slices.Contains(r.grantTypes, grantCode) != forCode {
		return registration{}, false
	}
	return r, true
}

// parseRegistration reads a cached client. What it says of a defect never
// quotes the file.
func parseRegistration(data []byte) (registration, error) {
	var f registrationFile
	if json.Unmarshal(data, &f) != nil || f.ClientID == "" || f.ClientSecret == "" {
		return registration{}, errors.New("it is no client's registration")
	}
	expires, err := ParseTime(f.ExpiresAt)
	if err != nil {
		return registration{}, errors.New("its expiresAt is missing or not a time")
	}
	return registration{f.ClientID, secret.New(f.ClientSecret), expires, f.Scopes, f.GrantTypes}, nil
}

// register makes the service know a client of ours, and caches it. redirect is
// "" for the device flow.
func (m *Manager) register(ctx context.Context, s Session, redirect string) (registration, error) {
	name := s.Name
	if s.Legacy() {
		name = fmt.Sprint(time.Now().Unix())
	}
	in := &ssooidc.RegisterClientInput{
		ClientName: aws.String("fairlead-client-" + name), ClientType: aws.String("public"), Scopes: s.scopes(),
	}
	if redirect != "" {
		in.GrantTypes = []string{grantCode, "refresh_token"}
		in.RedirectUris = []string{redirect}
		in.IssuerUrl = &s.StartURL
	}
	out, err := m.oidc(s).RegisterClient(ctx, in)
	if err != nil {
		return registration{}, err
	}
	r := registration{
		clientID: aws.ToString(out.ClientId), clientSecret: secret.New(aws.ToString(out.ClientSecret)),
		expires: time.Unix(out.ClientSecretExpiresAt, 0).UTC(), scopes: in.Scopes, grantTypes: in.GrantTypes,
	}
	if r.clientID == "" || r.clientSecret.IsZero() {
		return registration{}, fault.New(fault.LoginFailed, "IAM Identity Center registered no client")
	}
	data, err := marshalPlain(registrationFile{r.clientID, r.clientSecret.Reveal(), FormatTime(r.expires), r.scopes, r.grantTypes})
	if err == nil {
		_ = home.WriteFile(m.registrationPath(s), data) // a cache: without it the next log in registers again
	}
	return r, nil
}

// registration returns a client for the device flow (redirect "") or for a
// code flow with the given redirect URI.
func (m *Manager) registration(ctx context.Context, s Session, redirect string) (registration, error) {
	if r, ok := m.cachedRegistration(ctx, s, redirect != ""); ok {
		return r, nil
	}
	return m.register(ctx, s, redirect)
}
