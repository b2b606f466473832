package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// export holds `credentials export` of an SSO profile with a cached token
// against AWS CLI v2's `configure export-credentials`, both through the same
// CONNECT proxy in front of the same sandbox.
func (b *bench) export() error {
	aws, err := b.awsCLI()
	if err != nil {
		return err
	}
	return b.withSandbox(func(r ready) error {
		p, err := startProxy(r.Endpoint, b.out)
		if err != nil {
			return err
		}
		defer p.Close()
		env := map[string]string{"HOME": r.Home, "AWS_CONFIG_FILE": filepath.Join(r.Home, ".aws", "config"),
			"AWS_SHARED_CREDENTIALS_FILE": filepath.Join(r.Home, ".aws", "credentials"), "FAIRLEAD_HOME": r.Env["FAIRLEAD_HOME"],
			"HTTPS_PROXY": p.URL, "AWS_CA_BUNDLE": p.CAFile, "AWS_EC2_METADATA_DISABLED": "true"}
		ours := command{label: "fairlead credentials export", env: environ(env),
			args: []string{b.fairlead, "credentials", "export", "--profile", "dev"}}
		theirs := command{label: "aws configure export-credentials", env: append(environ(env), aws.env...),
			args: append(aws.args, "configure", "export-credentials", "--profile", "dev")}
		return b.compare("Credentials of an SSO profile with a cached token", ours, theirs, "at most 1/15")
	})
}

// cli says how to start AWS CLI v2.
type cli struct {
	args []string
	env  []string
}

// awsCLI finds AWS CLI v2, or unpacks Debian's packages of it into the out
// folder, without installing anything.
func (b *bench) awsCLI() (cli, error) {
	if path, err := exec.LookPath("aws"); err == nil {
		if text, err := exec.Command(path, "--version").CombinedOutput(); err == nil && strings.HasPrefix(string(text), "aws-cli/2") {
			return cli{args: []string{path}}, nil
		}
	}
	root := filepath.Join(b.out, "awscli")
	dist := filepath.Join(root, "usr", "lib", "python3", "dist-packages")
	if _, err := os.Stat(dist); err != nil {
		script := `set -e; mkdir -p "$1"; cd "$1"
apt-get download -q awscli $(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances awscli | grep -E '^python3-' | sort -u) >&2
for f in *.deb; do dpkg -x "$f" .; done; rm -f *.deb`
		cmd := exec.Command("sh", "-c", script, "sh", root)
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			return cli{}, fmt.Errorf("there is no AWS CLI v2 here and Debian's could not be fetched: %w", err)
		}
	}
	return cli{args: []string{"/usr/bin/python3", filepath.Join(root, "usr", "bin", "aws")}, env: []string{"PYTHONPATH=" + dist}}, nil
}
