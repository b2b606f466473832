package app

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/journal"
	"github.com/fairleadhq/fairlead/internal/sqltext"
)

const (
	// pastRuns is of how many runs with other values the middle one stands for
	// the next.
	pastRuns = 9
	// pastFresh is how old a run may be that is held for nearer the truth than
	// what statistics say: both are told beyond it.
	pastFresh = 30 * 24 * time.Hour
)

// past is what the history knows of a statement on a connection: the runs that
// ended well and say what they read, the newest first.
type past struct {
	same  *journal.Run  // the latest with the same values, nil when there is none
	other []journal.Run // with other values, as far back as that
}

// pastOf looks for runs of the same text, whatever its spacing, comments and
// values. It is empty where there is no history, or none that can be read.
func (c *Connection) pastOf(s engine.Statement) past {
	var p past
	if c.Session == nil {
		return p
	}
	j, err := c.app.diary()
	if err != nil {
		return p
	}
	e := c.Target.Entry
	runs, err := j.List(journal.Filter{Connection: e.Name, State: journal.Done})
	if err != nil {
		return p
	}
	dialect := c.Target.Spec.Dialect
	wanted := sqltext.Essence(dialect, sqltext.Mask(dialect, s.Text))
	for _, r := range runs {
		if r.Engine != e.Engine || r.Profile != c.Session.Profile || r.Region != c.Session.Region ||
			!measured(r) || sqltext.Essence(dialect, r.Text) != wanted {
			continue
		}
		if sameValues(r.Args, s.Args) {
			p.same = &r
			break // the latest is all that counts
		}
		p.other = append(p.other, r)
	}
	return p
}

// measured reports whether a run tells what one to its end reads. One that was
// answered from an earlier result read nothing.
func measured(r journal.Run) bool {
	s := r.Stats
	return s.BytesScanned != nil && *s.BytesScanned > 0 || s.CapacityUnits != nil && *s.CapacityUnits > 0 && !s.Truncated
}

// sameValues holds for values that are known to be equal; a secret one is not
// written down.
func sameValues(then []journal.Arg, now []engine.Arg) bool {
	return slices.EqualFunc(then, now, func(a journal.Arg, b engine.Arg) bool {
		return !b.Secret && a == journal.Arg{Type: b.Type, Value: b.Value}
	})
}

// expected is the run that stands for the next, nil when there is none, and how
// to name it: "your last run 3 days ago".
func (p past) expected(now time.Time) (run *journal.Run, name string) {
	if p.same != nil {
		return p.same, "your last run " + ago(now.Sub(p.same.Started))
	}
	if len(p.other) == 0 {
		return nil, ""
	}
	latest := ago(now.Sub(p.other[0].Started))
	list := slices.Clone(p.other[:min(len(p.other), pastRuns)])
	if len(list) == 1 {
		return &list[0], "your run " + latest + " with other values"
	}
	slices.SortFunc(list, func(a, b journal.Run) int { return cmp.Compare(amount(a), amount(b)) })
	return &list[len(list)/2], fmt.Sprintf("the middle one of your last %d runs with other values, the latest %s,", len(list), latest)
}

// amount orders runs of one statement by what they read.
func amount(r journal.Run) float64 {
	if r.Stats.BytesScanned != nil {
		return float64(*r.Stats.BytesScanned)
	}
	return *r.Stats.CapacityUnits
}

// learn adds to a plan what earlier runs tell: in place of what is not known or
// vaguer, else as a note. A plan that is free stays so.
func (p past) learn(plan *engine.Plan, now time.Time) {
	run, name := p.expected(now)
	if run == nil {
		return
	}
	read := name + " " + readBy(*run)
	vague := false
	switch {
	case run.Stats.BytesScanned != nil:
		if plan.Bytes != nil && *plan.Bytes == 0 {
			return
		}
		vague = plan.Bytes == nil
	default:
		vague = plan.CapacityUnits == nil
		if !vague && plan.Access != "Query" {
			return // one item, or all of a table: the service's own figures are as good
		}
	}
	if !vague && (p.same == nil || now.Sub(run.Started) > pastFresh) {
		plan.Notes = append(plan.Notes, read)
		return
	}
	if told := toldBefore(*plan); told != "" {
		plan.Notes = append(plan.Notes, told)
	}
	plan.Basis, plan.CostUSD = read, run.Stats.CostUSD
	if run.Stats.BytesScanned != nil {
		plan.Bytes = run.Stats.BytesScanned
	} else {
		plan.CapacityUnits, plan.Bytes, plan.Rows = run.Stats.CapacityUnits, nil, nil
	}
}

// toldBefore is what a plan rested on before the history took its place.
func toldBefore(p engine.Plan) string {
	switch {
	case p.Basis == "":
		return ""
	case p.Bytes != nil:
		return "by " + p.Basis + ": " + engine.BytesText(*p.Bytes)
	}
	return p.Basis
}

func readBy(r journal.Run) string {
	if r.Stats.BytesScanned != nil {
		return "scanned " + engine.BytesText(*r.Stats.BytesScanned)
	}
	return fmt.Sprintf("consumed %g capacity units", *r.Stats.CapacityUnits)
}

// Forewarn says that earlier runs of the statement read more than it may; ""
// when they did not, or nothing is known. It is no reason to refuse it: the data
// may be others now.
func (c *Connection) Forewarn(s engine.Statement) string {
	most := c.mostScan(s)
	if most <= 0 {
		return ""
	}
	return c.pastOf(s).forewarn(most, time.Now())
}

// mostScan is how much the statement may read, 0 for any amount.
func (c *Connection) mostScan(s engine.Statement) int64 {
	if s.Budget.ScanBytes > 0 {
		return s.Budget.ScanBytes
	}
	most, _ := engine.Bytes(maxScan, c.Target.Entry.Params[maxScan]) // what cannot be read was refused when it was opened
	return most
}

func (p past) forewarn(most int64, now time.Time) string {
	run, name := p.expected(now)
	if run == nil || run.Stats.BytesScanned == nil || *run.Stats.BytesScanned <= most {
		return ""
	}
	return fmt.Sprintf("%s %s, more than the %s it may: it is stopped when it passes that", name, readBy(*run), engine.BytesText(most))
}

// maxScan is the parameter of an engine that bounds what a statement reads.
const maxScan = "max_scan"

// ago is "5 minutes ago", in one unit.
func ago(d time.Duration) string {
	for _, u := range []struct {
		name string
		of   time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}} {
		switch n := int(d / u.of); {
		case n == 1:
			return "1 " + u.name + " ago"
		case n > 1:
			return fmt.Sprintf("%d %ss ago", n, u.name)
		}
	}
	return "just now"
}
