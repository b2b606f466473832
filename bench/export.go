//go:build unix

package main

import (
	"context"
	"path/filepath"

	"github.com/fairleadhq/fairlead/internal/awscli"
)

// export holds `credentials export` of an SSO profile with a cached token
// against AWS CLI v2's `configure export-credentials`, both through the same
// CONNECT proxy in front of the same sandbox.
func (b *bench) export() error {
	aws, err := awscli.Find(context.Background(), filepath.Join(b.out, "awscli"))
	if err != nil {
		return err
	}
	return b.withSandbox(func(r ready) error {
		p, err := awscli.StartProxy(r.Endpoint, b.out)
		if err != nil {
			return err
		}
		defer p.Close()
		env := map[string]string{"HOME": r.Home, "AWS_CONFIG_FILE": filepath.Join(r.Home, ".aws", "config"),
			"AWS_SHARED_CREDENTIALS_FILE": filepath.Join(r.Home, ".aws", "credentials"), "FAIRLEAD_HOME": r.Env["FAIRLEAD_HOME"],
			"HTTPS_PROXY": p.URL, "AWS_CA_BUNDLE": p.CAFile, "AWS_EC2_METADATA_DISABLED": "true"}
		ours := command{label: "fairlead credentials export", env: environ(env),
			args: []string{b.fairlead, "credentials", "export", "--profile", "dev"}}
		theirs := command{label: "aws configure export-credentials", env: environ(env),
			args: []string{aws, "configure", "export-credentials", "--profile", "dev"}}
		return b.compare("Credentials of an SSO profile with a cached token", ours, theirs, "at most 1/15")
	})
}
