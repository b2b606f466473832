package redshift

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// Serverless is the JSON 1.1 service with signing name "redshift-serverless".
func (s *Service) Serverless() wire.JSONService { return serverless{s} }

type serverless struct{ *Service }

// serverlessInput holds the members of all requests.
type serverlessInput struct {
	WorkgroupName    string
	CustomDomainName string
	NamespaceName    string
	DbName           string
	DurationSeconds  *int
	MaxResults       *int
	NextToken        string
}

// Call answers one call.
func (s serverless) Call(ctx context.Context, c *wire.Call) (any, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var in serverlessInput
	if len(c.Body) > 0 {
		if err := json.Unmarshal(c.Body, &in); err != nil {
			return nil, wire.Fail("SerializationException", err.Error())
		}
	}
	switch c.Operation {
	case "GetCredentials":
		return s.getCredentials(c.Principal, in)
	case "GetWorkgroup":
		if err := in.workgroup(); err != nil {
			return nil, err
		}
		return map[string]any{"workgroup": s.workgroup()}, nil
	case "ListWorkgroups":
		return map[string]any{"workgroups": []any{s.workgroup()}}, in.page()
	case "GetNamespace":
		if in.NamespaceName != Namespace {
			return nil, notFound("Namespace", in.NamespaceName, "namespaceName")
		}
		return map[string]any{"namespace": s.namespace()}, nil
	case "ListNamespaces":
		return map[string]any{"namespaces": []any{s.namespace()}}, in.page()
	}
	return nil, wire.Fail("UnknownOperationException", fmt.Sprintf("Unknown operation %q.", c.Operation))
}

// page refuses tokens: nothing here fills a second page.
func (in serverlessInput) page() error {
	switch {
	case in.NextToken != "":
		return wire.Fail("InvalidPaginationException", "The provided pagination token is invalid.")
	case in.MaxResults != nil && (*in.MaxResults < 1 || *in.MaxResults > 100):
		return wire.Fail("ValidationException", fmt.Sprintf("1 validation error detected: Value '%d' at 'maxResults' failed to satisfy constraint: Member must be between 1 and 100", *in.MaxResults))
	}
	return nil
}

// notFound is the answer to a name that is absent or unknown.
func notFound(what, name, member string) error {
	if name == "" {
		return wire.Fail("ValidationException", fmt.Sprintf("1 validation error detected: Value at '%s' failed to satisfy constraint: Member must not be null", member))
	}
	return &wire.Error{Code: "ResourceNotFoundException", Status: 400, Message: fmt.Sprintf("%s %s not found.", what, name),
		Fields: map[string]any{"resourceName": name}}
}

// workgroup checks that a request names the one workgroup there is.
func (in serverlessInput) workgroup() error {
	switch {
	case in.WorkgroupName == Workgroup, in.WorkgroupName == "" && in.CustomDomainName == CustomDomain:
		return nil
	case in.WorkgroupName == "" && in.CustomDomainName != "":
		return notFound("CustomDomainAssociation", in.CustomDomainName, "customDomainName")
	}
	return notFound("Workgroup", in.WorkgroupName, "workgroupName")
}

func (s serverless) getCredentials(who wire.Principal, in serverlessInput) (any, error) {
	if err := in.workgroup(); err != nil {
		return nil, err
	}
	if in.DbName != "" && !goodName(in.DbName) {
		return nil, wire.Fail("ValidationException", fmt.Sprintf("The database name %q is not valid.", in.DbName))
	}
	life := shortest * time.Second
	if in.DurationSeconds != nil {
		if m := outside(*in.DurationSeconds); m != "" {
			return nil, wire.Fail("ValidationException", "1 validation error detected: "+m)
		}
		life = time.Duration(*in.DurationSeconds) * time.Second
	}
	user, password, expires := s.grantCaller(who, in.DbName, life)
	return map[string]any{"dbUser": user, "dbPassword": password, "expiration": expires.Unix(), "nextRefreshTime": expires.Unix()}, nil
}

func (s serverless) workgroup() map[string]any {
	host, port := s.opts.Endpoint()
	return map[string]any{
		"workgroupName": Workgroup, "workgroupId": workgroupID, "namespaceName": Namespace,
		"workgroupArn": fmt.Sprintf("arn:aws:redshift-serverless:%s:%s:workgroup/%s", s.opts.Region, s.opts.AccountID, workgroupID),
		"status":       "AVAILABLE", "baseCapacity": 8, "publiclyAccessible": false, "enhancedVpcRouting": false,
		"port": port, "endpoint": map[string]any{"address": host, "port": port},
		"creationDate": s.started.UTC().Format(time.RFC3339), "workgroupVersion": "1.0",
	}
}

func (s serverless) namespace() map[string]any {
	return map[string]any{
		"namespaceName": Namespace, "namespaceId": serverlessNamespaceID, "dbName": Database, "status": "AVAILABLE",
		"namespaceArn":  fmt.Sprintf("arn:aws:redshift-serverless:%s:%s:namespace/%s", s.opts.Region, s.opts.AccountID, serverlessNamespaceID),
		"adminUsername": Master, "creationDate": s.started.UTC().Format(time.RFC3339),
	}
}
