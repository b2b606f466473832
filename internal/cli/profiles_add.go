package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sso"
	"github.com/fairleadhq/fairlead/internal/term"
)

type profilesAddOptions struct {
	session       app.NewSession
	login         sso.LoginOptions
	method        string
	accounts      []string
	roles         []string
	all, yes, dry bool
	template      string
	region        string
}

func newProfilesAdd(r *room) *cobra.Command {
	var o profilesAddOptions
	cmd := &cobra.Command{
		Use:   "add",
		Short: "Set up SSO profiles: log in, pick accounts and roles, write them to ~/.aws/config",
		Long: `Log in to IAM Identity Center, pick among the accounts and roles that are really
assigned to you, and write an sso-session and one profile for each to the AWS
config file. The change is shown first and the old file is kept beside the new
one. What is there already stays as it is.

On a terminal it asks for what is missing. The region of the start URL is found
out when --sso-region is not given. --name is a template with {account_name},
{account_id}, {role} and {session}.`,
		Example: `  fairlead profiles add
  fairlead profiles add --sso-start-url https://my-company.awsapps.com/start --all --yes
  fairlead profiles add --sso-start-url my-company --role ReadOnly --name "{account_name}" --dry-run`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.login.Method = sso.Method(o.method)
			return r.profilesAdd(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.session.StartURL, "sso-start-url", "", "start URL of the access portal, or the company's name in it")
	f.StringVar(&o.session.Region, "sso-region", "", "region of IAM Identity Center; default: found out")
	f.StringVar(&o.session.Name, "session", "", "name of the sso-session; an existing one needs no start URL")
	f.BoolVar(&o.all, "all", false, "take every account and role")
	f.StringArrayVar(&o.accounts, "account", nil, "take this account, by id or name (repeatable)")
	f.StringArrayVar(&o.roles, "role", nil, "take this role (repeatable)")
	f.StringVar(&o.template, "name", app.DefaultTemplate, "template of the profiles' names; default: "+app.DefaultTemplate)
	f.StringVar(&o.region, "region", "", "region of the new profiles; default: AWS_REGION, else that of the session")
	f.BoolVarP(&o.yes, "yes", "y", false, "write without asking")
	f.BoolVar(&o.dry, "dry-run", false, "show the change and write nothing")
	f.StringVar(&o.method, "method", "", "how to log in: "+strings.Join([]string{"auto", "device", "browser"}, ", "))
	timeoutFlag(f, &o.login.Timeout)
	r.completeFlag(cmd, "method", func() []string { return []string{"auto", "device", "browser"} })
	return cmd
}

func (r *room) profilesAdd(ctx context.Context, o profilesAddOptions) error {
	if err := r.askSession(ctx, &o); err != nil {
		return err
	}
	session, err := r.app().SettleSession(ctx, o.session)
	if err != nil {
		return err
	}
	if session.Region == "" {
		if session.Region, err = r.need(ctx, "Region of IAM Identity Center", "us-east-1", "--sso-region"); err != nil {
			return err
		}
	}
	choices, err := r.choices(ctx, session, o.login)
	if err != nil {
		return err
	}
	if choices, err = r.pick(ctx, choices, o); err != nil {
		return err
	}
	change, err := r.app().AddProfiles(session, choices, o.template, o.region)
	if err != nil {
		return err
	}
	if err := r.offerChange(ctx, change, o.yes, o.dry); err != nil {
		return err
	}
	old, err := r.app().OlderForm(session.StartURL)
	if len(old) > 0 {
		r.say("Of the older form, which cannot renew itself: %s. To change that: fairlead profiles modernize %s",
			strings.Join(old, ", "), strings.Join(old, " "))
	}
	return err
}

// askSession asks for the start URL where neither it nor a session is given.
func (r *room) askSession(ctx context.Context, o *profilesAddOptions) (err error) {
	if !o.all && len(o.accounts)+len(o.roles) == 0 && !r.streams.CanAsk() {
		return fault.New(fault.Usage, "Nobody can be asked which accounts and roles to take").
			WithRemedy("say --all, or --account and --role")
	}
	if o.session.StartURL == "" && o.session.Name == "" {
		o.session.StartURL, err = r.need(ctx, "Start URL of the access portal", "", "--sso-start-url")
	}
	return err
}

// need asks for a value, and names the flag where nobody can be asked.
func (r *room) need(ctx context.Context, question, def, flag string) (string, error) {
	if !r.streams.CanAsk() {
		return "", fault.Newf(fault.Usage, "%s is not known and nobody can be asked", question).WithRemedyf("give %s", flag)
	}
	text, err := r.streams.Line(ctx, question, def)
	if err == nil && text == "" {
		err = fault.Newf(fault.Usage, "%s is needed", question).WithRemedyf("give %s", flag)
	}
	return text, err
}

// choices logs in, with the countdown of a log in.
func (r *room) choices(ctx context.Context, s sso.Session, o sso.LoginOptions) ([]app.Choice, error) {
	line := r.streams.Status(0, func(time.Duration) string {
		return r.paint(term.Dim, r.status.pick(func() string { return "reading accounts and roles" }))
	})
	r.status.set(line)
	defer func() {
		line.Stop()
		r.status.set(nil)
	}()
	return r.app().Choices(ctx, s, o)
}

// pick narrows the choices by the flags, else asks.
func (r *room) pick(ctx context.Context, all []app.Choice, o profilesAddOptions) ([]app.Choice, error) {
	chosen := slices.DeleteFunc(slices.Clone(all), func(c app.Choice) bool {
		return len(o.accounts) > 0 && !slices.Contains(o.accounts, c.Account) && !slices.Contains(o.accounts, c.AccountName) ||
			len(o.roles) > 0 && !slices.Contains(o.roles, c.Role)
	})
	if len(chosen) == 0 {
		return nil, fault.New(fault.Usage, "None of your accounts and roles is among those asked for").
			WithRemedy("see them all: fairlead profiles add --all --dry-run")
	}
	if o.all || len(o.accounts)+len(o.roles) > 0 {
		return chosen, nil
	}
	rows := [][]string{{"#", "ACCOUNT", "NAME", "ROLE", "PROFILE"}}
	for i, c := range chosen {
		rows = append(rows, []string{strconv.Itoa(i + 1), c.Account, c.AccountName, c.Role, c.Profile})
	}
	if err := r.columns(rows); err != nil {
		return nil, err
	}
	text, err := r.streams.Line(ctx, "Which? Numbers and ranges such as 1,3-5", "all")
	if err != nil {
		return nil, err
	}
	return picked(chosen, text)
}

// picked reads "all", or numbers and ranges.
func picked(all []app.Choice, text string) ([]app.Choice, error) {
	if strings.EqualFold(strings.TrimSpace(text), "all") {
		return all, nil
	}
	take := make([]bool, len(all))
	for part := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == ',' || c == ' ' }) {
		first, last, isRange := strings.Cut(part, "-")
		from, err := strconv.Atoi(first)
		to := from
		if err == nil && isRange {
			to, err = strconv.Atoi(last)
		}
		if err != nil || from < 1 || to > len(all) || from > to {
			return nil, fault.Newf(fault.Usage, "%q is not a choice between 1 and %d", part, len(all))
		}
		for i := from; i <= to; i++ {
			take[i-1] = true
		}
	}
	var chosen []app.Choice
	for i, c := range all {
		if take[i] {
			chosen = append(chosen, c)
		}
	}
	return chosen, nil
}

