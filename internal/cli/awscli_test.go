//go:build unix

package cli

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/awscli"
	"github.com/fairleadhq/fairlead/internal/sandbox"
)

// realCLI finds an AWS CLI v2. Where none can be had the test is skipped and
// says so; a continuous build on Debian can always fetch one, so there a
// missing one is a failure and not a test that quietly did not run.
func realCLI(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = t.TempDir()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	path, err := awscli.Find(ctx, filepath.Join(cache, "fairlead-test", "awscli"))
	if err == nil {
		return path
	}
	_, debian := os.Stat("/etc/debian_version")
	if os.Getenv("CI") != "" && debian == nil {
		t.Fatal(err)
	}
	if errors.Is(err, awscli.ErrNone) {
		t.Skipf("the log in by the real AWS CLI is NOT tested: %v; install AWS CLI v2", err)
	}
	t.Skipf("the log in by the real AWS CLI is NOT tested: %v", err)
	return ""
}

// behindProxy is a home with the sandbox's profiles whose calls go to the
// names of AWS and reach the sandbox through a proxy, as those of an old CLI must.
type behindProxy struct {
	t       *testing.T
	sandbox *sandbox.Server
	env     []string
	aws     string
}

func newBehindProxy(t *testing.T) *behindProxy {
	aws := realCLI(t)
	srv, err := sandbox.Start(t.Context(), sandbox.Options{Rows: 100, AutoApprove: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	p, err := awscli.StartProxy(srv.Ready().Endpoint, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	b := &behindProxy{t: t, sandbox: srv, aws: aws}
	b.env = append(b.env, plainEnv(t)...)
	for name, value := range srv.Ready().Env {
		if name != "AWS_ENDPOINT_URL" && name != "AWS_CA_BUNDLE" {
			b.env = append(b.env, name+"="+value)
		}
	}
	b.env = append(b.env, p.Env()...)
	b.env = append(b.env, "NO_PROXY=", "no_proxy=", "PATH="+filepath.Dir(aws)+":"+os.Getenv("PATH"))
	return b
}

// run runs a program to its end and returns what it printed.
func (b *behindProxy) run(name string, args ...string) (out, errOut string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), b.env...)
	var o, e strings.Builder
	cmd.Stdout, cmd.Stderr = &o, &e
	if err := cmd.Run(); err != nil {
		b.t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, o.String(), e.String())
	}
	return o.String(), e.String()
}

// forgetKeys removes the cached keys of roles, which both programs share, so
// that the next export needs the token.
func (b *behindProxy) forgetKeys() {
	b.t.Helper()
	if err := os.RemoveAll(filepath.Join(b.sandbox.Ready().Home, ".aws", "cli", "cache")); err != nil {
		b.t.Fatal(err)
	}
}

func (b *behindProxy) exported(name string, args ...string) {
	b.t.Helper()
	b.forgetKeys()
	before := b.sandbox.Switches().Calls("sso.GetRoleCredentials")
	out, _ := b.run(name, args...)
	var keys struct{ AccessKeyId, SessionToken string }
	if err := json.Unmarshal([]byte(out), &keys); err != nil || !strings.HasPrefix(keys.AccessKeyId, "ASIA") || keys.SessionToken == "" {
		b.t.Errorf("%s %s printed no temporary keys (%v):\n%s", name, strings.Join(args, " "), err, out)
	}
	if n := b.sandbox.Switches().Calls("sso.GetRoleCredentials"); n != before+1 {
		b.t.Errorf("%d calls of GetRoleCredentials, want 1", n-before)
	}
}

// TestTheRealCLILogsIn: `aws sso login` run by Fairlead, its token used by both.
func TestTheRealCLILogsIn(t *testing.T) {
	b := newBehindProxy(t)
	for _, profile := range []string{"dev", "legacy"} {
		_, said := b.run("fairlead", "login", profile, "--method", "aws-cli")
		for _, want := range []string{"aws: ", "Successfully logged into Start URL", "Logged in."} {
			if !strings.Contains(said, want) {
				t.Errorf("%q was not shown:\n%s", want, said)
			}
		}
		b.exported("fairlead", "credentials", "export", "--profile", profile, "--format", "process")
		b.exported(b.aws, "configure", "export-credentials", "--profile", profile)
	}
	if n := b.sandbox.Switches().Calls("sso-oidc.StartDeviceAuthorization"); n != 2 {
		t.Errorf("%d log ins, want 2", n)
	}
}

// TestTheRealCLIUsesOurToken: a log in of ours, used by the AWS CLI, which
// refreshes and logs out what we wrote.
func TestTheRealCLIUsesOurToken(t *testing.T) {
	b := newBehindProxy(t)
	b.run("fairlead", "login", "dev", "--method", "device")
	b.exported(b.aws, "configure", "export-credentials", "--profile", "dev")
	b.run(b.aws, "sso", "logout")
	state, _ := b.run("fairlead", "status", "--json")
	if strings.Contains(state, `"valid"`) {
		t.Errorf("the AWS CLI's logout was not noticed:\n%s", state)
	}
}

// TestTheRealCLIReadsWhatProfilesAddWrote: a profile set up by Fairlead works
// in the AWS CLI as if that had written it.
func TestTheRealCLIReadsWhatProfilesAddWrote(t *testing.T) {
	b := newBehindProxy(t)
	startURL := b.sandbox.Ready().Endpoint + "/start"
	b.run("fairlead", "profiles", "add", "--session", "corp", "--sso-start-url", startURL, "--sso-region", "eu-west-1", "--role", "ReadOnly", "--yes")
	b.exported(b.aws, "configure", "export-credentials", "--profile", "production-ReadOnly")
	out, _ := b.run(b.aws, "configure", "get", "sso_session", "--profile", "analytics-dev-ReadOnly")
	if strings.TrimSpace(out) != "corp" {
		t.Errorf("the AWS CLI reads the session %q", out)
	}
	// The session of the same portal is known without its region.
	_, said := b.run("fairlead", "profiles", "add", "--session", "corp", "--sso-start-url", startURL, "--all", "--dry-run")
	if strings.Contains(said, "Logged in") {
		t.Errorf("it logged in again:\n%s", said)
	}
}
