package creds

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/signin"
	"github.com/aws/aws-sdk-go-v2/service/signin/types"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/awsnet"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/home"
	"github.com/fairleadhq/fairlead/internal/secret"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// loginAhead is the CLI's: the keys of an `aws login` session live 15 minutes,
// and are refreshed when 5 are left.
const loginAhead = 5 * time.Minute

func (b *builder) login(p *awsfile.Profile) (*Cache, error) {
	if p == nil {
		return nil, nil
	}
	session, ok := p.Get("login_session")
	if !ok {
		return nil, nil
	}
	l := &loginLink{r: b.r, chain: b.chain, profile: p.Name, path: loginCacheFile(b.r.env, session.Text)}
	b.hop(Hop{Kind: HopLogin, Profile: p.Name, Detail: "aws login session " + session.Text, Origin: at(session), look: l.kept}, "")
	return newCache(b.chain.Name, l), nil
}

// loginLink are the credentials of a session that `aws login` opened. They are
// refreshed as the CLI does it; the log in itself is the CLI's.
type loginLink struct {
	r       *Resolver
	chain   *Chain
	profile string
	path    string
}

func (l *loginLink) renews() bool { return true }

func (l *loginLink) fetch(ctx context.Context, _ bool) (aws.Credentials, error) {
	f, err := l.read(ctx)
	if err != nil {
		return aws.Credentials{}, err
	}
	if f.left() > loginAhead {
		return f.keys, nil
	}
	fresh, err := l.refresh(ctx, f)
	switch {
	case err == nil:
		return fresh.keys, nil
	case ctx.Err() == nil && f.left() > 0:
		return f.keys, nil // a failed early refresh harms nobody
	}
	return aws.Credentials{}, err
}

// read reads the session; the error is a fault.
func (l *loginLink) read(ctx context.Context) (loginFile, error) {
	var f loginFile
	err := sso.ReadCacheFile(ctx, l.path, func(data []byte) (err error) {
		f, err = parseLogin(data)
		return err
	})
	switch {
	case err == nil:
		return f, nil
	case ctx.Err() != nil:
		return f, ctx.Err()
	case errors.Is(err, fs.ErrNotExist):
		err = fmt.Errorf("%s is missing", l.path)
	default:
		err = fmt.Errorf("%s: %w", l.path, err)
	}
	return f, fault.Wrapf(err, fault.SSOAbsent, "No AWS login session for profile %q yet", l.profile).WithRemedy(l.again())
}

// again is the command that logs in anew.
func (l *loginLink) again() string { return "run: aws login --profile " + l.profile }

// refresh trades the refresh token for new keys, once for all processes: under
// the lock the file is read again.
func (l *loginLink) refresh(ctx context.Context, old loginFile) (loginFile, error) {
	patient, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	if release, err := home.Lock(patient, strings.TrimSuffix(l.path, ".json")+".lock"); err == nil {
		defer func() { _ = release() }()
	}
	f, err := l.read(ctx)
	if err != nil {
		return f, err
	}
	if f.left() > loginAhead || f.keys.SessionToken != old.keys.SessionToken && f.left() > stillGood {
		return f, nil
	}
	if lacking := f.missing(); lacking != "" {
		return f, l.expired(fmt.Errorf("%s has no %s to refresh it by", l.path, lacking))
	}
	fresh, err := l.trade(ctx, f)
	if err != nil {
		// The CLI takes no lock, and may just have used the refresh token.
		if now, readErr := l.read(ctx); readErr == nil && now.refresh != f.refresh && now.left() > stillGood {
			return now, nil
		}
		return f, err
	}
	if data, err := fresh.encode(); err == nil {
		_ = home.WriteFile(l.path, data) // a read-only cache must not stop the one who waits
	}
	return fresh, nil
}

// trade asks the Sign-In service for new keys.
func (l *loginLink) trade(ctx context.Context, f loginFile) (loginFile, error) {
	key, err := parseDPoPKey(f.dpop.Reveal())
	if err != nil {
		return f, l.expired(fmt.Errorf("%s: %w", l.path, err))
	}
	if l.chain.Region == "" {
		return f, regionMissing(l.chain.Name)
	}
	cfg := l.r.network.Config(l.chain.Profile, l.chain.Region)
	out, err := signin.NewFromConfig(cfg).CreateOAuth2Token(ctx, &signin.CreateOAuth2TokenInput{
		TokenInput: &types.CreateOAuth2TokenRequestBody{ClientId: &f.client, GrantType: aws.String("refresh_token"), RefreshToken: aws.String(f.refresh.Reveal())},
	}, signin.WithAPIOptions(addDPoP(key)))
	if err != nil {
		return f, l.refused(err)
	}
	if out.TokenOutput == nil || out.TokenOutput.AccessToken == nil || aws.ToString(out.TokenOutput.AccessToken.AccessKeyId) == "" {
		return f, failed(l.chain.Name, fmt.Errorf("%s: AWS Sign-In answered without credentials", l.hop())).WithRemedy(l.again())
	}
	t := out.TokenOutput
	f.keys.AccessKeyID, f.keys.SecretAccessKey = *t.AccessToken.AccessKeyId, aws.ToString(t.AccessToken.SecretAccessKey)
	f.keys.SessionToken = aws.ToString(t.AccessToken.SessionToken)
	f.keys.Expires = time.Now().Add(time.Duration(aws.ToInt32(t.ExpiresIn)) * time.Second).UTC().Truncate(time.Second)
	if token := aws.ToString(t.RefreshToken); token != "" {
		f.refresh = secret.New(token)
	}
	return f, nil
}

func (l *loginLink) hop() string { return fmt.Sprintf("login_session of profile %q", l.profile) }

// refused says what a refused refresh means.
func (l *loginLink) refused(err error) error {
	var denied *types.AccessDeniedException
	if !errors.As(err, &denied) {
		failure := serviceFailed(l.chain.Name, l.hop(), err, "AWS Sign-In", "refresh the login session")
		var f *fault.Error
		if errors.As(failure, &f) && f.Remedy == "" {
			f.Remedy = l.again()
		}
		return failure
	}
	said := awsnet.ServiceWords(err, "AWS Sign-In")
	if denied.Error_ != "" {
		said.Code = string(denied.Error_)
	}
	switch denied.Error_ {
	case types.OAuth2ErrorCodeTokenExpired:
		return l.expired(fmt.Errorf("the session in %s has ended", l.path)).WithService(said)
	case types.OAuth2ErrorCodeUserCredentialsChanged:
		return l.expired(errors.New("the user's password has been changed since the log in")).WithService(said)
	case types.OAuth2ErrorCodeInsufficientPermissions:
		return failed(l.chain.Name, fmt.Errorf("%s: AWS Sign-In does not allow the refresh", l.hop())).WithService(said).
			WithRemedy("ask whoever manages the account for the permission signin:CreateOAuth2Token")
	}
	return failed(l.chain.Name, fmt.Errorf("%s: AWS Sign-In answered %s", l.hop(), said.Code)).WithService(said).WithRemedy(l.again())
}

func (l *loginLink) expired(why error) *fault.Error {
	return fault.Wrapf(why, fault.SSOExpired, "SSO session expired for profile %q", l.profile).WithRemedy(l.again())
}
