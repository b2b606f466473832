package sso

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/awsnet"
)

// identityCenter is a double of SSO-OIDC and the portal. It is called in the
// same goroutine, without a socket, so that a synctest bubble's clock runs.
type identityCenter struct {
	mu sync.Mutex

	pending    int      // AuthorizationPending answers still to give
	slowDowns  int      // SlowDown answers to give before those
	failures   []string // codes to answer POST /token with, before anything else
	approve    bool     // false: pending for ever
	refresh    string   // the refresh token that is accepted
	rotate     bool     // a refresh gives a new refresh token, and the old one is dead
	startFail  string   // code to answer /device_authorization with
	homeRegion string   // the only region that knows the start URL; "" for any
	accounts   int      // how many there are, one a page
	throttles  int      // answers of 429 before roles are told
	unknown    string   // a client id that is not known any more
	onRefuse   func()   // called when a refresh is refused
	onCall     func(path string)
	portal     map[string]int // access token → status; 200 when absent
	ahead      time.Duration  // of its clock, which the Date header tells

	registered, authorized, polled, refreshed, roles, loggedOut int
	lastRegister                                                map[string]any
	lastToken                                                   map[string]any
	issued                                                      int
}

func (c *identityCenter) Do(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil { // it came while the service was answering
		return nil, err
	}
	return w.Result(), nil
}

func (c *identityCenter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.onCall != nil {
		c.onCall(r.URL.Path)
	}
	var in map[string]any
	if r.Body != nil {
		data, _ := io.ReadAll(r.Body)
		_ = json.NewDecoder(bytes.NewReader(data)).Decode(&in)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Date", time.Now().Add(c.ahead).UTC().Format(http.TimeFormat))
	switch r.URL.Path {
	case "/client/register":
		c.registered++
		c.lastRegister = in
		c.say(w, map[string]any{"clientId": fmt.Sprintf("client-%d", c.registered), "clientSecret": "cs",
			"clientSecretExpiresAt": time.Now().Add(90 * 24 * time.Hour).Unix()})
	case "/device_authorization":
		if c.homeRegion != "" && !strings.Contains(r.URL.Host, "."+c.homeRegion+".") {
			c.refuse(w, 400, "InvalidRequestException")
			return
		}
		if c.startFail != "" || in["clientId"] == c.unknown {
			code := c.startFail
			if code == "" {
				code = "InvalidClientException"
			}
			c.refuse(w, 400, code)
			return
		}
		c.authorized++
		c.say(w, map[string]any{"deviceCode": "dev", "userCode": "ABCD-EFGH", "verificationUri": "https://d/", "verificationUriComplete": "https://d/?c", "expiresIn": 600, "interval": 1})
	case "/token":
		c.lastToken = in
		c.token(w, in)
	case "/federation/credentials":
		c.roles++
		if status := c.portal[r.Header.Get("X-Amz-Sso_bearer_token")]; status != 0 {
			c.refuse(w, status, map[int]string{401: "UnauthorizedException", 403: "ForbiddenException", 404: "ResourceNotFoundException"}[status])
			return
		}
		c.say(w, map[string]any{"roleCredentials": map[string]any{"accessKeyId": "ASIA-" + r.Header.Get("X-Amz-Sso_bearer_token"), "secretAccessKey": "s", "sessionToken": "t", "expiration": time.Now().Add(time.Hour).UnixMilli()}})
	case "/assignment/accounts":
		if status := c.portal[r.Header.Get("X-Amz-Sso_bearer_token")]; status != 0 {
			c.refuse(w, status, map[int]string{401: "UnauthorizedException", 500: "InternalServerException"}[status])
			return
		}
		page := map[string]any{"accountList": []any{}}
		if n, _ := strconv.Atoi(r.URL.Query().Get("next_token")); n < c.accounts {
			page["accountList"] = []any{map[string]any{"accountId": fmt.Sprintf("%012d", n+1), "accountName": fmt.Sprintf("Account %c", 'Z'-n)}}
			if n+1 < c.accounts {
				page["nextToken"] = strconv.Itoa(n + 1)
			}
		}
		c.say(w, page)
	case "/assignment/roles":
		if c.throttles > 0 {
			c.throttles--
			c.refuse(w, 429, "TooManyRequestsException")
			return
		}
		account := r.URL.Query().Get("account_id")
		if account == "000000000003" {
			c.refuse(w, 404, "ResourceNotFoundException")
			return
		}
		if r.URL.Query().Get("next_token") == "" {
			c.say(w, map[string]any{"roleList": []any{map[string]any{"roleName": "Z", "accountId": account}}, "nextToken": "more"})
			return
		}
		c.say(w, map[string]any{"roleList": []any{map[string]any{"roleName": "A", "accountId": account}}})
	case "/logout":
		c.loggedOut++
	default:
		c.refuse(w, 404, "UnknownOperation")
	}
}

func (c *identityCenter) token(w http.ResponseWriter, in map[string]any) {
	if len(c.failures) > 0 {
		code := c.failures[0]
		c.failures = c.failures[1:]
		status := 400
		if code == "InternalServerException" {
			status = 500
		}
		c.refuse(w, status, code)
		return
	}
	switch in["grantType"] {
	case "refresh_token":
		c.refreshed++
		if in["refreshToken"] != c.refresh {
			if c.onRefuse != nil {
				c.onRefuse()
			}
			c.refuse(w, 400, "InvalidGrantException")
			return
		}
	case deviceGrant:
		c.polled++
		switch {
		case c.slowDowns > 0:
			c.slowDowns--
			c.refuse(w, 400, "SlowDownException")
			return
		case c.pending > 0 || !c.approve:
			c.pending--
			c.refuse(w, 400, "AuthorizationPendingException")
			return
		}
	}
	c.issued++
	out := map[string]any{"accessToken": fmt.Sprintf("new-%d", c.issued), "expiresIn": 3600, "tokenType": "Bearer"}
	if c.rotate {
		c.refresh = fmt.Sprintf("refresh-%d", c.issued)
		out["refreshToken"] = c.refresh
	}
	c.say(w, out)
}

func (c *identityCenter) say(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }

func (c *identityCenter) refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("X-Amzn-ErrorType", code)
	w.Header().Set("X-Amzn-Requestid", "req-1")
	w.WriteHeader(status)
	c.say(w, map[string]string{"message": "the service says " + code, "error": code})
}

