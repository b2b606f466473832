package creds

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairleadhq/fairlead/internal/home"
)

const (
	// lockPatience bounds the wait for another process that fetches the same
	// credentials. It may be asking its person for a code.
	lockPatience = 2 * time.Minute
	// stillGood is what credentials of the cache must have left to serve when
	// others cannot be had.
	stillGood = time.Minute
)

// answerer fetches credentials that the CLI would keep in its cache.
type answerer interface {
	answer(ctx context.Context, ask bool) (answer, error)
}

// shared is a hop whose credentials the CLI keeps in its cache. It fetches
// once for all processes, and not at all while the cache's are good: then
// neither the source nor the network is touched.
type shared struct {
	inner answerer
	file  *roleFile

	mu      sync.Mutex
	refused string // the session token that a service did not take
}

func (l *shared) renews() bool { return true }

func (l *shared) fetch(ctx context.Context, ask bool) (aws.Credentials, error) {
	before := l.read(ctx)
	if left(before) >= advisoryWindow {
		return before, nil
	}
	unlock := l.lock(ctx)
	defer unlock()
	now := l.read(ctx)
	if err := ctx.Err(); err != nil {
		return aws.Credentials{}, err
	}
	if left(now) >= advisoryWindow || replaced(before, now) {
		return now, nil
	}
	// A person is not asked while the old ones still do.
	got, err := l.inner.answer(ctx, ask && left(now) <= stillGood)
	if err != nil {
		if ctx.Err() == nil && left(now) > stillGood {
			return now, nil
		}
		return aws.Credentials{}, err
	}
	_ = l.file.write(ctx, got) // a read-only cache must not stop the one who waits
	return got.Credentials, nil
}

// replaced reports whether another process has just put credentials into the
// cache that are good, however short their life.
func replaced(before, now aws.Credentials) bool {
	return now.SessionToken != before.SessionToken && left(now) > stillGood
}

// read returns the credentials of the cache, unless a service refused them.
func (l *shared) read(ctx context.Context) aws.Credentials {
	got := l.file.read(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	if got.SessionToken == l.refused {
		return aws.Credentials{}
	}
	return got
}

// refuse lets the cache's credentials not be used again.
func (l *shared) refuse(c aws.Credentials) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused = c.SessionToken
}

// lock takes the lock of the cache file between processes of ours. Where none
// can be taken, as in a read-only home, it goes on without.
func (l *shared) lock(ctx context.Context) (unlock func()) {
	patient, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	release, err := home.Lock(patient, strings.TrimSuffix(l.file.path, ".json")+".lock")
	if err != nil {
		return func() {}
	}
	return func() { _ = release() }
}

// alone is a hop whose credentials the CLI keeps in no cache.
type alone struct{ answerer }

func (l alone) renews() bool { return true }

func (l alone) fetch(ctx context.Context, ask bool) (aws.Credentials, error) {
	got, err := l.answer(ctx, ask)
	return got.Credentials, err
}
