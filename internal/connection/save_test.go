package connection

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// TestChanges shows the file before and after each change: only what changes is touched.
func TestChanges(t *testing.T) {
	const notes = `# My connections. Keep the order!

[auth.work]
source = "static"      # from the wiki
access_key_id = "AKIDEXAMPLE"

# sales: ask Ann
[connection.sales]   # the big one
  engine="athena"
profile   =   'dev'
# workgroup = "old"
workgroup = 'primary' # do not change
unknown_to_us = [1,
   2] # kept
read_only = false

# the warehouse
[ connection . "wh" ]
engine = "redshift"
cluster = "main"
port = 5439
[connection.wh.notes]
by = "Ann"
`
	put := func(e Entry) func(*Book) error { return func(b *Book) error { return b.PutConnection(e) } }
	for _, c := range []struct {
		name          string
		before, after string
		change        func(*Book) error
	}{
		{"the first entry of all", "", "[connection.a]\nengine = \"athena\"\nprofile = \"dev\"\nregion = \"eu-west-1\"\naccount = \"111122223333\"\nread_only = true\nlabel = \"L\"\ndatabase = \"d\"\nworkgroup = \"w\"\n",
			put(Entry{Name: "a", Engine: "athena", Profile: "dev", Region: "eu-west-1", Account: "111122223333", ReadOnly: true, Label: "L", Params: map[string]string{"workgroup": "w", "database": "d"}})},
		{"one more goes to the end", "x = 1", "x = 1\n\n[connection.\"a.b\"]\nengine = \"athena\"\nauth = \"work\"\n",
			put(Entry{Name: "a.b", Engine: "athena", Auth: "work"})},
		{"a byte order mark stays", "\uFEFF[connection.a]\r\nengine = 'athena'\r\n", "\uFEFF[connection.a]\r\nengine = \"dynamodb\"\r\n", put(Entry{Name: "a", Engine: "dynamodb"})},
		{"windows lines stay", "x = 1\r\n", "x = 1\r\n\r\n[connection.a]\r\nengine = \"athena\"\r\n", put(Entry{Name: "a", Engine: "athena"})},
		{"the same again changes nothing", notes, notes,
			put(Entry{Name: "sales", Engine: "athena", Profile: "dev", Params: map[string]string{"workgroup": "primary"}})},
		{"one value", notes, strings.Replace(notes, "'primary' # do", `"other" # do`, 1),
			put(Entry{Name: "sales", Engine: "athena", Profile: "dev", Params: map[string]string{"workgroup": "other"}})},
		{"a new value stands behind the last", notes, strings.Replace(notes, "read_only = false\n", "read_only = false\nregion = \"us-east-1\"\ncatalog = \"c\"\n", 1),
			put(Entry{Name: "sales", Engine: "athena", Profile: "dev", Region: "us-east-1", Params: map[string]string{"workgroup": "primary", "catalog": "c"}})},
		{"read-only", notes, strings.Replace(notes, "read_only = false\n", "read_only = true\n", 1),
			put(Entry{Name: "sales", Engine: "athena", Profile: "dev", ReadOnly: true, Params: map[string]string{"workgroup": "primary"}})},
		{"a value that is gone takes its line along", notes, strings.Replace(notes, "workgroup = 'primary' # do not change\n", "", 1),
			put(Entry{Name: "sales", Engine: "athena", Profile: "dev"})},
		{"from profile to auth", notes, strings.NewReplacer("profile   =   'dev'\n", "", "read_only = false\n", "read_only = false\nauth = \"work\"\n").Replace(notes),
			put(Entry{Name: "sales", Engine: "athena", Auth: "work", Params: map[string]string{"workgroup": "primary"}})},
		{"another engine drops the old one's parameters", notes, strings.NewReplacer(`engine="athena"`, `engine="redshift"`, "workgroup = 'primary' # do not change\n", "").Replace(notes),
			put(Entry{Name: "sales", Engine: "redshift", Profile: "dev"})},
		{"a number stays a number", notes, strings.Replace(notes, "5439", "5440", 1),
			put(Entry{Name: "wh", Engine: "redshift", Params: map[string]string{"cluster": "main", "port": "5440"}})},
		{"unless it is none", notes, strings.Replace(notes, "5439", `"x"`, 1),
			put(Entry{Name: "wh", Engine: "redshift", Params: map[string]string{"cluster": "main", "port": "x"}})},
		{"strange text", "", "[connection.a]\nengine = \"athena\"\nlabel = \"q\\\" b\\\\ n\\n t\\t \\u0007 ü ✓\"\n",
			put(Entry{Name: "a", Engine: "athena", Label: "q\" b\\ n\n t\t \a ü ✓"})},
		{"remove takes the table and its blank lines", notes, strings.Replace(notes, notes[strings.Index(notes, "[connection.sales]"):strings.Index(notes, "# the warehouse")], "", 1),
			func(b *Book) error { return b.RemoveConnection("sales") }},
		{"remove takes the tables below along", notes, notes[:strings.Index(notes, "[ connection")],
			func(b *Book) error { return b.RemoveConnection("wh") }},
		{"remove leaves the next one's comment", "[connection.a]\nengine = 'x'\n# about b\n[connection.b]\nengine = 'x'\n", "# about b\n[connection.b]\nengine = 'x'\n",
			func(b *Book) error { return b.RemoveConnection("a") }},
		{"remove the last without a line end", "[connection.a]\nengine = 'x'\n\n[connection.b]\nengine = 'x'", "[connection.a]\nengine = 'x'\n\n",
			func(b *Book) error { return b.RemoveConnection("b") }},
		{"a line end is added where the last line lacks one", "[connection.a]\nengine = 'athena'", "[connection.a]\nengine = 'athena'\nregion = \"r\"\n",
			put(Entry{Name: "a", Engine: "athena", Region: "r"})},
		{"an empty table is filled", "[connection.a]", "[connection.a]\nengine = \"athena\"\n", put(Entry{Name: "a", Engine: "athena"})},
		{"auth", notes, strings.Replace(notes, "\"AKIDEXAMPLE\"\n", "\"AKIDOTHER\"\nregion = \"eu-central-1\"\n", 1),
			func(b *Book) error {
				return b.PutAuth(Auth{Name: "work", Source: SourceStatic, AccessKeyID: "AKIDOTHER", Region: "eu-central-1"})
			}},
		{"auth from static to profile", notes, strings.NewReplacer(`"static" `, `"profile" `, "access_key_id = \"AKIDEXAMPLE\"\n", "profile = \"p\"\n").Replace(notes),
			func(b *Book) error { return b.PutAuth(Auth{Name: "work", Source: SourceProfile, Profile: "p"}) }},
		{"remove auth", notes, strings.Replace(notes, notes[strings.Index(notes, "[auth.work]"):strings.Index(notes, "# sales")], "", 1),
			func(b *Book) error { return b.RemoveAuth("work") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, user, _ := setup(t, c.before, "")
			if err := c.change(load(t, o)); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(user)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.after, string(got)); d != "" {
				t.Error(d)
			}
			load(t, o)
		})
	}
}

