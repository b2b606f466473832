package web

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
)

// trees remember what was listed, so that the tree and completion never ask
// twice. The names of a listing are also what completion knows.
type trees struct {
	mu      sync.Mutex
	all     map[string]listing  // by connection and path
	growing map[string]*growing // what is being listed
}

type listing struct {
	path    []string
	objects []engine.Object
	at      time.Time
}

func treeKey(connection string, path []string) string {
	return connection + "\x00" + strings.Join(path, "\x00")
}

// has reports whether a listing is in memory, however old.
func (t *trees) has(connection string, path []string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.all[treeKey(connection, path)]
	return ok
}

// of lists what is known of a connection, parents first: what was never whole yet
// as far as it has come.
func (t *trees) of(connection string) []listing {
	prefix := connection + "\x00"
	t.mu.Lock()
	defer t.mu.Unlock()
	var known []listing
	for key, l := range t.all {
		if strings.HasPrefix(key, prefix) {
			known = append(known, l)
		}
	}
	for key, g := range t.growing {
		if _, whole := t.all[key]; !whole && strings.HasPrefix(key, prefix) {
			known = append(known, g.listing())
		}
	}
	slices.SortFunc(known, func(a, b listing) int {
		if len(a.path) != len(b.path) {
			return len(a.path) - len(b.path)
		}
		return slices.Compare(a.path, b.path)
	})
	return known
}

// join returns the listing of a path: what is in memory and fresh, what is being
// listed, or a new one, which the caller then fills. anew takes nothing from
// memory, nor what may come from a file.
func (t *trees) join(ctx context.Context, connection string, path []string, anew bool) (g *growing, first bool) {
	key := treeKey(connection, path)
	t.mu.Lock()
	defer t.mu.Unlock()
	if l, ok := t.all[key]; ok && !anew && time.Since(l.at) < treeLife {
		return grown(l), false
	}
	if g := t.growing[key]; g != nil && (g.anew || !anew) {
		g.readers++
		return g, false
	}
	g = newGrowing(ctx, key, path, anew)
	if t.growing == nil {
		t.growing = map[string]*growing{}
	}
	t.growing[key] = g
	return g, true
}

// leave says that a reader has seen enough. A listing nobody reads any more is
// given up.
func (t *trees) leave(g *growing) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if g.readers--; g.readers == 0 && !g.kept {
		t.drop(g)
	}
}

// keep lets a listing go on to its end without a reader.
func (t *trees) keep(g *growing) {
	t.mu.Lock()
	defer t.mu.Unlock()
	g.kept = true
}

// finish ends a listing, and remembers it when it is whole and still wanted.
func (t *trees) finish(g *growing, err error) {
	g.end(err)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil && t.growing[g.key] == g {
		t.remember(g.key, g.listing())
	}
	t.drop(g)
}

// drop ends what fills g; the lock is held.
func (t *trees) drop(g *growing) {
	if t.growing[g.key] == g {
		delete(t.growing, g.key)
	}
	g.cancel()
}

func (t *trees) remember(key string, l listing) {
	if t.all == nil {
		t.all = map[string]listing{}
	}
	t.all[key] = l
}

// forget drops what is known of a connection, and what would be.
func (t *trees) forget(connection string) {
	t.forgetWhere(func(key string) bool { return strings.HasPrefix(key, connection+"\x00") })
}

func (t *trees) forgetAll() { t.forgetWhere(func(string) bool { return true }) }

func (t *trees) forgetWhere(goes func(key string) bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	maps.DeleteFunc(t.all, func(key string, _ listing) bool { return goes(key) })
	// Those who read one see it to its end; nobody else does.
	maps.DeleteFunc(t.growing, func(key string, _ *growing) bool { return goes(key) })
}
