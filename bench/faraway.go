//go:build unix

package main

import (
	"net"
	"time"
)

// distant is a TCP server whose every byte takes a while on its way, in either
// direction; it passes on to a server nearby.
type distant struct{ net.Listener }

func farAway(address string, delay time.Duration) (distant, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return distant{}, err
	}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", address)
			if err != nil {
				client.Close()
				continue
			}
			go carry(server, client, delay)
			go carry(client, server, delay)
		}
	}()
	return distant{l}, nil
}

func (d distant) port() string {
	_, port, _ := net.SplitHostPort(d.Addr().String())
	return port
}

// carry brings what from sends to to, delay later.
func carry(to, from net.Conn, delay time.Duration) {
	type parcel struct {
		data []byte
		due  time.Time
	}
	way := make(chan parcel, 1024)
	go func() {
		defer to.Close()
		for p := range way {
			time.Sleep(time.Until(p.due))
			if _, err := to.Write(p.data); err != nil {
				break
			}
		}
		from.Close() // also what was stuck in the read below
		for range way {
		}
	}()
	defer close(way)
	for {
		buf := make([]byte, 64<<10)
		n, err := from.Read(buf)
		if n > 0 {
			way <- parcel{buf[:n], time.Now().Add(delay)}
		}
		if err != nil {
			return
		}
	}
}
