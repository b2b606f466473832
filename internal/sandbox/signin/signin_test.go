package signin_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/sso/types"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/fairleadhq/fairlead/internal/sandbox/front"
	"github.com/fairleadhq/fairlead/internal/sandbox/identity"
	"github.com/fairleadhq/fairlead/internal/sandbox/signin"
)

const (
	devAccount  = "111122223333"
	prodAccount = "444455556666"
	elsewhere   = "777788889999" // in the organization, nothing assigned

	deviceGrant  = "urn:ietf:params:oauth:grant-type:device_code"
	codeGrant    = "authorization_code"
	refreshGrant = "refresh_token"
)

// rig is a running sign-in service with clients of the real SDK. Its clock
// stands still until it is moved.
type rig struct {
	t       *testing.T
	url     string
	clock   *identity.Clock
	store   *identity.Store
	service *signin.Service
	oidc    *ssooidc.Client
	portal  *sso.Client
	count   *front.Counters
}

func newRig(t *testing.T) *rig {
	t.Helper()
	start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	g := &rig{t: t, clock: identity.NewClock(func() time.Time { return start }), count: &front.Counters{}}
	g.store = identity.NewStore(g.clock)
	for id, name := range map[string]string{devAccount: "Dev", prodAccount: "Prod", elsewhere: "Else"} {
		g.store.AddAccount(identity.Account{ID: id, Name: name, Email: strings.ToLower(name) + "@example.com"})
	}
	for _, a := range [][2]string{{devAccount, "Analyst"}, {devAccount, "ReadOnly"}, {devAccount, "Admin"}, {prodAccount, "ReadOnly"}} {
		if _, err := g.store.Assign("robin", a[0], a[1]); err != nil {
			t.Fatal(err)
		}
	}
	g.service = signin.New(signin.Options{Store: g.store, Region: "us-east-1", Person: identity.Person{Name: "robin", Label: "Robin Example"}})
	server := httptest.NewServer(front.New(front.Options{
		Store: g.store, Region: "us-east-1", SSO: g.service, Pages: g.service.Pages(), Counters: g.count,
	}))
	t.Cleanup(server.Close)
	g.url = server.URL
	g.service.SetEndpoint(server.URL)
	cfg := aws.Config{Region: "us-east-1", BaseEndpoint: aws.String(server.URL), Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	g.oidc, g.portal = ssooidc.NewFromConfig(cfg), sso.NewFromConfig(cfg)
	return g
}

func (g *rig) register(in ssooidc.RegisterClientInput) *ssooidc.RegisterClientOutput {
	g.t.Helper()
	in.ClientName, in.ClientType = aws.String("test"), aws.String("public")
	out, err := g.oidc.RegisterClient(g.t.Context(), &in)
	if err != nil {
		g.t.Fatal(err)
	}
	return out
}

func (g *rig) accountClient() *ssooidc.RegisterClientOutput {
	g.t.Helper()
	return g.register(ssooidc.RegisterClientInput{Scopes: []string{signin.AccountScope}})
}

func (g *rig) startDevice(c *ssooidc.RegisterClientOutput) *ssooidc.StartDeviceAuthorizationOutput {
	g.t.Helper()
	out, err := g.oidc.StartDeviceAuthorization(g.t.Context(), &ssooidc.StartDeviceAuthorizationInput{
		ClientId: c.ClientId, ClientSecret: c.ClientSecret, StartUrl: aws.String(g.url + "/start"),
	})
	if err != nil {
		g.t.Fatal(err)
	}
	return out
}

func (g *rig) poll(c *ssooidc.RegisterClientOutput, deviceCode *string) (*ssooidc.CreateTokenOutput, error) {
	return g.oidc.CreateToken(g.t.Context(), &ssooidc.CreateTokenInput{
		ClientId: c.ClientId, ClientSecret: c.ClientSecret, GrantType: aws.String(deviceGrant), DeviceCode: deviceCode,
	})
}

func (g *rig) refresh(c *ssooidc.RegisterClientOutput, token *string) (*ssooidc.CreateTokenOutput, error) {
	return g.oidc.CreateToken(g.t.Context(), &ssooidc.CreateTokenInput{
		ClientId: c.ClientId, ClientSecret: c.ClientSecret, GrantType: aws.String(refreshGrant), RefreshToken: token,
	})
}

// logIn goes through the device flow.
func (g *rig) logIn(c *ssooidc.RegisterClientOutput) *ssooidc.CreateTokenOutput {
	g.t.Helper()
	d := g.startDevice(c)
	if err := g.service.Decide(*d.UserCode, true); err != nil {
		g.t.Fatal(err)
	}
	out, err := g.poll(c, d.DeviceCode)
	if err != nil {
		g.t.Fatal(err)
	}
	return out
}

func (g *rig) roleCredentials(token *string, account, role string) (*ssotypes.RoleCredentials, error) {
	out, err := g.portal.GetRoleCredentials(g.t.Context(), &sso.GetRoleCredentialsInput{
		AccessToken: token, AccountId: aws.String(account), RoleName: aws.String(role),
	})
	if err != nil {
		return nil, err
	}
	return out.RoleCredentials, nil
}

func (g *rig) move(d time.Duration) { g.clock.SetOffset(g.clock.Offset() + d) }

// wantError sees that err has the SDK's type E and the HTTP status.
func wantError[E error](t *testing.T, err error, status int) {
	t.Helper()
	var typed E
	if !errors.As(err, &typed) {
		t.Errorf("got %v, want a %T", err, typed)
		return
	}
	var resp *smithyhttp.ResponseError
	if !errors.As(err, &resp) || resp.HTTPStatusCode() != status {
		t.Errorf("%T came with %v, want status %d", typed, resp, status)
	}
}

func TestDeviceFlow(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	c := g.accountClient()
	if until := time.Unix(c.ClientSecretExpiresAt, 0).Sub(g.clock.Now()); until != 90*24*time.Hour {
		t.Errorf("a registration lasts %v, want 90 days", until)
	}
	d := g.startDevice(c)
	if d.ExpiresIn != 600 || d.Interval != 1 || *d.VerificationUri != g.url+"/device" || *d.VerificationUriComplete != g.url+"/device?user_code="+*d.UserCode {
		t.Errorf("device authorization: %+v", d)
	}
	_, err := g.poll(c, d.DeviceCode)
	wantError[*types.AuthorizationPendingException](t, err, 400)
	var pending *types.AuthorizationPendingException
	if errors.As(err, &pending) && (aws.ToString(pending.Error_) != "authorization_pending" || aws.ToString(pending.Error_description) == "") {
		t.Errorf("members: %+v", pending)
	}
	g.move(100 * time.Millisecond)
	_, err = g.poll(c, d.DeviceCode)
	wantError[*types.SlowDownException](t, err, 400)
	g.move(time.Second)
	if err := g.service.Decide(strings.ToLower(strings.ReplaceAll(*d.UserCode, "-", "")), true); err != nil {
		t.Fatal(err)
	}
	out, err := g.poll(c, d.DeviceCode)
	if err != nil {
		t.Fatal(err)
	}
	if out.ExpiresIn != 3600 || aws.ToString(out.TokenType) != "Bearer" || aws.ToString(out.RefreshToken) == "" {
		t.Errorf("token lasts %d s, refreshable %t", out.ExpiresIn, out.RefreshToken != nil)
	}
	_, err = g.poll(c, d.DeviceCode)
	wantError[*types.InvalidGrantException](t, err, 400) // a device code is good once
	if calls := g.count.Calls("sso-oidc.CreateToken/device_code"); calls != 4 {
		t.Errorf("counted %d polls, want 4", calls)
	}
}

func TestDeviceEndings(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	c := g.accountClient()

	refused := g.startDevice(c)
	if err := g.service.Decide(*refused.UserCode, false); err != nil {
		t.Fatal(err)
	}
	_, err := g.poll(c, refused.DeviceCode)
	wantError[*types.AccessDeniedException](t, err, 400)
	if g.service.Decide(*refused.UserCode, true) == nil {
		t.Error("a decision can be taken back")
	}

	late := g.startDevice(c)
	g.move(10 * time.Minute)
	_, err = g.poll(c, late.DeviceCode)
	wantError[*types.ExpiredTokenException](t, err, 400)

	_, err = g.poll(c, aws.String("invented"))
	wantError[*types.InvalidGrantException](t, err, 400)
	other := g.accountClient()
	_, err = g.poll(other, g.startDevice(c).DeviceCode)
	wantError[*types.InvalidGrantException](t, err, 400)
}

func TestDeviceSwitches(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.service.SetAutoApprove(true)
	g.service.SetPending(2)
	g.service.SetSlowDown(1)
	c := g.accountClient()
	d := g.startDevice(c)
	_, err := g.poll(c, d.DeviceCode)
	wantError[*types.SlowDownException](t, err, 400)
	for range 2 {
		_, err = g.poll(c, d.DeviceCode)
		wantError[*types.AuthorizationPendingException](t, err, 400)
	}
	if _, err = g.poll(c, d.DeviceCode); err != nil {
		t.Errorf("approved by itself, and yet: %v", err)
	}
}

func TestRegistration(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	register := func(in ssooidc.RegisterClientInput) error {
		if in.ClientName == nil {
			in.ClientName = aws.String("test")
		}
		if in.ClientType == nil {
			in.ClientType = aws.String("public")
		}
		_, err := g.oidc.RegisterClient(t.Context(), &in)
		return err
	}
	wantError[*types.InvalidClientMetadataException](t, register(ssooidc.RegisterClientInput{ClientType: aws.String("confidential")}), 400)
	wantError[*types.InvalidScopeException](t, register(ssooidc.RegisterClientInput{Scopes: []string{"everything"}}), 400)
	wantError[*types.UnsupportedGrantTypeException](t, register(ssooidc.RegisterClientInput{GrantTypes: []string{"password"}}), 400)
	pkce := ssooidc.RegisterClientInput{GrantTypes: []string{codeGrant, refreshGrant}, IssuerUrl: aws.String(g.url + "/start")}
	wantError[*types.InvalidRedirectUriException](t, register(pkce), 400)
	pkce.RedirectUris = []string{"http://example.com/oauth/callback"}
	wantError[*types.InvalidRedirectUriException](t, register(pkce), 400)
	pkce.RedirectUris = []string{"http://127.0.0.1/oauth/callback"}
	pkce.IssuerUrl = aws.String("https://elsewhere.awsapps.com/start")
	wantError[*types.InvalidRequestException](t, register(pkce), 400)
	pkce.IssuerUrl = aws.String(g.url + "/start/#/")
	if err := register(pkce); err != nil {
		t.Error(err)
	}
}

func TestClients(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	c := g.accountClient()
	start := func(secret, url string) error {
		_, err := g.oidc.StartDeviceAuthorization(t.Context(), &ssooidc.StartDeviceAuthorizationInput{
			ClientId: c.ClientId, ClientSecret: aws.String(secret), StartUrl: aws.String(url),
		})
		return err
	}
	wantError[*types.InvalidClientException](t, start("wrong", g.url+"/start"), 401)
	wantError[*types.InvalidRequestException](t, start(*c.ClientSecret, "https://elsewhere.awsapps.com/start"), 400)
	for _, url := range []string{"/start", "/start/", "/start#/", "/start/#"} {
		if err := start(*c.ClientSecret, g.url+url); err != nil {
			t.Errorf("start URL %s: %v", url, err)
		}
	}
	g.move(90 * 24 * time.Hour)
	wantError[*types.InvalidClientException](t, start(*c.ClientSecret, g.url+"/start"), 401)
	c = g.accountClient()
	g.service.ForgetClients()
	wantError[*types.InvalidClientException](t, start(*c.ClientSecret, g.url+"/start"), 401)

	// A registration is for its grants: one for PKCE is none for a device code.
	pkce := g.register(ssooidc.RegisterClientInput{
		GrantTypes: []string{codeGrant, refreshGrant}, IssuerUrl: aws.String(g.url + "/start"),
		RedirectUris: []string{"http://127.0.0.1/oauth/callback"},
	})
	_, err := g.oidc.StartDeviceAuthorization(t.Context(), &ssooidc.StartDeviceAuthorizationInput{
		ClientId: pkce.ClientId, ClientSecret: pkce.ClientSecret, StartUrl: aws.String(g.url + "/start"),
	})
	wantError[*types.UnauthorizedClientException](t, err, 400)
	_, err = g.poll(pkce, aws.String("x"))
	wantError[*types.UnauthorizedClientException](t, err, 400)
}
