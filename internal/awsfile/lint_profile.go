package awsfile

import (
	"slices"
	"strconv"
	"strings"
)

// lintName: the CLI splits section names as a shell does, Go tools do not.
func lintName(l *linter, p *Profile) {
	if p.config == nil || p.config.Header == "default" || p.config.Header == "profile "+p.Name {
		return
	}
	l.at(p.Where(), "quoted-name", LevelDiffers, "rename the profile to a word without blanks and quotes",
		"[%s] is profile %q for the AWS CLI; Go tools look for the name as it is written, and do not find it", p.config.Header, p.Name)
}

// lintValues: comments and quotes that only some tools see.
func lintValues(l *linter, p *Profile) {
	for _, e := range p.Entries() {
		if len(e.Nested) > 0 {
			continue
		}
		if i := strings.IndexAny(e.Text, "#;"); i > 0 && (e.Text[i-1] == ' ' || e.Text[i-1] == '\t') {
			l.at(e.Value, "inline-comment", LevelDiffers, "put the comment on a line of its own, or take the blank before the sign away",
				"the AWS CLI takes %q with all that follows as part of %s; Go, Rust and Java tools cut it off", e.Text[i:i+1], e.Key)
		}
		if n := len(e.Text); n >= 2 && (e.Text[0] == '"' || e.Text[0] == '\'') && e.Text[n-1] == e.Text[0] && e.Key != "credential_process" {
			l.at(e.Value, "quoted-value", LevelDiffers, "write the value without quotes", "the AWS CLI keeps the quotes around %s, Go tools take them off", e.Key)
		}
		if e.Key == "sts_regional_endpoints" {
			l.at(e.Value, "sts-regional-endpoints", LevelDiffers, "remove the line", "sts_regional_endpoints is ignored by AWS CLI v2 and by Go tools; older SDKs heed it")
		}
	}
}

// lintKeys: pairs of keys that are no pairs.
func lintKeys(l *linter, p *Profile) {
	for _, s := range []*Section{p.config, p.credentials} {
		id, hasID := s.Get("aws_access_key_id")
		key, hasKey := s.Get("aws_secret_access_key")
		switch {
		case hasID && !hasKey:
			l.at(id, "half-keys", LevelBroken, "add aws_secret_access_key below it", "aws_access_key_id has no aws_secret_access_key in the same section")
		case hasKey && !hasID:
			l.at(key, "half-keys", LevelDiffers, "add aws_access_key_id, or remove the line", "aws_secret_access_key has no aws_access_key_id in the same section: the AWS CLI passes over it")
		case hasID:
			l.pair(s, id)
		}
		if v, ok := s.Get("aws_security_token"); ok {
			l.at(v, "security-token", LevelDiffers, "call it aws_session_token", "aws_security_token is read by the AWS CLI only")
		}
	}
	token, inConfig := p.config.Get("aws_session_token")
	_, keys := p.credentials.Get("aws_access_key_id")
	if _, own := p.credentials.Get("aws_session_token"); inConfig && keys && !own {
		l.at(token, "token-of-other-keys", LevelDiffers, "move the token to its keys, or remove it",
			"Go tools put this token to the keys of the credentials file, which are then refused; the AWS CLI keeps the two files apart")
	}
}

// pair checks a whole pair of keys.
func (l *linter) pair(s *Section, id Value) {
	_, session := s.Get("aws_session_token")
	_, security := s.Get("aws_security_token")
	switch token := session || security; {
	case strings.HasPrefix(id.Text, "ASIA") && !token:
		l.at(id, "temporary-key-without-token", LevelBroken, "add the aws_session_token that came with the key", "the key %s is temporary and useless without its session token", id.Text)
	case strings.HasPrefix(id.Text, "AKIA") && token:
		l.at(id, "long-term-key-with-token", LevelBroken, "remove the session token, or replace the key", "the key %s is a long-term one; with a session token it is refused", id.Text)
	}
}

// lintRole: what a role needs, and what tools make of it.
func lintRole(l *linter, p *Profile) {
	role, ok := p.Get("role_arn")
	source, hasSource := p.Get("source_profile")
	if !ok {
		if hasSource {
			l.at(source, "source-without-role", LevelDiffers, "add role_arn, or remove the line", "source_profile without role_arn: the AWS CLI ignores it, Go tools refuse the profile")
		}
		return
	}
	if _, web := p.Get("web_identity_token_file"); web {
		return
	}
	service, hasService := p.Get("credential_source")
	switch {
	case hasSource && hasService:
		l.at(service, "role-two-sources", LevelBroken, "keep one of the two", "a role takes either source_profile (line %d) or credential_source, not both", source.Line)
	case hasService && !slices.Contains([]string{"Environment", "Ec2InstanceMetadata", "EcsContainer"}, service.Text):
		l.at(service, "credential-source-unknown", LevelBroken, "use Environment, Ec2InstanceMetadata or EcsContainer, written exactly so", "credential_source %q is not known", service.Text)
	case !hasSource && !hasService:
		l.at(role, "role-without-source", LevelBroken, "add source_profile", "role_arn has neither source_profile nor credential_source: the AWS CLI refuses it, Go tools use the profile's own keys or those of the machine")
	}
	if v, ok := p.Get("mfa_serial"); ok {
		l.at(v, "mfa-prompt", LevelDiffers, "nothing to mend here; for such tools: credential_process = fairlead credentials export --profile NAME",
			"Go tools that bring no prompt of their own (Terraform) fail at a profile with mfa_serial")
	}
	lintDuration(l, p, role)
}

