package dynamodb

import (
	"context"
	"io"
	"sync"
)

// source gives chunks one by one, and io.EOF after the last. One goroutine
// pulls it; close ends what it has under way.
type source interface {
	next(ctx context.Context) (*chunk, error)
	close()
}

// pages fetches one page after the other.
type pages interface {
	fetch(ctx context.Context) (*chunk, error)
	more() bool
}

// sequence follows pages. The first is fetched when it is pulled, since every
// page costs capacity and many readers want no second. Whoever pulls the second
// reads on: from there one page is always under way while the last is worked on.
type sequence struct {
	pages  pages
	pulled int
	ahead  chan fetched
	cancel context.CancelFunc
	wait   sync.WaitGroup
}

type fetched struct {
	chunk *chunk
	err   error
}

func (s *sequence) next(ctx context.Context) (*chunk, error) {
	if s.pulled++; s.ahead == nil && !s.pages.more() {
		return nil, io.EOF
	}
	if s.pulled == 1 {
		return s.pages.fetch(ctx)
	}
	if s.ahead == nil {
		var under context.Context
		under, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
		s.ahead = make(chan fetched)
		s.wait.Go(func() { s.run(under) })
	}
	select {
	case f, ok := <-s.ahead:
		if !ok {
			return nil, io.EOF
		}
		return f.chunk, f.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *sequence) run(ctx context.Context) {
	defer close(s.ahead)
	for s.pages.more() {
		c, err := s.pages.fetch(ctx)
		select {
		case s.ahead <- fetched{c, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

func (s *sequence) close() {
	if s.cancel != nil {
		s.cancel()
	}
	s.wait.Wait()
}

// limited ends a source after a number of items.
type limited struct {
	source
	left int64
}

func (l *limited) next(ctx context.Context) (*chunk, error) {
	if l.left == 0 {
		return nil, io.EOF
	}
	c, err := l.source.next(ctx)
	if err != nil {
		return nil, err
	}
	if int64(len(c.items)) >= l.left {
		c.items, c.last = c.items[:l.left], true
	}
	l.left -= int64(len(c.items))
	return c, nil
}

// replay gives a chunk that was pulled already before the rest.
type replay struct {
	source
	first *chunk
}

func (r *replay) next(ctx context.Context) (*chunk, error) {
	if c := r.first; c != nil {
		r.first = nil
		return c, nil
	}
	return r.source.next(ctx)
}
