package connection

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/fault"
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

func TestNoFilesIsAnEmptyBook(t *testing.T) {
	o, user, _ := setup(t, "", "")
	b := load(t, o)
	if len(b.Connections()) != 0 || len(b.Auths()) != 0 || len(b.Warnings()) != 0 {
		t.Errorf("%v %v %v", b.Connections(), b.Auths(), b.Warnings())
	}
	if _, err := os.Stat(user + ".bak"); err == nil {
		t.Error("reading nothing made a file")
	}
	_, err := b.Connection("x")
	if f := fault.As(err); f.Code != fault.ConnectionMissing || !strings.Contains(f.Message, user) || !strings.Contains(f.Remedy, "connections add x") {
		t.Errorf("%v; %s", err, f.Remedy)
	}
}

func TestMissingNamesTheNearest(t *testing.T) {
	o, user, workspace := setup(t, "[connection.sales]\nengine='athena'\n[connection.sales-prod]\nengine='athena'\n[connection.wh]\nengine='redshift'\n[auth.work]\nsource='profile'\nprofile='p'\n", "[connection.Shop]\nengine='dynamodb'\n")
	b := load(t, o)
	for name, want := range map[string]string{
		"slaes": "did you mean sales? ",
		"sale":  "did you mean sales or sales-prod? ",
		"shop":  "did you mean Shop? ",
		"zzzz":  "see what there is: fairlead connections list",
	} {
		_, err := b.Connection(name)
		f := fault.As(err)
		if f.Code != fault.ConnectionMissing || !strings.HasPrefix(f.Remedy, want) {
			t.Errorf("%s: %s", name, f.Remedy)
		}
		if !strings.Contains(f.Message, user) || !strings.Contains(f.Message, workspace) {
			t.Errorf("the files searched are not named: %s", f.Message)
		}
	}
	if _, err := b.Auth("wrok"); fault.CodeOf(err) != fault.Config || !strings.Contains(fault.As(err).Remedy, "work") {
		t.Errorf("%v", err)
	}
}

// TestBrokenFiles: reported with file, line and column, and never quoted.
func TestBrokenFiles(t *testing.T) {
	for _, c := range []struct {
		name, text, want string // want begins after the path
	}{
		{"no value", "[connection.a]\nengine = \n", ":2:10: "},
		{"open string", "[connection.a]\nengine = \"athena\nprofile = 'x'\n", ":2:"},
		{"open header", "[connection.a\n", ":1:14: "},
		{"a table twice", "[connection.a]\nengine='athena'\n[connection.a]\n", ":3:"},
		{"a key twice", "[connection.a]\nengine='athena'\nengine='x'\n", ":3:1: "},
		{"not UTF-8", "[connection.a]\nlabel = \"\xff\"\n", ":2:10: "},
		{"account as a number", "[connection.a]\nengine = 'athena'\n  account = 111122223333\n", ":3:3: account must be a string"},
		{"read_only as text", "[connection.a]\nengine = 'athena'\n  read_only = \"yes\"\n", ":3:3: read_only must be true or false"},
		{"engine as a number", "[connection.a]\nengine = 7\n", ":2:1: engine must be a string"},
		{"source as a list", "[auth.a]\nsource = ['static']\n", ":2:1: source must be a string"},
		{"a connection that is text", "connection = 'x'\n", ":1:1: [connection.NAME] is a table"},
		{"an entry that is text", "[connection]\na = 'x'\n", ":2:1: [connection.a] is a table"},
		{"an array of tables", "[[connection.a]]\nengine = 'x'\n", ":1:1: [connection.a] is a table"},
		{"git's conflict marks", "[connection.a]\n<<<<<<< HEAD\nengine = 'x'\n", ":2:1: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, inWorkspace := range []bool{false, true} {
				user, workspace := c.text, ""
				if inWorkspace {
					user, workspace = "", c.text
				}
				o, path, workspacePath := setup(t, user, workspace)
				if inWorkspace {
					path = workspacePath
				}
				_, err := Load(o)
				f := fault.As(err)
				if f == nil || f.Code != fault.Config || !strings.HasPrefix(f.Message, "Cannot read "+path+c.want) {
					t.Errorf("got %v", err)
				}
				if now, _ := os.ReadFile(path); string(now) != c.text {
					t.Errorf("the file was changed: %q", now)
				}
			}
		})
	}
}

