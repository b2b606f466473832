package web

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
)

// growing is a listing that comes page by page, for several readers at once. It
// outlives the request that began it as long as somebody reads it.
type growing struct {
	key    string
	path   []string
	anew   bool // it comes from the service, whatever is on disk
	ctx    context.Context
	cancel context.CancelFunc

	readers int  // guarded by trees.mu
	kept    bool // guarded by trees.mu: it goes on without a reader

	mu      sync.Mutex
	objects []engine.Object // only ever appended to
	at      time.Time
	done    bool
	err     error
	changed chan struct{} // closed at the next change
}

// newGrowing begins a listing with one reader.
func newGrowing(ctx context.Context, key string, path []string, anew bool) *growing {
	g := &growing{key: key, path: slices.Clone(path), anew: anew, readers: 1, changed: make(chan struct{})}
	g.ctx, g.cancel = context.WithCancel(ctx)
	return g
}

// grown is a listing that is whole.
func grown(l listing) *growing {
	return &growing{path: l.path, objects: l.objects, at: l.at, done: true, readers: 1, cancel: func() {}}
}

func (g *growing) add(objects []engine.Object, at time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.objects, g.at = append(g.objects, objects...), at
	g.tell()
}

func (g *growing) end(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.done, g.err = true, err
	g.tell()
}

// tell wakes the readers; the lock is held.
func (g *growing) tell() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// next waits for objects behind the first from, or the end. The error is the
// listing's own, which comes with done and with the last objects before it, or
// ctx's.
func (g *growing) next(ctx context.Context, from int) (objects []engine.Object, done bool, err error) {
	for {
		g.mu.Lock()
		objects, done, err = slices.Clip(g.objects[from:]), g.done, g.err
		changed := g.changed
		g.mu.Unlock()
		if done || len(objects) > 0 {
			return objects, done, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
	}
}

// whole waits for the end.
func (g *growing) whole(ctx context.Context) ([]engine.Object, error) {
	for from := 0; ; {
		objects, done, err := g.next(ctx, from)
		if err != nil {
			return nil, err
		}
		if from += len(objects); done {
			return g.listing().objects, nil
		}
	}
}

func (g *growing) listing() listing {
	g.mu.Lock()
	defer g.mu.Unlock()
	return listing{g.path, slices.Clip(g.objects), g.at}
}

// asked is when the service was.
func (g *growing) asked() time.Time { return g.listing().at }
