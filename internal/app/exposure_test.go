package app_test

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/app"
)

// What lies open is named by place, and never shown.
func TestExposures(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permission bits there")
	}
	home, work := t.TempDir(), t.TempDir()
	secret := "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYxy"
	write := func(path, text string, mode os.FileMode) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(home, ".aws", "credentials"), "[old]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = "+secret+"\n", 0o644)
	write(filepath.Join(home, ".aws", "sso", "cache", "a.json"), "{}", 0o640)
	write(filepath.Join(home, ".aws", "sso", "cache", "b.json"), "{}", 0o600)
	write(filepath.Join(home, ".bash_history"), "ls\nexport AWS_SECRET_ACCESS_KEY="+secret+"\naws configure set aws_secret_access_key '"+secret+"'\n", 0o600)
	write(filepath.Join(home, ".zsh_history"), "export AWS_SECRET_ACCESS_KEY=$(pass aws)\necho aws_secret_access_key is a word\n", 0o600)
	write(filepath.Join(work, ".env"), "AWS_SESSION_TOKEN=\""+strings.Repeat("Ab3/", 80)+"\"\n", 0o600)
	env := map[string]string{"HOME": home, "FAIRLEAD_HOME": filepath.Join(home, "own"), "AWS_SECRET_ACCESS_KEY": secret}
	a := app.New(app.Options{Env: func(n string) string { return env[n] }, WorkDir: work})
	var places []string
	for _, e := range a.Exposures() {
		place := strings.TrimPrefix(strings.TrimPrefix(e.Where, home), work)
		places = append(places, place)
		if text := e.Where + e.What + e.Remedy; strings.Contains(text, secret) || strings.Contains(text, "AKIAIOSFODNN7EXAMPLE") || e.Remedy == "" {
			t.Errorf("%+v", e)
		}
	}
	slices.Sort(places)
	want := []string{"/.aws/credentials", "/.aws/credentials:2", "/.aws/sso/cache/a.json", "/.bash_history:2", "/.env:1", "AWS_SECRET_ACCESS_KEY"}
	if !slices.Equal(places, want) {
		t.Errorf("got  %q\nwant %q", places, want)
	}
}
