package creds

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/awsnet"
)

// role resolves a profile that assumes a role, and its source first.
func (b *builder) role(p *awsfile.Profile) (*Cache, error) {
	roleARN, _ := p.Get("role_arn")
	l := &roleLink{r: b.r, chain: b.chain, profile: p.Name, roleARN: roleARN.Text,
		session: p.Text("role_session_name"), externalID: p.Text("external_id"), serial: p.Text("mfa_serial"), policy: b.takePolicy()}
	if n, err := strconv.Atoi(strings.TrimSpace(p.Text("duration_seconds"))); err == nil {
		l.duration = int32(n) // what is no number is ignored, as in the CLI
	}
	detail := "role " + roleARN.Text
	if l.serial != "" {
		detail += ", with a code of " + l.serial
	}
	account := ""
	if parsed, err := arn.Parse(roleARN.Text); err == nil {
		account = parsed.AccountID
	}
	file := newRoleFile(b.r.env, roleKey(l.roleARN, l.externalID, l.serial, l.session, l.policy, l.duration), zoneRole)
	link := &shared{inner: l, file: file}
	b.hop(Hop{Kind: HopRole, Profile: p.Name, Detail: detail, Origin: at(roleARN), look: fileOf(link)}, account)
	source, err := b.source(p, roleARN)
	if err != nil {
		return nil, err
	}
	if b.chain.Region == "" {
		return nil, regionMissing(b.chain.Name)
	}
	l.source = source
	return newCache(b.chain.Name, link), nil
}

// takePolicy returns the session policy for the first role of the chain, whose
// session the calls are signed with; the roles behind it only lead there.
func (b *builder) takePolicy() string {
	policy := b.policy
	b.policy = ""
	return policy
}

// source resolves what signs the call that assumes the role of p.
func (b *builder) source(p *awsfile.Profile, roleARN awsfile.Value) (*Cache, error) {
	from, hasFrom := p.Get("source_profile")
	service, hasService := p.Get("credential_source")
	switch {
	case hasFrom && hasService:
		return nil, failed(b.chain.Name, hopError(p, "assume-role", fmt.Errorf("it has both source_profile (%s) and credential_source (%s)", at(from), at(service)))).
			WithRemedy("keep one of the two")
	case hasService:
		return b.credentialSource(p, service)
	case !hasFrom:
		return nil, failed(b.chain.Name, hopError(p, "assume-role", fmt.Errorf("role_arn (%s) has neither source_profile nor credential_source", at(roleARN)))).
			WithRemedyf("run: aws configure set source_profile NAME --profile %s", p.Name)
	}
	next, ok := b.files.Profile(from.Text)
	if !ok {
		f := failed(b.chain.Name, hopError(p, "assume-role", fmt.Errorf("its source_profile %q (%s) does not exist", from.Text, at(from))))
		if near := b.files.Nearest(from.Text); len(near) > 0 {
			return nil, f.WithRemedyf("did you mean %s?", strings.Join(near, ", "))
		}
		return nil, f.WithRemedy("see: fairlead profiles list")
	}
	if err := b.usable(next); err != nil {
		return nil, err
	}
	hasKeys := hasStaticKeys(next)
	if slices.Contains(b.visited, next.Name) && (next != p || !hasKeys) {
		return nil, b.loop(next.Name)
	}
	b.visited = append(b.visited, next.Name)
	if !hasKeys && takesRole(next) {
		return b.role(next)
	}
	c, err := b.own(next, false)
	if c == nil && err == nil {
		err = failed(b.chain.Name, hopError(p, "assume-role", fmt.Errorf("its source_profile %q (%s) has no credentials", next.Name, at(next.Where())))).
			WithRemedyf("run: aws configure --profile %s", next.Name)
	}
	return c, err
}

func hasStaticKeys(p *awsfile.Profile) bool {
	_, id := p.Get("aws_access_key_id")
	_, key := p.Get("aws_secret_access_key")
	return id || key
}