const ssoConfig = `[profile dev]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = RO
[profile prod]
sso_session = corp
sso_account_id = 444455556666
sso_role_name = RO
[profile old]
sso_start_url = https://old.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 111122223333
sso_role_name = RO
[profile keys]
aws_access_key_id = AKIA
aws_secret_access_key = s
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = us-east-1
sso_registration_scopes = sso:account:access
`

// world is a home folder with the configuration above, and its manager.
type world struct {
	home string
	env  func(string) string
	idc  *identityCenter
}

func newWorld(t *testing.T) *world {
	t.Helper()
	home := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(home, ".aws"), 0o700))
	must(t, os.WriteFile(filepath.Join(home, ".aws", "config"), []byte(ssoConfig), 0o600))
	return &world{home: home, idc: &identityCenter{portal: map[string]int{}}, env: func(k string) string {
		if k == "HOME" || k == "USERPROFILE" {
			return home
		}
		return ""
	}}
}

// manager makes a manager as another process would have it: of its own.
func (w *world) manager(p Prompts) *Manager {
	files := sync.OnceValues(func() (*awsfile.Files, error) { return awsfile.Load(w.env) })
	return NewManager(Options{Env: w.env, Files: files, Prompts: p, Network: awsnet.NewNetwork(w.env, files, w.idc)})
}

func (w *world) session(t *testing.T, m *Manager, name string) Session {
	t.Helper()
	s, err := m.Find(name)
	must(t, err)
	return s
}

// put writes a token file from pairs over a good token of one hour.
func (w *world) put(t *testing.T, key string, left time.Duration, pairs ...string) string {
	t.Helper()
	fields := map[string]string{
		"startUrl": "https://corp.awsapps.com/start", "region": "us-east-1", "accessToken": "AT", "expiresAt": FormatTime(time.Now().Add(left)),
		"clientId": "cid", "clientSecret": "cs", "registrationExpiresAt": FormatTime(time.Now().Add(30 * 24 * time.Hour)), "refreshToken": "RT",
	}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			delete(fields, pairs[i])
			continue
		}
		fields[pairs[i]] = pairs[i+1]
	}
	data, err := json.Marshal(fields)
	must(t, err)
	path := Session{Name: key}.TokenFile(w.home)
	must(t, os.MkdirAll(filepath.Dir(path), 0o700))
	must(t, os.WriteFile(path, data, 0o600))
	return path
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// yes are prompts of a person who agrees, and a record of what was asked.
type yes struct {
	mu     sync.Mutex
	asked  int
	codes  []string
	left   []time.Duration
	done   []error
	answer func(ctx context.Context) (bool, error)
}

func (y *yes) prompts() Prompts {
	return Prompts{
		ConfirmLogin: func(ctx context.Context, r LoginRequest) (bool, error) {
			y.mu.Lock()
			y.asked++
			y.mu.Unlock()
			if y.answer != nil {
				return y.answer(ctx)
			}
			return true, nil
		},
		ShowCode: func(_ context.Context, c DeviceCode) {
			y.mu.Lock()
			defer y.mu.Unlock()
			y.codes = append(y.codes, c.Code)
		},
		Waiting: func(left time.Duration) { y.mu.Lock(); defer y.mu.Unlock(); y.left = append(y.left, left) },
		Done:    func(err error) { y.mu.Lock(); defer y.mu.Unlock(); y.done = append(y.done, err) },
	}
}

func contains(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("%q does not hold %q", text, w)
		}
	}
}

func leftovers(t *testing.T, home string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(home, ".aws", "sso", "cache"))
	must(t, err)
	if i := slices.IndexFunc(entries, func(e os.DirEntry) bool { return strings.HasSuffix(e.Name(), ".tmp") }); i >= 0 {
		t.Errorf("half-written %s is left behind", entries[i].Name())
	}
}
