package enginetest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/fairleadhq/fairlead/internal/sandbox"
)

// Sandbox is the one sandbox of a package's tests, started by the first that
// asks. A build without cgo has none, and the tests that ask are skipped.
type Sandbox struct {
	Options sandbox.Options

	mu     sync.Mutex
	server *sandbox.Server
}

// Main runs the tests, ends the sandbox and returns the exit status; TestMain calls it.
func (b *Sandbox) Main(m *testing.M) int {
	code := m.Run()
	if b.server != nil && b.server.Close() != nil && code == 0 {
		code = 1
	}
	return code
}

// Start returns the sandbox.
func (b *Sandbox) Start(t *testing.T) *sandbox.Server {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.server == nil {
		s, err := sandbox.Start(context.Background(), b.Options)
		if errors.Is(err, sandbox.ErrNoEngine) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		b.server = s
	}
	return b.server
}
