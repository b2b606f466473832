package creds

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// signIn is an AWS Sign-In that checks each proof, and takes each refresh
// token once.
type signIn struct {
	t      *testing.T
	url    string
	refuse string // error code of the answer, "" to serve

	mu      sync.Mutex
	ids     map[string]bool
	current string
	served  int
}

func newSignIn(t *testing.T) *signIn {
	t.Helper()
	s := &signIn{t: t, ids: map[string]bool{}, current: "RT0"}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	s.url = srv.URL
	return s
}

func (s *signIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method != http.MethodPost || r.URL.Path != "/v1/token" || r.Header.Get("Authorization") != "" {
		s.t.Errorf("call %s %s, authorization %q", r.Method, r.URL, r.Header.Get("Authorization"))
	}
	if why := s.checkProof(r.Header.Get("DPoP")); why != "" {
		s.t.Error("the proof: " + why)
	}
	var in map[string]string
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		s.t.Error(err)
	}
	w.Header().Set("Content-Type", "application/json")
	code := s.refuse
	if in["refreshToken"] != s.current || in["clientId"] != "arn:aws:signin:::devtools/same-device" || in["grantType"] != "refresh_token" {
		code = "TOKEN_EXPIRED"
	}
	if code != "" {
		w.Header().Set("X-Amzn-ErrorType", "AccessDeniedException")
		w.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": code, "message": "said so"})
		return
	}
	s.served++
	s.current = fmt.Sprintf("RT%d", s.served)
	_ = json.NewEncoder(w).Encode(map[string]any{"accessToken": map[string]string{"accessKeyId": fmt.Sprintf("ASIAL%d", s.served), "secretAccessKey": "s", "sessionToken": fmt.Sprintf("t%d", s.served)},
		"tokenType": "aws_sigv4", "expiresIn": 900, "refreshToken": s.current})
}

// checkProof says what is wrong with a DPoP proof.
func (s *signIn) checkProof(proof string) string {
	parts := strings.Split(proof, ".")
	if len(parts) != 3 {
		return "it is no JWT"
	}
	var header struct {
		Typ, Alg string
		JWK      struct{ Kty, Crv, X, Y string }
	}
	var claims struct {
		HTM, HTU, JTI string
		IAT           int64
	}
	decode := func(text string) []byte {
		data, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			s.t.Error(err)
		}
		return data
	}
	if json.Unmarshal(decode(parts[0]), &header) != nil || json.Unmarshal(decode(parts[1]), &claims) != nil {
		return "it is no JSON"
	}
	x, y, signature := decode(header.JWK.X), decode(header.JWK.Y), decode(parts[2])
	if header.Typ != "dpop+jwt" || header.Alg != "ES256" || header.JWK.Kty != "EC" || header.JWK.Crv != "P-256" || len(x) != 32 || len(y) != 32 || len(signature) != 64 {
		return fmt.Sprintf("header %+v with %d and %d bytes, signature of %d", header, len(x), len(y), len(signature))
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
	if err != nil {
		return err.Error()
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return "its signature is wrong"
	}
	age := time.Since(time.Unix(claims.IAT, 0))
	if claims.HTM != "POST" || claims.HTU != s.url+"/v1/token" || age < -time.Minute || age > time.Minute || len(claims.JTI) != 36 || s.ids[claims.JTI] {
		return fmt.Sprintf("claims %+v", claims)
	}
	s.ids[claims.JTI] = true
	return ""
}

// shortKey makes a key whose public point begins with a zero byte, as one in
// 128 does.
func shortKey(t testing.TB) string {
	t.Helper()
	for {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		point, err := key.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if point[1] != 0 && point[33] != 0 {
			continue
		}
		der, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
	}
}

const loginARN = "arn:aws:sts::1:assumed-role/A/b"

// loggedIn is a home with an `aws login` session that ends in left, changed by
// change.
func loggedIn(t *testing.T, url string, left time.Duration, change func(map[string]any)) (func(string) string, string) {
	t.Helper()
	home := homeWith(t, map[string]string{".aws/config": "[profile a]\nlogin_session=" + loginARN + "\nregion=us-east-1\nmax_attempts=1\n"})
	env := vars("HOME", home, "USERPROFILE", home, "AWS_ENDPOINT_URL_SIGNIN", url, "AWS_LOGIN_CACHE_DIRECTORY", "~/elsewhere")
	path := loginCacheFile(env, loginARN)
	if filepath.Dir(path) != filepath.Join(home, "elsewhere") {
		t.Fatalf("path = %s", path)
	}
	file := map[string]any{
		"accessToken": map[string]any{"accessKeyId": "OLD", "secretAccessKey": "s", "sessionToken": "told", "accountId": "123456789012", "expiresAt": sso.FormatTime(time.Now().Add(left)), "extra": 1},
		"tokenType":   "aws_sigv4", "clientId": "arn:aws:signin:::devtools/same-device", "refreshToken": "RT0", "idToken": "IDT", "dpopKey": shortKey(t), "more": []int{1},
	}
	if change != nil {
		change(file)
	}
	data, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return env, path
}

