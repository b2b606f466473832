package signin

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// request is an authorization request that awaits a decision on the page.
type request struct {
	id          string
	client      *client
	redirectURI string
	state       string
	challenge   string
	expires     time.Time
}

// code is an authorization code that was given out.
type code struct {
	client                 *client
	redirectURI, challenge string
	expires                time.Time
}

// startAuthorize reads an authorization request. A problem with client or
// redirect is shown on the page, since the redirect cannot be trusted then; any
// other goes back to the client as OAuth says.
// https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
func (s *Service) startAuthorize(q url.Values) (r *request, redirect, problem string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.clients[q.Get("client_id")]
	if !ok || !s.now().Before(c.expires) {
		return nil, "", "The program that sent you here is not registered, or its registration has expired."
	}
	target := q.Get("redirect_uri")
	if !slices.ContainsFunc(c.redirects, func(registered string) bool { return sameRedirect(registered, target) }) {
		return nil, "", "The program that sent you here wants the answer at an address it did not register."
	}
	r = &request{client: c, redirectURI: target, state: q.Get("state")}
	switch {
	case !c.may(grantCode):
		return nil, r.answer("error", "unauthorized_client"), ""
	case q.Get("response_type") != "code":
		return nil, r.answer("error", "unsupported_response_type"), ""
	case q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43:
		// 43 characters are a SHA-256 in unpadded base64url.
		return nil, r.answer("error", "invalid_request", "error_description", "PKCE with S256 is required"), ""
	case r.state == "":
		return nil, r.answer("error", "invalid_request", "error_description", "state is required"), ""
	}
	r.challenge = q.Get("code_challenge")
	r.expires = s.now().Add(authCodeLifetime)
	s.forgetExpired()
	if s.autoApprove {
		return nil, s.grant(r), ""
	}
	r.id = rand.Text()
	s.requests[r.id] = r
	return r, "", ""
}

// decideAuthorize ends a waiting request and says where to send the browser.
func (s *Service) decideAuthorize(id string, approve bool) (redirect string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.requests[id]
	if !ok || !s.now().Before(r.expires) {
		return "", false
	}
	delete(s.requests, id)
	if !approve {
		return r.answer("error", "access_denied", "error_description", "The user refused the request"), true
	}
	return s.grant(r), true
}

func (s *Service) grant(r *request) string {
	value := rand.Text() + rand.Text()
	s.codes[value] = &code{
		client: r.client, redirectURI: r.redirectURI, challenge: r.challenge,
		expires: s.now().Add(authCodeLifetime),
	}
	return r.answer("code", value)
}

// answer is the redirect URI with the answer and the state attached.
func (r *request) answer(pairs ...string) string {
	u, err := url.Parse(r.redirectURI)
	if err != nil {
		return "/"
	}
	q := u.Query()
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	if r.state != "" {
		q.Set("state", r.state)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// sameRedirect compares redirect URIs without the port, which a program cannot
// know beforehand. https://www.rfc-editor.org/rfc/rfc8252#section-7.3
func sameRedirect(registered, given string) bool {
	a, errA := url.Parse(registered)
	b, errB := url.Parse(given)
	if errA != nil || errB != nil {
		return false
	}
	path := func(u *url.URL) string {
		if u.Path == "" {
			return "/"
		}
		return u.Path
	}
	return b.Scheme == "http" && isLoopback(b.Hostname()) && b.User == nil && b.Fragment == "" &&
		a.Hostname() == b.Hostname() && path(a) == path(b)
}

// authorize serves GET and POST /authorize.
func (p *pages) authorize(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		p.authorizeDecision(w, r)
		return
	}
	waiting, redirect, problem := p.service.startAuthorize(r.URL.Query())
	switch {
	case problem != "":
		p.problem(w, r, http.StatusBadRequest, "This sign-in cannot go on", problem)
	case redirect != "":
		http.Redirect(w, r, redirect, http.StatusFound)
	default:
		v := p.view(w, r, "Allow access?")
		v.Client = waiting.client.name
		v.Request = waiting.id
		v.Until = waiting.expires.Local().Format("15:04")
		v.CSRF = p.csrf(v.cookie, waiting.id)
		p.render(w, http.StatusOK, "authorize", v)
	}
}

func (p *pages) authorizeDecision(w http.ResponseWriter, r *http.Request) {
	id := r.PostFormValue("request")
	if !p.sameVisitor(r, id) {
		p.strayForm(w, r)
		return
	}
	redirect, ok := p.service.decideAuthorize(id, r.PostFormValue("decision") == "approve")
	if !ok {
		p.problem(w, r, http.StatusGone, "This request has ended", "It was decided already, or it waited too long. Start the sign-in again from your program.")
		return
	}
	http.Redirect(w, r, redirect, http.StatusSeeOther)
}
