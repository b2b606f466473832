package cli

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/term"
)

type planOptions struct {
	queryOptions
	asJSON bool
}

func newPlan(r *room) *cobra.Command {
	var o planOptions
	cmd := &cobra.Command{
		Use:   "explain TARGET [SQL | -f FILE | -]",
		Short: "Say what a statement would read and cost, without running it",
		Long: `Say how a statement would read, how much of it, and what that costs at list price,
before anything billed is sent.

For DynamoDB: whether PartiQL becomes a GetItem, a Query (of which index) or a Scan
of everything, the items and read units that are likely, and an index that would do
better. The figures rest on the table's statistics, which DynamoDB renews about every
six hours; a table is described once, and nothing else is sent.

For Athena: by the catalog's statistics of tables and partitions. For both also by
what earlier runs of the statement read, as the history has it. Redshift bills by
the hour and tells nothing beforehand.`,
		Example: `  fairlead explain dynamodb://dev@us-east-1 "select * from shop where total > 100"
  fairlead explain shop "select * from shop where pk = 'CUSTOMER#1'" --json
  fairlead explain sales -f report.sql`,
		GroupID:           groupWork,
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: r.completeTarget,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.take(args)
			return r.plan(cmd.Context(), o)
		},
	}
	o.textFlags(cmd.Flags())
	cmd.Flags().BoolVar(&o.asJSON, "json", false, "print a JSON array, one object for each statement")
	r.awsFlags(cmd, &o.over)
	return cmd
}

// planDoc is a plan as JSON.
type planDoc struct {
	Statement     string   `json:"statement"`
	Access        string   `json:"access,omitempty"`
	Object        string   `json:"object,omitempty"`
	Index         string   `json:"index,omitempty"`
	Full          bool     `json:"full"`
	Rows          *int64   `json:"rows,omitempty"`
	Bytes         *int64   `json:"bytes,omitempty"`
	CapacityUnits *float64 `json:"capacity_units,omitempty"`
	CostUSD       *float64 `json:"cost_usd,omitempty"`
	Basis         string   `json:"basis,omitempty"`
	Better        string   `json:"better,omitempty"`
	Notes         []string `json:"notes,omitempty"`
}

func (r *room) plan(ctx context.Context, o planOptions) error {
	conn, _, statements, err := r.bind(ctx, o.queryOptions)
	if err != nil {
		return err
	}
	defer conn.Close()
	if len(statements) == 0 {
		return fault.New(fault.Usage, "There is no statement to explain")
	}
	var docs []planDoc
	for i, st := range statements {
		plan, err := conn.Plan(ctx, engine.Statement{Text: st.Bound, Args: st.Args})
		if err != nil {
			return err
		}
		if o.asJSON {
			docs = append(docs, planDoc{st.Bound, plan.Access, plan.Object, plan.Index, plan.Full, plan.Rows, plan.Bytes,
				plan.CapacityUnits, plan.CostUSD, plan.Basis, plan.Better, plan.Notes})
			continue
		}
		if i > 0 {
			if err := r.print("\n"); err != nil {
				return err
			}
		}
		if err := r.print(r.planText(plan)); err != nil {
			return err
		}
	}
	if o.asJSON {
		return writeJSON(r.streams.Out, docs)
	}
	return nil
}

// planText writes a plan for people.
func (r *room) planText(p engine.Plan) string {
	color := r.streams.OutColor()
	var b strings.Builder
	head := p.Access
	if head == "" {
		head = "How it reads is not known"
	}
	if p.Object != "" {
		head += " of " + p.Object
	}
	if p.Index != "" {
		head += ", index " + p.Index
	}
	style := term.Bold
	if p.Full {
		head += ": all of it"
		style = term.Warn
	}
	b.WriteString(term.Paint(color, style, head) + "\n")
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, "  %s  %s\n", term.Paint(color, term.Dim, fmt.Sprintf("%-6s", name)), text)
		}
	}
	line("reads", planReads(p))
	line("basis", p.Basis)
	line("better", p.Better)
	for _, note := range p.Notes {
		line("note", note)
	}
	return b.String()
}

// planReads is "about 100,000 rows, 81.9 MB, 10,000 capacity units, $0.0013".
func planReads(p engine.Plan) string {
	var parts []string
	if p.Rows != nil {
		parts = append(parts, count(*p.Rows, "row"))
	}
	if p.Bytes != nil {
		parts = append(parts, engine.BytesText(*p.Bytes))
	}
	if u := p.CapacityUnits; u != nil {
		text := count(int64(math.Ceil(*u)), "unit")
		if *u < 10 {
			text = fmt.Sprintf("%g units", *u)
		}
		parts = append(parts, text)
	}
	if p.CostUSD != nil {
		parts = append(parts, priceText(*p.CostUSD))
	}
	if len(parts) == 0 {
		return ""
	}
	return "about " + strings.Join(parts, ", ")
}

// confirmScan asks before a statement that reads all of a table; nil when
// nobody is there to ask.
func (r *room) confirmScan() func(context.Context, engine.Plan) (bool, error) {
	if !r.streams.CanAsk() {
		return nil
	}
	return func(ctx context.Context, p engine.Plan) (bool, error) {
		r.status.clear()
		defer r.status.hold()()
		question := "This statement reads all of " + p.Object
		if reads := planReads(p); reads != "" {
			question += ": " + reads
		}
		if p.Better != "" {
			question += "\nbetter: " + p.Better
		}
		return r.streams.Confirm(ctx, question+"\nRun it?", false)
	}
}

// formFor is the form of rows that a format writes best.
func formFor(format string) engine.Form {
	switch format {
	case "json", "jsonl":
		return engine.FormObjects
	case "dynamodb-json":
		return engine.FormTyped
	}
	return engine.FormColumns
}
