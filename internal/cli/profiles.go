package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/term"
)

func newProfiles(r *room) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "profiles",
		Aliases: []string{"profile"},
		Short:   "List, show, check and add the AWS profiles of ~/.aws",
		GroupID: groupAWS,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newProfilesList(r), newProfilesShow(r), newProfilesLint(r), newProfilesAdd(r), newProfilesModernize(r))
	return cmd
}

func newProfilesList(r *room) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List the AWS profiles with kind, account, role, region and SSO session",
		Example: "  fairlead profiles list\n  fairlead profiles list --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			profiles, problems, err := r.app().Profiles(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(r.streams.Out, profiles)
			}
			rows := [][]string{{"NAME", "KIND", "ACCOUNT", "ROLE", "REGION", "SOURCE", "SESSION", "STATE"}}
			for _, p := range profiles {
				rows = append(rows, []string{p.Name, p.Kind, p.Account, p.Role, p.Region, p.Source, p.Session, p.State})
			}
			if err := r.columns(rows); err != nil {
				return err
			}
			for _, p := range problems {
				r.say("%s %s", r.paint(term.Warn, "warning:"), p)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

func newProfilesShow(r *room) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show NAME", Short: "Show one AWS profile, each value with the file and line it comes from",
		Example:           "  fairlead profiles show dev",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: r.completeProfile,
		RunE: func(cmd *cobra.Command, args []string) error {
			detail, err := r.app().Profile(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(r.streams.Out, detail)
			}
			rows := [][]string{{"profile", detail.Name}, {"kind", detail.Kind}}
			if detail.State != "" {
				rows = append(rows, []string{"session", detail.Session + ", " + detail.State})
			}
			if strings.HasPrefix(detail.RegionOrigin, "AWS_") {
				rows = append(rows, []string{"region in use", fmt.Sprintf("%s (%s)", detail.Region, detail.RegionOrigin)})
			}
			for _, v := range detail.Values {
				where := term.Paint(r.streams.OutColor(), term.Dim, fmt.Sprintf("  %s:%d", v.File, v.Line))
				rows = append(rows, []string{v.Key, v.Value + where})
			}
			if err := r.pairs(rows); err != nil {
				return err
			}
			r.warn(detail.Problems)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}
