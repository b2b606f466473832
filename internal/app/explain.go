package app

import (
	"context"

	"github.com/fairleadhq/fairlead/internal/creds"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/session"
)

// Explanation says how a name becomes credentials, without using them.
type Explanation struct {
	Name         string            `json:"name"`
	Profile      string            `json:"profile,omitempty"` // "" for keys of our own
	Region       string            `json:"region,omitempty"`
	RegionOrigin string            `json:"region_origin,omitempty"`
	Account      string            `json:"account,omitempty"` // "" when only the service knows
	Hops         []ExplainedHop    `json:"hops"`              // the first signs; each next one is its source
	Session      *ExplainedSession `json:"session,omitempty"`
	Notes        []string          `json:"notes,omitempty"`
	Identity     *session.Identity `json:"identity,omitempty"` // only when AWS was asked
}

// ExplainedHop is a hop with what a cache file keeps of it.
type ExplainedHop struct {
	creds.Hop
	Cache *creds.Kept `json:"cache,omitempty"`
	// Idle: a hop before this one has cached credentials, so that this one is
	// not asked now.
	Idle bool `json:"idle,omitempty"`
}

// ExplainedSession is the SSO session at the ground of a chain.
type ExplainedSession struct {
	Name   string `json:"name"`
	State  string `json:"state"`
	Left   int    `json:"left_seconds"`
	Renews bool   `json:"renews"`
	Path   string `json:"path"`
}

// Explain tells how the credentials of an AWS profile, a saved auth profile or
// a saved connection are found; "" for what the AWS CLI would use. It makes no
// network call unless verify is set; then it asks AWS whose they are.
func (a *App) Explain(ctx context.Context, name string, verify bool) (Explanation, error) {
	req, err := a.explainRequest(ctx, name)
	if err != nil {
		return Explanation{}, err
	}
	resolver := a.opener().Resolver()
	source := req.Source
	if req.Region != "" {
		source.Region, source.RegionOrigin = req.Region, req.RegionOrigin
	}
	chain, err := resolver.Resolve(ctx, source)
	if err != nil {
		return Explanation{}, err
	}
	e := Explanation{Name: name, Profile: chain.Profile, Region: chain.Region, RegionOrigin: chain.RegionOrigin,
		Account: chain.AccountID, Notes: append(chain.Notes(resolver), a.fileWarnings()...)}
	if name == "" {
		e.Name = chain.Name
	}
	idle := false
	for _, h := range chain.Hops {
		hop := ExplainedHop{Hop: h, Idle: idle}
		if kept, ok := h.Kept(ctx); ok {
			hop.Cache = &kept
			idle = idle || kept.State == creds.KeptValid
		}
		e.Hops = append(e.Hops, hop)
	}
	if state, ok := chain.SessionState(ctx, resolver); ok {
		e.Session = &ExplainedSession{Name: state.Session.Key(), State: string(state.Status),
			Left: max(0, int(state.Left.Seconds())), Renews: state.Renews, Path: state.Path}
	}
	if !verify {
		return e, nil
	}
	s, err := a.opener().Open(ctx, req)
	if err != nil {
		return e, err
	}
	id, err := s.Identity(ctx)
	if err != nil {
		return e, err
	}
	e.Identity = &id
	return e, nil
}

// explainRequest finds what a name stands for: AWS profiles come first, then
// saved auth profiles, then saved connections.
func (a *App) explainRequest(ctx context.Context, name string) (session.Request, error) {
	req := session.Request{Name: name, Source: creds.Source{Profile: name, Explicit: name != "", Name: name}}
	files, err := a.files()
	if err != nil {
		return req, err
	}
	if _, ok := files.Profile(name); ok || name == "" {
		return req, nil
	}
	if a.isAuthOnly(name) {
		req.Source, req.Region, err = a.AuthSource(ctx, name)
		req.RegionOrigin = "auth profile " + name
		return req, err
	}
	entry, err := a.entry(name)
	if fault.CodeOf(err) == fault.ConnectionMissing {
		return req, nil // the resolver says which profiles there are
	}
	if err != nil {
		return req, err
	}
	req.Source, req.Region, err = a.source(ctx, entry)
	req.RegionOrigin = "connection " + name
	return req, err
}
