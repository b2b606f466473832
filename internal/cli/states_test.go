package cli

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox"
)

// TestEveryStateIsShown stands one SSO session of each state beside the others
// and reads `status --json` of the real program. Where only the service knows
// the state, --check asks the sandbox.
func TestEveryStateIsShown(t *testing.T) {
	t.Parallel()
	srv, err := sandbox.Start(t.Context(), sandbox.Options{Rows: 100, SignedIn: true})
	if errors.Is(err, sandbox.ErrNoEngine) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	states := []struct {
		state  string
		token  func(good map[string]any) string // of its cache file; nil for no file
		needs  bool                             // a log in: exit status 3
		detail string
	}{
		{"valid", func(g map[string]any) string { return ends(g, time.Hour) }, false, ""},
		{"expiring", func(g map[string]any) string { return ends(g, 10*time.Minute) }, false, ""},
		{"refreshable", func(g map[string]any) string { return ends(g, -time.Hour) }, false, ""},
		{"expired", func(g map[string]any) string { delete(g, "refreshToken"); return ends(g, -time.Hour) }, true, ""},
		{"registration-expired", func(g map[string]any) string {
			g["registrationExpiresAt"] = "2020-01-01T00:00:00Z"
			return ends(g, -time.Hour)
		}, true, ""},
		{"absent", nil, true, ""},
		{"foreign", func(g map[string]any) string {
			g["scopes"] = []string{"codewhisperer:completions"}
			return ends(g, time.Hour)
		}, true, "for other purposes"},
		{"unreadable", func(g map[string]any) string { return ends(g, time.Hour)[:100] }, true, "not a JSON object"},
		{"misconfigured", nil, false, "has no sso_region"},
	}
	home := srv.Ready().Home
	config := ""
	for _, c := range states {
		config += fmt.Sprintf("[profile p-%s]\nsso_session = s-%s\nsso_account_id = 111122223333\nsso_role_name = X\n[sso-session s-%s]\nsso_start_url = %s/start\n",
			c.state, c.state, c.state, srv.Ready().Endpoint)
		if c.state != "misconfigured" {
			config += "sso_region = us-east-1\n"
		}
		if c.token == nil {
			continue
		}
		var good map[string]any
		if err := json.Unmarshal(readTokenFile(t, home, "fairlead"), &good); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(tokenFile(home, "s-"+c.state), []byte(c.token(good)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := srv.Ready().Env["AWS_CONFIG_FILE"]
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	w, env := srv.Switches(), os.Environ()
	for name, value := range srv.Ready().Env {
		env = append(env, name+"="+value)
	}
	all, _ := statesShown(t, env, "--json")
	if len(all) != len(states) {
		t.Errorf("%d sessions are shown, want %d", len(all), len(states))
	}
	for _, c := range states {
		shown := all["s-"+c.state]
		left := shown.Left > 0
		if shown.State != c.state || strings.Join(shown.Profiles, " ") != "p-"+c.state || !strings.Contains(shown.Detail, c.detail) ||
			left != (c.state == "valid" || c.state == "expiring" || c.state == "foreign") {
			t.Errorf("%s is shown as %+v", c.state, shown)
		}
		if c.state == "misconfigured" {
			continue // by name it is a fault that names the line, see TestFindNamesWhatIsWrong
		}
		one, code := statesShown(t, env, "p-"+c.state, "--json")
		if want := map[bool]int{false: 0, true: 3}[c.needs]; code != want || one["s-"+c.state].State != c.state {
			t.Errorf("status p-%s exited with %d, want %d, and showed %+v", c.state, code, want, one)
		}
	}

	// These two are known to the service alone.
	w.SetClockOffset(10 * time.Minute)
	one, code := statesShown(t, env, "p-valid", "--check", "--json")
	if s := one["s-valid"]; code != 3 || s.State != "clock-skewed" || !strings.Contains(s.Detail, "behind AWS's") {
		t.Errorf("with a clock 10 minutes off it exited with %d and showed %+v", code, s)
	}
	w.SetClockOffset(0)
	w.RevokeSessions()
	one, code = statesShown(t, env, "p-valid", "--check", "--json")
	if s := one["s-valid"]; code != 3 || s.State != "revoked" {
		t.Errorf("a revoked session exited with %d and showed %+v", code, s)
	}
}

// ends is the text of a token that ends in that time.
func ends(token map[string]any, in time.Duration) string {
	token["expiresAt"] = time.Now().Add(in).UTC().Format(time.RFC3339)
	text, err := json.Marshal(token)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func tokenFile(home, session string) string {
	sum := sha1.Sum([]byte(session))
	return filepath.Join(home, ".aws", "sso", "cache", hex.EncodeToString(sum[:])+".json")
}

func readTokenFile(t *testing.T, home, session string) []byte {
	t.Helper()
	text, err := os.ReadFile(tokenFile(home, session))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

type shownState struct {
	Session  string
	State    string
	Left     int `json:"left_seconds"`
	Profiles []string
	Detail   string
}

// statesShown runs `fairlead status` and returns its document by session, and
// the exit status.
func statesShown(t *testing.T, env []string, args ...string) (map[string]shownState, int) {
	t.Helper()
	cmd := exec.Command("fairlead", append([]string{"status"}, args...)...)
	cmd.Env = env
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var all []shownState
	if json.Unmarshal(out, &all) != nil {
		all = make([]shownState, 1)
		if err := json.Unmarshal(out, &all[0]); err != nil {
			t.Fatalf("status %v printed no JSON (%v):\n%s%s", args, err, out, errOut.String())
		}
	}
	by := map[string]shownState{}
	for _, s := range all {
		by[s.Session] = s
	}
	return by, cmd.ProcessState.ExitCode()
}
