package sandbox

import (
	"fmt"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb"
	"github.com/fairleadhq/fairlead/internal/sandbox/front"
	"github.com/fairleadhq/fairlead/internal/sandbox/identity"
	"github.com/fairleadhq/fairlead/internal/sandbox/signin"
)

// Switches change how a running sandbox behaves, and tell what it has seen. The
// admin endpoint offers the same over HTTP.
type Switches struct{ s *Server }

// Switches are the switches of this sandbox, for tests in the same process.
func (s *Server) Switches() *Switches { return &Switches{s} }

// Identity is the store of accounts, users, roles and keys.
func (w *Switches) Identity() *identity.Store { return w.s.store }

// SignIn is the SSO side: AutoApprove, Pending, SlowDown, Decide, Revoke and so on.
func (w *Switches) SignIn() *signin.Service { return w.s.signin }

// DynamoDB limits tables and leaves items of batches unprocessed.
func (w *Switches) DynamoDB() *dynamodb.Switches { return w.s.services.dynamodb.Switches() }

// Faults are what goes wrong on purpose.
func (w *Switches) Faults() *front.Faults { return w.s.faults }

// Counters count the calls.
func (w *Switches) Counters() *front.Counters { return w.s.counters }

// Calls is how often "service.Operation" was called, e.g.
// "sso-oidc.CreateToken/refresh_token".
func (w *Switches) Calls(name string) int { return w.s.counters.Calls(name) }

// Fault makes calls go wrong on purpose.
func (w *Switches) Fault(f front.Fault) { w.s.faults.Add(f) }

// ClearFaults lifts all faults.
func (w *Switches) ClearFaults() { w.s.faults.Clear() }

// SetClockOffset makes the sandbox's clock run ahead (or behind, when negative).
func (w *Switches) SetClockOffset(d time.Duration) { w.s.clock.SetOffset(d) }

// Now is the sandbox's time.
func (w *Switches) Now() time.Time { return w.s.clock.Now() }

// SetTokenLifetime sets how long new SSO access tokens last; 0 for the default.
func (w *Switches) SetTokenLifetime(d time.Duration) { w.s.signin.SetTokenLifetime(d) }

// SetCredentialLifetime sets how long new temporary credentials last, from the
// portal and from STS alike; 0 for the default.
func (w *Switches) SetCredentialLifetime(d time.Duration) {
	w.s.signin.SetCredentialLifetime(d)
	w.s.store.SetLifetime(d)
}

// ExpireTokens ends every SSO access token now; refresh tokens stay good.
func (w *Switches) ExpireTokens() int { return w.s.signin.ExpireTokens() }

// ExpireCredentials ends all temporary credentials now.
func (w *Switches) ExpireCredentials() int { return w.s.store.ExpireKeys() }

// RevokeSessions ends every SSO session with all its tokens.
func (w *Switches) RevokeSessions() int { return w.s.signin.Revoke() }

// Restart puts sign-in back to where it was when the sandbox started: no token
// and no temporary credentials are good any more, and the AWS home's caches are
// written anew, expired ones or none as the options say.
func (w *Switches) Restart() error {
	w.s.signin.Revoke()
	w.s.store.ExpireKeys()
	return w.s.home.writeTokens()
}

// Approve approves the device log in with that user code.
func (w *Switches) Approve(userCode string) error { return w.s.signin.Decide(userCode, true) }

// Deny refuses the device log in with that user code.
func (w *Switches) Deny(userCode string) error { return w.s.signin.Decide(userCode, false) }

// DenyAction refuses an action ("athena:StartQueryExecution", * allowed) to
// principals whose ARN matches; "" is everybody.
func (w *Switches) DenyAction(principal, action string) {
	if principal == "" {
		principal = "*"
	}
	w.s.store.Deny(principal, action)
}

// AllowActions takes back all of DenyAction.
func (w *Switches) AllowActions() { w.s.store.AllowAll() }

// MFACode is what the MFA device shows now.
func (w *Switches) MFACode(serial string) (string, error) {
	code, ok := w.s.store.MFACode(serial)
	if !ok {
		return "", fmt.Errorf("no MFA device has the serial number %s", serial)
	}
	return code, nil
}
