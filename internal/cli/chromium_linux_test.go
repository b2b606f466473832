package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/sandbox"
)

// TestARealBrowserSignsIn lets Chromium open the sign-in page, follow it to
// the local port and read the page at the end. The sandbox approves without a
// press of the button, which TestDemoOpensTheSignInPage does.
func TestARealBrowserSignsIn(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("the log in by a real browser is NOT tested: there is no chromium on PATH")
	}
	srv, err := sandbox.Start(t.Context(), sandbox.Options{Rows: 100, AutoApprove: true})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	dir := t.TempDir()
	seen := filepath.Join(dir, "seen")
	opener := "#!/bin/sh\n" + chromium + " --headless --no-sandbox --disable-gpu --user-data-dir=" + filepath.Join(dir, "browser") +
		" --dump-dom \"$1\" > " + seen + ".part 2>/dev/null; mv " + seen + ".part " + seen + "\n"
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(opener), 0o700); err != nil {
		t.Fatal(err)
	}
	env := append(plainEnv(t), "BROWSER=", "DISPLAY=:99", "SSH_CONNECTION=", "SSH_TTY=", "PATH="+dir+":"+os.Getenv("PATH"))
	for name, value := range srv.Ready().Env {
		env = append(env, name+"="+value)
	}
	cmd := exec.Command("fairlead", "login", "dev")
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Logging in with the browser: ") || !strings.Contains(string(out), "Logged in.") {
		t.Fatalf("%v\n%s", err, out)
	}
	if page := waitForFile(t, seen); !strings.Contains(page, "<h1>Signed in</h1>") {
		t.Errorf("the browser ended on:\n%s", page)
	}
	if n := srv.Switches().Calls("sso-oidc.StartDeviceAuthorization"); n != 0 {
		t.Errorf("%d device authorizations, want none", n)
	}
}
