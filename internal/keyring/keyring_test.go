package keyring

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	osring "github.com/zalando/go-keyring"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/home"
	"github.com/fairleadhq/fairlead/internal/secret"
)

// testCost makes scrypt quick; the file says its own cost, so reading needs no setting.
const testCost = 8

// fakeRing is a system keyring with a switch: err fails every call, hang never answers.
type fakeRing struct {
	mu   sync.Mutex
	held map[string]string
	err  error
	hang chan struct{}
}

func (r *fakeRing) before() error {
	if r.hang != nil {
		<-r.hang
	}
	r.mu.Lock()
	return r.err
}

func (r *fakeRing) Get(service, user string) (string, error) {
	err := r.before()
	defer r.mu.Unlock()
	if err != nil {
		return "", err
	}
	if v, ok := r.held[service+"|"+user]; ok {
		return v, nil
	}
	return "", osring.ErrNotFound
}

func (r *fakeRing) Set(service, user, value string) error {
	err := r.before()
	defer r.mu.Unlock()
	if err != nil {
		return err
	}
	if r.held == nil {
		r.held = map[string]string{}
	}
	r.held[service+"|"+user] = value
	return nil
}

func (r *fakeRing) Delete(service, user string) error {
	err := r.before()
	defer r.mu.Unlock()
	if err != nil {
		return err
	}
	if _, ok := r.held[service+"|"+user]; !ok {
		return osring.ErrNotFound
	}
	delete(r.held, service+"|"+user)
	return nil
}

func env(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(k string) string { return m[k] }
}

func newFile(t *testing.T, e func(string) string) *fileStore {
	t.Helper()
	s := openFile(Options{Env: e, Dirs: home.Dirs{Config: t.TempDir()}})
	s.cost = testCost
	return s
}

func newSystem(r ring) *systemStore {
	return &systemStore{ring: r, service: "fairlead", probeLimit: probeLimit, callLimit: callLimit}
}

// TestContract holds every store to the same promises.
func TestContract(t *testing.T) {
	withPassphrase := env(EnvPassphrase, "correct horse")
	stores := map[string]Store{
		"memory":               &memoryStore{},
		"file":                 newFile(t, withPassphrase),
		"system":               newSystem(&fakeRing{}),
		"auto, keyring":        &autoStore{system: newSystem(&fakeRing{}), file: newFile(t, withPassphrase)},
		"auto without keyring": &autoStore{system: newSystem(&fakeRing{err: errors.New("no bus")}), file: newFile(t, withPassphrase)},
	}
	for name, s := range stores {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if _, err := s.Get(ctx, "auth/a"); !errors.Is(err, ErrNotFound) {
				t.Errorf("Get of nothing: %v", err)
			}
			if err := s.Delete(ctx, "auth/a"); !errors.Is(err, ErrNotFound) {
				t.Errorf("Delete of nothing: %v", err)
			}
			for n, v := range map[string]string{"auth/a": "first", "auth/b": "uni ✓ \n\x00 \"quoted\""} {
				if err := s.Set(ctx, n, secret.New(v)); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Set(ctx, "auth/a", secret.New("second")); err != nil {
				t.Fatal(err)
			}
			for n, want := range map[string]string{"auth/a": "second", "auth/b": "uni ✓ \n\x00 \"quoted\""} {
				if got, err := s.Get(ctx, n); err != nil || got.Reveal() != want {
					t.Errorf("Get %s: %q, %v", n, got.Reveal(), err)
				}
			}
			if err := s.Delete(ctx, "auth/a"); err != nil {
				t.Error(err)
			}
			if _, err := s.Get(ctx, "auth/a"); !errors.Is(err, ErrNotFound) {
				t.Errorf("Get after Delete: %v", err)
			}
			if got, err := s.Get(ctx, "auth/b"); err != nil || got.IsZero() {
				t.Errorf("Delete took another secret along: %v", err)
			}
		})
	}
}

func TestFileIsEncryptedAndReadByAnotherProcess(t *testing.T) {
	s := newFile(t, env(EnvPassphrase, "correct horse"))
	if err := s.Set(t.Context(), "auth/work", secret.New("wJalrXUtnFEMI")); err != nil {
		t.Fatal(err)
	}
	sealed, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, clear := range []string{"wJalr", "auth/work", "correct"} {
		if bytes.Contains(sealed, []byte(clear)) {
			t.Errorf("the file holds %q in the clear", clear)
		}
	}
	if !bytes.HasPrefix(sealed, []byte("age-encryption.org/v1\n-> scrypt ")) {
		t.Errorf("not an age file for a passphrase: %.40q", sealed)
	}
	if err := os.Chmod(s.path, 0o644); err != nil {
		t.Fatal(err)
	}
	other := openFile(Options{Env: env(EnvPassphrase, "correct horse"), Dirs: home.Dirs{Config: filepath.Dir(s.path)}})
	if got, err := other.Get(t.Context(), "auth/work"); err != nil || got.Reveal() != "wJalrXUtnFEMI" {
		t.Errorf("%v", err)
	}
	if info, err := os.Stat(s.path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("others may still read the file: %v, %v", info.Mode(), err)
	}
	// What another process stored meanwhile must survive our next write.
	other.cost = testCost
	if err := other.Set(t.Context(), "auth/theirs", secret.New("t")); err != nil {
		t.Fatal(err)
	}
	if err := s.Set(t.Context(), "auth/ours", secret.New("o")); err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{"auth/work", "auth/theirs", "auth/ours"} {
		if _, err := s.Get(t.Context(), n); err != nil {
			t.Errorf("%s: %v", n, err)
		}
	}
}

