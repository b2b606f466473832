package awsnet

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/fault"
)

func vars(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(k string) string { return m[k] }
}

const config = `[profile a]
services = s
endpoint_url = http://profile
use_fips_endpoint = TRUE
[profile ignoring]
services = s
ignore_configured_endpoint_urls = true
[profile lost]
services = nowhere
[services s]
sts =
  endpoint_url = http://services
redshift_serverless =
  endpoint_url = http://serverless
`

func settings(profile string, pairs ...string) *Settings {
	return &Settings{Env: vars(pairs...), Files: awsfile.Parse("config", []byte(config), "credentials", nil), Profile: profile}
}

func TestEndpointOrder(t *testing.T) {
	for _, c := range []struct {
		s           *Settings
		id          string
		url, origin string
	}{
		{settings("a", "AWS_ENDPOINT_URL_STS", "http://env-sts", "AWS_ENDPOINT_URL", "http://env"), "STS", "http://env-sts", "AWS_ENDPOINT_URL_STS"},
		{settings("a", "AWS_ENDPOINT_URL", "http://env"), "STS", "http://env", "AWS_ENDPOINT_URL"},
		{settings("a"), "STS", "http://services", "config:12"},
		{settings("a"), "Redshift Serverless", "http://serverless", "config:14"},
		{settings("a"), "Athena", "http://profile", "config:3"},
		{settings("a", "AWS_ENDPOINT_URL_SSO_OIDC", "http://oidc"), "SSO OIDC", "http://oidc", "AWS_ENDPOINT_URL_SSO_OIDC"},
		{settings("ignoring", "AWS_ENDPOINT_URL", "http://env"), "STS", "", ""},
		{settings("a", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True"), "STS", "", ""},
		{settings(""), "STS", "", ""},
	} {
		if url, origin := c.s.Endpoint(c.id); url != c.url || origin != c.origin {
			t.Errorf("%s = %q from %q, want %q from %q", c.id, url, origin, c.url, c.origin)
		}
	}
	if err := settings("lost").Check(); err == nil || !strings.Contains(err.Error(), "config:9") {
		t.Errorf("a services section that does not exist: %v", err)
	}
	if err := settings("a").Check(); err != nil {
		t.Error(err)
	}
}

// Service clients take their endpoint from the settings, also when the
// process's own environment holds AWS_ENDPOINT_URL.
func TestClientsObey(t *testing.T) {
	for _, inProcess := range []bool{false, true} {
		pairs := []string{"AWS_ENDPOINT_URL", "http://env"}
		if inProcess {
			t.Setenv("AWS_ENDPOINT_URL", "http://env")
		}
		cfg := settings("a", pairs...).Config(http.DefaultClient, "eu-west-1")
		if got := aws.ToString(sts.NewFromConfig(cfg).Options().BaseEndpoint); got != "http://env" {
			t.Errorf("in the process's environment %v: STS at %q", inProcess, got)
		}
		cfg = settings("ignoring", pairs...).Config(http.DefaultClient, "eu-west-1")
		if got := aws.ToString(sts.NewFromConfig(cfg).Options().BaseEndpoint); got != "" {
			t.Errorf("in the process's environment %v, ignored: STS at %q", inProcess, got)
		}
	}
	cfg := settings("a", "AWS_MAX_ATTEMPTS", "7", "AWS_USE_DUALSTACK_ENDPOINT", "true").Config(http.DefaultClient, "eu-west-1")
	o := ssooidc.NewFromConfig(cfg).Options()
	if o.EndpointOptions.UseFIPSEndpoint != aws.FIPSEndpointStateEnabled || o.EndpointOptions.UseDualStackEndpoint != aws.DualStackEndpointStateEnabled || o.RetryMaxAttempts != 7 {
		t.Errorf("options = %+v", o.EndpointOptions)
	}
}

func TestBundleIsReadAtTheFirstTLSCall(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") }))
	defer plain.Close()
	secure := httptest.NewTLSServer(plain.Config.Handler)
	defer secure.Close()
	path := filepath.Join(t.TempDir(), "ca.pem")
	c := NewClient(settings("", "AWS_CA_BUNDLE", path))
	get := func(url string) error {
		req, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		resp, err := c.Do(req)
		if err != nil {
			return err
		}
		return resp.Body.Close()
	}
	if err := get(plain.URL); err != nil {
		t.Errorf("without TLS the missing bundle does not matter: %v", err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	if err := os.WriteFile(path, block, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := get(secure.URL); err != nil {
		t.Errorf("with the bundle: %v", err)
	}
	for name, text := range map[string]string{"empty": "", "no certificate": "hello"} {
		bad := filepath.Join(t.TempDir(), "bad.pem")
		if err := os.WriteFile(bad, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := NewClient(settings("", "AWS_CA_BUNDLE", bad)).RootCAs(); fault.CodeOf(err) != fault.Config {
			t.Errorf("%s bundle: %v", name, err)
		}
	}
	if _, err := NewClient(settings("", "AWS_CA_BUNDLE", "/nowhere")).RootCAs(); fault.CodeOf(err) != fault.Config {
		t.Errorf("missing bundle: %v", err)
	}
	if roots, err := NewClient(settings("")).RootCAs(); roots != nil || err != nil {
		t.Errorf("no bundle: %v, %v", roots, err)
	}
}

// closingBody is the SDK's request body: it cannot be read after Close.
type closingBody struct {
	r      io.Reader
	closed bool
}

func (b *closingBody) Read(p []byte) (int, error) {
	if b.closed {
		return 0, errors.New("read after close")
	}
	return b.r.Read(p)
}
func (b *closingBody) Close() error { b.closed = true; return nil }

// A server that answers before it has read the request must not lose us its
// answer when the SDK closes the request's body.
func TestTheTransportHasABodyOfItsOwn(t *testing.T) {
	sent := bytes.Repeat([]byte("x"), 1<<20)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("begin "))
		w.(http.Flusher).Flush()
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprintf(w, "%d %v", n, err)
	}))
	defer srv.Close()
	srv.Config.SetKeepAlivesEnabled(true)
	c := NewClient(settings(""))
	body := &closingBody{r: bytes.NewReader(sent)}
	req, err := http.NewRequest(http.MethodPost, srv.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = int64(len(sent))
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	_ = body.Close() // the SDK does so now
	got, err := io.ReadAll(resp.Body)
	if err != nil || !strings.HasPrefix(string(got), "begin ") {
		t.Errorf("answer = %q, %v", got, err)
	}
}

func TestARedirectTakesNoTokenElsewhere(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the other host was called") }))
	defer other.Close()
	srv := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer srv.Close()
	req, err := http.NewRequest(http.MethodGet, srv.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := NewClient(settings("")).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("status = %d", resp.StatusCode)
	}
}

// callSTS makes one call to a server that answers with h.
func callSTS(t *testing.T, ctx context.Context, h http.HandlerFunc) error {
	t.Helper()
	srv := httptest.NewServer(h)
	defer srv.Close()
	s := settings("", "AWS_ENDPOINT_URL", srv.URL, "AWS_MAX_ATTEMPTS", "1")
	cfg := s.Config(NewClient(s), "us-east-1")
	cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "AKIA", SecretAccessKey: "s"}, nil
	})
	_, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	return err
}

