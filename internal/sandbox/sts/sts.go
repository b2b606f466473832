// Package sts is the sandbox's Security Token Service: who the caller is, and
// temporary credentials for roles and users.
//
// It knows STS's parameters, limits and words. It refuses to know signatures,
// which the front has checked, and how identities are kept.
//
//	answer, err := sts.New(store).Query(ctx, call, form) // call.Operation is "AssumeRole", ...
package sts

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/identity"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// Service is the Security Token Service. It is safe for concurrent use.
type Service struct{ store *identity.Store }

// New makes a Service on the identities in store.
func New(store *identity.Store) *Service { return &Service{store} }

// Query implements wire.QueryService.
func (s *Service) Query(_ context.Context, c *wire.Call, form map[string][]string) (any, error) {
	in := url.Values(form)
	switch c.Operation {
	case "GetCallerIdentity":
		return callerIdentity{Arn: c.Principal.ARN, UserID: c.Principal.UserID, Account: c.Principal.AccountID}, nil
	case "AssumeRole":
		return s.assumeRole(c, in)
	case "AssumeRoleWithWebIdentity":
		return s.assumeRoleWithWebIdentity(in)
	case "GetSessionToken":
		return s.getSessionToken(c, in)
	}
	return nil, wire.Fail("InvalidAction", "Could not find operation "+c.Operation+" for version 2011-06-15")
}

type callerIdentity struct {
	Arn     string
	UserID  string `xml:"UserId"`
	Account string
}

type credentials struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      string
}

func credentialsOf(k identity.Key) credentials {
	return credentials{k.ID, k.Secret, k.Token, k.Expires.UTC().Format(time.RFC3339)}
}

type assumedRoleUser struct {
	AssumedRoleID string `xml:"AssumedRoleId"`
	Arn           string
}

type assumedRole struct {
	AssumedRoleUser assumedRoleUser
	Credentials     credentials
}

// Limits of sessions.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
const (
	shortest       = 15 * time.Minute
	longestRole    = 12 * time.Hour
	longestSession = 36 * time.Hour
	longestChained = time.Hour
	defaultRole    = time.Hour
	defaultSession = 12 * time.Hour
)

