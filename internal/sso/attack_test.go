package sso

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// A page that a person has open, another program, another user: each can reach
// the port on which the browser's answer is awaited. Only the answer counts,
// once, and nothing of the request comes back in the page.
func TestOnlyTheAnswerIsTaken(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := newCallback(listener)
	defer c.close()
	if s := c.server; s.ReadHeaderTimeout == 0 || s.ReadTimeout == 0 || s.MaxHeaderBytes > 32<<10 {
		t.Error("who sends slowly or without end is waited for")
	}
	host := listener.Addr().String()
	send := func(request string) *http.Response {
		t.Helper()
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		if _, err := io.WriteString(conn, strings.NewReplacer("HOST", host, "STATE", c.state).Replace(request)); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		return resp
	}
	for name, request := range map[string]string{
		"another's name":              "GET /oauth/callback?code=x&state=STATE HTTP/1.1\r\nHost: evil.example\r\n\r\n",
		"another's name in full":      "GET http://evil.example/oauth/callback?code=x&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"the machine's other name":    "GET /oauth/callback?code=x&state=STATE HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"no state":                    "GET /oauth/callback?code=x HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"a guessed state":             "GET /oauth/callback?code=x&state=AAAAAAAAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"two states":                  "GET /oauth/callback?code=x&state=guess&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"a state in the body":         "POST /oauth/callback HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 42\r\n\r\ncode=x&state=STATE",
		"another method":              "POST /oauth/callback?code=x&state=STATE HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n",
		"a look ahead":                "HEAD /oauth/callback?code=x&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"a preflight":                 "OPTIONS /oauth/callback?code=x&state=STATE HTTP/1.1\r\nHost: HOST\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Method: GET\r\n\r\n",
		"a path through dots":         "GET /x/../oauth/callback?code=x&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"a path in disguise":          "GET /oauth//callback?code=x&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"a path with more behind":     "GET /oauth/callback/?code=x&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"neither code nor error":      "GET /oauth/callback?state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"a long line":                 "GET /oauth/callback?code=" + strings.Repeat("x", 40<<10) + "&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"a script in what is ignored": "GET /oauth/callback?code=<script>alert(1)</script>&state=<script>alert(1)</script> HTTP/1.1\r\nHost: HOST\r\n\r\n",
	} {
		resp := send(request)
		body, _ := io.ReadAll(resp.Body)
		if resp.StatusCode < 400 || strings.Contains(string(body), "<script") || resp.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %d %s", name, resp.StatusCode, body)
		}
		select {
		case <-c.done:
			t.Fatalf("%s ended the log in with code %q", name, c.code)
		default:
		}
	}
	resp := send("GET /oauth/callback?code=the-code&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n")
	body, _ := io.ReadAll(resp.Body)
	if <-c.done; resp.StatusCode != 200 || c.code != "the-code" || strings.Contains(string(body), "the-code") || strings.Contains(string(body), c.state) {
		t.Errorf("the answer: %d, %q, %s", resp.StatusCode, c.code, body)
	}
	// A second answer changes nothing, though its state is right.
	send("GET /oauth/callback?code=another&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n")
	send("GET /oauth/callback?error=access_denied&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n")
	if c.code != "the-code" || c.refused != "" {
		t.Errorf("a second answer was taken: %q, %q", c.code, c.refused)
	}
}