func TestLoginSessionIsRefreshedAsTheCLIDoes(t *testing.T) {
	for _, c := range []struct {
		left time.Duration
		want string
	}{{10 * time.Minute, "OLD"}, {4 * time.Minute, "ASIAL1"}, {-time.Hour, "ASIAL1"}} {
		s := newSignIn(t)
		env, path := loggedIn(t, s.url, c.left, nil)
		if got, err := retrieve(t, NewResolver(Options{Env: env}), "a"); got != c.want || err != nil {
			t.Errorf("%v left: %s, %v; want %s", c.left, got, err, c.want)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parseLogin(data)
		if err != nil || f.keys.AccessKeyID != c.want || f.keys.AccountID != "123456789012" || f.refresh.Reveal() != s.current {
			t.Errorf("%v left: the file has %+v, %v", c.left, f.keys, err)
		}
		for _, kept := range []string{`"IDT"`, `"extra"`, `"more"`, `"dpopKey"`, `"aws_sigv4"`} {
			if !strings.Contains(string(data), kept) {
				t.Errorf("%s was lost: %s", kept, data)
			}
		}
	}
}

// The refresh token is for single use: many processes make one refresh.
func TestLoginSessionIsRefreshedOnceForAll(t *testing.T) {
	s := newSignIn(t)
	env, _ := loggedIn(t, s.url, -time.Minute, nil)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if got, err := retrieve(t, NewResolver(Options{Env: env}), "a"); got != "ASIAL1" || err != nil {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
	wg.Wait()
	if s.served != 1 {
		t.Errorf("%d refreshes", s.served)
	}
}

func TestWhatEndsALoginSession(t *testing.T) {
	for name, c := range map[string]struct {
		left   time.Duration
		refuse string
		change func(map[string]any)
		code   fault.Code
		says   []string
	}{
		"expired":           {-1, "TOKEN_EXPIRED", nil, fault.SSOExpired, []string{`SSO session expired for profile "a"`, "aws login --profile a"}},
		"password changed":  {-1, "USER_CREDENTIALS_CHANGED", nil, fault.SSOExpired, []string{"password", "aws login"}},
		"no permission":     {-1, "INSUFFICIENT_PERMISSIONS", nil, fault.CredsFailed, []string{`login_session of profile "a"`, "signin:CreateOAuth2Token"}},
		"another refusal":   {-1, "INVALID_REQUEST", nil, fault.CredsFailed, []string{"INVALID_REQUEST", "aws login"}},
		"still good":        {time.Minute, "TOKEN_EXPIRED", nil, "", nil},
		"no refresh token":  {-1, "", func(m map[string]any) { delete(m, "refreshToken") }, fault.SSOExpired, []string{"no refreshToken"}},
		"a key that is not": {-1, "", func(m map[string]any) { m["dpopKey"] = "TOPSECRET" }, fault.SSOExpired, []string{"dpopKey"}},
		"no keys":           {-1, "", func(m map[string]any) { m["accessToken"] = map[string]any{} }, fault.SSOAbsent, []string{`"a"`, "aws login"}},
		"no expiry":         {-1, "", func(m map[string]any) { delete(m["accessToken"].(map[string]any), "expiresAt") }, fault.SSOAbsent, []string{"expiry"}},
	} {
		s := newSignIn(t)
		s.refuse = c.refuse
		env, path := loggedIn(t, s.url, c.left, c.change)
		got, err := retrieve(t, NewResolver(Options{Env: env}), "a")
		if c.code == "" {
			if got != "OLD" || err != nil {
				t.Errorf("%s: %s, %v", name, got, err)
			}
			continue
		}
		f := fault.As(err)
		if f == nil || f.Code != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
			continue
		}
		if c.refuse != "" && (f.Service == nil || f.Service.Code != c.refuse || f.Service.Message != "said so") {
			t.Errorf("%s: the service's words are %+v", name, f.Service)
		}
		shown := f.Error() + "\n" + f.Remedy
		for _, want := range c.says {
			if !strings.Contains(shown, want) {
				t.Errorf("%s: %q is missing in %s", name, want, shown)
			}
		}
		if strings.Contains(shown, "TOPSECRET") {
			t.Errorf("%s: a secret is shown: %s", name, shown)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if _, err := retrieve(t, NewResolver(Options{Env: env}), "a"); fault.CodeOf(err) != fault.SSOAbsent {
			t.Errorf("a missing file = %v", err)
		}
	}
}

func FuzzLoginFile(f *testing.F) {
	f.Add([]byte(`{"accessToken": {"accessKeyId": "A", "secretAccessKey": "s", "sessionToken": "t", "accountId": "1", "expiresAt": "2030-01-01T00:00:00Z"}, "tokenType": "x", "clientId": "c", "refreshToken": "r", "idToken": "i", "dpopKey": "k"}`))
	f.Add([]byte(`{"accessToken": null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := parseLogin(data)
		if err != nil {
			return
		}
		_, _ = parseDPoPKey(l.dpop.Reveal())
		again, err := l.encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := parseLogin(again)
		if err != nil || back.keys.AccessKeyID != l.keys.AccessKeyID || back.refresh != l.refresh || len(back.fields) < len(l.fields) {
			t.Fatalf("%q came back as %+v, %v", again, back.keys, err)
		}
	})
}
