package keyring

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"

	"filippo.io/age"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/home"
	"github.com/fairleadhq/fairlead/internal/secret"
)

const (
	// workFactor is scrypt's log2(N). 17 with r=8, p=1 is what the OWASP
	// Password Storage Cheat Sheet asks for; it costs about half a second and
	// 128 MiB. age's own default of 18 would double both on every read.
	workFactor = 17
	// tries is how often a person may mistype the passphrase.
	tries = 3
)

// fileStore keeps all secrets in one file: a JSON object, encrypted with age
// for one passphrase. `age -d secrets.age` opens it too.
type fileStore struct {
	path string
	env  func(string) string
	ask  func(ctx context.Context, why string) (secret.String, error)
	cost int // scrypt work factor; 0 means workFactor

	mu         sync.Mutex
	passphrase secret.String            // the one that opened the file, or the new file's
	sealed     []byte                   // the file as it was last opened or written
	opened     map[string]secret.String // what it holds
}

// content is the file's plain text.
type content struct {
	Secrets map[string]string `json:"secrets"`
}

func (s *fileStore) Get(ctx context.Context, name string) (secret.String, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	secrets, err := s.read(ctx)
	if err != nil {
		return secret.String{}, err
	}
	value, ok := secrets[name]
	if !ok {
		return secret.String{}, ErrNotFound
	}
	return value, nil
}

func (s *fileStore) Set(ctx context.Context, name string, value secret.String) error {
	return s.change(ctx, func(secrets map[string]secret.String) error {
		secrets[name] = value
		return nil
	})
}

func (s *fileStore) Delete(ctx context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.exists() { // nothing to remove: make no file, ask no passphrase
		return ErrNotFound
	}
	return s.changeLocked(ctx, func(secrets map[string]secret.String) error {
		if _, ok := secrets[name]; !ok {
			return ErrNotFound
		}
		delete(secrets, name)
		return nil
	})
}

func (s *fileStore) exists() bool {
	_, err := os.Stat(s.path)
	return err == nil
}

func (s *fileStore) change(ctx context.Context, edit func(map[string]secret.String) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changeLocked(ctx, edit)
}

// changeLocked reads, edits and writes the file under the lock that other
// processes take too.
func (s *fileStore) changeLocked(ctx context.Context, edit func(map[string]secret.String) error) (err error) {
	unlock, err := home.Lock(ctx, s.path+".lock")
	if err != nil {
		return s.fail(err, "Cannot lock the secret file")
	}
	defer func() {
		if e := unlock(); err == nil && e != nil {
			err = s.fail(e, "Cannot unlock the secret file")
		}
	}()
	secrets, err := s.read(ctx)
	if err != nil {
		return err
	}
	edited := make(map[string]secret.String, len(secrets)+1)
	for name, value := range secrets {
		edited[name] = value
	}
	if err := edit(edited); err != nil {
		return err
	}
	if s.passphrase.IsZero() {
		if s.passphrase, err = s.choosePassphrase(ctx); err != nil {
			return err
		}
	}
	sealed, err := s.seal(edited)
	if err != nil {
		return s.fail(err, "Cannot encrypt the secret file")
	}
	if err := home.WriteFile(s.path, sealed); err != nil {
		return s.fail(err, "Cannot write the secret file")
	}
	s.sealed, s.opened = sealed, edited
	return nil
}

