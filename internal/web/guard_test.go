package web

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/all"
)

// open starts a server over an empty home, or the one that env tells, with the
// engines there are and those of the test.
func open(t *testing.T, env map[string]string, more ...engine.Spec) *Server {
	t.Helper()
	if env == nil {
		dir := t.TempDir()
		env = map[string]string{"HOME": dir, "FAIRLEAD_HOME": dir, "FAIRLEAD_KEYRING": "memory"}
	}
	person := NewPerson()
	lookup := func(name string) string { return env[name] }
	a := app.New(app.Options{Env: lookup, Specs: append(all.Specs(), more...), Prompts: person.Prompts(), AskMFA: person.AskMFA, AskPassphrase: person.AskPassphrase})
	page := fstest.MapFS{
		"index.html":     {Data: []byte(`<meta name="csp-nonce" content="__CSP_NONCE__">`)},
		"assets/main.js": {Data: []byte("1")},
	}
	return serve(t, a, Options{Addr: "127.0.0.1:0", Person: person, Page: page, Version: "test"})
}

// serve runs a server for as long as the test does.
func serve(t *testing.T, a *app.App, o Options) *Server {
	t.Helper()
	s, err := Listen(a, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-served:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(20 * time.Second):
			t.Error("the server did not end")
		}
	})
	return s
}

// visitor is a browser with a cookie jar and, once let in, the key.
type visitor struct {
	t      *testing.T
	server *Server
	client *http.Client
	key    string
}

func visit(t *testing.T, s *Server) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{t: t, server: s, client: &http.Client{Jar: jar}}
	t.Cleanup(v.client.CloseIdleConnections)
	return v
}

// enter exchanges the token in the link for a session.
func (v *visitor) enter() *visitor {
	v.t.Helper()
	u, err := url.Parse(v.server.URL())
	if err != nil {
		v.t.Fatal(err)
	}
	token := strings.TrimPrefix(u.Fragment, "token=")
	var got struct{ Key string }
	if status := v.call("POST", "/api/session", map[string]string{"token": token}, &got); status != 200 {
		v.t.Fatalf("session: %d", status)
	}
	v.key = got.Key
	return v
}

// request makes one with the visitor's key; change may alter it.
func (v *visitor) request(method, path string, body any, change func(*http.Request)) (int, http.Header, []byte) {
	v.t.Helper()
	var reader io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			v.t.Fatal(err)
		}
		reader = bytes.NewReader(data)
	}
	req, err := http.NewRequest(method, v.server.Origin()+path, reader)
	if err != nil {
		v.t.Fatal(err)
	}
	if v.key != "" {
		req.Header.Set(keyHeader, v.key)
	}
	if change != nil {
		change(req)
	}
	resp, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, data
}

// call makes a request and reads the JSON of a good answer into to.
func (v *visitor) call(method, path string, body, to any) int {
	v.t.Helper()
	status, _, data := v.request(method, path, body, nil)
	if to != nil && status < 300 {
		if err := json.Unmarshal(data, to); err != nil {
			v.t.Fatalf("%s %s: %v in %s", method, path, err, data)
		}
	}
	return status
}

