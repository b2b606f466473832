package keyring

import (
	"context"
	"sync"

	"github.com/fairleadhq/fairlead/internal/secret"
)

// memoryStore forgets everything when the process ends.
type memoryStore struct {
	mu      sync.Mutex
	secrets map[string]secret.String
}

func (s *memoryStore) Get(_ context.Context, name string) (secret.String, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, ok := s.secrets[name]
	if !ok {
		return secret.String{}, ErrNotFound
	}
	return value, nil
}

func (s *memoryStore) Set(_ context.Context, name string, value secret.String) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.secrets == nil {
		s.secrets = map[string]secret.String{}
	}
	s.secrets[name] = value
	return nil
}

func (s *memoryStore) Delete(_ context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.secrets[name]; !ok {
		return ErrNotFound
	}
	delete(s.secrets, name)
	return nil
}
