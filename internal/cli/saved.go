package cli

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/journal"
)

func newSaved(r *room) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "saved",
		Short: "Queries kept under a name",
		Long:  `Keep queries under a name, list, show and run them.`,
		Example: `  fairlead saved add orders-of-day "select * from orders where day = :day" --connection sales
  fairlead saved run orders-of-day --param day:date=2026-01-01`,
		GroupID: groupWork,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newSavedList(r), newSavedAdd(r), newSavedShow(r), newSavedRun(r), newSavedRemove(r))
	return cmd
}

func newSavedList(r *room) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the saved queries",
		Example: "  fairlead saved list\n  fairlead saved list --json",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return r.savedList(asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

func (r *room) savedList(asJSON bool) error {
	all, err := r.app().SavedQueries()
	if err != nil {
		return err
	}
	if asJSON {
		if all == nil {
			all = []journal.SavedQuery{}
		}
		return writeJSON(r.streams.Out, all)
	}
	rows := [][]string{{"NAME", "CONNECTION", "TAGS", "UPDATED", "STATEMENT"}}
	for _, q := range all {
		text := strings.Join(strings.Fields(q.Text), " ")
		if runes := []rune(text); r.streams.OutTTY() && len(runes) > longestStatement {
			text = string(runes[:longestStatement-1]) + "…"
		}
		rows = append(rows, []string{q.Name, q.Connection, q.Tags, q.Updated.Local().Format(time.DateTime), text})
	}
	return r.columns(rows)
}

func newSavedAdd(r *room) *cobra.Command {
	var q journal.SavedQuery
	var o queryOptions
	cmd := &cobra.Command{
		Use:   "add NAME [SQL | -f FILE | -]",
		Short: "Save a query under a name, in place of another of that name",
		Example: `  fairlead saved add orders-of-day "select * from orders where day = :day" --connection sales
  fairlead saved add report -f report.sql --tags monthly`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			q.Name = args[0]
			if len(args) == 2 {
				o.text = args[1]
			}
			text, err := r.statementText(o)
			if err != nil {
				return err
			}
			if strings.TrimSpace(text) == "" {
				return fault.New(fault.Usage, "There is no text to save")
			}
			q.Text = text
			return r.app().SaveQuery(q)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.file, "file", "f", "", "read the text from this file")
	f.StringVar(&q.Connection, "connection", "", "connection or address it is for")
	f.StringVar(&q.Tags, "tags", "", "words to find it by")
	r.completeFlag(cmd, "connection", r.connectionNames)
	return cmd
}

func newSavedShow(r *room) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:               "show NAME",
		Short:             "Print the text of a saved query",
		Example:           "  fairlead saved show orders-of-day",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: r.completeSaved,
		RunE: func(_ *cobra.Command, args []string) error {
			q, err := r.app().SavedQuery(args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(r.streams.Out, q)
			}
			return r.print(strings.TrimRight(q.Text, "\n") + "\n")
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}

func newSavedRun(r *room) *cobra.Command {
	var o queryOptions
	cmd := &cobra.Command{
		Use:   "run NAME [TARGET]",
		Short: "Run a saved query, with all the flags of query",
		Long:  `Run a saved query on its connection, or on another one.`,
		Example: `  fairlead saved run orders-of-day --param day:date=2026-01-01
  fairlead saved run report warehouse -o report.csv`,
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: r.completeSaved,
		RunE: func(cmd *cobra.Command, args []string) error {
			q, err := r.app().SavedQuery(args[0])
			if err != nil {
				return err
			}
			if o.text, o.target = q.Text, q.Connection; len(args) == 2 {
				o.target = args[1]
			}
			if o.target == "" {
				return fault.Newf(fault.Usage, "The saved query %q is for no connection", q.Name).
					WithRemedyf("say which: fairlead saved run %s TARGET", q.Name)
			}
			if err := o.prepare(cmd.Flags().Changed); err != nil {
				return err
			}
			return r.query(cmd.Context(), o)
		},
	}
	r.queryFlags(cmd, &o)
	return cmd
}

func newSavedRemove(r *room) *cobra.Command {
	return &cobra.Command{
		Use:               "remove NAME",
		Short:             "Forget a saved query",
		Example:           "  fairlead saved remove orders-of-day",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: r.completeSaved,
		RunE:              func(_ *cobra.Command, args []string) error { return r.app().RemoveSavedQuery(args[0]) },
	}
}

// completeSaved offers the saved queries' names, then targets.
func (r *room) completeSaved(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		if cmd.Name() == "run" {
			return r.completeTarget(cmd, args[1:], typed)
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	all, err := r.app().SavedQueries()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names := make([]string, len(all))
	for i, q := range all {
		names[i] = q.Name
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