func TestSecretsInAFileAreRefusedWithoutShowingThem(t *testing.T) {
	for _, key := range []string{"secret_access_key", "aws_secret_access_key", "session_token", "aws-session-token", "password", "Password", "dbPassword", "passphrase", "token", "client_secret", "secretKey", "private_key"} {
		for _, text := range []string{
			"[auth.work]\nsource = 'static'\n" + key + " = 'hush-hush'\n",
			"[connection.a]\nengine = 'redshift'\n" + key + " = 'hush-hush'\n",
			"[connection]\n\na = {engine = 'redshift', " + key + " = 'hush-hush'}\n",
			"[connection.a]\nengine = 'redshift'\nextra = {" + key + " = ['hush-hush']}\n",
			"\n\n" + key + " = 'hush-hush'\n",
		} {
			o, _, workspace := setup(t, "", text)
			_, err := Load(o)
			f := fault.As(err)
			if f == nil || f.Code != fault.Config || !strings.HasPrefix(f.Message, workspace+":3 ") || !strings.Contains(f.Message, key) {
				t.Errorf("%q: %v", text, err)
			}
			if f != nil && strings.Contains(f.Error()+f.Remedy, "hush") {
				t.Errorf("the secret is told: %v", f)
			}
		}
	}
	o, _, _ := setup(t, "[connection.a]\nengine='redshift'\nsecret_arn='arn:aws:x'\n[auth.b]\nsource='static'\naccess_key_id='AKIA'\n[connection.password]\nengine='athena'\n", "")
	if b := load(t, o); len(b.Connections()) != 2 {
		t.Errorf("what only points to a secret, or is named like one, was refused")
	}
}

func TestWarnings(t *testing.T) {
	o, user, _ := setup(t, `title = "mine"
[connection.a]
engine = "athena"
workgruop = "primary"
[connection.b]
engine = "athna"
anything = 1
[connection.c]
engine = "athena"
workgroup = ["x"]
[connection.c.sub]
x = 1
[connection."bad name"]
engine = "athena"
[auth.d]
source = "profile"
profile = "p"
regoin = "x"
[other]
x = 1
y = 2
`, "")
	b := load(t, o)
	want := []string{
		user + `:1: unknown key "title"`,
		user + `:13: ignored [connection."bad name"]: a name has letters, digits, dot, underscore and hyphen, at most 64`,
		user + `:19: unknown key "other"`,
		user + `:4: unknown key "workgruop" in [connection.a] (did you mean workgroup?)`,
		user + `:5: unknown engine "athna" in [connection.b]`,
		user + `:10: workgroup in [connection.c] is not a single value: not used`,
		user + `:11: sub in [connection.c] is not a single value: not used`,
		user + `:18: unknown key "regoin" in [auth.d] (did you mean region?)`,
	}
	got := b.Warnings()
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	e, err := b.Connection("a")
	if err != nil || e.Params["workgruop"] != "primary" {
		t.Errorf("an unknown key is lost: %+v %v", e, err)
	}
	if d := cmp.Diff(want[3:4], e.Warnings); d != "" {
		t.Error("its own warnings:", d)
	}
}

