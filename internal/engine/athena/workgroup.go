package athena

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// workgroup is what a workgroup decides about a query's result.
type workgroup struct {
	managed  bool   // Athena keeps the results itself and refuses a location of ours
	enforced bool   // the workgroup's settings win over ours
	output   string // where results go; "" when it has no location of its own
	engine   string
	disabled bool
	cutoff   int64 // bytes a query may scan; 0 for any amount
}

// readWorkgroup returns the workgroup's settings, asked for once. A caller who
// may not read them is told so again without another call, and may go on
// without.
func (e *Engine) readWorkgroup(ctx context.Context) (workgroup, error) {
	e.mu.Lock()
	known, shut := e.group, e.shut
	e.mu.Unlock()
	switch {
	case known != nil:
		return *known, nil
	case shut != nil:
		return workgroup{}, shut
	}
	out, err := e.client.GetWorkGroup(ctx, &athena.GetWorkGroupInput{WorkGroup: aws.String(e.workname)})
	if err != nil {
		f := e.fault(err, fmt.Sprintf("read workgroup %q", e.workname))
		if f.Code == fault.Denied {
			e.mu.Lock()
			e.shut = f
			e.mu.Unlock()
		}
		return workgroup{}, f
	}
	w := workgroup{}
	if out.WorkGroup != nil {
		w.disabled = out.WorkGroup.State == types.WorkGroupStateDisabled
		if c := out.WorkGroup.Configuration; c != nil {
			w.cutoff = aws.ToInt64(c.BytesScannedCutoffPerQuery)
			if c.ResultConfiguration != nil {
				w.output = aws.ToString(c.ResultConfiguration.OutputLocation)
			}
			w.enforced = aws.ToBool(c.EnforceWorkGroupConfiguration)
			w.managed = c.ManagedQueryResultsConfiguration != nil && c.ManagedQueryResultsConfiguration.Enabled
			if c.EngineVersion != nil {
				w.engine = aws.ToString(c.EngineVersion.EffectiveEngineVersion)
			}
		}
	}
	e.mu.Lock()
	e.group = &w
	e.mu.Unlock()
	return w, nil
}

// resultLocation returns the ResultConfiguration to send, or nil. The workgroup
// is read only when the connection names a location, since only then can it
// matter: a workgroup with managed results refuses any.
func (e *Engine) resultLocation(ctx context.Context) (*types.ResultConfiguration, string) {
	if e.output == "" {
		return nil, ""
	}
	w, err := e.readWorkgroup(ctx)
	switch {
	case err == nil && w.managed:
		return nil, fmt.Sprintf("Workgroup %q keeps results itself, so output_location was not used", e.workname)
	case err == nil && w.enforced:
		return nil, fmt.Sprintf("Workgroup %q enforces its own settings, so output_location was not used", e.workname)
	}
	return &types.ResultConfiguration{OutputLocation: aws.String(e.output)}, ""
}

// Ping reads the workgroup, the cheapest call that shows that queries may go
// there, and looks for the catalog and the database. A caller who may run
// queries need not be allowed to look: then they are left out of the answer.
func (e *Engine) Ping(ctx context.Context) (string, error) {
	e.mu.Lock()
	e.group, e.shut = nil, nil
	e.mu.Unlock()
	w, err := e.readWorkgroup(ctx)
	if err != nil {
		return "", err
	}
	if w.disabled {
		return "", fault.Newf(fault.Denied, "Workgroup %q is disabled", e.workname).
			WithRemedy("choose another workgroup, or have an administrator enable it")
	}
	answer := "workgroup " + e.workname
	if w.engine != "" {
		answer += ", " + lowerFirst(w.engine)
	}
	seen, err := e.lookForNames(ctx)
	return answer + seen, err
}

// ownCatalog is the account's Glue catalog, which is always there.
const ownCatalog = "AwsDataCatalog"

// lookForNames looks for the connection's catalog and database, and tells those
// it has seen.
func (e *Engine) lookForNames(ctx context.Context) (seen string, err error) {
	// A catalog inside another ("s3tablescatalog/bucket") is none of Athena's
	// data catalogs; its database shows whether it is there.
	if !strings.EqualFold(e.catalog, ownCatalog) && !strings.Contains(e.catalog, "/") {
		_, err := e.client.GetDataCatalog(ctx, &athena.GetDataCatalogInput{
			Name: aws.String(e.catalog), WorkGroup: aws.String(e.workname),
		})
		switch f := e.notThere(err, "catalog", e.catalog); {
		case f == nil:
			seen += ", catalog " + e.catalog
		case f.Code != fault.Denied:
			return "", f
		}
	}
	if e.database == "" {
		return seen, nil
	}
	_, err = e.client.GetDatabase(ctx, &athena.GetDatabaseInput{
		CatalogName: aws.String(e.catalog), DatabaseName: aws.String(e.database), WorkGroup: aws.String(e.workname),
	})
	switch f := e.notThere(err, "database", e.database); {
	case f == nil:
		seen += ", database " + e.database
	case f.Code != fault.Denied:
		return "", f
	}
	return seen, nil
}

// notThere says that a name of the connection does not exist.
func (e *Engine) notThere(err error, param, name string) *fault.Error {
	if err == nil {
		return nil
	}
	f := e.missing(err, "look for "+param+" "+name, param+" "+name+" in "+e.session.Region)
	if f.Code == fault.NotFound {
		f.Remedy = "check the region, or choose another: " + Spec().Setting(e.session.Name, param, "NAME")
	}
	return f
}