// TestCost: what the tests save on, a real file spends; the file says how much.
func TestCost(t *testing.T) {
	s := newFile(t, env(EnvPassphrase, "p"))
	if err := s.Set(t.Context(), "n", secret.New("v")); err != nil {
		t.Fatal(err)
	}
	sealed, _ := os.ReadFile(s.path)
	if !bytes.Contains(sealed, []byte(" 8\n")) {
		t.Errorf("the header is %.80q", sealed)
	}
	if real := (&fileStore{}).logN(); real != 17 {
		t.Errorf("log2(N) is %d", real)
	}
}

func TestPassphraseIsAsked(t *testing.T) {
	maker := newFile(t, env())
	var asked []string
	answers := []string{"new one", "new one"}
	ask := func(_ context.Context, why string) (secret.String, error) {
		asked = append(asked, why)
		a := answers[0]
		answers = answers[1:]
		return secret.New(a), nil
	}
	maker.ask = ask
	if err := maker.Set(t.Context(), "n", secret.New("v")); err != nil {
		t.Fatal(err)
	}
	if len(asked) != 2 || !strings.Contains(asked[0], "Choose") || !strings.Contains(asked[1], "Repeat") {
		t.Errorf("asked %q", asked)
	}

	asked, answers = nil, []string{"", "typo", "new one"}
	reader := openFile(Options{Env: env(), Dirs: home.Dirs{Config: filepath.Dir(maker.path)}, AskPassphrase: ask})
	if got, err := reader.Get(t.Context(), "n"); err != nil || got.Reveal() != "v" {
		t.Fatal(err)
	}
	if _, err := reader.Get(t.Context(), "n"); err != nil || len(asked) != 3 {
		t.Errorf("asked %d times, %v; want 3 and then never again", len(asked), err)
	}

	answers = []string{"a", "b", "c", "d"}
	stranger := openFile(Options{Env: env(), Dirs: home.Dirs{Config: filepath.Dir(maker.path)}, AskPassphrase: ask})
	_, err := stranger.Get(t.Context(), "n")
	if fault.CodeOf(err) != fault.SecretStore || len(answers) != 1 {
		t.Errorf("after three wrong ones: %v, %d answers left", err, len(answers))
	}
}

func TestNewPassphraseMustBeRepeated(t *testing.T) {
	for _, answers := range [][]string{{"one", "two"}, {""}} {
		s := newFile(t, env())
		s.ask = func(context.Context, string) (secret.String, error) {
			a := answers[0]
			answers = answers[1:]
			return secret.New(a), nil
		}
		if err := s.Set(t.Context(), "n", secret.New("v")); fault.CodeOf(err) != fault.SecretStore {
			t.Errorf("got %v", err)
		}
		if s.exists() {
			t.Error("a file was made")
		}
	}
}

func TestFileFailures(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	maker := openFile(Options{Env: env(EnvPassphrase, "right"), Dirs: home.Dirs{Config: dir}})
	maker.cost = testCost
	if err := maker.Set(t.Context(), "n", secret.New("hush")); err != nil {
		t.Fatal(err)
	}
	good, _ := os.ReadFile(path)
	open := func(e func(string) string) *fileStore {
		return openFile(Options{Env: e, Dirs: home.Dirs{Config: dir}})
	}
	for _, c := range []struct {
		name  string
		file  []byte
		store *fileStore
		want  string
	}{
		{"wrong passphrase in the environment", good, open(env(EnvPassphrase, "wrong")), "does not open"},
		{"nobody to ask", good, open(env()), "nobody can be asked"},
		{"cut short", good[:len(good)-5], open(env(EnvPassphrase, "right")), "damaged"},
		{"one bit turned", append(append([]byte{}, good[:len(good)-1]...), good[len(good)-1]^1), open(env(EnvPassphrase, "right")), "damaged"},
		{"not an age file", []byte("hello"), open(env(EnvPassphrase, "right")), "damaged"},
		{"empty", nil, open(env(EnvPassphrase, "right")), "damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := os.WriteFile(path, c.file, 0o600); err != nil {
				t.Fatal(err)
			}
			c.store.cost = testCost
			_, getErr := c.store.Get(t.Context(), "n")
			setErr := c.store.Set(t.Context(), "n", secret.New("other"))
			for _, err := range []error{getErr, setErr} {
				if fault.CodeOf(err) != fault.SecretStore || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v", err)
				}
				if err != nil && strings.Contains(err.Error(), "hush") {
					t.Errorf("the error tells the secret: %v", err)
				}
			}
			if now, _ := os.ReadFile(path); !bytes.Equal(now, c.file) {
				t.Error("a file that cannot be opened was overwritten")
			}
		})
	}
}

