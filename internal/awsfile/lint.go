package awsfile

import (
	"fmt"
	"slices"
	"strings"
)

// Level says how bad a finding is.
type Level string

// The levels.
const (
	// LevelBroken: the profile works nowhere.
	LevelBroken Level = "broken"
	// LevelRefused: AWS CLI v2 refuses the whole file for it, or does not see
	// the section.
	LevelRefused Level = "refused"
	// LevelDiffers: the CLI takes it, other tools read it otherwise.
	LevelDiffers Level = "differs"
)

// Finding is what a rule found.
type Finding struct {
	Rule    string `json:"rule"` // stable
	Level   Level  `json:"level"`
	File    string `json:"file,omitempty"` // "" for the environment
	Line    int    `json:"line,omitempty"`
	Profile string `json:"profile,omitempty"`
	Message string `json:"message"`
	Fix     string `json:"fix"`
}

// Where is "file:line", the file alone, or "environment".
func (f Finding) Where() string {
	switch {
	case f.File == "":
		return "environment"
	case f.Line == 0:
		return f.File
	}
	return fmt.Sprintf("%s:%d", f.File, f.Line)
}

// Lint returns what is broken in the files, what AWS CLI v2 refuses, and what
// Go tools (Terraform among them), the Java SDK or others read otherwise than
// the CLI; by file and line. Findings about the environment come first.
//
// The differences were measured; they are those of AWS SDK for Go v2 with its
// default configuration unless the message names another.
func (f *Files) Lint(env func(string) string) []Finding {
	l := &linter{files: f, env: env, ends: map[string]bool{}}
	l.environment()
	for _, p := range f.Problems() {
		l.add(Finding{Rule: p.Rule, Level: problemLevel(p), File: p.File, Line: p.Line, Profile: p.Profile, Message: p.Message, Fix: p.Fix})
	}
	for _, p := range f.profiles {
		if len(p.Defects()) > 0 {
			continue // it says so already; its values are not to be trusted
		}
		l.profile = p
		for _, check := range profileChecks() {
			check(l, p)
		}
	}
	l.profile = nil
	for _, s := range f.order {
		l.session(s)
	}
	l.inheritance()
	slices.SortStableFunc(l.found, func(a, b Finding) int {
		if a.File != b.File {
			return rank(f, a.File) - rank(f, b.File)
		}
		return a.Line - b.Line
	})
	return l.found
}

func rank(f *Files, file string) int {
	switch file {
	case "":
		return 0
	case f.ConfigPath:
		return 1
	}
	return 2
}

func problemLevel(p Problem) Level {
	switch p.Rule {
	case "profile-twice", "session-in-credentials":
		return LevelDiffers
	}
	return LevelRefused
}

// linter collects findings.
type linter struct {
	files   *Files
	env     func(string) string
	profile *Profile // the one that is looked at
	found   []Finding

	ends      map[string]bool // whether the chain of a profile that was followed comes to an end
	suggested int
}

// maxSuggestions bounds how many names are looked for that come near a missing
// one: each look goes through all names.
const maxSuggestions = 100

// suggest makes the fix for a name that does not exist.
func (l *linter) suggest(otherwise, name string, near func(string) []string) string {
	if l.suggested++; l.suggested > maxSuggestions {
		return otherwise
	}
	if names := near(name); len(names) > 0 {
		return "did you mean " + strings.Join(names, ", ") + "?"
	}
	return otherwise
}

func (l *linter) add(f Finding) { l.found = append(l.found, f) }

// at reports a finding at a value of the profile that is looked at.
func (l *linter) at(v Value, rule string, level Level, fix, format string, args ...any) {
	f := Finding{Rule: rule, Level: level, File: v.File, Line: v.Line, Message: fmt.Sprintf(format, args...), Fix: fix}
	if l.profile != nil {
		f.Profile = l.profile.Name
	}
	l.add(f)
}

// profileChecks are the rules about one profile.
func profileChecks() []func(*linter, *Profile) {
	return []func(*linter, *Profile){
		lintName, lintValues, lintKeys, lintRole, lintSource, lintSSO, lintProcess, lintOrder, lintMerge, lintServices, lintRegion,
	}
}

// environment reports variables that mean different things to different tools.
func (l *linter) environment() {
	set := func(name string) bool { return l.env(name) != "" }
	say := func(rule string, level Level, fix, format string, args ...any) {
		l.add(Finding{Rule: rule, Level: level, Message: fmt.Sprintf(format, args...), Fix: fix})
	}
	if set("AWS_ACCESS_KEY_ID") && !set("AWS_SECRET_ACCESS_KEY") {
		say("env-half-keys", LevelBroken, "set both, or neither", "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY: the AWS CLI stops there, Go tools go on to a profile")
	}
	if !set("AWS_ACCESS_KEY_ID") && (set("AWS_ACCESS_KEY") || set("AWS_SECRET_KEY")) {
		say("env-legacy-keys", LevelDiffers, "use AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY and AWS_SECRET_KEY are read by Go tools only")
	}
	if set("AWS_SECURITY_TOKEN") && !set("AWS_SESSION_TOKEN") {
		say("env-security-token", LevelDiffers, "use AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN is read by the AWS CLI only")
	}
	if set("AWS_CREDENTIAL_EXPIRATION") {
		say("env-expiration", LevelDiffers, "export new keys in time", "AWS_CREDENTIAL_EXPIRATION is heeded by the AWS CLI; Go tools use the keys beyond it")
	}
	if set("AWS_WEB_IDENTITY_TOKEN_FILE") && set("AWS_PROFILE") {
		say("env-web-identity", LevelDiffers, "unset one of the two", "AWS_WEB_IDENTITY_TOKEN_FILE comes before the role of AWS_PROFILE in Go tools, behind it in the AWS CLI")
	}
	for _, name := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} {
		if path := l.env(name); path != "" && ExpandPath(l.env, path) != path {
			say("env-path-expanded", LevelDiffers, "write the whole path", "%s=%s: the AWS CLI expands it, Go tools take it literally", name, path)
		}
	}
	for _, name := range []string{"AWS_PROFILE", "AWS_DEFAULT_PROFILE"} {
		if profile := l.env(name); profile != "" {
			if _, ok := l.files.Profile(profile); !ok {
				say("env-profile-missing", LevelBroken, "correct or unset the variable", "%s names the profile %q, which does not exist", name, profile)
			}
			break // the second one counts only without the first
		}
	}
}
