// Package identity is the sandbox's IAM and IAM Identity Center: accounts,
// users with long-term keys, roles with their trust, one person's assignments,
// and the temporary credentials minted from them.
//
// It knows who may be whom and until when. It refuses to know how a request is
// signed, what a service is or how an answer is written.
//
//	store := identity.NewStore(identity.NewClock(nil))
//	store.AddAccount(identity.Account{ID: "111122223333", Name: "Analytics"})
//	user, err := store.AddUser(identity.User{AccountID: "111122223333", Name: "reporting"})
//	key, err := store.NewKey(user.ARN)
package identity

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// Account is one AWS account of the organization.
type Account struct {
	ID    string // twelve digits
	Name  string
	Email string // address of the root user
}

// User is an IAM user.
type User struct {
	AccountID, Name string
	ARN, UserID     string   // filled by AddUser
	Denied          []string // actions refused, e.g. "athena:Start*"
}

// Role is an IAM role.
type Role struct {
	AccountID, Name string
	Path            string        // "/" or "/aws-reserved/sso.amazonaws.com/"; default "/"
	ARN, RoleID     string        // filled by AddRole
	Trust           []Trust       // who may assume it; any one that fits is enough
	MaxDuration     time.Duration // longest session by AssumeRole; default 1 h
	Denied          []string      // actions refused, e.g. "dynamodb:PutItem"
}

// Trust is one statement of a role's trust policy.
type Trust struct {
	Principals []string // ARNs of users, roles, role sessions, or arn:aws:iam::ACCOUNT:root
	ExternalID string   // sts:ExternalId that must be given, when not empty
	MFA        bool     // aws:MultiFactorAuthPresent must be true
	Subject    string   // subject of the web identity that may assume it; such a statement has no Principals
}

// Key is an access key with everything the sandbox knows of it.
type Key struct {
	ID, Secret, Token string
	Expires           time.Time // zero for long-term keys
	Principal         wire.Principal
	Source            string // ARN of the IAM user or role behind it
	MFA               bool   // minted after a code was checked
	// Session narrows the key: of what its source may do, only the actions that
	// match one of these; nil for all. An STS session policy's Allow statements.
	Session []string
}

// Temporary reports whether the key came with a session token.
func (k Key) Temporary() bool { return k.Token != "" }

// Store holds all identities. It is safe for concurrent use.
type Store struct {
	clock *Clock

	mu          sync.RWMutex
	accounts    []Account
	users       map[string]*User       // by ARN
	roles       map[string]*Role       // by ARN
	keys        map[string]*Key        // by access key id
	devices     map[string]*device     // by serial number
	webTokens   map[string]webIdentity // by token
	assignments []Assignment
	denials     []denial
	lifetime    time.Duration
}

// NewStore makes an empty store on clock.
func NewStore(clock *Clock) *Store {
	return &Store{
		clock:   clock,
		users:   map[string]*User{},
		roles:   map[string]*Role{},
		keys:    map[string]*Key{},
		devices: map[string]*device{},

		webTokens: map[string]webIdentity{},
	}
}

// Now is the store's time.
func (s *Store) Now() time.Time { return s.clock.Now() }

// AddAccount adds an account.
func (s *Store) AddAccount(a Account) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts = append(s.accounts, a)
}

// AddUser adds an IAM user and returns it with ARN and UserID.
func (s *Store) AddUser(u User) (User, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.knownAccount(u.AccountID); err != nil {
		return User{}, err
	}
	u.ARN = "arn:aws:iam::" + u.AccountID + ":user/" + u.Name
	u.UserID = uniqueID("AIDA")
	if _, taken := s.users[u.ARN]; taken {
		return User{}, fmt.Errorf("user %s exists already", u.ARN)
	}
	s.users[u.ARN] = &u
	return u, nil
}

// AddRole adds a role and returns it with ARN and RoleID.
func (s *Store) AddRole(r Role) (Role, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.knownAccount(r.AccountID); err != nil {
		return Role{}, err
	}
	if r.Path == "" {
		r.Path = "/"
	}
	if r.MaxDuration == 0 {
		r.MaxDuration = time.Hour
	}
	r.ARN = "arn:aws:iam::" + r.AccountID + ":role" + r.Path + r.Name
	r.RoleID = uniqueID("AROA")
	if _, taken := s.roles[r.ARN]; taken {
		return Role{}, fmt.Errorf("role %s exists already", r.ARN)
	}
	s.roles[r.ARN] = &r
	return r, nil
}

func (s *Store) knownAccount(id string) error {
	if !slices.ContainsFunc(s.accounts, func(a Account) bool { return a.ID == id }) {
		return fmt.Errorf("account %s is not known", id)
	}
	return nil
}

