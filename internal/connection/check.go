package connection

import (
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// entryFields lists what to write for a connection, in the order a person
// would read it.
func entryFields(e Entry) []field {
	var fields []field
	add := func(key, text string) {
		if text != "" {
			fields = append(fields, field{key: key, text: text})
		}
	}
	add("engine", e.Engine)
	add("auth", e.Auth)
	add("profile", e.Profile)
	add("region", e.Region)
	add("account", e.Account)
	if e.ReadOnly {
		fields = append(fields, field{key: "read_only", text: "true", boolean: true})
	}
	add("label", e.Label)
	for _, key := range keys(e.Params) {
		add(key, e.Params[key])
	}
	return fields
}

func authFields(a Auth) []field {
	var fields []field
	for _, f := range []field{{key: "source", text: a.Source}, {key: "profile", text: a.Profile}, {key: "region", text: a.Region}, {key: "access_key_id", text: a.AccessKeyID},
		{key: "account", text: a.Account}} {
		if f.text != "" {
			fields = append(fields, f)
		}
	}
	return fields
}

// droppable says which keys a connection's table loses when the entry does not
// have them: the common ones, and the parameters of the old and the new engine.
// What is in the file and not understood stays.
func (b *Book) droppable(d *document, e Entry) func(key string) bool {
	names := slices.Clone(connectionKeys[:])
	if b.options.Known == nil {
		return func(string) bool { return true }
	}
	names = append(names, b.options.Known(e.Engine)...)
	if t, err := d.find(sectionConnection, e.Name); err == nil && t != nil {
		for _, kv := range t.keys {
			if len(kv.key) == 1 && kv.key[0] == "engine" {
				names = append(names, b.options.Known(kv.value.text)...)
			}
		}
	}
	return func(key string) bool { return contains(names, key) }
}

func isAccount(id string) bool { return len(id) == 12 && strings.Trim(id, "0123456789") == "" }

func contains(names []string, name string) bool { return slices.Contains(names, name) }

func checkEntry(e Entry) error {
	if err := CheckName(e.Name); err != nil {
		return err
	}
	if e.Engine == "" {
		return fault.Newf(fault.Usage, "Connection %q has no engine", e.Name).WithRemedy("give one: --engine")
	}
	if e.Auth != "" && e.Profile != "" {
		return fault.Newf(fault.Usage, "Connection %q has both an auth profile and an AWS profile", e.Name).
			WithRemedy("give --auth or --profile, not both")
	}
	if e.Account != "" && !isAccount(e.Account) {
		return fault.Newf(fault.Usage, "%q is no AWS account: one has 12 digits", e.Account)
	}
	for key, text := range e.Params {
		if secretLooking(key) {
			return fault.Newf(fault.Usage, "The parameter %q looks like a secret, and %s holds none", key, UserFile).
				WithRemedy("store it in the keyring: fairlead auth add NAME")
		}
		if key == "" || contains(connectionKeys[:], key) || !validText(key) {
			return fault.Newf(fault.Usage, "%q cannot be an engine's parameter", key)
		}
		if !validText(text) {
			return notText(e.Name, key)
		}
	}
	for _, f := range entryFields(e) {
		if !validText(f.text) {
			return notText(e.Name, f.key)
		}
	}
	return nil
}

func checkAuth(a Auth) error {
	if err := CheckName(a.Name); err != nil {
		return err
	}
	if a.Source != SourceStatic && a.Source != SourceProfile {
		return fault.Newf(fault.Usage, `There is no source %q: it is "static" or "profile"`, a.Source)
	}
	if a.Source == SourceProfile && a.Profile == "" {
		return fault.Newf(fault.Usage, "Auth profile %q names no AWS profile", a.Name).WithRemedy("give one: --profile")
	}
	if a.Account != "" && !isAccount(a.Account) {
		return fault.Newf(fault.Usage, "%q is no AWS account: one has 12 digits", a.Account)
	}
	if a.Source == SourceStatic && a.AccessKeyID == "" {
		return fault.Newf(fault.Usage, "Auth profile %q has no access key id", a.Name).WithRemedy("give one: --access-key-id")
	}
	for _, f := range authFields(a) {
		if !validText(f.text) {
			return notText(a.Name, f.key)
		}
	}
	return nil
}

func notText(name, key string) error {
	return fault.Newf(fault.Usage, "The %s of %q is not valid UTF-8 text", key, name)
}
