package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/connection"
	"github.com/fairleadhq/fairlead/internal/creds"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/secret"
	"github.com/fairleadhq/fairlead/internal/term"
)

func newAuth(r *room) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "auth",
		Short:   "Save and list auth profiles: static keys, or an AWS profile under a name of your own",
		GroupID: groupSetup,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newAuthList(r), newAuthAdd(r), newAuthShow(r), newAuthRemove(r))
	return cmd
}

type authDoc struct {
	Name        string   `json:"name"`
	Source      string   `json:"source"`
	Profile     string   `json:"profile,omitempty"`
	AccessKeyID string   `json:"access_key_id,omitempty"`
	Region      string   `json:"region,omitempty"`
	Account     string   `json:"account,omitempty"` // as AWS named it when the keys were verified
	UsedBy      []string `json:"used_by,omitempty"`
	File        string   `json:"file"`
	Line        int      `json:"line"`
}

func toAuthDoc(a connection.Auth) authDoc {
	return authDoc{Name: a.Name, Source: a.Source, Profile: a.Profile, AccessKeyID: a.AccessKeyID,
		Region: a.Region, Account: a.Account, File: a.File, Line: a.Line}
}

func newAuthList(r *room) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List the saved auth profiles",
		Example: "  fairlead auth list",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			auths, err := r.app().Auths()
			if err != nil {
				return err
			}
			if asJSON {
				docs := make([]authDoc, len(auths))
				for i, a := range auths {
					docs[i] = toAuthDoc(a)
				}
				return writeJSON(r.streams.Out, docs)
			}
			if len(auths) == 0 {
				r.say("No auth profiles saved. AWS profiles need none: use --profile. For static keys:\n  fairlead auth add NAME --source static")
				return nil
			}
			rows := [][]string{{"NAME", "SOURCE", "IS", "REGION"}}
			for _, a := range auths {
				is := a.Profile
				if a.Source == connection.SourceStatic {
					is = a.AccessKeyID
				}
				rows = append(rows, []string{a.Name, a.Source, is, a.Region})
			}
			return r.columns(rows)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

type authAddOptions struct {
	auth        connection.Auth
	accessKeyID string
	stdin       bool
	noVerify    bool
}

func newAuthAdd(r *room) *cobra.Command {
	var o authAddOptions
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Save an auth profile",
		Long: `Save static keys or an AWS profile under a name of your own.

Static keys are asked for without echo, checked with AWS, and kept in the
system's keyring, or in a file encrypted with a passphrase (FAIRLEAD_PASSPHRASE)
where there is no keyring; never in plain text. Without a terminal, --stdin
reads the secret access key and, on a second line, the session token.`,
		Example: `  fairlead auth add ci --source static --access-key-id AKIAIOSFODNN7EXAMPLE
  fairlead auth add work --source profile --profile dev --region eu-west-1`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.auth.Name = args[0]
			return r.authAdd(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.auth.Source, "source", "", "static or profile")
	f.StringVar(&o.auth.Profile, "profile", "", "AWS profile, for --source profile")
	f.StringVar(&o.auth.Region, "region", "", "default region")
	f.StringVar(&o.accessKeyID, "access-key-id", "", "access key ID, for --source static; asked for when left out")
	f.BoolVar(&o.stdin, "stdin", false, "read the secret access key, and a session token on a second line, from the standard input")
	f.BoolVar(&o.noVerify, "no-verify", false, "save without asking AWS whose keys these are")
	r.completeFlag(cmd, "source", func() []string { return []string{connection.SourceStatic, connection.SourceProfile} })
	r.completeFlag(cmd, "profile", r.profileNames)
	return cmd
}

