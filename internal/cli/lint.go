package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/term"
)

func newProfilesLint(r *room) *cobra.Command {
	var asJSON, strict bool
	cmd := &cobra.Command{
		Use:   "lint [NAME]",
		Short: "Check ~/.aws: what is broken, what the AWS CLI refuses, what other tools read differently",
		Long: `Check the AWS files, or one profile of them. Each finding has a stable name and a
level: broken (works nowhere), refused (AWS CLI v2 does not take it) or differs
(the AWS CLI takes it; Go tools such as Terraform, or SDKs, read it otherwise).
The exit status is 1 when something is broken or refused, and with --strict also
when something differs.`,
		Example: `  fairlead profiles lint
  fairlead profiles lint dev --strict
  fairlead profiles lint --json`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: r.completeProfile,
		RunE: func(_ *cobra.Command, args []string) error {
			name := ""
			if len(args) > 0 {
				name = args[0]
			}
			return r.lintProfiles(name, asJSON, strict)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	cmd.Flags().BoolVar(&strict, "strict", false, "exit with 1 also for what other tools read differently")
	return cmd
}

func (r *room) lintProfiles(name string, asJSON, strict bool) error {
	found, err := r.app().LintProfiles(name)
	if err != nil {
		return err
	}
	if asJSON {
		if found == nil {
			found = []awsfile.Finding{}
		}
		if err := writeJSON(r.streams.Out, found); err != nil {
			return err
		}
	}
	bad, differs := 0, 0
	for _, f := range found {
		style := term.Bad
		if f.Level == awsfile.LevelDiffers {
			differs++
			style = term.Warn
		} else {
			bad++
		}
		if asJSON {
			continue
		}
		profile := ""
		if f.Profile != "" {
			profile = fmt.Sprintf(" (profile %s)", f.Profile)
		}
		color := r.streams.OutColor()
		text := fmt.Sprintf("%s: %s %s%s: %s\n    %s\n", f.Where(), term.Paint(color, style, string(f.Level)), f.Rule, profile, f.Message, term.Paint(color, term.Dim, "→ "+f.Fix))
		if err := r.print(text); err != nil {
			return err
		}
	}
	if bad > 0 || strict && differs > 0 {
		return fault.Newf(fault.Findings, "%d broken or refused, %d read differently by other tools", bad, differs)
	}
	if !asJSON {
		r.say("%s %d read differently by other tools.", r.paint(term.Good, "Nothing is broken."), differs)
	}
	return nil
}
