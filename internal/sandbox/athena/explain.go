package athena

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// explain answers EXPLAIN with the engine's own plan, as indented lines.
func (j *job) explain(ctx context.Context, st *trino.Statement) error {
	conn, err := j.conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	p, err := j.plan(ctx, conn, st)
	if err != nil {
		return err
	}
	head := "EXPLAIN (FORMAT json) "
	if st.Analyze {
		head = "EXPLAIN (ANALYZE, FORMAT json) "
	}
	var key, text string
	if err := conn.QueryRowContext(ctx, head+p.query.SQL).Scan(&key, &text); err != nil {
		return p.query.Explain(err, len(head))
	}
	roots, err := readPlan(text)
	if err != nil {
		return err
	}
	j.out.columns = []resultColumn{{Name: "Query Plan", Type: trino.Type{Kind: trino.Varchar}}}
	j.lines = []string{"Query Plan"}
	for _, n := range roots {
		j.lines = n.lines(j.lines, "")
	}
	return nil
}

// planNode is one operator of a plan; what only EXPLAIN ANALYZE knows is nil
// without it.
type planNode struct {
	Name     string         `json:"name"`
	Operator string         `json:"operator_name"` // instead of Name when analyzed
	Rows     *int64         `json:"operator_cardinality"`
	Seconds  *float64       `json:"operator_timing"`
	Info     map[string]any `json:"extra_info"`
	Children []planNode     `json:"children"`
}

// readPlan reads a plan: a list of operators or, when analyzed, one document
// around the operator EXPLAIN_ANALYZE and the plan below that.
func readPlan(text string) ([]planNode, error) {
	var roots []planNode
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		if err := json.Unmarshal([]byte(text), &roots); err != nil {
			return nil, fmt.Errorf("the engine's plan: %w", err)
		}
		return roots, nil
	}
	var whole planNode
	if err := json.Unmarshal([]byte(text), &whole); err != nil {
		return nil, fmt.Errorf("the engine's plan: %w", err)
	}
	for _, n := range whole.Children {
		roots = append(roots, n.Children...)
	}
	return roots, nil
}

// lines adds the operator, what it does, and those it takes its rows from.
func (n planNode) lines(out []string, indent string) []string {
	line := indent + "- " + strings.TrimSpace(n.Name+n.Operator)
	if n.Rows != nil && n.Seconds != nil {
		line += fmt.Sprintf(" (%d rows, %.2f ms)", *n.Rows, *n.Seconds*1000)
	}
	out = append(out, line)
	keys := sortedKeys(n.Info)
	for _, k := range slices.DeleteFunc(keys, func(k string) bool { return k == "" }) {
		if values := strs(n.Info[k]); len(values) > 0 && values[0] != "" {
			out = append(out, indent+"      "+k+": "+strings.Join(strings.Fields(strings.Join(values, ", ")), " "))
		}
	}
	for _, child := range n.Children {
		out = child.lines(out, indent+"    ")
	}
	return out
}
