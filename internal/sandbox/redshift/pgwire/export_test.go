package pgwire

import "net"

// MD5Answer is what a client that knows the password sends.
var MD5Answer = md5Answer

// ServeSession serves a client that is logged in already.
func ServeSession(nc net.Conn, s Session) {
	srv := New(Options{})
	c := &client{srv: srv, nc: nc, raw: nc, session: s}
	c.reset(nc)
	c.serve()
	c.closePortals()
	_ = srv.Close()
}
