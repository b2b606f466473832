package peer

import (
	"bufio"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
)

func listen(t *testing.T, address string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Skip("no such loopback here:", err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// dial connects as a user, whose the socket then is.
func dial(t *testing.T, l net.Listener, uid int) net.Conn {
	t.Helper()
	if uid != os.Geteuid() {
		if err := syscall.Seteuid(uid); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := syscall.Seteuid(0); err != nil {
				panic(err)
			}
		}()
	}
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestTheOwnerIsKnown(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		l := listen(t, address)
		dial(t, l, os.Geteuid())
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if uid, known := ownerOf(c); !known || uid != os.Geteuid() {
			t.Errorf("%s: %d, %v", address, uid, known)
		}
	}
}

// A second local user who knows the port, and the link too, gets no answer.
func TestOtherUsersAreNotAnswered(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to connect as other users")
	}
	const us, other = 12345, 65534
	l := &own{listen(t, "127.0.0.1:0"), []int{0, us}, "go away", ownerOf}
	theirs := dial(t, l, other)
	ours := dial(t, l, us)
	roots := dial(t, l, 0)
	for _, want := range []net.Conn{ours, roots} {
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if c.RemoteAddr().String() != want.LocalAddr().String() {
			t.Errorf("%s was let in", c.RemoteAddr())
		}
	}
	if said, err := io.ReadAll(theirs); err != nil || string(said) != "go away" {
		t.Errorf("the other user reads %q, %v", said, err)
	}
}

// What the kernel tells of sockets: one that was closed is nobody's, though the
// table says root.
func TestSearch(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0 100 0 0 10 0
   1: 0100007F:C001 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0 20 4 30 10 -1
   2: 0100007F:C002 0100007F:1F90 05 00000000:00000000 00:00000000 00000000     0        0 0 1 0 20 4 30 10 -1
   3: 0200007F:C003 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 2 1 0 20 4 30 10 -1
   4: 0000000000000000FFFF00000100007F:C004 0000000000000000FFFF00000100007F:1F90 01 0:0 00:0 0  1002 0 3
   5: broken
`
	server := netip.MustParseAddrPort("127.0.0.1:8080")
	for from, want := range map[string]int{"127.0.0.1:49153": 1000, "127.0.0.1:49154": nobody, "127.0.0.2:49155": 1001, "127.0.0.1:49156": 1002} {
		if uid, known := search(bufio.NewScanner(strings.NewReader(table)), netip.MustParseAddrPort(from), server); !known || uid != want {
			t.Errorf("%s: %d, %v", from, uid, known)
		}
	}
	if _, known := search(bufio.NewScanner(strings.NewReader(table)), netip.MustParseAddrPort("127.0.0.1:49155"), server); known {
		t.Error("a connection of another address was taken for this one's")
	}
}
