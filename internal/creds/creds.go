// Package creds answers "who am I?": it resolves a profile, or static keys,
// into a chain by the rules of AWS CLI v2, and the chain into an
// aws.CredentialsProvider that stays valid.
//
// Resolve makes no network call, so that a chain can be explained without
// using it. The package never falls back to instance metadata: that is used
// only where a profile chooses it. It knows no service but STS and the portal,
// and talks to no terminal: questions go through callbacks.
//
//	r := creds.NewResolver(creds.Options{Env: os.Getenv})
//	chain, err := r.Resolve(ctx, creds.Source{Profile: "dev", Explicit: true})
//	if err != nil { return err }
//	keys, err := chain.Provider().Retrieve(ctx)
package creds

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/awsnet"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/secret"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// Source says where credentials shall come from: static keys, or a profile.
type Source struct {
	// Profile is the profile's name. Empty means AWS_PROFILE,
	// AWS_DEFAULT_PROFILE or "default", as in the CLI.
	Profile string
	// Explicit: the profile was named by the person (a flag, a saved
	// connection), so keys in the environment do not cover it.
	Explicit bool
	// Static, when not nil, is used instead of any profile.
	Static *Static
	// Name is how the source is called in messages when it is no profile.
	Name string
	// Region, when not empty, was given with the request and covers every
	// other; RegionOrigin says by what.
	Region, RegionOrigin string
	// SessionPolicy narrows the session of the role that the calls are signed
	// with (an IAM session policy as JSON): of what the role may do, only what
	// it allows too. Credentials that come from no role cannot be narrowed, and
	// are used as they are.
	SessionPolicy string
}

// Static are keys that the user saved with us.
type Static struct {
	AccessKeyID     string
	SecretAccessKey secret.String
	SessionToken    secret.String // only for temporary keys
	Region          string
}

// MFARequest says which code is asked for, and for what.
type MFARequest struct {
	Profile string
	Serial  string // ARN or serial number of the device
	RoleARN string
	Why     string // why the last code did not do; "" at the first question
}

// AskMFA asks the person for the code that an MFA device shows.
type AskMFA func(ctx context.Context, r MFARequest) (secret.String, error)

// Options configure a Resolver. The zero value works on the user's own files
// and environment and asks nobody.
type Options struct {
	Env        func(string) string            // nil for os.Getenv
	Files      func() (*awsfile.Files, error) // nil to load them once, when first wanted
	Prompts    sso.Prompts
	AskMFA     AskMFA
	HTTPClient aws.HTTPClient // nil for clients of our own
	// LoginTimeout is how long a log in met on the way is waited for; default 2 minutes.
	LoginTimeout time.Duration
	LoginMethod  sso.Method
	// ProcessTimeout is how long a credential_process may run; default 2
	// minutes, because some of them log in through a browser.
	ProcessTimeout time.Duration
}

// Resolver turns sources into chains. It may be used by several goroutines.
type Resolver struct {
	env            func(string) string
	files          func() (*awsfile.Files, error)
	network        *awsnet.Network
	sso            *sso.Manager
	askMFA         AskMFA
	processTimeout time.Duration
	codes          *codes

	mfaMu       sync.Mutex
	mfaSessions map[string]*Cache // by device and source
}

// NewResolver makes a resolver; it reads nothing yet.
func NewResolver(o Options) *Resolver {
	r := &Resolver{env: o.Env, files: o.Files, askMFA: o.AskMFA, processTimeout: o.ProcessTimeout, mfaSessions: map[string]*Cache{}}
	if r.env == nil {
		r.env = os.Getenv
	}
	if r.files == nil {
		r.files = sync.OnceValues(func() (*awsfile.Files, error) { return awsfile.Load(r.env) })
	}
	if r.processTimeout <= 0 {
		r.processTimeout = defaultProcessTimeout
	}
	r.codes = newCodes(r.env)
	r.network = awsnet.NewNetwork(r.env, r.files, o.HTTPClient)
	r.sso = sso.NewManager(sso.Options{
		Env: r.env, Files: r.files, Network: r.network,
		Prompts: o.Prompts, Timeout: o.LoginTimeout, Method: o.LoginMethod,
	})
	return r
}

// SSO returns the manager of the SSO sessions that the chains share.
func (r *Resolver) SSO() *sso.Manager { return r.sso }

// Network returns the network settings that the chains share.
func (r *Resolver) Network() *awsnet.Network { return r.network }

// Files returns the shared AWS files, read once.
func (r *Resolver) Files() (*awsfile.Files, error) {
	files, err := r.files()
	if err != nil {
		return nil, fault.Wrap(err, fault.Config, "Cannot read the AWS files").
			WithRemedy("make the file readable, or point AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE elsewhere")
	}
	return files, nil
}

