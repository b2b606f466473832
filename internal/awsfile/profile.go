package awsfile

import "slices"

// Kind says where a profile's credentials come from.
type Kind string

// The kinds, in the order in which AWS CLI v2 asks for them; StaticConfig is
// asked last but shown as "static" too.
const (
	KindAssumeRole  Kind = "assume-role"  // role_arn with source_profile or credential_source
	KindWebIdentity Kind = "web-identity" // web_identity_token_file
	KindSSO         Kind = "sso"          // sso_session
	KindSSOLegacy   Kind = "sso-legacy"   // sso_start_url in the profile itself
	KindStatic      Kind = "static"       // aws_access_key_id
	KindLogin       Kind = "login"        // login_session, written by `aws login`
	KindProcess     Kind = "process"      // credential_process
	KindNone        Kind = "none"         // settings only
)

// Profile is a profile merged from both files: a value of the credentials
// file covers the config file's value of the same key.
type Profile struct {
	Name string

	config, credentials *Section
}

// Get returns the merged value of key, which must be in lower case.
func (p *Profile) Get(key string) (Value, bool) {
	if v, ok := p.credentials.Get(key); ok {
		return v, true
	}
	return p.config.Get(key)
}

// Text returns the merged value of key, or "".
func (p *Profile) Text(key string) string {
	v, _ := p.Get(key)
	return v.Text
}

// Nested returns the merged value of key in the indented block named block.
func (p *Profile) Nested(block, key string) (Value, bool) {
	if _, ok := p.credentials.Get(block); ok {
		return p.credentials.Nested(block, key)
	}
	return p.config.Nested(block, key)
}

// InConfig returns the profile's section of the config file, nil when it has none.
func (p *Profile) InConfig() *Section { return p.config }

// InCredentials returns the profile's section of the credentials file, nil
// when it has none.
func (p *Profile) InCredentials() *Section { return p.credentials }

// Entries returns the merged entries: those of the config file in their
// order, covered by the credentials file's, then the rest.
func (p *Profile) Entries() []Entry {
	all := p.config.Entries()
	for _, e := range p.credentials.Entries() {
		if i := slices.IndexFunc(all, func(o Entry) bool { return o.Key == e.Key }); i >= 0 {
			all[i] = e
			continue
		}
		all = append(all, e)
	}
	return all
}

// Defects returns the problems because of which the profile must not be used.
func (p *Profile) Defects() []Problem {
	return append(p.config.Defects(), p.credentials.Defects()...)
}

// Where returns the file and line of the profile's section header.
func (p *Profile) Where() Value {
	s := p.config
	if s == nil {
		s = p.credentials
	}
	if s == nil {
		return Value{}
	}
	return Value{Text: s.Header, File: s.File, Line: s.Line}
}

// Kind tells which source AWS CLI v2 takes for the profile's credentials.
func (p *Profile) Kind() Kind {
	has := func(key string) bool { _, ok := p.Get(key); return ok }
	_, inCredentials := p.credentials.Get("aws_access_key_id")
	switch {
	case has("role_arn") && !has("web_identity_token_file"):
		return KindAssumeRole
	case p.Text("web_identity_token_file") != "":
		return KindWebIdentity
	case has("sso_account_id") || has("sso_role_name"):
		if has("sso_session") {
			return KindSSO
		}
		return KindSSOLegacy
	case inCredentials:
		return KindStatic
	case has("login_session"):
		return KindLogin
	case has("credential_process"):
		return KindProcess
	case has("aws_access_key_id"):
		return KindStatic
	}
	return KindNone
}
