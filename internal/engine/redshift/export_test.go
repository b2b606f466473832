package redshift

import (
	"context"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/secret"
	"github.com/fairleadhq/fairlead/internal/session"
)

// SpecAs is Spec for a user with a password of the database's own.
func SpecAs(user, password string) engine.Spec {
	spec := Spec()
	spec.Open = func(_ context.Context, s *session.Session, params map[string]string) (engine.Engine, error) {
		return openAs(s, params, user, secret.New(password))
	}
	return spec
}
