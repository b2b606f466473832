package signin

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"strings"
	"sync"

	"github.com/fairleadhq/fairlead/internal/sandbox/identity"
)

//go:embed pages.html
var pagesHTML string

// pages are what a person sees. They work without JavaScript, load nothing from
// elsewhere, and take a decision only from a form they themselves showed to the
// same browser.
type pages struct {
	service *Service
	key     []byte // signs the forms
	once    sync.Once
	tmpl    *template.Template
}

// Pages is the mux of the sign-in pages: /start, /device and /authorize.
func (s *Service) Pages() *http.ServeMux {
	p := &s.pages
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", guarded(p.start))
	mux.Handle("GET /start", guarded(p.start))
	mux.Handle("GET /start/{$}", guarded(p.start))
	mux.Handle("GET /device", guarded(p.device))
	mux.Handle("POST /device", guarded(p.deviceDecision))
	mux.Handle("GET /authorize", guarded(p.authorize))
	mux.Handle("POST /authorize", guarded(p.authorize))
	return mux
}

// guarded refuses forms from other origins before anything looks at them.
func guarded(h http.HandlerFunc) http.Handler {
	return http.NewCrossOriginProtection().Handler(h)
}

// view is what a page shows.
type view struct {
	Title    string
	Person   string
	Region   string
	StartURL string
	Nonce    string
	CSRF     string

	Code, Client, Request, Until string
	Entered                      string // what was typed and not found
	Approved                     bool
	Text                         string
	Accounts                     []viewAccount

	cookie string
}

type viewAccount struct {
	identity.Account
	Roles string
}

// cookieName marks a browser, so that a form is taken only from the one it was shown to.
const cookieName = "fairlead_signin"

func (p *pages) view(w http.ResponseWriter, r *http.Request, title string) *view {
	s := p.service
	v := &view{Title: title, Person: s.person.Label, Region: s.region, StartURL: s.StartURL(), Nonce: rand.Text()}
	if c, err := r.Cookie(cookieName); err == nil && len(c.Value) == 26 {
		v.cookie = c.Value
	} else {
		v.cookie = rand.Text()
		http.SetCookie(w, &http.Cookie{Name: cookieName, Value: v.cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	}
	for _, a := range s.store.Accounts(s.person.Name) {
		var roles []string
		for _, g := range s.store.Assignments(s.person.Name, a.ID) {
			roles = append(roles, g.RoleName)
		}
		v.Accounts = append(v.Accounts, viewAccount{a, strings.Join(roles, ", ")})
	}
	return v
}

// csrf binds a form to the browser and to what it decides.
func (p *pages) csrf(cookie, subject string) string {
	h := hmac.New(sha256.New, p.key)
	h.Write([]byte(cookie + "\x00" + subject))
	return hex.EncodeToString(h.Sum(nil))
}

func (p *pages) sameVisitor(r *http.Request, subject string) bool {
	c, err := r.Cookie(cookieName)
	return err == nil && hmac.Equal([]byte(p.csrf(c.Value, subject)), []byte(r.PostFormValue("csrf")))
}

// start is the page behind sso_start_url: who could sign in, to what, and a
// place to type a code.
func (p *pages) start(w http.ResponseWriter, r *http.Request) {
	p.render(w, http.StatusOK, "start", p.view(w, r, "Sandbox sign-in"))
}

// device shows the code that a program displays, and asks.
func (p *pages) device(w http.ResponseWriter, r *http.Request) {
	typed := r.URL.Query().Get("user_code")
	if bareCode(typed) == "" {
		p.render(w, http.StatusOK, "enter", p.view(w, r, "Enter your code"))
		return
	}
	p.service.mu.Lock()
	d := p.service.deviceByUserCode(typed)
	var shown device
	var client string
	if d != nil {
		shown, client = *d, d.client.name
	}
	p.service.mu.Unlock()
	switch {
	case d == nil:
		v := p.view(w, r, "That code is not known")
		v.Entered = typed
		p.render(w, http.StatusNotFound, "enter", v)
	case shown.decision != undecided:
		v := p.view(w, r, "Already decided")
		v.Approved = shown.decision == approved
		p.render(w, http.StatusOK, "done", v)
	default:
		v := p.view(w, r, "Allow access?")
		v.Code, v.Client = shown.userCode, client
		v.Until = shown.expires.Local().Format("15:04")
		v.CSRF = p.csrf(v.cookie, shown.userCode)
		p.render(w, http.StatusOK, "confirm", v)
	}
}

func (p *pages) deviceDecision(w http.ResponseWriter, r *http.Request) {
	userCode := r.PostFormValue("user_code")
	if !p.sameVisitor(r, userCode) {
		p.strayForm(w, r)
		return
	}
	approve := r.PostFormValue("decision") == "approve"
	if err := p.service.Decide(userCode, approve); err != nil {
		p.problem(w, r, http.StatusGone, "This request has ended", "It was decided already, or it waited too long. Start the sign-in again from your program.")
		return
	}
	v := p.view(w, r, "Denied")
	if v.Approved = approve; approve {
		v.Title = "Approved"
	}
	p.render(w, http.StatusOK, "done", v)
}

func (p *pages) strayForm(w http.ResponseWriter, r *http.Request) {
	p.problem(w, r, http.StatusForbidden, "This form was not shown by this page",
		"Nothing was decided. Open the link from your program again and decide there; cookies must be allowed for this address.")
}

func (p *pages) problem(w http.ResponseWriter, r *http.Request, status int, title, text string) {
	v := p.view(w, r, title)
	v.Text = text
	p.render(w, status, "problem", v)
}

func (p *pages) render(w http.ResponseWriter, status int, name string, v *view) {
	// Parsed on first use: most sandboxes never show a page.
	p.once.Do(func() { p.tmpl = template.Must(template.New("pages").Parse(pagesHTML)) })
	var b bytes.Buffer
	if err := p.tmpl.ExecuteTemplate(&b, name, v); err != nil {
		http.Error(w, "The page could not be drawn: "+err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	// The decision on /authorize redirects to the program's own loopback
	// address, which form-action governs too.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+v.Nonce+"'; "+
		"form-action 'self' http://127.0.0.1:* http://localhost:* http://[::1]:*; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a browser that went away is not our concern
}
