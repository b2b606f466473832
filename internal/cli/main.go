// Package cli is the command line: it turns flags into options, calls one verb
// of package app, and writes what comes back. A command is two functions: a
// constructor that only declares flags, and a run method that only works from
// the options struct. Data goes to stdout, everything else to stderr.
package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fairleadhq/fairlead/internal/engine/all"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/term"
)

// Main runs the program with the process's own streams and environment and
// returns its exit status.
func Main(args []string) int {
	if len(args) == 1 && (args[0] == "version" || args[0] == "--version") {
		// Prompts and scripts ask this often; they need not pay for the command
		// tree, which is a sixth of the start.
		r := &room{streams: term.System()}
		return r.exit(r.printVersion(false))
	}
	// Rows pass by in buffers of a few hundred kilobytes and nothing of them
	// stays, so the heap is a few megabytes: collecting it less often costs as
	// many more, and saves processor time on a long result. Beyond 150 nothing
	// more was saved, and the peak passed 64 MiB.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(150)
	}

	// The first signal cancels: the remote statement is stopped and files are
	// put away. A second one ends the process as if it were not caught.
	// A closed terminal (SIGHUP) is an end like any other: nothing stays behind.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, stop)

	dir, err := os.Getwd()
	if err != nil {
		dir = ""
	}
	return run(ctx, args, &room{streams: term.System(), env: os.Getenv, workDir: dir, specs: all.Specs()})
}

func run(ctx context.Context, args []string, r *room) int {
	root := newRoot(r)
	root.SetArgs(statementsAreNoFlags(args))
	err := root.ExecuteContext(ctx)
	if err != nil && ctx.Err() != nil && fault.CodeOf(err) != fault.Interrupted {
		// Whatever failed after Ctrl-C failed because of it.
		err = fault.Wrap(err, fault.Interrupted, "Interrupted")
	}
	return r.exit(err)
}

// exit reports a failure and returns the exit status.
func (r *room) exit(err error) int {
	if err == nil {
		return 0
	}
	f := fault.As(err)
	var told *toldError
	if !errors.As(err, &told) || r.jsonErrors {
		r.report(f)
	}
	return f.Code.Exit()
}

// statementsAreNoFlags keeps a statement that begins with an SQL comment from
// being taken for a flag: no flag has a blank behind its dashes.
func statementsAreNoFlags(args []string) []string {
	out := slices.Clone(args)
	for i, arg := range out {
		if rest, ok := strings.CutPrefix(arg, "--"); ok && rest != "" && strings.ContainsAny(rest[:1], " \t\r\n") {
			out[i] = " " + arg
		}
	}
	return out
}

// newRoot builds the command tree.
func newRoot(r *room) *cobra.Command {
	var showVersion bool
	root := &cobra.Command{
		Use:   "fairlead",
		Short: "Query Amazon Athena, Redshift and DynamoDB; sign-in that never gets in the way",
		Long: `Fairlead runs SQL and PartiQL on Amazon Athena, Redshift and DynamoDB with the
AWS profiles you already have, and manages their SSO sessions for you.

  fairlead demo                         try it, no AWS account needed
  fairlead connections add sales --engine athena --profile dev
  fairlead query sales "select count(*) from orders"
  fairlead query dynamodb://dev@us-east-1 "select * from \"shop\""`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if showVersion {
				return r.printVersion(false)
			}
			return cmd.Help()
		},
		SuggestionsMinimumDistance: 2,
	}
	root.Flags().BoolVar(&showVersion, "version", false, "print the version")
	root.SetIn(r.streams.In)
	root.SetOut(r.streams.Out)
	root.SetErr(r.streams.Err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		var bad *pflag.InvalidValueError
		if errors.As(err, &bad) {
			return fault.Newf(fault.Usage, "--%s cannot be %q: it takes %s", bad.GetFlag().Name, bad.GetValue(), kindOfValue(bad.GetFlag().Value.Type())).
				WithRemedyf("%s --help", cmd.CommandPath())
		}
		return fault.Wrapf(err, fault.Usage, "Cannot read the flags of %q", cmd.CommandPath()).
			WithRemedyf("%s --help", cmd.CommandPath())
	})
	root.PersistentFlags().BoolVar(&r.jsonErrors, "json-errors", false, "print a failure as one JSON object on stderr")
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddGroup(
		&cobra.Group{ID: groupWork, Title: "Work:"},
		&cobra.Group{ID: groupSetup, Title: "Set up:"},
		&cobra.Group{ID: groupAWS, Title: "AWS sign-in:"},
		&cobra.Group{ID: groupLocal, Title: "Try and test:"},
	)
	root.AddCommand(
		newQuery(r), newPlan(r), newSchema(r), newDynamoDB(r), newHistory(r), newAttach(r), newSaved(r), newUI(r),
		newConnections(r), newAuth(r),
		newProfiles(r), newCredentials(r), newLogin(r), newLogout(r), newStatus(r), newDoctor(r),
		newDemo(r), newSandbox(r),
		newVersion(r), newCompletion(r),
	)
	usageErrors(root)
	return root
}

// kindOfValue says in words what a flag takes.
func kindOfValue(typ string) string {
	switch typ {
	case "int", "int64":
		return "a whole number"
	case "duration":
		return "a time such as 90s, 10m or 1h30m"
	case "bool":
		return "true or false"
	}
	return "a " + typ
}

// The groups of the help text.
const (
	groupWork  = "work"
	groupSetup = "setup"
	groupAWS   = "aws"
	groupLocal = "local"
)

// usageErrors gives cobra's complaints about arguments the code that exit
// status 2 hangs on.
func usageErrors(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			err := check(cmd, args)
			if err == nil || fault.CodeOf(err) != fault.Internal {
				return err
			}
			f := fault.Newf(fault.Usage, "%s: %s", cmd.CommandPath(), err).WithRemedyf("usage: %s", cmd.UseLine())
			if len(args) > 0 && cmd.HasSubCommands() {
				f.WithRemedyf("see: %s --help", cmd.CommandPath())
				if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
					f.WithRemedyf("did you mean %s %s?", cmd.CommandPath(), strings.Join(near, " or "))
				}
			}
			return f
		}
	}
	for _, sub := range cmd.Commands() {
		usageErrors(sub)
	}
}
