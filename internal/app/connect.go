package app

import (
	"context"
	"iter"

	"github.com/fairleadhq/fairlead/internal/connection"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/session"
)

// Connection is an opened target. Close it.
type Connection struct {
	Target  Target
	Session *session.Session
	engine  engine.Engine
	app     *App
}

// Connect opens a target: credentials, session, engine. No call is sent to the
// service before the first statement.
func (a *App) Connect(ctx context.Context, name string, over Overrides) (*Connection, error) {
	target, err := a.Target(name, over)
	if err != nil {
		return nil, err
	}
	return a.ConnectTo(ctx, target)
}

// ConnectTo is Connect for a target at hand.
func (a *App) ConnectTo(ctx context.Context, target Target) (*Connection, error) {
	s, err := a.OpenSession(ctx, target)
	if err != nil {
		return nil, err
	}
	params, err := a.withSecrets(ctx, target)
	if err != nil {
		return nil, err
	}
	eng, err := target.Spec.Open(ctx, s, params)
	if err != nil {
		return nil, err
	}
	return &Connection{Target: target, Session: s, engine: eng, app: a}, nil
}

// OpenSession opens the AWS session of a target without its engine.
func (a *App) OpenSession(ctx context.Context, target Target) (*session.Session, error) {
	if target.Spec.Alone != nil && target.Spec.Alone(target.Entry.Params) {
		return a.opener().OpenAlone(target.Entry.Name), nil
	}
	src, region, err := a.source(ctx, target.Entry)
	if err != nil {
		return nil, err
	}
	if target.Entry.ReadOnly {
		src.SessionPolicy = target.Spec.ReadPolicy
	}
	req := session.Request{Name: target.Entry.Name, Source: src, Region: region}
	if region != "" {
		req.RegionOrigin = "connection " + target.Entry.Name
	}
	s, err := a.opener().Open(ctx, req)
	if err != nil || target.Entry.Account == "" {
		return s, err
	}
	return s, a.checkAccount(ctx, target, s)
}

// checkAccount refuses a session that leads to another account than the
// connection is pinned to: the profile may have been edited since. AWS itself
// is asked, once a session; what a file says of the account could be edited too.
func (a *App) checkAccount(ctx context.Context, target Target, s *session.Session) error {
	id, err := s.Identity(ctx)
	if err != nil {
		return err
	}
	if id.Account == target.Entry.Account {
		return nil
	}
	return wrongAccount(target.Entry, s.Profile, id)
}

// CurrentAccount asks AWS which account a connection's credentials belong to.
func (a *App) CurrentAccount(ctx context.Context, e connection.Entry) (string, error) {
	src, region, err := a.source(ctx, e)
	if err != nil {
		return "", err
	}
	s, err := a.opener().Open(ctx, session.Request{Name: e.Name, Source: src, Region: region, RegionOrigin: "connection " + e.Name})
	if err != nil {
		return "", err
	}
	id, err := s.Identity(ctx)
	return id.Account, err
}

// Close ends the engine.
func (c *Connection) Close() error { return c.engine.Close() }

// Probe proves with the cheapest call that the service answers and lets this
// connection in. The text says what answered.
func (c *Connection) Probe(ctx context.Context) (string, error) {
	pinger, ok := c.engine.(engine.Pinger)
	if !ok {
		return "", fault.Newf(fault.Unsupported, "%s has no cheap call to test with", c.Target.Spec.Title)
	}
	return pinger.Ping(ctx)
}

// Browse lists what stands below path without a billed statement, all of it at
// once; Tree hands it on as it comes.
func (c *Connection) Browse(ctx context.Context, path []string) ([]engine.Object, error) {
	list, err := engine.Listing(c.browse(ctx, path))
	if err != nil {
		return nil, err
	}
	return list, nil
}

// browse lists in the parts in which the service answers.
func (c *Connection) browse(ctx context.Context, path []string) iter.Seq2[[]engine.Object, error] {
	return func(yield func([]engine.Object, error) bool) {
		browser, ok := c.engine.(engine.Browser)
		if !ok {
			yield(nil, fault.Newf(fault.Unsupported, "%s cannot list its catalog", c.Target.Spec.Title))
			return
		}
		for part, err := range browser.Browse(ctx, path) {
			if err == nil && ctx.Err() != nil {
				// What a listing can do without is left out when its call fails; when
				// the caller has gone that is no listing.
				err = ctx.Err()
			}
			if !yield(part, err) || err != nil {
				return
			}
		}
		if ctx.Err() != nil {
			yield(nil, ctx.Err())
		}
	}
}

// Describe returns the object at path with all its details. An engine whose
// listings have them has no such call: a fault with code unsupported.
func (c *Connection) Describe(ctx context.Context, path []string) (engine.Object, error) {
	d, ok := c.engine.(engine.Describer)
	if !ok {
		return engine.Object{}, fault.Newf(fault.Unsupported, "%s tells all details in its listings", c.Target.Spec.Title)
	}
	return d.Describe(ctx, path)
}
