package creds

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/secret"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// loginCacheFile names the file as `aws login` does: the SHA-256 of the
// principal's ARN.
func loginCacheFile(env func(string) string, session string) string {
	folder := filepath.Join(awsfile.Home(env), ".aws", "login", "cache")
	if other := env("AWS_LOGIN_CACHE_DIRECTORY"); other != "" {
		folder = awsfile.ExpandPath(env, other)
	}
	sum := sha256.Sum256([]byte(session))
	return filepath.Join(folder, hex.EncodeToString(sum[:])+".json")
}

// loginFile is what `aws login` keeps of a session.
type loginFile struct {
	keys    aws.Credentials
	client  string
	refresh secret.String
	dpop    secret.String // the private key, PEM

	fields, inner map[string]json.RawMessage // the file's, and those of its accessToken
}

// parseLogin reads a session. What it says of a defect never quotes the file.
func parseLogin(data []byte) (loginFile, error) {
	var f loginFile
	if json.Unmarshal(data, &f.fields) != nil || f.fields == nil {
		return loginFile{}, errors.New("it is not a JSON object")
	}
	if json.Unmarshal(f.fields["accessToken"], &f.inner) != nil || f.inner == nil {
		return loginFile{}, errors.New("it has no accessToken")
	}
	text := func(from map[string]json.RawMessage, key string) string {
		var s string
		if json.Unmarshal(from[key], &s) != nil {
			return ""
		}
		return s
	}
	f.keys = aws.Credentials{
		AccessKeyID: text(f.inner, "accessKeyId"), SecretAccessKey: text(f.inner, "secretAccessKey"), SessionToken: text(f.inner, "sessionToken"),
		AccountID: text(f.inner, "accountId"), CanExpire: true, Source: "fairlead login",
	}
	if f.keys.AccessKeyID == "" || f.keys.SecretAccessKey == "" {
		return loginFile{}, errors.New("its accessToken holds no credentials")
	}
	var err error
	if f.keys.Expires, err = sso.ParseTime(text(f.inner, "expiresAt")); err != nil {
		return loginFile{}, errors.New("its accessToken has no time of expiry")
	}
	f.client = text(f.fields, "clientId")
	f.refresh, f.dpop = secret.New(text(f.fields, "refreshToken")), secret.New(text(f.fields, "dpopKey"))
	return f, nil
}

func (f loginFile) left() time.Duration { return time.Until(f.keys.Expires) }

// missing names what a refresh needs and the file has not, "" when all is there.
func (f loginFile) missing() string {
	var names []string
	for _, part := range []struct {
		name  string
		empty bool
	}{{"clientId", f.client == ""}, {"refreshToken", f.refresh.IsZero()}, {"dpopKey", f.dpop.IsZero()}} {
		if part.empty {
			names = append(names, part.name)
		}
	}
	return strings.Join(names, ", ")
}

// encode writes the session with all the fields that it was read with, the
// idToken among them.
func (f loginFile) encode() ([]byte, error) {
	inner := object{
		{"accessKeyId", sso.PythonString(f.keys.AccessKeyID)},
		{"secretAccessKey", sso.PythonString(f.keys.SecretAccessKey)},
		{"sessionToken", sso.PythonString(f.keys.SessionToken)},
		{"accountId", sso.PythonString(f.keys.AccountID)},
		{"expiresAt", sso.PythonString(sso.FormatTime(f.keys.Expires))},
	}
	doc := object{{"accessToken", inner.with(f.inner)}}
	for _, key := range []string{"tokenType", "clientId"} {
		if v, ok := f.fields[key]; ok {
			doc = append(doc, member{key, string(v)})
		}
	}
	doc = append(doc, member{"refreshToken", sso.PythonString(f.refresh.Reveal())})
	text := doc.with(f.fields)
	if !json.Valid([]byte(text)) {
		return nil, errors.New("the session's other fields cannot be kept")
	}
	return []byte(text), nil
}