// credentialSource resolves a source outside of the files, which the profile
// chooses by name; the names are case-sensitive in the CLI.
func (b *builder) credentialSource(p *awsfile.Profile, v awsfile.Value) (*Cache, error) {
	var c *Cache
	var err error
	switch v.Text {
	case "Environment":
		c, err = b.environment()
	case "EcsContainer":
		c, err = b.container()
	case "Ec2InstanceMetadata":
		c, err = b.instance(at(v))
	default:
		return nil, failed(b.chain.Name, hopError(p, "assume-role", fmt.Errorf("%s: credential_source %q is not known", at(v), v.Text))).
			WithRemedy("use Environment, Ec2InstanceMetadata or EcsContainer, written exactly so")
	}
	if c == nil && err == nil {
		err = failed(b.chain.Name, hopError(p, "assume-role", fmt.Errorf("%s: there are no credentials in credential_source %s", at(v), v.Text))).
			WithRemedy("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use source_profile instead")
	}
	return c, err
}

// roleLink assumes a role with the credentials of its source.
type roleLink struct {
	r          *Resolver
	chain      *Chain
	source     *Cache
	profile    string
	roleARN    string
	session    string
	externalID string
	serial     string
	policy     string // session policy, "" for none
	duration   int32
}

func (l *roleLink) answer(ctx context.Context, ask bool) (answer, error) {
	// The source comes first: who must log in for it is not asked for a code
	// that would be stale by then.
	used, err := l.source.get(ctx, ask)
	if err != nil {
		return answer{}, err
	}
	out, err := l.assumeBy(ctx, ask, used)
	if err != nil {
		hop := fmt.Sprintf("assume-role %s of profile %q, signed with the credentials of %s", l.roleARN, l.profile, l.sourceName())
		return answer{}, serviceFailed(l.chain.Name, hop, err, "STS", "assume role "+l.roleARN)
	}
	return fromSTS(l.chain.Name, out.Credentials, out.AssumedRoleUser, out.ResultMetadata)
}

// assumeBy assumes the role by the source's credentials, by the MFA session
// that they can open, or with a code where they cannot.
func (l *roleLink) assumeBy(ctx context.Context, ask bool, source aws.Credentials) (*sts.AssumeRoleOutput, error) {
	if l.serial == "" {
		return l.assumeSigned(ctx, ask, l.source, source)
	}
	if source.SessionToken == "" {
		session := l.r.mfaSession(l, source)
		opened, err := session.get(ctx, ask)
		if err == nil {
			return l.assumeSigned(ctx, ask, session, opened)
		}
		if !errors.Is(err, errNoMFASession) {
			return nil, err
		}
	}
	return withCode(ctx, l, ask, func(code string) (*sts.AssumeRoleOutput, error) {
		in := l.input()
		in.SerialNumber, in.TokenCode = &l.serial, &code
		return l.sts(source).AssumeRole(ctx, in)
	})
}

// assumeSigned assumes the role by the signer, and again when its credentials
// turn out to have expired.
func (l *roleLink) assumeSigned(ctx context.Context, ask bool, signer *Cache, used aws.Credentials) (*sts.AssumeRoleOutput, error) {
	for renewals := 0; ; renewals++ {
		out, err := l.sts(used).AssumeRole(ctx, l.input())
		if !awsnet.IsExpired(err) || renewals == awsnet.MostRenewals || !signer.Invalidate(used) {
			return out, err
		}
		if used, err = signer.get(ctx, ask); err != nil {
			return nil, err
		}
	}
}

// input is the call without what an MFA device adds.
func (l *roleLink) input() *sts.AssumeRoleInput {
	in := &sts.AssumeRoleInput{RoleArn: &l.roleARN, RoleSessionName: aws.String(l.sessionName())}
	if l.externalID != "" {
		in.ExternalId = &l.externalID
	}
	if l.duration != 0 {
		in.DurationSeconds = &l.duration
	}
	if l.policy != "" {
		in.Policy = &l.policy
	}
	return in
}

// sts returns a client that signs with the given credentials, and no others.
func (l *roleLink) sts(signer aws.Credentials) *sts.Client {
	cfg := l.r.network.Config(l.chain.Profile, l.chain.Region)
	cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return signer, nil })
	return sts.NewFromConfig(cfg)
}

// sourceName names the hop behind this one.
func (l *roleLink) sourceName() string {
	for i, h := range l.chain.Hops {
		if h.Kind == HopRole && h.Profile == l.profile && i+1 < len(l.chain.Hops) {
			next := l.chain.Hops[i+1]
			if next.Profile != "" {
				return fmt.Sprintf("profile %q (%s)", next.Profile, next.Kind)
			}
			return "the " + string(next.Kind)
		}
	}
	return "its source"
}

