package sso

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awssso "github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"

	"github.com/fairleadhq/fairlead/internal/awsnet"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/secret"
)

// source names these credentials in aws.Credentials.Source.
const source = "fairlead sso"

// maxTokens bounds how many tokens one request may go through: the cached one,
// a refreshed one, and one from a log in.
const maxTokens = 3

func (m *Manager) portal(s Session) *awssso.Client {
	return awssso.NewFromConfig(m.network.Config(s.Profile, s.Region))
}

func (m *Manager) oidc(s Session) *ssooidc.Client {
	return ssooidc.NewFromConfig(m.network.Config(s.Profile, s.Region), func(o *ssooidc.Options) {
		// The SDK does not know that this code asks to come again later.
		o.Retryer = retry.AddWithErrorCodes(o.Retryer, "SlowDownException")
	})
}

// RoleCredentials trades the session's token for credentials of a role. With
// ask, an expired session is brought up through the prompts first, and the
// request goes on.
func (m *Manager) RoleCredentials(ctx context.Context, s Session, account, role string, ask bool) (aws.Credentials, error) {
	t, err := m.token(ctx, s, ask)
	for tokens := 1; ; tokens++ {
		if err != nil {
			return aws.Credentials{}, err
		}
		out, err2 := m.portal(s).GetRoleCredentials(ctx, &awssso.GetRoleCredentialsInput{
			AccessToken: aws.String(t.access.Reveal()), AccountId: &account, RoleName: &role,
		})
		if err2 == nil {
			if out.RoleCredentials == nil || aws.ToString(out.RoleCredentials.AccessKeyId) == "" {
				return aws.Credentials{}, fault.Newf(fault.Unavailable, "IAM Identity Center answered without credentials for role %s in account %s", role, account)
			}
			rc := out.RoleCredentials
			return aws.Credentials{
				AccessKeyID: aws.ToString(rc.AccessKeyId), SecretAccessKey: aws.ToString(rc.SecretAccessKey), SessionToken: aws.ToString(rc.SessionToken),
				CanExpire: true, Expires: time.UnixMilli(rc.Expiration).UTC(), AccountID: account, Source: source,
			}, nil
		}
		switch awsnet.Status(err2) {
		case http.StatusUnauthorized:
			if tokens == maxTokens {
				return aws.Credentials{}, m.expired(s, m.path(s), t, nil)
			}
			t, err = m.replace(ctx, s, t, ask)
			continue
		case http.StatusForbidden, http.StatusNotFound:
			return aws.Credentials{}, fault.Newf(fault.SSONoAssignment, "Role %s in account %s is not assigned to you (profile %q)", role, account, s.label()).
				WithService(awsnet.ServiceWords(err2, oidc)).
				WithRemedyf("check sso_account_id and sso_role_name of the profile; new assignments need a new log in: %s", loginCommand(s))
		}
		return aws.Credentials{}, awsnet.Fault(err2, oidc, fmt.Sprintf("get credentials for role %s in account %s (profile %q)", role, account, s.label()))
	}
}

// replace returns another token for one that the portal refused: the file's if
// it has changed, a refreshed one, or that of a log in.
func (m *Manager) replace(ctx context.Context, s Session, refused token, ask bool) (token, error) {
	m.mu.Lock()
	m.rejected[m.path(s)] = refused.access.Reveal()
	m.mu.Unlock()
	return m.token(ctx, s, ask)
}

// createRefreshed asks for a new token. What the service does not tell anew is
// kept from the old one.
func (m *Manager) createRefreshed(ctx context.Context, s Session, old token) (token, error) {
	out, err := m.oidc(s).CreateToken(ctx, &ssooidc.CreateTokenInput{
		GrantType: aws.String("refresh_token"), ClientId: &old.clientID,
		ClientSecret: aws.String(old.clientSecret.Reveal()), RefreshToken: aws.String(old.refresh.Reveal()),
	})
	if err != nil {
		return token{}, err
	}
	fresh, err := issued(s, out)
	if err != nil {
		return token{}, err
	}
	fresh.clientID, fresh.clientSecret = old.clientID, old.clientSecret
	fresh.registration, fresh.noRegistration = old.registration, old.noRegistration
	fresh.unknown = old.unknown
	if fresh.refresh.IsZero() {
		fresh.refresh = old.refresh
	}
	return fresh, nil
}

// issued makes a token of what the service handed out.
func issued(s Session, out *ssooidc.CreateTokenOutput) (token, error) {
	if aws.ToString(out.AccessToken) == "" || out.ExpiresIn <= 0 {
		return token{}, fault.New(fault.LoginFailed, "IAM Identity Center answered without a token")
	}
	return token{
		access: secret.New(*out.AccessToken), refresh: secret.New(aws.ToString(out.RefreshToken)),
		expires:  time.Now().Add(time.Duration(out.ExpiresIn) * time.Second).UTC().Truncate(time.Second),
		startURL: s.StartURL, region: s.Region,
	}, nil
}