func TestPutIsReadBackAtOnceAndByOthers(t *testing.T) {
	o, user, _ := setup(t, "", "")
	b := load(t, o)
	want := Entry{Name: "a", Engine: "athena", Profile: "my profile", ReadOnly: true, Params: map[string]string{"workgroup": "w"}}
	if err := b.PutConnection(want); err != nil {
		t.Fatal(err)
	}
	if err := b.PutAuth(Auth{Name: "k", Source: SourceStatic, AccessKeyID: "AKID"}); err != nil {
		t.Fatal(err)
	}
	want.Scope, want.File, want.Line = User, user, 1
	for _, book := range []*Book{b, load(t, o)} {
		got, err := book.Connection("a")
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Error(err, d)
		}
		if a, err := book.Auth("k"); err != nil || a.AccessKeyID != "AKID" || a.SecretName() != "auth/k" {
			t.Errorf("%+v %v", a, err)
		}
	}
	got, _ := b.Connection("a")
	got.Params["workgroup"] = "changed outside"
	if again, _ := b.Connection("a"); again.Params["workgroup"] != "w" {
		t.Error("the book shares its map")
	}
	if runtime.GOOS != "windows" {
		for _, path := range []string{user, user + ".bak"} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v %v", path, info.Mode(), err)
			}
		}
	}
}

