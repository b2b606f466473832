package redshift

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/redshift"
	"github.com/aws/aws-sdk-go-v2/service/redshiftserverless"

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
	switch {
	case t.kind == serverless:
		out, err := redshiftserverless.NewFromConfig(e.session.Config).GetCredentials(ctx,
			&redshiftserverless.GetCredentialsInput{WorkgroupName: aws.String(t.name), DbName: aws.String(e.set.database)}, workgroupCall)
		if err != nil {
			return login{}, err
		}
		return newLogin(out.DbUser, out.DbPassword, out.Expiration), nil
	case e.set.dbUser != "":
		out, err := redshift.NewFromConfig(e.session.Config).GetClusterCredentials(ctx,
			&redshift.GetClusterCredentialsInput{
				ClusterIdentifier: aws.String(t.name), DbUser: aws.String(e.set.dbUser), DbName: aws.String(e.set.database),
			}, clusterCall)
		if err != nil {
			return login{}, err
		}
		return newLogin(out.DbUser, out.DbPassword, out.Expiration), nil
	}
	out, err := redshift.NewFromConfig(e.session.Config).GetClusterCredentialsWithIAM(ctx,
		&redshift.GetClusterCredentialsWithIAMInput{ClusterIdentifier: aws.String(t.name), DbName: aws.String(e.set.database)}, clusterCall)
	if err != nil {
		return login{}, err
	}
	return newLogin(out.DbUser, out.DbPassword, out.Expiration), nil
}

func newLogin(user, password *string, until *time.Time) login {
	return login{user: aws.ToString(user), password: secret.New(aws.ToString(password)), until: aws.ToTime(until)}
}
