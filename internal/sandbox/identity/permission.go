package identity

import (
	"slices"
	"strings"
)

// denial is a refusal added while the sandbox runs.
type denial struct{ principal, action string }

// Deny refuses action (e.g. "athena:StartQueryExecution", with * as wildcard)
// to every principal whose user, role or session ARN matches principal, also
// with * as wildcard.
func (s *Store) Deny(principal, action string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.denials = append(s.denials, denial{principal, action})
}

// AllowAll takes back everything Deny refused; what users and roles were
// created with stays.
func (s *Store) AllowAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.denials = nil
}

// Allowed reports whether the holder of key may perform action.
func (s *Store) Allowed(key Key, action string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if key.Session != nil && !slices.ContainsFunc(key.Session, func(p string) bool { return matches(p, action) }) {
		return false
	}
	var denied []string
	if r, ok := s.roles[key.Source]; ok {
		denied = r.Denied
	} else if u, ok := s.users[key.Source]; ok {
		denied = u.Denied
	}
	if slices.ContainsFunc(denied, func(p string) bool { return matches(p, action) }) {
		return false
	}
	return !slices.ContainsFunc(s.denials, func(d denial) bool {
		return matches(d.action, action) && (matches(d.principal, key.Source) || matches(d.principal, key.Principal.ARN))
	})
}

// Narrow bounds a key to the actions that match one of the patterns, as a
// session policy does.
func (s *Store) Narrow(id string, actions []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k, ok := s.keys[id]; ok {
		k.Session = actions
	}
}

// MayAssume reports whether the holder of key may assume role with the given
// external id, mfa telling whether a code was checked for this call.
func (s *Store) MayAssume(key Key, role Role, externalID string, mfa bool) bool {
	if !s.Allowed(key, "sts:AssumeRole") {
		return false
	}
	return slices.ContainsFunc(role.Trust, func(t Trust) bool {
		if t.ExternalID != "" && t.ExternalID != externalID {
			return false
		}
		if t.MFA && !mfa && !key.MFA {
			return false
		}
		return slices.ContainsFunc(t.Principals, func(p string) bool {
			return p == key.Source || p == key.Principal.ARN || p == "arn:aws:iam::"+key.Principal.AccountID+":root"
		})
	})
}

// matches is IAM's string match: case-insensitive as action names are, with *
// for any run of characters and ? for one.
func matches(pattern, s string) bool {
	return glob(strings.ToLower(pattern), strings.ToLower(s))
}

func glob(pattern, s string) bool {
	star, mark := -1, 0
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
