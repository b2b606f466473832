package awsfile

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func variables(pairs ...string) func(string) string {
	m := map[string]string{"HOME": "/home/u", "USERPROFILE": "/home/u"}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(k string) string { return m[k] }
}

// lintRow holds the least that its rules find, and nothing that others do.
type lintRow struct {
	want                string // "rule:level:line ..."
	config, credentials string
	env                 []string
}

func lintRows() []lintRow {
	const base = "[profile base]\naws_access_key_id=AKIAB\naws_secret_access_key=s\n"
	const session = "[sso-session s]\nsso_start_url=u\nsso_region=r\nsso_registration_scopes=sso:account:access\n"
	const role = "[profile a]\nregion=x\nduration_seconds=3600\nrole_arn=r\n"
	return []lintRow{
		{"", role + "source_profile=base\n" + base + session + "[default]\nregion=x\n[preview]\nx=y\n", "[other]\naws_access_key_id=AKIAB\naws_secret_access_key=s\n", nil},
		// What the CLI refuses.
		{"utf-16:refused:0", "\xff\xfe[\x00", "", nil},
		{"byte-order-mark:refused:1", "\ufeff" + base, "", nil},
		{"duplicate-section:refused:4", base + "[profile base]\nregion=x\n", "", nil},
		{"section-unclosed:refused:4", base + "[profile b\nregion=x\n", "", nil},
		{"line-before-section:refused:1", "region=x\n" + base, "", nil},
		{"not-key-value:refused:2", "[profile a]\nnonsense\n", "", nil},
		{"not-key-value:refused:2", "[profile a]\n=x\n", "", nil},
		{"duplicate-key:refused:3", "[profile a]\nregion=x\nregion=y\n", "", nil},
		{"nested-not-key-value:refused:3", "[profile a]\ns3 =\n  nonsense\n", "", nil},
		{"bad-bytes:refused:2", "[profile a]\nregion=\xff\n", "", nil},
		{"section-ignored:refused:1", "[a]\nregion=x\n", "", nil},
		{"section-ignored:refused:1", "[profile a b]\nregion=x\n", "", nil},
		{"prefix-in-credentials:refused:1", "", "[profile a]\nregion=x\n", nil},
		// What is read differently.
		{"profile-twice:differs:3", "[default]\nregion=x\n[profile default]\nregion=y\n", "", nil},
		{"session-in-credentials:differs:1", "", "[sso-session s]\nsso_region=x\n", nil},
		{"quoted-name:differs:1", "[profile 'a b']\nregion=x\n", "", nil},
		{"quoted-name:differs:1", "[sso-session 's t']\nsso_start_url=u\nsso_region=r\nsso_registration_scopes=sso:account:access\n", "", nil},
		{"inline-comment:differs:2", "[profile a]\nregion=x # mine\n", "", nil},
		{"quoted-value:differs:2", "[profile a]\nregion=\"x\"\n", "", nil},
		{"sts-regional-endpoints:differs:2", "[profile a]\nsts_regional_endpoints=legacy\n", "", nil},
		{"security-token:differs:4", "", "[a]\naws_access_key_id=ASIA1\naws_secret_access_key=s\naws_security_token=t\n", nil},
		{"token-of-other-keys:differs:2", "[profile a]\naws_session_token=t\n", "[a]\naws_access_key_id=AKIA1\naws_secret_access_key=s\n", nil},
		{"half-keys:differs:2", "[profile a]\naws_secret_access_key=s\n", "", nil},
		{"source-without-role:differs:2", "[profile a]\nsource_profile=base\n" + base, "", nil},
		{"mfa-prompt:differs:6", role + "source_profile=base\nmfa_serial=m\n" + base, "", nil},
		{"role-duration-unset:differs:3", "[profile a]\nregion=x\nrole_arn=r\nsource_profile=base\n" + base, "", nil},
		{"duration-ignored:differs:3", "[profile a]\nregion=x\nduration_seconds=910\nrole_arn=r\nsource_profile=base\n" + base, "", nil},
		{"source-with-keys-and-role:differs:5", role + "source_profile=m\n[profile m]\nregion=x\nduration_seconds=3600\nrole_arn=r\nsource_profile=base\naws_access_key_id=AKIA1\naws_secret_access_key=s\n" + base, "", nil},
		{"source-itself:differs:5", role + "source_profile=a\naws_access_key_id=AKIA1\naws_secret_access_key=s\n", "", nil},
		{"login-as-source:differs:5", role + "source_profile=l\n[profile l]\nlogin_session=arn\n", "", nil},
		{"sso-legacy:differs:2", "[profile a]\nsso_start_url=u\nsso_region=r\nsso_account_id=1\nsso_role_name=R\n", "", nil},
		{"sso-scopes-unset:differs:1", "[sso-session s]\nsso_start_url=u\nsso_region=r\n", "", nil},
		{"process-outer-quotes:differs:2", "[profile a]\ncredential_process=\"/opt/my tool\" \"x\"\n", "", nil},
		{"process-shell:differs:2", "[profile a]\ncredential_process=a | b\n", "", nil},
		{"process-account:differs:3", "[profile a]\ncredential_process=a\naws_account_id=1\n", "", nil},
		{"mixed-sources:differs:3", "[profile a]\ncredential_process=a\naws_access_key_id=AKIA1\naws_secret_access_key=s\n", "", nil},
		{"", "[profile a]\ncredential_process=a\n", "[a]\naws_access_key_id=AKIA1\naws_secret_access_key=s\n", nil},
		{"setting-in-credentials:differs:2", "[profile a]\nregion=x\n", "[a]\nendpoint_url=http://x\n", nil},
		{"role-without-region:differs:2", "[profile a]\nrole_arn=r\nduration_seconds=3600\nsource_profile=base\n" + base, "", nil},
		{"", "[profile a]\nrole_arn=r\nduration_seconds=3600\nsource_profile=base\n" + base, "", []string{"AWS_REGION", "x"}},
		{"default-inherited:differs:2", "[DEFAULT]\nregion=x\n" + base, "", nil},
		// What is broken.
		{"half-keys:broken:2", "[profile a]\naws_access_key_id=x\n", "", nil},
		{"temporary-key-without-token:broken:2", "[profile a]\naws_access_key_id=ASIA1\naws_secret_access_key=s\n", "", nil},
		{"long-term-key-with-token:broken:2", "[profile a]\naws_access_key_id=AKIA1\naws_secret_access_key=s\naws_session_token=t\n", "", nil},
		{"role-two-sources:broken:6", role + "source_profile=base\ncredential_source=Environment\n" + base, "", nil},
		{"credential-source-unknown:broken:5", role + "credential_source=environment\n", "", nil},
		{"role-without-source:broken:4", role, "", nil},
		{"duration-no-number:broken:3", "[profile a]\nregion=x\nduration_seconds=1h\nrole_arn=r\nsource_profile=base\n" + base, "", nil},
		{"duration-out-of-range:broken:3", "[profile a]\nregion=x\nduration_seconds=60\nrole_arn=r\nsource_profile=base\n" + base, "", nil},
		{"source-missing:broken:5", role + "source_profile=bsae\n" + base, "", nil},
		{"source-loop:broken:5 source-loop:broken:10", role + "source_profile=b\n[profile b]\nregion=x\nduration_seconds=3600\nrole_arn=r\nsource_profile=a\n", "", nil},
		{"source-without-credentials:broken:5", role + "source_profile=b\n[profile b]\nregion=x\n", "", nil},
		{"sso-incomplete:broken:3", "[profile a]\nsso_session=s\nsso_account_id=1\n" + session, "", nil},
		{"sso-session-missing:broken:2", "[profile a]\nsso_session=t\nsso_account_id=1\nsso_role_name=R\n" + session, "", nil},
		{"sso-session-conflict:broken:5", "[profile a]\nsso_session=s\nsso_account_id=1\nsso_role_name=R\nsso_region=other\n" + session, "", nil},
		{"sso-session-incomplete:broken:1", "[sso-session s]\nsso_start_url=u\nsso_registration_scopes=sso:account:access\n", "", nil},
		{"sso-scopes:broken:4", "[sso-session s]\nsso_start_url=u\nsso_region=r\nsso_registration_scopes=codewhisperer:completions\n", "", nil},
		{"process-unreadable:broken:2", "[profile a]\ncredential_process='x\n", "", nil},
		{"process-unreadable:broken:2", "[profile a]\ncredential_process=\n", "", nil},
		{"services-missing:broken:2", "[profile a]\nservices=s\n", "", nil},
		// The environment.
		{"env-half-keys:broken:0", "", "", []string{"AWS_ACCESS_KEY_ID", "A"}},
		{"env-legacy-keys:differs:0", "", "", []string{"AWS_ACCESS_KEY", "A"}},
		{"env-security-token:differs:0", "", "", []string{"AWS_SECURITY_TOKEN", "t"}},
		{"env-expiration:differs:0", "", "", []string{"AWS_CREDENTIAL_EXPIRATION", "t"}},
		{"env-web-identity:differs:0", base, "", []string{"AWS_WEB_IDENTITY_TOKEN_FILE", "f", "AWS_PROFILE", "base"}},
		{"env-path-expanded:differs:0", "", "", []string{"AWS_CONFIG_FILE", "~/x"}},
		{"env-profile-missing:broken:0", base, "", []string{"AWS_DEFAULT_PROFILE", "x"}},
	}
}