// ProfileName returns the profile that a source without one stands for, and
// the variable that names it, "" for the CLI's own default.
func (r *Resolver) ProfileName(s Source) (name, origin string) {
	if s.Profile != "" {
		return s.Profile, ""
	}
	for _, variable := range []string{"AWS_PROFILE", "AWS_DEFAULT_PROFILE"} {
		if name := r.env(variable); name != "" {
			return name, variable
		}
	}
	return "default", ""
}

// Resolve turns a source into a chain, without any network call. The errors
// are faults: profile-missing, no-profiles, region-missing, config, and
// creds-failed for the rest.
func (r *Resolver) Resolve(ctx context.Context, s Source) (*Chain, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.Static != nil {
		return r.resolveStatic(s)
	}
	files, err := r.Files()
	if err != nil {
		return nil, err
	}
	name, origin := r.ProfileName(s)
	p, found := files.Profile(name)
	named := s.Profile != "" || origin != ""
	if named && !found {
		return nil, ProfileMissing(files, name, origin)
	}
	chain := &Chain{Name: name, Profile: name}
	chain.Region, chain.RegionOrigin = r.region(s, p)
	b := &builder{r: r, files: files, chain: chain, fromEnv: !s.Explicit, policy: s.SessionPolicy}
	link, err := b.top(p)
	if err != nil {
		return nil, err
	}
	if link == nil {
		return nil, b.nothing(p, name)
	}
	chain.top = link
	return chain, nil
}

func (r *Resolver) resolveStatic(s Source) (*Chain, error) {
	name := s.Name
	if name == "" {
		name = "static"
	}
	k := s.Static
	chain := &Chain{Name: name, Hops: []Hop{{Kind: HopStatic, Detail: "access key " + k.AccessKeyID, Origin: name}}}
	if err := k.Check(); err != nil {
		return nil, failed(name, err).WithRemedy("enter the keys again: fairlead auth add")
	}
	chain.Region, chain.RegionOrigin = r.region(s, nil)
	if chain.Region == "" && k.Region != "" {
		chain.Region, chain.RegionOrigin = k.Region, "auth "+name
	}
	chain.top = newCache(name, staticLink(aws.Credentials{
		AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey.Reveal(), SessionToken: k.SessionToken.Reveal(), Source: "fairlead static",
	}))
	return chain, nil
}

// Check says what is wrong with a pair of keys at first sight, before any call
// is made; nil when nothing is. The prefixes are AWS's: AKIA is a long-term
// key, ASIA a temporary one (IAM User Guide, "IAM identifiers").
func (k *Static) Check() error {
	id, key, token := k.AccessKeyID, k.SecretAccessKey.Reveal(), k.SessionToken.Reveal()
	odd := func(text string) bool { return strings.ContainsAny(text, " \t\r\n\"'") }
	switch {
	case id == "":
		return errors.New("the access key ID is empty")
	case key == "":
		return errors.New("the secret access key is empty")
	case odd(id):
		return fmt.Errorf("the access key ID %q holds a blank or a quote", id)
	case odd(key):
		return errors.New("the secret access key holds a blank or a quote")
	case odd(token):
		return errors.New("the session token holds a blank or a quote")
	case strings.HasPrefix(id, "ASIA") && token == "":
		return fmt.Errorf("the access key %s is temporary (ASIA...) and needs its session token", id)
	case strings.HasPrefix(id, "AKIA") && token != "":
		return fmt.Errorf("the access key %s is a long-term one (AKIA...) and has no session token", id)
	}
	return nil
}

// region follows the CLI: what was given, AWS_REGION, AWS_DEFAULT_REGION, the
// profile's region.
func (r *Resolver) region(s Source, p *awsfile.Profile) (region, origin string) {
	if s.Region != "" {
		return s.Region, s.RegionOrigin
	}
	for _, variable := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		if region := r.env(variable); region != "" {
			return region, variable
		}
	}
	if p != nil {
		if v, ok := p.Get("region"); ok && v.Text != "" {
			return v.Text, at(v)
		}
	}
	return "", ""
}

// Region returns the region that a source resolves to and where it comes from,
// without resolving its credentials.
func (r *Resolver) Region(s Source) (region, origin string, err error) {
	if s.Static != nil {
		region, origin = r.region(s, nil)
		if region == "" {
			region, origin = s.Static.Region, s.Name
		}
		return region, origin, nil
	}
	files, err := r.Files()
	if err != nil {
		return "", "", err
	}
	name, variable := r.ProfileName(s)
	p, found := files.Profile(name)
	if !found {
		if s.Profile != "" || variable != "" {
			return "", "", ProfileMissing(files, name, variable)
		}
		p = nil
	}
	region, origin = r.region(s, p)
	return region, origin, nil
}

// at is how a value's place is written.
func at(v awsfile.Value) string { return fmt.Sprintf("%s:%d", v.File, v.Line) }
