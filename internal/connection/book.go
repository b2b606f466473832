// Package connection is the book of what the user saved: connections, and the
// auth profiles they use. It reads connections.toml in the user's config folder
// and .fairlead.toml found upward from the working folder, and changes one
// table of them at a time, leaving every other byte as it was.
//
// It does not know the engines: their parameters are kept as text. It never
// holds a secret; a file that does is refused. And it proves nothing: whether
// a profile exists or answers is for creds to say.
//
//	book, err := connection.Load(connection.Options{Dirs: dirs, WorkDir: cwd})
//	if err != nil { return err }
//	entry, err := book.Connection("sales")
package connection

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/home"
	"github.com/fairleadhq/fairlead/internal/nearest"
)

// Names of the two files.
const (
	UserFile      = "connections.toml" // in the config folder
	WorkspaceFile = ".fairlead.toml"   // in the working folder or one above it
)

// Scope says which file an entry comes from.
type Scope string

// The scopes. A workspace entry hides the user's entry of the same name.
const (
	User      Scope = "user"
	Workspace Scope = "workspace"
)

// Entry is a saved connection.
type Entry struct {
	Name     string
	Engine   string // the engine's kind, e.g. "athena"
	Auth     string // the auth profile's name; or
	Profile  string // an AWS profile's name. Never both.
	Region   string
	Label    string // free text for listings
	Account  string // 12 digits: the AWS account that it must lead to; "" for any
	ReadOnly bool
	Params   map[string]string // the engine's own parameters

	Scope   Scope  // empty in an entry to save means User
	File    string // where it stands
	Line    int    // 1-based
	Hides   string // file:line of the user's entry that this workspace entry hides
	Problem string // why it cannot be used as it stands, or empty
	// Warnings are those of Book.Warnings that are about this entry.
	Warnings []string
}

// The sources of an auth profile.
const (
	SourceStatic  = "static"  // an access key; its secret is in the keyring under Auth.SecretName
	SourceProfile = "profile" // a profile of the AWS files
)

// Auth is a saved auth profile.
type Auth struct {
	Name        string
	Source      string // SourceStatic or SourceProfile
	Profile     string // with SourceProfile
	Region      string
	AccessKeyID string // with SourceStatic
	Account     string // 12 digits: the account that AWS named when the keys were verified; "" when they were not

	Scope   Scope
	File    string
	Line    int
	Hides   string
	Problem string
}

// SecretName is the name under which the keyring holds the secret access key
// of a static auth profile.
func (a Auth) SecretName() string { return "auth/" + a.Name }

// Options say where to look. Dirs is required.
type Options struct {
	Dirs home.Dirs
	// WorkDir is where the search for .fairlead.toml begins; empty means no
	// workspace.
	WorkDir string
	// Known returns the parameter names of an engine, and nil for an engine
	// that does not exist. When nil itself, every key counts as known.
	Known func(engine string) []string
}

// Book is what both files say. It may be used by several goroutines at once.
type Book struct {
	options   Options
	user      string // path, whether or not the file exists
	workspace string // path of the file found, or ""

	mu          sync.RWMutex
	connections map[string]Entry
	auths       map[string]Auth
	warnings    []string
}

// Load reads the files; a missing one is empty. A file that cannot be read or
// parsed, or that holds a secret, is a fault with code config that names file,
// line and column.
func Load(o Options) (*Book, error) {
	b := &Book{options: o, user: userPath(o.Dirs)}
	b.workspace = findUpward(o.WorkDir)
	if err := b.reload(); err != nil {
		return nil, err
	}
	return b, nil
}

// Files returns the paths of the user's file, which may not exist, and of the
// workspace's, empty when there is none.
func (b *Book) Files() (user, workspace string) { return b.user, b.workspace }

// Connections returns all connections, sorted by name.
func (b *Book) Connections() []Entry {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return sortedValues(b.connections, Entry.clone)
}

// Auths returns all auth profiles, sorted by name.
func (b *Book) Auths() []Auth {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return sortedValues(b.auths, func(a Auth) Auth { return a })
}

// Connection returns the connection of that name. A name that nothing has is a
// fault with code connection-missing that tells the nearest names; an entry
// that cannot be used as it stands is a fault with code config.
func (b *Book) Connection(name string) (Entry, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	e, ok := b.connections[name]
	if !ok {
		return Entry{}, b.missing("connection", "connections", name, keys(b.connections))
	}
	if e.Problem != "" {
		return e.clone(), fault.New(fault.Config, e.Problem).
			WithRemedyf("mend the entry in %s, or remove it: fairlead connections remove %s", e.File, name)
	}
	return e.clone(), nil
}

// Auth returns the auth profile of that name; errors as for Connection.
func (b *Book) Auth(name string) (Auth, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	a, ok := b.auths[name]
	if !ok {
		return Auth{}, b.missing("auth profile", "auth", name, keys(b.auths))
	}
	if a.Problem != "" {
		return a, fault.New(fault.Config, a.Problem).WithRemedyf("mend the entry in %s", a.File)
	}
	return a, nil
}

// Warnings are sentences, each with file and line, about what was read and not
// understood: unknown keys, names that are not allowed.
func (b *Book) Warnings() []string {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return slices.Clone(b.warnings)
}

// missing tells that nothing has the name, what has nearly the same, and where
// was looked.
func (b *Book) missing(what, command, name string, have []string) *fault.Error {
	code := fault.ConnectionMissing
	if what != "connection" {
		code = fault.Config
	}
	searched := b.user
	if warning := foreign(b.workspace, b.options.WorkDir); warning != "" {
		searched += " (" + warning + ")"
	} else if b.workspace != "" {
		searched += " and " + b.workspace
	}
	f := fault.Newf(code, "No %s %q in %s", what, name, searched)
	switch close := nearest.Names(name, have); {
	case len(close) > 0:
		f.Remedy = "did you mean " + strings.Join(close, " or ") + "? See: fairlead " + command + " list"
	case len(have) > 0:
		f.Remedy = "see what there is: fairlead " + command + " list"
	default:
		f.Remedy = "save one: fairlead " + command + " add " + shellName(name)
	}
	return f
}

func (e Entry) clone() Entry {
	e.Params, e.Warnings = maps.Clone(e.Params), slices.Clone(e.Warnings)
	return e
}

func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func sortedValues[V any](m map[string]V, copied func(V) V) []V {
	values := make([]V, 0, len(m))
	for _, k := range keys(m) {
		values = append(values, copied(m[k]))
	}
	return values
}
