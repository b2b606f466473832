package sts_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"

	"github.com/fairleadhq/fairlead/internal/sandbox/front"
	"github.com/fairleadhq/fairlead/internal/sandbox/identity"
	sandboxsts "github.com/fairleadhq/fairlead/internal/sandbox/sts"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

const account = "111122223333"

type rig struct {
	url    string
	clock  *identity.Clock
	store  *identity.Store
	ann    identity.Key
	bob    identity.Key
	serial string
}

func newRig(t *testing.T) *rig {
	t.Helper()
	g := &rig{clock: identity.NewClock(nil)}
	g.store = identity.NewStore(g.clock)
	g.store.AddAccount(identity.Account{ID: account, Name: "Test"})
	g.ann, g.bob = g.user(t, "ann"), g.user(t, "bob")
	var err error
	if g.serial, err = g.store.AddMFADevice(g.ann.Source); err != nil {
		t.Fatal(err)
	}
	trust := func(k identity.Key) []identity.Trust { return []identity.Trust{{Principals: []string{k.Source}}} }
	g.role(t, identity.Role{Name: "Plain", Trust: trust(g.ann), MaxDuration: 2 * time.Hour})
	g.role(t, identity.Role{Name: "Deep", MaxDuration: 12 * time.Hour, Trust: []identity.Trust{{Principals: []string{arn("Plain")}}}})
	g.role(t, identity.Role{Name: "Partner", Trust: []identity.Trust{{Principals: []string{g.ann.Source}, ExternalID: "xyz"}}})
	g.role(t, identity.Role{Name: "Guarded", Trust: []identity.Trust{{Principals: []string{g.ann.Source}, MFA: true}}})
	g.role(t, identity.Role{Name: "Anyone", Trust: []identity.Trust{{Principals: []string{"arn:aws:iam::" + account + ":root"}}}})
	g.role(t, identity.Role{Name: "Web", Trust: []identity.Trust{{Subject: "runner"}}})
	server := httptest.NewServer(front.New(front.Options{
		Store: g.store, Region: "us-east-1", Query: map[string]wire.QueryService{"sts": sandboxsts.New(g.store)},
	}))
	t.Cleanup(server.Close)
	g.url = server.URL
	return g
}

func arn(role string) string { return "arn:aws:iam::" + account + ":role/" + role }

func (g *rig) user(t *testing.T, name string) identity.Key {
	t.Helper()
	u, err := g.store.AddUser(identity.User{AccountID: account, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	k, err := g.store.NewKey(u.ARN)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (g *rig) role(t *testing.T, r identity.Role) {
	t.Helper()
	r.AccountID = account
	if _, err := g.store.AddRole(r); err != nil {
		t.Fatal(err)
	}
}

func (g *rig) client(id, secret, token string) *sts.Client {
	return sts.NewFromConfig(aws.Config{
		Region: "eu-central-1", BaseEndpoint: aws.String(g.url),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: token}, nil
		}),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	})
}

func (g *rig) as(k identity.Key) *sts.Client { return g.client(k.ID, k.Secret, k.Token) }

func (g *rig) with(c *types.Credentials) *sts.Client {
	return g.client(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
}

func (g *rig) code(t *testing.T) *string {
	t.Helper()
	code, ok := g.store.MFACode(g.serial)
	if !ok {
		t.Fatal("no device")
	}
	return &code
}

func wantCode(t *testing.T, err error, code, words string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code || !strings.Contains(api.ErrorMessage(), words) {
		t.Errorf("got %v\nwant %s with %q", err, code, words)
	}
}

func TestGetCallerIdentity(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	out, err := g.as(g.ann).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	if *out.Arn != g.ann.Source || *out.Account != account || *out.UserId != g.ann.Principal.UserID {
		t.Errorf("got %s %s %s", *out.Arn, *out.Account, *out.UserId)
	}
}

func TestAssumeRole(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	before := g.clock.Now()
	out, err := g.as(g.ann).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String(arn("Plain")), RoleSessionName: aws.String("s-1")})
	if err != nil {
		t.Fatal(err)
	}
	session := "arn:aws:sts::" + account + ":assumed-role/Plain/s-1"
	if *out.AssumedRoleUser.Arn != session {
		t.Errorf("session is %s, want %s", *out.AssumedRoleUser.Arn, session)
	}
	if d := out.Credentials.Expiration.Sub(before); d < time.Hour-2*time.Second || d > time.Hour+time.Minute {
		t.Errorf("without a duration a role lasts %v, want 1 h", d)
	}
	who, err := g.with(out.Credentials).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	if *who.Arn != session || *who.UserId != *out.AssumedRoleUser.AssumedRoleId {
		t.Errorf("the session is %s, %s", *who.Arn, *who.UserId)
	}
}

