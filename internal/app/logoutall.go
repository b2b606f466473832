package app

import (
	"context"
	"errors"

	"github.com/fairleadhq/fairlead/internal/sso"
)

// LogoutAll ends every SSO session that has a token here, and returns those it
// ended. One that fails does not keep the others; the error joins all.
func (a *App) LogoutAll(ctx context.Context) ([]sso.State, error) {
	states, err := a.SSOStates(ctx)
	if err != nil {
		return nil, err
	}
	var ended []sso.State
	var failed []error
	for _, s := range states {
		name := s.Session.Name
		if name == "" && len(s.Profiles) > 0 {
			name = s.Profiles[0]
		}
		if s.Status == sso.Absent || s.Status == sso.Misconfigured || name == "" {
			continue
		}
		if _, err := a.Logout(ctx, name); err != nil {
			failed = append(failed, err)
			continue
		}
		ended = append(ended, s)
	}
	return ended, errors.Join(failed...)
}
