package sandbox

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/signin"
)

// tokenCache is an SSO token file as the AWS CLI writes it.
type tokenCache struct {
	StartURL, Region                     string
	AccessToken, ExpiresAt               string
	ClientID, ClientSecret, RegisteredTo string
	RefreshToken                         string
}

func (t *tokenCache) fill(i signin.Issued) {
	t.AccessToken, t.ExpiresAt = i.AccessToken, stamp(i.Expires)
	t.ClientID, t.ClientSecret, t.RegisteredTo = i.ClientID, i.ClientSecret, stamp(i.RegistrationExpires)
	t.RefreshToken = i.RefreshToken
}

// stamp is a time as the CLI writes it: UTC, whole seconds, Z.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// python is the file's text, in the CLI's order and with Python's separators.
func (t tokenCache) python() string {
	return pythonObject(
		member{"startUrl", t.StartURL}, member{"region", t.Region},
		member{"accessToken", t.AccessToken}, member{"expiresAt", t.ExpiresAt},
		member{"clientId", t.ClientID}, member{"clientSecret", t.ClientSecret},
		member{"registrationExpiresAt", t.RegisteredTo}, member{"refreshToken", t.RefreshToken},
	)
}

// registration is the text of the client registration's own file.
func (t tokenCache) registration(scopes []string) string {
	members := []member{{"clientId", t.ClientID}, {"clientSecret", t.ClientSecret}, {"expiresAt", t.RegisteredTo}}
	if scopes != nil {
		members = append(members, member{"scopes", scopes})
	}
	return pythonObject(members...)
}

// cacheName is the file name of a token: of the session's name, or of the start
// URL for a legacy profile.
func cacheName(key string) string { return sha1Hex(key) + ".json" }

// registrationName is the file name of a client registration. The CLI hashes
// the sorted JSON of what was asked for.
func registrationName(startURL, region string, scopes []string, session string) string {
	var sessionValue, scopesValue any
	if session != "" {
		sessionValue = session
	}
	if scopes != nil {
		scopesValue = scopes
	}
	return cacheName("{" + strings.Join([]string{
		pythonPair(member{"region", region}),
		pythonPair(member{"scopes", scopesValue}),
		pythonPair(member{"session_name", sessionValue}),
		pythonPair(member{"startUrl", startURL}),
		pythonPair(member{"tool", "botocore"}),
	}, ", ") + "}")
}

func sha1Hex(s string) string {
	sum := sha1.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// member is a member of a JSON object in a fixed place.
type member struct {
	name  string
	value any // string, []string or nil
}

// pythonObject writes the members that are not empty as Python's json.dumps does.
func pythonObject(members ...member) string {
	var parts []string
	for _, m := range members {
		if m.value != "" {
			parts = append(parts, pythonPair(m))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func pythonPair(m member) string {
	value := "null"
	switch v := m.value.(type) {
	case string:
		value = quote(v)
	case []string:
		quoted := make([]string, len(v))
		for i, s := range v {
			quoted[i] = quote(s)
		}
		value = "[" + strings.Join(quoted, ", ") + "]"
	}
	return quote(m.name) + ": " + value
}

// quote writes a JSON string. What is written here is ASCII without control
// characters, where Go and Python agree once HTML escaping is undone.
func quote(s string) string {
	b, _ := json.Marshal(s) // a string always marshals
	return strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">").Replace(string(b))
}
