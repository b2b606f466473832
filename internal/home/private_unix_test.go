//go:build unix

package home

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestPrivateFilesAreMended(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o644, 0o666, 0o640, 0o600, 0o400} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if data, err := ReadPrivate(path); err != nil || string(data) != "x" {
			t.Errorf("%o: %q, %v", mode, data, err)
		}
		if info, _ := os.Stat(path); info.Mode().Perm() != mode&^0o077 {
			t.Errorf("%o became %o", mode, info.Mode().Perm())
		}
	}
	dir := filepath.Dir(path)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	f, err := OpenPrivate(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if info, _ := os.Stat(dir); info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has %o", info.Mode().Perm())
	}
}

// A pipe, as the shell's <(…) makes them, is taken as it is.
func TestPrivatePipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o644); err != nil {
		t.Skip("no named pipes here:", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := KeepPrivate(f); err != nil {
		t.Error(err)
	}
	if info, _ := f.Stat(); info.Mode().Perm() != 0o644 {
		t.Errorf("the pipe has %o", info.Mode().Perm())
	}
}

// What another user wrote is refused, what root gave to read is not: needs root
// to make the files, and another user to read them.
func TestPrivateFilesOfOthers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to make files of other users")
	}
	const nobody, somebody = 65534, 12345
	dir, err := os.MkdirTemp("", "private")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		owner   int
		mode    os.FileMode
		refused bool
	}{
		"his":                    {nobody, 0o644, false},
		"root's to read":         {0, 0o644, false},
		"root's, all may change": {0, 0o666, true},
		"another's":              {somebody, 0o644, true},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.Chmod(path, c.mode), os.Chown(path, c.owner, c.owner)); err != nil {
			t.Fatal(err)
		}
		err := asUser(nobody, func() error { _, err := ReadPrivate(path); return err })
		var exposed *ExposedError
		if errors.As(err, &exposed) != c.refused || err != nil && !c.refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// asUser calls f with another user's rights. Seteuid sets those of all threads;
// no other test of this package runs beside it.
func asUser(uid int, f func() error) error {
	if err := syscall.Seteuid(uid); err != nil {
		return err
	}
	defer func() {
		if err := syscall.Seteuid(0); err != nil {
			panic(err)
		}
	}()
	return f()
}
