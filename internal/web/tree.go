package web

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// treeLife is how long a listing is taken from memory before it is asked again.
// keptLife is how old one may be that an earlier start left on disk: it stands in
// once for an answer that takes a large catalog many seconds, says its age, and
// when it is older than treeLife the next look asks the service.
const (
	treeLife = 10 * time.Minute
	keptLife = 24 * time.Hour
)

// objectDoc is a catalog object as the page gets it.
type objectDoc struct {
	Name    string     `json:"name"`
	Kind    string     `json:"kind"`
	Type    string     `json:"type,omitempty"`
	Comment string     `json:"comment,omitempty"`
	Rows    *int64     `json:"rows,omitempty"`
	Bytes   *int64     `json:"bytes,omitempty"`
	AsOf    *time.Time `json:"as_of,omitempty"`
	Leaf    bool       `json:"leaf"`
	Broken  string     `json:"broken,omitempty"`
	Details []testLine `json:"details"`
}

func toObjectDocs(objects []engine.Object) []objectDoc {
	docs := make([]objectDoc, len(objects))
	for i, o := range objects {
		d := objectDoc{Name: o.Name, Kind: o.Kind, Type: o.Type, Comment: o.Comment, Rows: o.Rows, Bytes: o.Bytes, Leaf: o.Leaf,
			Broken: o.Broken, Details: []testLine{}}
		if !o.AsOf.IsZero() {
			d.AsOf = &o.AsOf
		}
		for _, detail := range o.Details {
			d.Details = append(d.Details, testLine{detail.Name, detail.Value})
		}
		docs[i] = d
	}
	return docs
}

// browse starts to list below path, or joins who does already: from memory while
// that is fresh enough, the first time from what an earlier start left on disk.
// anew always asks. The caller leaves the listing when it has seen enough.
func (s *Server) browse(connection string, path []string, anew bool) *growing {
	g, first := s.trees.join(s.ctx, connection, path, anew)
	if first {
		s.background.Go(func() { s.list(g, connection, path, anew) })
	}
	return g
}

// list asks for the listing and lets it grow.
func (s *Server) list(g *growing, connection string, path []string, anew bool) {
	conn, release, err := s.pool.open(g.ctx, connection)
	if err != nil {
		s.trees.finish(g, err)
		return
	}
	defer release()
	oldest := keptLife
	if anew || s.trees.has(connection, path) {
		oldest = 0
	}
	kept := false
	for page, failed := range conn.Tree(g.ctx, path, oldest) {
		if err, kept = failed, page.Kept; err != nil {
			break
		}
		g.add(page.Objects, page.At)
	}
	if !kept { // what lies on disk tells nothing of whether the connection works
		s.noteOutcome(g.ctx, connection, err)
	}
	s.trees.finish(g, err)
}

