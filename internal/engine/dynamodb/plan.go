package dynamodb

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/partiql"
	"github.com/fairleadhq/fairlead/internal/result"
)

// What one read unit reads: 4 KB strongly, 8 KB eventually.
const (
	strongUnit   = 4096
	eventualUnit = 8192
)

// Plan says how DynamoDB will read for a statement and what that is likely to
// cost. Once the table has been described nothing is sent.
func (e *Engine) Plan(ctx context.Context, s engine.Statement) (engine.Plan, error) {
	st := partiql.Parse(s.Text)
	t, err := e.describe(ctx, st.Table)
	if err != nil {
		return engine.Plan{}, err
	}
	if !st.Reads() {
		return e.planWrite(st, t), nil
	}
	return e.planRead(st, t), nil
}

func (e *Engine) planRead(st partiql.Statement, t table) engine.Plan {
	p := engine.Plan{Object: st.Table, Index: st.Index}
	if st.Table == "" {
		p.Notes = append(p.Notes, "the statement was not understood; DynamoDB will say what is wrong with it")
		return p
	}
	if t.missing {
		p.Notes = append(p.Notes, fmt.Sprintf("there is no table %s in %s", st.Table, e.session.Region))
		return p
	}
	if !t.known {
		p.Full = st.Where == nil
		if p.Full {
			p.Access = "Scan"
		}
		p.Notes = append(p.Notes, "table "+st.Table+" cannot be described, so its keys and size are not known")
		return p
	}
	if st.Index != "" && t.keyNames(st.Index) == nil {
		p.Notes = append(p.Notes, fmt.Sprintf("table %s has no index %s", st.Table, st.Index))
		return p
	}
	a := t.readAccess(st.Index, st.Where)
	if st.Unclear && a.kind == "Scan" {
		p.Notes = append(p.Notes, "the condition was not understood, so a full scan is taken for likely")
	}
	p.Access, p.Full = a.kind, a.kind == "Scan" && rowsEnough(st, t) == 0
	e.estimate(&p, st, t, a)
	p.Notes = append(p.Notes, localNotes(st, t)...)
	if x, holds, ok := t.better(st); ok {
		p.Better = fmt.Sprintf(`index %s makes it a Query: select ... from %s.%s`, x.name, partiql.Quote(st.Table), partiql.Quote(x.name))
		if !holds {
			p.Better += ", but it does not hold every attribute asked for"
		}
	}
	return p
}

// estimate fills in items, bytes, units and price.
func (e *Engine) estimate(p *engine.Plan, st partiql.Statement, t table, a access) {
	items, size := t.size(st.Index)
	consistent := e.consistent && !t.globalIndex(st.Index)
	unit := float64(eventualUnit)
	if consistent {
		unit = strongUnit
	}
	p.Basis = fmt.Sprintf("table statistics, which DynamoDB renews about every six hours: %s items, %s", grouped(items), sizeText(size))
	average := 0.0
	if items > 0 {
		average = float64(size) / float64(items)
	}
	switch {
	case a.kind == "GetItem":
		items, size = 1, int64(math.Ceil(average))
	case a.kind == "Query" && a.sort == "=":
		items = int64(a.partitions)
		size = int64(average * float64(items))
	case a.kind == "Query":
		p.Basis += "; how many items share a partition key is not known: one page at most is shown for each"
		size = min(size, int64(a.partitions)*(1<<20))
		if average > 0 {
			items = min(items, int64(float64(size)/average))
		}
	case items == 0 && size == 0:
		p.Basis = "table statistics that say nothing yet: the table is new, or empty"
		return
	}
	if n := rowsEnough(st, t); n > 0 && n < items {
		items, size = n, int64(average*float64(n))
	}
	units := math.Max(math.Ceil(float64(size)/unit*2)/2, 0.5*float64(max(a.partitions, 1)))
	if consistent {
		units = math.Max(math.Ceil(float64(size)/unit), float64(max(a.partitions, 1)))
	}
	p.Rows, p.Bytes, p.CapacityUnits = &items, &size, &units
	if usd := t.unitPrice(e.session.Region, true); usd > 0 {
		cost := units * usd
		p.CostUSD = &cost
		p.Notes = append(p.Notes, priceNote(e.session.Region))
	} else if t.known && !t.onDemand {
		p.Notes = append(p.Notes, fmt.Sprintf("the table is billed by provisioned capacity (%d read units a second), not by request", t.readUnits))
	}
}

func (t table) globalIndex(name string) bool {
	x, ok := t.index(name)
	return ok && x.global
}

// rowsEnough is how many items a statement reads at most because it ends with a
// LIMIT and every item read is a row; 0 when that is not so.
func rowsEnough(st partiql.Statement, t table) int64 {
	if st.Select == nil || st.Select.Limit < 1 || st.Unclear || localClauses(st, t) != "" {
		return 0
	}
	keys := t.keyNames(st.Index)
	filtered := false
	partiql.EachPath(st.Where, func(p partiql.Path) {
		name, whole := p.Whole()
		filtered = filtered || !whole || !slices.Contains(keys, name)
	})
	if filtered || st.Where != nil && t.readAccess(st.Index, st.Where).kind == "Scan" {
		return 0
	}
	return st.Select.Limit
}

// localNotes say which clauses are worked out here.
func localNotes(st partiql.Statement, t table) []string {
	if clauses := localClauses(st, t); clauses != "" {
		return []string{clauses + " is worked out here, over all that is read"}
	}
	return nil
}

// planWrite tells of INSERT, UPDATE and DELETE, which address one item.
func (e *Engine) planWrite(st partiql.Statement, t table) engine.Plan {
	p := engine.Plan{Object: st.Table}
	switch st.Verb {
	case "INSERT":
		p.Access = "PutItem"
	case "UPDATE":
		p.Access = "UpdateItem"
	case "DELETE":
		p.Access = "DeleteItem"
	default:
		return p
	}
	rows := int64(1)
	p.Rows = &rows
	if !t.known || t.items == 0 {
		return p
	}
	size := t.bytes / t.items
	units := math.Max(1, math.Ceil(float64(size)/1024))
	p.Bytes, p.CapacityUnits = &size, &units
	p.Basis = "the table's average item; an index that holds the item costs as much again"
	if usd := t.unitPrice(e.session.Region, false); usd > 0 {
		cost := units * usd
		p.CostUSD = &cost
		p.Notes = append(p.Notes, priceNote(e.session.Region))
	}
	return p
}

// grouped writes 1234567 as 1,234,567.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func sizeText(n int64) string {
	value, unit := float64(n), 0
	units := []string{"B", "kB", "MB", "GB", "TB"}
	for value >= 999.5 && unit < len(units)-1 {
		value, unit = value/1000, unit+1
	}
	if unit == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", value, units[unit])
}

// priceOf fills in what a statement cost.
func (e *Engine) priceOf(stats *result.Stats, t table, reads bool) {
	if usd := t.unitPrice(e.session.Region, reads); usd > 0 && stats.CapacityUnits != nil {
		cost := *stats.CapacityUnits * usd
		stats.CostUSD = &cost
	}
}
