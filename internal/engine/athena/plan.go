package athena

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairleadhq/fairlead/internal/engine"
)

const (
	deepestView    = 5    // views within views
	mostPartitions = 5000 // whose statistics are added up
)

// Plan estimates what a statement reads from the statistics that the catalog
// has of its tables and, where conditions pick them, of their partitions. It
// sends metadata calls and no statement. Figures stay nil where the catalog
// has none.
func (e *Engine) Plan(ctx context.Context, s engine.Statement) (engine.Plan, error) {
	list := tokens(s.Text)
	switch kind := statementKind(list); kind {
	case "select":
	case "":
		return engine.Plan{Basis: "statements that are prepared in Athena tell nothing beforehand"}, nil
	default:
		return engine.Plan{Access: kind, Bytes: aws.Int64(0), CostUSD: aws.Float64(0), Basis: kind + " statements are free"}, nil
	}
	est := &estimate{engine: e, statement: list, whole: true}
	for _, n := range reads(list) {
		est.add(ctx, n, 0)
	}
	p := engine.Plan{Access: "tables", Object: strings.Join(est.objects, ", "), Basis: est.basis(), Notes: est.notes}
	if len(est.objects) == 1 {
		p.Rows = est.rows
	}
	if est.pruned {
		p.Access = "partitions"
	}
	p.Full = est.whole && len(est.objects) > 0
	if !est.unknown {
		p.Bytes = aws.Int64(est.bytes)
		if e.price >= 0 {
			p.CostUSD = aws.Float64(e.scanPrice(est.bytes))
		}
	}
	if p.Bytes != nil {
		if w, err := e.readWorkgroup(ctx); err == nil && w.cutoff > 0 && *p.Bytes > w.cutoff {
			p.Notes = append(p.Notes, fmt.Sprintf("workgroup %q stops a query at %s", e.workname, size(w.cutoff)))
		}
	}
	if p.CostUSD != nil && est.bytes > 0 {
		p.Notes = append(p.Notes, e.priceNote())
	}
	if len(est.keys) > 0 && p.Full {
		p.Better = "a condition on " + strings.Join(est.keys, ", ") + ", by which the table is partitioned, reads less"
	}
	return p, nil
}

// statementKind is "select" for what reads and is billed, the free kind by its
// name, and "" where the text does not tell.
func statementKind(list []token) string {
	first := ""
	for _, t := range list {
		if t.kind == 'w' {
			first = t.text
			break
		}
	}
	has := func(word string) bool { return slices.ContainsFunc(list, func(t token) bool { return t.is(word) }) }
	switch first {
	case "execute":
		return ""
	case "explain":
		if len(list) > 1 && list[1].is("analyze") {
			return "select"
		}
		return "explain"
	case "create":
		if has("select") && !has("view") {
			return "select"
		}
		return "ddl"
	case "alter", "drop", "msck", "show", "describe", "desc", "prepare", "deallocate":
		return "ddl"
	}
	return "select"
}

// estimate adds up what is known of the tables that a statement reads.
type estimate struct {
	engine    *Engine
	statement []token
	objects   []string
	keys      []string // partition keys of tables that are read whole
	bytes     int64
	rows      *int64
	oldest    time.Time
	notes     []string
	unknown   bool // a table has no statistics
	whole     bool // no condition on partitions narrows anything
	pruned    bool
	columns   bool // figures were scaled to the columns named
}

func (est *estimate) basis() string {
	switch {
	case len(est.objects) == 0:
		return "no table is read"
	case est.unknown:
		return "no free estimate: the catalog has no statistics of all that is read"
	}
	text := "table statistics"
	if est.pruned {
		text = "partition statistics"
	}
	if est.columns {
		text += ", in proportion to the columns named"
	}
	if !est.oldest.IsZero() {
		text += " of " + est.oldest.UTC().Format(time.DateOnly)
	}
	return text
}

