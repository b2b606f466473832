package cli

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sandbox"
	"github.com/fairleadhq/fairlead/internal/sink"
	"github.com/fairleadhq/fairlead/internal/sso"
	"github.com/fairleadhq/fairlead/internal/term"
)

type demoOptions struct {
	data string
	once bool
}

func newDemo(r *room) *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See it work in a minute, without an AWS account",
		Long: `Start a sandbox that plays AWS, with an AWS home of its own whose SSO session has
expired; meet the expiry, log in, and run one statement on Athena, Redshift and
DynamoDB. Then the sandbox stays up until Ctrl-C and the page opens, with the
session expired again, so that you can go on by yourself. Without a terminal the log in approves itself and the demo ends.
Nothing of your own is read or changed.`,
		Example: "  fairlead demo\n  fairlead demo --data ./my-files",
		GroupID: groupLocal,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return r.demo(cmd.Context(), o) },
	}
	cmd.Flags().StringVar(&o.data, "data", "", "serve the CSV, JSON and Parquet files of this folder as Athena tables in database files")
	cmd.Flags().BoolVar(&o.once, "once", false, "end after the three tables, on a terminal too")
	return cmd
}

// demoStep is one statement of the demo.
type demoStep struct{ title, connection, statement string }

func demoSteps(data bool) []demoStep {
	steps := []demoStep{
		{"Athena: a million orders", "sales", `select region, count(*) as orders, sum(amount) as revenue, max(order_date) as latest
from orders group by region order by revenue desc`},
		{"Redshift: a view in the warehouse", "warehouse", `select * from analytics.top_customers limit 5`},
		{"DynamoDB: one customer in a single-table design", "shop", `select sk, entity, placed_at, status, total, currency, coupons
from "shop" where pk = 'CUSTOMER#1'`},
	}
	if data {
		steps = append(steps, demoStep{"Athena: your own files", "sales", "show tables in files"})
	}
	return steps
}

func (r *room) demo(ctx context.Context, o demoOptions) error {
	attended := r.streams.CanAsk()
	browser := attended && canOpenBrowser(r.env)
	r.say("A local sandbox plays AWS for this demo. Nothing of yours is read or changed.")
	srv, err := startSandbox(ctx, sandbox.Options{DataDir: o.data, Expired: true, AutoApprove: !browser, Warm: true})
	if err != nil {
		return err
	}
	defer srv.Close()
	ready := srv.Ready()
	guest := r.guest(ready.Env, attended)
	r.say("It has three connections on AWS profile %s, whose SSO session has expired.", r.paint(term.Bold, `"dev"`))
	if !browser {
		r.say("%s", r.paint(term.Dim, "There is no browser to open here, so the sandbox also plays the person who approves the log in."))
	}
	for _, step := range demoSteps(o.data != "") {
		if err := guest.demoStep(ctx, step); err != nil {
			if fault.CodeOf(err).MendedByLogin() {
				// The remedy of every day would lead to a sandbox that has ended.
				return fault.As(err).WithRemedy("run the demo again and answer y: fairlead demo")
			}
			return err
		}
	}
	if !attended || o.once {
		r.say("\nThat was the demo. To keep the sandbox: %s", r.paint(term.Accent, "fairlead sandbox"))
		return nil
	}
	return r.demoPage(ctx, guest, srv)
}

// demoPage ends the session once more and serves the page, where the same three
// connections wait for the one click.
func (r *room) demoPage(ctx context.Context, guest *room, srv *sandbox.Server) error {
	if err := srv.Switches().Restart(); err != nil {
		return fault.Wrap(err, fault.Internal, "The sandbox's session could not be ended")
	}
	if err := r.tellStay(srv.Ready()); err != nil {
		return err
	}
	r.say("\n%s", r.paint(term.Bold, "And on a page: the session has expired again; one click logs in."))
	return guest.ui(ctx, uiOptions{demo: true})
}

// guest is the room of somebody whose home is the sandbox's: its environment
// in place of the person's own AWS and fairlead settings.
func (r *room) guest(env map[string]string, attended bool) *room {
	g := &room{streams: r.streams, specs: r.specs, workDir: env["HOME"]}
	g.env = func(name string) string {
		if value, ok := env[name]; ok {
			return value
		}
		if name == sso.MethodVariable && !attended {
			return string(sso.MethodDevice) // a page that opens would find nobody
		}
		if strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "FAIRLEAD_") || strings.HasPrefix(name, "XDG_") {
			return ""
		}
		return r.env(name)
	}
	if !attended {
		g.consent = func(_ context.Context, l sso.LoginRequest) (bool, error) {
			r.say("%s [Y/n] yes (unattended)", loginQuestion(l))
			return true, nil
		}
	}
	return g
}

func (r *room) demoStep(ctx context.Context, step demoStep) error {
	shown := strings.ReplaceAll(step.statement, "\n", " ")
	r.say("\n%s", r.paint(term.Bold, step.title))
	r.say("%s", r.paint(term.Dim, "$ fairlead query "+step.connection+" "+typedQuote(shown)))
	conn, err := r.app().Connect(ctx, step.connection, app.Overrides{})
	if err != nil {
		return err
	}
	defer conn.Close()
	progress := r.startProgress(false)
	defer progress.stop()
	stream, err := conn.Run(ctx, engine.Statement{Text: step.statement, Progress: progress.update}, app.RunOptions{})
	if err != nil {
		return err
	}
	defer stream.Close()
	progress.stop()
	opts := sink.Options{Width: demoWidth(r.streams.Width()), Color: r.streams.OutColor()}
	if err := copyRows(ctx, stream, "table", r.streams.Out, opts, progress); err != nil {
		return err
	}
	if err := stream.Close(); err != nil {
		return err
	}
	stats := stream.Stats()
	stats.Path, stats.RemoteID = "", "" // more than a first look wants
	r.say("%s", r.paint(term.Dim, statsLine(stats, "")))
	return nil
}

// typedQuote quotes a statement as a person would type it: in double quotes,
// or in single ones when it holds only double ones.
func typedQuote(s string) string {
	if strings.Contains(s, `"`) && !strings.Contains(s, "'") {
		return "'" + s + "'"
	}
	return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
}

// demoWidth cuts tables to the terminal, or to a readable width in a log.
func demoWidth(terminal int) int {
	if terminal == 0 {
		return 120
	}
	return terminal
}

// tellStay says how to talk to the sandbox from another terminal.
func (r *room) tellStay(ready sandbox.Ready) error {
	script := filepath.Join(ready.Home, "env.sh")
	if err := os.WriteFile(script, []byte(exports(ready.Env)), 0o600); err != nil {
		return err
	}
	r.say("\nThe sandbox stays up. In another terminal:")
	r.say("  %s", r.paint(term.Accent, "source "+shellQuote(script)))
	for _, line := range []string{
		`fairlead connections list`,
		`fairlead query sales "select * from orders limit 5"`,
		`fairlead query dynamodb://dev@` + ready.Region + ` 'select * from "shop" where pk = '"'CUSTOMER#1'"`,
	} {
		r.say("  %s", r.paint(term.Accent, line))
	}
	return nil
}
