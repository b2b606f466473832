package creds

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// countingLink gives credentials that are numbered and live as long as it says.
type countingLink struct {
	mu     sync.Mutex
	n      int
	asked  int // fetches that were allowed to ask
	life   time.Duration
	slow   time.Duration
	fail   error
	static bool
}

func (l *countingLink) fetch(ctx context.Context, ask bool) (aws.Credentials, error) {
	if l.slow > 0 {
		select {
		case <-time.After(l.slow):
		case <-ctx.Done():
			return aws.Credentials{}, ctx.Err()
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
	if ask {
		l.asked++
	}
	if l.fail != nil {
		return aws.Credentials{}, l.fail
	}
	return aws.Credentials{AccessKeyID: fmt.Sprintf("K%d", l.n), SecretAccessKey: "s", CanExpire: l.life != 0, Expires: time.Now().Add(l.life)}, nil
}

func (l *countingLink) renews() bool { return !l.static }

func key(t *testing.T, c *Cache) string {
	t.Helper()
	got, err := c.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return got.AccessKeyID
}

func TestRefreshAheadOfTheEnd(t *testing.T) {
	for _, c := range []struct{ life, quiet, early time.Duration }{
		{time.Hour, 44 * time.Minute, 46 * time.Minute},
		{12 * time.Hour, 11*time.Hour + 44*time.Minute, 11*time.Hour + 46*time.Minute},
		{15 * time.Minute, 9 * time.Minute, 11 * time.Minute}, // a third of the life
	} {
		synctest.Test(t, func(t *testing.T) {
			l := &countingLink{life: c.life}
			cache := newCache("p", l)
			key(t, cache)
			time.Sleep(c.quiet)
			if k := key(t, cache); k != "K1" {
				t.Errorf("life %v: %s before the window", c.life, k)
			}
			time.Sleep(c.early - c.quiet)
			if k := key(t, cache); k != "K2" {
				t.Errorf("life %v: %s in the window", c.life, k)
			}
			if l.asked != 1 {
				t.Errorf("life %v: %d fetches could ask, want the first alone", c.life, l.asked)
			}
		})
	}
}

func TestAFailedEarlyRefreshKeepsWhatIsValid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &countingLink{life: time.Hour}
		cache := newCache("p", l)
		key(t, cache)
		l.fail = errors.New("no network")
		for range 59 {
			time.Sleep(time.Minute)
			if k := key(t, cache); k != "K1" {
				t.Fatalf("%s", k)
			}
		}
		if l.n < 10 || l.n > 20 {
			t.Errorf("%d fetches, want about one a minute in the last 15", l.n)
		}
		time.Sleep(time.Minute)
		if _, err := cache.Retrieve(t.Context()); err == nil || l.asked != 2 {
			t.Errorf("after the end: %v, %d asked", err, l.asked)
		}
	})
}

func TestOneFetchForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &countingLink{life: time.Hour, slow: time.Second}
		cache := newCache("p", l)
		impatient, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := cache.Retrieve(impatient); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the impatient one got %v", err)
			}
		})
		for range 20 {
			wg.Go(func() {
				if k := key(t, cache); k != "K1" {
					t.Error(k)
				}
			})
		}
		wg.Wait()
		if l.n != 1 {
			t.Errorf("%d fetches", l.n)
		}
		// In the early window one refreshes; the others are not held up.
		time.Sleep(46 * time.Minute)
		start := time.Now()
		for range 5 {
			wg.Go(func() { key(t, cache) })
		}
		wg.Wait()
		if l.n != 2 || time.Since(start) != time.Second {
			t.Errorf("%d fetches in %v", l.n, time.Since(start))
		}
	})
}

func TestInvalidate(t *testing.T) {
	l := &countingLink{life: time.Hour}
	cache := newCache("p", l)
	first, err := cache.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !cache.Invalidate(first) || key(t, cache) != "K2" {
		t.Error("the refused credentials are still given out")
	}
	// A second refusal of the old ones does not harm the new ones.
	if !cache.Invalidate(first) || key(t, cache) != "K2" {
		t.Error("fresh credentials were dropped")
	}
	fixed := newCache("p", &countingLink{static: true})
	was := key(t, fixed)
	if fixed.Invalidate(aws.Credentials{AccessKeyID: was}) {
		t.Error("static keys are said to renew")
	}
}

func TestCredentialsThatCameExpired(t *testing.T) {
	_, err := newCache("p", &countingLink{life: -time.Minute}).Retrieve(t.Context())
	if f := fault.As(err); f == nil || f.Code != fault.CredsFailed {
		t.Errorf("error = %v", err)
	}
}
