package keyring

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	osring "github.com/zalando/go-keyring"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/secret"
)

// ring is the system's keyring as go-keyring speaks to it: Secret Service on
// Linux and BSD, Keychain on macOS, Credential Manager on Windows. Its calls
// know no context and may hang.
type ring interface {
	Get(service, user string) (string, error)
	Set(service, user, password string) error
	Delete(service, user string) error
}

// systemRing is the real one.
type systemRing struct{ env func(string) string }

func (r systemRing) Get(service, user string) (string, error) {
	if err := r.reachable(); err != nil {
		return "", err
	}
	return osring.Get(service, user)
}

func (r systemRing) Set(service, user, value string) error {
	if err := r.reachable(); err != nil {
		return err
	}
	return osring.Set(service, user, value)
}

func (r systemRing) Delete(service, user string) error {
	if err := r.reachable(); err != nil {
		return err
	}
	return osring.Delete(service, user)
}

// reachable says no where there is no session bus to find the Secret Service
// on. The D-Bus client would start a bus of its own then, with nothing on it,
// and leave it running. The places are those it looks in.
func (r systemRing) reachable() error {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" || r.env("DBUS_SESSION_BUS_ADDRESS") != "" {
		return nil
	}
	folder := r.env("XDG_RUNTIME_DIR")
	if folder == "" {
		folder = filepath.Join("/run/user", strconv.Itoa(os.Getuid()))
	}
	for _, name := range []string{"bus", "dbus-session"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err == nil {
			return nil
		}
	}
	return errors.New("there is no session bus: DBUS_SESSION_BUS_ADDRESS is not set")
}

// systemStore is the ring with a time limit on every call.
type systemStore struct {
	ring                  ring
	service               string
	probeLimit, callLimit time.Duration
}

func (s *systemStore) Get(ctx context.Context, name string) (secret.String, error) {
	value, err := s.call(ctx, s.callLimit, func() (string, error) { return s.ring.Get(s.service, name) })
	if err != nil {
		return secret.String{}, s.explain(err, "read")
	}
	return secret.New(value), nil
}

func (s *systemStore) Set(ctx context.Context, name string, value secret.String) error {
	_, err := s.call(ctx, s.callLimit, func() (string, error) {
		return "", s.ring.Set(s.service, name, value.Reveal())
	})
	return s.explain(err, "store")
}

func (s *systemStore) Delete(ctx context.Context, name string) error {
	_, err := s.call(ctx, s.callLimit, func() (string, error) { return "", s.ring.Delete(s.service, name) })
	return s.explain(err, "remove")
}

// probe finds out whether a keyring answers at all. The error says why not.
func (s *systemStore) probe(ctx context.Context) error {
	_, err := s.call(ctx, s.probeLimit, func() (string, error) { return s.ring.Get(s.service, "probe") })
	if err == nil || errors.Is(err, osring.ErrNotFound) {
		return nil
	}
	return err
}

// call runs f with a limit. A call that hangs keeps its goroutine until the
// keyring answers; nothing can be done about that from outside.
func (s *systemStore) call(ctx context.Context, limit time.Duration, f func() (string, error)) (string, error) {
	type answer struct {
		value string
		err   error
	}
	answers := make(chan answer, 1) // buffered: an answer that comes too late must not block its goroutine
	go func() {
		value, err := f()
		answers <- answer{value, err}
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	case <-timer.C:
		return "", fmt.Errorf("no answer within %s", limit)
	}
}

func (s *systemStore) explain(err error, verb string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, osring.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, context.Canceled):
		return fault.Wrap(err, fault.Interrupted, "Interrupted")
	case errors.Is(err, osring.ErrSetDataTooBig):
		return fault.Wrap(err, fault.SecretStore, "The secret is too long for the system's keyring").
			WithRemedyf("use the encrypted file: set %s=file", EnvMode)
	}
	return fault.Wrapf(err, fault.SecretStore, "Cannot %s the secret in the system's keyring", verb).
		WithRemedyf("unlock or start the keyring, or use the encrypted file: set %s=file", EnvMode)
}