func (s *Service) assumeRole(c *wire.Call, in url.Values) (any, error) {
	arn, session, d, err := roleParameters(in)
	if err != nil {
		return nil, err
	}
	caller, ok := s.store.Key(c.Principal.AccessKeyID)
	if !ok {
		return nil, accessDenied("The caller's access key no longer exists")
	}
	mfa, err := s.checkMFA(caller, in)
	if err != nil {
		return nil, err
	}
	role, ok := s.store.Role(arn)
	if !ok || !s.store.MayAssume(caller, role, in.Get("ExternalId"), mfa) {
		// One answer for both: who may not assume a role does not learn whether it exists.
		return nil, accessDenied("User: " + c.Principal.ARN + " is not authorized to perform: sts:AssumeRole on resource: " + arn)
	}
	chained := strings.Contains(caller.Source, ":role/")
	if chained && d > longestChained {
		return nil, validation("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	}
	return s.session(in, role, session, d, mfa)
}

func (s *Service) session(in url.Values, role identity.Role, session string, d time.Duration, mfa bool) (any, error) {
	if d > role.MaxDuration {
		return nil, validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	narrowed, err := sessionPolicy(in.Get("Policy"))
	if err != nil {
		return nil, err
	}
	key, err := s.store.RoleKey(role.ARN, session, d, mfa)
	if err != nil {
		return nil, err
	}
	if narrowed != nil {
		s.store.Narrow(key.ID, narrowed)
	}
	return assumedRole{
		AssumedRoleUser: assumedRoleUser{key.Principal.UserID, key.Principal.ARN},
		Credentials:     credentialsOf(key),
	}, nil
}

type webRole struct {
	SubjectFromWebIdentityToken string
	Audience                    string
	Provider                    string
	AssumedRoleUser             assumedRoleUser
	Credentials                 credentials
}

func (s *Service) assumeRoleWithWebIdentity(in url.Values) (any, error) {
	arn, session, d, err := roleParameters(in)
	if err != nil {
		return nil, err
	}
	token := in.Get("WebIdentityToken")
	if token == "" {
		return nil, missing("webIdentityToken")
	}
	subject, expires, ok := s.store.WebIdentity(token)
	if !ok {
		return nil, wire.Fail("InvalidIdentityToken", "The web identity token that was passed could not be validated.")
	}
	if !s.store.Now().Before(expires) {
		return nil, wire.Fail("ExpiredTokenException", "Token expired: current date/time must be before the expiration date/time")
	}
	role, ok := s.store.Role(arn)
	if !ok || !s.store.MayAssumeWebIdentity(role, subject) {
		return nil, accessDenied("Not authorized to perform sts:AssumeRoleWithWebIdentity")
	}
	answer, err := s.session(in, role, session, d, false)
	if err != nil {
		return nil, err
	}
	plain := answer.(assumedRole)
	return webRole{
		SubjectFromWebIdentityToken: subject, Audience: "sts.amazonaws.com", Provider: identity.WebIdentityIssuer,
		AssumedRoleUser: plain.AssumedRoleUser, Credentials: plain.Credentials,
	}, nil
}

type sessionToken struct{ Credentials credentials }

func (s *Service) getSessionToken(c *wire.Call, in url.Values) (any, error) {
	caller, ok := s.store.Key(c.Principal.AccessKeyID)
	if !ok || caller.Temporary() {
		return nil, accessDenied("Cannot call GetSessionToken with session credentials")
	}
	d, err := duration(in, defaultSession, longestSession)
	if err != nil {
		return nil, err
	}
	mfa, err := s.checkMFA(caller, in)
	if err != nil {
		return nil, err
	}
	key, err := s.store.UserKey(caller.Source, d, mfa)
	if err != nil {
		return nil, err
	}
	return sessionToken{credentialsOf(key)}, nil
}

// checkMFA judges SerialNumber and TokenCode when given, and reports whether a
// code was checked.
func (s *Service) checkMFA(caller identity.Key, in url.Values) (bool, error) {
	serial, code := in.Get("SerialNumber"), in.Get("TokenCode")
	if serial == "" && code == "" {
		return false, nil
	}
	if serial == "" || code == "" {
		return false, accessDenied("MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.")
	}
	if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
		return false, constraint(code, "tokenCode", `Member must satisfy regular expression pattern: [\d]*, and have length 6`)
	}
	switch s.store.CheckMFA(caller.Source, serial, code) {
	case identity.MFAWrongDevice:
		return false, accessDenied("MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.")
	case identity.MFAWrongCode:
		return false, accessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")
	}
	return true, nil
}

// roleParameters reads what both ways of assuming a role share.
func roleParameters(in url.Values) (arn, session string, d time.Duration, err error) {
	arn, session = in.Get("RoleArn"), in.Get("RoleSessionName")
	switch {
	case arn == "":
		return "", "", 0, missing("roleArn")
	case session == "":
		return "", "", 0, missing("roleSessionName")
	case len(session) < 2 || len(session) > 64 || strings.Trim(session, sessionLetters) != "":
		return "", "", 0, constraint(session, "roleSessionName", `Member must satisfy regular expression pattern: [\w+=,.@-]*`)
	case !strings.HasPrefix(arn, "arn:aws:iam::") || !strings.Contains(arn, ":role/"):
		return "", "", 0, validation(arn + " is invalid")
	}
	d, err = duration(in, defaultRole, longestRole)
	return arn, session, d, err
}

const sessionLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@-"

func duration(in url.Values, preset, longest time.Duration) (time.Duration, error) {
	text := in.Get("DurationSeconds")
	if text == "" {
		return preset, nil
	}
	seconds, err := strconv.Atoi(text)
	if err != nil {
		return 0, wire.Fail("MalformedInput", "DurationSeconds is not a number")
	}
	d := time.Duration(seconds) * time.Second
	if d < shortest {
		return 0, constraint(text, "durationSeconds", "Member must have value greater than or equal to "+strconv.Itoa(int(shortest/time.Second)))
	}
	if d > longest {
		return 0, constraint(text, "durationSeconds", "Member must have value less than or equal to "+strconv.Itoa(int(longest/time.Second)))
	}
	return d, nil
}

func accessDenied(message string) *wire.Error {
	return &wire.Error{Code: "AccessDenied", Status: http.StatusForbidden, Message: message}
}

func validation(message string) *wire.Error { return wire.Fail("ValidationError", message) }

func missing(member string) *wire.Error {
	return validation("1 validation error detected: Value null at '" + member + "' failed to satisfy constraint: Member must not be null")
}

func constraint(value, member, rule string) *wire.Error {
	return validation("1 validation error detected: Value '" + value + "' at '" + member + "' failed to satisfy constraint: " + rule)
}