// Nothing is told to whom the link was not given.
func TestOnlyTheInvited(t *testing.T) {
	s := open(t, nil)
	stranger := visit(t, s)
	for pattern := range s.routes() {
		method, path, _ := strings.Cut(pattern, " ")
		if path == "/api/session" {
			continue
		}
		path = strings.NewReplacer("{id}", "x", "{n}", "0", "{name}", "x").Replace(path)
		if status, _, data := stranger.request(method, path, map[string]string{}, nil); status != http.StatusUnauthorized {
			t.Errorf("%s without a session: %d %s", pattern, status, data)
		}
	}
	if status := stranger.call("POST", "/api/session", map[string]string{"token": "guess"}, nil); status != http.StatusUnauthorized {
		t.Errorf("a guessed token: %d", status)
	}
	if status := stranger.call("POST", "/api/session", map[string]string{"token": ""}, nil); status != http.StatusUnauthorized {
		t.Errorf("an empty token: %d", status)
	}

	guest := visit(t, s).enter()
	if status := guest.call("GET", "/api/info", nil, nil); status != 200 {
		t.Errorf("the invited: %d", status)
	}
	for name, change := range map[string]func(*http.Request){
		"the cookie alone":      func(r *http.Request) { r.Header.Del(keyHeader) },
		"a wrong key":           func(r *http.Request) { r.Header.Set(keyHeader, random()) },
		"the token for the key": func(r *http.Request) { r.Header.Set(keyHeader, s.token.Reveal()) },
	} {
		if status, _, _ := guest.request("GET", "/api/info", nil, change); status != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, status)
		}
	}
	keyOnly := visit(t, s)
	keyOnly.key = guest.key
	if status := keyOnly.call("GET", "/api/info", nil, nil); status != http.StatusUnauthorized {
		t.Errorf("the key alone: %d", status)
	}
	// The cookie of one session and the key of another do not fit together.
	other := visit(t, s).enter()
	other.key = guest.key
	if status := other.call("GET", "/api/info", nil, nil); status != http.StatusUnauthorized {
		t.Errorf("mixed sessions: %d", status)
	}
	// A cookie that was planted before is replaced, not adopted.
	fixed := visit(t, s)
	u, _ := url.Parse(s.Origin() + "/api/")
	fixed.client.Jar.SetCookies(u, []*http.Cookie{{Name: cookieName, Value: "planted", Path: "/api/"}})
	fixed.enter()
	if got := fixed.client.Jar.Cookies(u)[0].Value; got == "planted" {
		t.Error("a planted cookie became a session")
	}
}

func TestTheCookieIsOnlyOurs(t *testing.T) {
	s := open(t, nil)
	v := visit(t, s)
	_, header, _ := v.request("POST", "/api/session", map[string]string{"token": s.token.Reveal()}, nil)
	cookie := header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/api/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("%q lacks %s", cookie, want)
		}
	}
	if strings.Contains(cookie, s.token.Reveal()) {
		t.Error("the cookie is the token")
	}
}

// Each is an attack that a browser on this machine can be made to carry out.
func TestForeignRequestsAreRefused(t *testing.T) {
	s := open(t, nil)
	guest := visit(t, s).enter()
	for name, c := range map[string]struct {
		method string
		change func(*http.Request)
		want   int
	}{
		"a foreign name that leads to loopback": {"GET", func(r *http.Request) { r.Host = "evil.example:" + port(s) }, http.StatusMisdirectedRequest},
		"our name at another port":              {"GET", func(r *http.Request) { r.Host = "127.0.0.1:1" }, http.StatusMisdirectedRequest},
		"no port":                               {"GET", func(r *http.Request) { r.Host = "127.0.0.1" }, http.StatusMisdirectedRequest},
		"a name that begins like ours":          {"GET", func(r *http.Request) { r.Host = s.host + ".evil.example" }, http.StatusMisdirectedRequest},
		"another site's script":                 {"GET", func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, http.StatusForbidden},
		"another local server's script":         {"GET", func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:1") }, http.StatusForbidden},
		"a sandboxed frame":                     {"POST", func(r *http.Request) { r.Header.Set("Origin", "null") }, http.StatusForbidden},
		"an image of another site": {"GET", func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Sec-Fetch-Mode", "no-cors")
		}, http.StatusForbidden},
		"a form of another local server": {"POST", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") }, http.StatusForbidden},
		"a link of another site into the API": {"GET", func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Sec-Fetch-Mode", "navigate")
		}, http.StatusForbidden},
	} {
		path := "/api/info"
		if c.method == "POST" {
			path = "/api/sso/logout"
		}
		status, header, _ := guest.request(c.method, path, nil, c.change)
		if status != c.want {
			t.Errorf("%s: %d, want %d", name, status, c.want)
		}
		if header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: another origin is let in", name)
		}
	}
	// By the other name of this machine it answers; a session there is another's.
	status, _, _ := guest.request("GET", "/", nil, func(r *http.Request) { r.Host = "localhost:" + port(s) })
	if status != 200 {
		t.Errorf("localhost: %d", status)
	}
}

