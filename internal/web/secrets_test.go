package web

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// tape keeps all that the server answers, headers and streams too.
type tape struct {
	mu  sync.Mutex
	all bytes.Buffer
}

// Write implements io.Writer.
func (p *tape) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all.Write(b)
}

// RoundTrip implements http.RoundTripper.
func (p *tape) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(r.URL.Path, "/api/session") { // which gives the page its key
		_ = resp.Header.Write(p)
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.TeeReader(resp.Body, p), resp.Body}
	}
	return resp, nil
}

// No answer of the page's server holds a secret, whatever was asked, typed into
// the page or came to lie in AWS's caches.
func TestNoSecretInThePage(t *testing.T) {
	b, v := atSandbox(t)
	recorded := &tape{}
	v.client.Transport = recorded
	const (
		typed = "PlantedSecretTypedIntoThePage0123456789a"
		inSQL = "PlantedKeyInsideAStatement0123456789abcd"
		word  = "planted-parameter-0123456789"
	)
	for i, text := range []string{"select count(*) as n from orders", "select nothing from nowhere"} {
		var run runDoc
		if status := v.call("POST", "/api/runs", map[string]any{"connection": "sales", "text": text}, &run); status != 200 {
			t.Fatalf("%s: %d", text, status)
		}
		if i == 0 { // the session has expired
			var login loginDoc
			v.events(func(e map[string]json.RawMessage) bool {
				if string(e["type"]) == `"login"` {
					_ = json.Unmarshal(e["login"], &login)
				}
				return login.State == loginAsking
			})
			v.call("POST", "/api/logins/"+login.ID+"/start", map[string]string{"method": "device"}, nil)
		}
		v.until(run.ID)
		v.call("GET", "/api/runs/"+run.ID+"/results/0/rows?from=0&count=10", nil, nil)
	}
	for connection, text := range map[string]string{
		"warehouse": "copy t from 's3://b/k' access_key_id 'AKIAPLANTEDPLANTED00' secret_access_key '" + inSQL + "'",
		"shop":      `select * from "shop" where pk = 'CUSTOMER#1'`,
	} {
		var run runDoc
		if status := v.call("POST", "/api/runs", map[string]any{"connection": connection, "text": text, "confirmed": true}, &run); status == 200 {
			v.until(run.ID)
		}
	}
	auth := map[string]any{"name": "typed", "source": "static", "access_key_id": "AKIAPLANTEDPLANTED00", "secret_access_key": typed, "session_token": typed, "region": "us-east-1", "storage": "memory", "verify": true}
	v.call("POST", "/api/auths/check", auth, nil)
	v.call("PUT", "/api/auths/typed", auth, nil)
	auth["verify"] = false
	v.call("PUT", "/api/auths/typed", auth, nil)
	v.call("POST", "/api/unlock", map[string]string{"passphrase": word}, nil)
	v.call("POST", "/api/connections/parse", map[string]string{"text": "postgres://user:" + word + "@host.example:5439/dev"}, nil)
	v.call("POST", "/api/connections/test", map[string]any{"name": "x", "engine": "athena", "auth": "typed", "region": "us-east-1"}, nil)
	v.call("POST", "/api/plan", map[string]string{"connection": "warehouse", "text": "copy t from 's3://b/k' secret_access_key '" + inSQL + "'"}, nil)
	for pattern := range v.server.routes() {
		method, path, _ := strings.Cut(pattern, " ")
		if method == "GET" && path != "/api/events" {
			v.request(method, strings.NewReplacer("{id}", "x", "{n}", "0", "{name}", "typed").Replace(path)+"?connection="+url.QueryEscape("sales"), nil, nil)
		}
	}
	secrets := map[string]string{b.Ready().SecretAccessKey: "the static key", typed: "a key typed into the page", word: "a passphrase or password",
		v.server.token.Reveal(): "the link's token"}
	files, err := filepath.Glob(filepath.Join(b.Ready().Home, ".aws", "*", "cache", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"(accessToken|refreshToken|clientSecret|SecretAccessKey|SessionToken)": ?"([^"]{8,})"`).FindAllStringSubmatch(string(data), -1) {
			secrets[m[2]] = m[1] + " of " + filepath.Base(file)
		}
	}
	if recorded.mu.Lock(); len(secrets) < 6 || recorded.all.Len() < 5000 {
		t.Errorf("%d secrets were looked for in %d bytes", len(secrets), recorded.all.Len())
	}
	recorded.mu.Unlock()
	// A run gives its own text back to the page that wrote it; the history does not.
	if _, _, history := v.request("GET", "/api/history", nil, nil); bytes.Contains(history, []byte(inSQL)) || !bytes.Contains(history, []byte("copy t from")) {
		t.Errorf("the history says %s", history)
	}
	recorded.mu.Lock()
	defer recorded.mu.Unlock()
	for secret, what := range secrets {
		if at := bytes.Index(recorded.all.Bytes(), []byte(secret)); at >= 0 {
			t.Errorf("%s was answered: …%s…", what, recorded.all.Bytes()[max(0, at-200):at])
		}
	}
}
