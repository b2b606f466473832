package peer

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// stateEstablished is TCP_ESTABLISHED of the kernel's tcp_states.h.
const stateEstablished = "01"

// nobody is a user that no process has.
const nobody = -1

// ownerOf finds the other end's socket in the kernel's table. A socket that its
// process has closed belongs to nobody any more and counts as a stranger's.
func ownerOf(c net.Conn) (uid int, known bool) {
	theirs, ours := address(c.RemoteAddr()), address(c.LocalAddr())
	if !theirs.IsValid() || !ours.IsValid() {
		return 0, false
	}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		f, err := os.Open(table)
		if err != nil {
			continue
		}
		uid, known = search(bufio.NewScanner(f), theirs, ours)
		_ = f.Close()
		if known {
			return uid, true
		}
	}
	return 0, false
}

func address(a net.Addr) netip.AddrPort {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	at := tcp.AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}

// search reads a table (proc_pid_net(5)): a socket on each line, its own
// address, the other's, its state, and as the eighth field its owner.
func search(lines *bufio.Scanner, from, to netip.AddrPort) (uid int, known bool) {
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) < 8 || parse(f[1]) != from || parse(f[2]) != to {
			continue
		}
		uid, err := strconv.Atoi(f[7])
		if err != nil {
			return 0, false
		}
		if f[3] != stateEstablished {
			return nobody, true
		}
		return uid, true
	}
	return 0, false
}

// parse reads an address as the kernel writes it: hexadecimal words in the
// machine's own order of bytes, a colon, the port.
func parse(s string) netip.AddrPort {
	words, port, _ := strings.Cut(s, ":")
	b, err := hex.DecodeString(words)
	n, portErr := strconv.ParseUint(port, 16, 16)
	if err != nil || portErr != nil || len(b)%4 != 0 {
		return netip.AddrPort{}
	}
	for i := 0; i < len(b); i += 4 {
		binary.NativeEndian.PutUint32(b[i:], binary.BigEndian.Uint32(b[i:]))
	}
	ip, ok := netip.AddrFromSlice(b)
	if !ok {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ip.Unmap(), uint16(n))
}
