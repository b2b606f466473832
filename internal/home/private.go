package home

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
)

// ExposedError says that others can read or change what must be private, and
// that this could not be mended.
type ExposedError struct {
	Path   string
	What   string // "belongs to another user" or "can be changed by others"
	Remedy string // a command
}

// Error implements error.
func (e *ExposedError) Error() string { return e.Path + " " + e.What }

// OpenPrivate opens a file of ours for reading and makes it private.
func OpenPrivate(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := KeepPrivate(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// ReadPrivate is os.ReadFile for a file of ours.
func ReadPrivate(path string) ([]byte, error) {
	f, err := OpenPrivate(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// KeepPrivate takes from an open file or folder of ours the permissions that
// others have, as the program itself would have made it: one look, and a change
// only where it is needed. What cannot be changed is left alone while others
// may only read it, such as a file on a disk that is read-only; what belongs to
// another user or can be written by others is an *ExposedError, since it may
// not say what its owner believes. Windows has no such permissions.
func KeepPrivate(f *os.File) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	kind := info.Mode().Type()
	if kind != 0 && kind != fs.ModeDir { // a pipe or a device is nobody's
		return nil
	}
	if stranger(info) {
		return &ExposedError{Path: f.Name(), What: "belongs to another user", Remedy: "look who wrote it; then: sudo chown \"$USER\" " + f.Name()}
	}
	mode := info.Mode().Perm()
	if mode&0o077 == 0 || f.Chmod(mode&^0o077) == nil || mode&0o022 == 0 {
		return nil
	}
	return &ExposedError{Path: f.Name(), What: fmt.Sprintf("can be changed by others (%s)", mode), Remedy: "chmod go= " + f.Name()}
}
