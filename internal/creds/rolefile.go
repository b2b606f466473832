package creds

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/home"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// sourceCLICache names credentials that came out of the CLI's cache, so that
// nobody takes what is left of their life for the whole of it.
const sourceCLICache = "fairlead cli cache"

// The ends of the times in the cache, as the CLI writes them: it formats the
// zone's name for what STS answered, and a Z for the portal.
const (
	zoneRole = "UTC"
	zoneSSO  = "Z"
)

// roleFile is one file of the cache that AWS CLI v2 keeps of role credentials,
// ~/.aws/cli/cache/SHA1.json. A code that was typed in the CLI serves here
// through it, and the other way round.
type roleFile struct {
	path string
	zone string
}

// newRoleFile names the file by the SHA-1 of the key's JSON.
func newRoleFile(env func(string) string, key, zone string) *roleFile {
	sum := sha1.Sum([]byte(key))
	return &roleFile{path: filepath.Join(awsfile.Home(env), ".aws", "cli", "cache", hex.EncodeToString(sum[:])+".json"), zone: zone}
}

// roleKey is what the CLI names the cache file of an assumed role by: the
// arguments of the call, sorted, as Python writes them. The region and the
// source profile are not part of it; a session name only when the profile
// gives one.
func roleKey(roleARN, externalID, serial, session, policy string, duration int32) string {
	args := map[string]string{"RoleArn": sso.PythonString(roleARN)}
	for name, value := range map[string]string{"ExternalId": externalID, "SerialNumber": serial, "RoleSessionName": session, "Policy": policy} {
		if value != "" {
			args[name] = sso.PythonString(value)
		}
	}
	if duration != 0 {
		args["DurationSeconds"] = fmt.Sprint(duration)
	}
	return pythonObject(args, ", ", ": ")
}

// ssoKey is the same for a role of an SSO session; the CLI writes it without
// blanks.
func ssoKey(s sso.Session, account, role string) string {
	args := map[string]string{"accountId": sso.PythonString(account), "roleName": sso.PythonString(role)}
	if s.Legacy() {
		args["startUrl"] = sso.PythonString(s.StartURL)
	} else {
		args["sessionName"] = sso.PythonString(s.Name)
	}
	return pythonObject(args, ",", ":")
}

func pythonObject(members map[string]string, comma, colon string) string {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if b.Len() > 0 {
			b.WriteString(comma)
		}
		b.WriteString(sso.PythonString(name) + colon + members[name])
	}
	return "{" + b.String() + "}"
}

// answer are credentials with what else the service told, which the CLI keeps.
type answer struct {
	aws.Credentials
	userID, userARN string // of the assumed role
	requestID       string
}

// read returns the credentials in the file, with zero ones when there are none
// that can be read: whatever is in the cache can be fetched anew.
func (f *roleFile) read(ctx context.Context) aws.Credentials {
	var got aws.Credentials
	err := sso.ReadCacheFile(ctx, f.path, func(data []byte) (err error) {
		got, err = parseRoleFile(data)
		return err
	})
	if err != nil {
		return aws.Credentials{}
	}
	return got
}

// parseRoleFile reads a file of the cache. What it says of a defect never
// quotes the file.
func parseRoleFile(data []byte) (aws.Credentials, error) {
	var file struct {
		Credentials struct {
			AccessKeyId, SecretAccessKey, SessionToken, Expiration, AccountId string //nolint:revive // the names of the format
		}
		AssumedRoleUser struct{ Arn string }
	}
	if json.Unmarshal(data, &file) != nil {
		return aws.Credentials{}, errors.New("it is not the JSON of a role's credentials")
	}
	c := file.Credentials
	if c.AccessKeyId == "" || c.SecretAccessKey == "" || c.SessionToken == "" {
		return aws.Credentials{}, errors.New("it holds no credentials")
	}
	expires, err := sso.ParseTime(c.Expiration)
	if err != nil {
		return aws.Credentials{}, errors.New("its Expiration is missing or not a time")
	}
	got := aws.Credentials{AccessKeyID: c.AccessKeyId, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken,
		AccountID: c.AccountId, CanExpire: true, Expires: expires, Source: sourceCLICache}
	if user, err := arn.Parse(file.AssumedRoleUser.Arn); err == nil && got.AccountID == "" {
		got.AccountID = user.AccountID // CLIs of before 2025 kept no AccountId
	}
	return got, nil
}

// write replaces the credentials of the file and keeps the fields that are not
// ours.
func (f *roleFile) write(ctx context.Context, a answer) error {
	fields, inner := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	_ = sso.ReadCacheFile(ctx, f.path, func(data []byte) error {
		if json.Unmarshal(data, &fields) != nil {
			fields = map[string]json.RawMessage{}
		}
		if json.Unmarshal(fields["Credentials"], &inner) != nil {
			inner = map[string]json.RawMessage{}
		}
		return nil
	})
	data, err := f.encode(a, fields, inner)
	if err != nil {
		return err
	}
	return home.WriteFile(f.path, data)
}

func (f *roleFile) encode(a answer, kept, keptInner map[string]json.RawMessage) ([]byte, error) {
	keys := object{
		{"AccessKeyId", sso.PythonString(a.AccessKeyID)},
		{"SecretAccessKey", sso.PythonString(a.SecretAccessKey)},
		{"SessionToken", sso.PythonString(a.SessionToken)},
		{"Expiration", sso.PythonString(a.Expires.UTC().Format("2006-01-02T15:04:05") + f.zone)},
	}
	delete(keptInner, "AccountId")
	if a.AccountID != "" {
		keys = append(keys, member{"AccountId", sso.PythonString(a.AccountID)})
	}
	var doc object
	if f.zone == zoneSSO {
		doc = append(doc, member{"ProviderType", `"sso"`})
	}
	doc = append(doc, member{"Credentials", keys.with(keptInner)})
	if a.userARN != "" {
		doc = append(doc,
			member{"AssumedRoleUser", object{{"AssumedRoleId", sso.PythonString(a.userID)}, {"Arn", sso.PythonString(a.userARN)}}.String()},
			member{"ResponseMetadata", object{{"RequestId", sso.PythonString(a.requestID)}, {"HTTPStatusCode", "200"}, {"HTTPHeaders", "{}"}, {"RetryAttempts", "0"}}.String()})
	}
	text := doc.with(kept)
	if !json.Valid([]byte(text)) { // only kept fields could do that, and they came out of a decoder
		return nil, errors.New("the cache file's other fields cannot be kept")
	}
	return []byte(text), nil
}

// object is a JSON object whose members keep their order.
type object []member

type member struct{ name, json string }

// with returns the object's JSON with the members of kept that it has not
// itself behind its own.
func (o object) with(kept map[string]json.RawMessage) string {
	all := slices.Clone(o)
	for _, name := range slices.Sorted(maps.Keys(kept)) {
		if !slices.ContainsFunc(o, func(m member) bool { return m.name == name }) {
			all = append(all, member{name, string(kept[name])})
		}
	}
	return all.String()
}

// String writes the object as Python's json.dumps does.
func (o object) String() string {
	var b bytes.Buffer
	for i, m := range o {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(sso.PythonString(m.name) + ": " + m.json)
	}
	return "{" + b.String() + "}"
}

// left is how long credentials are good by their own date.
func left(c aws.Credentials) time.Duration {
	if c.AccessKeyID == "" {
		return 0
	}
	return time.Until(c.Expires)
}
