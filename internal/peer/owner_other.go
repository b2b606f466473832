//go:build !linux

package peer

import "net"

func ownerOf(net.Conn) (uid int, known bool) { return 0, false }
