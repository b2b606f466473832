package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/term"
)

func newDoctor(r *room) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor [NAME]",
		Short: "Find the hop that fails between a name and its rows, and the mend",
		Long: `Walk the whole way of a saved connection, an address, an AWS profile or an auth
profile: own files, what the name stands for, region, network, clock, SSO token,
credentials, account, service. The first hop that fails is told with its cause
and the mend; the exit status is that failure's. Nobody is asked to log in and
nothing is run that is billed.

It also lists secrets that more can read than need to: credentials files open to
others, keys in shell histories, long-term keys in the clear. Without a NAME it
walks what the AWS CLI would use.`,
		Example: `  fairlead doctor dev
  fairlead doctor sales --json`,
		GroupID:           groupAWS,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: r.completeTarget,
		RunE: func(cmd *cobra.Command, args []string) error {
			name := ""
			if len(args) == 1 {
				name = args[0]
			}
			return r.doctor(cmd.Context(), name, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}

type checkDoc struct {
	Hop     string     `json:"hop"`
	State   string     `json:"state"`
	Detail  string     `json:"detail,omitempty"`
	Code    fault.Code `json:"code,omitempty"`
	Message string     `json:"message,omitempty"`
	Cause   string     `json:"cause,omitempty"`
	Remedy  string     `json:"remedy,omitempty"`
}

type exposureDoc struct {
	Where  string `json:"where"`
	What   string `json:"what"`
	Remedy string `json:"remedy"`
}

type diagnosisDoc struct {
	Name    string        `json:"name"`
	OK      bool          `json:"ok"`
	Failed  string        `json:"failed,omitempty"` // the hop
	Checks  []checkDoc    `json:"checks"`
	Exposed []exposureDoc `json:"exposed"`
}

func (r *room) doctor(ctx context.Context, name string, asJSON bool) error {
	// An app without prompts: a doctor looks and asks nothing.
	a := app.New(app.Options{Env: r.env, WorkDir: r.workDir, Specs: r.specs, AskPassphrase: r.askPassphrase(), AskSecret: r.askPassphrase()})
	d := a.Doctor(ctx, name)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	failed := d.Failed()
	if asJSON {
		if err := writeJSON(r.streams.Out, toDiagnosisDoc(d)); err != nil {
			return err
		}
	} else if err := r.print(r.diagnosis(d)); err != nil {
		return err
	}
	if failed != nil {
		return &toldError{failed.Fault}
	}
	return nil
}

// toldError ends a command with the status of a fault that was shown already.
type toldError struct{ fault *fault.Error }

func (e *toldError) Error() string { return e.fault.Error() }
func (e *toldError) Unwrap() error { return e.fault }

func toDiagnosisDoc(d app.Diagnosis) diagnosisDoc {
	doc := diagnosisDoc{Name: d.Name, OK: true, Exposed: []exposureDoc{}}
	for _, c := range d.Checks {
		check := checkDoc{Hop: string(c.Hop), State: c.State, Detail: c.Detail}
		if f := c.Fault; f != nil {
			check.Code, check.Message, check.Remedy = f.Code, f.Message, f.Remedy
			if f.Cause != nil {
				check.Cause = f.Cause.Error()
			}
		}
		doc.Checks = append(doc.Checks, check)
	}
	if failed := d.Failed(); failed != nil {
		doc.OK, doc.Failed = false, string(failed.Hop)
	}
	for _, e := range d.Exposed {
		doc.Exposed = append(doc.Exposed, exposureDoc(e))
	}
	return doc
}

// diagnosis writes the hops one below the other.
func (r *room) diagnosis(d app.Diagnosis) string {
	color := r.streams.OutColor()
	mark := map[string]string{
		app.CheckOK:      term.Paint(color, term.Good, "ok  "),
		app.CheckWarning: term.Paint(color, term.Warn, "warn"),
		app.CheckFailed:  term.Paint(color, term.Bad, "FAIL"),
		app.CheckSkipped: term.Paint(color, term.Dim, "–   "),
	}
	text := ""
	line := func(format string) { text += format + "\n" }
	remedy := func(of string) {
		for one := range strings.SplitSeq(of, "\n") {
			line("                    " + term.Paint(color, term.Accent, "→") + " " + one)
		}
	}
	for _, c := range d.Checks {
		hop := string(c.Hop) + "             "[:max(0, 13-len(c.Hop))]
		switch {
		case c.State == app.CheckFailed:
			line(mark[c.State] + "  " + hop + " " + term.Paint(color, term.Bold, c.Fault.Message))
			if s := c.Fault.Service; s != nil {
				line("                    " + serviceLine(s))
			}
			if cause := causeText(c.Fault); cause != "" {
				line("                    " + cause)
			}
			remedy(c.Fault.Remedy)
		case c.State == app.CheckWarning:
			line(mark[c.State] + "  " + hop + " " + c.Detail)
			remedy(c.Fault.Remedy)
		case c.Detail != "":
			line(mark[c.State] + "  " + hop + " " + c.Detail)
		default:
			line(mark[c.State] + "  " + term.Paint(color, term.Dim, string(c.Hop)))
		}
	}
	if len(d.Exposed) > 0 {
		line("\n" + term.Paint(color, term.Bold, "Secrets that lie open:"))
		for _, e := range d.Exposed {
			line("  " + e.Where + "\n    " + e.What)
			line("    " + term.Paint(color, term.Accent, "→") + " " + e.Remedy)
		}
	}
	return text
}