// offerChange shows a change of the config file and makes it when agreed.
func (r *room) offerChange(ctx context.Context, change app.ConfigChange, yes, dry bool) error {
	for _, why := range change.Skipped {
		r.say("%s %s", r.paint(term.Dim, "left as it is:"), why)
	}
	if change.Empty() {
		r.say("Nothing to change in %s.", change.Path)
		return nil
	}
	fmt.Fprint(r.streams.Out, r.colourDiff(change.Diff))
	if dry {
		r.say("Nothing was written (--dry-run).")
		return nil
	}
	if !yes {
		if !r.streams.CanAsk() {
			return fault.New(fault.Usage, "Nothing was written: nobody can be asked whether to make this change").WithRemedy("add --yes")
		}
		agreed, err := r.streams.Confirm(ctx, fmt.Sprintf("Write this to %s?", change.Path), true)
		if err != nil {
			return err
		}
		if !agreed {
			r.say("Nothing was written.")
			return nil
		}
	}
	backup, err := r.app().WriteConfig(change)
	if err != nil {
		return err
	}
	r.say("Written to %s: %s", change.Path, strings.Join(change.Profiles, ", "))
	if backup != "" {
		r.say("The old file is %s", backup)
	}
	return nil
}

// colourDiff paints a diff for a terminal.
func (r *room) colourDiff(diff string) string {
	if !r.streams.OutColor() {
		return diff
	}
	lines := strings.SplitAfter(diff, "\n")
	for i, l := range lines {
		style, painted := term.Dim, true
		switch {
		case strings.HasPrefix(l, "---"), strings.HasPrefix(l, "+++"), strings.HasPrefix(l, "@@"):
		case strings.HasPrefix(l, "+"):
			style = term.Good
		case strings.HasPrefix(l, "-"):
			style = term.Bad
		default:
			painted = false
		}
		if painted {
			lines[i] = term.Paint(true, style, strings.TrimSuffix(l, "\n")) + "\n"
		}
	}
	return strings.Join(lines, "")
}
