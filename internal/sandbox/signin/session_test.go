package signin_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/sso/types"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc/types"
	"github.com/aws/smithy-go"

	"github.com/fairleadhq/fairlead/internal/sandbox/signin"
)

func TestRefresh(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	c := g.accountClient()
	first := g.logIn(c)
	g.move(2 * time.Hour)
	_, err := g.roleCredentials(first.AccessToken, devAccount, "Analyst")
	wantError[*ssotypes.UnauthorizedException](t, err, 401)

	second, err := g.refresh(c, first.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	if *second.RefreshToken != *first.RefreshToken || *second.AccessToken == *first.AccessToken {
		t.Error("a refresh keeps the refresh token and renews the access token")
	}
	if _, err := g.roleCredentials(second.AccessToken, devAccount, "Analyst"); err != nil {
		t.Error(err)
	}

	if err := g.service.SetRefreshRule(signin.RefreshOmit); err != nil {
		t.Fatal(err)
	}
	if out, err := g.refresh(c, first.RefreshToken); err != nil || out.RefreshToken != nil {
		t.Errorf("omit: %v %v", out, err)
	}
	if err := g.service.SetRefreshRule(signin.RefreshRotate); err != nil {
		t.Fatal(err)
	}
	third, err := g.refresh(c, first.RefreshToken)
	if err != nil || *third.RefreshToken == *first.RefreshToken {
		t.Fatalf("rotate: %v", err)
	}
	_, err = g.refresh(c, first.RefreshToken)
	wantError[*types.InvalidGrantException](t, err, 400)
	if _, err = g.refresh(c, third.RefreshToken); err != nil {
		t.Error(err)
	}
	if g.service.SetRefreshRule("sometimes") == nil {
		t.Error("an unknown rule was taken")
	}
	_, err = g.refresh(g.accountClient(), third.RefreshToken)
	wantError[*types.InvalidGrantException](t, err, 400) // another client's
}

// TestSessionEnds sees that refreshing ends with the portal session.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	c := g.accountClient()
	first := g.logIn(c)
	g.move(7*time.Hour + 30*time.Minute)
	late, err := g.refresh(c, first.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	if late.ExpiresIn != 1800 {
		t.Errorf("half an hour before the session ends a token lasts %d s", late.ExpiresIn)
	}
	g.move(30 * time.Minute)
	_, err = g.refresh(c, first.RefreshToken)
	wantError[*types.InvalidGrantException](t, err, 400)
}

func TestLegacyTokenCannotBeRefreshed(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	out := g.logIn(g.register(ssooidc.RegisterClientInput{}))
	if out.RefreshToken != nil || out.ExpiresIn != 8*3600 {
		t.Errorf("without scopes: refresh token %v, lasts %d s", out.RefreshToken, out.ExpiresIn)
	}
	if _, err := g.roleCredentials(out.AccessToken, devAccount, "Analyst"); err != nil {
		t.Error(err)
	}
	foreign := g.logIn(g.register(ssooidc.RegisterClientInput{Scopes: []string{"codewhisperer:completions"}}))
	_, err := g.roleCredentials(foreign.AccessToken, devAccount, "Analyst")
	wantError[*ssotypes.UnauthorizedException](t, err, 401)
}

func TestLifetimes(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.service.SetTokenLifetime(90 * time.Second)
	g.service.SetCredentialLifetime(20 * time.Second)
	out := g.logIn(g.accountClient())
	if out.ExpiresIn != 90 {
		t.Errorf("a token lasts %d s, want 90", out.ExpiresIn)
	}
	keys, err := g.roleCredentials(out.AccessToken, devAccount, "Analyst")
	if err != nil {
		t.Fatal(err)
	}
	if d := time.UnixMilli(keys.Expiration).Sub(g.clock.Now()); d != 20*time.Second {
		t.Errorf("role credentials last %v, want 20 s", d)
	}
	if n := g.service.ExpireTokens(); n != 1 {
		t.Errorf("ended %d tokens", n)
	}
	_, err = g.roleCredentials(out.AccessToken, devAccount, "Analyst")
	wantError[*ssotypes.UnauthorizedException](t, err, 401)
}

func TestRevokeAndLogout(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	c := g.accountClient()
	out := g.logIn(c)
	if n := g.service.Revoke(); n != 1 {
		t.Errorf("ended %d sessions", n)
	}
	_, err := g.roleCredentials(out.AccessToken, devAccount, "Analyst")
	wantError[*ssotypes.UnauthorizedException](t, err, 401)
	_, err = g.refresh(c, out.RefreshToken)
	wantError[*types.InvalidGrantException](t, err, 400)

	out = g.logIn(c)
	if _, err := g.portal.Logout(t.Context(), &sso.LogoutInput{AccessToken: out.AccessToken}); err != nil {
		t.Fatal(err)
	}
	_, err = g.portal.Logout(t.Context(), &sso.LogoutInput{AccessToken: out.AccessToken})
	wantError[*ssotypes.UnauthorizedException](t, err, 401)
	_, err = g.refresh(c, out.RefreshToken)
	wantError[*types.InvalidGrantException](t, err, 400)
}

func TestPortal(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	token := g.logIn(g.accountClient()).AccessToken
	keys, err := g.roleCredentials(token, prodAccount, "ReadOnly")
	if err != nil {
		t.Fatal(err)
	}
	stored, ok := g.store.Key(*keys.AccessKeyId)
	if !ok || stored.Secret != *keys.SecretAccessKey || stored.Token != *keys.SessionToken {
		t.Error("the keys are not those on file")
	}
	if !strings.HasPrefix(stored.Principal.ARN, "arn:aws:sts::444455556666:assumed-role/AWSReservedSSO_ReadOnly_") || !strings.HasSuffix(stored.Principal.ARN, "/robin") {
		t.Errorf("the session is %s", stored.Principal.ARN)
	}
	_, err = g.roleCredentials(token, prodAccount, "Analyst")
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "ForbiddenException" || api.ErrorMessage() != "No access" {
		t.Errorf("a role that is not assigned: %v", err)
	}
	_, err = g.roleCredentials(token, "999999999999", "Analyst")
	wantError[*ssotypes.ResourceNotFoundException](t, err, 404)
	_, err = g.roleCredentials(aws.String("invented"), devAccount, "Analyst")
	wantError[*ssotypes.UnauthorizedException](t, err, 401)
	if !g.store.Unassign("robin", prodAccount, "ReadOnly") {
		t.Fatal("nothing was unassigned")
	}
	if _, err = g.roleCredentials(token, prodAccount, "ReadOnly"); err == nil {
		t.Error("credentials after the assignment was taken away")
	}
}

func TestPaging(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	token := g.logIn(g.accountClient()).AccessToken
	var accounts []string
	pages := sso.NewListAccountsPaginator(g.portal, &sso.ListAccountsInput{AccessToken: token, MaxResults: aws.Int32(1)})
	n := 0
	for ; pages.HasMorePages(); n++ {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range page.AccountList {
			accounts = append(accounts, *a.AccountId+" "+*a.AccountName+" "+*a.EmailAddress)
		}
	}
	if got, want := strings.Join(accounts, ","), "111122223333 Dev dev@example.com,444455556666 Prod prod@example.com"; got != want || n != 2 {
		t.Errorf("%d pages of %s\nwant 2 of %s", n, got, want)
	}
	var roles []string
	rolePages := sso.NewListAccountRolesPaginator(g.portal, &sso.ListAccountRolesInput{AccessToken: token, AccountId: aws.String(devAccount), MaxResults: aws.Int32(2)})
	for rolePages.HasMorePages() {
		page, err := rolePages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.RoleList {
			roles = append(roles, *r.RoleName)
		}
	}
	if got, want := strings.Join(roles, ","), "Admin,Analyst,ReadOnly"; got != want {
		t.Errorf("roles %s, want %s", got, want)
	}
	_, err := g.portal.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: token, MaxResults: aws.Int32(101)})
	wantError[*ssotypes.InvalidRequestException](t, err, 400)
	_, err = g.portal.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: token, NextToken: aws.String("?")})
	wantError[*ssotypes.InvalidRequestException](t, err, 400)
	_, err = g.portal.ListAccountRoles(t.Context(), &sso.ListAccountRolesInput{AccessToken: token, AccountId: aws.String(elsewhere)})
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "ForbiddenException" {
		t.Errorf("an account without assignments: %v", err)
	}
}
