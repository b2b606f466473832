package keyring

import (
	"context"
	"errors"
	"sync"

	"github.com/fairleadhq/fairlead/internal/secret"
)

// autoStore writes to the system's keyring when it answers, else to the file.
// It reads both, for a secret may have been stored in the file on a day when
// there was no keyring (over ssh, say).
type autoStore struct {
	system *systemStore
	file   *fileStore

	mu     sync.Mutex
	asked  bool
	usable bool
}

func (s *autoStore) Get(ctx context.Context, name string) (secret.String, error) {
	answers, err := s.answers(ctx)
	if err != nil {
		return secret.String{}, err
	}
	if answers {
		value, err := s.system.Get(ctx, name)
		if !errors.Is(err, ErrNotFound) || !s.file.exists() {
			return value, err
		}
	}
	return s.file.Get(ctx, name)
}

func (s *autoStore) Set(ctx context.Context, name string, value secret.String) error {
	answers, err := s.answers(ctx)
	if err != nil {
		return err
	}
	if answers {
		return s.system.Set(ctx, name, value)
	}
	return s.file.Set(ctx, name, value)
}

// Delete removes the name from wherever it is kept.
func (s *autoStore) Delete(ctx context.Context, name string) error {
	answers, err := s.answers(ctx)
	if err != nil {
		return err
	}
	if !answers {
		return s.file.Delete(ctx, name)
	}
	err = s.system.Delete(ctx, name)
	if !s.file.exists() || (err != nil && !errors.Is(err, ErrNotFound)) {
		return err
	}
	if fileErr := s.file.Delete(ctx, name); !errors.Is(fileErr, ErrNotFound) {
		return fileErr
	}
	return err
}

// answers asks once in the life of the store whether there is a system keyring.
func (s *autoStore) answers(ctx context.Context) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked {
		return s.usable, nil
	}
	err := s.system.probe(ctx)
	if ctx.Err() != nil {
		return false, s.system.explain(ctx.Err(), "read")
	}
	s.asked, s.usable = true, err == nil
	return s.usable, nil
}
