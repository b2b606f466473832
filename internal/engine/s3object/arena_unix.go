//go:build unix

package s3object

import "syscall"

// newArena takes memory from the system, outside of the collector's heap: what
// is read ahead would otherwise let the heap grow by twice as much. Pages that
// are never used are never there. nil when there is none to be had.
func newArena(size int) []byte {
	b, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil
	}
	return b
}

func freeArena(b []byte) {
	if b != nil {
		_ = syscall.Munmap(b) // it was mapped by newArena
	}
}
