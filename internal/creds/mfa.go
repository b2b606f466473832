package creds

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// mfaQuestions is how often a person is asked before a wrong code is final.
const mfaQuestions = 3

// errNoMFASession: STS gives no session for these keys, so that each role
// needs a code of its own.
var errNoMFASession = errors.New("no MFA session")

// mfaSession returns the session that one code opened, for all roles that want
// the same device and have the same source: a person types one code per
// device, not one per role. STS opens such sessions for long-term keys only.
func (r *Resolver) mfaSession(l *roleLink, source aws.Credentials) *Cache {
	key := l.serial + "\x00" + source.AccessKeyID
	r.mfaMu.Lock()
	defer r.mfaMu.Unlock()
	c, ok := r.mfaSessions[key]
	if !ok {
		c = newCache(l.chain.Name, &mfaLink{role: l, source: source})
		r.mfaSessions[key] = c
	}
	return c
}

// mfaLink opens a session with a code of an MFA device.
type mfaLink struct {
	role   *roleLink // the role that came first, for the question and messages
	source aws.Credentials
}

func (l *mfaLink) renews() bool { return true }

func (l *mfaLink) fetch(ctx context.Context, ask bool) (aws.Credentials, error) {
	out, err := withCode(ctx, l.role, ask, func(code string) (*sts.GetSessionTokenOutput, error) {
		return l.role.sts(l.source).GetSessionToken(ctx, &sts.GetSessionTokenInput{SerialNumber: &l.role.serial, TokenCode: &code})
	})
	switch {
	case err == nil:
		got, err := fromSTS(l.role.chain.Name, out.Credentials, nil, out.ResultMetadata)
		got.Source = "fairlead mfa session"
		return got.Credentials, err
	case givesNoSession(err):
		return aws.Credentials{}, errNoMFASession
	}
	hop := fmt.Sprintf("MFA session of %s for profile %q", l.role.serial, l.role.profile)
	return aws.Credentials{}, serviceFailed(l.role.chain.Name, hop, err, "STS", "open an MFA session")
}

// givesNoSession reports whether the call itself is refused, whatever the code.
func givesNoSession(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	switch api.ErrorCode() {
	case "AccessDenied", "AccessDeniedException":
		return !wrongCode(err)
	case "InvalidAction", "UnknownOperationException", "NotImplemented":
		return true
	}
	return false
}

// wrongCode reports whether STS refused the code; it says so in words only.
func wrongCode(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && strings.HasPrefix(api.ErrorCode(), "AccessDenied") && strings.Contains(api.ErrorMessage(), "MultiFactorAuthentication failed")
}

// withCode makes a call with a code of the role's device. A wrong code, or one
// that was used before, is asked for again.
func withCode[T any](ctx context.Context, l *roleLink, ask bool, call func(code string) (T, error)) (T, error) {
	var zero T
	why := ""
	for question := 1; ; question++ {
		code, err := l.askCode(ctx, ask, why)
		if err != nil {
			return zero, err
		}
		used, err := l.r.codes.use(ctx, l.serial, code)
		if err != nil {
			return zero, err
		}
		if used {
			why = "that code was used before; wait for the next one"
			if question < mfaQuestions {
				continue
			}
			return zero, fault.Newf(fault.MFANeeded, "The code of MFA device %s was used before (profile %q)", l.serial, l.profile).
				WithRemedy("wait until the device shows another code, then try again")
		}
		out, err := call(code)
		if err == nil || !wrongCode(err) || question == mfaQuestions {
			return out, err
		}
		why = "that code was not accepted"
	}
}

// askCode asks for the code of the MFA device. A refresh in the background
// does not ask: it gives up, and the person is asked when a code is due.
func (l *roleLink) askCode(ctx context.Context, ask bool, why string) (string, error) {
	if !ask || l.r.askMFA == nil {
		return "", fault.Newf(fault.MFANeeded, "A code of MFA device %s is needed for profile %q", l.serial, l.profile).
			WithRemedyf("run a command in a terminal, where the code can be asked for: fairlead credentials export --profile %s > /dev/null", l.chain.Name)
	}
	code, err := l.r.askMFA(ctx, MFARequest{Profile: l.profile, Serial: l.serial, RoleARN: l.roleARN, Why: why})
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(code.Reveal())
	if text == "" {
		return "", fault.Newf(fault.MFANeeded, "No code was given for MFA device %s (profile %q)", l.serial, l.profile).
			WithRemedy("try again, with the code that the device shows")
	}
	return text, nil
}
