package session

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/fairleadhq/fairlead/internal/awsnet"
)

// renewable are credentials of which others can be fetched.
type renewable interface {
	aws.CredentialsProvider
	Current() (aws.Credentials, bool)
	Invalidate(refused aws.Credentials) bool
}

// addRenewal makes every client of the config send a call again, with fresh
// credentials, when the service says that they have expired. The service has not
// carried out such a call, so writes are safe too.
func addRenewal(cfg *aws.Config) {
	provider, ok := cfg.Credentials.(renewable)
	if !ok {
		return
	}
	cfg.Credentials = &noting{provider}
	cfg.APIOptions = append(cfg.APIOptions, func(stack *middleware.Stack) error {
		// Before the retry loop, which would sign again with the same
		// credentials: it counts expiry among the errors not worth a retry.
		return stack.Finalize.Add(&renewal{provider}, middleware.Before)
	})
}

// noting are credentials that tell a call which ones it got. They cannot be known
// otherwise: another call may have renewed them since.
type noting struct{ renewable }

type noteKey struct{}

// Retrieve implements aws.CredentialsProvider.
func (n *noting) Retrieve(ctx context.Context) (aws.Credentials, error) {
	keys, err := n.renewable.Retrieve(ctx)
	if note, ok := ctx.Value(noteKey{}).(*aws.Credentials); ok && err == nil {
		*note = keys
	}
	return keys, err
}

type renewal struct{ provider renewable }

// ID names the step in the stack.
func (*renewal) ID() string { return "FairleadRenewCredentials" }

// HandleFinalize sends the request, and again as often as other credentials may
// help.
func (m *renewal) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	var refused aws.Credentials
	for renewals := 0; ; renewals++ {
		var used aws.Credentials
		out, meta, err := next.HandleFinalize(context.WithValue(ctx, noteKey{}, &used), in)
		if err == nil || ctx.Err() != nil || renewals == awsnet.MostRenewals {
			return out, meta, err
		}
		// A temporary key that is not known was withdrawn, or stood in a cache
		// since before the service forgot it.
		if !awsnet.IsExpired(err) && (used.SessionToken == "" || !awsnet.IsUnknownKey(err)) {
			return out, meta, err
		}
		if same(used, refused) || !m.provider.Invalidate(used) {
			return out, meta, err
		}
		refused = used
		if r, ok := in.Request.(interface{ RewindStream() error }); ok {
			if rewindErr := r.RewindStream(); rewindErr != nil {
				return out, meta, err
			}
		}
	}
}

func same(a, b aws.Credentials) bool {
	return a.AccessKeyID == b.AccessKeyID && a.SessionToken == b.SessionToken
}
