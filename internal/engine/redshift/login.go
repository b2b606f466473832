package redshift

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/redshift"
	rtypes "github.com/aws/aws-sdk-go-v2/service/redshift/types"
	"github.com/aws/aws-sdk-go-v2/service/redshiftserverless"
	stypes "github.com/aws/aws-sdk-go-v2/service/redshiftserverless/types"
	"github.com/aws/smithy-go"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/secret"
	"github.com/fairleadhq/fairlead/internal/session"
)

// spare is how long before its end a temporary password is no longer used for
// a new connection. Its end limits the log in alone; an open session lives on.
const spare = time.Minute

// login is a database user and password.
type login struct {
	user     string
	password secret.String
	until    time.Time // zero: for ever
}

// credentials returns the password for a new connection on the wire: the last
// one while it is good, else a fresh one. fresh asks for a new one at any rate.
func (e *Engine) credentials(ctx context.Context, t target, fresh bool) (login, error) {
	if e.set.user != "" {
		return login{user: e.set.user, password: e.set.password}, nil
	}
	e.mu.Lock()
	last := e.login
	e.mu.Unlock()
	if last != nil && !fresh && time.Until(last.until) > spare {
		return *last, nil
	}
	l, err := e.mint(ctx, t)
	if err != nil {
		return login{}, e.mintFault(err, t)
	}
	e.mu.Lock()
	e.login = &l
	e.mu.Unlock()
	return l, nil
}

// mintFault gives an error of a credential call its code.
func (e *Engine) mintFault(err error, t target) *fault.Error {
	f := e.lookFault(err, "", t.name)
	if f.Code == fault.NotFound {
		f.Message = "Redshift has no " + t.describe() + " in " + e.session.Region
		return f
	}
	return session.Fault(err, service, "get a temporary password for "+t.describe())
}

// mint asks AWS for a temporary password. The user it names must be sent back
// exactly as returned ("IAMR:role", "IAM:user").
func (e *Engine) mint(ctx context.Context, t target) (login, error) {
	switch t.kind {
	case serverless:
		return e.mintServerless(ctx, &redshiftserverless.GetCredentialsInput{WorkgroupName: aws.String(t.name)})
	case custom:
		return e.mintCustom(ctx, t)
	}
	return e.mintCluster(ctx, aws.String(t.name), nil)
}

// mintCustom asks by a custom domain name, which may be a workgroup's or a
// cluster's; only clusters know database users.
func (e *Engine) mintCustom(ctx context.Context, t target) (login, error) {
	if e.set.dbUser != "" {
		return e.mintCluster(ctx, nil, aws.String(t.name))
	}
	l, first := e.mintServerless(ctx, &redshiftserverless.GetCredentialsInput{CustomDomainName: aws.String(t.name)})
	if first == nil || ctx.Err() != nil {
		return l, first
	}
	var api smithy.APIError
	if !errors.As(first, &api) || api.ErrorFault() == smithy.FaultServer {
		return login{}, first // the service was not asked, or failed
	}
	l, second := e.mintCluster(ctx, nil, aws.String(t.name))
	if isNoDomain(first) && isNoDomain(second) {
		return login{}, fault.Newf(fault.Config, "Host %s does not tell which workgroup or cluster gives the password", t.name).
			WithRemedy(engine.Setting(e.session.Name, "workgroup", "NAME") + "\nor set cluster")
	}
	if isNoDomain(second) {
		return login{}, first // it may be a workgroup's, out of the caller's sight
	}
	return l, second
}

// isNoDomain reports that a service knows no such custom domain name.
func isNoDomain(err error) bool {
	var workgroup *stypes.ResourceNotFoundException
	var domain *rtypes.CustomDomainAssociationNotFoundFault
	var missing *rtypes.ClusterNotFoundFault
	var invalid *stypes.ValidationException
	return errors.As(err, &workgroup) || errors.As(err, &domain) || errors.As(err, &missing) || errors.As(err, &invalid)
}

func (e *Engine) mintServerless(ctx context.Context, in *redshiftserverless.GetCredentialsInput) (login, error) {
	in.DbName = aws.String(e.set.database)
	out, err := redshiftserverless.NewFromConfig(e.session.Config).GetCredentials(ctx, in, workgroupCall)
	if err != nil {
		return login{}, err
	}
	return newLogin(out.DbUser, out.DbPassword, out.Expiration), nil
}

// mintCluster asks by identifier or by custom domain name.
func (e *Engine) mintCluster(ctx context.Context, id, domain *string) (login, error) {
	client := redshift.NewFromConfig(e.session.Config)
	if e.set.dbUser != "" {
		out, err := client.GetClusterCredentials(ctx, &redshift.GetClusterCredentialsInput{
			ClusterIdentifier: id, CustomDomainName: domain, DbUser: aws.String(e.set.dbUser), DbName: aws.String(e.set.database),
		}, clusterCall)
		if err != nil {
			return login{}, err
		}
		return newLogin(out.DbUser, out.DbPassword, out.Expiration), nil
	}
	out, err := client.GetClusterCredentialsWithIAM(ctx, &redshift.GetClusterCredentialsWithIAMInput{
		ClusterIdentifier: id, CustomDomainName: domain, DbName: aws.String(e.set.database),
	}, clusterCall)
	if err != nil {
		return login{}, err
	}
	return newLogin(out.DbUser, out.DbPassword, out.Expiration), nil
}

func newLogin(user, password *string, until *time.Time) login {
	return login{user: aws.ToString(user), password: secret.New(aws.ToString(password)), until: aws.ToTime(until)}
}
