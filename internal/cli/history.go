package cli

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/journal"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/term"
)

type historyOptions struct {
	filter journal.Filter
	asJSON bool
}

func newHistory(r *room) *cobra.Command {
	var o historyOptions
	cmd := &cobra.Command{
		Use:   "history",
		Short: "List what was run, and show or attach to it again",
		Long: `List the statements that were run, the newest first. A run whose process was
killed is "lost": if the service told its id, "fairlead attach ID" brings its rows.
KEPT says that the rows are still on this machine, so that "fairlead history show"
prints or exports them again without running anything.`,
		Example: `  fairlead history
  fairlead history --search orders --connection sales --json
  fairlead history show 6qh1x2k9ab --format json
  fairlead history show 6qh1x2k9ab -o orders.xlsx`,
		GroupID: groupWork,
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return r.history(o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.filter.Search, "search", "", "only runs with this in their text or id")
	f.StringVar(&o.filter.Connection, "connection", "", "only runs on this connection")
	f.StringVar(&o.filter.State, "state", "", "only runs that are: running, done, failed, cancelled, lost")
	f.IntVar(&o.filter.Limit, "limit", 50, "list at most this many; 0 for all")
	f.BoolVar(&o.asJSON, "json", false, "print a JSON array")
	r.completeFlag(cmd, "connection", r.connectionNames)
	r.completeFlag(cmd, "state", runStates)
	cmd.AddCommand(newHistoryShow(r), newHistoryInfo(r), newHistoryRemove(r))
	return cmd
}

func runStates() []string {
	return []string{journal.Running, journal.Done, journal.Failed, journal.Cancelled, journal.Lost}
}

// runDoc is a run as JSON.
type runDoc struct {
	ID            string         `json:"id"`
	Connection    string         `json:"connection"`
	Engine        string         `json:"engine"`
	Profile       string         `json:"profile,omitempty"`
	Account       string         `json:"account,omitempty"`
	Region        string         `json:"region,omitempty"`
	Text          string         `json:"text"`
	Args          []journal.Arg  `json:"args,omitempty"`
	Started       time.Time      `json:"started"`
	Ended         *time.Time     `json:"ended,omitempty"`
	State         string         `json:"state"`
	RemoteID      string         `json:"remote_id,omitempty"`
	Rows          int64          `json:"rows"`
	RowsAffected  *int64         `json:"rows_affected,omitempty"`
	BytesScanned  *int64         `json:"bytes_scanned,omitempty"`
	CapacityUnits *float64       `json:"capacity_units,omitempty"`
	CostUSD       *float64       `json:"cost_usd,omitempty"`
	ElapsedMS     int64          `json:"elapsed_ms"`
	Truncated     bool           `json:"truncated,omitempty"`
	Kept          bool           `json:"kept"`
	Fault         *journal.Fault `json:"error,omitempty"`
}

func newRunDoc(r journal.Run) runDoc {
	s := r.Stats
	d := runDoc{ID: r.ID, Connection: r.Connection, Engine: r.Engine, Profile: r.Profile, Account: r.Account, Region: r.Region,
		Text: r.Text, Args: r.Args, Started: r.Started, State: r.State, RemoteID: r.RemoteID, Rows: s.Rows, RowsAffected: s.RowsAffected,
		BytesScanned: s.BytesScanned, CapacityUnits: s.CapacityUnits, CostUSD: s.CostUSD, ElapsedMS: s.Elapsed.Milliseconds(),
		Truncated: s.Truncated, Kept: r.Kept != "", Fault: r.Fault}
	if !r.Ended.IsZero() {
		d.Ended = &r.Ended
	}
	return d
}

func (r *room) history(o historyOptions) error {
	if o.filter.Limit < 0 {
		return fault.Newf(fault.Usage, "--limit %d: list one run or more, or 0 for all", o.filter.Limit)
	}
	runs, err := r.app().History(o.filter)
	if err != nil {
		return err
	}
	if o.asJSON {
		docs := make([]runDoc, len(runs))
		for i, run := range runs {
			docs[i] = newRunDoc(run)
		}
		return writeJSON(r.streams.Out, docs)
	}
	if len(runs) == 0 && r.streams.ErrTTY() {
		r.say("%s", r.paint(term.Dim, "Nothing was run yet, or nothing that fits."))
	}
	rows := [][]string{{"ID", "STARTED", "CONNECTION", "STATE", "ROWS", "TIME", "SCANNED", "KEPT", "STATEMENT"}}
	for _, run := range runs {
		rows = append(rows, r.historyRow(run))
	}
	return r.columns(rows)
}

// longestStatement is how much of a statement a listing on a terminal shows.
const longestStatement = 60

func (r *room) historyRow(run journal.Run) []string {
	text := strings.Join(strings.Fields(run.Text), " ")
	started := run.Started.Format(time.RFC3339)
	if r.streams.OutTTY() {
		started = run.Started.Local().Format("2006-01-02 15:04:05")
		if runes := []rune(text); len(runes) > longestStatement {
			text = string(runes[:longestStatement-1]) + "…"
		}
	}
	row := []string{run.ID, started, run.Connection, run.State, "", "", "", "", text}
	if run.State == journal.Done {
		row[4] = strconv.FormatInt(run.Stats.Rows, 10)
	}
	if run.Stats.Elapsed > 0 {
		row[5] = durationText(run.Stats.Elapsed)
	}
	if run.Stats.BytesScanned != nil {
		row[6] = engine.BytesText(*run.Stats.BytesScanned)
	}
	if run.Kept != "" {
		row[7] = "kept"
	}
	return row
}

// rowsOptions are the flags of a command that writes rows which are not run anew.
type rowsOptions struct {
	id     string
	format string
	output string
	table  string
	stats  bool
	quiet  bool
}

func (r *room) rowsFlags(cmd *cobra.Command, o *rowsOptions) {
	f := cmd.Flags()
	f.StringVar(&o.format, "format", "", "output format: "+strings.Join(formatNames(), ", ")+" (default: table on a terminal, else csv; from the file name with -o)")
	f.StringVarP(&o.output, "output", "o", "", "write the rows to this file, complete or not at all")
	f.StringVar(&o.table, "table", "", "name of the table in the statements of --format insert")
	f.BoolVar(&o.stats, "stats", false, "print the closing line even without a terminal")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress and no closing line")
	r.completeFlag(cmd, "format", formatNames)
}

func newHistoryShow(r *room) *cobra.Command {
	var o rowsOptions
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Print or export the kept rows of a run; nothing is run or paid again",
		Example: `  fairlead history show 6qh1x2k9ab
  fairlead history show 6qh1x2k9ab -o orders.parquet`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: r.completeRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.id = args[0]
			return r.historyShow(cmd.Context(), o)
		},
	}
	r.rowsFlags(cmd, &o)
	return cmd
}

