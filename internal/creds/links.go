package creds

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// ssoLink is a role of an SSO session.
type ssoLink struct {
	manager       *sso.Manager
	session       sso.Session
	account, role string
}

func (l *ssoLink) answer(ctx context.Context, ask bool) (answer, error) {
	got, err := l.manager.RoleCredentials(ctx, l.session, l.account, l.role, ask)
	return answer{Credentials: got}, err
}

// environment takes the keys of the environment. A pair without its secret is
// an error, as in the CLI; a secret without its key is nothing.
func (b *builder) environment() (*Cache, error) {
	env := b.r.env
	id := env("AWS_ACCESS_KEY_ID")
	if id == "" {
		return nil, nil
	}
	key := env("AWS_SECRET_ACCESS_KEY")
	if key == "" {
		return nil, failed(b.chain.Name, errors.New("AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not")).
			WithRemedy("set both, or unset AWS_ACCESS_KEY_ID to use a profile")
	}
	got := aws.Credentials{AccessKeyID: id, SecretAccessKey: key, AccountID: env("AWS_ACCOUNT_ID"), Source: "fairlead environment"}
	for _, variable := range []string{"AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN"} {
		if got.SessionToken = env(variable); got.SessionToken != "" {
			break
		}
	}
	if text := env("AWS_CREDENTIAL_EXPIRATION"); text != "" {
		expires, err := sso.ParseTime(text)
		if err != nil {
			return nil, failed(b.chain.Name, fmt.Errorf("AWS_CREDENTIAL_EXPIRATION: %w", err)).WithRemedy("correct the variable, or unset it")
		}
		if time.Until(expires) <= 0 {
			return nil, failed(b.chain.Name, fmt.Errorf("the keys in the environment expired at %s (AWS_CREDENTIAL_EXPIRATION)", text)).
				WithRemedy("export new keys, or unset AWS_ACCESS_KEY_ID to use a profile")
		}
		got.CanExpire, got.Expires = true, expires
	}
	b.hop(Hop{Kind: HopEnvironment, Detail: "access key " + id, Origin: "AWS_ACCESS_KEY_ID"}, got.AccountID)
	return newCache(b.chain.Name, staticLink(got)), nil
}

// ForgetSSO deletes the credentials of these profiles' SSO roles from the
// CLI's cache, as `aws sso logout` does; they would go on working without the
// session. Roles that were assumed by them stay, as they do there.
func (r *Resolver) ForgetSSO(profiles []string) error {
	files, err := r.Files()
	if err != nil {
		return err
	}
	for _, name := range profiles {
		p, ok := files.Profile(name)
		if !ok {
			continue
		}
		s, err := sso.Find(files, p)
		if err != nil {
			continue // what is not configured cannot have been used
		}
		file := newRoleFile(r.env, ssoKey(s, p.Text("sso_account_id"), p.Text("sso_role_name")), zoneSSO)
		if err := os.Remove(file.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fault.Wrapf(err, fault.Output, "The cached credentials of profile %q cannot be deleted", name).
				WithRemedyf("delete %s", file.path)
		}
	}
	return nil
}
