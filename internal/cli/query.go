package cli

import (
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/sink"
)

type queryOptions struct {
	yes     bool
	target  string
	text    string
	file    string
	format  string
	output  string
	table   string
	limit   int64
	timeout time.Duration
	limited bool // --limit was given
	timed   bool // --timeout was given
	stats   bool
	quiet   bool
	onError string
	params  []string
	over    app.Overrides

	fetch, transport, maxScan string
	maxUnits, rate            float64
	allowScan                 bool
	columns                   []string
	allColumns                bool
	rememberOptions
}

func newQuery(r *room) *cobra.Command {
	var o queryOptions
	cmd := &cobra.Command{
		Use:   "query TARGET [SQL | -f FILE | -]",
		Short: "Run SQL or PartiQL and print or save the rows",
		Long: `Run one or more statements on a connection and print the rows.

TARGET is a saved connection (see "fairlead connections list") or an address:

  athena://PROFILE@REGION/CATALOG/DATABASE?workgroup=W
  redshift://PROFILE@REGION/WORKGROUP-OR-CLUSTER/DATABASE
  dynamodb://PROFILE@REGION

PROFILE is an AWS profile; @REGION may be left out. On a terminal the rows come
as a table, in a pipe as CSV. Ctrl-C stops the statement in AWS too.

:name in the text is a placeholder for the value of --param name=VALUE, sent as a
parameter and never pasted into the text. --param name:TYPE=VALUE says its type:
text (the default), number, boolean, date, timestamp, null, or secret for a text
that is not written into the history.

Several statements run one after the other. With -o each writes a file of its own:
report.csv becomes report-1.csv, report-2.csv and so on.

What was run is remembered (see "fairlead history"), and the rows of results up
to 64 MB (8 MB where they go to a file or a pipe) are kept for a while, so that
they can be shown again without paying twice; --no-history and --no-keep, or
FAIRLEAD_HISTORY=off and FAIRLEAD_HISTORY=no-rows, prevent that.`,
		Example: `  fairlead query sales "select count(*) from orders"
  fairlead query athena://dev@us-east-1/AwsDataCatalog/sales "select * from orders limit 10" --format json
  fairlead query dynamodb://dev@us-east-1 "select * from \"shop\" where pk = 'CUSTOMER#1'" --format jsonl
  fairlead query warehouse -f report.sql -o report.csv
  fairlead query sales -f report.sql --param day:date=2026-01-01 --max-scan 1GB
  fairlead query sales "select * from orders" -o orders.parquet
  echo "select 1" | fairlead query warehouse -`,
		GroupID:           groupWork,
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: r.completeTarget,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.take(args)
			if err := o.prepare(cmd.Flags().Changed); err != nil {
				return err
			}
			return r.query(cmd.Context(), o)
		},
	}
	r.queryFlags(cmd, &o)
	cmd.Flags().StringVarP(&o.file, "file", "f", "", "read the statements from this file")
	return cmd
}

// take reads the arguments TARGET [SQL].
func (o *queryOptions) take(args []string) {
	o.target = args[0]
	if len(args) == 2 {
		o.text = args[1]
	}
}

// textFlags declares where statements come from, and the values of their
// placeholders.
func (o *queryOptions) textFlags(f *pflag.FlagSet) {
	f.StringVarP(&o.file, "file", "f", "", "read the statements from this file")
	f.StringArrayVar(&o.params, "param", nil, "value of a placeholder: NAME[:TYPE]=VALUE (repeatable)")
}

// awsFlags declares whose AWS account and region a call goes to instead of the
// target's.
func (r *room) awsFlags(cmd *cobra.Command, over *app.Overrides) {
	f := cmd.Flags()
	f.StringVar(&over.Profile, "profile", "", "use this AWS profile instead of the target's")
	f.StringVar(&over.Region, "region", "", "use this region instead of the target's")
	r.loginFlag(f)
	r.completeFlag(cmd, "profile", r.profileNames)
}

// queryFlags declares the flags.
func (r *room) queryFlags(cmd *cobra.Command, o *queryOptions) {
	f := cmd.Flags()
	f.StringVar(&o.format, "format", "", "output format: "+strings.Join(formatNames(), ", ")+" (default: table on a terminal, else csv; from the file name with -o)")
	f.StringVarP(&o.output, "output", "o", "", "write the rows to this file, complete or not at all")
	f.Int64Var(&o.limit, "limit", 0, "deliver at most this many rows, then stop the statement")
	f.DurationVar(&o.timeout, "timeout", 0, "give up after this time, e.g. 90s, 10m")
	f.BoolVar(&o.stats, "stats", false, "print time, rows, bytes scanned and price even without a terminal")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress and no closing line")
	f.BoolVar(&o.over.ReadOnly, "read-only", false, "refuse statements that are not known to only read")
	f.StringArrayVar(&o.params, "param", nil, "value of a placeholder: NAME[:TYPE]=VALUE for :NAME, 1=VALUE for the first ? or $1 (repeatable)")
	f.StringVar(&o.onError, "on-error", "stop", "what a failing statement means for those behind it: stop, continue")
	f.StringVar(&o.table, "table", "", "name of the table in the statements of --format insert")
	f.StringVar(&o.fetch, "fetch", "", "how Athena's rows are fetched: auto, pages, s3, unload")
	f.StringVar(&o.transport, "transport", "", "how Redshift is reached: auto, wire, data-api")
	f.StringVar(&o.maxScan, "max-scan", "", "stop an Athena statement that reads more than this, e.g. 10GB")
	f.Float64Var(&o.maxUnits, "max-units", 0, "stop a DynamoDB statement that consumes more capacity units than this")
	f.Float64Var(&o.rate, "rate", 0, "capacity units a second that a DynamoDB statement may consume")
	f.BoolVar(&o.allowScan, "allow-scan", false, "let the statement read all of a DynamoDB table without asking")
	f.StringSliceVar(&o.columns, "columns", nil, "DynamoDB: these attributes and no other, in this order")
	f.BoolVar(&o.allColumns, "all-columns", false, "DynamoDB: a column for every attribute of any item; reads all before the first row")
	f.BoolVarP(&o.yes, "yes", "y", false, "agree to what may change data on a connection labelled production")
	o.rememberOptions.flags(f)
	r.awsFlags(cmd, &o.over)
	r.completeFlag(cmd, "format", func() []string { return formatNames() })
	for flag, values := range map[string][]string{
		"fetch": {"auto", "pages", "s3", "unload"}, "transport": {"auto", "wire", "data-api"}, "on-error": {onErrorStop, onErrorContinue},
	} {
		r.completeFlag(cmd, flag, func() []string { return values })
	}
}

func formatNames() []string {
	var names []string
	for _, f := range sink.Formats() {
		names = append(names, f.Name)
	}
	return names
}
