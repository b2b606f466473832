package sso

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/home"
	"github.com/fairleadhq/fairlead/internal/secret"
)

// token is the contents of a token file.
type token struct {
	access         secret.String
	expires        time.Time
	refresh        secret.String
	clientID       string
	clientSecret   secret.String
	registration   time.Time // when the client's registration expires
	startURL       string
	region         string
	scopes         []string // only some writers tell them
	unknown        map[string]json.RawMessage
	noRegistration bool // registrationExpiresAt is missing
}

// tokenKeys are the fields that we write ourselves, in the CLI's order.
var tokenKeys = [...]string{"startUrl", "region", "accessToken", "expiresAt", "clientId", "clientSecret", "registrationExpiresAt", "refreshToken"}

var errNoToken = errors.New("there is no token yet")

// unreadableError: the file is there but is no token.
type unreadableError struct {
	path string
	why  error
}

func (e *unreadableError) Error() string { return fmt.Sprintf("%s is no SSO token: %v", e.path, e.why) }
func (e *unreadableError) Unwrap() error { return e.why }

// readToken reads a token file. errNoToken means that there is none; an
// *unreadableError that it stayed broken after a few more looks.
func readToken(ctx context.Context, path string) (token, error) {
	var t token
	err := ReadCacheFile(ctx, path, func(data []byte) (err error) {
		t, err = parseToken(data)
		return err
	})
	switch {
	case err == nil:
		return t, nil
	case errors.Is(err, fs.ErrNotExist):
		return token{}, errNoToken
	case ctx.Err() != nil:
		return token{}, ctx.Err()
	}
	return token{}, &unreadableError{path, err}
}

// parseToken reads a token. What it says of a defect never quotes the file.
func parseToken(data []byte) (token, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return token{}, errors.New("it is not a JSON object")
	}
	var t token
	text := func(key string) string {
		var s string
		if json.Unmarshal(fields[key], &s) != nil {
			return ""
		}
		return s
	}
	t.access, t.refresh = secret.New(text("accessToken")), secret.New(text("refreshToken"))
	t.clientID, t.clientSecret = text("clientId"), secret.New(text("clientSecret"))
	t.startURL, t.region = text("startUrl"), text("region")
	if t.access.IsZero() {
		return token{}, errors.New("it has no accessToken")
	}
	var err error
	if t.expires, err = ParseTime(text("expiresAt")); err != nil {
		return token{}, errors.New("its expiresAt is missing or not a time")
	}
	if t.registration, err = ParseTime(text("registrationExpiresAt")); err != nil {
		t.noRegistration = true
	}
	_ = json.Unmarshal(fields["scopes"], &t.scopes) // foreign writers only; absent or odd means not told
	for _, key := range tokenKeys {
		delete(fields, key)
	}
	t.unknown = fields
	return t, nil
}

// encode writes the token as the CLI does, with the unknown fields behind.
func (t token) encode() ([]byte, error) {
	values := map[string]string{
		"startUrl": t.startURL, "region": t.region,
		"accessToken": t.access.Reveal(), "expiresAt": FormatTime(t.expires),
		"clientId": t.clientID, "clientSecret": t.clientSecret.Reveal(),
		"refreshToken": t.refresh.Reveal(),
	}
	if !t.noRegistration {
		values["registrationExpiresAt"] = FormatTime(t.registration)
	}
	var out bytes.Buffer
	put := func(key string, value any) error {
		k, err := json.Marshal(key)
		if err != nil {
			return err
		}
		v, err := marshalPlain(value)
		if err != nil {
			return err
		}
		if out.Len() > 1 {
			out.WriteString(", ")
		}
		out.Write(k)
		out.WriteString(": ")
		out.Write(v)
		return nil
	}
	out.WriteByte('{')
	for _, key := range tokenKeys {
		if values[key] == "" {
			continue
		}
		if err := put(key, values[key]); err != nil {
			return nil, err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(t.unknown)) {
		if err := put(key, t.unknown[key]); err != nil {
			return nil, err
		}
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// marshalPlain is json.Marshal without the escapes for HTML, which the CLI
// does not write.
func marshalPlain(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func writeToken(path string, t token) error {
	data, err := t.encode()
	if err != nil {
		return err
	}
	return home.WriteFile(path, data)
}

// left is how long the token is still good by its own date.
func (t token) left() time.Duration { return time.Until(t.expires) }

// canRefresh reports whether everything that a refresh needs is there.
func (t token) canRefresh() bool {
	return !t.refresh.IsZero() && t.clientID != "" && !t.clientSecret.IsZero() && !t.noRegistration && time.Until(t.registration) > 0
}

// foreign reports whether the token was issued to somebody else for other
// purposes, as IDEs do, and cannot be used at the portal.
func (t token) foreign() bool {
	return len(t.scopes) > 0 && !slices.ContainsFunc(t.scopes, func(s string) bool { return strings.HasPrefix(s, "sso:") })
}
