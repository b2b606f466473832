package awsfile

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func config(text string) *Files {
	return Parse("config", []byte(text), "credentials", nil)
}

func TestValuesAsTheCLIReadsThem(t *testing.T) {
	for _, c := range []struct{ name, text, key, want string }{
		{"no inline comment", "[profile a]\nregion=eu-west-1 # c\n", "region", "eu-west-1 # c"},
		{"a hash in a secret", "[profile a]\nregion=ab #cd\n", "region", "ab #cd"},
		{"outer quotes stay", "[profile a]\nregion=\"x\"\n", "region", `"x"`},
		{"quoted name", "[profile \"a\"]\nregion=x\n", "region", "x"},
		{"single-quoted name", "[profile 'a']\nregion=x\n", "region", "x"},
		{"escaped name", "[profile \\a]\nregion=x\n", "region", "x"},
		{"text behind the bracket", "[profile a] # mine\nregion=x\n", "region", "x"},
		{"prefix without a blank", "[profiles a]\nregion=x\n", "region", "x"},
		{"colon", "[profile a]\nregion: x\n", "region", "x"},
		{"first delimiter wins", "[profile a]\nregion = a:b=c\n", "region", "a:b=c"},
		{"upper-case key", "[profile a]\nREGION=x\n", "region", "x"},
		{"CRLF", "[profile a]\r\nregion=x\r\noutput=json\r\n", "region", "x"},
		{"lone CR", "[profile a]\rregion=x\r", "region", "x"},
		{"BOM", "\ufeff[profile a]\nregion=x\n", "region", "x"},
		{"indented uniformly", "[profile a]\n  output=json\n  region=x\n", "region", "x"},
		{"continuation", "[profile a]\nregion=x\n  y\n\n  z\n\noutput=json\n", "region", "x\ny\n\nz"},
		{"comment inside a continuation", "[profile a]\nregion=x\n  # no\n  y\n", "region", "x\ny"},
		{"deeper line after blank", "[profile a]\nregion=x\n\n  y\n", "region", "x\n\ny"},
		{"blank header line then deeper key", "[profile a]\n    region=x\n", "region", "x"},
		{"DEFAULT is inherited", "[DEFAULT]\nregion=d\n[profile a]\noutput=json\n", "region", "d"},
		{"own value covers DEFAULT", "[DEFAULT]\nregion=d\n[profile a]\nregion=x\n", "region", "x"},
		{"last of two spellings", "[profile a]\nregion=x\n[profile 'a']\nregion=y\n", "region", "y"},
		{"empty value", "[profile a]\nregion=\n", "region", ""},
		{"bracket in a value line", "[profile a]\nx[0]=1\nregion=x\n", "region", "x"},
		{"open bracket as key", "[profile a]\n[x=1\nregion=x\n", "region", "x"},
		{"Unicode blank around", "[profile a]\nregion=\u00a0x\u2003\n", "region", "x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, ok := config(c.text).Profile("a")
			if !ok {
				t.Fatal("profile a is not found")
			}
			if d := p.Defects(); d != nil {
				t.Fatalf("defects: %v", d)
			}
			v, ok := p.Get(c.key)
			if !ok || v.Text != c.want {
				t.Errorf("%s = %q (found: %v), want %q", c.key, v.Text, ok, c.want)
			}
		})
	}
}

func TestSectionsThatAreNoProfiles(t *testing.T) {
	for header, hint := range map[string]string{
		"[ profile a ]":   "blank behind the bracket",
		"[a]":             "[profile a]",
		"[profile a b]":   "[profile 'a b']",
		"[profile]":       "one name is wanted",
		"[profile 'a]":    "one name is wanted",
		"[sso-session]":   "one name is wanted",
		"[Profile a]":     "",
		"[profile]a]":     "",
		"[plugins]\nx=1 ": "",
	} {
		f := config(header + "\nregion=x\n")
		if got := f.Profiles(); len(got) != 0 && header != "[profile]a]" {
			t.Errorf("%s gives profile %q", header, got[0].Name)
		}
		var said string
		for _, p := range f.Problems() {
			said += p.String() + p.Fix
		}
		if !strings.Contains(said, hint) {
			t.Errorf("%s: problems say %q, want %q in it", header, said, hint)
		}
	}
}