func (est *estimate) add(ctx context.Context, n name, depth int) {
	catalog, database := est.engine.catalog, est.engine.database
	table := n[len(n)-1]
	if len(n) > 1 {
		database = n[len(n)-2]
	}
	if len(n) > 2 {
		catalog = n[0]
	}
	if database == "information_schema" || strings.Contains(table, "$") {
		return // metadata tables: next to nothing is read
	}
	full := strings.Trim(database+"."+table, ".")
	t, err := est.engine.tableFor(ctx, catalog, database, table)
	if err != nil {
		est.objects, est.unknown = append(est.objects, full), true
		est.notes = append(est.notes, "nothing is known of "+full)
		return
	}
	if text := viewText(t.ViewOriginalText); kindOf(t.TableType) == "view" {
		if text == "" || depth == deepestView {
			est.objects, est.unknown = append(est.objects, full), true
			return
		}
		for _, inner := range reads(tokens(text)) {
			est.add(ctx, inner, depth+1)
		}
		return
	}
	est.objects = append(est.objects, full)
	rows, bytes := statistics(t.Parameters)
	if prunes := est.conditions(t, depth); prunes != "" {
		est.pruned, est.whole = true, false
		rows, bytes = est.engine.partitions(ctx, catalog, database, table, prunes)
	} else if len(t.PartitionKeys) > 0 {
		for _, k := range t.PartitionKeys {
			est.keys = append(est.keys, k.Name)
		}
	}
	est.rows = rows
	if bytes == nil {
		est.unknown = true
		return
	}
	share := est.share(t, depth)
	est.bytes += int64(float64(*bytes) * share)
	if at := moment(t.UpdateTime); t.UpdateTime > 0 && (est.oldest.IsZero() || at.Before(est.oldest)) {
		est.oldest = at
	}
}

// tableFor reads a table's metadata from Glue where it is Glue's, else from Athena.
func (e *Engine) tableFor(ctx context.Context, catalog, database, table string) (*glueTable, error) {
	if strings.EqualFold(catalog, ownCatalog) {
		var out struct{ Table *glueTable }
		if err := e.glue.call(ctx, "GetTable", map[string]any{"DatabaseName": database, "Name": table}, &out); err == nil && out.Table != nil {
			return out.Table, nil
		}
	}
	return e.table(ctx, catalog, database, table)
}

// conditions is the filter for the partitions that the statement reads; "" for
// all. Only what stands in a statement over one table is understood.
func (est *estimate) conditions(t *glueTable, depth int) string {
	if depth > 0 || len(t.PartitionKeys) == 0 || len(reads(est.statement)) != 1 {
		return ""
	}
	equal := equalities(est.statement)
	var filter []string
	for _, k := range t.PartitionKeys {
		if v, ok := equal[strings.ToLower(k.Name)]; ok {
			filter = append(filter, k.Name+"="+v)
		}
	}
	return strings.Join(filter, " AND ")
}

// share is the part of a table's bytes that the statement's columns are:
// formats by column read only those.
func (est *estimate) share(t *glueTable, depth int) float64 {
	format := t.format()
	if depth > 0 || t.StorageDescriptor == nil || len(t.StorageDescriptor.Columns) == 0 || format != "parquet" && format != "orc" && format != "iceberg" {
		return 1
	}
	used := map[string]bool{}
	for i, tok := range est.statement {
		if tok.kind == '*' && i > 0 && everyColumn(est.statement[i-1]) {
			return 1
		}
		if tok.isName() {
			used[strings.ToLower(tok.text)] = true
		}
	}
	n := 0
	for _, c := range t.StorageDescriptor.Columns {
		if used[strings.ToLower(c.Name)] {
			n++
		}
	}
	est.columns = true
	return float64(n) / float64(len(t.StorageDescriptor.Columns))
}

// everyColumn reports whether a star behind t stands for all columns, and not
// for a product or the star of count(*).
func everyColumn(t token) bool {
	return t.is("select") || t.is("distinct") || t.is("all") || t.kind == ',' || t.kind == '.'
}

// partitions adds up the statistics of the partitions that a filter picks; nil
// when one has none, or there are too many.
func (e *Engine) partitions(ctx context.Context, catalog, database, table, filter string) (rows, bytes *int64) {
	if !strings.EqualFold(catalog, ownCatalog) {
		return nil, nil
	}
	var sumRows, sumBytes int64
	rowsKnown, seen := true, 0
	for token := ""; ; {
		in := map[string]any{"DatabaseName": database, "TableName": table, "Expression": filter, "ExcludeColumnSchema": true, "MaxResults": 1000}
		if token != "" {
			in["NextToken"] = token
		}
		var out struct {
			Partitions []struct{ Parameters map[string]string }
			NextToken  string
		}
		if err := e.glue.call(ctx, "GetPartitions", in, &out); err != nil {
			return nil, nil
		}
		for _, p := range out.Partitions {
			r, b := statistics(p.Parameters)
			if b == nil {
				return nil, nil
			}
			sumBytes += *b
			if r == nil {
				rowsKnown = false
			} else {
				sumRows += *r
			}
		}
		if seen += len(out.Partitions); seen > mostPartitions {
			return nil, nil
		}
		if token = out.NextToken; token == "" {
			break
		}
	}
	if seen == 0 {
		return nil, nil // none is there, or they are projected and not in the catalog
	}
	if rowsKnown {
		rows = &sumRows
	}
	return rows, &sumBytes
}
