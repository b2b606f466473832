package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
	"github.com/fairleadhq/fairlead/internal/sandbox/front"
	"github.com/fairleadhq/fairlead/internal/sandbox/identity"
	"github.com/fairleadhq/fairlead/internal/sandbox/signin"
)

// ErrNoEngine is what Start returns in a build without cgo.
var ErrNoEngine = duck.ErrUnavailable

// ErrNotLoopback is what Start returns for an address that others could reach.
var ErrNotLoopback = errors.New("the sandbox serves on loopback only; use 127.0.0.1, ::1 or localhost")

// ErrAddrInUse is what Start returns when another program has the port.
var ErrAddrInUse = errors.New("the port is in use by another program; choose another, or 0 for a free one")

// DefaultRegion is the region of a sandbox that was not given one.
const DefaultRegion = "us-east-1"

// Server is a running sandbox.
type Server struct {
	opts     Options
	clock    *identity.Clock
	store    *identity.Store
	signin   *signin.Service
	faults   *front.Faults
	counters *front.Counters
	cast     cast
	ready    Ready

	http     *http.Server
	listener net.Listener
	postgres net.Listener
	services *services
	home     *awsHome
	work     string // temporary folder, removed at Close
	cancel   context.CancelFunc
	running  sync.WaitGroup

	closing  sync.Once
	closeErr error
}

// Start starts a sandbox and returns once it answers. ctx bounds the start
// only; end the sandbox with Close.
func Start(ctx context.Context, o Options) (*Server, error) {
	if !duck.Available {
		return nil, fmt.Errorf("the sandbox cannot start: %w", ErrNoEngine)
	}
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("the sandbox cannot start: %w", err)
	}
	if o.Region == "" {
		o.Region = DefaultRegion
	}
	s := &Server{opts: o, clock: identity.NewClock(nil), faults: &front.Faults{}, counters: &front.Counters{}}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) error {
	var err error
	if s.listener, err = listen(s.opts.Addr); err != nil {
		return err
	}
	if s.postgres, err = listen(s.opts.PostgresAddr); err != nil {
		return err
	}
	if s.work, err = os.MkdirTemp("", "fairlead-sandbox-"); err != nil {
		return fmt.Errorf("the sandbox needs a temporary folder: %w", err)
	}
	s.store = identity.NewStore(s.clock)
	if s.cast, err = populate(s.store); err != nil {
		return err
	}
	endpoint := "http://" + s.listener.Addr().String()
	s.signin = signin.New(signin.Options{
		Store: s.store, Person: s.cast.person, Region: s.opts.Region,
		TokenLifetime: s.opts.TokenLifetime, CredentialLifetime: s.opts.CredentialLifetime,
		AutoApprove: s.opts.AutoApprove,
	})
	s.signin.SetEndpoint(endpoint)
	h := newHome(s, endpoint)
	s.home = h
	if err := h.prepare(); err != nil {
		return err
	}
	authority, err := newAuthority(s.clock.Now())
	if err != nil {
		return err
	}
	if err := h.writeCA(authority.certificate); err != nil {
		return err
	}
	if s.services, err = openServices(ctx, s, authority.server); err != nil {
		return err
	}
	if err := h.write(); err != nil {
		return err
	}
	s.ready = h.ready()
	s.serve()
	return nil
}

// Limits of the HTTP side.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10
	closeTimeout  = 5 * time.Second
)

func (s *Server) serve() {
	admin, at := newAdmin(s)
	s.ready.Admin = s.ready.Endpoint + at
	f := front.New(front.Options{
		Store: s.store, Region: s.opts.Region,
		JSON:    s.services.json,
		Query:   s.services.query,
		S3:      s.services.s3,
		SSO:     s.signin,
		Pages:   s.signin.Pages(),
		Admin:   admin,
		AdminAt: at,
		Faults:  s.faults, Counters: s.counters, Log: s.opts.Log,
	})
	base, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.http = &http.Server{
		Handler:           f,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          log.New(io.Discard, "", 0), // calls have their own log
	}
	s.running.Go(func() { _ = s.http.Serve(s.listener) }) // returns when Close shuts it down
	s.running.Go(func() { _ = s.services.redshift.Serve(s.postgres) })
}

// Handler is the sandbox's HTTP side, for tests that call it without a socket,
// as those with a clock of their own must.
func (s *Server) Handler() http.Handler { return s.http.Handler }

// Ready tells how to reach the sandbox.
func (s *Server) Ready() Ready { return s.ready }

// Close ends the sandbox: it lets calls that are being answered finish for a
// few seconds, ends all sessions, and removes what it wrote to temporary
// folders. It may be called more than once.
func (s *Server) Close() error {
	s.closing.Do(func() { s.closeErr = s.close() })
	return s.closeErr
}

func (s *Server) close() error {
	var errs []error
	if s.http != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		s.http.SetKeepAlivesEnabled(false)
		if err := s.http.Shutdown(ctx); err != nil {
			s.cancel()
			errs = append(errs, s.http.Close())
		}
		s.cancel()
	}
	if s.services != nil {
		errs = append(errs, s.services.close())
	}
	for _, l := range []net.Listener{s.listener, s.postgres} {
		if l != nil {
			_ = l.Close() // closed already when its server ran
		}
	}
	s.running.Wait()
	if s.work != "" {
		errs = append(errs, os.RemoveAll(s.work))
	}
	return errors.Join(errs...)
}

// listen opens a loopback address; "" is any free port on 127.0.0.1.
func listen(addr string) (net.Listener, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("address %q is not HOST:PORT: %w", addr, err)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	ip := net.ParseIP(host)
	if ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("address %s: %w", addr, ErrNotLoopback)
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("address %s: %w", addr, ErrAddrInUse)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot serve on %s: %w", addr, err)
	}
	return l, nil
}

// dir makes a folder in the sandbox's temporary one.
func (s *Server) dir(name string) (string, error) {
	path := filepath.Join(s.work, name)
	return path, os.MkdirAll(path, 0o700)
}
