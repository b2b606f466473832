package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// forget drops a file's pages from the page cache, which may decline.
func forget(f *os.File) { _ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) }
