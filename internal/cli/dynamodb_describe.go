package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/term"
)

func newDynamoDescribe(r *room) *cobra.Command {
	var sample int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "describe TARGET TABLE",
		Short: "Show a table's keys, indexes and settings, and sample its attributes",
		Long: `Show a table's keys, indexes with what they copy, billing, size with its age, stream,
time to live, class and protection, none of which costs anything.

--sample N reads N items, which is billed like any read and told, and shows which
attributes they have, of which types, and which kinds of items there are by the
beginnings of their keys, as in single-table designs.`,
		Example: `  fairlead dynamodb describe shop shop
  fairlead dynamodb describe shop shop --sample 200 --json`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: r.completeTarget,
		RunE: func(cmd *cobra.Command, args []string) error {
			if sample < 0 || sample > 10000 {
				return fault.Newf(fault.Usage, "--sample %d: a sample is 1 to 10000 items", sample)
			}
			return r.describeTable(cmd.Context(), args[0], args[1], sample, asJSON)
		},
	}
	cmd.Flags().IntVar(&sample, "sample", 0, "read this many items and show what is in them")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	r.loginFlag(cmd.Flags())
	return cmd
}

// tableDoc is a table as JSON.
type tableDoc struct {
	Table    string            `json:"table"`
	Keys     []objectDoc       `json:"keys"`
	Columns  []objectDoc       `json:"columns,omitempty"`
	Indexes  []objectDoc       `json:"indexes"`
	Settings map[string]string `json:"settings"`
	Sample   *sampleDoc        `json:"sample,omitempty"`
}

type sampleDoc struct {
	Items         int64          `json:"items"`
	CapacityUnits *float64       `json:"capacity_units,omitempty"`
	CostUSD       *float64       `json:"cost_usd,omitempty"`
	Attributes    []attributeDoc `json:"attributes"`
	Entities      []entityDoc    `json:"entities,omitempty"`
}

type attributeDoc struct {
	Name  string   `json:"name"`
	Types []string `json:"types"`
	Items int64    `json:"items"`
}

type entityDoc struct {
	Keys       []string `json:"keys"`
	Items      int64    `json:"items"`
	Attributes []string `json:"attributes"`
}

func (r *room) describeTable(ctx context.Context, target, table string, items int, asJSON bool) error {
	conn, err := r.connect(ctx, target, app.Overrides{})
	if err != nil {
		return err
	}
	defer conn.Close()
	p := r.startProgress(false)
	defer p.stop()
	objects, err := conn.Browse(ctx, []string{table})
	if err != nil {
		return err
	}
	var sample *engine.Sample
	if items > 0 {
		s, err := conn.Sample(ctx, table, items)
		if err != nil {
			return err
		}
		sample = &s
	}
	p.stop()
	if asJSON {
		return writeJSON(r.streams.Out, newTableDoc(table, objects, sample))
	}
	return r.printTable(objects, sample)
}

func newTableDoc(table string, objects []engine.Object, sample *engine.Sample) tableDoc {
	doc := tableDoc{Table: table, Settings: map[string]string{}, Indexes: []objectDoc{}}
	for _, o := range objects {
		switch o.Kind {
		case "key":
			doc.Keys = append(doc.Keys, newObjectDoc(o))
		case "index":
			doc.Indexes = append(doc.Indexes, newObjectDoc(o))
		case "setting":
			doc.Settings[o.Name] = o.Comment
		default:
			doc.Columns = append(doc.Columns, newObjectDoc(o))
		}
	}
	if sample == nil {
		return doc
	}
	doc.Sample = &sampleDoc{Items: sample.Items, CapacityUnits: sample.Stats.CapacityUnits, CostUSD: sample.Stats.CostUSD}
	for _, a := range sample.Attributes {
		doc.Sample.Attributes = append(doc.Sample.Attributes, attributeDoc(a))
	}
	for _, e := range sample.Entities {
		doc.Sample.Entities = append(doc.Sample.Entities, entityDoc(e))
	}
	return doc
}

func (r *room) printTable(objects []engine.Object, sample *engine.Sample) error {
	rows := [][]string{{"NAME", "KIND", "TYPE", "SIZE", "COMMENT"}}
	for _, o := range objects {
		comment := o.Comment
		for _, d := range o.Details {
			if d.Name == "keys" {
				comment = "on " + d.Value + "; " + comment
			}
		}
		rows = append(rows, []string{o.Name, o.Kind, o.Type, sizeText(o), comment})
	}
	if err := r.columns(rows); err != nil || sample == nil {
		return err
	}
	cost := ""
	if u := sample.Stats.CapacityUnits; u != nil {
		cost = fmt.Sprintf(", %g capacity units", *u)
	}
	if err := r.print("\n" + term.Paint(r.streams.OutColor(), term.Bold, "Sample of "+count(sample.Items, "item")+cost) + "\n"); err != nil {
		return err
	}
	rows = [][]string{{"ATTRIBUTE", "TYPES", "ITEMS"}}
	for _, a := range sample.Attributes {
		rows = append(rows, []string{a.Name, strings.Join(a.Types, ", "), fmt.Sprint(a.Items)})
	}
	if err := r.columns(rows); err != nil || len(sample.Entities) < 2 {
		return err
	}
	if err := r.print("\n"); err != nil {
		return err
	}
	rows = [][]string{{"KIND OF ITEM", "ITEMS", "ATTRIBUTES"}}
	for _, e := range sample.Entities {
		rows = append(rows, []string{strings.Join(e.Keys, " + "), fmt.Sprint(e.Items), strings.Join(e.Attributes, ", ")})
	}
	return r.columns(rows)
}
