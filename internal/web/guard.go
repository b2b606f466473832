package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// keyHeader carries the key that POST /api/session gave. A page of another
// origin cannot set it without a preflight, which is never granted, and cannot
// read it: it is kept in the page's localStorage, which is one origin's, port
// included. The cookie is not: browsers send it to every port of the host.
const keyHeader = "X-Fairlead"

const cookieName = "fairlead"

// mostSessions bounds what a token's holder can make the server remember.
const mostSessions = 64

// sessions are the browsers that showed the token. They end with the process.
type sessions struct {
	mu   sync.Mutex
	open []browserSession
}

type browserSession struct{ cookie, key [sha256.Size]byte }

// admit makes a new session: the cookie's and the key's values. The oldest
// gives way when there are too many.
func (s *sessions) admit() (cookie, key string) {
	cookie, key = random(), random()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.open) == mostSessions {
		s.open = s.open[1:]
	}
	s.open = append(s.open, browserSession{sha256.Sum256([]byte(cookie)), sha256.Sum256([]byte(key))})
	return cookie, key
}

// knows reports whether cookie and key belong to one session.
func (s *sessions) knows(cookie, key string) bool {
	c, k := sha256.Sum256([]byte(cookie)), sha256.Sum256([]byte(key))
	s.mu.Lock()
	defer s.mu.Unlock()
	found := 0
	for _, open := range s.open {
		found |= subtle.ConstantTimeCompare(open.cookie[:], c[:]) & subtle.ConstantTimeCompare(open.key[:], k[:])
	}
	return found == 1
}

// knowsCookie reports whether the cookie belongs to a session.
func (s *sessions) knowsCookie(cookie string) bool {
	c := sha256.Sum256([]byte(cookie))
	s.mu.Lock()
	defer s.mu.Unlock()
	found := 0
	for _, open := range s.open {
		found |= subtle.ConstantTimeCompare(open.cookie[:], c[:])
	}
	return found == 1
}

// tickets let the browser's own download follow a link once.
type tickets struct {
	mu   sync.Mutex
	open map[string]ticket
}

type ticket struct {
	path string // with its query
	ends time.Time
}

const (
	ticketLife  = time.Minute
	inviteLife  = 2 * time.Minute // a browser may have to start first
	mostTickets = 256
	invitation  = "/api/session" // the path of a ticket that stands for the token
)

func (t *tickets) issue(path string, life time.Duration) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	for id, old := range t.open {
		if now.After(old.ends) || len(t.open) >= mostTickets {
			delete(t.open, id)
		}
	}
	if t.open == nil {
		t.open = map[string]ticket{}
	}
	id := random()
	t.open[id] = ticket{path, now.Add(life)}
	return id
}

// redeem takes the ticket when it is for that path.
func (t *tickets) redeem(id, path string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	got, ok := t.open[id]
	delete(t.open, id)
	return ok && got.path == path && time.Now().Before(got.ends)
}

// guard wraps everything: who asks by which name (DNS rebinding), from which
// page (cross-site requests), and with what invitation.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), usb=()")
		header.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, timed(w, r, s.options.patience.body), mostBody)
		if !s.ownHost(r.Host) {
			refuse(w, http.StatusMisdirectedRequest, "This server answers only to its own name")
			return
		}
		if !s.ownOrigin(r) {
			refuse(w, http.StatusForbidden, "Another site asked for this")
			return
		}
		if !strings.HasPrefix(r.URL.Path, "/api/") {
			next.ServeHTTP(w, r)
			return
		}
		if r.URL.Path != "/api/session" && !s.invited(r) {
			refuse(w, http.StatusUnauthorized, "Open the page with the link that fairlead ui printed")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// timedBody bounds how long a request's body may take, which none of ours does
// for long, also when nobody reads it, and gives the connection its time back once the body has been read: a
// deadline left standing would end a long answer.
type timedBody struct {
	io.ReadCloser
	out *http.ResponseController
}

func timed(w http.ResponseWriter, r *http.Request, most time.Duration) io.ReadCloser {
	if r.ContentLength == 0 {
		return r.Body
	}
	out := http.NewResponseController(w)
	if out.SetReadDeadline(time.Now().Add(most)) != nil {
		return r.Body // a recorder of a test has no connection
	}
	return &timedBody{r.Body, out}
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		_ = b.out.SetReadDeadline(time.Time{})
	}
	return n, err
}

func refuse(w http.ResponseWriter, status int, message string) {
	writeFault(w, status, fault.New(fault.Denied, message))
}

// ownHost compares with the address we listen on, so that a foreign name that
// leads to loopback is refused.
func (s *Server) ownHost(host string) bool {
	_, port, _ := strings.Cut(s.host, ":")
	return host == s.host || host == "localhost:"+port
}

// ownOrigin refuses what another page sent. A browser tells where a request
// comes from by Sec-Fetch-Site and, for all but plain navigation, by Origin.
func (s *Server) ownOrigin(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" && origin != "http://"+r.Host {
		return false
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin":
		return true
	case "none": // typed, or opened by another program
		return r.Method == http.MethodGet
	}
	// A link on another page may lead to ours, and to nothing below it.
	return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && !strings.HasPrefix(r.URL.Path, "/api/")
}

// invited checks the cookie and the key, or the cookie and a ticket.
func (s *Server) invited(r *http.Request) bool {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return false
	}
	if key := r.Header.Get(keyHeader); key != "" {
		return s.sessions.knows(cookie.Value, key)
	}
	query := r.URL.Query()
	id := query.Get("ticket")
	if id == "" || r.Method != http.MethodGet || !s.sessions.knowsCookie(cookie.Value) {
		return false
	}
	query.Del("ticket")
	return s.tickets.redeem(id, r.URL.Path+"?"+query.Encode())
}

// postSession exchanges the token for a cookie and a key.
func (s *Server) postSession(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Token string `json:"token"`
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	given, wanted := sha256.Sum256([]byte(in.Token)), sha256.Sum256([]byte(s.token.Reveal()))
	if subtle.ConstantTimeCompare(given[:], wanted[:]) != 1 && !s.tickets.redeem(in.Token, invitation) {
		refuse(w, http.StatusUnauthorized, "The link is of another start of fairlead ui")
		return nil
	}
	cookie, key := s.sessions.admit()
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: cookie, Path: "/api/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	return writeJSON(w, map[string]string{"key": key})
}

// postTicket lets one download go on without the header.
func (s *Server) postTicket(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Path string `json:"path"`
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	path, rawQuery, _ := strings.Cut(in.Path, "?")
	if !strings.HasPrefix(path, "/api/runs/") || !strings.HasSuffix(path, "/download") {
		return fault.New(fault.Usage, "A ticket is for a download only")
	}
	canonical, err := canonicalQuery(rawQuery)
	if err != nil {
		return err
	}
	id := s.tickets.issue(path+"?"+canonical, ticketLife)
	return writeJSON(w, map[string]string{"url": path + "?" + canonical + "&ticket=" + id})
}
