package app

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/fairleadhq/fairlead/internal/connection"
	"github.com/fairleadhq/fairlead/internal/creds"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/keyring"
	"github.com/fairleadhq/fairlead/internal/secret"
)

// storedKeys is the secret half of a static auth profile as the keyring holds
// it. The access key ID is no secret and stands in connections.toml.
type storedKeys struct {
	SecretAccessKey string `json:"secret_access_key"`
	SessionToken    string `json:"session_token,omitempty"`
}

func (a *App) loadStatic(ctx context.Context, auth connection.Auth) (*creds.Static, error) {
	text, err := a.memory.Get(ctx, auth.SecretName())
	if errors.Is(err, keyring.ErrNotFound) {
		var store keyring.Store
		if store, err = a.store(); err != nil {
			return nil, err
		}
		text, err = store.Get(ctx, auth.SecretName())
	}
	if errors.Is(err, keyring.ErrNotFound) {
		return nil, fault.Newf(fault.SecretStore, "The secret access key of auth profile %q is not in the secret store", auth.Name).
			WithRemedyf("enter it again: fairlead auth add %s --source static --access-key-id %s", auth.Name, auth.AccessKeyID)
	}
	if err != nil {
		return nil, err
	}
	var keys storedKeys
	if err := json.Unmarshal([]byte(text.Reveal()), &keys); err != nil {
		// The JSON error could quote the text; it is left out on purpose.
		return nil, fault.Newf(fault.SecretStore, "The secret store's entry for auth profile %q cannot be read", auth.Name).
			WithRemedyf("enter it again: fairlead auth add %s --source static --access-key-id %s", auth.Name, auth.AccessKeyID)
	}
	return &creds.Static{AccessKeyID: auth.AccessKeyID, SecretAccessKey: secret.New(keys.SecretAccessKey),
		SessionToken: secret.New(keys.SessionToken), Region: auth.Region}, nil
}

// storeFor returns the store of a mode of the keyring package; "" is the one
// that the environment chooses.
func (a *App) storeFor(mode string) (keyring.Store, error) {
	switch mode {
	case "", keyring.ModeAuto:
		return a.store()
	case keyring.ModeMemory:
		return a.memory, nil
	}
	dirs, err := a.dirs()
	if err != nil {
		return nil, err
	}
	return keyring.Open(keyring.Options{Env: a.o.Env, Dirs: dirs, AskPassphrase: a.o.AskPassphrase, Mode: mode}), nil
}

// CheckPassphrase reports whether passphrase opens the encrypted secret file. A
// file that is not there yet is opened by any.
func (a *App) CheckPassphrase(ctx context.Context, passphrase secret.String) error {
	dirs, err := a.dirs()
	if err != nil {
		return err
	}
	asked := false
	ask := func(context.Context, string) (secret.String, error) {
		if asked {
			return secret.String{}, fault.New(fault.SecretStore, "That is not the passphrase of the secret file").
				WithRemedy("try again; if it is lost, delete the file and add the secrets anew")
		}
		asked = true
		return passphrase, nil
	}
	store := keyring.Open(keyring.Options{Env: a.o.Env, Dirs: dirs, AskPassphrase: ask, Mode: keyring.ModeFile})
	if _, err = store.Get(ctx, ""); errors.Is(err, keyring.ErrNotFound) {
		return nil
	}
	return err
}

func (a *App) saveStatic(ctx context.Context, auth connection.Auth, keys creds.Static, mode string) error {
	store, err := a.storeFor(mode)
	if err != nil {
		return err
	}
	text, err := json.Marshal(storedKeys{SecretAccessKey: keys.SecretAccessKey.Reveal(), SessionToken: keys.SessionToken.Reveal()})
	if err != nil {
		return err
	}
	return store.Set(ctx, auth.SecretName(), secret.New(string(text)))
}

func (a *App) forgetStatic(ctx context.Context, auth connection.Auth) error {
	if err := a.memory.Delete(ctx, auth.SecretName()); err != nil && !errors.Is(err, keyring.ErrNotFound) {
		return err
	}
	store, err := a.store()
	if err != nil {
		return err
	}
	if err := store.Delete(ctx, auth.SecretName()); err != nil && !errors.Is(err, keyring.ErrNotFound) {
		return err
	}
	return nil
}
