// Package web serves Fairlead's page on loopback: the built page itself and the
// HTTP interface it works with. It is a room like the command line: everything
// it does goes through app, and every guard is app's.
//
// It trusts nobody it did not invite. A random token in the address's fragment,
// which no server ever sees, is exchanged for a cookie and a key; every call
// carries both, and Host and Origin are checked before anything else.
//
//	person := web.NewPerson()
//	a := app.New(app.Options{Env: os.Getenv, Specs: all.Specs(), Prompts: person.Prompts()})
//	srv, err := web.Listen(a, web.Options{Addr: "127.0.0.1:0", Person: person, Page: page})
//	if err != nil { return err }
//	fmt.Println(srv.URL())
//	err = srv.Serve(ctx)
package web

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/peer"
	"github.com/fairleadhq/fairlead/internal/secret"
)

// Options say how to serve.
type Options struct {
	// Addr is where to listen, a loopback address; port 0 takes a free one.
	Addr string
	// Person answers the app's questions; the same that the app was made with.
	Person *Person
	// Page holds the built page with its index.html at the top.
	Page fs.FS
	// OpenBrowser opens the sign-in page of a log in; nil where no browser of
	// this machine would be seen.
	OpenBrowser func(ctx context.Context, url string) error
	// Version is told to the page.
	Version string
	// Demo tells the page that a sandbox plays AWS.
	Demo bool

	patience patience // zero for what is usual
}

// Limits of the server. Headers and bodies are small; only downloads and the
// event stream last.
const (
	mostHeader = 32 << 10
	mostBody   = 8 << 20 // a workspace of many tabs is the largest
)

// patience is how long a connection may take for a request's header and for its
// body, and how long it may wait for the next request.
type patience struct{ header, body, idle time.Duration }

var usual = patience{header: 5 * time.Second, body: 20 * time.Second, idle: 2 * time.Minute}

// Server is the page of one process.
type Server struct {
	app      *app.App
	options  Options
	listener net.Listener
	host     string // host:port it answers to
	token    secret.String
	boot     string // another one after each start
	events   *hub
	person   *Person
	runs     *runs
	pool     *pool
	setups   *setups
	tickets  tickets
	sessions sessions
	doc      workspace
	trees    trees
	live     liveFolder

	background sync.WaitGroup
	ctx        context.Context // ends with Serve; what outlives a request hangs on it
	end        context.CancelFunc
}

// Listen takes the address. Nothing is answered before Serve. An address that
// is not loopback is refused.
func Listen(a *app.App, o Options) (*Server, error) {
	host, _, err := net.SplitHostPort(o.Addr)
	if err != nil {
		return nil, fault.Wrapf(err, fault.Usage, "Cannot listen on %q", o.Addr)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fault.Newf(fault.Usage, "The page is served on loopback only, not on %q", host).WithRemedy("use 127.0.0.1")
	}
	listener, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return nil, fault.Wrapf(err, fault.Config, "Cannot listen on %s", o.Addr).
			WithRemedy("end what listens there, or take a free port: --port 0")
	}
	listener = peer.Own(listener, a.Env, otherUser)
	if o.patience == (patience{}) {
		o.patience = usual
	}
	s := &Server{
		app: a, options: o, listener: listener, host: listener.Addr().String(),
		token: secret.New(random()), boot: random(),
		events: newHub(), person: o.Person,
	}
	s.ctx, s.end = context.WithCancel(context.Background())
	s.pool = newPool(a, func() { s.events.send("connections", "", map[string]any{}) })
	s.runs = newRuns(s)
	s.setups = newSetups(s)
	o.Person.tell = func(c codeDoc) { s.events.send("mfa", c.ID, map[string]any{"question": c}) }
	o.Person.logins.attach(s.ctx, a, o.OpenBrowser, func(l loginDoc) {
		s.events.send("login", l.ID, map[string]any{"login": l})
		s.runs.loginChanged()
		if l.State == loginDone {
			s.tellSessions()
		}
	})
	return s, nil
}

// otherUser is what another user of the machine is answered.
const otherUser = "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" +
	"This page answers only to the user of this machine who started it.\n"

// URL is the address to open. Its fragment holds the token, so it must be shown
// to nobody but the person at this machine.
func (s *Server) URL() string { return s.Origin() + "/#token=" + s.token.Reveal() }

// OnceURL is an address that opens the page once, and within two minutes. It is
// for a browser that is started with it: others can see a program's arguments.
func (s *Server) OnceURL() string {
	return s.Origin() + "/#token=" + s.tickets.issue(invitation, inviteLife)
}

// Origin is the address without the token.
func (s *Server) Origin() string { return "http://" + s.host }

// Serve answers until ctx ends, then stops what still runs and waits for it.
func (s *Server) Serve(ctx context.Context) error {
	srv := &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: s.options.patience.header,
		IdleTimeout:       s.options.patience.idle,
		MaxHeaderBytes:    mostHeader,
		BaseContext:       func(net.Listener) context.Context { return s.ctx },
	}
	s.background.Go(func() { s.watch(s.ctx) })
	stop := context.AfterFunc(ctx, func() {
		s.end() // ends the event streams and the downloads, so that Shutdown does not wait for them
		grace, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		_ = srv.Shutdown(grace)
	})
	defer stop()
	err := srv.Serve(s.listener)
	s.end()
	_ = srv.Close()
	s.runs.close()
	s.background.Wait()
	s.pool.close()
	s.live.release()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// random returns 256 random bits as text.
func random() string {
	var b [32]byte
	rand.Read(b[:]) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b[:])
}
