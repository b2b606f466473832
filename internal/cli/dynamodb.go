package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/sink"
	"github.com/fairleadhq/fairlead/internal/term"
)

func newDynamoDB(r *room) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dynamodb",
		Short: "DynamoDB's own calls, for what PartiQL cannot say",
		Long: `DynamoDB's own calls, for what PartiQL cannot say: consistent reads, order and limit
of a query, a scan in parallel segments that can be gone on with, batches and
transactions, and what is in a table.

Conditions are written as in PartiQL, with values in the text; they are sent as
expressions whose names and values all stand behind placeholders, so that reserved
words and odd characters need no care.

What get, query, scan, batch and transaction did is remembered as a query is (see
"fairlead history"); --no-history and --no-keep, or FAIRLEAD_HISTORY, prevent that.`,
		GroupID: groupWork,
	}
	cmd.AddCommand(newDynamoGet(r), newDynamoQuery(r), newDynamoScan(r), newDynamoDescribe(r), newDynamoBatch(r), newDynamoTransaction(r),
		newDynamoImport(r), newDynamoEdit(r), newDynamoPut(r), newDynamoDelete(r))
	return cmd
}

// readOptions are what the reading calls share.
type readOptions struct {
	target     string
	read       engine.Read
	keys       []string
	format     string
	output     string
	allColumns bool
	maxUnits   float64
	rate       float64
	stats      bool
	quiet      bool
	resume     bool
	restart    bool
	over       app.Overrides
	rememberOptions
}

// readFlags declares them.
func (r *room) readFlags(cmd *cobra.Command, o *readOptions) {
	f := cmd.Flags()
	f.StringVar(&o.read.Table, "table", "", "the table (required)")
	_ = cmd.MarkFlagRequired("table")
	f.StringSliceVar(&o.read.Columns, "columns", nil, "return these attributes and no other, in this order")
	f.BoolVar(&o.read.Consistent, "consistent", false, "read what was written last, at twice the price; not possible on a global index")
	f.StringVar(&o.format, "format", "", "output format: "+strings.Join(formatNames(), ", ")+" (default: table on a terminal, else jsonl; from the file name with -o)")
	f.StringVarP(&o.output, "output", "o", "", "write the items to this file")
	f.BoolVar(&o.stats, "stats", false, "print time, items, capacity units and price even without a terminal")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress and no closing line")
	o.rememberOptions.flags(f)
	r.awsFlags(cmd, &o.over)
	r.completeFlag(cmd, "format", func() []string { return formatNames() })
}

// manyFlags declares what calls that return many items have beside.
func manyFlags(cmd *cobra.Command, o *readOptions) {
	f := cmd.Flags()
	f.StringVar(&o.read.Index, "index", "", "read this index instead of the table")
	f.StringVar(&o.read.Filter, "filter", "", "return only items for which this holds; all are read and billed")
	f.Int64Var(&o.read.Limit, "limit", 0, "return at most this many items")
	f.BoolVar(&o.allColumns, "all-columns", false, "a column for every attribute of any item; reads all before the first row")
	f.Float64Var(&o.maxUnits, "max-units", 0, "stop before more capacity units than this are consumed")
	f.Float64Var(&o.rate, "rate", 0, "capacity units a second to consume at most")
}

func newDynamoGet(r *room) *cobra.Command {
	o := readOptions{read: engine.Read{Kind: engine.ReadGet}}
	cmd := &cobra.Command{
		Use:   "get TARGET --table TABLE --key NAME=VALUE [--key NAME=VALUE]",
		Short: "Get one item by its key",
		Long: `Get one item by its key (GetItem). The types of the key are the table's own; a binary
key is given as base64. Nothing is printed when there is no such item.`,
		Example: `  fairlead dynamodb get shop --table shop --key pk=CUSTOMER#1 --key sk=PROFILE
  fairlead dynamodb get shop --table shop --key pk=CUSTOMER#1 --key sk=PROFILE --format dynamodb-json --consistent`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: r.completeTarget,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.target = args[0]
			return r.read(cmd.Context(), o)
		},
	}
	r.readFlags(cmd, &o)
	cmd.Flags().StringArrayVar(&o.keys, "key", nil, "NAME=VALUE of the partition key, and of the sort key if there is one")
	return cmd
}

func newDynamoQuery(r *room) *cobra.Command {
	o := readOptions{read: engine.Read{Kind: engine.ReadQuery}}
	cmd := &cobra.Command{
		Use:   "query TARGET --table TABLE --where CONDITION",
		Short: "Read the items of one partition key",
		Long: `Read the items of one partition key of a table or an index (Query). --where is a
condition on its keys: the partition key's value, and what the sort key must be
(=, <, <=, >, >=, BETWEEN, begins_with). --filter is a condition on other attributes,
applied after the items were read and billed.`,
		Example: `  fairlead dynamodb query shop --table shop --where "pk = 'CUSTOMER#1' and begins_with(sk, 'ORDER#')" --desc --limit 5
  fairlead dynamodb query shop --table shop --index by_status --where "status = 'open'" --filter "total > 100"`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: r.completeTarget,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.target = args[0]
			return r.read(cmd.Context(), o)
		},
	}
	r.readFlags(cmd, &o)
	manyFlags(cmd, &o)
	cmd.Flags().StringVar(&o.read.Where, "where", "", "condition on the keys (required)")
	_ = cmd.MarkFlagRequired("where")
	cmd.Flags().BoolVar(&o.read.Descending, "desc", false, "from the last sort key to the first")
	return cmd
}

