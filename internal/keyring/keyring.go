// Package keyring keeps static secrets: in the operating system's keyring, in
// one file encrypted by passphrase (age, scrypt), or in memory for the life of
// the process. It never writes a secret in the clear, and it does not know
// what a secret is for: names such as "auth/work" are the caller's.
//
//	store := keyring.Open(keyring.Options{Env: os.Getenv, Dirs: dirs, AskPassphrase: ask})
//	err := store.Set(ctx, "auth/work", key)
//	key, err := store.Get(ctx, "auth/work") // errors.Is(err, keyring.ErrNotFound)
package keyring

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/home"
	"github.com/fairleadhq/fairlead/internal/secret"
)

// ErrNotFound says that the store answers and holds no secret of that name.
var ErrNotFound = errors.New("no such secret")

// Store keeps secrets by name. It may be used by several goroutines at once.
// Every error but ErrNotFound is a *fault.Error, code secret-store.
type Store interface {
	// Get returns the secret, or ErrNotFound.
	Get(ctx context.Context, name string) (secret.String, error)
	// Set stores or replaces the secret.
	Set(ctx context.Context, name string, value secret.String) error
	// Delete removes the secret; ErrNotFound when there is none.
	Delete(ctx context.Context, name string) error
}

// The modes, for Options.Mode and the variable FAIRLEAD_KEYRING.
const (
	ModeAuto   = "auto"   // the system's keyring when it answers, else the file
	ModeOS     = "os"     // the system's keyring only
	ModeFile   = "file"   // the encrypted file only
	ModeMemory = "memory" // nothing outlives the process
)

// Names of the environment variables.
const (
	EnvMode       = "FAIRLEAD_KEYRING"
	EnvPassphrase = "FAIRLEAD_PASSPHRASE"
)

// FileName is the encrypted file's name in the config folder.
const FileName = "secrets.age"

// Options say how to open a store. Env and Dirs are required.
type Options struct {
	Env  func(string) string
	Dirs home.Dirs
	// AskPassphrase asks the person for the passphrase of the encrypted file.
	// why is a whole sentence to show. When nil, only FAIRLEAD_PASSPHRASE can
	// unlock the file.
	AskPassphrase func(ctx context.Context, why string) (secret.String, error)
	// Mode is one of the modes above; empty means auto. FAIRLEAD_KEYRING wins over it.
	Mode string
}

// Time limits on the system's keyring, which may hang for ever where its
// service is half installed. The first call only finds out whether anything
// answers; the others leave a person time to unlock the keyring in its window.
const (
	probeLimit = 5 * time.Second
	callLimit  = 60 * time.Second
)

// Open returns the store. It does no I/O; a wrong mode or a keyring that does
// not answer shows at the first call.
func Open(o Options) Store {
	mode := o.Mode
	if m := o.Env(EnvMode); m != "" {
		mode = m
	}
	switch mode {
	case "", ModeAuto:
		return &autoStore{system: openSystem(o), file: openFile(o)}
	case ModeOS:
		return openSystem(o)
	case ModeFile:
		return openFile(o)
	case ModeMemory:
		return &memoryStore{}
	}
	return refusal{fault.Newf(fault.SecretStore, "There is no keyring mode %q", mode).
		WithRemedyf("set %s to auto, os, file or memory", EnvMode)}
}

// InMemory returns a store that nothing outlives the process of.
func InMemory() Store { return &memoryStore{} }

func openSystem(o Options) *systemStore {
	return &systemStore{ring: systemRing{o.Env}, service: serviceName(o.Env), probeLimit: probeLimit, callLimit: callLimit}
}

func openFile(o Options) *fileStore {
	return &fileStore{path: filepath.Join(o.Dirs.Config, FileName), env: o.Env, ask: o.AskPassphrase}
}

// serviceName is what the entries are filed under. A home of its own, such as
// the demo's, gets entries of its own.
func serviceName(env func(string) string) string {
	if own := env(home.Env); own != "" {
		if abs, err := filepath.Abs(own); err == nil {
			own = abs
		}
		return "fairlead:" + own
	}
	return "fairlead"
}

// refusal is a store that answers everything with one fault.
type refusal struct{ why *fault.Error }

func (r refusal) Get(context.Context, string) (secret.String, error) { return secret.String{}, r.why }
func (r refusal) Set(context.Context, string, secret.String) error   { return r.why }
func (r refusal) Delete(context.Context, string) error               { return r.why }
