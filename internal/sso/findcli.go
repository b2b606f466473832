package sso

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// versionLimit bounds `aws --version`, which takes a second when cold.
const versionLimit = 20 * time.Second

// awsCLI is an AWS CLI of this machine.
type awsCLI struct {
	path    string
	version cliVersion
}

// cliVersion is major, minor and patch.
type cliVersion [3]int

func (v cliVersion) String() string { return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]) }

func (v cliVersion) atLeast(major, minor int) bool {
	return v[0] > major || v[0] == major && v[1] >= minor
}

// What each release of the AWS CLI can do (its CHANGELOG on branch v2).
func (v cliVersion) knowsLogin() bool     { return v.atLeast(2, 0) }
func (v cliVersion) knowsSessions() bool  { return v.atLeast(2, 9) }  // sso-session sections
func (v cliVersion) knowsEndpoints() bool { return v.atLeast(2, 13) } // AWS_ENDPOINT_URL
func (v cliVersion) knowsBrowser() bool   { return v.atLeast(2, 22) } // PKCE, and --use-device-code to avoid it

// installFolders are where installers put the AWS CLI, for a PATH that lacks
// it, as that of programs started from a desktop often does.
func installFolders(env func(string) string) []string {
	if runtime.GOOS == "windows" {
		var folders []string
		for variable, below := range map[string]string{
			"ProgramFiles": `Amazon\AWSCLIV2`, "ProgramW6432": `Amazon\AWSCLIV2`, "LOCALAPPDATA": `Programs\Amazon\AWSCLIV2`,
		} {
			if base := env(variable); base != "" {
				folders = append(folders, filepath.Join(base, below))
			}
		}
		slices.Sort(folders)
		return folders
	}
	home := awsfile.Home(env)
	return []string{
		"/usr/local/bin", "/opt/homebrew/bin", "/usr/bin", "/home/linuxbrew/.linuxbrew/bin", "/opt/local/bin", "/snap/bin",
		filepath.Join(home, ".local", "bin"), filepath.Join(home, "bin"),
		"/usr/local/aws-cli", "/usr/local/aws-cli/v2/current/bin", filepath.Join(home, "aws-cli"),
	}
}

// findCLI returns the first AWS CLI v2 of PATH and the install folders. The
// error is a fault that tells a v1 apart from none at all.
func (m *Manager) findCLI(ctx context.Context) (awsCLI, error) {
	var older awsCLI
	var broken error
	for _, path := range m.cliPaths() {
		v, err := readVersion(ctx, path, m.childEnv())
		switch {
		case ctx.Err() != nil:
			return awsCLI{}, ctx.Err()
		case err != nil:
			if broken == nil {
				broken = fmt.Errorf("%s --version: %w", path, err)
			}
		case v.knowsLogin():
			return awsCLI{path, v}, nil
		case older.path == "":
			older = awsCLI{path, v}
		}
	}
	const install = "install AWS CLI v2 (https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html), or log in without it: --method browser or --method device"
	switch {
	case older.path != "":
		return awsCLI{}, fault.Wrapf(fmt.Errorf("%s is version %s", older.path, older.version), fault.LoginFailed,
			"AWS CLI v1 has no command \"aws sso login\"; version 2 is needed").WithRemedy(install)
	case broken != nil:
		return awsCLI{}, fault.Wrap(broken, fault.LoginFailed, "The AWS CLI of this machine does not tell its version").WithRemedy(install)
	}
	return awsCLI{}, fault.New(fault.LoginFailed, "There is no AWS CLI on PATH or in the usual install folders").WithRemedy(install)
}

// cliPaths lists the programs called aws, those of PATH first, each once.
func (m *Manager) cliPaths() []string {
	var paths []string
	var seen []os.FileInfo
	for _, folder := range append(filepath.SplitList(m.env("PATH")), m.cliFolders...) {
		if !filepath.IsAbs(folder) { // a relative one would run what lies in the working folder
			continue
		}
		path, err := exec.LookPath(filepath.Join(folder, "aws"))
		if err != nil {
			continue
		}
		info, err := os.Stat(path)
		if err != nil || slices.ContainsFunc(seen, func(o os.FileInfo) bool { return os.SameFile(o, info) }) {
			continue
		}
		seen = append(seen, info)
		paths = append(paths, path)
	}
	return paths
}

// readVersion asks a CLI for its version: "aws-cli/2.9.19 Python/3.11.2 ...".
func readVersion(ctx context.Context, path string, env []string) (cliVersion, error) {
	limited, cancel := context.WithTimeout(ctx, versionLimit)
	defer cancel()
	cmd := exec.CommandContext(limited, path, "--version")
	cmd.Env = env
	cmd.WaitDelay = killGrace
	ownGroup(cmd)
	out, err := cmd.CombinedOutput() // v1 on Python 2 prints it on stderr
	_, after, found := strings.Cut(string(out), "aws-cli/")
	if !found {
		if err == nil {
			err = errors.New("it is not the AWS CLI")
		}
		return cliVersion{}, err
	}
	var v cliVersion
	word, _, _ := strings.Cut(after, " ")
	for i, part := range strings.SplitN(word, ".", 3) {
		digits := part
		if end := strings.IndexFunc(part, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
			digits = part[:end]
		}
		n, err := strconv.Atoi(digits)
		if err != nil {
			return cliVersion{}, fmt.Errorf("it tells the version %q", word)
		}
		v[i] = n
	}
	return v, nil
}

// childEnv is the process's environment with what m.env says in its place: a
// room may live in another home than the process, as the demo does.
func (m *Manager) childEnv() []string {
	names := []string{"HOME", "USERPROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE",
		"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC", "AWS_EC2_METADATA_DISABLED"}
	for _, v := range os.Environ() {
		if name, _, ok := strings.Cut(v, "="); ok && name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var env []string
	for _, name := range slices.Compact(names) {
		if value := m.env(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}