// A defect gives up the profile it touches and no other, and is reported with
// its line.
func TestADefectHarmsOnlyItsProfile(t *testing.T) {
	good := "[profile good]\nregion=x\n"
	for _, c := range []struct {
		name, text string
		profile    string // the profile given up, "" when none
		line       int
	}{
		{"duplicate key", good + "[profile bad]\nregion=x\nregion=y\n", "bad", 5},
		{"duplicate section", good + "[profile bad]\na=1\n[profile bad]\nb=2\n", "bad", 5},
		{"no delimiter", good + "[profile bad]\nnonsense\n", "bad", 4},
		{"no key", good + "[profile bad]\n=x\n", "bad", 4},
		{"bad nested block", good + "[profile bad]\ns3 =\n  # c\n  nonsense\nregion=x\n", "bad", 6},
		{"unterminated section", "[profile bad\nfoo=1\n" + good, "bad", 1},
		{"unterminated section behind", good + "[profile bad\nregion=bad\n", "bad", 3},
		{"Latin-1 byte", good + "[profile bad]\nname=caf\xe9\n", "bad", 4},
		{"Latin-1 byte in a comment", good + "# caf\xe9\n", "", 3},
		{"line before the first section", "region=x\n" + good, "", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := config(c.text)
			p, ok := f.Profile("good")
			if !ok || len(p.Defects()) != 0 || p.Text("region") != "x" {
				t.Errorf("the good profile is harmed: %v", p)
			}
			if c.profile != "" {
				bad, ok := f.Profile(c.profile)
				if !ok || len(bad.Defects()) != 1 {
					t.Fatalf("profile %s is not given up: %v", c.profile, bad)
				}
				if d := bad.Defects()[0]; d.Line != c.line || d.Profile != c.profile || d.File != "config" || d.Fix == "" {
					t.Errorf("defect = %+v, want line %d", d, c.line)
				}
			}
			i := slices.IndexFunc(f.Problems(), func(p Problem) bool { return p.Line == c.line })
			if i < 0 {
				t.Errorf("problems %v do not name line %d", f.Problems(), c.line)
			}
		})
	}
}

func TestUTF16IsReported(t *testing.T) {
	f := config("\xff\xfe[\x00")
	if len(f.Profiles()) != 0 || len(f.Problems()) != 1 || !strings.Contains(f.Problems()[0].Message, "UTF-16") {
		t.Errorf("problems = %v", f.Problems())
	}
}

func TestNestedBlock(t *testing.T) {
	f := config("[services s]\nathena =\n  endpoint_url = http://a\n  # note\n  x=1\n  x=2\ndynamodb =\n  endpoint_url = http://d\n")
	s, ok := f.Services("s")
	if !ok {
		t.Fatal("no services section")
	}
	v, _ := s.Nested("dynamodb", "endpoint_url")
	if v != (Value{Text: "http://d", File: "config", Line: 8}) {
		t.Errorf("endpoint = %+v", v)
	}
	if v, _ := s.Nested("athena", "x"); v.Text != "2" || v.Line != 6 {
		t.Errorf("x = %+v, want the last", v)
	}
}

func TestMergeOfBothFiles(t *testing.T) {
	f := Parse("config", []byte("[profile a]\nregion=us-west-2\noutput=json\n[default]\nregion=d\n"),
		"credentials", []byte("[a]\nregion=eu-west-1\naws_access_key_id=AK\n[only]\naws_access_key_id=B\n[profile x]\na=1\n[sso-session s]\nsso_region=x\n"))
	p, _ := f.Profile("a")
	if v, _ := p.Get("region"); v != (Value{Text: "eu-west-1", File: "credentials", Line: 2}) {
		t.Errorf("region = %+v", v)
	}
	if v, _ := p.Get("output"); v != (Value{Text: "json", File: "config", Line: 3}) {
		t.Errorf("output = %+v", v)
	}
	var names []string
	for _, p := range f.Profiles() {
		names = append(names, p.Name)
	}
	if want := []string{"a", "default", "only", "profile x"}; !slices.Equal(names, want) {
		t.Errorf("profiles = %q, want %q", names, want)
	}
	if _, ok := f.Session("s"); ok {
		t.Error("an sso-session of the credentials file is honoured")
	}
	if entries := p.Entries(); len(entries) != 3 || entries[0].Key != "region" || entries[0].File != "credentials" {
		t.Errorf("entries = %+v", entries)
	}
}

func TestKind(t *testing.T) {
	for text, want := range map[string]Kind{
		"role_arn=r\nsource_profile=b\nsso_account_id=1":       KindAssumeRole,
		"role_arn=r\nweb_identity_token_file=t":                KindWebIdentity,
		"sso_session=s\nsso_account_id=1\naws_access_key_id=A": KindSSO,
		"sso_start_url=u\nsso_role_name=1":                     KindSSOLegacy,
		"login_session=l\naws_access_key_id=A":                 KindLogin,
		"credential_process=p\naws_access_key_id=A":            KindProcess,
		"aws_access_key_id=A":                                  KindStatic,
		"region=x\nsso_session=s":                              KindNone,
	} {
		p, _ := config("[profile a]\n" + text + "\n").Profile("a")
		if p.Kind() != want {
			t.Errorf("%q is %s, want %s", text, p.Kind(), want)
		}
	}
}

