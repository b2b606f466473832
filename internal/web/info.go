package web

import (
	"encoding/json"
	"net/http"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sink"
)

type paramDoc struct {
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	Help     string   `json:"help"`
	Required bool     `json:"required"`
	Secret   bool     `json:"secret"`
	Default  string   `json:"default,omitempty"`
	Choices  []string `json:"choices,omitempty"`
}

type engineDoc struct {
	Kind    string     `json:"kind"`
	Title   string     `json:"title"`
	Dialect string     `json:"dialect"`
	Path    []string   `json:"path"`
	Params  []paramDoc `json:"params"`
}

type formatDoc struct {
	Name    string   `json:"name"`
	Endings []string `json:"endings"`
	Help    string   `json:"help"`
}

// getInfo tells the page what it works with.
func (s *Server) getInfo(w http.ResponseWriter, _ *http.Request) error {
	engines := []engineDoc{}
	for _, spec := range s.app.Specs() {
		e := engineDoc{Kind: spec.Kind, Title: spec.Title, Dialect: string(spec.Dialect), Path: nonNil(spec.Path), Params: []paramDoc{}}
		for _, p := range spec.Params {
			e.Params = append(e.Params, paramDoc{p.Name, p.Title, p.Help, p.Required, p.Secret, p.Default, p.Choices})
		}
		engines = append(engines, e)
	}
	formats := []formatDoc{}
	for _, f := range sink.Formats() {
		formats = append(formats, formatDoc{f.Name, nonNil(f.Endings), f.Help})
	}
	path, err := s.stateFile(settingsFile)
	if err != nil {
		return err
	}
	settings, err := s.doc.read(path, "{}")
	if err != nil {
		settings = json.RawMessage("{}")
	}
	dirs, err := s.app.Dirs()
	if err != nil {
		return err
	}
	_, warnings, err := s.app.Connections()
	doc := map[string]any{"version": s.options.Version, "engines": engines, "formats": formats, "demo": s.options.Demo,
		"settings": settings, "home": dirs.Config, "boot": s.boot, "warnings": nonNil(warnings)}
	if err != nil { // the page must come up to show what is wrong with the file
		doc["error"] = toErrorDoc(err)
	}
	return writeJSON(w, doc)
}

// onConnection gives an error the actions that need the connection.
type connectionError struct {
	name, profile string
	err           error
}

func (e *connectionError) Error() string { return e.err.Error() }
func (e *connectionError) Unwrap() error { return e.err }

func (s *Server) onConnection(name string, err error) error {
	if err == nil {
		return nil
	}
	profile := ""
	if e, found := s.app.SavedConnection(name); found == nil {
		profile = s.app.ProfileOf(e.Name)
	}
	return &connectionError{name, profile, fault.As(err)}
}
