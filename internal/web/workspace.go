package web

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/home"
)

// The files that the page's state is kept in, below the state folder.
const (
	workspaceFile = "page-workspace.json" // tabs and their texts
	settingsFile  = "page-settings.json"
)

const mostWorkspace = 5 << 20

// workspace guards the two files against two pages at once.
type workspace struct{ mu sync.Mutex }

// read returns the file's JSON, or otherwise when there is none yet. A file
// that is no JSON is put aside, never overwritten.
func (d *workspace) read(path, otherwise string) (json.RawMessage, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	data, err := home.ReadPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		return json.RawMessage(otherwise), nil
	}
	if err != nil {
		return nil, fault.Wrapf(err, fault.Config, "Cannot read %s", path)
	}
	if !json.Valid(data) {
		aside := path + "." + time.Now().UTC().Format("20060102T150405") + ".broken"
		if err := os.Rename(path, aside); err != nil {
			return nil, fault.Wrapf(err, fault.Config, "%s is damaged and cannot be put aside", path)
		}
		return json.RawMessage(otherwise), nil
	}
	return data, nil
}

func (d *workspace) write(path string, r *http.Request) error {
	data, err := io.ReadAll(io.LimitReader(r.Body, mostWorkspace+1))
	switch {
	case err != nil:
		return err
	case len(data) > mostWorkspace:
		return fault.Newf(fault.Usage, "The page's state is larger than %d MB and was not saved", mostWorkspace>>20).
			WithRemedy("close tabs, or move long texts into files")
	case !json.Valid(data) || len(data) == 0 || data[0] != '{':
		return fault.New(fault.Usage, "The page's state is not a JSON object")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := home.WriteFile(path, data); err != nil {
		return fault.Wrapf(err, fault.Output, "Cannot save %s", path)
	}
	return nil
}

// stateFile returns the path of a file in the state folder.
func (s *Server) stateFile(name string) (string, error) {
	dirs, err := s.app.Dirs()
	return filepath.Join(dirs.State, name), err
}

func (s *Server) getState(w http.ResponseWriter, name string) error {
	path, err := s.stateFile(name)
	if err != nil {
		return err
	}
	doc, err := s.doc.read(path, "{}")
	if err != nil {
		return err
	}
	return writeJSON(w, doc)
}

func (s *Server) putState(w http.ResponseWriter, r *http.Request, name string) error {
	path, err := s.stateFile(name)
	if err != nil {
		return err
	}
	if err := s.doc.write(path, r); err != nil {
		return err
	}
	return done(w)
}

func (s *Server) getWorkspace(w http.ResponseWriter, _ *http.Request) error {
	return s.getState(w, workspaceFile)
}

func (s *Server) putWorkspace(w http.ResponseWriter, r *http.Request) error {
	return s.putState(w, r, workspaceFile)
}

func (s *Server) getSettings(w http.ResponseWriter, _ *http.Request) error {
	return s.getState(w, settingsFile)
}

func (s *Server) putSettings(w http.ResponseWriter, r *http.Request) error {
	return s.putState(w, r, settingsFile)
}
