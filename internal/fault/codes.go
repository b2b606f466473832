package fault

// Code names a kind of failure. Codes are stable: scripts may test for them.
type Code string

// The codes. The message that each begins with is fixed for the first five
// named by the product; see docs/errors.md.
const (
	SSOExpired      Code = "sso-expired"       // SSO session expired for profile "X"
	SSOAbsent       Code = "sso-absent"        // no SSO session for profile "X" yet
	SSORevoked      Code = "sso-revoked"       // SSO session revoked for profile "X": refused although by its date it is good
	SSOWrongRegion  Code = "sso-wrong-region"  // the start URL is not served by the sso_region
	SSONoAssignment Code = "sso-no-assignment" // account and role are not assigned to the user
	LoginTimeout    Code = "login-timeout"     // Timed out waiting for SSO login for profile "X"
	LoginDenied     Code = "login-denied"      // the request was refused in the browser
	LoginFailed     Code = "login-failed"      // any other end of a log in
	NoProfiles      Code = "no-profiles"       // No AWS profiles found
	ProfileMissing  Code = "profile-missing"   // a name that no file holds
	CredsFailed     Code = "creds-failed"      // Failed to resolve AWS credentials for profile "X"
	CredsRejected   Code = "creds-rejected"    // the service refused the keys (unknown, wrong secret, expired)
	ClockSkew       Code = "clock-skew"        // the machine's clock is too far off for a signature
	MFANeeded       Code = "mfa-needed"        // a code is needed and nobody can be asked

	Usage             Code = "usage"              // flags, arguments
	Config            Code = "config"             // a file of ours or of AWS cannot be used
	ConnectionMissing Code = "connection-missing" // a name that no connection has
	SecretStore       Code = "secret-store"       // the keyring or the secret file failed
	RegionMissing     Code = "region-missing"     // no region from any source

	Statement   Code = "statement"   // the service refused or failed the statement
	Denied      Code = "denied"      // authenticated, but not allowed
	NotFound    Code = "not-found"   // a table, workgroup, cluster that the service does not have
	Unavailable Code = "unavailable" // network, 5xx: worth retrying
	Throttled   Code = "throttled"   // worth retrying, later
	Timeout     Code = "timeout"     // the caller's own limit ended the wait
	Findings    Code = "findings"    // a check found something
	Guarded     Code = "guarded"     // refused by a guard of ours: read-only, budget
	Output      Code = "output"      // the result could not be written: full disk, closed pipe
	Interrupted Code = "interrupted" // Ctrl-C
	Unsupported Code = "unsupported" // this build or engine cannot do it
	Internal    Code = "internal"    // an error nobody gave a code: a defect of ours
)

// exit is the table from code to exit status (design, section 3):
// 1 the service refused, 2 usage or configuration, 3 credentials or log in,
// 4 worth retrying, 5 our own guard, 130 interrupted.
var exit = map[Code]int{
	SSOExpired: 3, SSOAbsent: 3, SSORevoked: 3, SSOWrongRegion: 3, SSONoAssignment: 3,
	LoginTimeout: 3, LoginDenied: 3, LoginFailed: 3,
	CredsFailed: 3, CredsRejected: 3, ClockSkew: 3, MFANeeded: 3,
	NoProfiles: 2, ProfileMissing: 2,
	Usage: 2, Config: 2, ConnectionMissing: 2, SecretStore: 2, RegionMissing: 2, Unsupported: 2,
	Statement: 1, Denied: 1, NotFound: 1, Output: 1, Findings: 1, Internal: 1,
	Unavailable: 4, Throttled: 4, Timeout: 4,
	Guarded:     5,
	Interrupted: 130,
}

// Exit returns the exit status for the code.
func (c Code) Exit() int {
	if n, ok := exit[c]; ok {
		return n
	}
	return 1
}

// MendedByLogin reports whether an SSO session is missing that a log in brings:
// one that has ended, was ended by somebody, or was never begun.
func (c Code) MendedByLogin() bool {
	return c == SSOExpired || c == SSORevoked || c == SSOAbsent
}

// HTTP returns the status with which a server of ours answers the code. It
// follows from the exit status, but for the codes where HTTP has a nearer word.
func (c Code) HTTP() int {
	switch c {
	case NotFound, ConnectionMissing, ProfileMissing:
		return 404
	case Denied:
		return 403
	case Guarded:
		return 409
	case Throttled:
		return 429
	case Timeout:
		return 504
	case Unsupported:
		return 501
	case Internal, Output:
		return 500
	case Statement:
		return 422
	}
	switch c.Exit() {
	case 2:
		return 400
	case 3:
		return 424 // what it depends on, the credentials, is missing
	case 4:
		return 503
	}
	return 500
}