func (l *roleLink) sessionName() string {
	if l.session != "" {
		return l.session
	}
	return fmt.Sprintf("fairlead-%d", time.Now().Unix())
}

// fromSTS makes credentials of an answer of STS.
func fromSTS(name string, c *types.Credentials, user *types.AssumedRoleUser, meta middleware.Metadata) (answer, error) {
	if c == nil || aws.ToString(c.AccessKeyId) == "" || aws.ToString(c.SecretAccessKey) == "" {
		return answer{}, failed(name, errors.New("STS answered without credentials"))
	}
	got := answer{Credentials: aws.Credentials{
		AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: aws.ToString(c.SessionToken), Source: "fairlead role",
	}}
	if c.Expiration != nil {
		got.CanExpire, got.Expires = true, c.Expiration.UTC()
	}
	got.requestID, _ = awsmiddleware.GetRequestIDMetadata(meta)
	if user != nil {
		got.userARN, got.userID = aws.ToString(user.Arn), aws.ToString(user.AssumedRoleId)
		if parsed, err := arn.Parse(got.userARN); err == nil {
			got.AccountID = parsed.AccountID
		}
	}
	return got, nil
}

// webIdentity resolves a role that is assumed with a token from a file. p may
// be nil. Variables count only when no profile was named explicitly.
func (b *builder) webIdentity(p *awsfile.Profile, fromEnv bool) (*Cache, error) {
	get := func(variable, key string) (text, origin string) {
		if fromEnv {
			if text := b.r.env(variable); text != "" {
				return text, variable
			}
		}
		if p != nil {
			if v, ok := p.Get(key); ok {
				return v.Text, at(v)
			}
		}
		return "", ""
	}
	file, origin := get("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file")
	if file == "" {
		return nil, nil
	}
	roleARN, _ := get("AWS_ROLE_ARN", "role_arn")
	if roleARN == "" {
		return nil, failed(b.chain.Name, fmt.Errorf("web identity: %s names a token file, but there is no role_arn", origin)).
			WithRemedy("set AWS_ROLE_ARN, or role_arn in the profile")
	}
	l := &webIdentityLink{r: b.r, chain: b.chain, roleARN: roleARN, file: file, policy: b.takePolicy()}
	l.session, _ = get("AWS_ROLE_SESSION_NAME", "role_session_name")
	h := Hop{Kind: HopWebIdentity, Detail: fmt.Sprintf("role %s with the token in %s", roleARN, file), Origin: origin}
	if p != nil {
		h.Profile = p.Name
	}
	account := ""
	if parsed, err := arn.Parse(roleARN); err == nil {
		account = parsed.AccountID
	}
	link := b.shared(l, newRoleFile(b.r.env, roleKey(l.roleARN, "", "", l.session, l.policy, 0), zoneRole))
	h.look = fileOf(link)
	b.hop(h, account)
	if b.chain.Region == "" {
		return nil, regionMissing(b.chain.Name)
	}
	return newCache(b.chain.Name, link), nil
}

// webIdentityLink assumes a role with a token that somebody else keeps fresh in
// a file.
type webIdentityLink struct {
	r       *Resolver
	chain   *Chain
	roleARN string
	session string
	file    string
	policy  string
}

func (l *webIdentityLink) answer(ctx context.Context, _ bool) (answer, error) {
	token, err := os.ReadFile(l.file)
	if err != nil {
		return answer{}, failed(l.chain.Name, fmt.Errorf("web identity: %w", err)).WithRemedy("correct the path of the token file")
	}
	name := l.session
	if name == "" {
		name = fmt.Sprintf("fairlead-%d", time.Now().Unix())
	}
	cfg := l.r.network.Config(l.chain.Profile, l.chain.Region)
	cfg.Credentials = aws.AnonymousCredentials{}
	in := &sts.AssumeRoleWithWebIdentityInput{
		RoleArn: &l.roleARN, RoleSessionName: &name, WebIdentityToken: aws.String(strings.TrimSpace(string(token))),
	}
	if l.policy != "" {
		in.Policy = &l.policy
	}
	out, err := sts.NewFromConfig(cfg).AssumeRoleWithWebIdentity(ctx, in)
	if err != nil {
		return answer{}, serviceFailed(l.chain.Name, "web identity "+l.roleARN, err, "STS", "assume role "+l.roleARN)
	}
	return fromSTS(l.chain.Name, out.Credentials, out.AssumedRoleUser, out.ResultMetadata)
}
