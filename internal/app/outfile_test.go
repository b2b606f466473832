package app

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
)

func write(t *testing.T, name, text string) *OutputFile {
	t.Helper()
	o, err := CreateOutput(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(o, text); err != nil {
		t.Fatal(err)
	}
	return o
}

func content(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestOutputAppearsWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out.csv")
	if err := write(t, name, "first").Commit(); err != nil {
		t.Fatal(err)
	}
	second := write(t, name, "second")
	if got := content(t, name); got != "first" {
		t.Errorf("before Commit the file holds %q, want what stood there", got)
	}
	second.Discard()
	if got := content(t, name); got != "first" {
		t.Errorf("after Discard the file holds %q", got)
	}
	if err := write(t, name, "third").Commit(); err != nil {
		t.Fatal(err)
	}
	if got := content(t, name); got != "third" {
		t.Errorf("after Commit the file holds %q", got)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v (%v), want one file", left, err)
	}
}

func TestOutputFollowsALink(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real.csv"), filepath.Join(dir, "link.csv")
	if err := os.WriteFile(real, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	if err := write(t, link, "rows").Commit(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced (%v)", err)
	}
	if got := content(t, real); got != "rows" {
		t.Errorf("the link's file holds %q", got)
	}
}

func TestOutputToADeviceLeavesTheDevice(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // there are no device files to take away
	}
	// A pipe of our own stands for any device, so that a mistake here harms nobody.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	name := filepath.Join("/dev/fd", strconv.Itoa(int(w.Fd())))
	o := write(t, name, "rows")
	if err := o.Commit(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if got, err := io.ReadAll(r); err != nil || string(got) != "rows" {
		t.Errorf("the pipe got %q, %v", got, err)
	}
}