func TestWorkspaceEntries(t *testing.T) {
	o, user, workspace := setup(t, "[connection.a]\nengine = 'athena'\nprofile = 'mine'\n", "")
	b := load(t, o)
	if err := b.PutConnection(Entry{Name: "a", Engine: "athena", Profile: "ours", Scope: Workspace}); err != nil {
		t.Fatal(err)
	}
	made := filepath.Join(o.WorkDir, WorkspaceFile)
	if _, err := os.Stat(workspace); err == nil {
		t.Error("the file was made somewhere above")
	}
	e, err := b.Connection("a")
	if err != nil || e.Profile != "ours" || e.Scope != Workspace || e.File != made || e.Hides != user+":1" {
		t.Errorf("%+v %v", e, err)
	}
	if runtime.GOOS != "windows" {
		if info, _ := os.Stat(made); info.Mode().Perm() != 0o644 {
			t.Errorf("mode %v", info.Mode())
		}
	}
	e.Region = "eu-west-1" // what was read is saved where it came from
	if err := b.PutConnection(e); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(user); strings.Contains(string(text), "eu-west-1") {
		t.Errorf("the user's file was changed: %s", text)
	}
	if err := b.RemoveConnection("a"); err != nil {
		t.Fatal(err)
	}
	if e, err := b.Connection("a"); err != nil || e.Profile != "mine" || e.Hides != "" {
		t.Errorf("after removing the workspace's: %+v %v", e, err)
	}
	o.WorkDir = ""
	if err := load(t, o).PutConnection(Entry{Name: "a", Engine: "athena", Scope: Workspace}); fault.CodeOf(err) != fault.Usage {
		t.Errorf("without a working folder: %v", err)
	}
}

