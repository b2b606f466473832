package creds

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairleadhq/fairlead/internal/flight"
)

// The windows of the CLI: from 15 minutes before the end on a refresh is
// tried, from 10 minutes on all wait for it. Credentials that live shorter
// have windows in proportion, or they would be refreshed at every use.
const (
	advisoryWindow  = 15 * time.Minute
	mandatoryWindow = 10 * time.Minute
	retryEarly      = time.Minute // after an early refresh that failed
)

// link fetches the credentials of one hop. With ask it may ask the person.
type link interface {
	fetch(ctx context.Context, ask bool) (aws.Credentials, error)
	// renews reports whether another fetch may give other credentials.
	renews() bool
}

// Cache keeps the credentials of one hop and refreshes them ahead of their
// end. A refresh that fails early harms nobody while the old ones are good,
// and never asks the person anything. It may be used by several goroutines.
type Cache struct {
	name string // of the chain, for messages
	link link

	fetches flight.Group[aws.Credentials]

	mu        sync.Mutex
	have      aws.Credentials
	fetched   time.Time // zero when there are none
	tried     time.Time // the last early refresh
	refreshes bool      // an early refresh is under way
}

func newCache(name string, l link) *Cache { return &Cache{name: name, link: l} }

// phase of the credentials at hand.
type phase int

const (
	none phase = iota
	fresh
	early // a refresh may be tried
	late  // a refresh is due
)

// Retrieve returns valid credentials. It implements aws.CredentialsProvider.
func (c *Cache) Retrieve(ctx context.Context) (aws.Credentials, error) { return c.get(ctx, true) }

// get is Retrieve that may ask the person only with ask.
func (c *Cache) get(ctx context.Context, ask bool) (aws.Credentials, error) {
	have, now := c.look()
	switch now {
	case fresh:
		return have, nil
	case none:
		return c.fetch(ctx, ask)
	case early:
		if !c.beginEarly() {
			return have, nil
		}
		defer c.endEarly()
	case late:
		if c.triedLately() {
			return have, nil
		}
	}
	renewed, err := c.fetch(ctx, false)
	if err != nil && ctx.Err() == nil {
		c.mu.Lock()
		c.tried = time.Now()
		c.mu.Unlock()
		return have, nil
	}
	return renewed, err
}

// fetch gets new credentials, once for all who want them. Who may ask and who
// may not do not wait for each other.
func (c *Cache) fetch(ctx context.Context, ask bool) (aws.Credentials, error) {
	key := "silent"
	if ask {
		key = "asking"
	}
	return c.fetches.Do(ctx, key, func(ctx context.Context) (aws.Credentials, error) {
		if have, now := c.look(); now == fresh {
			return have, nil
		}
		got, err := c.link.fetch(ctx, ask)
		if err != nil {
			return aws.Credentials{}, err
		}
		if got.CanExpire && time.Until(got.Expires) <= 0 {
			return aws.Credentials{}, failed(c.name, fmt.Errorf("the credentials it was given expired at %s already", got.Expires.UTC().Format(time.RFC3339))).
				WithRemedy("renew them at their source, and check this machine's clock")
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.have, c.fetched, c.tried = got, time.Now(), time.Time{}
		if now := c.phase(); now == early || now == late {
			// What a shared cache still had, because others were not to be had.
			c.tried = c.fetched
		}
		return got, nil
	})
}

// look returns the credentials at hand and their phase.
func (c *Cache) look() (aws.Credentials, phase) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.phase()
	if now == none {
		return aws.Credentials{}, none
	}
	return c.have, now
}

// phase of the credentials at hand; c.mu is held.
func (c *Cache) phase() phase {
	if c.fetched.IsZero() {
		return none
	}
	if !c.have.CanExpire {
		return fresh
	}
	switch life, left := c.life(), time.Until(c.have.Expires); {
	case left <= 0:
		return none
	case left > min(advisoryWindow, life/3):
		return fresh
	case left > min(mandatoryWindow, life/6):
		return early
	}
	return late
}

// life is how long the credentials at hand live in all; c.mu is held. Of those
// in the CLI's cache only the rest is known, and roles live an hour or more.
func (c *Cache) life() time.Duration {
	if c.have.Source == sourceCLICache {
		return time.Hour
	}
	return c.have.Expires.Sub(c.fetched)
}

func (c *Cache) beginEarly() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refreshes || c.justTried() {
		return false
	}
	c.refreshes = true
	return true
}

func (c *Cache) endEarly() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refreshes = false
}

func (c *Cache) triedLately() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.justTried()
}

// justTried: a refresh failed a moment ago; c.mu is held.
func (c *Cache) justTried() bool {
	pause := min(retryEarly, c.life()/30)
	return !c.tried.IsZero() && time.Since(c.tried) < pause
}

// Current returns the credentials at hand, without fetching any.
func (c *Cache) Current() (aws.Credentials, bool) {
	have, now := c.look()
	return have, now != none
}

// Invalidate drops credentials that a service refused, unless they have been
// replaced meanwhile. It reports whether another Retrieve can give others.
func (c *Cache) Invalidate(refused aws.Credentials) bool {
	if !c.link.renews() {
		return false
	}
	if l, ok := c.link.(*shared); ok {
		l.refuse(refused)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.fetched.IsZero() && c.have.AccessKeyID == refused.AccessKeyID && c.have.SessionToken == refused.SessionToken {
		c.have, c.fetched = aws.Credentials{}, time.Time{}
	}
	return true
}

// staticLink are credentials that never change.
type staticLink aws.Credentials

func (l staticLink) fetch(context.Context, bool) (aws.Credentials, error) {
	return aws.Credentials(l), nil
}
func (l staticLink) renews() bool { return false }
