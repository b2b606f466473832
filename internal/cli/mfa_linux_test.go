package cli

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/sandbox"
)

// TestMFAOnATerminal types a code once: a wrong one is asked for again, and the
// next process, where nobody can be asked, needs none.
func TestMFAOnATerminal(t *testing.T) {
	srv, err := sandbox.Start(t.Context(), sandbox.Options{Rows: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	env := plainEnv(t)
	for name, value := range srv.Ready().Env {
		env = append(env, name+"="+value)
	}
	config, err := os.OpenFile(srv.Ready().Env["AWS_CONFIG_FILE"], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(config, "\n[profile guarded]\nrole_arn = %s\nsource_profile = static\nmfa_serial = %s\nregion = us-east-1\n", sandbox.GuardedRole, sandbox.StaticMFA)
	if err := config.Close(); err != nil {
		t.Fatal(err)
	}
	export := func() (string, int) {
		cmd := exec.Command("fairlead", "credentials", "export", "--profile", "guarded")
		cmd.Env = append(os.Environ(), env...)
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	if out, code := export(); code != 3 || !strings.Contains(out, "MFA device "+sandbox.StaticMFA) || !strings.Contains(out, "in a terminal") {
		t.Errorf("without a terminal: exit status %d\n%s", code, out)
	}
	s := startOnTerminal(t, append(env, "NO_COLOR=1"), "credentials", "explain", "guarded", "--verify")
	s.expect("MFA code of " + sandbox.StaticMFA)
	s.typed("000000\r")
	s.expect("that code was not accepted")
	code, err := srv.Switches().MFACode(sandbox.StaticMFA)
	if err != nil {
		t.Fatal(err)
	}
	s.typed(code + "\r")
	s.expect("verified as arn:aws:sts::")
	if code := s.exit(); code != 0 {
		t.Errorf("exit status %d; the screen:\n%s", code, s.text())
	}
	if out, code := export(); code != 0 || !strings.Contains(out, `"AccessKeyId": "ASIA`) {
		t.Errorf("with the code typed: exit status %d\n%s", code, out)
	}
	if n := srv.Switches().Calls("sts.AssumeRole"); n != 1 {
		t.Errorf("the role was assumed %d times", n)
	}
}
