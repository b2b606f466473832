package session

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/awsnet"
	"github.com/fairleadhq/fairlead/internal/creds"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// Request says what to open.
type Request struct {
	Name   string // the connection's name or address, for messages
	Source creds.Source
	// Region, when not empty, covers every other; RegionOrigin says by what it
	// was given ("--region", "connection sales").
	Region, RegionOrigin string
}

// Options configure an Opener; they are those of the resolver.
type Options = creds.Options

// Opener opens sessions that share SSO sessions, HTTP connections and the AWS
// files, which are read once. It may be used by several goroutines.
type Opener struct{ resolver *creds.Resolver }

// NewOpener makes an opener; it reads nothing yet.
func NewOpener(o Options) *Opener { return &Opener{resolver: creds.NewResolver(o)} }

// Resolver returns the resolver behind the opener, to explain a chain or to
// export its credentials.
func (o *Opener) Resolver() *creds.Resolver { return o.resolver }

// SSO returns the manager of the SSO sessions, to log in and out and to list.
func (o *Opener) SSO() *sso.Manager { return o.resolver.SSO() }

// Files returns the shared AWS files.
func (o *Opener) Files() (*awsfile.Files, error) { return o.resolver.Files() }

// Open resolves the request's credentials and region and builds the
// aws.Config. It makes no network call; an expired session is met, and brought
// up through the prompts, when the first call signs. The errors are faults.
func (o *Opener) Open(ctx context.Context, r Request) (*Session, error) {
	source := r.Source
	if r.Region != "" {
		source.Region, source.RegionOrigin = r.Region, r.RegionOrigin
	}
	chain, err := o.resolver.Resolve(ctx, source)
	if err != nil {
		return nil, err
	}
	if chain.Region == "" {
		return nil, creds.RegionMissing(chain.Name)
	}
	network := o.resolver.Network()
	settings := network.Settings(chain.Profile)
	if err := settings.Check(); err != nil {
		return nil, fault.Wrapf(err, fault.Config, "The network settings of profile %q cannot be used", chain.Name).
			WithRemedy("add the section, or remove services from the profile")
	}
	if err := settings.CheckUse(chain.Region, chain.RegionOrigin); err != nil {
		return nil, err
	}
	cfg := network.Config(chain.Profile, chain.Region)
	cfg.Credentials = chain.Provider()
	addRenewal(&cfg)
	return &Session{
		Config: cfg, Name: r.Name, Profile: chain.Name,
		Region: chain.Region, RegionOrigin: chain.RegionOrigin,
		RootCAs: network.Client(settings).RootCAs, Chain: chain, Endpoint: settings.Endpoint,
	}, nil
}

// OpenAlone makes a session without credentials and region, for a service that
// asks AWS for nothing: only the network settings of the environment hold.
func (o *Opener) OpenAlone(name string) *Session {
	network := o.resolver.Network()
	settings := network.Settings("")
	return &Session{Config: network.Config("", ""), Name: name, RootCAs: network.Client(settings).RootCAs, Endpoint: settings.Endpoint}
}

// Identity is who a session's credentials belong to.
type Identity struct {
	Account string `json:"account"`
	ARN     string `json:"arn"`
	UserID  string `json:"user_id"`
}

// Identity asks STS who the credentials belong to. It needs no permission.
func (s *Session) Identity(ctx context.Context) (Identity, error) {
	out, err := sts.NewFromConfig(s.Config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return Identity{}, awsnet.Fault(err, "STS", "tell whose credentials these are")
	}
	return Identity{Account: aws.ToString(out.Account), ARN: aws.ToString(out.Arn), UserID: aws.ToString(out.UserId)}, nil
}
