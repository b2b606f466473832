//go:build linux || darwin || freebsd

package home

import "syscall"

// FreeSpace tells how many bytes this user may still write below a folder that
// exists; ok is false where the system does not say.
func FreeSpace(dir string) (free int64, ok bool) {
	var st syscall.Statfs_t
	if syscall.Statfs(dir, &st) != nil {
		return 0, false
	}
	return int64(st.Bavail) * int64(st.Bsize), true
}