func newDynamoScan(r *room) *cobra.Command {
	o := readOptions{read: engine.Read{Kind: engine.ReadScan}}
	cmd := &cobra.Command{
		Use:   "scan TARGET --table TABLE",
		Short: "Read all items of a table or an index, in parallel",
		Long: `Read all items of a table or an index (Scan). The table is cut into segments by its
size, and as many are read at once as help: more when pages come slowly, fewer when
DynamoDB throttles. --segments sets both instead.

With -o and a format of lines (jsonl, dynamodb-json) the items go to FILE.partial,
beside which FILE.partial.json says where the reading stands; FILE appears when all is
there. What breaks off, by Ctrl-C, an expired session, a full disk or a crash, is gone
on with by --resume: no item is lost and none comes twice.`,
		Example: `  fairlead dynamodb scan shop --table shop --rate 500 -o shop.jsonl
  fairlead dynamodb scan shop --table shop -o shop.jsonl --resume
  fairlead dynamodb scan shop --table shop --filter "total > 100" --columns pk,total --format csv`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: r.completeTarget,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.target = args[0]
			return r.read(cmd.Context(), o)
		},
	}
	r.readFlags(cmd, &o)
	manyFlags(cmd, &o)
	f := cmd.Flags()
	f.IntVar(&o.read.Segments, "segments", 0, "number of segments, all read at once (default: as the table's size and the network suggest)")
	f.BoolVar(&o.resume, "resume", false, "go on with a scan into the same file that broke off")
	f.BoolVar(&o.restart, "restart", false, "throw a scan into the same file that broke off away and begin anew")
	return cmd
}

// read makes a reading call and writes what it returns.
func (r *room) read(ctx context.Context, o readOptions) error {
	format, err := r.itemFormat(o.format, o.output)
	if err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	conn, err := r.connect(ctx, o.target, o.over)
	if err != nil {
		return err
	}
	defer conn.Close()
	progress := r.startProgress(o.quiet)
	defer progress.stop()
	rd := o.read
	rd.Form, rd.AllColumns, rd.Progress = formFor(format), o.allColumns, progress.update
	rd.Budget = engine.Budget{CapacityUnits: o.maxUnits, UnitRate: o.rate}
	_, packed := sink.Compressed(o.output) // what is packed cannot be cut where a checkpoint says
	lines := (format == "jsonl" || format == "dynamodb-json") && packed == ""
	var stats result.Stats
	if rd.Kind == engine.ReadScan && o.output != "" && lines && rd.Limit == 0 {
		stats, err = r.readResumable(ctx, conn, rd, o, format, progress)
	} else {
		if o.resume || o.restart {
			return fault.New(fault.Usage, "Only a scan into a file of lines can be gone on with").
				WithRemedy("write it with -o FILE.jsonl, without --limit")
		}
		stats, err = r.readOnce(ctx, conn, rd, o, format, progress)
	}
	if err != nil {
		return err
	}
	progress.stop()
	if o.stats || r.streams.ErrTTY() && !o.quiet {
		r.say("%s", r.paint(term.Dim, statsLine(stats, o.output)))
	}
	return nil
}

func (o *readOptions) check() error {
	switch {
	case o.read.Segments < 0 || o.read.Segments > 1_000_000:
		return fault.Newf(fault.Usage, "--segments %d: DynamoDB takes 1 to 1000000", o.read.Segments)
	case o.read.Limit < 0:
		return fault.Newf(fault.Usage, "--limit %d: a limit is one item or more", o.read.Limit)
	case o.maxUnits < 0 || o.rate < 0:
		return fault.New(fault.Usage, "--max-units and --rate are more than nothing")
	case o.resume && o.restart:
		return fault.New(fault.Usage, "Give either --resume or --restart, not both")
	}
	for _, pair := range o.keys {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return fault.Newf(fault.Usage, "--key %q: a key is given as NAME=VALUE", pair)
		}
		if o.read.Key == nil {
			o.read.Key = map[string]string{}
		}
		o.read.Key[name] = value
	}
	return nil
}

// itemFormat is chooseFormat for items, which are lines of JSON in a pipe.
func (r *room) itemFormat(format, output string) (string, error) {
	if format == "" && output == "" && !r.streams.OutTTY() {
		return "jsonl", nil
	}
	return r.chooseFormat(format, output)
}

func (r *room) readOnce(ctx context.Context, conn *app.Connection, rd engine.Read, o readOptions, format string, p *progress) (result.Stats, error) {
	stream, err := conn.Read(ctx, rd, r.runOptions(o.rememberOptions, o.output))
	if err != nil {
		return result.Stats{}, err
	}
	defer stream.Close()
	if err := r.writeRows(ctx, stream, rowsTo{format: format, file: o.output}, p); err != nil {
		return result.Stats{}, err
	}
	err = stream.Close()
	return stream.Stats(), err
}

// describesRead is what must be the same for a read to be gone on with.
func describesRead(conn *app.Connection, rd engine.Read, format string) string {
	return fmt.Sprintf("table %s index %q filter %q columns %q consistent %t in %s as %s, %s", rd.Table, rd.Index, rd.Filter,
		rd.Columns, rd.Consistent, conn.Session.Region, format, conn.Target.Entry.Name)
}
