package pgwire

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"net"
	"sync"
)

// Options make a Server.
type Options struct {
	Backend Backend
	TLS     *tls.Config // nil refuses SSLRequest, as a server without a certificate does
	// CancelMessage words the error of a cancelled statement; nil is PostgreSQL's.
	CancelMessage func(pid uint32) string
}

// Server accepts clients until Close.
type Server struct {
	opts Options

	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu        sync.Mutex
	closed    bool
	nextPID   uint32
	listeners map[net.Listener]struct{}
	conns     map[net.Conn]struct{}
	sessions  map[uint32]*client
}

// New makes a Server. Close it when done, even if it never served.
func New(o Options) *Server {
	if o.CancelMessage == nil {
		o.CancelMessage = func(uint32) string { return "canceling statement due to user request" }
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Server{
		opts: o, ctx: ctx, cancel: cancel,
		// Redshift's process ids look like this; starting at a fixed number keeps logs readable.
		nextPID:   1073741824,
		listeners: map[net.Listener]struct{}{},
		conns:     map[net.Conn]struct{}{},
		sessions:  map[uint32]*client{},
	}
}

// Serve accepts clients on ln until Close, and then returns nil. After Close it
// closes ln at once.
func (s *Server) Serve(ln net.Listener) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ln.Close()
	}
	s.listeners[ln] = struct{}{}
	s.mu.Unlock()
	for {
		nc, err := ln.Accept()
		if err != nil {
			s.mu.Lock()
			closed := s.closed
			delete(s.listeners, ln)
			s.mu.Unlock()
			if closed {
				return nil
			}
			return err
		}
		if !s.track(nc) {
			_ = nc.Close()
			continue
		}
		go func() {
			defer s.wg.Done()
			defer s.untrack(nc)
			s.handle(nc)
		}()
	}
}

func (s *Server) track(nc net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.conns[nc] = struct{}{}
	s.wg.Add(1)
	return true
}

func (s *Server) untrack(nc net.Conn) {
	s.mu.Lock()
	delete(s.conns, nc)
	s.mu.Unlock()
	_ = nc.Close()
}

// Close stops listening, ends every session and waits for their goroutines.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	var err error
	for ln := range s.listeners {
		err = errors.Join(err, ln.Close())
	}
	for nc := range s.conns {
		_ = nc.Close() // the client may have gone already
	}
	s.mu.Unlock()
	s.cancel()
	s.wg.Wait()
	return err
}

// Cancel stops the statement that session pid runs, and tells whether there is
// such a session.
func (s *Server) Cancel(pid uint32) bool {
	c := s.session(pid)
	if c == nil {
		return false
	}
	c.cancelStatement(errCancelled)
	return true
}

// Terminate ends session pid, and tells whether there is one.
func (s *Server) Terminate(pid uint32) bool {
	c := s.session(pid)
	if c == nil {
		return false
	}
	c.cancelStatement(errTerminated)
	_ = c.nc.Close()
	return true
}

func (s *Server) session(pid uint32) *client {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[pid]
}

// enter gives c its process id and secret and makes it known to cancel requests.
func (s *Server) enter(c *client) {
	c.secret = make([]byte, 4)
	_, _ = rand.Read(c.secret) // never fails: crypto/rand ends the process instead
	s.mu.Lock()
	defer s.mu.Unlock()
	c.pid = s.nextPID
	s.nextPID++
	s.sessions[c.pid] = c
}

func (s *Server) leave(c *client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, c.pid)
}

// cancelRequest serves a CancelRequest; a wrong secret is ignored in silence,
// as the protocol asks.
func (s *Server) cancelRequest(pid uint32, secret []byte) {
	c := s.session(pid)
	if c != nil && subtle.ConstantTimeCompare(c.secret, secret) == 1 {
		c.cancelStatement(errCancelled)
	}
}

func newSalt() [4]byte {
	var b [4]byte
	_, _ = rand.Read(b[:])
	if binary.BigEndian.Uint32(b[:]) == 0 {
		b[0] = 1 // some old clients take a zero salt for none
	}
	return b
}
