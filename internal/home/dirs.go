// Package home says where Fairlead's own files live, writes them so that a
// crash never leaves half a file, and locks what two processes may change.
//
// It knows no file's contents, and it never touches ~/.aws.
//
//	dirs, err := home.Find(os.Getenv)
//	if err != nil { return err }
//	unlock, err := home.Lock(ctx, filepath.Join(dirs.Config, "connections.toml.lock"))
//	if err != nil { return err }
//	defer unlock()
//	err = home.WriteFile(filepath.Join(dirs.Config, "connections.toml"), data)
package home

import (
	"errors"
	"path/filepath"
	"runtime"
)

// Env names the variable that moves all of Fairlead's files into one folder.
const Env = "FAIRLEAD_HOME"

// app is the folder's name below each base folder.
const app = "fairlead"

// Dirs are the folders of one user. They may not exist yet.
type Dirs struct {
	Config string // what the user saved: connections, the secret file
	State  string // what Fairlead remembers: history, running queries
	Cache  string // what can be deleted at any time
}

// Find returns the folders. With FAIRLEAD_HOME set, Config is that folder and
// the others lie inside it. Otherwise they follow the XDG Base Directory
// Specification 0.8 where its variables are set and absolute, and else the
// custom of the system: ~/.config, ~/.local/state and ~/.cache on Linux and
// BSD, ~/Library on macOS, %AppData% and %LocalAppData% on Windows. env is
// os.Getenv or a test's own. Nothing is created.
func Find(env func(string) string) (Dirs, error) {
	return find(env, runtime.GOOS)
}

func find(env func(string) string, goos string) (Dirs, error) {
	if one := env(Env); one != "" {
		one, err := filepath.Abs(one)
		if err != nil {
			return Dirs{}, err
		}
		return Dirs{Config: one, State: filepath.Join(one, "state"), Cache: filepath.Join(one, "cache")}, nil
	}
	base := defaults(env, goos)
	xdg := Dirs{Config: env("XDG_CONFIG_HOME"), State: env("XDG_STATE_HOME"), Cache: env("XDG_CACHE_HOME")}
	dirs := Dirs{
		Config: choose(xdg.Config, base.Config),
		State:  choose(xdg.State, base.State),
		Cache:  choose(xdg.Cache, base.Cache),
	}
	if dirs.Config == "" || dirs.State == "" || dirs.Cache == "" {
		return Dirs{}, errors.New("the home folder is not known: set HOME, or " + Env + " to a folder for Fairlead's files")
	}
	return dirs, nil
}

// choose returns the folder below the variable's value, or the default. The
// specification asks that a relative value be ignored.
func choose(variable, otherwise string) string {
	if filepath.IsAbs(variable) {
		return filepath.Join(variable, app)
	}
	return otherwise
}

func defaults(env func(string) string, goos string) Dirs {
	switch goos {
	case "windows":
		roaming, local := env("APPDATA"), env("LOCALAPPDATA")
		if profile := env("USERPROFILE"); profile != "" {
			if roaming == "" {
				roaming = filepath.Join(profile, "AppData", "Roaming")
			}
			if local == "" {
				local = filepath.Join(profile, "AppData", "Local")
			}
		}
		return Dirs{
			Config: below(roaming, app),
			State:  below(local, app, "state"),
			Cache:  below(local, app, "cache"),
		}
	case "darwin":
		h := env("HOME")
		return Dirs{
			Config: below(h, "Library", "Application Support", app),
			State:  below(h, "Library", "Application Support", app, "state"),
			Cache:  below(h, "Library", "Caches", app),
		}
	default:
		h := env("HOME")
		return Dirs{
			Config: below(h, ".config", app),
			State:  below(h, ".local", "state", app),
			Cache:  below(h, ".cache", app),
		}
	}
}

// below joins parts under base, or returns "" when base is not known.
func below(base string, parts ...string) string {
	if base == "" {
		return ""
	}
	return filepath.Join(append([]string{base}, parts...)...)
}