func TestSplitWords(t *testing.T) {
	for _, c := range []struct {
		name  string
		split func(string) ([]string, error)
		words map[string][]string
		bad   []string
	}{
		{"POSIX", splitWords, map[string][]string{
			`a b`: {"a", "b"}, ` a  "b c" `: {"a", "b c"}, `a\ b`: {"a b"}, `'a\b'`: {`a\b`}, `"a\"b\c"`: {`a"b\c`},
			`a''b`: {"ab"}, `''`: {""}, ``: nil, `{"V":1}`: {`{V:1}`},
		}, []string{`'a`, `"a`, `a\`, `"a\`}},
		{"Windows", splitWindows, map[string][]string{
			`C:\x\y.exe a`: {`C:\x\y.exe`, "a"}, `"C:\a b\y.exe" "c d"`: {`C:\a b\y.exe`, "c d"}, `a\"b`: {`a"b`}, `"a\\" b`: {`a\`, "b"},
			`'a b'`: {"'a", "b'"}, `""`: {""}, ``: nil, `a\`: {`a\`},
		}, []string{`"a`, `a\\"b`}},
	} {
		for line, want := range c.words {
			got, err := c.split(line)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: %s = %q, %v, want %q", c.name, line, got, err, want)
			}
		}
		for _, line := range c.bad {
			if words, err := c.split(line); err == nil {
				t.Errorf("%s: %s = %q", c.name, line, words)
			}
		}
	}
}

func TestNearest(t *testing.T) {
	f := config("[profile dev]\n[profile Prod]\n[profile staging]\n[profile data-dev-eu]\n")
	for name, want := range map[string][]string{
		"dve": {"dev"}, "prod": {"Prod"}, "stagin": {"staging"}, "zzzzzz": {}, "DEV": {"dev", "data-dev-eu"},
	} {
		if got := f.Nearest(name); !slices.Equal(got, want) {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestPaths(t *testing.T) {
	home := filepath.FromSlash("/home/u")
	vars := map[string]string{"HOME": home, "USERPROFILE": home, "WORK": "w"}
	env := func(k string) string { return vars[k] }
	if got, want := ConfigPath(env), filepath.Join(home, ".aws", "config"); got != want {
		t.Errorf("config = %s, want %s", got, want)
	}
	for in, want := range map[string]string{
		"~/x": filepath.Join(home, "x"), "~": home, "$WORK/x": "w/x", "${WORK}x": "wx", "$NOPE/x": "$NOPE/x", "~u/x": "~u/x", "a$": "a$",
	} {
		if got := ExpandPath(env, in); got != want {
			t.Errorf("ExpandPath(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLoadOfMissingFilesAndFolders(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".aws", "config"), 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := Load(func(k string) string {
		if k == "HOME" || k == "USERPROFILE" {
			return home
		}
		return ""
	})
	if err != nil || f.ConfigFound || f.CredentialsFound || len(f.Profiles()) != 0 {
		t.Errorf("Load = %+v, %v", f, err)
	}
}

// manyProfiles is a config of n SSO profiles.
func manyProfiles(n int) []byte {
	var b bytes.Buffer
	b.WriteString("[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n\n")
	for i := range n {
		fmt.Fprintf(&b, "[profile account-%d]\nsso_session = corp\nsso_account_id = %012d\nsso_role_name = ReadOnly\nregion = eu-west-1\noutput = json\n\n", i, i)
	}
	return b.Bytes()
}

// The promise is 50 ms for 5,000 profiles; the bound here is wide because the
// race detector and a busy machine slow it down, yet a quadratic parser misses it.
func TestManyProfilesAreFast(t *testing.T) {
	data := manyProfiles(20_000)
	start := time.Now()
	f := Parse("config", data, "credentials", nil)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("20,000 profiles took %v", took)
	}
	if len(f.Profiles()) != 20_000 {
		t.Errorf("%d profiles", len(f.Profiles()))
	}
}

func BenchmarkParse5000(b *testing.B) {
	data := manyProfiles(5000)
	b.ResetTimer()
	for b.Loop() {
		Parse("config", data, "credentials", nil)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "[profile a]\nregion=x\n", "[profile \"a b\"]\ns3 =\n  x=1\n", "\ufeff[default]\na:b", "[DEFAULT]\nx=1\n[profile 'a]",
		"[profile a\nfoo\n=\n[profile a]\nx=1\nx=2\n[profile a]\n", "\xff\xfe[\x00", "[a]\r\n\tb\r c=\r\n  d", "[]\n[ ]\n]\n[[]]\n", "[profile a]\nx=\n\n\n  y\n# c\n z=1",
	} {
		f.Add([]byte(seed), []byte("[a]\naws_access_key_id=x\n"))
	}
	f.Fuzz(func(t *testing.T, config, credentials []byte) {
		files := Parse("config", config, "credentials", credentials)
		for _, p := range files.Profiles() {
			if got, ok := files.Profile(p.Name); !ok || got != p {
				t.Fatalf("profile %q is listed but not found", p.Name)
			}
			p.Kind()
			for _, e := range p.Entries() {
				if v, ok := p.Get(e.Key); !ok || v != e.Value {
					t.Fatalf("%s of %q: %+v, listed as %+v", e.Key, p.Name, v, e.Value)
				}
			}
		}
		files.Nearest("a")
		for _, found := range files.Lint(func(string) string { return "" }) {
			if found.Rule == "" || found.Message == "" || found.Fix == "" {
				t.Fatalf("empty finding %+v", found)
			}
		}
		for _, p := range files.Problems() {
			if p.Message == "" || p.File == "" {
				t.Fatalf("empty problem %+v", p)
			}
		}
	})
}
