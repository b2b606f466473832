package athena

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// endPatience is how long a query that was stopped may take to end, so that
// what it cost can be told.
const endPatience = 10 * time.Second

// planPatience is how long a statement with a budget waits for its estimate.
const planPatience = 5 * time.Second

// mostScan is how much the statement may read, 0 for any amount. A bound on
// the statement wins over the connection's.
func (e *Engine) mostScan(s engine.Statement) int64 {
	if s.Budget.ScanBytes > 0 {
		return s.Budget.ScanBytes
	}
	return e.maxScan
}

// stopOverBudget stops a running query that has read more than it may, and says
// what it cost.
func (e *Engine) stopOverBudget(ctx context.Context, id string, w *watch, x *types.QueryExecution, most int64) error {
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	_, err := e.client.StopQueryExecution(stop, &athena.StopQueryExecutionInput{QueryExecutionId: aws.String(id)})
	cancel()
	f := e.overBudget(id, x, most)
	if err != nil {
		f.Remedy = "query " + id + " could not be stopped and may still run: " + e.fault(err, "stop the query").Error()
		return f
	}
	patience := time.NewTimer(endPatience)
	defer patience.Stop()
	for {
		select {
		case seen := <-w.seen:
			if seen.err != nil || seen.execution == nil || seen.execution.Status == nil {
				continue
			}
			x = seen.execution
			switch x.Status.State {
			case types.QueryExecutionStateQueued, types.QueryExecutionStateRunning:
				continue
			}
			return e.overBudget(id, x, most)
		case <-patience.C:
			return e.overBudget(id, x, most)
		case <-ctx.Done():
			return e.overBudget(id, x, most)
		}
	}
}

// spent refuses the result of a query that had read more than it may before
// anybody could stop it. The result stays in Athena and costs nothing more.
func (e *Engine) spent(s engine.Statement, id string, x *types.QueryExecution) error {
	most := e.mostScan(s)
	if most <= 0 || scanned(x) <= most || reused(x) {
		return nil
	}
	f := e.overBudget(id, x, most)
	f.Message = fmt.Sprintf("The query read %s, more than the %s it may, and had ended before it could be stopped%s",
		size(scanned(x)), size(most), e.costText(x))
	f.Remedy = "its rows can be had without paying again: fairlead attach " + id + "\nto allow more: --max-scan"
	return f
}

func (e *Engine) overBudget(id string, x *types.QueryExecution, most int64) *fault.Error {
	return fault.Newf(fault.Guarded, "The query was stopped: it had read %s, more than the %s it may%s",
		size(scanned(x)), size(most), e.costText(x)).
		WithRemedy("to allow more: --max-scan, or " + engine.Setting(e.session.Name, "max_scan", "SIZE")).
		WithService(fault.Service{Name: service, RequestID: id, Message: aws.ToString(x.Status.StateChangeReason)})
}

// refuseByPlan refuses a statement whose free estimate is above what it may read.
func (e *Engine) refuseByPlan(ctx context.Context, s engine.Statement) error {
	most := e.mostScan(s)
	if most <= 0 {
		return nil
	}
	short, cancel := context.WithTimeout(ctx, planPatience)
	p, err := e.Plan(short, s)
	cancel()
	if err != nil || p.Bytes == nil || *p.Bytes <= most {
		return nil // what cannot be told beforehand is watched while it runs
	}
	return fault.Newf(fault.Guarded, "The query was not sent: it is likely to read %s, more than the %s it may (%s)",
		size(*p.Bytes), size(most), p.Basis).
		WithRemedy("narrow it by a partition or to fewer columns, or allow more: --max-scan")
}

// cutoffFault describes a query that Athena ended by the workgroup's own limit.
func (e *Engine) cutoffFault(ctx context.Context, id string, x *types.QueryExecution, s fault.Service) *fault.Error {
	limit := "its limit"
	if w, err := e.readWorkgroup(ctx); err == nil && w.cutoff > 0 {
		limit = "its limit of " + size(w.cutoff) + " a query"
	}
	s.RequestID = id
	return fault.Newf(fault.Guarded, "Workgroup %q stopped the query at %s: it had read %s%s",
		e.workname, limit, size(scanned(x)), e.costText(x)).
		WithRemedy("narrow the query, or choose another workgroup: " + engine.Setting(e.session.Name, "workgroup", "NAME")).
		WithService(s)
}

// cutOff reports whether Athena ended the query by the workgroup's limit.
func cutOff(message string) bool {
	return strings.Contains(strings.ToLower(message), "bytes scanned limit was exceeded")
}

// costText is what a query cost, to follow a sentence; "" when it cannot be told.
func (e *Engine) costText(x *types.QueryExecution) string {
	c := e.cost(x)
	if c == nil {
		return ""
	}
	return fmt.Sprintf("; it cost about %s USD", strconv.FormatFloat(*c, 'f', usdDigits(*c), 64))
}

// usdDigits is how many digits behind the point show a price.
func usdDigits(usd float64) int {
	if usd < 0.01 {
		return 6
	}
	return 2
}

// sizes are the endings a size may have: decimal and binary multiples.
var sizes = []struct {
	ending string
	factor float64
}{
	{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}, {"tib", 1 << 40},
	{"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12},
	{"k", 1e3}, {"m", 1e6}, {"g", 1e9}, {"t", 1e12}, {"b", 1},
}

// parseSize reads "10GB", "1.5 GiB" or a plain number of bytes.
func parseSize(text string) (int64, bool) {
	s, factor := strings.ToLower(strings.TrimSpace(text)), 1.0
	for _, u := range sizes {
		if rest, ok := strings.CutSuffix(s, u.ending); ok {
			s, factor = strings.TrimSpace(rest), u.factor
			break
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n > 0) || n*factor > 1<<62 || strings.ContainsAny(s, "xp_ni") {
		return 0, false
	}
	return int64(n * factor), true
}

// size is a number of bytes for people.
func size(bytes int64) string {
	n, unit := float64(bytes), "B"
	for _, larger := range []string{"kB", "MB", "GB", "TB", "PB"} {
		if n < 1000 {
			break
		}
		n, unit = n/1000, larger
	}
	if unit == "B" || n >= 100 {
		return fmt.Sprintf("%.0f %s", n, unit)
	}
	return fmt.Sprintf("%.1f %s", n, unit)
}
