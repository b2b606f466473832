package creds

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sso"
)

const ssoErrorsConfig = `[profile a]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = RO
region = eu-west-1
max_attempts = 1
[sso-session corp]
sso_start_url = https://corp/start
sso_region = us-east-1
[profile old]
sso_start_url = https://corp/start
sso_region = us-east-1
sso_account_id = 111122223333
sso_role_name = RO
max_attempts = 1
[profile r]
role_arn = arn:aws:iam::1:role/R
source_profile = a
region = eu-west-1
`

// Every condition in which SSO credentials cannot be had: the code, what the
// message begins with, what else is named, and the remedy.
func TestWhatKeepsSSOCredentialsAway(t *testing.T) {
	const expired, revoked, absent = "SSO session expired for profile", "SSO session revoked for profile", "No SSO session for profile"
	in := func(d time.Duration) string { return sso.FormatTime(time.Now().Add(d)) }
	full := func(left, registration time.Duration) map[string]any {
		return map[string]any{"startUrl": "https://corp/start", "region": "us-east-1", "accessToken": "AT", "expiresAt": in(left),
			"clientId": "c", "clientSecret": "CLIENTSECRET", "registrationExpiresAt": in(registration), "refreshToken": "RT"}
	}
	without := func(m map[string]any, keys ...string) map[string]any {
		for _, k := range keys {
			delete(m, k)
		}
		return m
	}
	with := func(m map[string]any, key string, value any) map[string]any { m[key] = value; return m }
	for name, c := range map[string]struct {
		profile string
		token   any // a string is written as it is; nil for no file
		portal  int
		oidc    string // error code of a refresh
		code    fault.Code
		begins  string
		says    []string
	}{
		"ended, no refresh token":    {"a", without(full(-time.Hour, time.Hour), "refreshToken"), 200, "", fault.SSOExpired, expired + ` "a"`, []string{"no refresh token", "fairlead login a"}},
		"ended, registration too":    {"a", full(-time.Hour, -time.Minute), 200, "", fault.SSOExpired, expired + ` "a"`, []string{"registration has ended"}},
		"ended, no registration":     {"a", without(full(-time.Hour, time.Hour), "registrationExpiresAt"), 200, "", fault.SSOExpired, expired + ` "a"`, nil},
		"ended, refresh refused":     {"a", full(-time.Hour, time.Hour), 200, "InvalidGrantException", fault.SSOExpired, expired + ` "a"`, []string{"refresh was refused"}},
		"ended, client unknown":      {"a", full(-time.Hour, time.Hour), 200, "InvalidClientException", fault.SSOExpired, expired + ` "a"`, []string{"refresh was refused"}},
		"refused by the portal":      {"a", without(full(time.Hour, time.Hour), "refreshToken"), 401, "", fault.SSORevoked, revoked + ` "a"`, []string{"no longer accepts", "corp", "fairlead login a"}},
		"refused, the refresh too":   {"a", full(time.Hour, time.Hour), 401, "InvalidGrantException", fault.SSORevoked, revoked + ` "a"`, []string{"refresh was refused"}},
		"refused also when fresh":    {"a", full(time.Hour, time.Hour), 401, "", fault.SSORevoked, revoked + ` "a"`, nil},
		"older form, ended":          {"old", full(-time.Hour, time.Hour), 200, "", fault.SSOExpired, expired + ` "old"`, []string{"no refresh"}},
		"the source of a role":       {"r", without(full(-time.Hour, time.Hour), "refreshToken"), 200, "", fault.SSOExpired, expired + ` "a"`, []string{"fairlead login a"}},
		"never logged in":            {"a", nil, 200, "", fault.SSOAbsent, absent + ` "a"`, []string{"fairlead login a", ".json"}},
		"not JSON":                   {"a", "{\"accessToken\": \"AT", 200, "", fault.SSOAbsent, absent + ` "a"`, []string{"not a JSON object"}},
		"no accessToken":             {"a", without(full(time.Hour, time.Hour), "accessToken"), 200, "", fault.SSOAbsent, absent + ` "a"`, []string{"no accessToken"}},
		"no expiresAt":               {"a", without(full(time.Hour, time.Hour), "expiresAt"), 200, "", fault.SSOAbsent, absent + ` "a"`, []string{"expiresAt"}},
		"another program's token":    {"a", with(full(time.Hour, time.Hour), "scopes", []string{"codewhisperer:completions"}), 200, "", fault.SSOAbsent, absent + ` "a"`, []string{"another program"}},
		"no assignment":              {"a", full(time.Hour, time.Hour), 403, "", fault.SSONoAssignment, "Role RO in account 111122223333 is not assigned", []string{`"a"`, "sso_role_name"}},
		"unknown account":            {"a", full(time.Hour, time.Hour), 404, "", fault.SSONoAssignment, "Role RO in account 111122223333 is not assigned", nil},
		"the portal asks for less":   {"a", full(time.Hour, time.Hour), 429, "", fault.Throttled, "Cannot get credentials for role RO", nil},
		"the portal is ill":          {"a", full(time.Hour, time.Hour), 500, "", fault.Unavailable, "Cannot get credentials for role RO", nil},
		"the refresh is unavailable": {"a", full(-time.Hour, time.Hour), 200, "InternalServerException", fault.Unavailable, "Cannot refresh the SSO session", nil},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.URL.Path == "/token" && c.oidc != "":
					status := 400
					if c.oidc == "InternalServerException" {
						status = 500
					}
					w.Header().Set("Content-Type", "application/json")
					w.Header().Set("X-Amzn-ErrorType", c.oidc)
					w.WriteHeader(status) // the words are where OAuth puts them
					_ = json.NewEncoder(w).Encode(map[string]string{"error": "x", "error_description": "said so"})
				case r.URL.Path == "/token":
					reply(w, map[string]any{"accessToken": "FRESH", "expiresIn": 3600})
				case c.portal == 200:
					reply(w, map[string]any{"roleCredentials": map[string]any{"accessKeyId": "A", "secretAccessKey": "s", "sessionToken": "t", "expiration": time.Now().Add(time.Hour).UnixMilli()}})
				default:
					refuse(w, c.portal, map[int]string{401: "UnauthorizedException", 403: "ForbiddenException", 404: "ResourceNotFoundException", 429: "TooManyRequestsException", 500: "InternalServerException"}[c.portal], "said so")
				}
			}))
			defer srv.Close()
			files := map[string]string{".aws/config": ssoErrorsConfig}
			session := sso.Session{Name: "corp"}
			if c.profile == "old" {
				session = sso.Session{StartURL: "https://corp/start"}
			}
			if c.token != nil {
				text, ok := c.token.(string)
				if !ok {
					data, err := json.Marshal(c.token)
					if err != nil {
						t.Fatal(err)
					}
					text = string(data)
				}
				files[".aws/sso/cache/"+sha1Name(session.Key())] = text
			}
			home := homeWith(t, files)
			_, err := retrieve(t, NewResolver(Options{Env: vars("HOME", home, "USERPROFILE", home, "AWS_ENDPOINT_URL", srv.URL)}), c.profile)
			f := fault.As(err)
			if f == nil || f.Code != c.code || !strings.HasPrefix(f.Message, c.begins) || f.Remedy == "" {
				t.Fatalf("%v (%+v), want %s: %s", err, f, c.code, c.begins)
			}
			shown := f.Error() + "\n" + f.Remedy
			for _, want := range c.says {
				if !strings.Contains(shown, want) {
					t.Errorf("%q is missing in\n%s", want, shown)
				}
			}
			if c.oidc != "" && (c.code == fault.SSOExpired || c.code == fault.SSORevoked) && (f.Service == nil || f.Service.Message != "said so" || f.Service.Code != c.oidc) {
				t.Errorf("the service's words: %+v", f.Service)
			}
			if strings.Contains(shown, "CLIENTSECRET") || strings.Contains(shown, `"RT"`) {
				t.Errorf("a secret is shown: %s", shown)
			}
		})
	}
}