func TestEachRuleFindsItsDefectAndNoOther(t *testing.T) {
	for _, c := range lintRows() {
		files := Parse("config", []byte(c.config), "credentials", []byte(c.credentials))
		var got []string
		for _, f := range files.Lint(variables(c.env...)) {
			got = append(got, strings.Join([]string{f.Rule, string(f.Level), digits(f.Line)}, ":"))
			if f.Message == "" || f.Fix == "" {
				t.Errorf("%s has no message or no fix: %+v", f.Rule, f)
			}
		}
		if !slices.Equal(got, strings.Fields(c.want)) {
			t.Errorf("found %v, want [%s] in\n%s%s%v", got, c.want, c.config, c.credentials, c.env)
		}
	}
}

func digits(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return digits(n/10) + digits(n%10)
}

func TestFindingsComeInOrderAndNameTheirPlace(t *testing.T) {
	files := Parse("config", []byte("[profile a]\nservices=s\nregion=x # y\n[profile b]\nservices=t\n"), "credentials", []byte("[a]\naws_access_key_id=x\n"))
	var got []string
	for _, f := range files.Lint(variables("AWS_ACCESS_KEY", "x")) {
		got = append(got, f.Where()+" "+f.Profile)
	}
	want := []string{"environment ", "config:2 a", "config:3 a", "config:5 b", "credentials:2 a"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for _, f := range files.Lint(variables()) {
		if strings.Contains(f.Message, "SECRET") {
			t.Errorf("a secret: %+v", f)
		}
	}
}

// Ten thousand profiles: a chain through all of them, a loop through all of
// them, and sources that are all missing. What grows with the square of their
// number would take minutes.
func TestManyProfilesAreLintedFast(t *testing.T) {
	const profiles = 10_000
	for name, c := range map[string]struct {
		source   func(i int) string
		rule     string
		findings int
	}{
		"a chain": {func(i int) string { return "p" + digits(i+1) }, "source-missing", 1},
		"a loop":  {func(i int) string { return "p" + digits((i+1)%profiles) }, "source-loop", profiles},
		"missing": {func(i int) string { return "missing" + digits(i) }, "source-missing", profiles},
	} {
		var b strings.Builder
		for i := range profiles {
			b.WriteString("[profile p" + digits(i) + "]\nregion=x\nduration_seconds=3600\nrole_arn=r\nsource_profile=" + c.source(i) + "\n")
		}
		files := Parse("config", []byte(b.String()), "credentials", nil)
		start := time.Now()
		found := files.Lint(variables())
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
		n := 0
		for _, f := range found {
			if f.Rule == c.rule {
				n++
			}
		}
		if n != c.findings {
			t.Errorf("%s: %d times %s, want %d", name, n, c.rule, c.findings)
		}
	}
}

// The names are promised to be stable, so they are written down.
func TestTheDocsNameEachRule(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "lint.md"))
	if err != nil {
		t.Fatal(err)
	}
	tested := map[string]bool{}
	for _, row := range lintRows() {
		for _, want := range strings.Fields(row.want) {
			rule, _, _ := strings.Cut(want, ":")
			tested[rule] = true
			if !strings.Contains(string(data), "`"+rule+"`") {
				t.Errorf("docs/lint.md does not name %s", rule)
			}
		}
	}
	for line := range strings.SplitSeq(string(data), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) < 4 || !strings.HasPrefix(strings.TrimSpace(cells[1]), "`") {
			continue
		}
		for rule := range strings.SplitSeq(cells[1], ",") {
			if rule = strings.Trim(rule, " `"); !tested[rule] {
				t.Errorf("docs/lint.md names %s, which no test finds", rule)
			}
		}
	}
}

func TestWhatMakesTheCLIRefuseTheFile(t *testing.T) {
	for text, want := range map[string]bool{
		"\ufeff[default]\nregion=x\n": true, "# \xff\n[default]\n": true, "[default]\nx=1\nx=2\n": true,
		"[dev]\nregion=x\n": false, "[default]\n[profile default]\n": false,
	} {
		problems := config(text).Problems()
		if len(problems) == 0 || problems[0].RefusesFile() != want {
			t.Errorf("%q: %v, want %v", text, problems, want)
		}
	}
}
