//go:build unix

package home

import (
	"io/fs"
	"os"
	"syscall"
)

// Owner tells the number of the user whom a file belongs to; ok is false where
// the system knows no such thing.
func Owner(info fs.FileInfo) (uid int, ok bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(st.Uid), true
}

// stranger reports whether a file belongs to neither this user nor root. For
// root nobody is one: whoever works with sudo works on his own files.
func stranger(info fs.FileInfo) bool {
	uid, ok := Owner(info)
	me := os.Geteuid()
	return ok && me != 0 && uid != me && uid != 0
}
