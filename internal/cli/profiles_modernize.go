package cli

import "github.com/spf13/cobra"

func newProfilesModernize(r *room) *cobra.Command {
	var yes, dry bool
	cmd := &cobra.Command{
		Use:   "modernize [NAME...]",
		Short: "Give older SSO profiles an sso-session, so that their log in renews itself",
		Long: `Change SSO profiles that hold a start URL of their own, which need a log in every
few hours, to the sso-session form, which refreshes itself. Profiles of one
portal share one session and so one log in. The change is shown first and the
old file is kept beside the new one. Without names all such profiles are changed.`,
		Example:           "  fairlead profiles modernize --dry-run\n  fairlead profiles modernize legacy --yes",
		ValidArgsFunction: r.completeProfile,
		RunE: func(cmd *cobra.Command, args []string) error {
			change, err := r.app().ModernizeProfiles(args)
			if err != nil {
				return err
			}
			if err := r.offerChange(cmd.Context(), change, yes, dry); err != nil || dry || len(change.Profiles) == 0 {
				return err
			}
			r.say("Sessions that are new need a log in: fairlead login %s", change.Profiles[0])
			return nil
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "write without asking")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "show the change and write nothing")
	return cmd
}
