package signin_test

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc/types"

	"github.com/fairleadhq/fairlead/internal/sandbox/signin"
)

// browser keeps cookies and does not follow redirects.
type browser struct {
	t *testing.T
	c http.Client
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (b *browser) do(method, target, body string, header map[string]string) (*http.Response, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	resp, err := b.c.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp, string(text)
}

// form reads the hidden fields of a page.
func form(page string) url.Values {
	v := url.Values{}
	for _, part := range strings.Split(page, `<input type="hidden" name="`)[1:] {
		name, rest, _ := strings.Cut(part, `" value="`)
		value, _, _ := strings.Cut(rest, `"`)
		v.Set(name, value)
	}
	return v
}

func TestDevicePage(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	for _, decision := range []string{"approve", "deny"} {
		c := g.accountClient()
		d := g.startDevice(c)
		b := newBrowser(t)
		resp, page := b.do("GET", *d.VerificationUriComplete, "", nil)
		for _, want := range []string{*d.UserCode, "Robin Example", "Dev: Admin, Analyst, ReadOnly", "Prod: ReadOnly", "Approve", "Deny", "<dd>test</dd>"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page lacks %q", want)
			}
		}
		if strings.Contains(page, "<script") || strings.Contains(page, "https://") {
			t.Error("the page has a script or an external address")
		}
		if csp := resp.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("content policy: %s", csp)
		}
		fields := form(page)
		fields.Set("decision", decision)
		resp, page = b.do("POST", g.url+"/device", fields.Encode(), nil)
		_, err := g.poll(c, d.DeviceCode)
		if decision == "approve" {
			if resp.StatusCode != 200 || !strings.Contains(page, "Approved") || err != nil {
				t.Errorf("approved: %d, %v", resp.StatusCode, err)
			}
		} else {
			wantError[*types.AccessDeniedException](t, err, 400)
		}
		if resp, _ = b.do("POST", g.url+"/device", fields.Encode(), nil); resp.StatusCode != 410 {
			t.Errorf("deciding again: %d", resp.StatusCode)
		}
	}
}

// TestForgedDecision sees that no form counts but the page's own, in the
// browser it was shown to.
func TestForgedDecision(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	c := g.accountClient()
	d := g.startDevice(c)
	mine := newBrowser(t)
	_, page := mine.do("GET", *d.VerificationUriComplete, "", nil)
	fields := form(page)
	fields.Set("decision", "approve")
	other := g.startDevice(c)
	swapped := url.Values{"user_code": {*other.UserCode}, "csrf": {fields.Get("csrf")}, "decision": {"approve"}}
	bare := url.Values{"user_code": {*d.UserCode}, "decision": {"approve"}}
	for name, attempt := range map[string]func() *http.Response{
		"another browser": func() *http.Response {
			r, _ := newBrowser(t).do("POST", g.url+"/device", fields.Encode(), nil)
			return r
		},
		"another page": func() *http.Response {
			r, _ := mine.do("POST", g.url+"/device", fields.Encode(), map[string]string{"Sec-Fetch-Site": "cross-site"})
			return r
		},
		"another origin": func() *http.Response {
			r, _ := mine.do("POST", g.url+"/device", fields.Encode(), map[string]string{"Origin": "http://evil.example"})
			return r
		},
		"no token": func() *http.Response {
			r, _ := mine.do("POST", g.url+"/device", bare.Encode(), nil)
			return r
		},
		"another code": func() *http.Response {
			r, _ := mine.do("POST", g.url+"/device", swapped.Encode(), nil)
			return r
		},
	} {
		if resp := attempt(); resp.StatusCode != 403 {
			t.Errorf("%s: got %d, want 403", name, resp.StatusCode)
		}
	}
	if waiting := g.service.Waiting(); len(waiting) != 2 {
		t.Errorf("waiting are %v: a forged form decided something", waiting)
	}
	if resp, _ := mine.do("POST", g.url+"/device", fields.Encode(), nil); resp.StatusCode != 200 {
		t.Errorf("the page's own form: %d", resp.StatusCode)
	}
}

func TestPagesForPeople(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := newBrowser(t)
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"/":                            {200, "start page of the sandbox"},
		"/start":                       {200, "start page of the sandbox"},
		"/start/":                      {200, "start page of the sandbox"},
		"/device":                      {200, "Type the code"},
		"/device?user_code=AAAA-BBBB":  {404, "No sign-in waits under that code"},
		"/device?user_code=%3Cb%3EX":   {404, "&lt;b&gt;X"},
		"/authorize?client_id=unknown": {400, "not registered"},
	} {
		resp, page := b.do("GET", g.url+path, "", nil)
		if resp.StatusCode != want.status || !strings.Contains(page, want.text) {
			t.Errorf("%s: %d, want %d with %q\n%s", path, resp.StatusCode, want.status, want.text, page)
		}
	}
}

const verifier = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"

