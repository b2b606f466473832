package connection

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/home"
)

// setup makes a home and a workspace with the given files; an empty text makes none.
func setup(t *testing.T, user, workspace string) (Options, string, string) {
	t.Helper()
	root := t.TempDir()
	o := Options{
		Dirs:    home.Dirs{Config: filepath.Join(root, "config"), State: filepath.Join(root, "state"), Cache: filepath.Join(root, "cache")},
		WorkDir: filepath.Join(root, "repo", "deep", "er"),
		Known: func(engine string) []string {
			return map[string][]string{"athena": {"workgroup", "catalog", "database", "output_location"}, "redshift": {"cluster", "database", "port"}, "dynamodb": {}}[engine]
		},
	}
	userFile, workspaceFile := filepath.Join(o.Dirs.Config, UserFile), filepath.Join(root, "repo", WorkspaceFile)
	for _, folder := range []string{o.Dirs.Config, o.WorkDir} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for path, text := range map[string]string{userFile: user, workspaceFile: workspace} {
		if text != "" {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return o, userFile, workspaceFile
}

func load(t *testing.T, o Options) *Book {
	t.Helper()
	b, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestLoad(t *testing.T) {
	o, user, workspace := setup(t, `# my connections
[auth.work]
source = "static"
access_key_id = "AKIDEXAMPLE"
region = "eu-central-1"

[connection.sales]
engine = "athena"
profile = "dev"      # the team's
workgroup = 'primary'

[connection]
inline = { engine = "dynamodb", profile = "dev", read_only = true }
dotted.engine = "redshift"
dotted.auth = "work"
dotted.port = 5_439
`, `[connection.sales]
engine = "athena"
profile = "prod"
read_only = true
label = "Umsätze"
`)
	b := load(t, o)
	want := []Entry{
		{Name: "dotted", Engine: "redshift", Auth: "work", Params: map[string]string{"port": "5439"}, Scope: User, File: user, Line: 14},
		{Name: "inline", Engine: "dynamodb", Profile: "dev", ReadOnly: true, Scope: User, File: user, Line: 13},
		{Name: "sales", Engine: "athena", Profile: "prod", ReadOnly: true, Label: "Umsätze", Scope: Workspace, File: workspace, Line: 1, Hides: user + ":7"},
	}
	if d := cmp.Diff(want, b.Connections()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]Auth{{Name: "work", Source: "static", Region: "eu-central-1", AccessKeyID: "AKIDEXAMPLE", Scope: User, File: user, Line: 2}}, b.Auths()); d != "" {
		t.Error(d)
	}
	if w := b.Warnings(); len(w) != 0 {
		t.Error(w)
	}
}
