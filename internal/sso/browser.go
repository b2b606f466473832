package sso

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/peer"
)

const (
	callbackPath = "/oauth/callback"
	// redirectURI is registered without a port; RFC 8252, section 7.3, lets the
	// port differ at the time of the request.
	redirectURI = "http://127.0.0.1" + callbackPath
	// verifierLength and the alphabet are those of the CLI; RFC 7636 allows 43 to 128.
	verifierLength = 64
	verifierRunes  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
)

// otherUser is what a browser of another user of the machine is answered.
const otherUser = "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" +
	"This log in was begun by another user of this machine. Finish it in that user's browser, or log in with --method device.\n"

// browserLogin opens the sign-in page in a browser and takes the code that the
// page sends to a port of this machine (authorization code with PKCE).
func (m *Manager) browserLogin(ctx context.Context, s Session, o LoginOptions, w *wait) (token, error) {
	if o.Prompts.OpenBrowser == nil {
		return token{}, &noBrowserError{fault.Newf(fault.LoginFailed, "There is no browser for SSO login of profile %q", s.label()).
			WithRemedyf("run: %s --method device", loginCommand(s))}
	}
	// The port is bound before anything is opened: the answer cannot come too early.
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(o.Port)))
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) { // the message names the address already
			err = op.Err
		}
		return token{}, &noBrowserError{fault.Wrapf(err, fault.LoginFailed, "Cannot listen for the browser's answer on 127.0.0.1:%d", o.Port).
			WithRemedyf("choose another port, or run: %s --method device", loginCommand(s))}
	}
	back := newCallback(peer.Own(listener, m.env, otherUser))
	defer back.close()

	r, err := m.registration(ctx, s, redirectURI)
	if err != nil {
		return token{}, err
	}
	verifier := newVerifier()
	page, err := m.authorizeURL(ctx, s, r, back, verifier)
	if err != nil {
		return token{}, err
	}
	w.seen = "the browser was opened and nobody finished signing in"
	if err := o.Prompts.OpenBrowser(ctx, page); err != nil {
		return token{}, &noBrowserError{fault.Wrapf(err, fault.LoginFailed, "The browser for SSO login of profile %q could not be opened", s.label()).
			WithRemedyf("run: %s --method device", loginCommand(s))}
	}
	if o.Prompts.ShowPage != nil {
		o.Prompts.ShowPage(ctx, page)
	}
	if t, err := w.until(ctx, time.Time{}, back.done); err != nil {
		if context.Cause(ctx) == errTimeOver {
			if f := m.misplaced(ctx, s); f != nil {
				return t, f
			}
		}
		return t, err
	}
	if back.refused != "" {
		return token{}, fault.Newf(fault.LoginDenied, "The SSO log in was refused in the browser (profile %q)", s.label()).
			WithService(fault.Service{Name: oidc, Code: back.refused, Message: back.reason}).
			WithRemedyf("try again: %s", loginCommand(s))
	}
	out, err := m.oidc(s).CreateToken(ctx, &ssooidc.CreateTokenInput{
		GrantType: aws.String(grantCode), ClientId: &r.clientID, ClientSecret: aws.String(r.clientSecret.Reveal()),
		Code: &back.code, CodeVerifier: &verifier, RedirectUri: aws.String(back.uri()),
	})
	if err != nil {
		return token{}, err
	}
	return r.token(s, out)
}

// authorizeURL is the page to open.
func (m *Manager) authorizeURL(ctx context.Context, s Session, r registration, back *callback, verifier string) (string, error) {
	base, err := m.oidcBase(ctx, s)
	if err != nil {
		return "", err
	}
	challenge := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"response_type": {"code"}, "client_id": {r.clientID}, "redirect_uri": {back.uri()}, "state": {back.state},
		"code_challenge_method": {"S256"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])},
		"scopes": {strings.Join(s.scopes(), " ")},
	}
	return strings.TrimSuffix(base, "/") + "/authorize?" + q.Encode(), nil
}

// oidcBase is the endpoint that a client for the session would call, by the
// same rules: configured endpoints, partition, FIPS, dual-stack.
func (m *Manager) oidcBase(ctx context.Context, s Session) (string, error) {
	o := m.oidc(s).Options()
	params := ssooidc.EndpointParameters{
		Region:       aws.String(s.Region),
		UseDualStack: aws.Bool(o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
		UseFIPS:      aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		Endpoint:     o.BaseEndpoint,
	}
	endpoint, err := ssooidc.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, params)
	if err != nil {
		return "", fault.Wrapf(err, fault.Config, "There is no IAM Identity Center endpoint for region %q of profile %q", s.Region, s.label())
	}
	return endpoint.URI.String(), nil
}

func newVerifier() string {
	b := make([]byte, verifierLength)
	// 256 is no multiple of 66: the bytes above the last multiple are drawn
	// again, so that every letter is equally likely.
	for i := 0; i < len(b); {
		var one [1]byte
		_, _ = rand.Read(one[:]) // never fails, see crypto/rand
		if int(one[0]) < 256/len(verifierRunes)*len(verifierRunes) {
			b[i] = verifierRunes[int(one[0])%len(verifierRunes)]
			i++
		}
	}
	return string(b)
}

// callback is the local server that takes the browser's answer. It answers
// and ignores whatever is not meant for it: another Host, path or state.
type callback struct {
	listener net.Listener
	server   *http.Server
	state    string
	served   sync.WaitGroup

	once    sync.Once
	done    chan struct{}
	code    string // set before done is closed, like the next two
	refused string
	reason  string
}

func newCallback(listener net.Listener) *callback {
	c := &callback{listener: listener, state: rand.Text(), done: make(chan struct{})}
	c.server = &http.Server{Handler: c, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10}
	c.served.Go(func() { _ = c.server.Serve(listener) })
	return c
}

func (c *callback) uri() string {
	return fmt.Sprintf("http://%s%s", c.listener.Addr(), callbackPath)
}

// close lets the answer that is being written end, and stops the server.
func (c *callback) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := c.server.Shutdown(ctx); errors.Is(err, context.DeadlineExceeded) {
		_ = c.server.Close()
	}
	c.served.Wait()
}

// ServeHTTP answers the browser.
func (c *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Connection", "close")
	q := r.URL.Query()
	switch {
	case r.Host != c.listener.Addr().String() || r.URL.Path != callbackPath || r.Method != http.MethodGet:
		http.NotFound(w, r)
		return
	case subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(c.state)) != 1:
		w.WriteHeader(http.StatusBadRequest)
		page(w, "This is not the sign-in that is being waited for", "The answer was ignored. Go back to the page that Fairlead opened.")
		return
	case q.Get("error") == "" && q.Get("code") == "":
		w.WriteHeader(http.StatusBadRequest)
		page(w, "The answer holds no code", "Try to sign in again.")
		return
	}
	if q.Get("error") != "" {
		page(w, "The sign-in was refused", "You can close this window and go back to Fairlead.")
	} else {
		page(w, "Signed in", "You can close this window and go back to Fairlead.")
	}
	c.once.Do(func() {
		c.code, c.refused, c.reason = q.Get("code"), q.Get("error"), q.Get("error_description")
		close(c.done)
	})
}

func page(w io.Writer, title, text string) {
	fmt.Fprintf(w, `<!doctype html><html lang="en"><meta charset="utf-8"><title>%[1]s</title>`+
		`<style>body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem}</style>`+
		`<h1>%[1]s</h1><p>%[2]s</p></html>`, title, text)
}
