//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// credentials holds `credentials export` against the least that does the same
// with aws-sdk-go-v2 (bench/peers/credsgo). Where the peer asks AWS each time,
// fairlead is measured both with an empty cache, doing the same, and as it is,
// with what the CLI's cache still holds.
func (b *bench) credentials() error {
	peer := filepath.Join(b.out, "credsgo")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", peer, ".")
	build.Dir = filepath.Join("bench", "peers", "credsgo")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return err
	}
	err := b.withSandbox(func(r ready) error {
		env := environ(r.Env)
		// The SDK's clients for credentials do not heed AWS_ENDPOINT_URL alone.
		for _, service := range []string{"STS", "SSO", "SSO_OIDC"} {
			env = append(env, "AWS_ENDPOINT_URL_"+service+"="+r.Endpoint)
		}
		for _, c := range []struct{ title, profile string }{
			{"static keys", "static"}, {"credential_process", "process"},
			{"SSO, cached token", "dev"}, {"assume-role", "assumed"},
		} {
			ours := []string{b.fairlead, "credentials", "export", "--profile", c.profile}
			calls := c.profile == "dev" || c.profile == "assumed"
			if !calls {
				err := b.compare("credentials: "+c.title,
					command{label: "fairlead", args: ours, env: env},
					command{label: "aws-sdk-go-v2", args: []string{peer, c.profile}, env: env}, "at most 1.3")
				if err != nil {
					return err
				}
				continue
			}
			// The same shell before both, so that both begin with an empty cache.
			cold := func(args ...string) []string {
				return []string{"/bin/sh", "-c", `rm -rf "$HOME/.aws/cli/cache"; exec "$@"`, "sh", args[0], args[1]}
			}
			script := filepath.Join(b.out, "export.sh")
			text := fmt.Sprintf("#!/bin/sh\nexec %s credentials export --profile \"$1\"\n", b.fairlead)
			if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
				return err
			}
			peerScript := filepath.Join(b.out, "peer.sh")
			if err := os.WriteFile(peerScript, []byte("#!/bin/sh\nexec "+peer+" \"$1\"\n"), 0o700); err != nil {
				return err
			}
			err := b.compare("credentials: "+c.title+", empty cache",
				command{label: "fairlead", args: cold(script, c.profile), env: env},
				command{label: "aws-sdk-go-v2", args: cold(peerScript, c.profile), env: env}, "at most 1.3")
			if err != nil {
				return err
			}
			err = b.compare("credentials: "+c.title+", as used",
				command{label: "fairlead", args: ours, env: env},
				command{label: "aws-sdk-go-v2", args: []string{peer, c.profile}, env: env}, "at most 1.3")
			if err != nil {
				return err
			}
		}
		return nil
	}, "--rows", "1000")
	if err != nil {
		return err
	}
	return b.manyProfiles()
}

// manyProfiles lists 5,000 profiles of all kinds.
func (b *bench) manyProfiles() error {
	home := filepath.Join(b.out, "many")
	if err := os.MkdirAll(filepath.Join(home, ".aws"), 0o700); err != nil {
		return err
	}
	var text strings.Builder
	text.WriteString("[sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = us-east-1\n")
	for i := range 5000 {
		fmt.Fprintf(&text, "[profile p%d]\nregion = eu-west-1\n", i)
		switch i % 3 {
		case 0:
			fmt.Fprintf(&text, "sso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Role%d\n", i)
		case 1:
			fmt.Fprintf(&text, "role_arn = arn:aws:iam::111122223333:role/R%d\nsource_profile = p%d\n", i, i-1)
		default:
			fmt.Fprintf(&text, "credential_process = /opt/creds --id %d\n", i)
		}
	}
	if err := os.WriteFile(filepath.Join(home, ".aws", "config"), []byte(text.String()), 0o600); err != nil {
		return err
	}
	c := command{label: "profiles list, 5,000 profiles", args: []string{b.fairlead, "profiles", "list"}, env: []string{"HOME=" + home}}
	var all []sample
	for range b.pairs {
		s, err := c.once()
		if err != nil {
			return err
		}
		all = append(all, s)
	}
	fmt.Printf("\nprofiles list (%d runs; goal: below 100 ms)\n", b.pairs)
	show(c.label, all)
	return nil
}
