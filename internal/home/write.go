package home

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const (
	privateFile   fs.FileMode = 0o600
	privateFolder fs.FileMode = 0o700
)

// WriteFile replaces the file at path with data, in one step: a reader sees
// the old file or the new one, and a crash or a full disk leaves the old one.
// The file is readable by its owner only (0600), and folders that are missing
// are made with 0700. A symbolic link is followed, so that a linked file stays
// linked. What is no regular file, such as a device or a named pipe, is
// written directly: replacing it would take it away from everybody. The error
// names path, not the temporary file.
func WriteFile(path string, data []byte) error {
	return ReplaceFile(path, data, privateFile)
}

// ReplaceFile is WriteFile with the permissions given: for a file that is
// meant to be shared, such as a workspace's.
func ReplaceFile(path string, data []byte, mode fs.FileMode) error {
	if err := replace(path, data, mode); err != nil {
		return fmt.Errorf("write %s: %w", path, reason(err))
	}
	return nil
}

func replace(path string, data []byte, mode fs.FileMode) (err error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return writeThrough(path, data)
	}
	target, err := followLink(path)
	if err != nil {
		return err
	}
	folder := filepath.Dir(target)
	if err := os.MkdirAll(folder, privateFolder); err != nil {
		return err
	}
	temp, err := os.CreateTemp(folder, "."+filepath.Base(target)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreMissing(os.Remove(temp.Name())))
		}
	}()
	if err := fill(temp, data, mode); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), target); err != nil {
		return err
	}
	sweep(folder, filepath.Base(target))
	return syncFolder(folder)
}

// abandoned is the age from which a temporary file has no writer any more: one
// lives for a write and a sync.
const abandoned = 24 * time.Hour

// sweep removes the temporary files of a name that killed processes left; they
// may hold a token. What cannot be removed stays.
func sweep(folder, base string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		number, ours := strings.CutPrefix(e.Name(), "."+base+".")
		number, temporary := strings.CutSuffix(number, ".tmp")
		if !ours || !temporary || number == "" || strings.Trim(number, "0123456789") != "" || !e.Type().IsRegular() {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > abandoned {
			_ = os.Remove(filepath.Join(folder, e.Name()))
		}
	}
}

// writeThrough writes to what is there already and keeps its permissions.
// Devices and pipes have nothing to sync.
func writeThrough(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// fill writes data through to the disk and closes the file.
func fill(f *os.File, data []byte, mode fs.FileMode) error {
	_, err := f.Write(data)
	if err == nil && runtime.GOOS != "windows" {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// followLink returns the file that path stands for. A link that points to
// nothing yet is followed by one step, so that the file is made where it points.
func followLink(path string) (string, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil
	}
	if err != nil {
		return "", err
	}
	if info.Mode()&fs.ModeSymlink == 0 {
		return path, nil
	}
	target, err := filepath.EvalSymlinks(path)
	if err == nil {
		return target, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	target, err = os.Readlink(path)
	if err != nil {
		return "", err
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(path), target)
	}
	return target, nil
}

// syncFolder makes the rename itself durable. Windows cannot sync a folder,
// and some file systems refuse to; the data is safe by then.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(folder)
	if err != nil {
		return nil
	}
	_ = f.Sync()
	return f.Close()
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// reason drops the temporary file's name from err and keeps what went wrong.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	var l *os.LinkError
	if errors.As(err, &l) {
		return l.Err
	}
	return err
}
