package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fairleadhq/fairlead/internal/connection"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/term"
)

func newConnections(r *room) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "connections",
		Aliases: []string{"connection", "conn"},
		Short:   "Save, list, test and change connections",
		GroupID: groupSetup,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newConnectionsList(r), newConnectionsAdd(r), newConnectionsShow(r),
		newConnectionsEdit(r), newConnectionsRemove(r), newConnectionsTest(r))
	return cmd
}

// connectionDoc is a connection in --json output.
type connectionDoc struct {
	Name     string            `json:"name"`
	Engine   string            `json:"engine"`
	Profile  string            `json:"profile,omitempty"`
	Auth     string            `json:"auth,omitempty"`
	Region   string            `json:"region,omitempty"`
	Account  string            `json:"account,omitempty"`
	ReadOnly bool              `json:"read_only"`
	Label    string            `json:"label,omitempty"`
	Params   map[string]string `json:"params,omitempty"`
	Scope    string            `json:"scope"`
	File     string            `json:"file"`
	Line     int               `json:"line"`
}

func toConnectionDoc(e connection.Entry) connectionDoc {
	return connectionDoc{Name: e.Name, Engine: e.Engine, Profile: e.Profile, Auth: e.Auth, Region: e.Region, Account: e.Account,
		ReadOnly: e.ReadOnly, Label: e.Label, Params: e.Params, Scope: string(e.Scope), File: e.File, Line: e.Line}
}

func newConnectionsList(r *room) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List the saved connections",
		Example: "  fairlead connections list\n  fairlead connections list --json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			entries, warnings, err := r.app().Connections()
			if err != nil {
				return err
			}
			r.warn(warnings)
			if asJSON {
				docs := make([]connectionDoc, len(entries))
				for i, e := range entries {
					docs[i] = toConnectionDoc(e)
				}
				return writeJSON(r.streams.Out, docs)
			}
			if len(entries) == 0 {
				r.say("No connections saved yet. Save one with:\n  fairlead connections add sales --engine athena --profile dev")
				return nil
			}
			rows := [][]string{{"NAME", "ENGINE", "AS", "REGION", "PARAMETERS", "SCOPE"}}
			for _, e := range entries {
				rows = append(rows, []string{e.Name, e.Engine, asWhom(e), e.Region, paramsText(e.Params), string(e.Scope)})
			}
			return r.columns(rows)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

func asWhom(e connection.Entry) string {
	switch {
	case e.Auth != "":
		return "auth " + e.Auth
	case e.Profile != "":
		return "profile " + e.Profile
	}
	return "environment"
}

