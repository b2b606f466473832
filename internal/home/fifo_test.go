//go:build unix

package home

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe or device that is written to stays what it is, also behind a link.
func TestWriteFileDoesNotReplaceAPipe(t *testing.T) {
	folder := t.TempDir()
	pipe := filepath.Join(folder, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("no named pipes here:", err)
	}
	link := filepath.Join(folder, "link")
	if err := os.Symlink("pipe", link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, link} {
		// Open for both, the pipe has a reader at once and the write does not wait.
		end, err := os.OpenFile(pipe, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := WriteFile(path, []byte("ready")); err != nil {
			t.Error(err)
		}
		got := make([]byte, 5)
		if info, err := os.Lstat(pipe); err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
			t.Fatalf("%s: the pipe is gone: %v %v", path, info, err)
		}
		if _, err := io.ReadFull(end, got); err != nil || string(got) != "ready" {
			t.Errorf("%s: read %q, %v", path, got, err)
		}
		if err := end.Close(); err != nil {
			t.Error(err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(folder, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// What /dev/fd/N names cannot be found by following links.
func TestWriteFileWritesToAnOpenPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	path := fmt.Sprintf("/dev/fd/%d", w.Fd())
	if _, err := os.Stat(path); err != nil {
		t.Skip("no /dev/fd here:", err)
	}
	if err := WriteFile(path, []byte("ready")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != "ready" {
		t.Errorf("read %q, %v", got, err)
	}
}

func TestWriteFileRefusesAFolder(t *testing.T) {
	if err := WriteFile(t.TempDir(), nil); err == nil {
		t.Error("a folder was written to")
	}
}
