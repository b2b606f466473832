package app

import (
	"context"
	"strings"

	"github.com/fairleadhq/fairlead/internal/connection"
	"github.com/fairleadhq/fairlead/internal/creds"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/session"
)

// Auths lists the saved auth profiles.
func (a *App) Auths() ([]connection.Auth, error) {
	book, err := a.book()
	if err != nil {
		return nil, err
	}
	return book.Auths(), nil
}

// Auth returns one saved auth profile.
func (a *App) Auth(name string) (connection.Auth, error) {
	book, err := a.book()
	if err != nil {
		return connection.Auth{}, err
	}
	return book.Auth(name)
}

// AddAuth saves an auth profile. For static keys, which CheckStatic has seen, the secret half goes to the
// secret store first, so that no entry ever stands without its secret.
func (a *App) AddAuth(ctx context.Context, auth connection.Auth, keys *creds.Static) error {
	return a.AddAuthIn(ctx, auth, keys, "")
}

// AddAuthIn is AddAuth with a choice of where the secret half is kept: a mode of
// the keyring package, "" for what the environment chooses.
func (a *App) AddAuthIn(ctx context.Context, auth connection.Auth, keys *creds.Static, mode string) error {
	book, err := a.book()
	if err != nil {
		return err
	}
	if auth.Source == connection.SourceProfile {
		return book.PutAuth(auth)
	}
	auth.AccessKeyID = keys.AccessKeyID
	if err := a.saveStatic(ctx, auth, *keys, mode); err != nil {
		return err
	}
	return book.PutAuth(auth)
}

// CheckStatic refuses keys that cannot work, before any call is made.
func CheckStatic(k *creds.Static) error {
	if err := k.Check(); err != nil {
		return fault.Wrap(err, fault.Usage, "These keys cannot work").
			WithRemedy("copy the keys again from the console or the access portal, without blanks or quotes")
	}
	return nil
}

// VerifyAuth asks AWS whose keys these are. Where nothing names a region, STS
// is asked in us-east-1: it answers for the keys of all regions.
func (a *App) VerifyAuth(ctx context.Context, src creds.Source, region string) (session.Identity, error) {
	req := session.Request{Name: src.Name, Source: src, Region: region, RegionOrigin: "auth profile " + src.Name}
	s, err := a.opener().Open(ctx, req)
	if fault.CodeOf(err) == fault.RegionMissing {
		req.Region = "us-east-1"
		s, err = a.opener().Open(ctx, req)
	}
	if err != nil {
		return session.Identity{}, err
	}
	return s.Identity(ctx)
}

// RemoveAuth forgets an auth profile and its secret. One that connections
// still use stays.
func (a *App) RemoveAuth(ctx context.Context, name string) error {
	book, err := a.book()
	if err != nil {
		return err
	}
	auth, err := book.Auth(name)
	if err != nil {
		return err
	}
	users, err := a.ConnectionsOf(name)
	if err != nil {
		return err
	}
	if len(users) > 0 {
		return fault.Newf(fault.Config, "Auth profile %q is used by %s", name, strings.Join(users, ", ")).
			WithRemedyf("first: fairlead connections edit %s --auth OTHER (or remove it)", users[0])
	}
	if auth.Source == connection.SourceStatic {
		if err := a.forgetStatic(ctx, auth); err != nil {
			return err
		}
	}
	return book.RemoveAuth(name)
}