func paramsText(params map[string]string) string {
	parts := make([]string, 0, len(params))
	for k, v := range params {
		parts = append(parts, k+"="+v)
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// connectionFlags declares what a connection is made of: the fields common to
// all, and every engine's own parameters from its spec.
type connectionFlags struct {
	engine, profile, auth, region, label string
	account                              string
	readOnly, workspace                  bool
	params                               map[string]*string
	ask                                  map[string]*bool // secret parameters to ask for
	endpoint                             string
}

func (r *room) connectionFlags(f *pflag.FlagSet) *connectionFlags {
	c := &connectionFlags{params: map[string]*string{}, ask: map[string]*bool{}}
	f.StringVar(&c.engine, "engine", "", "engine: "+strings.Join(r.engineKinds(), ", "))
	f.StringVar(&c.profile, "profile", "", "AWS profile from ~/.aws")
	f.StringVar(&c.auth, "auth", "", "saved auth profile (see fairlead auth list)")
	f.StringVar(&c.region, "region", "", "AWS region; default: the profile's")
	f.StringVar(&c.account, "account", "", "AWS account it must lead to, else it is refused; \"current\" asks AWS which that is now")
	f.StringVar(&c.label, "label", "", "a label such as production")
	f.BoolVar(&c.readOnly, "read-only", false, "refuse statements that are not known to only read")
	f.StringVar(&c.endpoint, "endpoint", "", "fill in what a pasted endpoint, JDBC URL or ARN tells; other flags win over it")
	for _, spec := range r.specs {
		for _, p := range spec.Params {
			if p.Secret {
				c.ask[p.Name] = f.Bool("ask-"+strings.ReplaceAll(p.Name, "_", "-"), false, r.paramHelp(p)+
					"; asked for without echo, or read from the standard input, and kept in the secret store")
				continue
			}
			if c.params[p.Name] != nil {
				continue
			}
			c.params[p.Name] = f.String(strings.ReplaceAll(p.Name, "_", "-"), "", r.paramHelp(p))
		}
	}
	return c
}

// paramHelp names the engines that know the parameter.
func (r *room) paramHelp(p engine.Param) string {
	var kinds []string
	for _, spec := range r.specs {
		if slices.ContainsFunc(spec.Params, func(q engine.Param) bool { return q.Name == p.Name }) {
			kinds = append(kinds, spec.Kind)
		}
	}
	help := strings.Join(kinds, ", ") + ": " + p.Help
	if len(p.Choices) > 0 {
		help += " (" + strings.Join(p.Choices, ", ") + ")"
	}
	if p.Default != "" {
		help += " (default " + p.Default + ")"
	}
	return help
}

// apply puts the flags that were given onto e.
func (c *connectionFlags) apply(f *pflag.FlagSet, e *connection.Entry) {
	set := func(name string, to *string, value string) {
		if f.Changed(name) {
			*to = value
		}
	}
	set("engine", &e.Engine, c.engine)
	set("region", &e.Region, c.region)
	set("account", &e.Account, c.account)
	set("label", &e.Label, c.label)
	set("profile", &e.Profile, c.profile)
	set("auth", &e.Auth, c.auth)
	if f.Changed("profile") && !f.Changed("auth") {
		e.Auth = ""
	}
	if f.Changed("auth") && !f.Changed("profile") {
		e.Profile = ""
	}
	if f.Changed("read-only") {
		e.ReadOnly = c.readOnly
	}
	params := map[string]string{}
	for k, v := range e.Params {
		params[k] = v
	}
	for name, value := range c.params {
		if !f.Changed(strings.ReplaceAll(name, "_", "-")) {
			continue
		}
		if *value == "" {
			delete(params, name)
		} else {
			params[name] = *value
		}
	}
	e.Params = params
}

// pinAccount replaces the word "current" by the account that AWS names.
func (r *room) pinAccount(ctx context.Context, e *connection.Entry) (err error) {
	if e.Account != "current" {
		return nil
	}
	if e.Account, err = r.app().CurrentAccount(ctx, *e); err == nil {
		r.say("Pinned to account %s.", e.Account)
	}
	return err
}

func newConnectionsAdd(r *room) *cobra.Command {
	var flags *connectionFlags
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Save a connection",
		Long: `Save a connection under a name. Nothing is connected; "fairlead connections
test NAME" does that. With --workspace it goes into .fairlead.toml of this
folder, to be shared with whoever has the repository.`,
		Example: `  fairlead connections add sales --engine athena --profile dev --workgroup primary
  fairlead connections add warehouse --engine redshift --profile dev --workgroup analytics --database dev
  fairlead connections add dwh --profile dev --endpoint dwh.abc123xyz.eu-west-1.redshift.amazonaws.com:5439/dev
  fairlead connections add old --endpoint postgresql://report@dwh.example.com:5439/dev --ask-password
  fairlead connections add shop --engine dynamodb --profile prod --read-only --label production`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			e := connection.Entry{Name: args[0], Scope: connection.User}
			if flags.workspace {
				e.Scope = connection.Workspace
			}
			if err := r.paste(flags.endpoint, &e); err != nil {
				return err
			}
			flags.apply(cmd.Flags(), &e)
			if e.Engine == "" {
				return fault.New(fault.Usage, "A connection needs its engine").
					WithRemedy("--engine " + strings.Join(r.engineKinds(), " | ") + ", or paste one: --endpoint ENDPOINT")
			}
			if err := r.pinAccount(cmd.Context(), &e); err != nil {
				return err
			}
			if err := r.app().AddConnection(e); err != nil {
				return err
			}
			if err := r.keepSecrets(cmd.Context(), flags, e.Name); err != nil {
				return err
			}
			r.say("Saved connection %s. Try it: %s", e.Name, r.paint(term.Accent, "fairlead connections test "+e.Name))
			return nil
		},
	}
	flags = r.connectionFlags(cmd.Flags())
	cmd.Flags().BoolVar(&flags.workspace, "workspace", false, "save it in this folder's .fairlead.toml instead of your own file")
	r.completeConnectionFlags(cmd)
	return cmd
}

