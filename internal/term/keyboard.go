package term

import (
	"context"
	"io"
	"sync"
)

// keyboard reads what a person types, one byte at a time, so that ctx can end
// the wait. A read cannot be withdrawn from a terminal: after a cancelled
// question it stays behind, and the next question takes what it brings. The
// zero value is ready.
type keyboard struct {
	mu      sync.Mutex
	pending chan typed // the read under way; nil when there is none
}

type typed struct {
	key byte
	err error
}

// next returns the next byte of r. All calls must name the same reader; one
// waits at a time, the others for their turn only as long as their ctx lasts.
func (k *keyboard) next(ctx context.Context, r io.Reader) (byte, error) {
	if err := ctx.Err(); err != nil {
		return 0, err // what was typed ahead is for the next question
	}
	k.mu.Lock()
	if k.pending == nil {
		k.pending = make(chan typed, 1)
		go read(r, k.pending)
	}
	pending := k.pending
	k.mu.Unlock()
	select {
	case t := <-pending:
		k.mu.Lock()
		k.pending = nil
		k.mu.Unlock()
		return t.key, t.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func read(r io.Reader, to chan<- typed) {
	var one [1]byte
	_, err := io.ReadFull(r, one[:])
	to <- typed{one[0], err}
}
