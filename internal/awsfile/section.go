package awsfile

import "slices"

// Value is one value and where it stands.
type Value struct {
	Text string
	File string
	Line int // 1-based line of the key
}

// Entry is a key with its value. Keys are in lower case.
type Entry struct {
	Key string
	Value
	Nested []Entry // the indented k=v lines of a key whose own value is empty
}

// Section is one section of one file.
type Section struct {
	Header string // the text between the brackets
	Kind   string // "profile", "sso-session" or "services"
	Name   string
	File   string
	Line   int

	entries  []Entry
	defaults *Section // [DEFAULT] of the same file, which every section inherits
	defects  []Problem
	broken   bool // the header itself cannot be read
}

// Get returns the value of key, which must be in lower case.
func (s *Section) Get(key string) (Value, bool) {
	e, ok := s.entry(key)
	return e.Value, ok
}

func (s *Section) entry(key string) (Entry, bool) {
	if s == nil {
		return Entry{}, false
	}
	for _, e := range s.entries {
		if e.Key == key {
			return e, true
		}
	}
	return s.defaults.entry(key)
}

// Nested returns the value of key in the indented block named block, e.g.
// ("athena", "endpoint_url") of a services section.
func (s *Section) Nested(block, key string) (Value, bool) {
	e, _ := s.entry(block)
	for _, n := range e.Nested {
		if n.Key == key {
			return n.Value, true
		}
	}
	return Value{}, false
}

// Entries returns the section's own entries in file order, then those it
// inherits from [DEFAULT].
func (s *Section) Entries() []Entry {
	if s == nil {
		return nil
	}
	all := slices.Clone(s.entries)
	for _, e := range s.defaults.Entries() {
		if !slices.ContainsFunc(all, func(o Entry) bool { return o.Key == e.Key }) {
			all = append(all, e)
		}
	}
	return all
}

// Defects returns the problems because of which the section must not be used.
func (s *Section) Defects() []Problem {
	if s == nil {
		return nil
	}
	return slices.Clone(s.defects)
}

// name says what the section is, and whom its defects touch.
func (s *Section) name(kind, name string) {
	s.Kind, s.Name = kind, name
	if kind != "profile" {
		return
	}
	for i := range s.defects {
		s.defects[i].Profile = name
	}
}

// looksLikeProfile reports whether the section holds a key that only profiles have.
func (s *Section) looksLikeProfile() bool {
	return slices.ContainsFunc(s.entries, func(e Entry) bool {
		switch e.Key {
		case "region", "aws_access_key_id", "role_arn", "sso_session", "sso_start_url", "credential_process", "login_session":
			return true
		}
		return false
	})
}