// TestAssumeRoleRefused holds each rule: the right call passes, the wrong one
// gets STS's code and words.
func TestAssumeRoleRefused(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	deep := g.assume(t, g.as(g.ann), "Plain")
	tests := []struct {
		name        string
		client      *sts.Client
		role        string
		change      func(*sts.AssumeRoleInput)
		code, words string // empty when it passes
	}{
		{name: "own role", client: g.as(g.ann), role: "Plain"},
		{name: "another's role", client: g.as(g.bob), role: "Plain", code: "AccessDenied",
			words: "User: arn:aws:iam::111122223333:user/bob is not authorized to perform: sts:AssumeRole on resource: " + arn("Plain")},
		{name: "no such role", client: g.as(g.ann), role: "Absent", code: "AccessDenied", words: "sts:AssumeRole on resource: " + arn("Absent")},
		{name: "root trust", client: g.as(g.bob), role: "Anyone"},
		{name: "chained", client: deep, role: "Deep"},
		{name: "not chained", client: g.as(g.ann), role: "Deep", code: "AccessDenied", words: "not authorized"},
		{name: "chained for two hours", client: deep, role: "Deep", change: seconds(7200), code: "ValidationError", words: "1 hour session limit for roles assumed by role chaining"},
		{name: "two hours", client: g.as(g.ann), role: "Plain", change: seconds(7200)},
		{name: "three hours", client: g.as(g.ann), role: "Plain", change: seconds(10800), code: "ValidationError", words: "exceeds the MaxSessionDuration"},
		{name: "too short", client: g.as(g.ann), role: "Plain", change: seconds(899), code: "ValidationError", words: "greater than or equal to 900"},
		{name: "too long", client: g.as(g.ann), role: "Plain", change: seconds(43201), code: "ValidationError", words: "less than or equal to 43200"},
		{name: "external id", client: g.as(g.ann), role: "Partner", change: func(in *sts.AssumeRoleInput) { in.ExternalId = aws.String("xyz") }},
		{name: "wrong external id", client: g.as(g.ann), role: "Partner", change: func(in *sts.AssumeRoleInput) { in.ExternalId = aws.String("abc") },
			code: "AccessDenied", words: "not authorized"},
		{name: "no external id", client: g.as(g.ann), role: "Partner", code: "AccessDenied", words: "not authorized"},
		{name: "bad session name", client: g.as(g.ann), role: "Plain", change: func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("a b") },
			code: "ValidationError", words: "roleSessionName"},
		{name: "bad arn", client: g.as(g.ann), role: "Plain", change: func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String("arn:aws:iam::1:user/Plain-and-simple") },
			code: "ValidationError", words: "is invalid"},
		{name: "mfa missing", client: g.as(g.ann), role: "Guarded", code: "AccessDenied", words: "not authorized"},
		{name: "mfa half given", client: g.as(g.ann), role: "Guarded", change: func(in *sts.AssumeRoleInput) { in.SerialNumber = &g.serial },
			code: "AccessDenied", words: "must provide both MFA serial number and one time pass code"},
		{name: "mfa of another", client: g.as(g.bob), role: "Anyone",
			change: func(in *sts.AssumeRoleInput) { in.SerialNumber, in.TokenCode = &g.serial, g.code(t) },
			code:   "AccessDenied", words: "unable to validate MFA code"},
		{name: "mfa", client: g.as(g.ann), role: "Guarded",
			change: func(in *sts.AssumeRoleInput) { in.SerialNumber, in.TokenCode = &g.serial, g.code(t) }},
		{name: "mfa code used twice", client: g.as(g.ann), role: "Guarded",
			change: func(in *sts.AssumeRoleInput) { in.SerialNumber, in.TokenCode = &g.serial, g.code(t) },
			code:   "AccessDenied", words: "MultiFactorAuthentication failed with invalid MFA one time pass code"},
	}
	for _, tt := range tests { // in order: the last two share the MFA device
		in := &sts.AssumeRoleInput{RoleArn: aws.String(arn(tt.role)), RoleSessionName: aws.String("test")}
		if tt.change != nil {
			tt.change(in)
		}
		_, err := tt.client.AssumeRole(t.Context(), in)
		t.Run(tt.name, func(t *testing.T) {
			if tt.code == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			wantCode(t, err, tt.code, tt.words)
		})
	}
}

