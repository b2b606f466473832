package redshift

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/redshift"
	"github.com/aws/aws-sdk-go-v2/service/redshiftserverless"
	stypes "github.com/aws/aws-sdk-go-v2/service/redshiftserverless/types"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

func isARN(name string) bool { return strings.HasPrefix(name, "arn:") }

// findARN finds the workgroup or cluster behind an ARN that does not hold its
// name: ARNs of workgroups and namespaces end in an id.
func (e *Engine) findARN(ctx context.Context, t *target) error {
	switch {
	case strings.Contains(t.name, ":workgroup/"):
		return e.findWorkgroupBy(ctx, t, func(w stypes.Workgroup) bool { return aws.ToString(w.WorkgroupArn) == t.name })
	case strings.Contains(t.name, ":namespace/"):
		name, err := e.namespaceName(ctx, t.name)
		if err != nil {
			return err
		}
		return e.findWorkgroupBy(ctx, t, func(w stypes.Workgroup) bool { return aws.ToString(w.NamespaceName) == name })
	}
	return e.findClusterOfNamespace(ctx, t)
}

func (e *Engine) findWorkgroupBy(ctx context.Context, t *target, is func(stypes.Workgroup) bool) error {
	client := redshiftserverless.NewFromConfig(e.session.Config)
	pages := redshiftserverless.NewListWorkgroupsPaginator(client, &redshiftserverless.ListWorkgroupsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, workgroupCall)
		if err != nil {
			return e.lookFault(err, "workgroup", t.name)
		}
		for _, w := range page.Workgroups {
			if is(w) {
				return e.setWorkgroup(t, &w)
			}
		}
	}
	return e.nobodyHas(t.name)
}

func (e *Engine) namespaceName(ctx context.Context, arn string) (string, error) {
	client := redshiftserverless.NewFromConfig(e.session.Config)
	pages := redshiftserverless.NewListNamespacesPaginator(client, &redshiftserverless.ListNamespacesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, workgroupCall)
		if err != nil {
			return "", e.lookFault(err, "namespace", arn)
		}
		for _, n := range page.Namespaces {
			if aws.ToString(n.NamespaceArn) == arn {
				return aws.ToString(n.NamespaceName), nil
			}
		}
	}
	return "", e.nobodyHas(arn)
}

func (e *Engine) findClusterOfNamespace(ctx context.Context, t *target) error {
	pages := redshift.NewDescribeClustersPaginator(redshift.NewFromConfig(e.session.Config), &redshift.DescribeClustersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, clusterCall)
		if err != nil {
			return e.lookFault(err, "cluster", t.name)
		}
		for _, c := range page.Clusters {
			if aws.ToString(c.ClusterNamespaceArn) == t.name {
				return e.setCluster(t, &c)
			}
		}
	}
	return e.nobodyHas(t.name)
}

func (e *Engine) nobodyHas(arn string) *fault.Error {
	return fault.Newf(fault.NotFound, "Redshift has nothing with the ARN %s in %s", arn, e.session.Region).
		WithRemedy("check the region, the account and the ARN: " + engine.Change(e.session.Name))
}
