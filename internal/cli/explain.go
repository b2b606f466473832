package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/creds"
	"github.com/fairleadhq/fairlead/internal/term"
)

func newCredentialsExplain(r *room) *cobra.Command {
	var verify, asJSON bool
	cmd := &cobra.Command{
		Use:   "explain [NAME]",
		Short: "Show where a profile's credentials come from, hop by hop",
		Long: `Show how an AWS profile, a saved auth profile or a saved connection becomes
credentials: each hop, the file and line of each value, the region and why, and
what the caches hold. Without NAME: what the AWS CLI would use here. No network
call is made, unless --verify asks AWS whose the credentials are.`,
		Example: `  fairlead credentials explain dev
  fairlead credentials explain sales --verify
  fairlead credentials explain dev --json`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: r.completeProfile,
		RunE: func(cmd *cobra.Command, args []string) error {
			name := ""
			if len(args) > 0 {
				name = args[0]
			}
			return r.explain(cmd.Context(), name, verify, asJSON)
		},
	}
	cmd.Flags().BoolVar(&verify, "verify", false, "ask AWS which identity answers to them")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}

func (r *room) explain(ctx context.Context, name string, verify, asJSON bool) error {
	e, err := r.app().Explain(ctx, name, verify)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(r.streams.Out, e)
	}
	t := explainText{color: r.streams.OutColor()}
	t.write(e)
	return r.print(t.text.String())
}

// explainText draws an explanation as a tree that hangs from the hop that signs.
type explainText struct {
	text  strings.Builder
	color bool
}

func (t *explainText) line(indent int, format string, args ...any) {
	t.text.WriteString(strings.TrimRight(strings.Repeat("   ", indent)+fmt.Sprintf(format, args...), " ") + "\n")
}

func (t *explainText) dim(s string) string { return term.Paint(t.color, term.Dim, s) }

func (t *explainText) write(e app.Explanation) {
	region := "no region"
	if e.Region != "" {
		region = fmt.Sprintf("region %s %s", e.Region, t.dim("("+e.RegionOrigin+")"))
	}
	account := ""
	if e.Account != "" {
		account = ", account " + e.Account
	}
	t.line(0, "%s: %s%s", term.Paint(t.color, term.Bold, e.Name), region, account)
	for i, h := range e.Hops {
		t.hop(i, h, e.Session)
	}
	for _, note := range e.Notes {
		t.line(0, "%s %s", term.Paint(t.color, term.Warn, "note:"), note)
	}
	if e.Identity != nil {
		t.line(0, "%s as %s, account %s", term.Paint(t.color, term.Good, "verified"), e.Identity.ARN, e.Identity.Account)
	}
}

func (t *explainText) hop(depth int, h app.ExplainedHop, session *app.ExplainedSession) {
	head := string(h.Kind)
	if h.Profile != "" {
		head += " of profile " + h.Profile
	}
	head = term.Paint(t.color, term.Bold, head)
	if h.Idle {
		head += t.dim(" (not asked now: what is above is cached)")
	}
	t.line(depth, "└─ %s", head)
	if len(h.Values) == 0 {
		t.line(depth+1, "%s %s", h.Detail, t.dim(h.Origin))
	}
	width := 0
	for _, v := range h.Values {
		width = max(width, len(v.Key))
	}
	for _, v := range h.Values {
		t.line(depth+1, "%-*s  %s  %s", width, v.Key, v.Value, t.dim(v.Origin))
	}
	for _, v := range h.Unused {
		t.line(depth+1, "%s %s stands here too, but comes later in the AWS CLI's order  %s", t.dim("unused:"), v.Key, t.dim(v.Origin))
	}
	if h.Kind == creds.HopSSO && session != nil {
		t.line(depth+1, "session %s is %s%s  %s", session.Name, session.State, leftClause(session.Left), t.dim(session.Path))
	}
	if h.Cache != nil {
		t.line(depth+1, "cached credentials: %s%s  %s", keptText(h.Cache.State), leftClause(h.Cache.Left), t.dim(h.Cache.Path))
	}
}

func keptText(s creds.KeptState) string {
	switch s {
	case creds.KeptAbsent:
		return "none yet"
	case creds.KeptExpiring:
		return "valid, about to be replaced"
	}
	return string(s)
}

func leftClause(seconds int) string {
	if seconds <= 0 {
		return ""
	}
	return fmt.Sprintf(", %s left", leftText(time.Duration(seconds)*time.Second))
}
