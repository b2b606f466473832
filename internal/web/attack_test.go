package web

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/fairleadhq/fairlead/internal/app"
)

// attacked starts a server that loses its patience soon.
func attacked(t *testing.T) *Server {
	t.Helper()
	dir := t.TempDir()
	env := map[string]string{"HOME": dir, "FAIRLEAD_HOME": dir, "FAIRLEAD_KEYRING": "memory"}
	page := fstest.MapFS{"index.html": {Data: []byte("the page")}, "assets/main.js": {Data: []byte("1")}}
	return serve(t, app.New(app.Options{Env: func(name string) string { return env[name] }}),
		Options{Addr: "127.0.0.1:0", Person: NewPerson(), Page: page, patience: patience{header: 100 * time.Millisecond, body: 100 * time.Millisecond, idle: time.Minute}})
}

// raw sends bytes that no client of ours would, and returns the connection.
func raw(t *testing.T, s *Server, request string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, strings.ReplaceAll(request, "HOST", s.host)); err != nil && !gone(err) {
		t.Fatal(err)
	}
	return c
}

// gone holds for what a connection says that the server closed.
func gone(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// A client that sends nothing more holds a connection for as long as the
// server is patient, whatever it began and whether or not it was let in.
func TestSlowRequestsAreEnded(t *testing.T) {
	s := attacked(t)
	for name, request := range map[string]string{
		"nothing":                    "",
		"half a header":              "GET / HTTP/1.1\r\nHost: HOST\r\nX-",
		"a body of the API":          "POST /api/session HTTP/1.1\r\nHost: HOST\r\nContent-Length: 100\r\n\r\n{",
		"a body of a stranger":       "POST /api/query HTTP/1.1\r\nHost: HOST\r\nContent-Length: 100\r\n\r\n{",
		"a body that nobody reads":   "GET / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 100\r\n\r\n{",
		"a body to another's name":   "POST /api/session HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 100\r\n\r\n{",
		"a body of another site":     "POST /api/session HTTP/1.1\r\nHost: HOST\r\nOrigin: https://evil.example\r\nContent-Length: 100\r\n\r\n{",
		"a chunk":                    "POST /api/session HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n{",
		"a chunk that nobody reads":  "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n{",
		"an answer of our own first": "POST /api/session HTTP/1.1\r\nHost: HOST\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := io.Copy(io.Discard, raw(t, s, request)); err != nil && !gone(err) {
				t.Error(err) // else the test's own time limit ends it
			}
		})
	}
}

