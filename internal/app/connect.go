package app

import (
	"context"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/session"
)

// Connection is an opened target. Close it.
type Connection struct {
	Target  Target
	Session *session.Session
	engine  engine.Engine
}

// Connect opens a target: credentials, session, engine. No call is sent to the
// service before the first statement.
func (a *App) Connect(ctx context.Context, name string, over Overrides) (*Connection, error) {
	target, err := a.Target(name, over)
	if err != nil {
		return nil, err
	}
	s, err := a.OpenSession(ctx, target)
	if err != nil {
		return nil, err
	}
	eng, err := target.Spec.Open(ctx, s, target.Entry.Params)
	if err != nil {
		return nil, err
	}
	return &Connection{Target: target, Session: s, engine: eng}, nil
}

// OpenSession opens the AWS session of a target without its engine.
func (a *App) OpenSession(ctx context.Context, target Target) (*session.Session, error) {
	src, region, err := a.source(ctx, target.Entry)
	if err != nil {
		return nil, err
	}
	req := session.Request{Name: target.Entry.Name, Source: src, Region: region}
	if region != "" {
		req.RegionOrigin = "connection " + target.Entry.Name
	}
	return a.opener().Open(ctx, req)
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

// Browse lists what stands below path without a billed statement.
func (c *Connection) Browse(ctx context.Context, path []string) ([]engine.Object, error) {
	browser, ok := c.engine.(engine.Browser)
	if !ok {
		return nil, fault.Newf(fault.Unsupported, "%s cannot list its catalog", c.Target.Spec.Title)
	}
	return browser.Browse(ctx, path)
}