// Nothing there to use: both paths are named, and what was passed over and why.
func TestNoProfilesNamesPathsAndWhatWasIgnored(t *testing.T) {
	for name, c := range map[string]struct {
		config, credentials string
		says                []string
	}{
		"both missing":            {"", "", []string{"config (missing)", "credentials (missing)", "aws configure sso"}},
		"bare name in the config": {"[dev]\nregion=x\n", "", []string{"config (no profile in it)", "config:1: [dev] is ignored", "[profile dev]"}},
		"name in two words":       {"[profile my dev]\nregion=x\n", "", []string{"[profile 'my dev']"}},
		"UTF-16":                  {"\xff\xfe[\x00d\x00", "", []string{"UTF-16", "save it as UTF-8"}},
		"only a session":          {"[sso-session s]\nsso_region=x\n", "", []string{"no profile in it"}},
	} {
		files := map[string]string{}
		if c.config != "" {
			files[".aws/config"] = c.config
		}
		if c.credentials != "" {
			files[".aws/credentials"] = c.credentials
		}
		home := homeWith(t, files)
		_, err := NewResolver(Options{Env: vars("HOME", home, "USERPROFILE", home)}).Resolve(t.Context(), Source{})
		f := fault.As(err)
		if f == nil || f.Code != fault.NoProfiles || !strings.HasPrefix(f.Message, "No AWS profiles found") {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, want := range c.says {
			if !strings.Contains(f.Error()+"\n"+f.Remedy, want) {
				t.Errorf("%s: %q is missing in\n%v\n%s", name, want, f, f.Remedy)
			}
		}
	}
}