// read returns what the file holds; a missing file holds nothing. The file is
// decrypted again only when it changed.
func (s *fileStore) read(ctx context.Context) (map[string]secret.String, error) {
	sealed, err := home.ReadPrivate(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var exposed *home.ExposedError
	if errors.As(err, &exposed) {
		return nil, fault.Newf(fault.SecretStore, "The secret file %s %s, so what it holds is not used", s.path, exposed.What).WithRemedy(exposed.Remedy)
	}
	if err != nil {
		return nil, s.fail(err, "Cannot read the secret file")
	}
	if s.opened != nil && bytes.Equal(sealed, s.sealed) {
		return s.opened, nil
	}
	opened, passphrase, err := s.unlock(ctx, sealed)
	if err != nil {
		return nil, err
	}
	s.sealed, s.opened, s.passphrase = sealed, opened, passphrase
	return opened, nil
}

// unlock tries the passphrase known from before, the environment's, or up to
// three typed ones.
func (s *fileStore) unlock(ctx context.Context, sealed []byte) (map[string]secret.String, secret.String, error) {
	if !s.passphrase.IsZero() {
		opened, err := s.open(sealed, s.passphrase)
		if !isWrongPassphrase(err) {
			return opened, s.passphrase, err
		}
	}
	if fromEnv := s.env(EnvPassphrase); fromEnv != "" {
		passphrase := secret.New(fromEnv)
		opened, err := s.open(sealed, passphrase)
		if isWrongPassphrase(err) {
			err = fault.Newf(fault.SecretStore, "The passphrase in %s does not open %s", EnvPassphrase, s.path).
				WithRemedy("set the passphrase that the file was made with")
		}
		return opened, passphrase, err
	}
	if s.ask == nil {
		return nil, secret.String{}, fault.Newf(fault.SecretStore, "The secret file %s is locked, and nobody can be asked for its passphrase", s.path).
			WithRemedyf("set %s, or run the command in a terminal", EnvPassphrase)
	}
	why := "Passphrase for " + s.path
	for range tries {
		passphrase, err := s.ask(ctx, why)
		if err != nil {
			return nil, secret.String{}, err
		}
		opened, err := s.open(sealed, passphrase)
		if !isWrongPassphrase(err) {
			return opened, passphrase, err
		}
		why = "That is not the passphrase. Passphrase for " + s.path
	}
	return nil, secret.String{}, fault.Newf(fault.SecretStore, "No passphrase given opens %s", s.path).
		WithRemedyf("try again; if the passphrase is lost, delete the file and add the secrets anew")
}

// choosePassphrase asks for a new file's passphrase, twice, for a slip would
// lock the secrets away for ever.
func (s *fileStore) choosePassphrase(ctx context.Context) (secret.String, error) {
	if fromEnv := s.env(EnvPassphrase); fromEnv != "" {
		return secret.New(fromEnv), nil
	}
	if s.ask == nil {
		return secret.String{}, fault.New(fault.SecretStore, "There is no system keyring to keep the secret in, and no passphrase for a secret file").
			WithRemedyf("set %s, or run the command in a terminal; %s=memory keeps nothing", EnvPassphrase, EnvMode)
	}
	first, err := s.ask(ctx, "Choose a passphrase for the new secret file "+s.path)
	if err != nil {
		return secret.String{}, err
	}
	if first.IsZero() {
		return secret.String{}, fault.New(fault.SecretStore, "The passphrase is empty").WithRemedy("choose one with at least one character")
	}
	second, err := s.ask(ctx, "Repeat the passphrase")
	if err != nil {
		return secret.String{}, err
	}
	if first != second {
		return secret.String{}, fault.New(fault.SecretStore, "The two passphrases differ").WithRemedy("try again")
	}
	return first, nil
}

func (s *fileStore) open(sealed []byte, passphrase secret.String) (map[string]secret.String, error) {
	if passphrase.IsZero() { // age refuses an empty one; to a person it is just wrong
		return nil, age.ErrIncorrectIdentity
	}
	identity, err := age.NewScryptIdentity(passphrase.Reveal())
	if err != nil {
		return nil, s.fail(err, "Cannot open the secret file")
	}
	plain, err := age.Decrypt(bytes.NewReader(sealed), identity)
	if isWrongPassphrase(err) {
		return nil, age.ErrIncorrectIdentity
	}
	if err != nil {
		return nil, s.damaged(err)
	}
	text, err := io.ReadAll(plain)
	if err != nil {
		return nil, s.damaged(err)
	}
	var c content
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, s.damaged(errors.New("its content is not what Fairlead writes")) // err could quote the content
	}
	opened := make(map[string]secret.String, len(c.Secrets))
	for name, value := range c.Secrets {
		opened[name] = secret.New(value)
	}
	return opened, nil
}

func (s *fileStore) seal(secrets map[string]secret.String) ([]byte, error) {
	c := content{Secrets: make(map[string]string, len(secrets))}
	for name, value := range secrets {
		c.Secrets[name] = value.Reveal()
	}
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	recipient, err := age.NewScryptRecipient(s.passphrase.Reveal())
	if err != nil {
		return nil, err
	}
	recipient.SetWorkFactor(s.logN())
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, recipient)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return sealed.Bytes(), nil
}

func (s *fileStore) logN() int {
	if s.cost > 0 {
		return s.cost
	}
	return workFactor
}

func isWrongPassphrase(err error) bool {
	return err != nil && errors.Is(err, age.ErrIncorrectIdentity)
}

func (s *fileStore) damaged(err error) error {
	return fault.Wrapf(err, fault.SecretStore, "The secret file %s is damaged", s.path).
		WithRemedy("restore it from a backup, or delete it and add the secrets anew")
}

func (s *fileStore) fail(err error, what string) error {
	if errors.Is(err, context.Canceled) {
		return fault.Wrap(err, fault.Interrupted, "Interrupted")
	}
	return fault.Wrap(err, fault.SecretStore, what+" "+s.path)
}
