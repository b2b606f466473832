package awsfile

import "github.com/fairleadhq/fairlead/internal/nearest"

import "strings"

// lintSSO: what an SSO profile needs.
func lintSSO(l *linter, p *Profile) {
	ref, hasSession := p.Get("sso_session")
	url, hasURL := p.Get("sso_start_url")
	if !hasSession && !hasURL {
		return
	}
	for _, key := range []string{"sso_account_id", "sso_role_name"} {
		other := "sso_role_name"
		if key == other {
			other = "sso_account_id"
		}
		_, has := p.Get(key)
		if v, hasOther := p.Get(other); !has && hasOther {
			l.at(v, "sso-incomplete", LevelBroken, "add "+key+", or run: aws configure sso", "%s has no %s beside it; Go tools send a malformed call", other, key)
		}
	}
	if !hasSession {
		if _, ok := p.Get("sso_region"); !ok {
			l.at(url, "sso-incomplete", LevelBroken, "add sso_region", "sso_start_url has no sso_region beside it")
		}
		l.at(url, "sso-legacy", LevelDiffers, "run: fairlead profiles modernize "+p.Name,
			"a profile with its own sso_start_url is never refreshed: it asks for a log in after 8 hours at most")
		return
	}
	section, ok := l.files.Session(ref.Text)
	if !ok {
		sessions := func(name string) []string {
			var names []string
			for _, s := range l.files.order {
				names = append(names, s.Name)
			}
			return nearest.Names(name, names)
		}
		l.at(ref, "sso-session-missing", LevelBroken, l.suggest("add the section, or run: aws configure sso-session", ref.Text, sessions), "there is no section [sso-session %s]", ref.Text)
		return
	}
	for _, e := range section.Entries() {
		if own, ok := p.Get(e.Key); ok && own.Text != e.Text {
			l.at(own, "sso-session-conflict", LevelBroken, "remove the line", "%s is %q here and %q in [%s] (line %d)", e.Key, own.Text, e.Text, section.Header, e.Line)
		}
	}
}

// session looks at an sso-session section.
func (l *linter) session(s *Section) {
	where := Value{File: s.File, Line: s.Line}
	if len(s.defects) > 0 {
		return
	}
	if s.Header != "sso-session "+s.Name {
		l.at(where, "quoted-name", LevelDiffers, "rename the session to a word without blanks and quotes",
			"[%s] is session %q for the AWS CLI; Go tools look for the name as it is written, and do not find it", s.Header, s.Name)
	}
	for _, key := range []string{"sso_start_url", "sso_region"} {
		if v, ok := s.Get(key); !ok || v.Text == "" {
			l.at(where, "sso-session-incomplete", LevelBroken, "add "+key, "[%s] has no %s", s.Header, key)
		}
	}
	scopes, ok := s.Get("sso_registration_scopes")
	if ok && !strings.Contains(scopes.Text, "sso:account:access") {
		l.at(scopes, "sso-scopes", LevelBroken, "add sso:account:access", "without the scope sso:account:access the session cannot get at accounts, and is not refreshed")
	}
	if !ok {
		l.at(where, "sso-scopes-unset", LevelDiffers, "add sso_registration_scopes = sso:account:access", "without sso_registration_scopes some tools register without the scope that lets a session be refreshed")
	}
}

// lintProcess: the CLI splits the command itself, Go tools hand it to a shell.
func lintProcess(l *linter, p *Profile) {
	v, ok := p.Get("credential_process")
	if !ok {
		return
	}
	argv, err := SplitCommand(v.Text)
	switch {
	case err != nil:
		l.at(v, "process-unreadable", LevelBroken, "correct the quotes", "credential_process cannot be split into words: %v", err)
		return
	case len(argv) == 0:
		l.at(v, "process-unreadable", LevelBroken, "write a command, or remove the line", "credential_process is empty")
		return
	}
	if first, last := v.Text[0], v.Text[len(v.Text)-1]; (first == '"' || first == '\'') && first == last {
		l.at(v, "process-outer-quotes", LevelDiffers, "let the line not both begin and end with a quote", "Go tools take off the first and the last quote, and then find no program")
	}
	if strings.ContainsAny(v.Text, "|&<>`$*") {
		l.at(v, "process-shell", LevelDiffers, "put what needs a shell into a script", "the AWS CLI runs the program without a shell; Go tools hand the line to one, and read its signs (| & < > ` $ *) otherwise")
	}
	if account, ok := p.Get("aws_account_id"); ok {
		l.at(account, "process-account", LevelDiffers, "let the program print AccountId", "Go tools do not give aws_account_id to what a credential_process prints")
	}
}

// lintOrder: a profile with more than one source of credentials.
func lintOrder(l *linter, p *Profile) {
	var others []string
	for _, key := range []string{"sso_account_id", "login_session", "credential_process"} {
		if _, ok := p.Get(key); ok {
			others = append(others, key)
		}
	}
	id, hasKeys := p.Get("aws_access_key_id")
	_, role := p.Get("role_arn")
	if role || len(others) == 0 || !hasKeys {
		return
	}
	kind := p.Kind()
	if kind == KindStatic {
		return // keys of the credentials file come first everywhere
	}
	l.at(id, "mixed-sources", LevelDiffers, "keep one of them", "the profile has keys and %s: the AWS CLI takes %s, Go tools the keys", strings.Join(others, ", "), kind)
}

// lintMerge: settings that Go tools read from the config file only.
func lintMerge(l *linter, p *Profile) {
	if p.config == nil || p.credentials == nil {
		return
	}
	for _, e := range p.credentials.entries {
		switch e.Key {
		case "aws_account_id", "endpoint_url", "services", "sdk_ua_app_id", "ignore_configured_endpoint_urls", "account_id_endpoint_mode",
			"request_checksum_calculation", "response_checksum_validation":
			l.at(e.Value, "setting-in-credentials", LevelDiffers, "move the line to "+p.config.File, "Go tools lose %s when the profile stands in both files", e.Key)
		}
	}
}

func lintServices(l *linter, p *Profile) {
	if v, ok := p.Get("services"); ok {
		if _, found := l.files.Services(v.Text); !found {
			l.at(v, "services-missing", LevelBroken, "add the section, or remove the line", "there is no section [services %s]", v.Text)
		}
	}
}

// lintRegion: STS needs a region, and takes no source's.
func lintRegion(l *linter, p *Profile) {
	if l.env("AWS_REGION") != "" || l.env("AWS_DEFAULT_REGION") != "" || p.Text("region") != "" {
		return
	}
	for _, key := range []string{"role_arn", "web_identity_token_file"} {
		if v, ok := p.Get(key); ok {
			l.at(v, "role-without-region", LevelDiffers, "add region to the profile", "the profile has no region of its own, and its source's does not count: without AWS_REGION the role cannot be assumed")
			return
		}
	}
}

// inheritance reports [DEFAULT], which the CLI lets every profile inherit.
func (l *linter) inheritance() {
	seen := map[*Section]bool{}
	for _, p := range l.files.profiles {
		for _, s := range []*Section{p.config, p.credentials} {
			if s == nil || s.defaults == nil || len(s.defaults.entries) == 0 || seen[s.defaults] {
				continue
			}
			seen[s.defaults] = true
			e := s.defaults.entries[0]
			l.at(Value{File: e.File, Line: e.Line}, "default-inherited", LevelDiffers, "write the values into the profiles, or call the section [default]",
				"all profiles inherit from [DEFAULT] in the AWS CLI; Go tools drop the section")
		}
	}
}