func challenge() string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// pkce is a client registered for the authorization-code grant, and its request.
func (g *rig) pkce() (*ssooidc.RegisterClientOutput, url.Values) {
	c := g.register(ssooidc.RegisterClientInput{
		GrantTypes: []string{codeGrant, refreshGrant}, Scopes: []string{signin.AccountScope},
		RedirectUris: []string{"http://127.0.0.1/oauth/callback"}, IssuerUrl: aws.String(g.url + "/start"),
	})
	return c, url.Values{
		"response_type": {"code"}, "client_id": {*c.ClientId}, "redirect_uri": {"http://127.0.0.1:40123/oauth/callback"},
		"state": {"st4te"}, "code_challenge_method": {"S256"}, "code_challenge": {challenge()}, "scopes": {signin.AccountScope},
	}
}

func (g *rig) redeem(c *ssooidc.RegisterClientOutput, code, redirect, verify string) (*ssooidc.CreateTokenOutput, error) {
	return g.oidc.CreateToken(g.t.Context(), &ssooidc.CreateTokenInput{
		ClientId: c.ClientId, ClientSecret: c.ClientSecret, GrantType: aws.String(codeGrant),
		Code: aws.String(code), RedirectUri: aws.String(redirect), CodeVerifier: aws.String(verify),
	})
}

func TestAuthorizationCode(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	c, request := g.pkce()
	redirect := request.Get("redirect_uri")
	code := func() string {
		t.Helper()
		b := newBrowser(t)
		_, page := b.do("GET", g.url+"/authorize?"+request.Encode(), "", nil)
		fields := form(page)
		fields.Set("decision", "approve")
		resp, _ := b.do("POST", g.url+"/authorize", fields.Encode(), nil)
		to, err := resp.Location()
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != 303 || to.Host != "127.0.0.1:40123" || to.Path != "/oauth/callback" || to.Query().Get("state") != "st4te" {
			t.Fatalf("%d to %s", resp.StatusCode, to)
		}
		return to.Query().Get("code")
	}
	out, err := g.redeem(c, code(), redirect, verifier)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.roleCredentials(out.AccessToken, devAccount, "Analyst"); err != nil {
		t.Error(err)
	}
	if _, err := g.refresh(c, out.RefreshToken); err != nil {
		t.Error(err)
	}

	used := code()
	if _, err := g.redeem(c, used, redirect, verifier); err != nil {
		t.Error(err)
	}
	_, err = g.redeem(c, used, redirect, verifier)
	wantError[*types.InvalidGrantException](t, err, 400)
	_, err = g.redeem(c, code(), redirect, verifier+"x")
	wantError[*types.InvalidGrantException](t, err, 400)
	_, err = g.redeem(c, code(), "http://127.0.0.1:40124/oauth/callback", verifier)
	wantError[*types.InvalidGrantException](t, err, 400)
	other, _ := g.pkce()
	_, err = g.redeem(other, code(), redirect, verifier)
	wantError[*types.InvalidGrantException](t, err, 400)
	late := code()
	g.move(10 * time.Minute)
	_, err = g.redeem(c, late, redirect, verifier)
	wantError[*types.InvalidGrantException](t, err, 400)
}

func TestAuthorizeRefusals(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	_, good := g.pkce()
	tests := []struct {
		name, key, value string
		status           int
		answer           string // error sent back to the program
	}{
		{"foreign redirect", "redirect_uri", "http://evil.example/oauth/callback", 400, ""},
		{"other path", "redirect_uri", "http://127.0.0.1:1/elsewhere", 400, ""},
		{"other loopback name", "redirect_uri", "http://localhost:1/oauth/callback", 400, ""},
		{"user in redirect", "redirect_uri", "http://evil@127.0.0.1:1/oauth/callback", 400, ""},
		{"unknown client", "client_id", "nobody", 400, ""},
		{"plain challenge", "code_challenge_method", "plain", 302, "invalid_request"},
		{"no challenge", "code_challenge", "", 302, "invalid_request"},
		{"no state", "state", "", 302, "invalid_request"},
		{"implicit", "response_type", "token", 302, "unsupported_response_type"},
	}
	for _, tt := range tests {
		q := url.Values{}
		for k, v := range good {
			q[k] = v
		}
		q.Set(tt.key, tt.value)
		resp, _ := newBrowser(t).do("GET", g.url+"/authorize?"+q.Encode(), "", nil)
		if resp.StatusCode != tt.status {
			t.Errorf("%s: status %d, want %d", tt.name, resp.StatusCode, tt.status)
		}
		if to, err := resp.Location(); tt.answer != "" && (err != nil || to.Query().Get("error") != tt.answer) {
			t.Errorf("%s: sent to %v, want error %s", tt.name, to, tt.answer)
		}
	}
	b := newBrowser(t)
	_, page := b.do("GET", g.url+"/authorize?"+good.Encode(), "", nil)
	fields := form(page)
	fields.Set("decision", "deny")
	resp, _ := b.do("POST", g.url+"/authorize", fields.Encode(), nil)
	if to, err := resp.Location(); err != nil || to.Query().Get("error") != "access_denied" || to.Query().Get("state") != "st4te" {
		t.Errorf("denied: sent to %v, %v", to, err)
	}
	g.service.SetAutoApprove(true)
	resp, _ = b.do("GET", g.url+"/authorize?"+good.Encode(), "", nil)
	if to, err := resp.Location(); err != nil || to.Query().Get("code") == "" {
		t.Errorf("unattended: sent to %v, %v", to, err)
	}
}
