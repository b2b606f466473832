package home

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFind(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the table holds paths with slashes")
	}
	for _, c := range []struct {
		name, goos string
		env        map[string]string
		want       Dirs
	}{
		{"linux", "linux", map[string]string{"HOME": "/h"},
			Dirs{"/h/.config/fairlead", "/h/.local/state/fairlead", "/h/.cache/fairlead"}},
		{"xdg", "linux", map[string]string{"HOME": "/h", "XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "/k"},
			Dirs{"/c/fairlead", "/s/fairlead", "/k/fairlead"}},
		{"a relative xdg value is ignored", "linux", map[string]string{"HOME": "/h", "XDG_CONFIG_HOME": "c"},
			Dirs{"/h/.config/fairlead", "/h/.local/state/fairlead", "/h/.cache/fairlead"}},
		{"no home but xdg", "linux", map[string]string{"XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "/k"},
			Dirs{"/c/fairlead", "/s/fairlead", "/k/fairlead"}},
		{"macos", "darwin", map[string]string{"HOME": "/Users/u"},
			Dirs{"/Users/u/Library/Application Support/fairlead", "/Users/u/Library/Application Support/fairlead/state", "/Users/u/Library/Caches/fairlead"}},
		{"windows", "windows", map[string]string{"APPDATA": "/u/Roaming", "LOCALAPPDATA": "/u/Local"},
			Dirs{"/u/Roaming/fairlead", "/u/Local/fairlead/state", "/u/Local/fairlead/cache"}},
		{"windows without AppData", "windows", map[string]string{"USERPROFILE": "/u"},
			Dirs{"/u/AppData/Roaming/fairlead", "/u/AppData/Local/fairlead/state", "/u/AppData/Local/fairlead/cache"}},
		{"one folder for all wins", "linux", map[string]string{"HOME": "/h", "XDG_CONFIG_HOME": "/c", "FAIRLEAD_HOME": "/one"},
			Dirs{"/one", "/one/state", "/one/cache"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := find(func(k string) string { return c.env[k] }, c.goos)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestFindWithoutHome(t *testing.T) {
	_, err := find(func(string) string { return "" }, "linux")
	if err == nil || !strings.Contains(err.Error(), Env) {
		t.Errorf("got %v, want an error that names %s", err, Env)
	}
}

func TestFindMakesARelativeFolderAbsolute(t *testing.T) {
	t.Chdir(t.TempDir())
	got, err := Find(func(k string) string { return map[string]string{Env: "here"}[k] })
	if err != nil {
		t.Fatal(err)
	}
	if !filepath.IsAbs(got.Config) || filepath.Base(got.Config) != "here" {
		t.Errorf("Config = %s", got.Config)
	}
	if _, err := os.Stat(got.Config); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Find made the folder: %v", err)
	}
}

func TestWriteFileIsPrivateAndLeavesNothingBehind(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "file")
	for _, text := range []string{"first", "second, longer", ""} {
		if err := WriteFile(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != text {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for p, want := range map[string]fs.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", p, got, want)
		}
	}
}

func TestWriteFileTightensAnOpenFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such permissions")
	}
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(path, []byte("x")); err != nil {
		t.Fatal(err)
	}
	info, _ := os.Stat(path)
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("mode %o", got)
	}
	if err := ReplaceFile(path, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	info, _ = os.Stat(path)
	if got := info.Mode().Perm(); got != 0o644 {
		t.Errorf("mode %o", got)
	}
}

func TestWriteFileKeepsALink(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "dotfiles", "file"), filepath.Join(dir, "file")
	if err := os.Symlink(filepath.Join("dotfiles", "file"), link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	for _, text := range []string{"into a missing file", "into an existing one"} {
		if err := WriteFile(link, []byte(text)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(real)
		if err != nil || string(got) != text {
			t.Errorf("got %q, %v", got, err)
		}
		if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("the link is gone: %v %v", info, err)
		}
	}
}

func TestWriteFileNamesTheFileThatFailed(t *testing.T) {
	dir := t.TempDir()
	blocked := filepath.Join(dir, "file-in-the-way")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(blocked, "connections.toml")
	err := WriteFile(path, nil)
	if err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), ".tmp") {
		t.Errorf("got %v", err)
	}
	// A folder under the file's name cannot be replaced; the temporary file must not stay.
	taken := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(taken, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(taken, nil); err == nil {
		t.Error("a folder was replaced by a file")
	}
	left, _ := filepath.Glob(filepath.Join(dir, ".*.tmp"))
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestLockLetsOneInAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "file.lock")
	counter := filepath.Join(t.TempDir(), "counter")
	var group sync.WaitGroup
	const workers, rounds = 8, 5
	for range workers {
		group.Go(func() {
			for range rounds {
				unlock, err := Lock(t.Context(), path)
				if err != nil {
					t.Error(err)
					return
				}
				old, _ := os.ReadFile(counter)
				if err := os.WriteFile(counter, append(old, 'x'), 0o600); err != nil {
					t.Error(err)
				}
				if err := unlock(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	got, _ := os.ReadFile(counter)
	if len(got) != workers*rounds {
		t.Errorf("%d writes survived of %d", len(got), workers*rounds)
	}
}

func TestLockGivesUpWithItsContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file.lock")
	unlock, err := Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := Lock(ctx, path); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
}

// What a process that was killed within a write left may hold a token.
func TestWriteFileSweepsWhatWasLeftOfTheSameName(t *testing.T) {
	folder := t.TempDir()
	old := time.Now().Add(-25 * time.Hour)
	for name, stays := range map[string]bool{
		".a.json.123.tmp": false, ".a.json.124.tmp": true, ".b.json.123.tmp": true, ".a.json.12x.tmp": true, ".a.json..tmp": true, "a.json.123.tmp": true,
	} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if name != ".a.json.124.tmp" { // that one may still be being written
			if err := os.Chtimes(path, old, old); err != nil {
				t.Fatal(err)
			}
		}
		if err := WriteFile(filepath.Join(folder, "a.json"), []byte("{}")); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); (err == nil) != stays {
			t.Errorf("%s: %v", name, err)
		}
	}
}