func newConnectionsShow(r *room) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show NAME", Short: "Show one connection and where it is saved",
		Example:           "  fairlead connections show sales",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: r.completeConnection,
		RunE: func(_ *cobra.Command, args []string) error {
			e, err := r.app().SavedConnection(args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(r.streams.Out, toConnectionDoc(e))
			}
			rows := [][]string{{"name", e.Name}, {"engine", e.Engine}, {"as", asWhom(e)}}
			for _, pair := range [][2]string{{"region", e.Region}, {"account", e.Account}, {"label", e.Label}} {
				if pair[1] != "" {
					rows = append(rows, pair[:])
				}
			}
			if e.ReadOnly {
				rows = append(rows, []string{"read only", "yes"})
			}
			for _, p := range strings.Fields(paramsText(e.Params)) {
				k, v, _ := strings.Cut(p, "=")
				rows = append(rows, []string{k, v})
			}
			rows = append(rows, []string{"saved in", fmt.Sprintf("%s:%d (%s)", e.File, e.Line, e.Scope)})
			return r.pairs(rows)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}

func newConnectionsEdit(r *room) *cobra.Command {
	var flags *connectionFlags
	cmd := &cobra.Command{
		Use: "edit NAME", Short: "Change a saved connection",
		Long: "Change what the flags name and leave the rest. An empty value removes a parameter: --database \"\".",
		Example: `  fairlead connections edit sales --workgroup reports
  fairlead connections edit shop --read-only --label production --account current`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: r.completeConnection,
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().NFlag() == 0 {
				return fault.Newf(fault.Usage, "Say what to change about %q", args[0]).
					WithRemedyf("fairlead connections edit %s --help", args[0])
			}
			e, err := r.app().SavedConnection(args[0])
			if err != nil {
				return err
			}
			if err := r.paste(flags.endpoint, &e); err != nil {
				return err
			}
			flags.apply(cmd.Flags(), &e)
			if err := r.pinAccount(cmd.Context(), &e); err != nil {
				return err
			}
			if err := r.app().EditConnection(e); err != nil {
				return err
			}
			if err := r.keepSecrets(cmd.Context(), flags, e.Name); err != nil {
				return err
			}
			r.say("Saved connection %s.", e.Name)
			return nil
		},
	}
	flags = r.connectionFlags(cmd.Flags())
	r.completeConnectionFlags(cmd)
	return cmd
}

func newConnectionsRemove(r *room) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Aliases: []string{"rm"}, Short: "Forget a saved connection",
		Example:           "  fairlead connections remove sales",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: r.completeConnection,
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := r.app().SavedConnection(args[0])
			if err != nil {
				return err
			}
			if err := r.app().RemoveConnection(cmd.Context(), args[0]); err != nil {
				return err
			}
			r.say("Removed connection %s. The version before stands in %s.prev", e.Name, e.File)
			return nil
		},
	}
}

func newConnectionsTest(r *room) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "test TARGET", Short: "Walk the whole way once: credentials, identity, service",
		Example: `  fairlead connections test sales
  fairlead connections test redshift://dev@us-east-1/analytics/dev`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: r.completeTarget,
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.testConnection(cmd.Context(), args[0], asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	r.loginFlag(cmd.Flags())
	return cmd
}

func (r *room) testConnection(ctx context.Context, name string, asJSON bool) error {
	p := r.startProgress(false)
	report, err := r.app().TestConnection(ctx, name)
	p.stop()
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(r.streams.Out, report)
	}
	r.warn(report.Warnings)
	out := term.Paint(r.streams.OutColor(), term.Good, "ok")
	rows := [][]string{{"connection", report.Name + "  " + out}, {"engine", report.Engine + ", " + report.Answer}}
	if report.Identity.ARN != "" { // a connection that needs no AWS has none
		rows = append(rows, []string{"identity", report.Identity.ARN}, []string{"account", report.Identity.Account},
			[]string{"region", report.Region + " (from " + report.Origin + ")"})
	}
	return r.pairs(append(rows, []string{"time", durationText(report.Elapsed)}))
}
