package signin

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/identity"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// bearer is the header that carries the access token.
// https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html
const bearer = "x-amz-sso_bearer_token"

type roleCredentials struct {
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	SessionToken    string `json:"sessionToken"`
	Expiration      int64  `json:"expiration"` // milliseconds since 1970
}

func (s *Service) getRoleCredentials(r *http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	open, err := s.sessionOf(r)
	if err != nil {
		return nil, err
	}
	account, role := r.URL.Query().Get("account_id"), r.URL.Query().Get("role_name")
	if account == "" || role == "" {
		return nil, wire.Fail("InvalidRequestException", "account_id and role_name are required")
	}
	list, err := s.assignments(open, account)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(a identity.Assignment) bool { return a.RoleName == role })
	if i < 0 {
		return nil, noAccess()
	}
	key, err := s.store.RoleKey(list[i].RoleARN, open.person.Name, s.credentialLifetime, false)
	if err != nil {
		return nil, err
	}
	return map[string]roleCredentials{"roleCredentials": {
		AccessKeyID: key.ID, SecretAccessKey: key.Secret, SessionToken: key.Token, Expiration: key.Expires.UnixMilli(),
	}}, nil
}

type accountInfo struct {
	AccountID    string `json:"accountId"`
	AccountName  string `json:"accountName"`
	EmailAddress string `json:"emailAddress"`
}

type accountPage struct {
	AccountList []accountInfo `json:"accountList"`
	NextToken   string        `json:"nextToken,omitempty"`
}

func (s *Service) listAccounts(r *http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	open, err := s.sessionOf(r)
	if err != nil {
		return nil, err
	}
	list, next, err := cutPage(r, s.store.Accounts(open.person.Name))
	if err != nil {
		return nil, err
	}
	out := accountPage{AccountList: []accountInfo{}, NextToken: next}
	for _, a := range list {
		out.AccountList = append(out.AccountList, accountInfo{a.ID, a.Name, a.Email})
	}
	return out, nil
}

type roleInfo struct {
	RoleName  string `json:"roleName"`
	AccountID string `json:"accountId"`
}

type rolePage struct {
	RoleList  []roleInfo `json:"roleList"`
	NextToken string     `json:"nextToken,omitempty"`
}

func (s *Service) listAccountRoles(r *http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	open, err := s.sessionOf(r)
	if err != nil {
		return nil, err
	}
	account := r.URL.Query().Get("account_id")
	if account == "" {
		return nil, wire.Fail("InvalidRequestException", "account_id is required")
	}
	all, err := s.assignments(open, account)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, noAccess()
	}
	list, next, err := cutPage(r, all)
	if err != nil {
		return nil, err
	}
	out := rolePage{RoleList: []roleInfo{}, NextToken: next}
	for _, a := range list {
		out.RoleList = append(out.RoleList, roleInfo{a.RoleName, a.AccountID})
	}
	return out, nil
}

// logout ends the session of the token: nothing that came from it is good any more.
func (s *Service) logout(r *http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	open, err := s.sessionOf(r)
	if err != nil {
		return nil, err
	}
	open.revoked = true
	return nil, nil
}

// sessionOf checks the access token. A token whose scopes do not include
// account access is as good as none here.
func (s *Service) sessionOf(r *http.Request) (*session, error) {
	t, ok := s.tokens[r.Header.Get(bearer)]
	if !ok || t.session.revoked || !s.now().Before(t.expires) {
		return nil, unauthorized()
	}
	scopes := t.session.client.scopes
	if len(scopes) > 0 && !slices.Contains(scopes, AccountScope) {
		return nil, unauthorized()
	}
	return t.session, nil
}

func (s *Service) assignments(open *session, account string) ([]identity.Assignment, error) {
	if _, known := s.store.Account(account); !known {
		return nil, &wire.Error{Code: "ResourceNotFoundException", Status: http.StatusNotFound, Message: "Account not found"}
	}
	return s.store.Assignments(open.person.Name, account), nil
}

func unauthorized() *wire.Error {
	return &wire.Error{Code: "UnauthorizedException", Status: http.StatusUnauthorized, Message: "Session token not found or invalid"}
}

func noAccess() *wire.Error {
	return &wire.Error{Code: "ForbiddenException", Status: http.StatusForbidden, Message: "No access"}
}

// cutPage takes the page that max_result and next_token ask for.
func cutPage[T any](r *http.Request, all []T) (list []T, next string, err error) {
	const most = 100
	size, start := most, 0
	if text := r.URL.Query().Get("max_result"); text != "" {
		if size, err = strconv.Atoi(text); err != nil || size < 1 || size > most {
			return nil, "", wire.Fail("InvalidRequestException", "max_result must be between 1 and 100")
		}
	}
	if text := r.URL.Query().Get("next_token"); text != "" {
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			return nil, "", wire.Fail("InvalidRequestException", "next_token is not valid")
		}
		if start, err = strconv.Atoi(string(raw)); err != nil || start < 0 || start > len(all) {
			return nil, "", wire.Fail("InvalidRequestException", "next_token is not valid")
		}
	}
	end := min(start+size, len(all))
	if end < len(all) {
		next = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(end)))
	}
	return all[start:end], next, nil
}

// SetTokenLifetime sets how long access tokens last from now on; 0 for the default.
func (s *Service) SetTokenLifetime(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokenLifetime = d
}

// SetCredentialLifetime sets how long role credentials last from now on; 0 for 1 h.
func (s *Service) SetCredentialLifetime(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d == 0 {
		d = credentialLifetime
	}
	s.credentialLifetime = d
}