// What is sent by hand is refused, or leads nowhere but to the page.
func TestOddRequests(t *testing.T) {
	s := attacked(t)
	long := strings.Repeat("a", mostHeader+8<<10)
	for name, c := range map[string]struct {
		request string
		want    []int
	}{
		"a long path":                {"GET /" + long + " HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{431}},
		"a long header":              {"GET / HTTP/1.1\r\nHost: HOST\r\nX-Long: " + long + "\r\n\r\n", []int{431}},
		"many headers":               {"GET / HTTP/1.1\r\nHost: HOST\r\n" + strings.Repeat("X-A: b\r\n", len(long)/8) + "\r\n", []int{431}},
		"a long cookie":              {"GET /api/info HTTP/1.1\r\nHost: HOST\r\nCookie: fairlead=" + long[:mostHeader/2] + "\r\nX-Fairlead: x\r\n\r\n", []int{401}},
		"an endless body":            {"POST /api/session HTTP/1.1\r\nHost: HOST\r\nContent-Length: 99999999999\r\n\r\n" + `{"token":"` + strings.Repeat("x", 1<<16), []int{400, 408, 413}},
		"no host":                    {"GET / HTTP/1.1\r\n\r\n", []int{400}},
		"no host, as once":           {"GET / HTTP/1.0\r\n\r\n", []int{421}},
		"two hosts":                  {"GET / HTTP/1.1\r\nHost: HOST\r\nHost: evil.example\r\n\r\n", []int{400}},
		"another's address in full":  {"GET http://evil.example/ HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{421}},
		"our address in full":        {"GET http://HOST/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", []int{200}}, // the line counts, RFC 9112, 3.2.2
		"a name in the host":         {"GET / HTTP/1.1\r\nHost: me@HOST\r\n\r\n", []int{400, 421}},
		"a dot after the host":       {"GET / HTTP/1.1\r\nHost: localhost.:1\r\n\r\n", []int{421}},
		"two lengths":                {"POST /api/session HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", []int{400}},
		"a length that is none":      {"POST /api/session HTTP/1.1\r\nHost: HOST\r\nContent-Length: +2\r\n\r\n{}", []int{400}},
		"CONNECT":                    {"CONNECT evil.example:443 HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{400, 404, 405, 421}},
		"TRACE":                      {"TRACE / HTTP/1.1\r\nHost: HOST\r\nX-Secret: s\r\n\r\n", []int{405}},
		"a preflight":                {"OPTIONS /api/query HTTP/1.1\r\nHost: HOST\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n\r\n", []int{403}},
		"a preflight without origin": {"OPTIONS /api/query HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{401}},
		"a socket of another site":   {"GET /api/events HTTP/1.1\r\nHost: HOST\r\nOrigin: https://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", []int{403}},
		"HTTP/2 without asking":      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []int{400, 421, 505}},
		"a NUL":                      {"GET /a\x00b HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{400}},
		"a NUL in disguise":          {"GET /assets/main.js%00.html HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{400, 404}},
		"a backslash":                {"GET /assets\\..\\..\\web.go HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{400, 404}},
		"a backslash in disguise":    {"GET /assets/..%5c..%5cweb.go HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{400, 404}},
		"a slash in disguise":        {"GET /..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{400, 404}},
		"the API through dots":       {"GET /assets/../api/info HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{307, 301, 401, 404}},
		"the API through %2e":        {"GET /assets/%2e%2e/api/info HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{307, 301, 401, 404}},
		"the API by its other name":  {"GET /API/info HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{404}},
		"two slashes":                {"GET //api/info HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{307, 301, 401, 404}},
		"another site behind two":    {"GET //evil.example/%2e%2e HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{307, 301, 404}},
		"another site behind more":   {"GET ///evil.example/ HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{307, 301, 404}},
		"another site, by backslash": {"GET /\\evil.example/.. HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{307, 301, 400, 404}},
		"a line in the path":         {"GET /%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{404}},
		"a star":                     {"OPTIONS * HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{200, 400, 404}},
	} {
		t.Run(name, func(t *testing.T) {
			in := bufio.NewReader(raw(t, s, c.request))
			resp, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			ok := false
			for _, want := range c.want {
				ok = ok || resp.StatusCode == want
			}
			if !ok {
				t.Errorf("%d, want %v", resp.StatusCode, c.want)
			}
			if to, err := url.Parse(resp.Header.Get("Location")); err != nil || to.Host != "" || strings.HasPrefix(to.Path, "//") || strings.HasPrefix(to.Path, `/\`) {
				t.Errorf("it leads to %v, %v", to, err)
			}
			if len(resp.Cookies()) > 0 || resp.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("it is let in: %v", resp.Header)
			}
		})
	}
}

// The link that a browser is started with stands in its arguments, where others
// see it: it is good once, and another session does not come of it.
func TestTheOpenedLinkIsGoodOnce(t *testing.T) {
	s := attacked(t)
	once, err := url.Parse(s.OnceURL())
	if err != nil {
		t.Fatal(err)
	}
	token := strings.TrimPrefix(once.Fragment, "token=")
	if token == s.token.Reveal() {
		t.Fatal("the link that is opened holds the token that lasts")
	}
	v := visit(t, s)
	var got struct{ Key string }
	if status := v.call("POST", "/api/session", map[string]string{"token": token}, &got); status != 200 || got.Key == "" {
		t.Fatalf("the first time: %d", status)
	}
	if status := visit(t, s).call("POST", "/api/session", map[string]string{"token": token}, nil); status != http.StatusUnauthorized {
		t.Errorf("the second time: %d", status)
	}
	v.key = got.Key
	if status := v.call("GET", "/api/settings", nil, nil); status != 200 {
		t.Errorf("the one that was first: %d", status)
	}
	visit(t, s).enter() // the printed link is good still
}
