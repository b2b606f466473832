package identity

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"
)

// webIdentity is a token of the sandbox's own OpenID Connect issuer.
type webIdentity struct {
	subject string
	expires time.Time
}

// WebIdentityIssuer is the issuer named in the tokens.
const WebIdentityIssuer = "https://identity.sandbox.invalid"

// WebIdentityToken mints a token in JWT form for a subject, as a cluster hands
// to its workloads. The signature part is random: the store remembers the token.
func (s *Store) WebIdentityToken(subject string, d time.Duration) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	expires := s.clock.Now().Add(d).Truncate(time.Second)
	part := func(v map[string]any) string {
		b, _ := json.Marshal(v) // strings and numbers always marshal
		return base64.RawURLEncoding.EncodeToString(b)
	}
	token := part(map[string]any{"alg": "RS256", "typ": "JWT"}) + "." +
		part(map[string]any{"iss": WebIdentityIssuer, "sub": subject, "aud": "sts.amazonaws.com", "exp": expires.Unix(), "jti": rand.Text()}) + "." +
		base64.RawURLEncoding.EncodeToString(random(64))
	s.webTokens[token] = webIdentity{subject, expires}
	return token
}

// WebIdentity looks a token up.
func (s *Store) WebIdentity(token string) (subject string, expires time.Time, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	w, ok := s.webTokens[token]
	return w.subject, w.expires, ok
}

// MayAssumeWebIdentity reports whether the subject may assume role.
func (s *Store) MayAssumeWebIdentity(role Role, subject string) bool {
	return slices.ContainsFunc(role.Trust, func(t Trust) bool { return t.Subject != "" && t.Subject == subject })
}
