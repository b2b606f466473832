//go:build linux || darwin || freebsd

package app

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// hold locks the file at path, without waiting, for as long as this process
// lives or until held is closed. It fails with errHeld when somebody else has
// the lock, with errSwept when the file is not there any more, and else where
// there are no locks.
func hold(path string) (held io.Closer, err error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, errSwept
	case err != nil:
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errHeld
		}
		return nil, err
	}
	// Whoever held it before may have removed it: then this is a lock on nothing.
	mine, err := file.Stat()
	if err == nil {
		var there os.FileInfo
		if there, err = os.Lstat(path); err == nil && !os.SameFile(mine, there) {
			err = errSwept
		}
	}
	if err != nil {
		_ = file.Close()
		return nil, errSwept
	}
	return file, nil
}
