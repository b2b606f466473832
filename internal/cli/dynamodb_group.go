package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/term"
)

type groupOptions struct {
	queryOptions
	token string
	yes   bool
}

func newDynamoBatch(r *room) *cobra.Command {
	var o groupOptions
	cmd := &cobra.Command{
		Use:   "batch TARGET [STATEMENTS | -f FILE | -]",
		Short: "Run PartiQL statements in batches, each for itself",
		Long: `Run PartiQL statements that end with semicolons in batches of 25
(BatchExecuteStatement): all reads or all writes, each with the whole key of its item.
Each succeeds or fails by itself; those that were throttled are sent again. A line
tells of each: its number, "ok" or the code of its failure, the item it returned.

The exit status is 1 when one failed.`,
		Example: `  fairlead dynamodb batch shop -f inserts.sql
  fairlead dynamodb batch shop "select * from shop where pk = 'A' and sk = 'B'; select * from shop where pk = 'C' and sk = 'D'"`,
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: r.completeTarget,
		RunE:              func(cmd *cobra.Command, args []string) error { return r.group(cmd.Context(), o, args, false) },
	}
	r.groupFlags(cmd, &o)
	return cmd
}

func newDynamoTransaction(r *room) *cobra.Command {
	var o groupOptions
	cmd := &cobra.Command{
		Use:   "transaction TARGET [STATEMENTS | -f FILE | -]",
		Short: "Run PartiQL statements as one transaction: all or none",
		Long: `Run up to 100 PartiQL statements that end with semicolons as one transaction
(ExecuteTransaction): all of them happen or none. All read or all write; among writes,
EXISTS(SELECT ...) is a condition. It costs twice the capacity units.

When it is cancelled, each statement to blame is told with its reason.`,
		Example: `  fairlead dynamodb transaction shop -f move.sql
  fairlead dynamodb transaction shop -f move.sql --token move-2026-11-25`,
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: r.completeTarget,
		RunE:              func(cmd *cobra.Command, args []string) error { return r.group(cmd.Context(), o, args, true) },
	}
	r.groupFlags(cmd, &o)
	cmd.Flags().StringVar(&o.token, "token", "", "makes the same transaction sent again within ten minutes happen once")
	return cmd
}

func (r *room) groupFlags(cmd *cobra.Command, o *groupOptions) {
	f := cmd.Flags()
	o.textFlags(f)
	f.StringVar(&o.format, "format", "", "output format: "+strings.Join(formatNames(), ", ")+" (default: table on a terminal, else jsonl; from the file name with -o)")
	f.StringVarP(&o.output, "output", "o", "", "write the outcomes to this file")
	f.BoolVar(&o.stats, "stats", false, "print time, capacity units and price even without a terminal")
	f.BoolVarP(&o.yes, "yes", "y", false, "do not ask before data labelled production are changed")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress and no closing line")
	f.BoolVar(&o.over.ReadOnly, "read-only", false, "refuse statements that are not known to only read")
	o.rememberOptions.flags(f)
	r.awsFlags(cmd, &o.over)
	r.completeFlag(cmd, "format", func() []string { return formatNames() })
}

// group runs several statements in as few calls as there can be.
func (r *room) group(ctx context.Context, o groupOptions, args []string, atomic bool) error {
	o.take(args)
	format, err := r.itemFormat(o.format, o.output)
	if err != nil {
		return err
	}
	conn, text, statements, err := r.bind(ctx, o.queryOptions)
	if err != nil {
		return err
	}
	defer conn.Close()
	if len(statements) == 0 {
		return fault.New(fault.Usage, "There is no statement to run")
	}
	if err := conn.Guard(text); err != nil {
		return err
	}
	if err := r.agreedStatements(ctx, conn, text, o.yes); err != nil {
		return err
	}
	g := engine.Group{Atomic: atomic, Token: o.token}
	for _, st := range statements {
		g.Statements = append(g.Statements, engine.Statement{Text: st.Bound, Args: st.Args, Form: formFor(format)})
	}
	progress := r.startProgress(o.quiet)
	defer progress.stop()
	run := r.runOptions(o.rememberOptions, o.output)
	run.Confirmed = true // agreedStatements asked
	stream, err := conn.RunGroup(ctx, g, run)
	if err != nil {
		return err
	}
	defer stream.Close()
	if err := r.writeRows(ctx, stream, rowsTo{format: format, file: o.output}, progress); err != nil {
		return err
	}
	if err := stream.Close(); err != nil {
		return err
	}
	progress.stop()
	if o.stats || r.streams.ErrTTY() && !o.quiet {
		r.say("%s", r.paint(term.Dim, statsLine(stream.Stats(), o.output)))
	}
	if t, ok := stream.(engine.Tally); ok && t.Failed() > 0 {
		return fault.Newf(fault.Statement, "%s of %d failed; each line says why", count(t.Failed(), "statement"), len(statements))
	}
	return nil
}
