// Package peer says who is at the other end of a connection that comes from
// this machine, so that a server on loopback answers its own user alone.
// Loopback is every user's: a port is no secret, and what a link holds can be
// seen by others for as long as it is a program's argument.
//
// It knows neither HTTP nor what is served.
//
//	listener, err := net.Listen("tcp", "127.0.0.1:0")
//	err = server.Serve(peer.Own(listener, os.Getenv, refusal))
package peer

import (
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"time"
)

// Own wraps a listener: a connection of another user is told the refusal, which
// may be empty, and closed. Let in are the server's user, whoever became that
// user by sudo (SUDO_UID), and root, who could read our memory too, and with it
// what forwards a port for us. Where the system does not say whose a connection
// is (all but Linux), and for a server of root's, every connection passes, as
// without Own.
func Own(l net.Listener, env func(string) string, refusal string) net.Listener {
	me := os.Geteuid()
	if me <= 0 { // root, or a system without such numbers
		return l
	}
	users := []int{0, me}
	if invoker, err := strconv.Atoi(env("SUDO_UID")); err == nil {
		users = append(users, invoker)
	}
	return &own{l, users, refusal, ownerOf}
}

type own struct {
	net.Listener
	users   []int
	refusal string
	owner   func(net.Conn) (uid int, known bool)
}

// Accept waits for the next connection of the user's own.
func (o *own) Accept() (net.Conn, error) {
	for {
		c, err := o.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if uid, known := o.owner(c); !known || slices.Contains(o.users, uid) {
			return c, nil
		}
		go refuse(c, o.refusal)
	}
}

// refuse says why, and closes once the other end has heard it: closing with a
// request unread would take the answer back.
func refuse(c net.Conn, text string) {
	defer c.Close()
	if text == "" || c.SetDeadline(time.Now().Add(2*time.Second)) != nil {
		return
	}
	if _, err := io.WriteString(c, text); err != nil {
		return
	}
	if half, ok := c.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(c, 64<<10))
	}
}
