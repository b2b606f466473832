package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sso"
	"github.com/fairleadhq/fairlead/internal/term"
)

type loginOptions struct {
	sso.LoginOptions
	method string
	force  bool
}

// loginMethods are those that this version knows.
func loginMethods() []string {
	var names []string
	for _, m := range sso.Methods() {
		names = append(names, string(m))
	}
	return names
}

func newLogin(r *room) *cobra.Command {
	var o loginOptions
	cmd := &cobra.Command{
		Use:   "login NAME",
		Short: "Log in to the SSO session of a profile or connection",
		Long: `Log in to the SSO session that a profile, an sso-session or a saved connection
uses. The token goes where the AWS CLI keeps it, so that one log in serves the
AWS CLI, the SDKs and Terraform too. A valid session is left alone.

Methods: device shows a code to approve in any browser; browser takes the answer
on a local port (authorization code with PKCE); aws-cli runs "aws sso login" of
AWS CLI v2, wherever it is installed. auto takes the AWS CLI v2 when there is one
and a browser can open, else the browser method, and the device code where no
browser opens (SSH, container); it says which and why. Without --method the
environment variable FAIRLEAD_LOGIN_METHOD decides, else auto; without --timeout
FAIRLEAD_LOGIN_TIMEOUT, else two minutes. Both hold for a log in on the way of a
query too.

When the time is nearly over, a person at a terminal is asked whether to wait
longer.`,
		Example: `  fairlead login dev
  fairlead login dev --method device --timeout 5m
  fairlead login dev --method browser --port 8400`,
		GroupID:           groupAWS,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: r.completeSSO,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Name, o.Method = args[0], sso.Method(o.method)
			return r.login(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.method, "method", "", "one of "+strings.Join(loginMethods(), ", "))
	timeoutFlag(f, &o.Timeout)
	f.IntVar(&o.Port, "port", 0, "local port that takes the browser's answer; 0 for any that is free")
	f.BoolVar(&o.force, "force", false, "log in even when the session is valid")
	r.completeFlag(cmd, "method", loginMethods)
	return cmd
}

// timeoutFlag declares --timeout of a log in; what it leaves at 0 is settled by
// the environment.
func timeoutFlag(f *pflag.FlagSet, to *time.Duration) {
	f.Var((*patience)(to), "timeout", "how long to wait for the approval (default 2m, or "+sso.TimeoutVariable+")")
}

// patience is a duration above nothing.
type patience time.Duration

// String is empty for what was not set.
func (p *patience) String() string {
	if *p == 0 {
		return ""
	}
	return time.Duration(*p).String()
}

// Type is what the help calls it.
func (*patience) Type() string { return "duration" }

// Set reads a flag's value.
func (p *patience) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err == nil && d <= 0 {
		err = errors.New("the wait must be longer than nothing")
	}
	*p = patience(d)
	return err
}

func (r *room) login(ctx context.Context, o loginOptions) error {
	if o.Port < 0 || o.Port > 65535 {
		return fault.Newf(fault.Usage, "--port %d: a port is a number up to 65535", o.Port)
	}
	r.onlyLogin = true
	line := r.streams.Status(0, func(time.Duration) string {
		return r.paint(term.Dim, r.status.pick(func() string { return "" }))
	})
	r.status.set(line)
	result, err := r.app().Login(ctx, o.LoginOptions, o.force)
	line.Stop()
	r.status.set(nil)
	if err != nil {
		return err
	}
	if result.Already {
		r.say("The SSO session %s is still valid (%s left). To log in all the same: --force",
			sessionName(result.State), leftText(result.State.Left))
		return nil
	}
	r.say("SSO session %s is good for %s%s.", sessionName(result.State), leftText(result.State.Left), renewText(result.State))
	return nil
}

func sessionName(s sso.State) string {
	if s.Session.Name != "" {
		return s.Session.Name
	}
	return s.Session.StartURL
}

func renewText(s sso.State) string {
	if s.Renews {
		return " and renews itself"
	}
	return ""
}

