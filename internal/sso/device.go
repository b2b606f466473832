package sso

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"

	"github.com/fairleadhq/fairlead/internal/awsnet"
	"github.com/fairleadhq/fairlead/internal/fault"
)

const (
	deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"
	// defaultInterval and slowDown are those of RFC 8628, sections 3.2 and 3.5.
	defaultInterval = 5 * time.Second
	slowDown        = 5 * time.Second
)

// deviceLogin shows a code to type into a page on any device, and polls until
// it is approved.
func (m *Manager) deviceLogin(ctx context.Context, s Session, p Prompts, w *wait) (token, error) {
	if p.ShowCode == nil && p.OpenBrowser == nil {
		return token{}, fault.Newf(fault.LoginFailed, "Nobody can be shown the code for SSO login of profile %q", s.label()).
			WithRemedyf("run in a terminal: %s", loginCommand(s))
	}
	r, auth, err := m.authorizeDevice(ctx, s)
	if err != nil {
		return token{}, err
	}
	interval := time.Duration(auth.Interval) * time.Second
	if interval <= 0 {
		interval = defaultInterval
	}
	// Who is signed in at the portal already may be let in without a question.
	t, err := m.deviceToken(ctx, s, r, auth)
	if !pending(err, &interval) {
		return t, err
	}
	w.answered(err)
	w.show(ctx, DeviceCode{
		Profile: s.label(), Code: aws.ToString(auth.UserCode),
		URL: aws.ToString(auth.VerificationUri), FullURL: aws.ToString(auth.VerificationUriComplete),
		Expires: time.Now().Add(time.Duration(auth.ExpiresIn) * time.Second),
	})
	for {
		if t, err := w.until(ctx, time.Now().Add(interval), nil); err != nil {
			return t, err
		}
		t, err := m.deviceToken(ctx, s, r, auth)
		if !pending(err, &interval) {
			return t, err
		}
		w.answered(err)
	}
}

// show shows the code and opens the page, and notes what a time-out has to say.
func (w *wait) show(ctx context.Context, c DeviceCode) {
	w.seen = fmt.Sprintf("the code %s was shown and nobody approved it", c.Code)
	if w.prompts.ShowCode != nil {
		w.prompts.ShowCode(ctx, c)
	}
	if w.prompts.OpenBrowser == nil {
		return
	}
	url := c.FullURL
	if url == "" {
		url = c.URL
	}
	if err := w.prompts.OpenBrowser(ctx, url); err != nil {
		w.seen = fmt.Sprintf("the browser could not be opened (%v), the code %s was shown and nobody approved it", err, c.Code)
		return
	}
	w.seen = fmt.Sprintf("the browser was opened, the code %s was shown and nobody approved it", c.Code)
}

// answered notes what a poll was answered with, when a time-out has to say it:
// somebody may have approved, and the service did not come round to tell.
func (w *wait) answered(err error) {
	w.trouble = ""
	if code(err) != "AuthorizationPendingException" {
		w.trouble = awsnet.Fault(err, oidc, "").Message
	}
}

// authorizeDevice begins a device authorization. A cached client that the
// service no longer knows is registered anew, once.
func (m *Manager) authorizeDevice(ctx context.Context, s Session) (registration, *ssooidc.StartDeviceAuthorizationOutput, error) {
	r, err := m.registration(ctx, s, "")
	if err != nil {
		return r, nil, err
	}
	start := func() (*ssooidc.StartDeviceAuthorizationOutput, error) {
		return m.oidc(s).StartDeviceAuthorization(ctx, &ssooidc.StartDeviceAuthorizationInput{
			ClientId: &r.clientID, ClientSecret: aws.String(r.clientSecret.Reveal()), StartUrl: &s.StartURL,
		})
	}
	out, err := start()
	if c := code(err); c == "InvalidClientException" || c == "UnauthorizedClientException" {
		if r, err = m.register(ctx, s, ""); err == nil {
			out, err = start()
		}
	}
	return r, out, err
}

// deviceToken asks once for the token. The poll itself retries, so the client
// must not.
func (m *Manager) deviceToken(ctx context.Context, s Session, r registration, auth *ssooidc.StartDeviceAuthorizationOutput) (token, error) {
	out, err := m.oidc(s).CreateToken(ctx, &ssooidc.CreateTokenInput{
		GrantType: aws.String(deviceGrant), ClientId: &r.clientID,
		ClientSecret: aws.String(r.clientSecret.Reveal()), DeviceCode: auth.DeviceCode,
	}, func(o *ssooidc.Options) { o.RetryMaxAttempts = 1 })
	if err != nil {
		return token{}, err
	}
	return r.token(s, out)
}

// token makes a token of what was issued to this client.
func (r registration) token(s Session, out *ssooidc.CreateTokenOutput) (token, error) {
	t, err := issued(s, out)
	t.clientID, t.clientSecret, t.registration = r.clientID, r.clientSecret, r.expires
	return t, err
}

// pending reports whether to poll again, and lengthens the interval when the
// service asks for it. A service that is away for a moment is polled on: the
// deadline decides.
func pending(err error, interval *time.Duration) bool {
	switch code(err) {
	case "AuthorizationPendingException":
		return true
	case "SlowDownException":
		*interval += slowDown
		return true
	}
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	f := awsnet.Fault(err, oidc, "")
	return f.Code == fault.Unavailable || f.Code == fault.Throttled
}
