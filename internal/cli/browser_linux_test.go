package cli

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox"
)

// TestAHostilePageCannotEndALogIn: while the real program waits for the
// browser's answer, a page elsewhere calls its port with whatever it can guess.
// All of it is answered and ignored, and the person's own sign-in lands.
func TestAHostilePageCannotEndALogIn(t *testing.T) {
	t.Parallel()
	srv, err := sandbox.Start(t.Context(), sandbox.Options{Rows: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	env, opened := recordingBrowser(t)
	env = append(environment(t, srv), env...)
	p := startProcess(t, env, "login", "dev", "--method", "browser")
	page := waitForFile(t, opened)
	asked, err := url.Parse(page)
	if err != nil {
		t.Fatal(err)
	}
	back, err := url.Parse(asked.Query().Get("redirect_uri"))
	if err != nil || back.Hostname() != "127.0.0.1" || back.Path != "/oauth/callback" {
		t.Fatalf("the answer is wanted at %s, %v", back, err)
	}
	state := asked.Query().Get("state")
	with := func(path string, pairs ...string) string {
		q, u := url.Values{}, *back
		for i := 0; i < len(pairs); i += 2 {
			q.Set(pairs[i], pairs[i+1])
		}
		u.Path, u.RawQuery = path, q.Encode()
		return u.String()
	}
	for _, c := range []struct {
		name, method, address, host string
		want                        int
	}{
		{"a wrong state", "GET", with(back.Path, "code", "evil", "state", "guessed"), "", 400},
		{"no state", "GET", with(back.Path, "code", "evil"), "", 400},
		{"the state's beginning", "GET", with(back.Path, "code", "evil", "state", state[:len(state)-1]), "", 400},
		{"a refusal with a wrong state", "GET", with(back.Path, "error", "access_denied", "state", "guessed"), "", 400},
		{"neither code nor error", "GET", with(back.Path, "state", state), "", 400},
		{"another path", "GET", with("/", "code", "evil", "state", state), "", 404},
		{"a path below", "GET", with(back.Path+"/more", "code", "evil", "state", state), "", 404},
		{"a name that was pointed here", "GET", with(back.Path, "code", "evil", "state", state), "evil.example", 404},
		{"the same with the port", "GET", with(back.Path, "code", "evil", "state", state), "evil.example:" + back.Port(), 404},
		{"a form", "POST", with(back.Path, "code", "evil", "state", state), "", 404},
	} {
		req, err := http.NewRequest(c.method, c.address, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host, req.Close = c.host, true
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("%s: %v; it said:\n%s", c.name, err, p.text())
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != c.want {
			t.Errorf("%s is answered %s (%v), want %d:\n%s", c.name, resp.Status, err, c.want, text)
		}
		if strings.Contains(string(text), "evil") || strings.Contains(string(text), state) {
			t.Errorf("%s: the page repeats what was sent:\n%s", c.name, text)
		}
	}
	// One that connects and says nothing holds up nobody.
	silent, err := net.Dial("tcp", back.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	if n := srv.Switches().Calls("sso-oidc.CreateToken"); n != 0 {
		t.Errorf("%d codes of the hostile page were traded", n)
	}
	approve(t, page)
	if code := p.exit(); code != 0 || !strings.Contains(p.text(), "Logged in.") || !validNow(t, env) {
		t.Errorf("the log in ended with %d:\n%s", code, p.text())
	}
	if n := srv.Switches().Calls("sso-oidc.CreateToken"); n != 1 {
		t.Errorf("%d codes were traded, want the person's", n)
	}
	if c, err := net.DialTimeout("tcp", back.Host, time.Second); err == nil {
		c.Close()
		t.Error("the port still listens after the log in")
	}
}
