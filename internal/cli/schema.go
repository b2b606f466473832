package cli

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
)

func newSchema(r *room) *cobra.Command {
	var asJSON bool
	var maxAge time.Duration
	cmd := &cobra.Command{
		Use:   "schema TARGET [PATH]",
		Short: "List catalogs, schemas, tables and columns without a billed statement",
		Long: `List what stands below PATH, whose parts are separated by dots: nothing lists the
top, a table lists its columns. No statement is run that costs anything.

What a service said is kept: --max-age takes that when it is not older, and says
how old it is, instead of asking again.`,
		Example: `  fairlead schema sales
  fairlead schema sales AwsDataCatalog.sales.orders --json
  fairlead schema sales AwsDataCatalog.sales --max-age 1h
  fairlead schema shop shop`,
		GroupID:           groupWork,
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: r.completeTarget,
		RunE: func(cmd *cobra.Command, args []string) error {
			var path []string
			if len(args) == 2 && args[1] != "" {
				path = strings.Split(args[1], ".")
			}
			return r.schema(cmd.Context(), args[0], path, maxAge, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	cmd.Flags().DurationVar(&maxAge, "max-age", 0, "take a listing from an earlier call that is no older than this, such as 1h")
	r.loginFlag(cmd.Flags())
	return cmd
}

type objectDoc struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Type    string `json:"type,omitempty"`
	Comment string `json:"comment,omitempty"`
	Rows    *int64 `json:"rows,omitempty"`
	Bytes   *int64 `json:"bytes,omitempty"`
	AsOf    string `json:"as_of,omitempty"`
	Broken  string `json:"broken,omitempty"`
	// Details are facts by name.
	Details map[string]string `json:"details,omitempty"`
}

func newObjectDoc(o engine.Object) objectDoc {
	doc := objectDoc{Name: o.Name, Kind: o.Kind, Type: o.Type, Comment: o.Comment, Rows: o.Rows, Bytes: o.Bytes, Broken: o.Broken}
	if !o.AsOf.IsZero() {
		doc.AsOf = o.AsOf.UTC().Format(time.RFC3339)
	}
	for _, d := range o.Details {
		if doc.Details == nil {
			doc.Details = map[string]string{}
		}
		doc.Details[d.Name] = d.Value
	}
	return doc
}

func (r *room) schema(ctx context.Context, target string, path []string, maxAge time.Duration, asJSON bool) error {
	conn, err := r.connect(ctx, target, app.Overrides{})
	if err != nil {
		return err
	}
	defer conn.Close()
	p := r.startProgress(false)
	listing, err := conn.Tree(ctx, path, maxAge)
	p.stop()
	if err != nil {
		return err
	}
	objects := listing.Objects
	if listing.Kept {
		r.say("As of %s ago", time.Since(listing.At).Round(time.Second))
	}
	if asJSON {
		docs := make([]objectDoc, len(objects))
		for i, o := range objects {
			docs[i] = newObjectDoc(o)
		}
		return writeJSON(r.streams.Out, docs)
	}
	rows := [][]string{{"NAME", "KIND", "TYPE", "SIZE", "COMMENT"}}
	for _, o := range objects {
		rows = append(rows, []string{o.Name, o.Kind, o.Type, sizeText(o), o.Comment})
	}
	return r.columns(rows)
}

func sizeText(o engine.Object) string {
	var parts []string
	if o.Rows != nil {
		parts = append(parts, strconv.FormatInt(*o.Rows, 10)+" rows")
	}
	if o.Bytes != nil {
		parts = append(parts, bytesText(*o.Bytes))
	}
	return strings.Join(parts, ", ")
}
