// Package secret holds a string that never prints itself.
//
// Access keys' secrets, session tokens, passwords and SSO tokens have this type
// from the moment they are read. Every way of formatting or marshalling one
// yields "[hidden]"; only Reveal gives the value, so that a search for Reveal
// lists every place where a secret leaves its wrapping.
package secret

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
)

const hidden = "[hidden]"

// String is a secret text. The zero value is the empty secret.
type String struct{ value string }

// New wraps value.
func New(value string) String { return String{value} }

// Reveal returns the value itself. Call it only where the value is used: to
// sign, to send, to store in the keyring.
func (s String) Reveal() string { return s.value }

// IsZero reports whether the secret is empty.
func (s String) IsZero() bool { return s.value == "" }

// String returns "[hidden]", or "" for the empty secret.
func (s String) String() string {
	if s.value == "" {
		return ""
	}
	return hidden
}

// Format writes the same as String for every verb, %v, %q, %x and %#v included.
func (s String) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// MarshalText returns the hidden form, so that no encoder can leak the value.
func (s String) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON returns the hidden form as a JSON string.
func (s String) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// LogValue returns the hidden form.
func (s String) LogValue() slog.Value { return slog.StringValue(s.String()) }

// UnmarshalJSON reads a JSON string, so that a secret in a request has its type
// from the start.
func (s *String) UnmarshalJSON(data []byte) error {
	var value string
	if json.Unmarshal(data, &value) != nil {
		return errors.New("a secret must be a JSON string") // the decoder's own error could quote it
	}
	s.value = value
	return nil
}
