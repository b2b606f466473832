package redshift

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/redshift"
	rtypes "github.com/aws/aws-sdk-go-v2/service/redshift/types"
	"github.com/aws/aws-sdk-go-v2/service/redshiftserverless"
	stypes "github.com/aws/aws-sdk-go-v2/service/redshiftserverless/types"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/session"
)

// kind says who gives the password.
type kind int

const (
	direct     kind = iota // nobody: the user has a password of the database's own
	serverless             // redshift-serverless GetCredentials
	cluster                // redshift GetClusterCredentials and ...WithIAM
	custom                 // either of the two, by the custom domain name that the host is
)

// target is a server and who gives passwords for it.
type target struct {
	kind kind
	name string // of the workgroup or cluster
	host string
	port int
}

// describe says in words what a target is.
func (t target) describe() string {
	switch t.kind {
	case serverless:
		return "workgroup " + t.name
	case cluster:
		return "cluster " + t.name
	case custom:
		return "custom domain " + t.name
	}
	return t.address()
}

// resolve finds the server, and remembers it.
func (e *Engine) resolve(ctx context.Context) (target, error) {
	e.mu.Lock()
	known := e.target
	e.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	t, err := e.lookUp(ctx)
	if err != nil {
		return target{}, err
	}
	e.mu.Lock()
	e.target = &t
	e.mu.Unlock()
	return t, nil
}

func (e *Engine) lookUp(ctx context.Context) (target, error) {
	t, known := e.set.named()
	if known && t.host != "" && !isARN(t.name) {
		return t, nil
	}
	var err error
	switch {
	case isARN(t.name):
		err = e.findARN(ctx, &t)
	case known && t.kind == cluster:
		err = e.findCluster(ctx, &t)
	case known:
		err = e.findWorkgroup(ctx, &t)
	default:
		err = e.findEither(ctx, &t)
	}
	if err != nil {
		return target{}, err
	}
	if e.set.host != "" {
		t.host, t.port = e.set.host, defaultPort
	}
	if e.set.port != 0 {
		t.port = e.set.port
	}
	return t, nil
}

// named returns what the settings alone tell. It is not known when a name may
// be a workgroup's or a cluster's.
func (s settings) named() (t target, known bool) {
	t = target{host: s.host, port: s.port}
	if t.port == 0 {
		t.port = defaultPort
	}
	hostKind, hostName := endpointName(s.host)
	switch {
	case s.user != "" && s.host != "":
		t.kind, t.name = direct, s.host
	case s.workgroup != "":
		t.kind, t.name = serverless, s.workgroup
	case s.cluster != "":
		t.kind, t.name = cluster, s.cluster
	case hostName != "":
		t.kind, t.name = hostKind, hostName
		if s.name != "" {
			t.name = s.name
		}
	case s.dbUser != "" && s.name != "":
		t.kind, t.name = cluster, s.name // only clusters know db_user
	case s.name == "" && s.host != "":
		t.kind, t.name = custom, s.host
	default:
		return target{name: s.name}, false
	}
	return t, true
}

// endpointName reads the kind and name out of an endpoint of AWS's form:
// NAME.ACCOUNT.REGION.redshift-serverless.amazonaws.com and
// NAME.ID.REGION.redshift.amazonaws.com.
func endpointName(host string) (kind, string) {
	name, rest, _ := strings.Cut(host, ".")
	switch {
	case rest == "":
	case strings.Contains(rest, ".redshift-serverless.amazonaws.com"):
		return serverless, name
	case strings.Contains(rest, ".redshift.amazonaws.com"):
		return cluster, name
	}
	return direct, ""
}

// findEither asks for a workgroup of the name, then for a cluster.
func (e *Engine) findEither(ctx context.Context, t *target) error {
	first := e.findWorkgroup(ctx, t)
	if first == nil || !mayBeCluster(first) {
		return first
	}
	second := e.findCluster(ctx, t)
	if second == nil {
		return nil
	}
	if fault.CodeOf(first) == fault.NotFound && fault.CodeOf(second) == fault.NotFound {
		f := fault.As(second)
		f.Message = "Redshift has neither a workgroup nor a cluster " + quote(t.name) + " in " + e.session.Region
		return f
	}
	if fault.CodeOf(second) == fault.NotFound {
		return first // the workgroup may be there, out of the caller's sight
	}
	return second
}

// mayBeCluster reports whether a failed look for a workgroup leaves room for a
// cluster: not there, or the caller may only see clusters.
func mayBeCluster(err error) bool {
	code := fault.CodeOf(err)
	return code == fault.NotFound || code == fault.Denied
}

func (e *Engine) findWorkgroup(ctx context.Context, t *target) error {
	client := redshiftserverless.NewFromConfig(e.session.Config)
	out, err := client.GetWorkgroup(ctx, &redshiftserverless.GetWorkgroupInput{WorkgroupName: aws.String(t.name)}, workgroupCall)
	if err != nil {
		return e.lookFault(err, "workgroup", t.name)
	}
	return e.setWorkgroup(t, out.Workgroup)
}

// setWorkgroup takes name and place from what AWS tells.
func (e *Engine) setWorkgroup(t *target, w *stypes.Workgroup) error {
	t.kind = serverless
	if w != nil && w.WorkgroupName != nil {
		t.name = *w.WorkgroupName
	}
	if w == nil || w.Endpoint == nil || aws.ToString(w.Endpoint.Address) == "" {
		return fault.Newf(fault.Unavailable, "Workgroup %s has no endpoint yet", quote(t.name)).
			WithRemedy("it is being created or changed: try again in some minutes")
	}
	t.host, t.port = aws.ToString(w.Endpoint.Address), int(aws.ToInt32(w.Endpoint.Port))
	return nil
}

func (e *Engine) findCluster(ctx context.Context, t *target) error {
	client := redshift.NewFromConfig(e.session.Config)
	out, err := client.DescribeClusters(ctx, &redshift.DescribeClustersInput{ClusterIdentifier: aws.String(t.name)}, clusterCall)
	if err != nil {
		return e.lookFault(err, "cluster", t.name)
	}
	if len(out.Clusters) == 0 {
		return e.setCluster(t, nil)
	}
	return e.setCluster(t, &out.Clusters[0])
}

// setCluster takes identifier and place from what AWS tells.
func (e *Engine) setCluster(t *target, c *rtypes.Cluster) error {
	t.kind = cluster
	if c != nil && c.ClusterIdentifier != nil {
		t.name = *c.ClusterIdentifier
	}
	if c == nil || c.Endpoint == nil || aws.ToString(c.Endpoint.Address) == "" {
		return fault.Newf(fault.Unavailable, "Cluster %s has no endpoint", quote(t.name)).
			WithRemedy("it is paused, being created or changed: resume it, or try again in some minutes")
	}
	t.host, t.port = aws.ToString(c.Endpoint.Address), int(aws.ToInt32(c.Endpoint.Port))
	return nil
}

// lookFault gives an error of a call about a workgroup or cluster its code.
func (e *Engine) lookFault(err error, what, name string) *fault.Error {
	var workgroup *stypes.ResourceNotFoundException
	var missing *rtypes.ClusterNotFoundFault
	if errors.As(err, &workgroup) || errors.As(err, &missing) {
		return fault.Newf(fault.NotFound, "Redshift has no %s %s in %s", what, quote(name), e.session.Region).
			WithRemedy("check the region and the name: " + engine.Change(e.session.Name)).
			WithService(said(err))
	}
	return session.Fault(err, service, "find "+what+" "+name)
}

func quote(s string) string { return `"` + s + `"` }
