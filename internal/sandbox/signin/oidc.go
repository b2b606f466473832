package signin

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// The grants.
// https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html
const (
	grantDevice  = "urn:ietf:params:oauth:grant-type:device_code"
	grantCode    = "authorization_code"
	grantRefresh = "refresh_token"
)

type registerInput struct {
	ClientName   string   `json:"clientName"`
	ClientType   string   `json:"clientType"`
	Scopes       []string `json:"scopes"`
	GrantTypes   []string `json:"grantTypes"`
	RedirectURIs []string `json:"redirectUris"`
	IssuerURL    string   `json:"issuerUrl"`
}

type registerOutput struct {
	ClientID              string `json:"clientId"`
	ClientSecret          string `json:"clientSecret"`
	ClientIDIssuedAt      int64  `json:"clientIdIssuedAt"`
	ClientSecretExpiresAt int64  `json:"clientSecretExpiresAt"`
}

func (s *Service) registerClient(body []byte) (any, error) {
	var in registerInput
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, invalidRequest("The request is not valid JSON.")
	}
	if in.ClientName == "" {
		return nil, invalidRequest("clientName is required")
	}
	if in.ClientType != "public" {
		return nil, wire.Fail("InvalidClientMetadataException", "Only client type public is supported")
	}
	for _, scope := range in.Scopes {
		if !validScope(scope) {
			return nil, wire.Fail("InvalidScopeException", "Scope "+scope+" is not valid")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	grants := in.GrantTypes
	if len(grants) == 0 {
		grants = []string{grantDevice, grantRefresh}
	}
	for _, g := range grants {
		if g != grantDevice && g != grantCode && g != grantRefresh {
			return nil, wire.Fail("UnsupportedGrantTypeException", "Grant type "+g+" is not supported")
		}
	}
	if slices.Contains(grants, grantCode) {
		if refusal := s.checkCodeClient(in); refusal != nil {
			return nil, refusal
		}
	}
	c := s.addClient(in.ClientName, grants, in.RedirectURIs, in.Scopes)
	return registerOutput{
		ClientID: c.id, ClientSecret: c.secret,
		ClientIDIssuedAt: s.now().Unix(), ClientSecretExpiresAt: c.expires.Unix(),
	}, nil
}

// checkCodeClient checks what the authorization-code grant needs to be registered.
func (s *Service) checkCodeClient(in registerInput) error {
	if len(in.RedirectURIs) == 0 {
		return wire.Fail("InvalidRedirectUriException", "redirectUris is required for the authorization_code grant")
	}
	for _, text := range in.RedirectURIs {
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "http" || !isLoopback(u.Hostname()) || u.RawQuery != "" || u.Fragment != "" {
			return wire.Fail("InvalidRedirectUriException", "Redirect URI "+text+" is not a loopback address")
		}
	}
	if !s.knownStartURL(in.IssuerURL) {
		return invalidRequest("issuerUrl is not the start URL of an IAM Identity Center instance")
	}
	return nil
}

// validScope takes words joined by colons, the form of all published scopes.
func validScope(scope string) bool {
	parts := strings.Split(scope, ":")
	if len(parts) < 2 {
		return false
	}
	return !slices.ContainsFunc(parts, func(p string) bool {
		return p == "" || strings.Trim(p, "abcdefghijklmnopqrstuvwxyz0123456789_-") != ""
	})
}

type deviceInput struct {
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	StartURL     string `json:"startUrl"`
}

type deviceOutput struct {
	DeviceCode              string `json:"deviceCode"`
	UserCode                string `json:"userCode"`
	VerificationURI         string `json:"verificationUri"`
	VerificationURIComplete string `json:"verificationUriComplete"`
	ExpiresIn               int    `json:"expiresIn"`
	Interval                int    `json:"interval"`
}

func (s *Service) startDeviceAuthorization(body []byte) (any, error) {
	var in deviceInput
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, invalidRequest("The request is not valid JSON.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.authenticate(in.ClientID, in.ClientSecret)
	if err != nil {
		return nil, err
	}
	if !c.may(grantDevice) {
		return nil, wire.Fail("UnauthorizedClientException", "The client is not registered for the device code grant")
	}
	if !s.knownStartURL(in.StartURL) {
		return nil, invalidRequest("The start URL is not that of an IAM Identity Center instance in this region")
	}
	s.forgetExpired()
	d := &device{code: rand.Text() + rand.Text(), userCode: newUserCode(), client: c, expires: s.now().Add(deviceCodeLifetime)}
	if s.autoApprove {
		d.decision = approved
	}
	s.devices[d.code] = d
	page := s.endpoint + "/device"
	return deviceOutput{
		DeviceCode: d.code, UserCode: d.userCode,
		VerificationURI: page, VerificationURIComplete: page + "?user_code=" + d.userCode,
		ExpiresIn: int(deviceCodeLifetime / time.Second), Interval: int(pollInterval / time.Second),
	}, nil
}

// authenticate checks a client's id and secret.
func (s *Service) authenticate(id, secret string) (*client, error) {
	if id == "" || secret == "" {
		return nil, invalidRequest("clientId and clientSecret are required")
	}
	c, ok := s.clients[id]
	if !ok || c.secret != secret || !s.now().Before(c.expires) {
		return nil, &wire.Error{Code: "InvalidClientException", Status: http.StatusUnauthorized,
			Message: "The client is unknown, its secret is wrong, or its registration has expired"}
	}
	return c, nil
}

// forgetExpired drops device codes and requests that nobody can use any more.
// They stay a while past their end, so that asking for them still gets
// expired_token and not a puzzle.
func (s *Service) forgetExpired() {
	limit := s.now().Add(-time.Hour)
	for k, d := range s.devices {
		if d.expires.Before(limit) {
			delete(s.devices, k)
		}
	}
	for k, r := range s.requests {
		if r.expires.Before(limit) {
			delete(s.requests, k)
		}
	}
	for k, c := range s.codes {
		if c.expires.Before(limit) {
			delete(s.codes, k)
		}
	}
	for k, t := range s.tokens {
		if t.expires.Before(limit) {
			delete(s.tokens, k)
		}
	}
}

// newUserCode is eight letters that cannot be misread and spell no word.
func newUserCode() string {
	const letters = "BCDFGHJKLMNPQRSTVWXZ"
	var b [8]byte
	_, _ = rand.Read(b[:])
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b[:4]) + "-" + string(b[4:])
}

func invalidRequest(message string) *wire.Error { return wire.Fail("InvalidRequestException", message) }

func invalidGrant(message string) *wire.Error { return wire.Fail("InvalidGrantException", message) }
