package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/app"
)

type attachOptions struct {
	rowsOptions
	connection string
	limit      int64
	noKeep     bool
	over       app.Overrides
}

func newAttach(r *room) *cobra.Command {
	var o attachOptions
	cmd := &cobra.Command{
		Use:   "attach ID",
		Short: "Bring the rows of an earlier statement, also one whose process was killed",
		Long: `Bring the rows of a statement that was sent before, without sending it again: kept
ones from this machine, else from the service, waiting for its end if it still runs.

ID is a run's id in "fairlead history", a beginning of it, or the service's own id
(an Athena query execution id). --connection reaches a statement that the history
does not know. Ctrl-C stops the statement in AWS, as with query.`,
		Example: `  fairlead attach 6qh1x2k9ab --format csv
  fairlead attach 1b2c3d4e-0000-4a5b-8c6d-7e8f90a1b2c3 --connection sales -o orders.csv`,
		GroupID:           groupWork,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: r.completeRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.id = args[0]
			return r.attach(cmd.Context(), o)
		},
	}
	r.rowsFlags(cmd, &o.rowsOptions)
	f := cmd.Flags()
	f.StringVar(&o.connection, "connection", "", "reach the statement by this connection or address")
	f.Int64Var(&o.limit, "limit", 0, "deliver at most this many rows")
	f.StringVar(&o.over.Profile, "profile", "", "use this AWS profile instead of the run's")
	f.StringVar(&o.over.Region, "region", "", "use this region instead of the run's")
	f.BoolVar(&o.noKeep, "no-keep", false, "do not keep the rows for later")
	r.loginFlag(f)
	r.completeFlag(cmd, "connection", r.connectionNames)
	r.completeFlag(cmd, "profile", r.profileNames)
	return cmd
}

func (r *room) attach(ctx context.Context, o attachOptions) error {
	progress := r.startProgress(o.quiet)
	defer progress.stop()
	a, err := r.app().Attach(ctx, o.id, app.AttachOptions{
		Connection: o.connection, Overrides: o.over, Progress: progress.update,
		Run: app.RunOptions{Limit: o.limit, Journal: r.remembers(false), Keep: r.keeps(o.noKeep)},
	})
	if err != nil {
		return err
	}
	defer a.Close()
	progress.stop() // writing has its own
	return r.writeAgain(ctx, a.Stream, a.Run, o.rowsOptions)
}
