// Package sso knows AWS IAM Identity Center sessions: the token cache that the
// AWS CLI shares, the states a session can be in, the ways to log in, and the
// portal that turns a token into role credentials.
package sso

import (
	"context"
	"time"
)

// Prompts are the questions a log in may ask. Each room fills in what it can
// do; a nil callback means "nobody can be asked", and the log in is refused
// with a remedy instead. No callback is called with a lock held.
type Prompts struct {
	// ConfirmLogin asks whether to log in now. False refuses. It ends with ctx,
	// which ends too when the session was logged in to elsewhere meanwhile.
	ConfirmLogin func(ctx context.Context, r LoginRequest) (bool, error)
	// ShowCode shows the device code and where to type it. The code is not a
	// secret from the person in front of the screen, and from nobody else.
	ShowCode func(ctx context.Context, c DeviceCode)
	// OpenBrowser opens url, or says why it cannot; the log in then goes on
	// with what ShowCode showed. Nil means there is no browser.
	OpenBrowser func(ctx context.Context, url string) error
	// ShowPage tells which page was opened in the browser, for when none appears.
	ShowPage func(ctx context.Context, url string)
	// Output shows a line that the AWS CLI wrote, when it does the log in.
	Output func(line string)
	// Method tells which way the method auto took, and why.
	Method func(method Method, why string)
	// Waiting is called about once a second while the log in is awaited.
	Waiting func(left time.Duration)
	// MoreTime asks, when the time is nearly over, whether to wait as long
	// again. The log in goes on meanwhile; ctx ends when it does. An error ends
	// the log in.
	MoreTime func(ctx context.Context, left time.Duration) (bool, error)
	// MoreTimeAhead makes MoreTime be asked from the beginning of each round
	// instead, for a dialog that shows the offer all the time.
	MoreTimeAhead bool
	// Done is called once when the log in has ended, with nil when it landed.
	Done func(err error)
}

// LoginRequest says why a log in is wanted.
type LoginRequest struct {
	Profile  string // the profile, or the sso-session's name when none is concerned
	Session  string // sso-session name, or the start URL of a legacy profile
	StartURL string
	Reason   error // the fault that will be returned when the answer is no
}

// DeviceCode is what the person must see to approve a device log in.
type DeviceCode struct {
	Profile string
	Code    string // e.g. "WXYZ-1234"
	URL     string // page that asks for the code
	FullURL string // same page with the code filled in; may be empty
	Expires time.Time
}
