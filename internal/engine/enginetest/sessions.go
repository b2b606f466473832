package enginetest

import (
	"testing"

	"github.com/fairleadhq/fairlead/internal/creds"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/session"
)

// Opener returns a Fixture's Open for the AWS home that env points at, as a
// sandbox tells it.
func Opener(spec engine.Spec, env map[string]string, params map[string]string) func(*testing.T, string) engine.Engine {
	return func(t *testing.T, profile string) engine.Engine {
		t.Helper()
		opener := session.NewOpener(session.Options{Env: func(name string) string { return env[name] }})
		s, err := opener.Open(t.Context(), session.Request{
			Name: "test", Source: creds.Source{Profile: profile, Explicit: true},
		})
		if err != nil {
			t.Fatal(err)
		}
		e, err := spec.Open(t.Context(), s, params)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
}