// leftText rounds a time left to what a person needs.
func leftText(d time.Duration) string {
	switch {
	case d <= 0:
		return "none"
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}

func newLogout(r *room) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "logout NAME",
		Short: "Log out of the SSO session of a profile or connection",
		Long: `End the SSO session at the service and remove its token from the cache that the
AWS CLI shares. Every profile on the session is logged out with it.`,
		Example:           "  fairlead logout dev\n  fairlead logout --all",
		GroupID:           groupAWS,
		ValidArgsFunction: r.completeSSO,
		Args: func(cmd *cobra.Command, args []string) error {
			if all {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.ExactArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if all {
				return r.logoutAll(cmd.Context())
			}
			state, err := r.app().Logout(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			r.loggedOut(state)
			return nil
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "log out of every SSO session")
	return cmd
}

func (r *room) logoutAll(ctx context.Context) error {
	ended, err := r.app().LogoutAll(ctx)
	for _, state := range ended {
		r.loggedOut(state)
	}
	if err == nil && len(ended) == 0 {
		r.say("There is no SSO session to log out of.")
	}
	return err
}

func (r *room) loggedOut(s sso.State) {
	r.say("Logged out of %s. Profiles on it: %s", sessionName(s), strings.Join(s.Profiles, ", "))
}

type stateDoc struct {
	Session  string     `json:"session"`
	StartURL string     `json:"start_url"`
	Region   string     `json:"region"`
	State    sso.Status `json:"state"`
	Expires  *time.Time `json:"expires,omitempty"`
	LeftSec  int64      `json:"left_seconds"`
	Renews   bool       `json:"renews"`
	Profiles []string   `json:"profiles"`
	Detail   string     `json:"detail,omitempty"`
}

func toStateDoc(s sso.State) stateDoc {
	doc := stateDoc{Session: sessionName(s), StartURL: s.Session.StartURL, Region: s.Session.Region, State: s.Status,
		LeftSec: max(0, int64(s.Left.Seconds())), Renews: s.Renews, Profiles: s.Profiles, Detail: s.Detail}
	if !s.Expires.IsZero() {
		doc.Expires = &s.Expires
	}
	return doc
}

func newStatus(r *room) *cobra.Command {
	var asJSON, check bool
	cmd := &cobra.Command{
		Use:   "status [NAME]",
		Short: "Show SSO sessions: state, time left, profiles",
		Long: `Show every SSO session, or the one that a profile, sso-session or saved
connection uses. No call is made unless --check asks the portal, which knows of
sessions that were ended elsewhere. With a NAME that needs a log in, the exit
status is 3.`,
		Example:           "  fairlead status\n  fairlead status dev --json\n  fairlead status --check",
		GroupID:           groupAWS,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: r.completeSSO,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return r.statusAll(cmd.Context(), asJSON, check)
			}
			return r.statusOne(cmd.Context(), args[0], asJSON, check)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&check, "check", false, "ask the portal whether each session really works, refreshing what is due")
	return cmd
}

func (r *room) statusAll(ctx context.Context, asJSON, check bool) error {
	list := r.app().SSOStates
	if check {
		list = r.app().CheckSSO
	}
	states, err := list(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		docs := make([]stateDoc, len(states))
		for i, s := range states {
			docs[i] = toStateDoc(s)
		}
		return writeJSON(r.streams.Out, docs)
	}
	if len(states) == 0 {
		r.say("No SSO sessions in the AWS config. Set one up with: fairlead profiles add")
		return nil
	}
	if err := r.columns(append([][]string{statusHeading()}, statusRows(states)...)); err != nil {
		return err
	}
	for _, s := range states {
		if s.Status == sso.ClockSkewed { // one clock for all of them
			r.say("%s: set the clock by a time server", s.Detail)
			break
		}
	}
	return nil
}

func (r *room) statusOne(ctx context.Context, name string, asJSON, check bool) error {
	look := r.app().SSOState
	if check {
		look = r.app().CheckSSOOf
	}
	state, err := look(ctx, name)
	if err != nil {
		return err
	}
	if asJSON {
		err = writeJSON(r.streams.Out, toStateDoc(state))
	} else {
		err = r.columns(append([][]string{statusHeading()}, statusRows([]sso.State{state})...))
	}
	if err == nil && state.Status == sso.ClockSkewed {
		return state.ClockFault(name)
	}
	if err != nil || !state.Status.NeedsLogin() {
		return err
	}
	code := fault.SSOExpired
	switch state.Status {
	case sso.Revoked:
		code = fault.SSORevoked
	case sso.Absent, sso.Foreign, sso.Unreadable: // as a use of it says
		code = fault.SSOAbsent
	}
	f := fault.Newf(code, "The SSO session of %q is %s", name, state.Status).
		WithRemedyf("run: fairlead login %s", name)
	if state.Detail != "" {
		f.Cause = errors.New(state.Detail)
	}
	return f
}

func statusHeading() []string { return []string{"SESSION", "STATE", "LEFT", "RENEWS", "PROFILES"} }

func statusRows(states []sso.State) [][]string {
	rows := make([][]string, len(states))
	for i, s := range states {
		renews := "no"
		if s.Renews {
			renews = "yes"
		}
		rows[i] = []string{sessionName(s), string(s.Status), leftText(s.Left), renews, strings.Join(s.Profiles, ", ")}
	}
	return rows
}

// completeSSO offers profiles and saved connections.
func (r *room) completeSSO(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	names, directive := r.completeProfile(cmd, args, typed)
	if len(args) == 0 {
		names = append(names, r.connectionNames()...)
	}
	return names, directive
}