func TestAutoReadsAFileFromADayWithoutKeyring(t *testing.T) {
	file := newFile(t, env(EnvPassphrase, "p"))
	if err := file.Set(t.Context(), "auth/old", secret.New("v")); err != nil {
		t.Fatal(err)
	}
	r := &fakeRing{}
	s := &autoStore{system: newSystem(r), file: file}
	if got, err := s.Get(t.Context(), "auth/old"); err != nil || got.Reveal() != "v" {
		t.Errorf("%v", err)
	}
	if err := s.Set(t.Context(), "auth/new", secret.New("w")); err != nil {
		t.Fatal(err)
	}
	if r.held["fairlead|auth/new"] != "w" {
		t.Errorf("the keyring holds %v", r.held)
	}
	if err := s.Delete(t.Context(), "auth/old"); err != nil {
		t.Error(err)
	}
	if _, err := s.Get(t.Context(), "auth/old"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestAHangingKeyringEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &fakeRing{hang: make(chan struct{})}
		defer close(r.hang)
		begin := time.Now()
		s := newSystem(r)
		_, err := s.Get(t.Context(), "n")
		if fault.CodeOf(err) != fault.SecretStore || time.Since(begin) != callLimit {
			t.Errorf("after %s: %v", time.Since(begin), err)
		}
		if !strings.Contains(fault.As(err).Remedy, "FAIRLEAD_KEYRING=file") {
			t.Errorf("remedy %q", fault.As(err).Remedy)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		begin = time.Now()
		if err := s.Set(ctx, "n", secret.New("v")); fault.CodeOf(err) != fault.Interrupted || time.Since(begin) != time.Second {
			t.Errorf("after %s: %v", time.Since(begin), err)
		}
	})
}

func TestAutoFallsBackWhenTheKeyringHangs(t *testing.T) {
	r := &fakeRing{hang: make(chan struct{})}
	defer close(r.hang)
	system := newSystem(r)
	system.probeLimit = time.Millisecond
	s := &autoStore{system: system, file: newFile(t, env(EnvPassphrase, "p"))}
	if err := s.Set(t.Context(), "n", secret.New("v")); err != nil {
		t.Fatal(err)
	}
	if !s.file.exists() {
		t.Error("the file was not used")
	}
}

func TestOpenPicksTheStore(t *testing.T) {
	dirs := home.Dirs{Config: t.TempDir()}
	for _, c := range []struct {
		mode, env string
		want      func(Store) bool
	}{
		{"", "", func(s Store) bool { _, ok := s.(*autoStore); return ok }},
		{"auto", "", func(s Store) bool { _, ok := s.(*autoStore); return ok }},
		{"os", "", func(s Store) bool { _, ok := s.(*systemStore); return ok }},
		{"file", "", func(s Store) bool { _, ok := s.(*fileStore); return ok }},
		{"os", "memory", func(s Store) bool { _, ok := s.(*memoryStore); return ok }},
		{"", "paper", func(s Store) bool {
			_, err := s.Get(t.Context(), "n")
			return fault.CodeOf(err) == fault.SecretStore && strings.Contains(err.Error(), "paper")
		}},
	} {
		if s := Open(Options{Env: env(EnvMode, c.env), Dirs: dirs, Mode: c.mode}); !c.want(s) {
			t.Errorf("mode %q, %s=%q opened a %T", c.mode, EnvMode, c.env, s)
		}
	}
}

func TestAHomeOfItsOwnHasEntriesOfItsOwn(t *testing.T) {
	plain, own := serviceName(env()), serviceName(env(home.Env, t.TempDir()))
	if plain != "fairlead" || own == plain {
		t.Errorf("%q and %q", plain, own)
	}
}

func TestNoBusIsStartedWhereThereIsNone(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("no bus there")
	}
	begin := env("XDG_RUNTIME_DIR", t.TempDir())
	s := Open(Options{Env: begin, Dirs: home.Dirs{Config: t.TempDir()}, Mode: ModeOS})
	for _, err := range []error{s.Set(t.Context(), "n", secret.New("v")), s.Delete(t.Context(), "n"), second(s.Get(t.Context(), "n"))} {
		if fault.CodeOf(err) != fault.SecretStore || !strings.Contains(err.Error(), "no session bus") {
			t.Errorf("got %v", err)
		}
	}
}

func second(_ secret.String, err error) error { return err }