func port(s *Server) string { _, p, _ := strings.Cut(s.host, ":"); return p }

func TestThePageIsClosedToOthersScripts(t *testing.T) {
	s := open(t, nil)
	v := visit(t, s)
	status, header, data := v.request("GET", "/", nil, nil)
	policy := header.Get("Content-Security-Policy")
	_, nonce, _ := strings.Cut(policy, "'nonce-")
	nonce, _, _ = strings.Cut(nonce, "'")
	if status != 200 || nonce == "" || !bytes.Contains(data, []byte(nonce)) || bytes.Contains(data, []byte(nonceMark)) {
		t.Errorf("%d %s\n%s", status, policy, data)
	}
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy lacks %s: %s", want, policy)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("unsafe: %s", policy)
	}
	_, again, _ := v.request("GET", "/", nil, nil)
	if again.Get("Content-Security-Policy") == policy {
		t.Error("the nonce is used twice")
	}
	for path, want := range map[string]int{"/assets/main.js": 200, "/nothing": 404, "/../web.go": 404, "/assets/../../guard.go": 404, "/%2e%2e/web.go": 404, "/assets": 404} {
		if status, _, _ := v.request("GET", path, nil, nil); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
		"Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin"} {
		if header.Get(name) != want {
			t.Errorf("%s: %q", name, header.Get(name))
		}
	}
}

func TestOversizedAndMalformedBodies(t *testing.T) {
	s := open(t, nil)
	guest := visit(t, s).enter()
	large := map[string]string{"token": strings.Repeat("x", mostBody)}
	if status := guest.call("POST", "/api/session", large, nil); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a large body: %d", status)
	}
	for _, body := range []string{"", "{", `{"text":1}`, `{"nonsense":1}`, `{} {}`, "null and more", `[]`} {
		status, _, data := guest.request("POST", "/api/connections/parse", nil, func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(body)) })
		if status != http.StatusBadRequest {
			t.Errorf("%q: %d %s", body, status, data)
		}
	}
	if status, _, _ := guest.request("PUT", "/api/workspace", nil, func(r *http.Request) {
		r.Body = io.NopCloser(strings.NewReader(`{"x":"` + strings.Repeat("y", mostWorkspace) + `"}`))
	}); status != http.StatusBadRequest {
		t.Errorf("a workspace over the limit: %d", status)
	}
}

func TestListenRefusesAllButLoopback(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "localhost:0", "nonsense"} {
		if s, err := Listen(app.New(app.Options{Env: func(string) string { return "" }}), Options{Addr: addr, Person: NewPerson()}); err == nil {
			s.listener.Close()
			t.Errorf("%s was taken", addr)
		}
	}
}

func TestTicketsWorkOnceAndForOnePath(t *testing.T) {
	var ticks tickets
	id := ticks.issue("/a?b=c", ticketLife)
	if ticks.redeem(id, "/a?b=d") || ticks.redeem(id, "/a?b=c") {
		t.Error("a ticket was good for another path, or after it was refused")
	}
	id = ticks.issue("/a?b=c", ticketLife)
	if !ticks.redeem(id, "/a?b=c") || ticks.redeem(id, "/a?b=c") {
		t.Error("a ticket must be good exactly once")
	}
	if ticks.redeem("", "/a?b=c") {
		t.Error("no ticket was taken for one")
	}
	for range 2 * mostTickets {
		ticks.issue("/x", ticketLife)
	}
	if len(ticks.open) > mostTickets {
		t.Errorf("%d tickets are kept", len(ticks.open))
	}
}
