package creds

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// standIn answers for STS, the SSO portal, SSO-OIDC and Sign-in, and shows in
// the key id by which path it was reached.
type standIn struct {
	url string

	mu    sync.Mutex
	calls []any
}

func newStandIn(t *testing.T) *standIn {
	t.Helper()
	s := &standIn{}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	s.url = srv.URL
	return s
}

func (s *standIn) record(call ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, call)
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	switch {
	case r.URL.Path == "/federation/credentials":
		s.roleCredentials(w, r)
	case r.URL.Path == "/token":
		s.token(w, body)
	case r.URL.Path == "/":
		s.sts(w, r, body)
	default:
		http.NotFound(w, r)
	}
}

func (s *standIn) roleCredentials(w http.ResponseWriter, r *http.Request) {
	q, token := r.URL.Query(), r.Header.Get("X-Amz-Sso_bearer_token")
	s.record("GetRoleCredentials", []any{q.Get("account_id")}, []any{q.Get("role_name")}, token)
	if token == "BADTOKEN" {
		refuse(w, http.StatusUnauthorized, "UnauthorizedException", "Session token not found or invalid")
		return
	}
	reply(w, map[string]any{"roleCredentials": map[string]any{
		"accessKeyId": fmt.Sprintf("SSO.%s.%s.%s", q.Get("account_id"), q.Get("role_name"), token), "secretAccessKey": "s", "sessionToken": "t",
		"expiration": time.Now().Add(time.Hour).UnixMilli(),
	}})
}

func (s *standIn) token(w http.ResponseWriter, body []byte) {
	var in map[string]any
	if json.Unmarshal(body, &in) != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequestException", "no JSON")
		return
	}
	s.record("CreateToken", in)
	out := map[string]any{"accessToken": "refreshedAT", "expiresIn": 3600, "tokenType": "Bearer"}
	switch in["refreshToken"] {
	case "BADRT":
		refuse(w, http.StatusBadRequest, "InvalidGrantException", "Invalid refresh token")
		return
	case "NORT":
	default:
		out["refreshToken"] = "newRT"
	}
	reply(w, out)
}

func (s *standIn) sts(w http.ResponseWriter, r *http.Request, body []byte) {
	form := map[string]string{}
	for pair := range strings.SplitSeq(string(body), "&") {
		k, v, _ := strings.Cut(pair, "=")
		form[k] = unescape(v)
	}
	signer, region := "UNSIGNED", "-"
	if _, scope, ok := strings.Cut(r.Header.Get("Authorization"), "Credential="); ok {
		scope, _, _ = strings.Cut(scope, ",")
		parts := strings.Split(scope, "/")
		region = parts[len(parts)-3]
		signer = strings.Join(parts[:len(parts)-4], "/")
	}
	role := form["RoleArn"][strings.LastIndexByte(form["RoleArn"], '/')+1:]
	extra := map[string]any{}
	for _, key := range []string{"ExternalId", "DurationSeconds", "SerialNumber", "TokenCode"} {
		if v, ok := form[key]; ok {
			extra[key] = v
		}
	}
	s.record(form["Action"], role, signer, region, extra)
	fmt.Fprintf(w, `<%[1]sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%[1]sResult><Credentials><AccessKeyId>%[2]s-by-%[3]s@%[4]s</AccessKeyId>`+
		`<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>%[5]s</Expiration></Credentials>`+
		`<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/%[2]s/x</Arn><AssumedRoleId>A:x</AssumedRoleId></AssumedRoleUser></%[1]sResult></%[1]sResponse>`,
		form["Action"], role, signer, region, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
}

func unescape(s string) string {
	out := []byte{}
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			out = append(out, ' ')
		case s[i] == '%' && i+2 < len(s):
			var b byte
			fmt.Sscanf(s[i+1:i+3], "%02X", &b)
			out = append(out, b)
			i += 2
		default:
			out = append(out, s[i])
		}
	}
	return string(out)
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-ErrorType", code)
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"message": message})
}

// vars makes an environment of pairs.
func vars(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(k string) string { return m[k] }
}

// homeWith writes files into a new home folder.
func homeWith(t *testing.T, files map[string]string) string {
	t.Helper()
	home := t.TempDir()
	for name, text := range files {
		path := filepath.Join(home, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return home
}

// tools writes the helper programs that profiles call.
func tools(t *testing.T) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the helper programs are shell scripts")
	}
	const keys = `"Version":1,"AccessKeyId":"PROC","SecretAccessKey":"s"`
	full := `{` + keys + `,"SessionToken":"t","Expiration":"2099-01-01T00:00:00Z"}`
	programs := map[string]string{
		"cp.sh":        "echo '" + full + "'",
		"dir sp/cp.sh": "echo '" + full + "'",
		"cpacct.sh":    `echo '{` + keys + `,"AccountId":"888888888888"}'`,
		"cpnov.sh":     `echo '{"AccessKeyId":"PROC","SecretAccessKey":"s"}'`,
		"cpexp.sh":     `echo '{` + keys + `,"SessionToken":"t","Expiration":"2020-01-01T00:00:00Z"}'`,
		"cpfail.sh":    "echo 'please log in first' >&2\nexit 3",
		"cpbad.sh":     `echo '{"Version":1,"AccessKeyId":"PROC","SecretAccessKey":"TOPSECRET'`,
	}
	folder := t.TempDir()
	for name, text := range programs {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"cp.json": full, "wit": "web-identity-token"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}
