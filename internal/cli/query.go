package cli

import (
	"context"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/sink"
	"github.com/fairleadhq/fairlead/internal/sqltext"
	"github.com/fairleadhq/fairlead/internal/term"
)

type queryOptions struct {
	target  string
	text    string
	file    string
	format  string
	output  string
	limit   int64
	timeout time.Duration
	limited bool // --limit was given
	timed   bool // --timeout was given
	stats   bool
	quiet   bool
	over    app.Overrides
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
as a table, in a pipe as CSV. Ctrl-C stops the statement in AWS too.`,
		Example: `  fairlead query sales "select count(*) from orders"
  fairlead query athena://dev@us-east-1/AwsDataCatalog/sales "select * from orders limit 10" --format json
  fairlead query dynamodb://dev@us-east-1 "select * from \"shop\" where pk = 'CUSTOMER#1'" --format jsonl
  fairlead query warehouse -f report.sql -o report.csv
  echo "select 1" | fairlead query warehouse -`,
		GroupID:           groupWork,
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: r.completeTarget,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.target = args[0]
			if len(args) == 2 {
				o.text = args[1]
			}
			o.limited, o.timed = cmd.Flags().Changed("limit"), cmd.Flags().Changed("timeout")
			if o.output == "-" {
				o.output = ""
			}
			return r.query(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.file, "file", "f", "", "read the statements from this file")
	f.StringVar(&o.format, "format", "", "output format: "+strings.Join(formatNames(), ", ")+" (default: table on a terminal, else csv; from the file name with -o)")
	f.StringVarP(&o.output, "output", "o", "", "write the rows to this file, complete or not at all")
	f.Int64Var(&o.limit, "limit", 0, "deliver at most this many rows, then stop the statement")
	f.DurationVar(&o.timeout, "timeout", 0, "give up after this time, e.g. 90s, 10m")
	f.BoolVar(&o.stats, "stats", false, "print time, rows, bytes scanned and price even without a terminal")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress and no closing line")
	f.StringVar(&o.over.Profile, "profile", "", "use this AWS profile instead of the target's")
	f.StringVar(&o.over.Region, "region", "", "use this region instead of the target's")
	f.BoolVar(&o.over.ReadOnly, "read-only", false, "refuse statements that are not known to only read")
	r.loginFlag(f)
	r.completeFlag(cmd, "format", func() []string { return formatNames() })
	r.completeFlag(cmd, "profile", r.profileNames)
	return cmd
}

func formatNames() []string {
	var names []string
	for _, f := range sink.Formats() {
		names = append(names, f.Name)
	}
	return names
}

func (r *room) query(ctx context.Context, o queryOptions) error {
	format, err := r.chooseFormat(o.format, o.output)
	if err != nil {
		return err
	}
	text, err := r.statementText(o)
	if err != nil {
		return err
	}
	if o.limited && o.limit < 1 {
		return fault.Newf(fault.Usage, "--limit %d: a limit is one row or more", o.limit)
	}
	if o.timed && o.timeout <= 0 {
		return fault.Newf(fault.Usage, "--timeout %s: the time must be longer than nothing", o.timeout)
	}
	conn, err := r.connect(ctx, o.target, o.over)
	if err != nil {
		return err
	}
	defer conn.Close()
	pieces := sqltext.Split(conn.Target.Spec.Dialect, text)
	switch {
	case len(pieces) == 0:
		return fault.New(fault.Usage, "There is no statement to run").
			WithRemedyf(`fairlead query %s "select 1"`, o.target)
	case len(pieces) > 1 && o.output != "":
		return fault.Newf(fault.Usage, "-o writes one result to one file, and there are %d statements", len(pieces)).
			WithRemedy("run them one by one, each with its own -o")
	}
	if err := conn.Guard(text); err != nil {
		return err // before the first of several statements is sent
	}
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.timeout)
		defer cancel()
	}
	for i, piece := range pieces {
		if err := r.runStatement(ctx, conn, piece.Text, format, o); err != nil {
			if context.Cause(ctx) == context.DeadlineExceeded {
				err = fault.Wrapf(err, fault.Timeout, "The statement did not finish within %s and was stopped", o.timeout).
					WithRemedy("allow more time with --timeout")
			}
			err = inScript(err, piece)
			if len(pieces) > 1 {
				r.failedAt = &failedStatement{Number: i + 1, Of: len(pieces), Line: piece.Line}
			}
			return err
		}
	}
	return nil
}

// inScript moves the position that the service told, which counts from the
// statement's own beginning, to where it stands in the whole text.
func inScript(err error, piece sqltext.Piece) error {
	f := fault.As(err)
	if f.Service == nil || f.Service.Line == 0 {
		return err
	}
	moved, at := *f, *f.Service
	if at.Line == 1 {
		at.Column += piece.Column - 1
	}
	at.Line += piece.Line - 1
	moved.Service = &at
	return &moved
}

// chooseFormat picks the format from --format, the file name, or where the rows go.
func (r *room) chooseFormat(format, output string) (string, error) {
	format = strings.ToLower(format)
	if format != "" {
		for _, name := range formatNames() {
			if name == format {
				return format, nil
			}
		}
		return "", fault.Newf(fault.Usage, "There is no format %q", format).
			WithRemedy("formats: " + strings.Join(formatNames(), ", "))
	}
	if output != "" {
		if name, ok := sink.ForFile(output); ok {
			return name, nil
		}
		return "", fault.Newf(fault.Usage, "The ending of %s names no format", output).
			WithRemedy("say it with --format: " + strings.Join(formatNames(), ", "))
	}
	if r.streams.OutTTY() {
		return "table", nil
	}
	return "csv", nil
}

// statementText takes the statement from the argument, a file or stdin.
func (r *room) statementText(o queryOptions) (string, error) {
	switch {
	case o.file != "" && o.text != "":
		return "", fault.New(fault.Usage, "Give the statement either as an argument or with -f, not both")
	case o.file == "-":
		return r.statementText(queryOptions{text: "-", target: o.target})
	case o.file != "":
		data, err := os.ReadFile(o.file)
		if err != nil {
			return "", fault.Wrapf(err, fault.Usage, "Cannot read the statements from %s", o.file)
		}
		return string(data), nil
	case o.text == "-" || o.text == "" && !r.streams.InTTY():
		data, err := io.ReadAll(r.streams.In)
		if err != nil {
			return "", fault.Wrap(err, fault.Usage, "Cannot read the statements from the standard input")
		}
		return string(data), nil
	case o.text == "":
		return "", fault.New(fault.Usage, "There is no statement to run").
			WithRemedyf(`fairlead query %s "select 1", or -f FILE, or - for the standard input`, o.target)
	}
	return o.text, nil
}

// runStatement runs one statement and writes its rows.
func (r *room) runStatement(ctx context.Context, conn *app.Connection, text, format string, o queryOptions) error {
	progress := r.startProgress(o.quiet)
	defer progress.stop()
	stream, err := conn.Run(ctx, engine.Statement{Text: text, Progress: progress.update}, app.RunOptions{Limit: o.limit})
	if err != nil {
		return err
	}
	defer stream.Close()
	if err := r.writeRows(ctx, stream, format, o.output, progress); err != nil {
		return err
	}
	if err := stream.Close(); err != nil {
		return err
	}
	progress.stop()
	if o.stats || r.streams.ErrTTY() && !o.quiet {
		r.say("%s", r.paint(term.Dim, statsLine(stream.Stats(), o.output)))
	}
	return nil
}

// writeRows copies the stream to stdout or to a file that appears only when whole.
func (r *room) writeRows(ctx context.Context, stream result.Stream, format, output string, p *progress) error {
	opts := sink.Options{Width: r.streams.Width(), Color: r.streams.OutColor()}
	if output == "" {
		// Nothing may be drawn over the rows once they flow to the same terminal.
		if r.streams.OutTTY() {
			p.stop()
		}
		return r.copyRows(ctx, stream, format, r.streams.Out, opts, p)
	}
	file, err := app.CreateOutput(output)
	if err != nil {
		return err
	}
	defer file.Discard()
	if err := r.copyRows(ctx, stream, format, file, sink.Options{}, p); err != nil {
		return err
	}
	return file.Commit()
}

func (r *room) copyRows(ctx context.Context, stream result.Stream, format string, to io.Writer, opts sink.Options, p *progress) error {
	w, err := sink.New(format, to, stream.Schema(), opts)
	if err != nil {
		return err
	}
	_, err = sink.Copy(ctx, w, stream, p.rows)
	return err
}