// describe tells all that is known of the object at path, which the listing it
// stands in may leave out; nil when the engine leaves nothing out.
func (s *Server) describe(ctx context.Context, connection string, path []string) (*objectDoc, error) {
	conn, release, err := s.pool.open(ctx, connection)
	if err != nil {
		return nil, err
	}
	defer release()
	o, err := conn.Describe(ctx, path)
	switch {
	case fault.CodeOf(err) == fault.Unsupported:
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &toObjectDocs([]engine.Object{o})[0], nil
}

// forget drops what hangs on how a connection was before it was changed.
func (s *Server) forget(connection string) {
	s.pool.forget(connection)
	s.trees.forget(connection)
}

// noteOutcome remembers for the connection's dot whether it works.
func (s *Server) noteOutcome(ctx context.Context, connection string, err error) {
	if ctx.Err() != nil {
		return
	}
	before, _ := s.pool.status(connection)
	s.pool.fail(connection, err)
	if after, _ := s.pool.status(connection); after != before {
		s.events.send("connections", "", map[string]any{})
	}
}

// getTree lists what stands below path; with details=1 it tells of the object at
// path as well. Who accepts lines (application/x-ndjson) gets the names as they
// come, a part a line, and in the last line what one answer would say beside them.
func (s *Server) getTree(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	connection, path := q.Get("connection"), q["path"]
	g := s.browse(connection, path, q.Get("refresh") != "")
	defer s.trees.leave(g)
	if strings.Contains(r.Header.Get("Accept"), lines) {
		return s.tellTree(w, r, g, connection, path)
	}
	objects, err := g.whole(r.Context())
	if err != nil {
		return s.onConnection(connection, err)
	}
	doc, err := s.treeDoc(r, g, connection, path)
	if err != nil {
		return err
	}
	doc["objects"] = toObjectDocs(objects)
	return writeJSON(w, doc)
}

// treeDoc is what an answer says beside the names.
func (s *Server) treeDoc(r *http.Request, g *growing, connection string, path []string) (map[string]any, error) {
	doc := map[string]any{"cached_at": g.asked()}
	if r.URL.Query().Get("details") == "" {
		return doc, nil
	}
	object, err := s.describe(r.Context(), connection, path)
	if err != nil {
		return nil, s.onConnection(connection, err)
	}
	if object != nil {
		doc["object"] = object
	}
	return doc, nil
}

// lines is the type of an answer of one JSON object a line.
const lines = "application/x-ndjson"

// treePause is how often a growing listing is told at most, after the first
// names: a page draws no faster.
const treePause = 50 * time.Millisecond

// tellTree writes {"objects":[...]} lines as a listing grows, then a line with
// "done", or with "error" when it broke off. What fails before the first name is
// refused as any other call.
func (s *Server) tellTree(w http.ResponseWriter, r *http.Request, g *growing, connection string, path []string) error {
	out := http.NewResponseController(w)
	line := json.NewEncoder(w)
	told := 0
	for {
		objects, done, err := g.next(r.Context(), told)
		switch {
		case err != nil && !done:
			return nil // the reader has gone
		case err != nil && told == 0 && len(objects) == 0:
			return s.onConnection(connection, err)
		}
		if told == 0 {
			w.Header().Set("Content-Type", lines)
		}
		if len(objects) > 0 {
			if told += len(objects); line.Encode(map[string]any{"objects": toObjectDocs(objects)}) != nil {
				return nil // the reader has gone
			}
		}
		if done {
			last := map[string]any{}
			if err == nil {
				last, err = s.treeDoc(r, g, connection, path)
			}
			if err != nil {
				last = map[string]any{"error": errorOf(s.onConnection(connection, err))}
			} else {
				last["done"] = true
			}
			_ = line.Encode(last)
			return nil
		}
		if out.Flush() != nil {
			return nil
		}
		pause := time.NewTimer(treePause)
		select {
		case <-pause.C:
		case <-r.Context().Done():
			pause.Stop()
			return nil
		}
	}
}

// getNames tells what is known for completion. What the connection itself
// names, its catalog and database, is listed when it is not known yet; nothing
// of it is ever a billed query. A large listing goes on behind the answer, which
// then says that it is growing.
func (s *Server) getNames(w http.ResponseWriter, r *http.Request) error {
	type nameDoc struct {
		Path []string `json:"path"`
		Kind string   `json:"kind"`
		Type string   `json:"type,omitempty"`
	}
	connection := r.URL.Query().Get("connection")
	home, err := s.homePath(connection)
	if err != nil {
		return err
	}
	complete, growing := !s.needsLogin(r.Context(), connection), false
	for depth := range len(home) + 1 {
		if !complete {
			break // completion must not open a dialog while somebody types
		}
		g := s.browse(connection, home[:depth], false)
		s.trees.keep(g)
		_, done, err := g.next(r.Context(), 0)
		s.trees.leave(g)
		complete, growing = err == nil, growing || !done
	}
	names := []nameDoc{}
	for _, l := range s.trees.of(connection) {
		for _, o := range l.objects {
			names = append(names, nameDoc{append(slices.Clone(l.path), o.Name), o.Kind, o.Type})
		}
	}
	return writeJSON(w, map[string]any{"names": names, "complete": complete && !growing, "growing": growing, "home": nonNil(home)})
}

// needsLogin reports whether a call on the connection would ask to log in.
func (s *Server) needsLogin(ctx context.Context, connection string) bool {
	state, err := s.app.SSOState(ctx, s.app.ProfileOf(connection))
	return err == nil && state.Status.NeedsLogin()
}

// homePath is the path that names without one belong to.
func (s *Server) homePath(connection string) ([]string, error) {
	e, err := s.app.SavedConnection(connection)
	if err != nil {
		return nil, err
	}
	return app.HomePath(e), nil
}