func (r *room) authAdd(ctx context.Context, o authAddOptions) error {
	if o.auth.Source == "" && o.auth.Profile != "" {
		o.auth.Source = connection.SourceProfile
	}
	switch o.auth.Source {
	case connection.SourceProfile:
		if o.auth.Profile == "" {
			return fault.New(fault.Usage, "An auth profile of source profile names its AWS profile").WithRemedy("--profile NAME; see fairlead profiles list")
		}
		if _, err := r.app().Profile(ctx, o.auth.Profile); err != nil {
			return err
		}
		if err := r.app().AddAuth(ctx, o.auth, nil); err != nil {
			return err
		}
	case connection.SourceStatic:
		keys, err := r.readKeys(ctx, o)
		if err != nil {
			return err
		}
		if err := r.saveVerified(ctx, o, keys); err != nil {
			return err
		}
	default:
		return fault.Newf(fault.Usage, "An auth profile's source is static or profile, not %q", o.auth.Source).
			WithRemedy("--source static | profile")
	}
	r.say("Saved auth profile %s. Use it: fairlead connections add NAME --engine ... --auth %s", o.auth.Name, o.auth.Name)
	return nil
}

func (r *room) saveVerified(ctx context.Context, o authAddOptions, keys *creds.Static) error {
	if err := app.CheckStatic(keys); err != nil {
		return err
	}
	if !o.noVerify {
		id, err := r.app().VerifyAuth(ctx, creds.Source{Static: keys, Name: o.auth.Name}, o.auth.Region)
		if err != nil {
			why := fault.As(err)
			f := fault.Wrap(err, why.Code, "The keys were not saved, because AWS could not confirm them").
				WithRemedy("check them; to save them all the same: --no-verify")
			f.Service = why.Service
			return f
		}
		r.say("AWS answers: account %s, %s", id.Account, id.ARN)
		o.auth.Account = id.Account
	}
	return r.app().AddAuth(ctx, o.auth, keys)
}

// readKeys takes static keys from the standard input or asks for them.
func (r *room) readKeys(ctx context.Context, o authAddOptions) (*creds.Static, error) {
	keys := &creds.Static{AccessKeyID: strings.TrimSpace(o.accessKeyID), Region: o.auth.Region}
	if o.stdin || !r.streams.CanAsk() {
		if keys.AccessKeyID == "" {
			return nil, fault.New(fault.Usage, "Without a terminal the access key ID is given as a flag").WithRemedy("--access-key-id AKIA...")
		}
		text, err := io.ReadAll(io.LimitReader(r.streams.In, 1<<16))
		if err != nil {
			return nil, fault.Wrap(err, fault.Usage, "Cannot read the keys from the standard input")
		}
		key, token, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
		keys.SecretAccessKey, keys.SessionToken = secret.New(strings.TrimSpace(key)), secret.New(strings.TrimSpace(token))
		return keys, nil
	}
	var err error
	if keys.AccessKeyID == "" {
		if keys.AccessKeyID, err = r.streams.Line(ctx, "Access key ID", ""); err != nil {
			return nil, err
		}
	}
	if keys.SecretAccessKey, err = r.streams.Secret(ctx, "Secret access key"); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(keys.AccessKeyID, "AKIA") {
		if keys.SessionToken, err = r.streams.Secret(ctx, "Session token (empty for none)"); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

func newAuthShow(r *room) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show NAME", Short: "Show one auth profile; never its secret",
		Example:           "  fairlead auth show ci",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: r.completeAuth,
		RunE: func(_ *cobra.Command, args []string) error {
			a, err := r.app().Auth(args[0])
			if err != nil {
				return err
			}
			users, err := r.app().ConnectionsOf(a.Name)
			if err != nil {
				return err
			}
			if asJSON {
				doc := toAuthDoc(a)
				doc.UsedBy = users
				return writeJSON(r.streams.Out, doc)
			}
			rows := [][]string{{"name", a.Name}, {"source", a.Source}}
			for _, pair := range [][2]string{{"profile", a.Profile}, {"access key id", a.AccessKeyID}, {"region", a.Region},
				{"account", a.Account}, {"used by", strings.Join(users, ", ")}} {
				if pair[1] != "" {
					rows = append(rows, pair[:])
				}
			}
			return r.pairs(append(rows, []string{"saved in", fmt.Sprintf("%s:%d", a.File, a.Line)}))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}

func newAuthRemove(r *room) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Aliases: []string{"rm"}, Short: "Forget an auth profile and its secret",
		Example:           "  fairlead auth remove ci",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: r.completeAuth,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := r.app().RemoveAuth(cmd.Context(), args[0]); err != nil {
				return err
			}
			r.say("Removed auth profile %s%s.", args[0], r.paint(term.Dim, " and its secret"))
			return nil
		},
	}
}
