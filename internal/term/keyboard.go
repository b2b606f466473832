package term

import (
	"context"
	"io"
	"sync"
)

// keyboard reads what a person types, one byte at a time, so that ctx can end
// the wait. A read cannot be withdrawn from a terminal: after a cancelled
// question it stays behind, and the next question takes what it brings. The
// zero value is ready, and may be used by several goroutines: each key goes to
// one of them.
type keyboard struct {
	mu      sync.Mutex
	pending *keyRead // the read under way; nil when there is none
}

// keyRead is one read; key and err are set before done is closed.
type keyRead struct {
	done chan struct{}
	key  byte
	err  error
}

// next returns the next byte of r. All calls must name the same reader.
func (k *keyboard) next(ctx context.Context, r io.Reader) (byte, error) {
	for {
		if err := ctx.Err(); err != nil {
			return 0, err // what was typed ahead is for the next question
		}
		read := k.begin(r)
		select {
		case <-read.done:
			if k.take(read) {
				return read.key, read.err
			}
		case <-ctx.Done():
		}
	}
}

// begin returns the read under way, or a new one.
func (k *keyboard) begin(r io.Reader) *keyRead {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pending == nil {
		read := &keyRead{done: make(chan struct{})}
		k.pending = read
		go func() {
			defer close(read.done)
			var one [1]byte
			_, read.err = io.ReadFull(r, one[:])
			read.key = one[0]
		}()
	}
	return k.pending
}

// take claims what a read has brought; false when another question had it.
func (k *keyboard) take(read *keyRead) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pending != read {
		return false
	}
	k.pending = nil
	return true
}
