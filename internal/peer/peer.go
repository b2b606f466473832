// Package peer says who is at the other end of a connection that comes from
// this machine, so that a server on loopback answers its own user alone.
// Loopback is every user's: a port is no secret, and what a link holds can be
// seen by others for as long as it is a program's argument.
//
// It knows neither HTTP nor what is served.
//
//	listener, err := net.Listen("tcp", "127.0.0.1:0")
//	err = server.Serve(peer.Own(listener))
package peer

import (
	"net"
	"os"
)

// Own wraps a listener: connections of other users are closed unanswered. Root
// is let in, who could read our memory too, and with it what forwards a port
// for us. Where the system does not say whose a connection is (all but Linux),
// and for a server of root's, every connection passes, as without Own.
func Own(l net.Listener) net.Listener {
	if os.Geteuid() <= 0 { // root, or a system without such numbers
		return l
	}
	return &own{l, os.Geteuid(), ownerOf}
}

type own struct {
	net.Listener
	uid   int
	owner func(net.Conn) (uid int, known bool)
}

// Accept waits for the next connection of the user's own.
func (o *own) Accept() (net.Conn, error) {
	for {
		c, err := o.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if uid, known := o.owner(c); !known || uid == o.uid || uid == 0 {
			return c, nil
		}
		_ = c.Close()
	}
}
