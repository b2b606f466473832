package session

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/fairleadhq/fairlead/internal/awsnet"
)

// renewable are credentials of which others can be fetched.
type renewable interface {
	Current() (aws.Credentials, bool)
	Invalidate(refused aws.Credentials) bool
}

// addRenewal makes every client of the config send a call once more, with
// fresh credentials, when the service says that they have expired. The service
// has not carried out such a call, so writes are safe too.
func addRenewal(cfg *aws.Config) {
	provider, ok := cfg.Credentials.(renewable)
	if !ok {
		return
	}
	cfg.APIOptions = append(cfg.APIOptions, func(stack *middleware.Stack) error {
		// Before the retry loop, which would sign again with the same
		// credentials: it counts expiry among the errors not worth a retry.
		return stack.Finalize.Add(&renewOnce{provider}, middleware.Before)
	})
}

type renewOnce struct{ provider renewable }

// ID names the step in the stack.
func (*renewOnce) ID() string { return "FairleadRenewCredentials" }

// HandleFinalize sends the request, and at most once more.
func (m *renewOnce) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	before, had := m.provider.Current()
	out, meta, err := next.HandleFinalize(ctx, in)
	if err == nil || ctx.Err() != nil {
		return out, meta, err
	}
	if !had { // they were fetched for this very call
		before, _ = m.provider.Current()
	}
	// A temporary key that is not known was withdrawn, or stood in a cache
	// since before the service forgot it.
	if !awsnet.IsExpired(err) && (before.SessionToken == "" || !awsnet.IsUnknownKey(err)) {
		return out, meta, err
	}
	if !m.provider.Invalidate(before) {
		return out, meta, err
	}
	if r, ok := in.Request.(interface{ RewindStream() error }); ok {
		if rewindErr := r.RewindStream(); rewindErr != nil {
			return out, meta, err
		}
	}
	return next.HandleFinalize(ctx, in)
}