func (r *room) historyShow(ctx context.Context, o rowsOptions) error {
	run, err := r.app().HistoryRun(o.id)
	if err != nil {
		return err
	}
	kept, err := r.app().Kept(run.ID)
	if err != nil {
		return err
	}
	defer kept.Close()
	return r.writeAgain(ctx, kept.Stream(), run, o)
}

// writeAgain writes the rows of an earlier run.
func (r *room) writeAgain(ctx context.Context, stream result.Stream, run journal.Run, o rowsOptions) error {
	defer stream.Close()
	if o.output == "-" {
		o.output = ""
	}
	format, err := r.chooseFormat(o.format, o.output)
	if err != nil {
		return err
	}
	progress := r.startProgress(o.quiet)
	defer progress.stop()
	if run.Kept != "" {
		progress.expect(run.Stats.Rows)
	}
	if err := r.writeRows(ctx, stream, rowsTo{format: format, file: o.output, table: o.table, engine: run.Engine}, progress); err != nil {
		return err
	}
	if err := stream.Close(); err != nil {
		return err
	}
	progress.stop()
	if stats := stream.Stats(); o.stats || (stats.Truncated || r.streams.ErrTTY()) && !o.quiet {
		line := statsLine(stats, o.output)
		if run.Kept != "" {
			line += " · of " + run.Started.Local().Format("2006-01-02 15:04:05") + ", not run again"
		}
		r.say("%s", r.paint(term.Dim, line))
	}
	return nil
}

func newHistoryInfo(r *room) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:               "info ID",
		Short:             "Tell all that is known of a run: its text, figures, outcome and ids",
		Example:           "  fairlead history info 6qh1x2k9ab\n  fairlead history info 6qh1x2k9ab --json",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: r.completeRun,
		RunE:              func(_ *cobra.Command, args []string) error { return r.historyInfo(args[0], asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}

func (r *room) historyInfo(id string, asJSON bool) error {
	run, err := r.app().HistoryRun(id)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(r.streams.Out, newRunDoc(run))
	}
	rows := [][]string{{"id", run.ID}, {"connection", run.Connection}, {"state", run.State}}
	add := func(name, value string) {
		if value != "" {
			rows = append(rows, []string{name, value})
		}
	}
	add("engine", run.Engine)
	add("profile", run.Profile)
	add("account", run.Account)
	add("region", run.Region)
	add("started", run.Started.Local().Format(time.RFC3339))
	if !run.Ended.IsZero() {
		add("ended", run.Ended.Local().Format(time.RFC3339))
		add("figures", statsLine(run.Stats, ""))
	}
	add("service id", run.RemoteID)
	if run.Kept != "" {
		add("rows", "kept: fairlead history show "+run.ID)
	} else if app.Attachable(run) {
		add("rows", "fairlead attach "+run.ID)
	}
	if run.Fault != nil {
		add("error", run.Fault.Message)
	}
	for i, arg := range run.Args {
		value := arg.Value
		if arg.Type == "secret" {
			value = "[hidden]"
		}
		add("value "+strconv.Itoa(i+1), strings.TrimSpace(arg.Type+" "+value))
	}
	if err := r.pairs(rows); err != nil {
		return err
	}
	return r.print("\n" + strings.TrimRight(run.Text, "\n") + "\n")
}

func newHistoryRemove(r *room) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:               "remove [ID...]",
		Short:             "Forget runs and the rows kept of them",
		Example:           "  fairlead history remove 6qh1x2k9ab\n  fairlead history remove --all",
		ValidArgsFunction: r.completeRun,
		RunE: func(_ *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return fault.New(fault.Usage, "Say which runs to forget, or --all")
			}
			return r.historyRemove(args, all)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "forget all runs that have ended")
	return cmd
}

func (r *room) historyRemove(ids []string, all bool) error {
	if all {
		runs, err := r.app().History(journal.Filter{})
		if err != nil {
			return err
		}
		for _, run := range runs {
			if run.State != journal.Running {
				ids = append(ids, run.ID)
			}
		}
	}
	for _, id := range ids {
		if err := r.app().RemoveHistory(id); err != nil {
			return err
		}
	}
	return nil
}

// completeRun offers the latest runs.
func (r *room) completeRun(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	runs, err := r.app().History(journal.Filter{Limit: 30})
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, run := range runs {
		text := strings.Join(strings.Fields(run.Text), " ")
		if len(text) > longestStatement {
			text = strings.ToValidUTF8(text[:longestStatement], "")
		}
		out = append(out, run.ID+"\t"+run.State+" "+run.Connection+" "+text)
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