func seconds(n int32) func(*sts.AssumeRoleInput) {
	return func(in *sts.AssumeRoleInput) { in.DurationSeconds = &n }
}

func (g *rig) assume(t *testing.T, c *sts.Client, role string) *sts.Client {
	t.Helper()
	out, err := c.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String(arn(role)), RoleSessionName: aws.String("chain")})
	if err != nil {
		t.Fatal(err)
	}
	return g.with(out.Credentials)
}

func TestGetSessionToken(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	out, err := g.as(g.ann).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{SerialNumber: &g.serial, TokenCode: g.code(t)})
	if err != nil {
		t.Fatal(err)
	}
	session := g.with(out.Credentials)
	who, err := session.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || *who.Arn != g.ann.Source {
		t.Errorf("the session is %v, %v", who, err)
	}
	// The session carries the code that was checked.
	g.assume(t, session, "Guarded")
	_, err = session.GetSessionToken(t.Context(), &sts.GetSessionTokenInput{})
	wantCode(t, err, "AccessDenied", "Cannot call GetSessionToken with session credentials")

	plain, err := g.as(g.ann).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = g.with(plain.Credentials).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String(arn("Guarded")), RoleSessionName: aws.String("test")})
	wantCode(t, err, "AccessDenied", "not authorized")
}

func TestAssumeRoleWithWebIdentity(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	anonymous := sts.NewFromConfig(aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(g.url), Credentials: aws.AnonymousCredentials{},
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	})
	call := func(role, token string) (*sts.AssumeRoleWithWebIdentityOutput, error) {
		return anonymous.AssumeRoleWithWebIdentity(t.Context(), &sts.AssumeRoleWithWebIdentityInput{
			RoleArn: aws.String(arn(role)), RoleSessionName: aws.String("job"), WebIdentityToken: aws.String(token),
		})
	}
	good := g.store.WebIdentityToken("runner", time.Minute)
	out, err := call("Web", good)
	if err != nil {
		t.Fatal(err)
	}
	if who, err := g.with(out.Credentials).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err != nil || !strings.HasSuffix(*who.Arn, ":assumed-role/Web/job") {
		t.Errorf("the session is %v, %v", who, err)
	}
	_, err = call("Web", g.store.WebIdentityToken("other", time.Minute))
	wantCode(t, err, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
	_, err = call("Plain", good)
	wantCode(t, err, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
	_, err = call("Web", "header.payload.signature")
	wantCode(t, err, "InvalidIdentityToken", "could not be validated")
	g.clock.SetOffset(2 * time.Minute)
	_, err = call("Web", good)
	wantCode(t, err, "ExpiredTokenException", "Token expired")
}