// A slip in a key that protects must not drop the protection with a warning.
func TestATypoInAProtectiveKeyStopsTheEntry(t *testing.T) {
	for key, meant := range map[string]string{
		"read_olny": "read_only", "readonly": "read_only", "ReadOnly": "read_only", "read-only": "read_only", "raed_onyl": "read_only",
		"acount": "account", "accuont": "account", "account_id": "account",
		"workgrup": "", "labell": "", "regoin": "", "reader": "",
	} {
		o, user, _ := setup(t, "[connection.a]\nengine = \"athena\"\n"+key+" = true\n", "")
		b := load(t, o)
		_, err := b.Connection("a")
		if meant == "" {
			if err != nil {
				t.Errorf("%s: %v", key, err)
			}
			continue
		}
		want := fmt.Sprintf("unknown key %q (%s:3): did you mean %s?", key, user, meant)
		if fault.CodeOf(err) != fault.Config || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestEntriesThatCannotBeUsed(t *testing.T) {
	o, user, _ := setup(t, `[connection.none]
profile = "x"
[connection.both]
engine = "athena"
auth = "a"
profile = "b"
[auth.a]
[auth.b]
source = "sso"
[auth.c]
source = "profile"
[auth.d]
source = "static"
`, "")
	b := load(t, o)
	for name, want := range map[string]string{
		"none": `Connection "none" (` + user + `:1) has no engine`,
		"both": `Connection "both" (` + user + `:3) has both auth and profile: only one can say who you are`,
	} {
		if _, err := b.Connection(name); fault.CodeOf(err) != fault.Config || err.Error() != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, want := range map[string]string{
		"a": `Auth profile "a" (` + user + `:7) has no source: "static" or "profile"`,
		"b": `Auth profile "b" (` + user + `:8) has the source "sso": it is "static" or "profile"`,
		"c": `Auth profile "c" (` + user + `:10) has the source profile and names no profile`,
		"d": `Auth profile "d" (` + user + `:12) has the source static and no access_key_id`,
	} {
		if _, err := b.Auth(name); fault.CodeOf(err) != fault.Config || err.Error() != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(b.Connections()) != 2 || len(b.Auths()) != 4 {
		t.Error("entries with a problem are not listed")
	}
}

// TestTheLastGoodVersionStandsBeside a file broken by hand, however it came to be.
func TestTheLastGoodVersionStandsBeside(t *testing.T) {
	good := "# by hand\n[connection.a]\nengine = \"athena\"\n"
	o, user, _ := setup(t, good, "")
	b := load(t, o)
	if kept, _ := os.ReadFile(user + ".bak"); string(kept) != good {
		t.Errorf("after reading: %q", kept)
	}
	if err := b.PutConnection(Entry{Name: "b", Engine: "dynamodb"}); err != nil {
		t.Fatal(err)
	}
	written, _ := os.ReadFile(user)
	if err := os.WriteFile(user, []byte("[connection.a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(o)
	if f := fault.As(err); f.Code != fault.Config || !strings.Contains(f.Remedy, user+".bak") {
		t.Errorf("%v; %s", err, fault.As(err).Remedy)
	}
	if kept, _ := os.ReadFile(user + ".bak"); string(kept) != string(written) || !strings.Contains(string(kept), "[connection.b]") {
		t.Errorf("after writing: %q", kept)
	}
	if previous, _ := os.ReadFile(user + ".prev"); string(previous) != good {
		t.Errorf("before the last change: %q", previous)
	}
	// The book opened before the file broke must not write over it either.
	for what, change := range map[string]func() error{
		"put":    func() error { return b.PutConnection(Entry{Name: "c", Engine: "athena"}) },
		"remove": func() error { return b.RemoveConnection("a") },
		"auth":   func() error { return b.PutAuth(Auth{Name: "c", Source: SourceProfile, Profile: "p"}) },
	} {
		if err := change(); fault.CodeOf(err) != fault.Config || !strings.Contains(err.Error(), user+":1:") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if now, _ := os.ReadFile(user); string(now) != "[connection.a\n" {
		t.Errorf("the broken file was changed: %q", now)
	}
}

func TestNearestWorkspaceFileWins(t *testing.T) {
	o, _, upper := setup(t, "", "[connection.a]\nengine = 'athena'\n")
	lower := filepath.Join(filepath.Dir(upper), "deep", WorkspaceFile)
	if err := os.WriteFile(lower, []byte("[connection.b]\nengine = 'athena'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := load(t, o)
	if got := b.Connections(); len(got) != 1 || got[0].Name != "b" || got[0].File != lower {
		t.Errorf("%+v", got)
	}
	o.WorkDir = ""
	if got := load(t, o).Connections(); len(got) != 0 {
		t.Errorf("without a working folder: %+v", got)
	}
}