// TestNothingIsLost when several books, as several processes would, write at once.
func TestNothingIsLost(t *testing.T) {
	o, _, _ := setup(t, "# head\n", "")
	var group sync.WaitGroup
	const books, each = 4, 4
	for i := range books {
		b := load(t, o) // all see the same empty file
		group.Go(func() {
			for j := range each {
				if err := b.PutConnection(Entry{Name: fmt.Sprintf("c%d-%d", i, j), Engine: "dynamodb"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if got := load(t, o).Connections(); len(got) != books*each {
		t.Errorf("%d of %d survive", len(got), books*each)
	}
}

func TestRefusedEntries(t *testing.T) {
	o, user, _ := setup(t, "", "")
	b := load(t, o)
	for name, err := range map[string]error{
		"no name":          b.PutConnection(Entry{Engine: "athena"}),
		"a space":          b.PutConnection(Entry{Name: "a b", Engine: "athena"}),
		"a slash":          b.PutConnection(Entry{Name: "a/b", Engine: "athena"}),
		"not ASCII":        b.PutConnection(Entry{Name: "ä", Engine: "athena"}),
		"too long":         b.PutConnection(Entry{Name: strings.Repeat("a", 65), Engine: "athena"}),
		"no engine":        b.PutConnection(Entry{Name: "a"}),
		"auth and profile": b.PutConnection(Entry{Name: "a", Engine: "athena", Auth: "x", Profile: "y"}),
		"a secret":         b.PutConnection(Entry{Name: "a", Engine: "athena", Params: map[string]string{"password": "hush"}}),
		"a common key":     b.PutConnection(Entry{Name: "a", Engine: "athena", Params: map[string]string{"engine": "x"}}),
		"bad UTF-8":        b.PutConnection(Entry{Name: "a", Engine: "athena", Label: "\xff"}),
		"bad UTF-8 inside": b.PutConnection(Entry{Name: "a", Engine: "athena", Params: map[string]string{"workgroup": "\xff"}}),
		"scope":            b.PutConnection(Entry{Name: "a", Engine: "athena", Scope: "global"}),
		"source":           b.PutAuth(Auth{Name: "a", Source: "sso"}),
		"no profile":       b.PutAuth(Auth{Name: "a", Source: SourceProfile}),
		"no key":           b.PutAuth(Auth{Name: "a", Source: SourceStatic}),
		"auth's name":      b.PutAuth(Auth{Name: "", Source: SourceProfile, Profile: "p"}),
	} {
		if fault.CodeOf(err) != fault.Usage || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := b.RemoveConnection("a"); fault.CodeOf(err) != fault.ConnectionMissing {
		t.Errorf("%v", err)
	}
	if err := b.RemoveAuth("a"); fault.CodeOf(err) != fault.Config {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(user); err == nil {
		t.Error("a file was made")
	}
	if err := b.PutConnection(Entry{Name: strings.Repeat("a", 64), Engine: "athena"}); err != nil {
		t.Errorf("64 are allowed: %v", err)
	}
}

func TestEntriesInsideALineAreNotRewritten(t *testing.T) {
	for _, text := range []string{
		"[connection]\na = { engine = 'athena' }\n",
		"[connection]\na.engine = 'athena'\n",
		"connection.a.engine = 'athena'\n",
		"connection = { a = { engine = 'athena' } }\n",
	} {
		o, user, _ := setup(t, text, "")
		b := load(t, o)
		for _, err := range []error{b.PutConnection(Entry{Name: "a", Engine: "dynamodb"}), b.RemoveConnection("a")} {
			if f := fault.As(err); f == nil || f.Code != fault.Config || !strings.Contains(f.Message, user+":") {
				t.Errorf("%q: %v", text, err)
			}
		}
		if now, _ := os.ReadFile(user); string(now) != text {
			t.Errorf("changed to %q", now)
		}
	}
}

func TestAHomeThatCannotBeWritten(t *testing.T) {
	o, _, _ := setup(t, "", "")
	o.Dirs.Config = filepath.Join(o.Dirs.Config, "in-the-way", "fairlead")
	if err := os.WriteFile(filepath.Dir(o.Dirs.Config), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := Load(o)
	if err != nil && fault.CodeOf(err) != fault.Config {
		t.Fatal(err)
	}
	if b == nil { // systems differ on what a path through a file is
		return
	}
	if err := b.PutConnection(Entry{Name: "a", Engine: "athena"}); fault.CodeOf(err) != fault.Config || !strings.Contains(err.Error(), o.Dirs.Config) {
		t.Errorf("%v", err)
	}
}

// TestSystemSaysNo goes through the file system's own refusal where there is one.
func TestSystemSaysNo(t *testing.T) {
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("permissions bind neither Windows nor root")
	}
	o, user, _ := setup(t, "[connection.a]\nengine = 'athena'\n", "")
	b := load(t, o)
	if err := os.Chmod(o.Dirs.Config, 0o500); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(o.Dirs.Config, 0o700)
	load(t, o) // reading needs no writing
	if err := b.PutConnection(Entry{Name: "b", Engine: "athena"}); fault.CodeOf(err) != fault.Config || !strings.Contains(err.Error(), fs.ErrPermission.Error()) {
		t.Errorf("%v", err)
	}
	if err := os.Chmod(user, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(o); fault.CodeOf(err) != fault.Config || !strings.Contains(err.Error(), user) {
		t.Errorf("%v", err)
	}
}

// FuzzEdit changes one entry of any file that can be read, and holds the rest
// of it to what it was.
func FuzzEdit(f *testing.F) {
	for _, s := range []string{
		"", "[connection.a]\nengine='x'\n", "# c\n[connection.a] # d\n engine = \"x\" # e\nu = [1,\n2]\n\n# f\n[auth.k]\nsource='static'",
		"[connection]\na.engine='x'", "[connection.a.b]\nc=1\n[connection.b]\nengine='''\nx'''\r\n", "connection.b={engine='x'}\n", "[connection.\"a\"]\nprofile=\"\\u00e9\"\nread_only=true",
	} {
		f.Add(s, "label ✓", "w\"\\\n")
	}
	f.Fuzz(func(t *testing.T, text, label, workgroup string) {
		d, err := open("f", []byte(text))
		if err != nil || !validText(label) || !validText(workgroup) {
			return
		}
		before, err := readPage(d, User, nil)
		if err != nil {
			return
		}
		e := Entry{Name: "a", Engine: "athena", Label: label, Params: map[string]string{"workgroup": workgroup}}
		put, err := d.put(sectionConnection, "a", entryFields(e), func(string) bool { return true })
		if err != nil {
			return // written inside a line
		}
		if workgroup == "" {
			e.Params = nil
		}
		checkEdit(t, "put", put, before, &e)
		removed, err := d.remove(sectionConnection, "a")
		if err != nil {
			t.Fatal(err)
		}
		checkEdit(t, "remove", removed, before, nil)
	})
}

func checkEdit(t *testing.T, what string, edited []byte, before *page, want *Entry) {
	t.Helper()
	d, err := open("f", edited)
	if err != nil {
		t.Fatalf("%s broke the file: %v\n%s", what, err, edited)
	}
	after, err := readPage(d, User, nil)
	if err != nil {
		t.Fatalf("%s broke the file: %v\n%s", what, err, edited)
	}
	entries := func(p *page) (map[string]Entry, []Auth) {
		m := map[string]Entry{}
		for _, e := range p.connections {
			e.Line, e.Problem, e.Warnings = 0, "", nil
			m[e.Name] = e
		}
		auths := append([]Auth{}, p.auths...)
		for i := range auths {
			auths[i].Line, auths[i].Problem = 0, ""
		}
		return m, auths
	}
	old, oldAuths := entries(before)
	now, nowAuths := entries(after)
	delete(old, "a")
	if want != nil {
		e := *want
		e.Scope, e.File = User, "f"
		old["a"] = e
	}
	if d := cmp.Diff(old, now); d != "" {
		t.Fatalf("%s: %s\n%s", what, d, edited)
	}
	if d := cmp.Diff(oldAuths, nowAuths); d != "" {
		t.Fatalf("%s: %s\n%s", what, d, edited)
	}
}
