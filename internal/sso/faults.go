package sso

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/smithy-go"

	"github.com/fairleadhq/fairlead/internal/awsnet"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// oidc is how the service that hands out tokens is called in messages.
const oidc = "IAM Identity Center"

var errForeign = errors.New("the token was issued to another program for other purposes (its scopes hold no sso:)")

// unsavedError: the log in landed, but the token could not be written.
type unsavedError struct{ cause error }

func (e *unsavedError) Error() string {
	return "logged in, but the token was not saved: " + e.cause.Error()
}
func (e *unsavedError) Unwrap() error { return e.cause }

// code returns the service's error code, "" when no service answered.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// isRefusal reports whether the service refused a refresh for good.
func isRefusal(err error) bool {
	switch code(err) {
	case "InvalidGrantException", "InvalidClientException", "UnauthorizedClientException", "ExpiredTokenException",
		"AccessDeniedException", "InvalidRequestException", "InvalidScopeException", "UnsupportedGrantTypeException":
		return true
	}
	return false
}

func loginCommand(s Session) string { return "fairlead login " + quoted(s.label()) }

// quoted is a name as a shell takes it.
func quoted(name string) string {
	if strings.ContainsAny(name, " \t'\"$\\&?#;|") {
		name = "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
	}
	return name
}

// expired is the fault for a session that ended: by its date, or, while that is
// still to come, because somebody ended it (a sign-out elsewhere, an
// administrator). refusal is what a refresh was answered with, nil when none was
// tried.
func (m *Manager) expired(s Session, path string, t token, refusal error) *fault.Error {
	f := fault.Newf(fault.SSORevoked, "SSO session revoked for profile %q", s.label())
	why := "IAM Identity Center no longer accepts its token, although by its date it is good"
	if left := t.left(); left <= 0 {
		f = fault.Newf(fault.SSOExpired, "SSO session expired for profile %q", s.label())
		why = fmt.Sprintf("its token ended %s ago", roundly(-left))
	}
	f.WithRemedyf("run: %s", loginCommand(s))
	switch {
	case s.Legacy():
		why += "; a profile with its own sso_start_url has no refresh"
		f.WithRemedyf("%s\nso that it renews itself from then on: fairlead profiles modernize %s", f.Remedy, quoted(s.Profile))
	case refusal != nil:
		why += "; the refresh was refused"
		f.WithService(awsnet.ServiceWords(refusal, oidc))
	case t.refresh.IsZero():
		why += "; there is no refresh token"
	case !t.noRegistration && time.Until(t.registration) <= 0:
		why += "; the client's registration has ended too"
	case !t.canRefresh():
		why += "; what a refresh needs is missing in the file"
	}
	f.Cause = fmt.Errorf("session %s in %s: %s", s.Key(), path, why)
	return f
}

// absent is the fault for a session that has no usable token.
func (m *Manager) absent(s Session, path string, why error) error {
	if errors.Is(why, context.Canceled) || errors.Is(why, context.DeadlineExceeded) {
		return why
	}
	return fault.Wrapf(fmt.Errorf("session %s in %s: %w", s.Key(), path, why), fault.SSOAbsent,
		"No SSO session for profile %q yet", s.label()).
		WithRemedyf("run: %s", loginCommand(s))
}

// timedOut is the fault for a log in that nobody finished.
func timedOut(s Session, limit time.Duration, seen string) *fault.Error {
	more := max(5*time.Minute, 2*limit.Round(time.Minute))
	return fault.Wrapf(fmt.Errorf("after %s: %s", roundly(limit), seen), fault.LoginTimeout,
		"Timed out waiting for SSO login for profile %q", s.label()).
		WithRemedyf("try again with more time: %s --timeout %dm", loginCommand(s), more/time.Minute)
}

// roundly writes a duration as a person would say it.
func roundly(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d/(24*time.Hour)))
	case d >= time.Hour:
		return fmt.Sprintf("%d h %02d min", int(d/time.Hour), int(d%time.Hour/time.Minute))
	case d >= 10*time.Minute:
		return fmt.Sprintf("%d min", int(d/time.Minute))
	}
	return d.Round(time.Second).String()
}
