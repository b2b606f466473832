//go:build unix

package connection

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/home"
)

// Another user's file above the working folder, as in /tmp, stands in for
// nothing of ours; in his own folder it is his to say.
func TestWorkspaceOfAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to make files of another user")
	}
	const other = 12345
	shared := t.TempDir()
	work := filepath.Join(shared, "work")
	if err := os.Mkdir(work, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(shared, WorkspaceFile)
	text := "[connection.prod]\nengine = \"athena\"\nprofile = \"theirs\"\nregion = \"eu-central-1\"\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	has := func() (bool, string) {
		b, err := Load(Options{Dirs: home.Dirs{Config: t.TempDir()}, WorkDir: work})
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.Connection("prod")
		said := strings.Join(b.Warnings(), "\n")
		if err != nil {
			said += err.Error()
		}
		return err == nil, said
	}
	if ok, said := has(); !ok {
		t.Errorf("ours is not read: %s", said)
	}
	if err := os.Chown(path, other, other); err != nil {
		t.Fatal(err)
	}
	if ok, said := has(); ok || strings.Count(said, "belongs to another user") != 2 {
		t.Errorf("read: %v; said: %s", ok, said)
	}
	if err := os.Chown(work, other, other); err != nil {
		t.Fatal(err)
	}
	if ok, said := has(); !ok {
		t.Errorf("a file in its owner's folder is not read: %s", said)
	}
}

func TestUserFileIsMadePrivate(t *testing.T) {
	dirs := home.Dirs{Config: t.TempDir()}
	path := userPath(dirs)
	if err := os.WriteFile(path, []byte("[connection.a]\nengine = \"athena\"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(Options{Dirs: dirs}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
