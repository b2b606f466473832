package home

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lockRetry is how often a taken lock is tried again: short against a person's
// patience, long against the cost of the call.
const lockRetry = 15 * time.Millisecond

// Lock takes the lock file at path for this process alone, waiting until ctx
// ends. The file is made when it is missing, with its folders, and stays: to
// delete it would let two processes hold "the" lock. The system frees the lock
// when the process dies. unlock is called once.
func Lock(ctx context.Context, path string) (unlock func() error, err error) {
	if err := os.MkdirAll(filepath.Dir(path), privateFolder); err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, reason(err))
	}
	lock := flock.New(path, flock.SetPermissions(privateFile))
	held, err := lock.TryLockContext(ctx, lockRetry)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, reason(err))
	}
	if !held {
		return nil, fmt.Errorf("lock %s: held by another process", path)
	}
	return lock.Unlock, nil
}
