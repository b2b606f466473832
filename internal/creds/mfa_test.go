package creds

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"net/http/httptest"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/secret"
)

// strictSTS takes each MFA code once, gives sessions to long-term keys only,
// and lets only who was checked by MFA assume a role.
type strictSTS struct {
	mu        sync.Mutex
	calls     []string
	used      map[string]bool
	noSession string // error code of GetSessionToken
}

func (s *strictSTS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := r.ParseForm(); err != nil {
		panic(err)
	}
	_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	signer, _, _ := strings.Cut(scope, "/")
	action, code := r.PostFormValue("Action"), r.PostFormValue("TokenCode")
	role := r.PostFormValue("RoleArn")[strings.LastIndexByte(r.PostFormValue("RoleArn"), '/')+1:]
	s.calls = append(s.calls, strings.Join(strings.Fields(fmt.Sprint(action, " ", role, " ", code, " ", signer)), " "))
	checked := signer == "SESSION"
	if code != "" {
		if s.used[code] || code == "000000" || r.PostFormValue("SerialNumber") != "MFA1" {
			s.refuse(w, "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ")
			return
		}
		checked = true
	}
	switch {
	case action == "GetSessionToken" && s.noSession != "":
		s.refuse(w, s.noSession, "not for you")
		return
	case !checked:
		s.refuse(w, "AccessDenied", "no MFA")
		return
	}
	s.used[code] = code != ""
	key := "SESSION"
	if action == "AssumeRole" {
		key = "ASIA" + role
	}
	fmt.Fprintf(w, `<%[1]sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%[1]sResult><Credentials><AccessKeyId>%[2]s</AccessKeyId><SecretAccessKey>s</SecretAccessKey>`+
		`<SessionToken>t%[2]s</SessionToken><Expiration>%[3]s</Expiration></Credentials></%[1]sResult></%[1]sResponse>`, action, key, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
}

func (s *strictSTS) refuse(w http.ResponseWriter, code, message string) {
	w.WriteHeader(http.StatusForbidden)
	fmt.Fprintf(w, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>`, code, message)
}

// guarded is a home with two roles behind one MFA device, and its STS.
type guarded struct {
	sts   *strictSTS
	env   func(string) string
	home  string
	codes []string // what the person types, one after the other
	asked []MFARequest
}

func newGuarded(t *testing.T, codes ...string) *guarded {
	t.Helper()
	g := &guarded{sts: &strictSTS{used: map[string]bool{}}, codes: codes}
	srv := httptest.NewServer(g.sts)
	t.Cleanup(srv.Close)
	role := func(name string) string {
		return fmt.Sprintf("[profile %[1]s]\nrole_arn=arn:aws:iam::1:role/%[1]s\nsource_profile=base\nmfa_serial=MFA1\nregion=us-west-2\n", name)
	}
	g.home = homeWith(t, map[string]string{".aws/config": role("r1") + role("r2") + "[profile base]\naws_access_key_id=AKB\naws_secret_access_key=s\n"})
	g.env = vars("HOME", g.home, "USERPROFILE", g.home, "FAIRLEAD_HOME", filepath.Join(g.home, "fairlead"), "AWS_ENDPOINT_URL_STS", srv.URL)
	return g
}

// process is a Resolver as another process would have it.
func (g *guarded) process() *Resolver {
	return NewResolver(Options{Env: g.env, AskMFA: func(_ context.Context, q MFARequest) (secret.String, error) {
		g.asked = append(g.asked, q)
		code := g.codes[0]
		g.codes = g.codes[1:]
		return secret.New(" " + code + " "), nil
	}})
}

func retrieve(t *testing.T, r *Resolver, profile string) (string, error) {
	t.Helper()
	chain, err := r.Resolve(t.Context(), Source{Profile: profile, Explicit: true})
	if err != nil {
		t.Fatal(err)
	}
	got, err := chain.Provider().Retrieve(t.Context())
	return got.AccessKeyID, err
}

func (g *guarded) expect(t *testing.T, r *Resolver, profile, key string) {
	t.Helper()
	if got, err := retrieve(t, r, profile); got != key || err != nil {
		t.Errorf("%s = %s, %v; want %s", profile, got, err, key)
	}
}

func (g *guarded) called(t *testing.T, want ...string) {
	t.Helper()
	if got := strings.Join(g.sts.calls, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("calls:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}

func TestOneCodePerDeviceNotPerRole(t *testing.T) {
	g := newGuarded(t, "111111")
	r := g.process()
	g.expect(t, r, "r1", "ASIAr1")
	g.expect(t, r, "r2", "ASIAr2")
	g.called(t, "GetSessionToken 111111 AKB", "AssumeRole r1 SESSION", "AssumeRole r2 SESSION")
	if len(g.asked) != 1 || g.asked[0] != (MFARequest{Profile: "r1", Serial: "MFA1", RoleARN: "arn:aws:iam::1:role/r1"}) {
		t.Errorf("asked = %+v", g.asked)
	}
	// Another process finds both roles in the CLI's cache.
	other := g.process()
	g.expect(t, other, "r1", "ASIAr1")
	g.expect(t, other, "r2", "ASIAr2")
	if len(g.sts.calls) != 3 {
		t.Errorf("calls = %v", g.sts.calls)
	}
}

// What the CLI cached after a code was typed there needs no code here.
func TestACodeTypedInTheCLIServesHere(t *testing.T) {
	g := newGuarded(t)
	f := newRoleFile(g.env, `{"RoleArn": "arn:aws:iam::1:role/r1", "SerialNumber": "MFA1"}`, zoneRole)
	recorded, err := os.ReadFile(filepath.Join("testdata", "cli-cache", "role.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.path, recorded, 0o600); err != nil {
		t.Fatal(err)
	}
	g.expect(t, NewResolver(Options{Env: g.env}), "r1", "ASIAR")
	g.called(t)
}

func TestACodeIsNeverUsedTwice(t *testing.T) {
	g := newGuarded(t, "111111", "111111", "222222", "222222", "222222", "222222")
	g.sts.noSession = "AccessDenied" // so that each role needs a code
	g.expect(t, g.process(), "r1", "ASIAr1")
	// 111111 went to the call that was refused; the second time it is not sent.
	g.called(t, "GetSessionToken 111111 AKB", "AssumeRole r1 222222 AKB")
	if len(g.asked) != 3 || !strings.Contains(g.asked[2].Why, "used before") {
		t.Errorf("asked = %+v", g.asked)
	}
	_, err := retrieve(t, g.process(), "r2") // in another process too
	f := fault.As(err)
	if f == nil || f.Code != fault.MFANeeded || !strings.Contains(f.Message, "used before") || f.Remedy == "" {
		t.Errorf("error = %v", err)
	}
	if len(g.sts.calls) != 2 {
		t.Errorf("calls = %v", g.sts.calls)
	}
}

func TestAWrongCodeIsAskedForAgain(t *testing.T) {
	g := newGuarded(t, "000000", "333333")
	g.expect(t, g.process(), "r1", "ASIAr1")
	if len(g.asked) != 2 || !strings.Contains(g.asked[1].Why, "not accepted") {
		t.Errorf("asked = %+v", g.asked)
	}
	g = newGuarded(t, "000000", "", "")
	_, err := retrieve(t, g.process(), "r1")
	if fault.CodeOf(err) != fault.MFANeeded {
		t.Errorf("an empty code = %v", err)
	}
}

func TestWhereNobodyCanBeAsked(t *testing.T) {
	g := newGuarded(t)
	_, err := retrieve(t, NewResolver(Options{Env: g.env}), "r1")
	f := fault.As(err)
	if f == nil || f.Code != fault.MFANeeded || !strings.Contains(f.Error(), "MFA1") || !strings.Contains(f.Error(), `"r1"`) || !strings.Contains(f.Remedy, "terminal") {
		t.Errorf("error = %v", err)
	}
	// A refresh in the background asks nothing, though somebody could be asked.
	r := g.process()
	chain, err := r.Resolve(t.Context(), Source{Profile: "r1", Explicit: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chain.top.get(t.Context(), false); fault.CodeOf(err) != fault.MFANeeded || len(g.asked) != 0 {
		t.Errorf("in the background: %v, asked %d times", err, len(g.asked))
	}
	g.called(t)
}

func TestUsedCodesAreForgottenInTime(t *testing.T) {
	home := t.TempDir()
	env := vars("FAIRLEAD_HOME", home, "HOME", home, "USERPROFILE", home)
	use := func(c *codes, code string) bool {
		used, err := c.use(t.Context(), "MFA1", code)
		if err != nil {
			t.Fatal(err)
		}
		return used
	}
	first := newCodes(env)
	if use(first, "111111") || !use(first, "111111") || !use(newCodes(env), "111111") || use(newCodes(env), "222222") {
		t.Error("a used code is not known, or an unused one is")
	}
	data, err := os.ReadFile(first.path)
	if err != nil || strings.Contains(string(data), "111111") {
		t.Errorf("the file holds a code: %s, %v", data, err)
	}
	// A file from the future, or of the past, keeps no code from being used.
	for _, until := range []time.Time{time.Now().Add(time.Hour), time.Now().Add(-time.Second)} {
		var seen map[string]time.Time
		if err := json.Unmarshal(data, &seen); err != nil {
			t.Fatal(err)
		}
		for k := range seen {
			seen[k] = until
		}
		text, err := json.Marshal(seen)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(first.path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if use(newCodes(env), "111111") {
			t.Errorf("used until %v", until)
		}
	}
}
