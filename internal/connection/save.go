package connection

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/home"
)

const (
	// backupSuffix names the last version of a file that was good, as Fairlead
	// wrote or last read it: the one to go back to when the file is broken by hand.
	backupSuffix = ".bak"
	// previousSuffix names the version before Fairlead's last change: the one
	// to go back to when that change was a mistake.
	previousSuffix = ".prev"
	// lockLimit is how long a write waits for another process's. A write takes
	// milliseconds, so a longer wait means something is stuck.
	lockLimit = 10 * time.Second
	// workspaceMode leaves a workspace's file readable by others: it holds no
	// secret and is meant to be shared.
	workspaceMode fs.FileMode = 0o644
)

// PutConnection adds the connection or replaces the one of that name in the
// file of its scope, and saves at once. Another process's changes since Load
// are kept, and so are comments, unknown keys and the order of the file. The
// error is a fault: code usage for an entry that cannot be, config for a file
// that cannot be changed.
func (b *Book) PutConnection(e Entry) error {
	if err := checkEntry(e); err != nil {
		return err
	}
	return b.change(e.Scope, func(d *document) ([]byte, error) {
		return d.put(sectionConnection, e.Name, entryFields(e), b.droppable(d, e))
	})
}

// PutAuth is PutConnection for an auth profile. The secret is the caller's to
// store, in the keyring under a.SecretName().
func (b *Book) PutAuth(a Auth) error {
	if err := checkAuth(a); err != nil {
		return err
	}
	return b.change(a.Scope, func(d *document) ([]byte, error) {
		return d.put(sectionAuth, a.Name, authFields(a), func(key string) bool { return contains(authKeys[:], key) })
	})
}

// RemoveConnection removes the connection that Connection(name) returns. When
// it is the workspace's, the user's of that name comes into force again.
func (b *Book) RemoveConnection(name string) error {
	b.mu.RLock()
	e, ok := b.connections[name]
	missing := b.missing("connection", "connections", name, keys(b.connections))
	b.mu.RUnlock()
	if !ok {
		return missing
	}
	return b.change(e.Scope, func(d *document) ([]byte, error) { return d.remove(sectionConnection, name) })
}

// RemoveAuth removes the auth profile that Auth(name) returns. The secret in
// the keyring is the caller's to delete.
func (b *Book) RemoveAuth(name string) error {
	b.mu.RLock()
	a, ok := b.auths[name]
	missing := b.missing("auth profile", "auth", name, keys(b.auths))
	b.mu.RUnlock()
	if !ok {
		return missing
	}
	return b.change(a.Scope, func(d *document) ([]byte, error) { return d.remove(sectionAuth, name) })
}

// change reads the file of the scope, edits it and writes it back, under a
// lock that other processes take too, and brings the book up to date.
func (b *Book) change(scope Scope, edit func(*document) ([]byte, error)) (err error) {
	path, lock, mode, err := b.place(scope)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), lockLimit)
	defer cancel()
	unlock, err := home.Lock(ctx, lock)
	if err != nil {
		return fault.Wrapf(err, fault.Config, "Cannot change %s", path)
	}
	defer func() {
		if e := unlock(); err == nil && e != nil {
			err = fault.Wrapf(e, fault.Config, "Cannot unlock %s", path)
		}
	}()
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrapf(reason(err), fault.Config, "Cannot read %s", path)
	}
	d, err := open(path, old)
	if err != nil {
		return err
	}
	edited, err := edit(d)
	if err != nil {
		return err
	}
	if _, err := open(path, edited); err != nil { // a slip of ours must not reach the disk
		return fault.Wrapf(err, fault.Internal, "The change to %s was not written: it would have broken the file", path)
	}
	if err := replace(path, old, edited, mode); err != nil {
		return err
	}
	if scope == Workspace {
		b.workspace = path
	}
	return b.reload()
}

// replace writes the file and the versions kept beside it. The previous
// version is put aside first, so that it is there whatever happens next.
func replace(path string, old, edited []byte, mode fs.FileMode) error {
	if bytes.Equal(old, edited) {
		return nil
	}
	if len(old) > 0 {
		if err := home.ReplaceFile(path+previousSuffix, old, mode); err != nil {
			return fault.Wrap(err, fault.Config, "Cannot save: the last version cannot be kept")
		}
	}
	if err := home.ReplaceFile(path, edited, mode); err != nil {
		return fault.Wrap(err, fault.Config, "Cannot save")
	}
	if err := home.ReplaceFile(path+backupSuffix, edited, mode); err != nil {
		return fault.Wrap(err, fault.Config, "Saved, but a copy of the good file cannot be kept")
	}
	return nil
}

// rememberGood keeps a copy of a user's file that was read and is good, so
// that an edit by hand that breaks it later can be undone. A home that cannot
// be written is no reason to fail a read.
func rememberGood(path string, data []byte) {
	kept, err := os.ReadFile(path + backupSuffix)
	if err == nil && bytes.Equal(kept, data) {
		return
	}
	_ = home.WriteFile(path+backupSuffix, data)
}

// place returns the scope's file, its lock and its permissions. A workspace's
// lock stands in our own folder, not in the user's repository.
func (b *Book) place(scope Scope) (path, lock string, mode fs.FileMode, err error) {
	switch scope {
	case "", User:
		return b.user, b.user + ".lock", 0o600, nil
	case Workspace:
		path = b.workspace
		if path == "" {
			if b.options.WorkDir == "" {
				return "", "", 0, fault.New(fault.Usage, "There is no working folder to save a workspace entry in")
			}
			path = filepath.Join(b.options.WorkDir, WorkspaceFile)
		}
		mode = workspaceMode
		if info, err := os.Stat(path); err == nil {
			mode = info.Mode().Perm()
		}
		sum := sha256.Sum256([]byte(path))
		return path, filepath.Join(b.options.Dirs.State, "locks", hex.EncodeToString(sum[:8])+".lock"), mode, nil
	}
	return "", "", 0, fault.Newf(fault.Usage, "There is no scope %q: it is user or workspace", scope)
}
