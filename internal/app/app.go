// Package app holds the verbs that every room shares: resolve a name,
// connect, run, list, log in. One file a verb. Guards live here, so that no
// room can walk around them. It knows no flag, no format of output and no
// particular engine; those are handed in.
//
//	a := app.New(app.Options{Env: os.Getenv, Specs: all.Specs()})
//	conn, err := a.Connect(ctx, "sales", app.Overrides{})
//	if err != nil { return err }
//	defer conn.Close()
//	stream, err := conn.Run(ctx, engine.Statement{Text: "select 1"})
package app

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/connection"
	"github.com/fairleadhq/fairlead/internal/creds"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/home"
	"github.com/fairleadhq/fairlead/internal/journal"
	"github.com/fairleadhq/fairlead/internal/keyring"
	"github.com/fairleadhq/fairlead/internal/secret"
	"github.com/fairleadhq/fairlead/internal/session"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// Options is all that a room hands in. Env is required.
type Options struct {
	Env     func(string) string // environment; never read elsewhere
	WorkDir string              // where the search for .fairlead.toml begins; empty for none
	Specs   []engine.Spec       // the engines there are
	Prompts sso.Prompts         // how to ask and show; nil callbacks refuse
	AskMFA  creds.AskMFA        // how to ask an MFA code; nil refuses
	// AskPassphrase asks for the passphrase of the encrypted secret file; nil refuses.
	AskPassphrase func(ctx context.Context, why string) (secret.String, error)
	// AskSecret asks for a secret parameter that is kept nowhere, such as a
	// database user's password; nil refuses.
	AskSecret func(ctx context.Context, what string) (secret.String, error)
	// ConfirmScan asks whether a statement that reads all of a table may run;
	// nil refuses it.
	ConfirmScan func(ctx context.Context, p engine.Plan) (bool, error)
}

// App is the program without a face. Everything is opened when first needed,
// so that `version` touches no file. Safe for concurrent use.
type App struct {
	o     Options
	dirs  func() (home.Dirs, error)
	store func() (keyring.Store, error)
	diary func() (*journal.Journal, error)
	read  atomic.Pointer[readFiles]
	// memory keeps the secrets that the person wants to outlive nothing.
	memory keyring.Store
}

// readFiles is what hangs on the files that people and other programs write:
// the book of connections, and all that the AWS files say. Each is read once;
// Refresh begins anew when a file has changed.
type readFiles struct {
	book   func() (*connection.Book, error)
	opener func() *session.Opener
}

// New returns an App. It does no I/O.
func New(o Options) *App {
	a := &App{o: o, memory: keyring.InMemory()}
	a.dirs = sync.OnceValues(a.findDirs)
	a.store = sync.OnceValues(a.openStore)
	a.diary = sync.OnceValues(a.openJournal)
	a.readAnew()
	return a
}

func (a *App) readAnew() {
	a.read.Store(&readFiles{
		book: sync.OnceValues(a.loadBook),
		opener: sync.OnceValue(func() *session.Opener {
			return session.NewOpener(session.Options{Env: a.o.Env, Prompts: a.o.Prompts, AskMFA: a.o.AskMFA})
		}),
	})
}

func (a *App) book() (*connection.Book, error) { return a.read.Load().book() }

func (a *App) opener() *session.Opener { return a.read.Load().opener() }

// files returns the shared AWS files, read once.
func (a *App) files() (*awsfile.Files, error) { return a.opener().Files() }

// sso returns the manager of the SSO sessions.
func (a *App) sso() *sso.Manager { return a.opener().SSO() }

// findDirs finds our folders and looks that nobody else may enter those that
// are ours by name. The one that FAIRLEAD_HOME names is the user's to share.
func (a *App) findDirs() (home.Dirs, error) {
	dirs, err := home.Find(a.o.Env)
	if err != nil {
		return dirs, err
	}
	own := []string{dirs.State, dirs.Cache}
	if a.o.Env(home.Env) == "" {
		own = append(own, dirs.Config)
	}
	for _, dir := range own {
		var exposed *home.ExposedError
		if f, err := home.OpenPrivate(dir); err == nil {
			_ = f.Close()
		} else if errors.As(err, &exposed) {
			return dirs, fault.Newf(fault.Config, "The folder %s %s, so nothing is kept in it", dir, exposed.What).WithRemedy(exposed.Remedy)
		}
	}
	return dirs, nil
}

func (a *App) loadBook() (*connection.Book, error) {
	dirs, err := a.dirs()
	if err != nil {
		return nil, err
	}
	return connection.Load(connection.Options{Dirs: dirs, WorkDir: a.o.WorkDir, Known: a.knownParams})
}

func (a *App) openStore() (keyring.Store, error) {
	dirs, err := a.dirs()
	if err != nil {
		return nil, err
	}
	return keyring.Open(keyring.Options{Env: a.o.Env, Dirs: dirs, AskPassphrase: a.o.AskPassphrase}), nil
}

// Env looks up a variable of the environment that the app was given.
func (a *App) Env(name string) string { return a.o.Env(name) }

// Dirs returns the folders of Fairlead's own files.
func (a *App) Dirs() (home.Dirs, error) { return a.dirs() }

// Specs returns the engines there are.
func (a *App) Specs() []engine.Spec { return a.o.Specs }

// knownParams lists an engine's parameter names, nil for an unknown engine.
func (a *App) knownParams(kind string) []string {
	for _, spec := range a.o.Specs {
		if spec.Kind == kind {
			names := make([]string, len(spec.Params))
			for i, p := range spec.Params {
				names[i] = p.Name
			}
			return names
		}
	}
	return nil
}