// Role finds a role by ARN.
func (s *Store) Role(arn string) (Role, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, ok := s.roles[arn]
	if !ok {
		return Role{}, false
	}
	return *r, true
}

// NewKey makes a long-term access key for the user with the given ARN.
func (s *Store) NewKey(userARN string) (Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.users[userARN]
	if !ok {
		return Key{}, fmt.Errorf("user %s is not known", userARN)
	}
	k := &Key{ID: uniqueID("AKIA"), Secret: secret(), Source: u.ARN}
	k.Principal = userPrincipal(u)
	k.Principal.AccessKeyID = k.ID
	s.keys[k.ID] = k
	return *k, nil
}

// Key finds an access key. Expired temporary keys are still found: that they
// are expired is a different answer from not knowing them.
func (s *Store) Key(id string) (Key, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	k, ok := s.keys[id]
	if !ok {
		return Key{}, false
	}
	return *k, true
}

// Lifetime is what SetLifetime last set.
func (s *Store) Lifetime() time.Duration {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.lifetime
}

// SetLifetime makes every temporary key minted from now on last at most d,
// whatever was asked for; 0 lifts the limit.
func (s *Store) SetLifetime(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lifetime = d
}

// RoleKey mints credentials for a session of the role with the given ARN.
func (s *Store) RoleKey(roleARN, session string, d time.Duration, mfa bool) (Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.roles[roleARN]
	if !ok {
		return Key{}, fmt.Errorf("role %s is not known", roleARN)
	}
	p := wire.Principal{
		AccountID: r.AccountID,
		ARN:       "arn:aws:sts::" + r.AccountID + ":assumed-role/" + r.Name + "/" + session,
		UserID:    r.RoleID + ":" + session,
		Name:      r.Name,
		Session:   session,
	}
	return s.mint(p, r.ARN, d, mfa), nil
}

// UserKey mints temporary credentials for the user with the given ARN, as
// GetSessionToken does.
func (s *Store) UserKey(userARN string, d time.Duration, mfa bool) (Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.users[userARN]
	if !ok {
		return Key{}, fmt.Errorf("user %s is not known", userARN)
	}
	return s.mint(userPrincipal(u), u.ARN, d, mfa), nil
}

// mint stores a temporary key. AWS gives expiries in whole seconds.
func (s *Store) mint(p wire.Principal, source string, d time.Duration, mfa bool) Key {
	if s.lifetime > 0 {
		d = min(d, s.lifetime)
	}
	s.forgetLongExpired()
	k := &Key{ID: uniqueID("ASIA"), Secret: secret(), Token: sessionToken(), Source: source, MFA: mfa}
	k.Expires = s.clock.Now().Add(d).Truncate(time.Second)
	k.Principal = p
	k.Principal.AccessKeyID = k.ID
	k.Principal.Expires = k.Expires
	s.keys[k.ID] = k
	return *k
}

// forgetLongExpired keeps a long-running sandbox from growing: a key a day past
// its end will not be asked about again.
func (s *Store) forgetLongExpired() {
	limit := s.clock.Now().Add(-24 * time.Hour)
	for id, k := range s.keys {
		if k.Temporary() && k.Expires.Before(limit) {
			delete(s.keys, id)
		}
	}
}

// ExpireKeys ends every temporary key now and returns how many it ended.
func (s *Store) ExpireKeys() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	n := 0
	for _, k := range s.keys {
		if k.Temporary() && k.Expires.After(now) {
			// A second earlier, so that the very same instant counts as past.
			k.Expires = now.Add(-time.Second)
			k.Principal.Expires = k.Expires
			n++
		}
	}
	return n
}

// RevokeKey removes an access key: it is unknown from now on.
func (s *Store) RevokeKey(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.keys[id]
	delete(s.keys, id)
	return ok
}

func userPrincipal(u *User) wire.Principal {
	return wire.Principal{AccountID: u.AccountID, ARN: u.ARN, UserID: u.UserID, Name: u.Name}
}

// uniqueID makes an IAM unique identifier: a four-letter prefix that tells the
// kind and sixteen more of the base32 alphabet, seventeen for users and roles.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
func uniqueID(prefix string) string {
	n := 17
	if prefix == "AKIA" || prefix == "ASIA" {
		n = 16
	}
	return prefix + rand.Text()[:n]
}

func secret() string { return base64.StdEncoding.EncodeToString(random(30)) } // 40 characters

func sessionToken() string {
	return "IQoJb3JpZ2luX2Vj" + strings.TrimRight(base64.StdEncoding.EncodeToString(random(180)), "=")
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: it would end the program instead
	return b
}
