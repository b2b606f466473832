package sso

import (
	"context"
	"errors"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssso "github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/smithy-go/middleware"

	"github.com/fairleadhq/fairlead/internal/awsnet"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// Probe is State with the portal's word: it refreshes the session silently
// when that is due, and asks the portal whether the token works. A session
// that was ended at the service is Revoked, whatever its file says; with a clock
// that is off by more than five minutes it is ClockSkewed, whatever the portal
// says, because AWS then refuses every signature. It never asks the person
// anything. The error is a fault when nobody could be asked.
func (m *Manager) Probe(ctx context.Context, name string) (State, error) {
	s, err := m.Find(name)
	if err != nil {
		return State{}, err
	}
	var skew string
	t, err := m.token(ctx, s, false)
	if ahead, ok := clockAhead(middleware.Metadata{}, err); ok {
		skew = skewText(ahead)
	}
	for tries := 1; err == nil; tries++ {
		var out *awssso.ListAccountsOutput
		out, err = m.portal(s).ListAccounts(ctx, &awssso.ListAccountsInput{AccessToken: aws.String(t.access.Reveal()), MaxResults: aws.Int32(1)})
		var answer middleware.Metadata
		if out != nil {
			answer = out.ResultMetadata
		}
		if ahead, ok := clockAhead(answer, err); ok {
			skew = skewText(ahead)
		}
		if awsnet.Status(err) != http.StatusUnauthorized {
			break
		}
		if tries == maxTokens {
			err = m.expired(s, m.path(s), t, nil)
			break
		}
		t, err = m.replace(ctx, s, t, false)
	}
	state := m.state(ctx, s, nil)
	var f *fault.Error
	switch {
	case skew != "":
		state.Status, state.Detail = ClockSkewed, skew
		return state, nil
	case err == nil:
		return state, nil
	case errors.As(err, &f) && (f.Code == fault.SSOExpired || f.Code == fault.SSORevoked):
		if !state.Status.NeedsLogin() {
			state.Status = Revoked
		}
		if f.Cause != nil {
			state.Detail = f.Cause.Error()
		}
		return state, nil
	case errors.As(err, &f) && f.Code == fault.SSOAbsent:
		return state, nil
	}
	return state, awsnet.Fault(err, oidc, "ask whether the SSO session is still good")
}
