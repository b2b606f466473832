package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Where our own folder cannot be written the page still has rows.
func TestLiveRowsWithoutAHome(t *testing.T) {
	base := t.TempDir()
	temporary := filepath.Join(base, "tmp")
	if err := os.Mkdir(temporary, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, temporary)
	}
	file := filepath.Join(base, "file") // nothing can be made below it, not even by root
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	a := New(Options{Env: func(name string) string { return map[string]string{"FAIRLEAD_HOME": filepath.Join(file, "home")}[name] }})
	dir, release, err := a.LiveRows(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(dir)
	if err != nil || !strings.HasPrefix(dir, temporary) || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("%s, %v, %v", dir, info, err)
	}
	release()
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
