package signin

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

type tokenInput struct {
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	GrantType    string `json:"grantType"`
	DeviceCode   string `json:"deviceCode"`
	Code         string `json:"code"`
	CodeVerifier string `json:"codeVerifier"`
	RedirectURI  string `json:"redirectUri"`
	RefreshToken string `json:"refreshToken"`
}

type tokenOutput struct {
	AccessToken  string `json:"accessToken"`
	TokenType    string `json:"tokenType"`
	ExpiresIn    int    `json:"expiresIn"`
	RefreshToken string `json:"refreshToken,omitempty"`
}

func (s *Service) createToken(body []byte) (any, error) {
	var in tokenInput
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, invalidRequest("The request is not valid JSON.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.authenticate(in.ClientID, in.ClientSecret)
	if err != nil {
		return nil, err
	}
	switch in.GrantType {
	case grantDevice, grantCode, grantRefresh:
	default:
		return nil, wire.Fail("UnsupportedGrantTypeException", "Grant type is not supported")
	}
	if !c.may(in.GrantType) {
		return nil, wire.Fail("UnauthorizedClientException", "The client is not registered for this grant type")
	}
	switch in.GrantType {
	case grantDevice:
		return s.redeemDevice(c, in)
	case grantCode:
		return s.redeemCode(c, in)
	}
	return s.refresh(c, in)
}

func (s *Service) redeemDevice(c *client, in tokenInput) (any, error) {
	d, ok := s.devices[in.DeviceCode]
	if !ok || d.client != c || d.used {
		return nil, invalidGrant("Invalid device code")
	}
	now := s.now()
	if !now.Before(d.expires) {
		return nil, wire.Fail("ExpiredTokenException", "The device code has expired")
	}
	if d.decision == denied {
		return nil, wire.Fail("AccessDeniedException", "The user refused the request")
	}
	// Half the interval: a client that keeps it must never be told otherwise
	// because of a timer that fired early.
	tooFast := !d.lastPoll.IsZero() && now.Sub(d.lastPoll) < pollInterval/2
	d.lastPoll = now
	switch {
	case s.slowDown > 0:
		s.slowDown--
		return nil, wire.Fail("SlowDownException", "The client polls too often")
	case s.pending > 0:
		s.pending--
		return nil, wire.Fail("AuthorizationPendingException", "The user has not decided yet")
	case d.decision == undecided && tooFast:
		return nil, wire.Fail("SlowDownException", "The client polls too often")
	case d.decision == undecided:
		return nil, wire.Fail("AuthorizationPendingException", "The user has not decided yet")
	}
	d.used = true
	return s.openSession(c), nil
}

// redeemCode checks the code, whom and where it was given to, and the PKCE
// verifier. A code is good once, whatever the outcome.
func (s *Service) redeemCode(c *client, in tokenInput) (any, error) {
	g, ok := s.codes[in.Code]
	if !ok || g.client != c {
		return nil, invalidGrant("Invalid authorization code")
	}
	delete(s.codes, in.Code)
	if !s.now().Before(g.expires) {
		return nil, invalidGrant("The authorization code has expired")
	}
	if in.RedirectURI != g.redirectURI {
		return nil, invalidGrant("The redirect URI is not the one that was authorized")
	}
	sum := sha256.Sum256([]byte(in.CodeVerifier))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	if subtle.ConstantTimeCompare([]byte(challenge), []byte(g.challenge)) != 1 {
		return nil, invalidGrant("The code verifier does not match the code challenge")
	}
	return s.openSession(c), nil
}

func (s *Service) refresh(c *client, in tokenInput) (any, error) {
	open, ok := s.refreshes[in.RefreshToken]
	if !ok || open.client != c || open.revoked || !s.now().Before(open.ends) {
		return nil, invalidGrant("Invalid refresh token provided")
	}
	out := s.mintToken(open)
	switch s.refreshRule {
	case RefreshRotate:
		delete(s.refreshes, in.RefreshToken)
		out.RefreshToken = s.mintRefresh(open)
	case RefreshKeep:
		out.RefreshToken = in.RefreshToken
	}
	return out, nil
}

// openSession signs the person in and mints the first tokens.
func (s *Service) openSession(c *client) tokenOutput {
	open := &session{
		client: c, person: s.person,
		refreshable: slices.Contains(c.scopes, AccountScope) && c.may(grantRefresh),
	}
	// Whole seconds, as in everything a client is told about it.
	open.ends = s.now().Truncate(time.Second).Add(sessionLifetime)
	out := s.mintToken(open)
	if open.refreshable {
		out.RefreshToken = s.mintRefresh(open)
	}
	return out
}

func (s *Service) mintToken(open *session) tokenOutput {
	life := s.tokenLifetime
	if life == 0 {
		life = tokenLifetime
		if !open.refreshable {
			life = legacyTokenLifetime
		}
	}
	now := s.now()
	life = min(life, open.ends.Sub(now)).Truncate(time.Second)
	value := "aoa" + rand.Text() + rand.Text()
	s.tokens[value] = &token{session: open, expires: now.Add(life)}
	return tokenOutput{AccessToken: value, TokenType: "Bearer", ExpiresIn: int(life / time.Second)}
}

func (s *Service) mintRefresh(open *session) string {
	value := "aor" + rand.Text() + rand.Text()
	s.refreshes[value] = open
	return value
}
