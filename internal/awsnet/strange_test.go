package awsnet

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// An answer that broke off or that is nothing of AWS's says nothing of the
// statement: the way there is at fault.
func TestAnswersThatAreNotAWS(t *testing.T) {
	cut := func(reset bool) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, buf, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			defer conn.Close()
			fmt.Fprint(buf, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nContent-Type: text/xml\r\n\r\n<GetCallerIdentityResponse><Get")
			_ = buf.Flush()
			if c, ok := conn.(*net.TCPConn); ok && reset {
				_ = c.SetLinger(0)
			}
		}
	}
	page := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			fmt.Fprint(w, text)
		}
	}
	for name, c := range map[string]struct {
		h    http.HandlerFunc
		says []string
	}{
		"cut":           {cut(false), []string{"broke off", "HTTPS_PROXY"}},
		"reset":         {cut(true), []string{"HTTPS_PROXY"}}, // before the head was read it cannot be reached, behind it broke off
		"page for 200":  {page(200, "<html><body>Log in to the guest network<br>"), []string{"HTTP status 200", "AWS_ENDPOINT_URL"}},
		"page for 403":  {page(403, "<html><body>blocked</body></html>"), []string{"HTTP status 403", "HTTPS_PROXY"}},
		"text for 404":  {page(404, "404 page not found"), []string{"HTTP status 404"}},
		"nothing":       {page(400, ""), []string{"HTTP status 400"}},
		"a broken gate": {page(502, "<html>"), []string{"HTTP status 502"}},
	} {
		f := Fault(callSTS(t, t.Context(), c.h), "STS", "ask")
		if f == nil || f.Code != fault.Unavailable || f.Service != nil {
			t.Errorf("%s: %#v", name, f)
			continue
		}
		for _, want := range c.says {
			if !strings.Contains(f.Error()+f.Remedy, want) {
				t.Errorf("%s: %v (%s) does not say %q", name, f, f.Remedy, want)
			}
		}
		if strings.Contains(f.Error(), "EOF") || strings.Contains(f.Error(), "deserial") || strings.Contains(f.Error(), "invalid character") {
			t.Errorf("%s speaks Go: %v", name, f)
		}
	}
}

func TestWhatNoCallCanBeMadeWith(t *testing.T) {
	for region, good := range map[string]bool{
		"us-east-1": true, "eu-central-2": true, "us-gov-west-1": true, "local": true,
		"us-east-1; rm": false, "": false, "US-EAST-1": false, "-a": false, "a-": false, "eu.west": false, "x/y": false,
		strings.Repeat("a", 64): false,
	} {
		err := CheckRegion(region, "--region")
		if good != (err == nil) {
			t.Errorf("%q: %v", region, err)
		}
		if err != nil && (fault.CodeOf(err) != fault.Config || !strings.Contains(err.Error(), "--region")) {
			t.Errorf("%q: %v does not name its origin", region, err)
		}
	}
	for _, c := range []struct {
		variable, value string
		good            bool
	}{
		{"AWS_ENDPOINT_URL", "notaurl", false},
		{"AWS_ENDPOINT_URL", "localhost:4566", false},
		{"AWS_ENDPOINT_URL", "http://", false},
		{"AWS_ENDPOINT_URL", "http://a b", false},
		{"AWS_ENDPOINT_URL_ATHENA", "ftp://h", false},
		{"AWS_ENDPOINT_URL_SSO_OIDC", ":", false},
		{"AWS_ENDPOINT_URL", "http://127.0.0.1:4566", true},
		{"AWS_ENDPOINT_URL_STS", "https://sts.example/path", true},
	} {
		err := settings("", c.variable, c.value).CheckUse("us-east-1", "")
		if c.good != (err == nil) {
			t.Errorf("%s=%s: %v", c.variable, c.value, err)
		}
		if err != nil && (fault.CodeOf(err) != fault.Config || !strings.Contains(err.Error(), c.variable+")")) {
			t.Errorf("%s=%s: %v does not name it", c.variable, c.value, err)
		}
	}
	if err := settings("a").CheckUse("us-east-1", ""); err != nil {
		t.Error(err)
	}
}
