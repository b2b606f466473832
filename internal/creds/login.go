package creds

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sso"
)

func (b *builder) login(p *awsfile.Profile) (*Cache, error) {
	if p == nil {
		return nil, nil
	}
	session, ok := p.Get("login_session")
	if !ok {
		return nil, nil
	}
	l := &loginLink{name: b.chain.Name, profile: p.Name, path: loginCacheFile(b.r.env, session.Text)}
	b.hop(Hop{Kind: HopLogin, Profile: p.Name, Detail: "aws login session " + session.Text, Origin: at(session)}, "")
	return newCache(b.chain.Name, l), nil
}

// loginCacheFile names the file as `aws login` does: the SHA-256 of the
// principal's ARN.
func loginCacheFile(env func(string) string, session string) string {
	folder := filepath.Join(awsfile.Home(env), ".aws", "login", "cache")
	if other := env("AWS_LOGIN_CACHE_DIRECTORY"); other != "" {
		folder = awsfile.ExpandPath(env, other)
	}
	sum := sha256.Sum256([]byte(session))
	return filepath.Join(folder, hex.EncodeToString(sum[:])+".json")
}

// loginLink are the credentials that `aws login` keeps in its cache.
type loginLink struct {
	name    string
	profile string
	path    string
}

func (l *loginLink) renews() bool { return true }

func (l *loginLink) fetch(context.Context, bool) (aws.Credentials, error) {
	remedy := "run: aws login --profile " + l.profile
	hop := fmt.Sprintf("login_session of profile %q", l.profile)
	data, err := os.ReadFile(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return aws.Credentials{}, failed(l.name, fmt.Errorf("%s: nobody has logged in yet (%s is missing)", hop, l.path)).WithRemedy(remedy)
	}
	if err != nil {
		return aws.Credentials{}, failed(l.name, fmt.Errorf("%s: %w", hop, err)).WithRemedy(remedy)
	}
	var file struct {
		AccessToken struct {
			AccessKeyID     string `json:"accessKeyId"`
			SecretAccessKey string `json:"secretAccessKey"`
			SessionToken    string `json:"sessionToken"`
			AccountID       string `json:"accountId"`
			ExpiresAt       string `json:"expiresAt"`
		} `json:"accessToken"`
	}
	t := &file.AccessToken
	if json.Unmarshal(data, &file) != nil || t.AccessKeyID == "" || t.SecretAccessKey == "" {
		return aws.Credentials{}, failed(l.name, fmt.Errorf("%s: %s holds no credentials", hop, l.path)).WithRemedy(remedy)
	}
	expires, err := sso.ParseTime(t.ExpiresAt)
	if err != nil {
		return aws.Credentials{}, failed(l.name, fmt.Errorf("%s: %s has no time of expiry", hop, l.path)).WithRemedy(remedy)
	}
	if time.Until(expires) <= 0 {
		return aws.Credentials{}, fault.Wrapf(fmt.Errorf("%s ended at %s", l.path, sso.FormatTime(expires)), fault.SSOExpired,
			"AWS login session expired for profile %q", l.profile).WithRemedy(remedy)
	}
	return aws.Credentials{
		AccessKeyID: t.AccessKeyID, SecretAccessKey: t.SecretAccessKey, SessionToken: t.SessionToken,
		AccountID: t.AccountID, CanExpire: true, Expires: expires, Source: "fairlead login",
	}, nil
}
