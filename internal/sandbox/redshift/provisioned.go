package redshift

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// Password lifetimes of all three credential calls, in seconds.
// https://docs.aws.amazon.com/redshift/latest/APIReference/API_GetClusterCredentials.html
const (
	shortest = 900
	longest  = 3600
)

// Provisioned is the query service with signing name "redshift".
func (s *Service) Provisioned() wire.QueryService { return provisioned{s} }

type provisioned struct{ *Service }

// Query answers one call.
func (p provisioned) Query(ctx context.Context, c *wire.Call, form map[string][]string) (any, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f := formValues(form)
	switch c.Operation {
	case "GetClusterCredentials":
		return p.getClusterCredentials(c.Principal, f)
	case "GetClusterCredentialsWithIAM":
		return p.getClusterCredentialsWithIAM(c.Principal, f)
	case "DescribeClusters":
		return p.describeClusters(f)
	}
	return nil, &wire.Error{Code: "InvalidAction", Message: fmt.Sprintf("The action %s is not valid for this web service.", c.Operation)}
}

// formValues is a request's parameters; each has one value.
type formValues map[string][]string

func (f formValues) get(name string) string {
	if v := f[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// duration reads DurationSeconds within the service's limits.
func (f formValues) duration() (time.Duration, error) {
	text := f.get("DurationSeconds")
	if text == "" {
		return shortest * time.Second, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, wire.Fail("MalformedInput", fmt.Sprintf("'%s' is not an integer", text))
	}
	if m := outside(n); m != "" {
		return 0, wire.Fail("ValidationError", "1 validation error detected: "+m)
	}
	return time.Duration(n) * time.Second, nil
}

// outside words the service's complaint of a duration, or is empty.
func outside(n int) string {
	const constraint = "Value '%d' at 'durationSeconds' failed to satisfy constraint: Member must have value %s than or equal to %d"
	switch {
	case n < shortest:
		return fmt.Sprintf(constraint, n, "greater", shortest)
	case n > longest:
		return fmt.Sprintf(constraint, n, "less", longest)
	}
	return ""
}

// cluster checks that a request names the one cluster there is.
func (f formValues) cluster() error {
	id, domain := f.get("ClusterIdentifier"), f.get("CustomDomainName")
	switch {
	case id == "" && domain == "":
		return wire.Fail("InvalidParameterCombination", "Either ClusterIdentifier or CustomDomainName must be specified.")
	case id == "":
		return &wire.Error{Code: "CustomDomainAssociationNotFoundFault", Status: 404, Message: fmt.Sprintf("No custom domain association found for %s.", domain)}
	case id != Cluster:
		return &wire.Error{Code: "ClusterNotFound", Status: 404, Message: fmt.Sprintf("Cluster %s not found.", id)}
	}
	return nil
}

type clusterCredentials struct {
	DbUser          string
	DbPassword      string
	Expiration      string
	NextRefreshTime string `xml:",omitempty"`
}

func (p provisioned) getClusterCredentials(who wire.Principal, f formValues) (any, error) {
	if err := f.cluster(); err != nil {
		return nil, err
	}
	user := f.get("DbUser")
	if user == "" {
		return nil, wire.Fail("MissingParameter", "The request must contain the parameter DbUser.")
	}
	if !goodName(user) || strings.EqualFold(user, "public") {
		return nil, wire.Fail("InvalidParameterValue", fmt.Sprintf("The value %q is not valid for DbUser.", user))
	}
	if name := f.get("DbName"); name != "" && !goodName(name) {
		return nil, wire.Fail("InvalidParameterValue", fmt.Sprintf("The value %q is not valid for DbName.", name))
	}
	life, err := f.duration()
	if err != nil {
		return nil, err
	}
	loginName := "IAM:" + user
	if f.get("AutoCreate") == "true" {
		loginName = "IAMA:" + user
		p.logins.create(user)
	}
	password, expires := p.logins.grant(loginName, f.get("DbName"), life, login{user: user, readOnly: p.opts.ReadOnly(who)})
	return clusterCredentials{DbUser: loginName, DbPassword: password, Expiration: xmlTime(expires)}, nil
}

func (p provisioned) getClusterCredentialsWithIAM(who wire.Principal, f formValues) (any, error) {
	if err := f.cluster(); err != nil {
		return nil, err
	}
	life, err := f.duration()
	if err != nil {
		return nil, err
	}
	user, password, expires := p.grantCaller(who, f.get("DbName"), life)
	return clusterCredentials{DbUser: user, DbPassword: password, Expiration: xmlTime(expires), NextRefreshTime: xmlTime(expires)}, nil
}

// grantCaller makes a password for the user derived from the caller, which is
// created when it is first seen.
func (s *Service) grantCaller(who wire.Principal, database string, life time.Duration) (user, password string, expires time.Time) {
	user = callerUser(who)
	s.logins.create(user)
	password, expires = s.logins.grant(user, database, life, login{user: user, readOnly: s.opts.ReadOnly(who)})
	return user, password, expires
}

// goodName is the service's rule for users and databases.
func goodName(name string) bool {
	if name == "" || len(name) > 64 || !letter(name[0]) {
		return false
	}
	for i := range len(name) {
		if c := name[i]; !letter(c) && (c < '0' || c > '9') && !strings.ContainsRune("_+.@-", rune(c)) {
			return false
		}
	}
	return true
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func xmlTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

type clusters struct {
	Marker   string    `xml:",omitempty"`
	Clusters []cluster `xml:"Clusters>Cluster"`
}

type cluster struct {
	ClusterIdentifier         string
	NodeType                  string
	ClusterStatus             string
	ClusterAvailabilityStatus string
	MasterUsername            string
	DBName                    string
	Endpoint                  endpoint
	ClusterCreateTime         string
	AvailabilityZone          string
	ClusterVersion            string
	NumberOfNodes             int
	PubliclyAccessible        bool
	Encrypted                 bool
	ClusterNamespaceArn       string
}

type endpoint struct {
	Address string
	Port    int
}

func (p provisioned) describeClusters(f formValues) (any, error) {
	if id := f.get("ClusterIdentifier"); id != "" {
		if err := f.cluster(); err != nil {
			return nil, err
		}
	}
	host, port := p.opts.Endpoint()
	return clusters{Clusters: []cluster{{
		ClusterIdentifier: Cluster, NodeType: "ra3.xlplus", ClusterStatus: "available", ClusterAvailabilityStatus: "Available",
		MasterUsername: Master, DBName: Database, Endpoint: endpoint{host, port}, ClusterCreateTime: xmlTime(p.started),
		AvailabilityZone: p.opts.Region + "a", ClusterVersion: "1.0", NumberOfNodes: 2, Encrypted: true,
		ClusterNamespaceArn: fmt.Sprintf("arn:aws:redshift:%s:%s:namespace:%s", p.opts.Region, p.opts.AccountID, clusterNamespaceID),
	}}}, nil
}

// Ids that the service makes at random; ours are fixed so that listings compare.
const (
	clusterNamespaceID    = "5f2a1c3e-8d4b-4c6f-9a70-2b1d3e4f5a6b"
	serverlessNamespaceID = "0c9d8e7f-1a2b-4c3d-8e4f-5a6b7c8d9e0f"
	workgroupID           = "7b6a5948-3c2d-4e1f-a0b9-c8d7e6f5a4b3"
)
