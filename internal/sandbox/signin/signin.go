// Package signin is the sandbox's IAM Identity Center: the SSO-OIDC service
// (client registration, device and authorization-code grants, refresh), the
// portal that turns an access token into role credentials, and the small pages
// where a person approves.
//
// It knows tokens and what they are good for. It refuses to know HTTP framing
// and error documents, which the front writes, and how keys are kept, which is
// package identity's.
//
//	s := signin.New(signin.Options{Store: store, Person: identity.Person{Name: "robin"}})
//	s.SetEndpoint("http://127.0.0.1:4566")
//	answer, err := s.Call(ctx, call) // call.Operation is "CreateToken", ...
package signin

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/identity"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// Lifetimes as IAM Identity Center documents or was seen to use them.
const (
	registrationLifetime = 90 * 24 * time.Hour
	deviceCodeLifetime   = 10 * time.Minute
	authCodeLifetime     = 10 * time.Minute
	sessionLifetime      = 8 * time.Hour // the portal session that refreshes end with
	tokenLifetime        = time.Hour     // of an access token that can be refreshed
	legacyTokenLifetime  = 8 * time.Hour // of one that cannot
	credentialLifetime   = time.Hour
	pollInterval         = time.Second
)

// AccountScope is the scope that makes a token refreshable and good for the portal.
const AccountScope = "sso:account:access"

// Options are what a Service needs. Store is required.
type Options struct {
	Store              *identity.Store
	Person             identity.Person // who signs in
	Region             string
	TokenLifetime      time.Duration // 0 for 1 h, or 8 h when the token cannot be refreshed
	CredentialLifetime time.Duration // of role credentials; 0 for 1 h
	AutoApprove        bool          // approve without a person
}

// RefreshRule says what a refresh does to the refresh token.
type RefreshRule string

// The rules.
const (
	RefreshKeep   RefreshRule = "keep"   // the same one is good again, and returned again
	RefreshRotate RefreshRule = "rotate" // a new one is returned, the old one is dead
	RefreshOmit   RefreshRule = "omit"   // none is returned, the old one stays good
)

// Service is SSO-OIDC, portal and sign-in pages. It is safe for concurrent use.
type Service struct {
	store  *identity.Store
	person identity.Person
	region string
	pages  pages

	mu                 sync.Mutex
	endpoint           string
	tokenLifetime      time.Duration
	credentialLifetime time.Duration
	autoApprove        bool
	refreshRule        RefreshRule
	pending, slowDown  int // polls still to be answered that way
	clients            map[string]*client
	devices            map[string]*device  // by device code
	requests           map[string]*request // authorization requests that await a decision
	codes              map[string]*code
	tokens             map[string]*token
	refreshes          map[string]*session
}

// New makes a Service.
func New(o Options) *Service {
	s := &Service{
		store: o.Store, person: o.Person, region: o.Region,
		tokenLifetime: o.TokenLifetime, credentialLifetime: o.CredentialLifetime,
		autoApprove: o.AutoApprove, refreshRule: RefreshKeep,
		clients:   map[string]*client{},
		devices:   map[string]*device{},
		requests:  map[string]*request{},
		codes:     map[string]*code{},
		tokens:    map[string]*token{},
		refreshes: map[string]*session{},
	}
	s.pages.service = s
	s.pages.key = []byte(rand.Text())
	if s.credentialLifetime == 0 {
		s.credentialLifetime = credentialLifetime
	}
	return s
}

// SetEndpoint tells the service under which base URL it is reached, without a
// slash at the end. Needed before the first call.
func (s *Service) SetEndpoint(base string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endpoint = base
}

// StartURL is the sso_start_url of this Identity Center.
func (s *Service) StartURL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.endpoint + "/start"
}

// Call implements wire.JSONService for SSO-OIDC and the portal.
func (s *Service) Call(_ context.Context, c *wire.Call) (any, error) {
	switch c.Operation {
	case "RegisterClient":
		return s.registerClient(c.Body)
	case "StartDeviceAuthorization":
		return s.startDeviceAuthorization(c.Body)
	case "CreateToken":
		return s.createToken(c.Body)
	case "GetRoleCredentials":
		return s.getRoleCredentials(c.HTTP)
	case "ListAccounts":
		return s.listAccounts(c.HTTP)
	case "ListAccountRoles":
		return s.listAccountRoles(c.HTTP)
	case "Logout":
		return s.logout(c.HTTP)
	}
	return nil, fmt.Errorf("operation %s is not known to the sign-in service", c.Operation)
}

// client is a registered OIDC client.
type client struct {
	id, secret, name string
	grants           []string
	redirects        []string
	scopes           []string
	expires          time.Time
}

// may reports whether the client registered for that grant.
func (c *client) may(grant string) bool { return slices.Contains(c.grants, grant) }

// device is one device authorization.
type device struct {
	code, userCode string
	client         *client
	decision       decision
	expires        time.Time
	lastPoll       time.Time
	used           bool
}

type decision int

const (
	undecided decision = iota
	approved
	denied
)

// session is a person's signed-in session: what refreshes come from and what
// Logout ends.
type session struct {
	client      *client
	person      identity.Person
	ends        time.Time
	revoked     bool
	refreshable bool
}

// token is an access token.
type token struct {
	session *session
	expires time.Time
}

// Issued is a freshly minted session, for writing a token cache.
type Issued struct {
	ClientID, ClientSecret    string
	RegistrationExpires       time.Time
	AccessToken, RefreshToken string // RefreshToken is empty without the account scope
	Expires                   time.Time
}

// Issue signs the person in without asking, as if a client of that name had
// been registered with scopes and approved.
func (s *Service) Issue(clientName string, scopes []string) Issued {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.addClient(clientName, []string{grantDevice, grantRefresh}, nil, scopes)
	t := s.openSession(c)
	return Issued{
		ClientID: c.id, ClientSecret: c.secret, RegistrationExpires: c.expires,
		AccessToken: t.AccessToken, RefreshToken: t.RefreshToken,
		Expires: s.now().Add(time.Duration(t.ExpiresIn) * time.Second),
	}
}

func (s *Service) addClient(name string, grants, redirects, scopes []string) *client {
	c := &client{
		id: rand.Text(), secret: rand.Text() + rand.Text(), name: name,
		grants: grants, redirects: redirects, scopes: scopes,
		expires: s.now().Add(registrationLifetime).Truncate(time.Second),
	}
	s.clients[c.id] = c
	return c
}

func (s *Service) now() time.Time { return s.store.Now() }

// knownStartURL takes the start URL as people write it: with a slash or "#/"
// at the end, and on any loopback name.
func (s *Service) knownStartURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Fragment != "" && u.Fragment != "/" {
		return false
	}
	own, err := url.Parse(s.endpoint)
	return err == nil && u.Scheme == own.Scheme && u.Port() == own.Port() && isLoopback(u.Hostname()) &&
		strings.TrimRight(u.Path, "/") == "/start"
}

func isLoopback(host string) bool {
	return host == "127.0.0.1" || host == "::1" || host == "localhost"
}
