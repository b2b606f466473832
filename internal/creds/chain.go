package creds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairleadhq/fairlead/internal/sso"
)

// HopKind is the kind of one step of a chain.
type HopKind string

// The kinds.
const (
	HopStatic      HopKind = "static"
	HopEnvironment HopKind = "environment"
	HopSSO         HopKind = "sso"
	HopRole        HopKind = "assume-role"
	HopWebIdentity HopKind = "web-identity"
	HopProcess     HopKind = "process"
	HopLogin       HopKind = "login"
	HopContainer   HopKind = "container"
	HopInstance    HopKind = "instance-metadata"
)

// Hop is one step of a chain. The first hop is the one whose credentials sign;
// each next one is the source of the one before.
type Hop struct {
	Kind    HopKind `json:"kind"`
	Profile string  `json:"profile,omitempty"`
	Detail  string  `json:"detail,omitempty"` // e.g. `role ReadOnly in account 111122223333, session corp`
	Origin  string  `json:"origin,omitempty"` // file:line or variable that chose the hop
	// Values are the settings that the hop is made of, and Unused those of the
	// profile that would give credentials too but come later in the CLI's order.
	Values []Setting `json:"values,omitempty"`
	Unused []Setting `json:"unused,omitempty"`

	look func(ctx context.Context) Kept // nil when nothing is kept between runs
}

// Chain is a resolved source: what will be done to get credentials, and what is
// known without doing it.
type Chain struct {
	Name         string // the profile, or the name of the static source
	Profile      string // the profile; "" for static keys of our own
	Hops         []Hop
	Region       string // "" when nothing names one
	RegionOrigin string // e.g. "AWS_REGION" or "~/.aws/config:12"
	AccountID    string // "" when only the service knows
	// Session is the SSO session at the ground of the chain, nil when there is none.
	Session *sso.Session

	top *Cache
}

// Provider returns the credentials of the chain: cached, refreshed ahead of
// their end, one refresh for all who wait. It is a *Cache.
func (c *Chain) Provider() aws.CredentialsProvider { return c.top }
