package creds

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// builder makes one chain. The order in which it asks a profile for
// credentials is AWS CLI v2's.
type builder struct {
	r       *Resolver
	files   *awsfile.Files
	chain   *Chain
	fromEnv bool     // variables count, because no profile was named explicitly
	visited []string // profiles of the role chain so far
	policy  string   // session policy, until a role took it
}

// top resolves the whole source: variables, the profile's role, the profile's
// own credentials, and a container's when the environment names them. p is nil
// when there is no default profile.
func (b *builder) top(p *awsfile.Profile) (*Cache, error) {
	if b.fromEnv {
		if c, err := b.environment(); c != nil || err != nil {
			return c, err
		}
	}
	if p != nil {
		if err := b.usable(p); err != nil {
			return nil, err
		}
		if takesRole(p) {
			b.visited = append(b.visited, p.Name)
			return b.role(p)
		}
	}
	if c, err := b.own(p, b.fromEnv); c != nil || err != nil {
		return c, err
	}
	return b.container()
}

// usable refuses a profile that a defect of the files touches.
func (b *builder) usable(p *awsfile.Profile) error {
	defects := p.Defects()
	if len(defects) == 0 {
		return nil
	}
	f := failed(b.chain.Name, errors.New(defects[0].String()))
	return f.WithRemedyf("%s (%s:%d)", defects[0].Fix, defects[0].File, defects[0].Line)
}

// takesRole reports whether the profile assumes a role with the credentials of
// another source. With web_identity_token_file the token is its own source.
func takesRole(p *awsfile.Profile) bool {
	_, role := p.Get("role_arn")
	_, web := p.Get("web_identity_token_file")
	return role && !web
}

// own asks the profile itself, role aside. nil without an error means that it
// has no credentials.
func (b *builder) own(p *awsfile.Profile, fromEnv bool) (*Cache, error) {
	for _, ask := range []func(*awsfile.Profile) (*Cache, error){
		func(p *awsfile.Profile) (*Cache, error) { return b.webIdentity(p, fromEnv) },
		b.sso, b.credentialsFile, b.login, b.process, b.configFile,
	} {
		if c, err := ask(p); c != nil || err != nil {
			return c, err
		}
	}
	return nil, nil
}

func (b *builder) sso(p *awsfile.Profile) (*Cache, error) {
	if p == nil {
		return nil, nil
	}
	account, hasAccount := p.Get("sso_account_id")
	role, hasRole := p.Get("sso_role_name")
	if !hasAccount && !hasRole {
		return nil, nil
	}
	s, err := sso.Find(b.files, p)
	if err != nil {
		f := failed(b.chain.Name, hopError(p, "sso", err))
		var config *sso.ConfigError
		if errors.As(err, &config) {
			f.Remedy = config.Fix
		}
		return nil, f
	}
	for key, has := range map[string]bool{"sso_account_id": hasAccount, "sso_role_name": hasRole} {
		if !has {
			return nil, failed(b.chain.Name, hopError(p, "sso", fmt.Errorf("%s: profile %q has no %s", at(p.Where()), p.Name, key))).
				WithRemedy("add it, or run: aws configure sso")
		}
	}
	b.chain.Session = &s
	link := b.shared(&ssoLink{manager: b.r.sso, session: s, account: account.Text, role: role.Text}, newRoleFile(b.r.env, ssoKey(s, account.Text, role.Text), zoneSSO))
	b.hop(Hop{Kind: HopSSO, Profile: p.Name, Origin: at(role), look: fileOf(link),
		Detail: fmt.Sprintf("role %s in account %s, session %s (%s)", role.Text, account.Text, s.Key(), s.Region)}, account.Text)
	return newCache(b.chain.Name, link), nil
}

func (b *builder) credentialsFile(p *awsfile.Profile) (*Cache, error) {
	if p == nil {
		return nil, nil
	}
	return b.static(p, p.InCredentials())
}

func (b *builder) configFile(p *awsfile.Profile) (*Cache, error) {
	if p == nil {
		return nil, nil
	}
	return b.static(p, p.InConfig())
}

// static takes the keys of one file's section; values of the two files are
// never mixed into one pair.
func (b *builder) static(p *awsfile.Profile, section *awsfile.Section) (*Cache, error) {
	id, ok := section.Get("aws_access_key_id")
	if !ok {
		return nil, nil
	}
	key, ok := section.Get("aws_secret_access_key")
	if !ok {
		return nil, failed(b.chain.Name, hopError(p, "static", fmt.Errorf("%s: aws_access_key_id without aws_secret_access_key", at(id)))).
			WithRemedyf("add aws_secret_access_key to %s, or run: aws configure --profile %s", id.File, p.Name)
	}
	token, ok := section.Get("aws_security_token")
	if !ok {
		token, _ = section.Get("aws_session_token")
	}
	account, _ := section.Get("aws_account_id")
	b.hop(Hop{Kind: HopStatic, Profile: p.Name, Detail: "access key " + id.Text, Origin: at(id)}, account.Text)
	return newCache(b.chain.Name, staticLink(aws.Credentials{
		AccessKeyID: id.Text, SecretAccessKey: key.Text, SessionToken: token.Text, AccountID: account.Text, Source: "fairlead shared file",
	})), nil
}

// shared makes the link of a hop that the CLI keeps in its cache when it is
// the first one; as the source of a role it keeps it in memory only.
func (b *builder) shared(inner answerer, file *roleFile) link {
	if len(b.chain.Hops) > 0 {
		return alone{inner}
	}
	return &shared{inner: inner, file: file}
}

// hop adds a hop; the first one that knows the account tells it.
func (b *builder) hop(h Hop, account string) {
	if len(b.chain.Hops) == 0 {
		b.chain.AccountID = account
	}
	p, _ := b.files.Profile(h.Profile)
	b.describe(&h, p)
	b.chain.Hops = append(b.chain.Hops, h)
}

// nothing is the fault for a source that has no credentials at all.
func (b *builder) nothing(p *awsfile.Profile, name string) error {
	if p == nil {
		if len(b.files.Profiles()) == 0 {
			return NoProfiles(b.files)
		}
		return noDefault(b.files)
	}
	why := fmt.Sprintf("profile %q (%s) has settings but no credentials", name, at(p.Where()))
	remedy := fmt.Sprintf("run: aws configure --profile %[1]s, or: aws configure sso --profile %[1]s", name)
	if _, ok := p.Get("sso_session"); ok {
		why = fmt.Sprintf("profile %q (%s) has sso_session, but neither sso_account_id nor sso_role_name", name, at(p.Where()))
	}
	if _, ok := p.Get("source_profile"); ok {
		why += "; its source_profile counts only together with role_arn"
	}
	return failed(b.chain.Name, errors.New(why)).WithRemedy(remedy)
}

// loop is the fault for a role chain that comes back to itself.
func (b *builder) loop(next string) error {
	path := append(slices.Clone(b.visited), next)
	return failed(b.chain.Name, fmt.Errorf("the profiles' source_profile go in a circle: %s", strings.Join(path, " -> "))).
		WithRemedyf("give one of them credentials of its own, or another source_profile")
}
