package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/fault"
)

func newCredentials(r *room) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "credentials",
		Aliases: []string{"creds"},
		Short:   "Explain a profile's credentials, or hand them to other tools",
		GroupID: groupAWS,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newCredentialsExport(r), newCredentialsExplain(r))
	return cmd
}

// exportFormats are those of `aws configure export-credentials`, and json.
func exportFormats() []string {
	return []string{"process", "env", "env-no-export", "powershell", "windows-cmd", "fish", "json"}
}

func newCredentialsExport(r *room) *cobra.Command {
	var profile, format string
	cmd := &cobra.Command{
		Use:   "export [--profile NAME]",
		Short: "Print resolved credentials, as the AWS CLI's export-credentials does",
		Long: `Resolve a profile as the AWS CLI does and print its credentials. This is the one
command that prints secrets. As a credential_process of another tool:

  [profile for-terraform]
  credential_process = fairlead credentials export --profile dev`,
		Example: `  fairlead credentials export --profile dev
  eval "$(fairlead credentials export --profile dev --format env)"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.exportCredentials(cmd.Context(), profile, format)
		},
	}
	cmd.Flags().StringVar(&profile, "profile", "", "AWS profile or saved auth profile; default as the AWS CLI: AWS_PROFILE, the environment's keys, default")
	cmd.Flags().StringVar(&format, "format", "process", "one of "+strings.Join(exportFormats(), ", "))
	r.loginFlag(cmd.Flags())
	r.completeFlag(cmd, "profile", r.profileNames)
	r.completeFlag(cmd, "format", exportFormats)
	return cmd
}

func (r *room) exportCredentials(ctx context.Context, profile, format string) error {
	write, err := exportWriter(format)
	if err != nil {
		return err
	}
	e, err := r.app().ExportCredentials(ctx, profile)
	if err != nil {
		return err
	}
	text, err := write(e)
	if err != nil {
		return err
	}
	r.warn(e.Warnings)
	return r.print(text)
}

func exportWriter(format string) (func(app.Exported) (string, error), error) {
	switch format {
	case "process":
		return processText, nil
	case "json":
		return jsonText, nil
	case "env":
		return variables("export %s=%s\n", shellQuote), nil
	case "env-no-export":
		return variables("%s=%s\n", shellQuote), nil
	case "powershell":
		return variables("$Env:%s=%s\n", func(v string) string { return `"` + v + `"` }), nil
	case "windows-cmd":
		return variables("set %s=%s\n", func(v string) string { return v }), nil
	case "fish":
		return variables("set -gx %s %s\n", shellQuote), nil
	}
	return nil, fault.Newf(fault.Usage, "There is no export format %q", format).
		WithRemedy("formats: " + strings.Join(exportFormats(), ", "))
}

// processDoc is the output of a credential_process, version 1
// (AWS SDKs and Tools Reference Guide, "Process credential provider").
type processDoc struct {
	Version         int
	AccessKeyId     string
	SecretAccessKey string
	SessionToken    string `json:",omitempty"`
	Expiration      string `json:",omitempty"`
	AccountId       string `json:",omitempty"`
}

func processText(e app.Exported) (string, error) {
	c := e.Credentials
	doc := processDoc{Version: 1, AccessKeyId: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken, AccountId: c.AccountID}
	if c.CanExpire {
		doc.Expiration = c.Expires.UTC().Format(time.RFC3339)
	}
	return indented(doc)
}

func jsonText(e app.Exported) (string, error) {
	c := e.Credentials
	doc := map[string]any{"profile": e.Profile, "region": e.Region, "access_key_id": c.AccessKeyID,
		"secret_access_key": c.SecretAccessKey, "source": c.Source}
	if c.SessionToken != "" {
		doc["session_token"] = c.SessionToken
	}
	if c.AccountID != "" {
		doc["account_id"] = c.AccountID
	}
	if c.CanExpire {
		doc["expiration"] = c.Expires.UTC().Format(time.RFC3339)
	}
	return indented(doc)
}

func indented(doc any) (string, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(doc)
	return b.String(), err
}

func variables(line string, quote func(string) string) func(app.Exported) (string, error) {
	return func(e app.Exported) (string, error) {
		c := e.Credentials
		pairs := [][2]string{{"AWS_ACCESS_KEY_ID", c.AccessKeyID}, {"AWS_SECRET_ACCESS_KEY", c.SecretAccessKey}, {"AWS_SESSION_TOKEN", c.SessionToken}}
		if c.CanExpire {
			pairs = append(pairs, [2]string{"AWS_CREDENTIAL_EXPIRATION", c.Expires.UTC().Format(time.RFC3339)})
		}
		var b strings.Builder
		for _, p := range pairs {
			if p[1] != "" {
				fmt.Fprintf(&b, line, p[0], quote(p[1]))
			}
		}
		return b.String(), nil
	}
}
