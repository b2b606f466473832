package app

import (
	"context"
	"errors"
	"maps"
	"strings"

	"github.com/fairleadhq/fairlead/internal/connection"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/keyring"
	"github.com/fairleadhq/fairlead/internal/secret"
)

// secretName is the name under which the secret store keeps a connection's
// secret parameter.
func secretName(connection, param string) string { return "connection/" + connection + "/" + param }

// SecretEnv is the environment variable that gives a secret parameter to a run
// whose connection has none stored: FAIRLEAD_PASSWORD for password.
func SecretEnv(param string) string { return "FAIRLEAD_" + strings.ToUpper(param) }

// SetSecretParam keeps a saved connection's secret parameter in the secret store.
func (a *App) SetSecretParam(ctx context.Context, name, param string, value secret.String) error {
	if value.Reveal() == "" {
		return fault.Newf(fault.Usage, "The %s is empty", param)
	}
	store, err := a.store()
	if err != nil {
		return err
	}
	return store.Set(ctx, secretName(name, param), value)
}

// SplitSecrets takes the secret parameters out of an entry's, since they must
// not be saved with it.
func (a *App) SplitSecrets(e connection.Entry) (connection.Entry, map[string]secret.String) {
	spec, err := a.Spec(e.Engine)
	if err != nil {
		return e, nil
	}
	secrets := map[string]secret.String{}
	e.Params = maps.Clone(e.Params)
	for _, p := range spec.Params {
		if value, given := e.Params[p.Name]; given && p.Secret {
			delete(e.Params, p.Name)
			if value != "" {
				secrets[p.Name] = secret.New(value)
			}
		}
	}
	return e, secrets
}

// MoveSecretParams gives the secrets of a connection to the one that it is
// renamed to.
func (a *App) MoveSecretParams(ctx context.Context, from, to string) error {
	e, err := a.SavedConnection(from)
	if err != nil {
		return err
	}
	return a.eachSecret(e, func(store keyring.Store, param string) error {
		value, err := store.Get(ctx, secretName(from, param))
		if err != nil {
			return err
		}
		return store.Set(ctx, secretName(to, param), value)
	})
}

// eachSecret calls do for every parameter of which the secret store may keep a
// value for the connection. One without any asks the store for nothing, and a
// value that is not there is no error.
func (a *App) eachSecret(e connection.Entry, do func(store keyring.Store, param string) error) error {
	spec, err := a.Spec(e.Engine)
	if err != nil {
		return nil // an engine of a newer version: nothing of ours is stored
	}
	for _, p := range spec.Params {
		if !needed(p, e) {
			continue
		}
		store, err := a.store()
		if err != nil {
			return err
		}
		if err := do(store, p.Name); err != nil && !errors.Is(err, keyring.ErrNotFound) {
			return err
		}
	}
	return nil
}

// needed reports whether a connection has the secret parameter p.
func needed(p engine.Param, e connection.Entry) bool {
	return p.Secret && (p.With == "" || e.Params[p.With] != "")
}

// forgetSecretParams removes what the secret store keeps for a connection that
// is removed.
func (a *App) forgetSecretParams(ctx context.Context, e connection.Entry) error {
	return a.eachSecret(e, func(store keyring.Store, param string) error {
		return store.Delete(ctx, secretName(e.Name, param))
	})
}

// withSecrets adds the secret parameters that the entry needs to a copy of its
// parameters, which only the engine sees.
func (a *App) withSecrets(ctx context.Context, t Target) (map[string]string, error) {
	e, params := t.Entry, t.Entry.Params
	for _, p := range t.Spec.Params {
		if !needed(p, e) {
			continue
		}
		value, given := t.secrets[p.Name]
		if !given {
			var err error
			if value, err = a.secretParam(ctx, e, p); err != nil {
				return nil, err
			}
		}
		params = maps.Clone(params)
		params[p.Name] = value.Reveal()
	}
	return params, nil
}

// secretParam finds a secret: in the environment, in the store, or by asking.
func (a *App) secretParam(ctx context.Context, e connection.Entry, p engine.Param) (secret.String, error) {
	if text := a.o.Env(SecretEnv(p.Name)); text != "" {
		return secret.New(text), nil
	}
	remedy := "for one run: set " + SecretEnv(p.Name)
	if e.File != "" {
		remedy = "keep it in the secret store: fairlead connections edit " + e.Name + " --ask-" + flagName(p.Name) + "\n" + remedy
		store, err := a.store()
		if err != nil {
			return secret.String{}, err
		}
		value, err := store.Get(ctx, secretName(e.Name, p.Name))
		if err == nil || !errors.Is(err, keyring.ErrNotFound) {
			return value, err
		}
	}
	if a.o.AskSecret == nil {
		return secret.String{}, fault.Newf(fault.SecretStore, "Connection %q has no %s", e.Name, p.Name).WithRemedy(remedy)
	}
	who := e.Params[p.With]
	if who != "" {
		who = " of " + who
	}
	return a.o.AskSecret(ctx, p.Title+who)
}