func answering(status int, code string, offset time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(offset).UTC().Format(http.TimeFormat))
		w.WriteHeader(status)
		fmt.Fprintf(w, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Code>%s</Code><Message>its words</Message></Error><RequestId>req-1</RequestId></ErrorResponse>`, code)
	}
}

func TestWhatErrorsMean(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string
		offset time.Duration
		want   fault.Code
		says   string
	}{
		{403, "ExpiredToken", 0, fault.CredsRejected, "expired"},
		{400, "ExpiredTokenException", 0, fault.CredsRejected, "expired"},
		{400, "UnrecognizedClientException", 0, fault.CredsRejected, "does not accept the credentials"},
		{403, "InvalidClientTokenId", 0, fault.CredsRejected, "does not accept the credentials"},
		{403, "SignatureDoesNotMatch", 0, fault.CredsRejected, "does not accept the credentials"},
		{403, "SignatureDoesNotMatch", 10 * time.Minute, fault.ClockSkew, "behind"},
		{400, "InvalidSignatureException", -10 * time.Minute, fault.ClockSkew, "ahead"},
		{403, "RequestTimeTooSkewed", time.Hour, fault.ClockSkew, "behind"},
		{403, "AccessDenied", 0, fault.Denied, "does not allow it"},
		{400, "AccessDeniedException", time.Hour, fault.Denied, "does not allow it"},
		{400, "ThrottlingException", 0, fault.Throttled, "slow down"},
		{503, "ServiceUnavailable", 0, fault.Unavailable, "failed on its side"},
		{400, "ValidationError", 0, fault.Statement, "refuses"},
	} {
		f := Fault(callSTS(t, t.Context(), answering(c.status, c.code, c.offset)), "STS", "tell who this is")
		if f.Code != c.want || !strings.Contains(f.Message, c.says) || !strings.HasPrefix(f.Message, "Cannot tell who this is: STS") {
			t.Errorf("%s with %v = %s %q, want %s %q", c.code, c.offset, f.Code, f.Message, c.want, c.says)
		}
		if f.Service == nil || *f.Service != (fault.Service{Name: "STS", Code: c.code, Message: "its words", RequestID: "req-1"}) {
			t.Errorf("%s: service = %+v", c.code, f.Service)
		}
	}
}

func TestWhatSilenceMeans(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	slow := func(_ http.ResponseWriter, r *http.Request) {
		// A server notices that its client has gone only behind the body.
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			<-r.Context().Done()
		}
	}
	drop := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			conn.Close()
		}
	}
	for name, c := range map[string]struct {
		ctx  context.Context
		h    http.HandlerFunc
		want fault.Code
	}{
		"cancelled":  {cancelled, slow, fault.Interrupted},
		"time limit": {late, slow, fault.Timeout},
		"dropped":    {t.Context(), drop, fault.Unavailable},
		"no XML":     {t.Context(), func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502); fmt.Fprint(w, "<html>") }, fault.Unavailable},
	} {
		f := Fault(callSTS(t, c.ctx, c.h), "STS", "ask")
		if f.Code != c.want || strings.Contains(f.Error(), "operation error") {
			t.Errorf("%s = %s: %v, want %s", name, f.Code, f, c.want)
		}
	}
	known := fault.New(fault.SSOExpired, "SSO session expired")
	if got := Fault(fmt.Errorf("sign: %w", known), "Athena", "x"); got != known {
		t.Errorf("a fault on the way became %v", got)
	}
	if Fault(nil, "x", "y") != nil {
		t.Error("no error became a fault")
	}
}
