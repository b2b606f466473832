package app

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// AllowScan is the parameter of an engine that says what happens to a statement
// that reads all of a table: never, ask, always, or a size up to which it may.
const AllowScan = "allow_scan"

// Plan says what a statement would read and cost, as far as that can be told
// without sending anything billed: by the service's statistics and by earlier
// runs of the statement in the history.
func (c *Connection) Plan(ctx context.Context, s engine.Statement) (engine.Plan, error) {
	planner, ok := c.engine.(engine.Planner)
	if !ok {
		return engine.Plan{}, fault.Newf(fault.Unsupported, "%s cannot say beforehand what a statement reads", c.Target.Spec.Title)
	}
	plan, err := planner.Plan(ctx, s)
	if err != nil {
		return plan, err
	}
	earlier, now := c.pastOf(s), time.Now()
	earlier.learn(&plan, now)
	if most := c.mostScan(s); most > 0 {
		if warning := earlier.forewarn(most, now); warning != "" {
			plan.Notes = append(plan.Notes, warning)
		}
	}
	return plan, nil
}

// guardScan stops a statement that would read all of a table on a connection
// that minds.
func (c *Connection) guardScan(ctx context.Context, s engine.Statement, o RunOptions) error {
	setting := c.Target.Entry.Params[AllowScan]
	_, declared := c.Target.Spec.Param(AllowScan)
	planner, able := c.engine.(engine.Planner)
	if !declared || !able || o.AllowScan || setting == "always" {
		return nil
	}
	plan, err := planner.Plan(ctx, s)
	if err != nil || !plan.Full {
		return err
	}
	switch setting {
	case "never":
		return c.scanRefused(plan).WithRemedyf("name a key or an index, or allow it once: --allow-scan\nallow it for good: fairlead connections edit %s --allow-scan ask", c.Target.Entry.Name)
	case "", "ask":
	default:
		most, err := engine.Bytes(AllowScan, setting)
		if err != nil {
			f := fault.As(err)
			f.Code = fault.Config
			return f
		}
		if plan.Bytes != nil && *plan.Bytes <= most {
			return nil
		}
	}
	if ask := c.app.o.ConfirmScan; ask != nil {
		yes, err := ask(ctx, plan)
		if err != nil || yes {
			return err
		}
		return fault.New(fault.Guarded, "The statement was not sent")
	}
	return c.scanRefused(plan)
}

// scanRefused tells what would be read, and the cheaper way if there is one.
func (c *Connection) scanRefused(p engine.Plan) *fault.Error {
	f := fault.Newf(fault.Guarded, "This statement reads all of %s%s", p.Object, PlanSize(p))
	remedy := "run it all the same: --allow-scan"
	if p.Better != "" {
		remedy = p.Better + "\n" + remedy
	}
	return f.WithRemedy(remedy)
}

// PlanSize tells what is known of how much a plan reads: " (1,234 items, 12 MB,
// 1,500 capacity units)", or nothing.
func PlanSize(p engine.Plan) string {
	text := ""
	add := func(format string, args ...any) {
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf(format, args...)
	}
	if p.Rows != nil {
		add("%d items", *p.Rows)
	}
	if p.Bytes != nil {
		add("%.1f MB", float64(*p.Bytes)/1e6)
	}
	if p.CapacityUnits != nil {
		add("%s capacity units", strconv.FormatFloat(*p.CapacityUnits, 'f', -1, 64))
	}
	if p.CostUSD != nil {
		add("$%.4f", *p.CostUSD)
	}
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}
