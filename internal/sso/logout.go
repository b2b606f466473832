package sso

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssso "github.com/aws/aws-sdk-go-v2/service/sso"

	"github.com/fairleadhq/fairlead/internal/awsnet"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// Logout ends the session of a profile or sso-session at the service and
// removes its token from the cache. A session without a token is logged out
// already. When the service cannot be told, the token is removed all the same
// and the error says so.
func (m *Manager) Logout(ctx context.Context, name string) error {
	s, err := m.Find(name)
	if err != nil {
		return err
	}
	path := m.path(s)
	t, readErr := m.load(ctx, path)
	var told error
	if readErr == nil && t.left() > 0 {
		_, told = m.portal(s).Logout(ctx, &awssso.LogoutInput{AccessToken: aws.String(t.access.Reveal())})
		if awsnet.Status(told) == http.StatusUnauthorized {
			told = nil // it has ended there already
		}
	}
	unlock, err := m.lock(ctx, path)
	if err != nil {
		return fault.As(err)
	}
	defer unlock()
	m.mu.Lock()
	delete(m.memory, path)
	delete(m.rejected, path)
	delete(m.tried, path)
	m.mu.Unlock()
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrapf(err, fault.Config, "Cannot remove the SSO token of %q", s.label()).WithRemedyf("remove %s", path)
	}
	if told != nil {
		f := awsnet.Fault(told, oidc, fmt.Sprintf("end the SSO session of %q there; its token was removed from this machine", s.label()))
		return f
	}
	return nil
}