func lintDuration(l *linter, p *Profile, role Value) {
	v, ok := p.Get("duration_seconds")
	if !ok {
		l.at(role, "role-duration-unset", LevelDiffers, "add duration_seconds = 3600", "without duration_seconds the AWS CLI gets an hour, Go tools ask for 15 minutes")
		return
	}
	n, err := strconv.Atoi(strings.TrimSpace(v.Text))
	switch {
	case err != nil:
		l.at(v, "duration-no-number", LevelBroken, "write a number of seconds from 900 to 43200", "duration_seconds %q is no number: the AWS CLI ignores it", v.Text)
	case n < 900 || n > 43200:
		l.at(v, "duration-out-of-range", LevelBroken, "write a number of seconds from 900 to 43200", "STS takes 900 to 43200 seconds, not %d", n)
	case n > 900 && n < 960:
		l.at(v, "duration-ignored", LevelDiffers, "write 900, or 960 and more", "Go tools ignore a duration of 901 to 959 seconds and ask for 900")
	}
}

// lintSource follows source_profile.
func lintSource(l *linter, p *Profile) {
	from, ok := p.Get("source_profile")
	_, role := p.Get("role_arn")
	if !ok || !role {
		return
	}
	source, found := l.files.Profile(from.Text)
	if !found {
		l.at(from, "source-missing", LevelBroken, l.suggest("see: fairlead profiles list", from.Text, l.files.Nearest), "source_profile %q does not exist", from.Text)
		return
	}
	hasKeys := source.hasKeys()
	if path := l.loop(p); path != nil {
		l.at(from, "source-loop", LevelBroken, "give one of them credentials of its own, or another source_profile", "the profiles' source_profile go in a circle: %s", shortPath(path))
		return
	}
	_, sourceRole := source.Get("role_arn")
	switch kind := source.Kind(); {
	case hasKeys && sourceRole && source != p:
		l.at(from, "source-with-keys-and-role", LevelDiffers, "take the keys or the role out of profile "+source.Name,
			"profile %q has keys and a role: the AWS CLI signs with the keys, Go tools assume its role first", source.Name)
	case hasKeys && source == p:
		l.at(from, "source-itself", LevelDiffers, "put the keys into a profile of their own", "a profile that is its own source is refused by some tools")
	case kind == KindLogin:
		l.at(from, "login-as-source", LevelDiffers, "for Go tools, name another source", "profile %q signs in by `aws login`; Go tools refuse that as source_profile", source.Name)
	case kind == KindNone:
		l.at(from, "source-without-credentials", LevelBroken, "run: aws configure --profile "+source.Name, "source_profile %q has no credentials", source.Name)
	}
}

func (p *Profile) hasKeys() bool {
	_, id := p.Get("aws_access_key_id")
	_, key := p.Get("aws_secret_access_key")
	return id || key
}

// loop returns the path of source_profile from p that comes back to itself.
func (l *linter) loop(p *Profile) []string {
	path, seen := []string{p.Name}, map[string]bool{p.Name: true}
	for at := p; ; {
		if ends, known := l.ends[at.Name]; known && at != p {
			l.note(path, ends)
			if ends {
				return nil
			}
			return append(path, "…")
		}
		from, ok := at.Get("source_profile")
		_, role := at.Get("role_arn")
		next, found := l.files.Profile(from.Text)
		if !ok || !role || !found || next.hasKeys() {
			l.note(path, true)
			return nil
		}
		path = append(path, next.Name)
		if seen[next.Name] {
			l.note(path, false)
			return path
		}
		seen[next.Name] = true
		at = next
	}
}

// note remembers whether the chains of these profiles come to an end, so that
// chains which share a tail are followed once.
func (l *linter) note(path []string, ends bool) {
	for _, name := range path {
		l.ends[name] = ends
	}
}

// shownHops is how many profiles of a circle are named.
const shownHops = 12

func shortPath(path []string) string {
	if len(path) > shownHops {
		path = append(slices.Clone(path[:shownHops]), "…", path[len(path)-1])
	}
	return strings.Join(path, " -> ")
}
