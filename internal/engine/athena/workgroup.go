package athena

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// workgroup is what a workgroup decides about a query's result.
type workgroup struct {
	managed  bool // Athena keeps the results itself and refuses a location of ours
	enforced bool // the workgroup's settings win over ours
	engine   string
	disabled bool
}

// readWorkgroup returns the workgroup's settings, asked for once. A caller who
// may not read them gets the error and may go on without.
func (e *Engine) readWorkgroup(ctx context.Context) (workgroup, error) {
	e.mu.Lock()
	known := e.group
	e.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	out, err := e.client.GetWorkGroup(ctx, &athena.GetWorkGroupInput{WorkGroup: aws.String(e.workname)})
	if err != nil {
		return workgroup{}, e.fault(err, fmt.Sprintf("read workgroup %q", e.workname))
	}
	w := workgroup{}
	if out.WorkGroup != nil {
		w.disabled = out.WorkGroup.State == types.WorkGroupStateDisabled
		if c := out.WorkGroup.Configuration; c != nil {
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

// Ping reads the workgroup, the cheapest call that shows that queries may go there.
func (e *Engine) Ping(ctx context.Context) (string, error) {
	e.mu.Lock()
	e.group = nil
	e.mu.Unlock()
	w, err := e.readWorkgroup(ctx)
	if err != nil {
		return "", err
	}
	if w.disabled {
		return "", fault.Newf(fault.Denied, "Workgroup %q is disabled", e.workname).
			WithRemedy("choose another workgroup, or have an administrator enable it")
	}
	if w.engine == "" {
		return "workgroup " + e.workname, nil
	}
	return fmt.Sprintf("workgroup %s, %s", e.workname, lowerFirst(w.engine)), nil
}
