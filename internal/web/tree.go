package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

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

// trees remember what was listed, so that the tree and completion never ask
// twice. The names of a listing are also what completion knows.
type trees struct {
	mu  sync.Mutex
	all map[string]listing // by connection and path
}

type listing struct {
	path    []string
	objects []engine.Object
	at      time.Time
}

func treeKey(connection string, path []string) string {
	return connection + "\x00" + strings.Join(path, "\x00")
}

func (t *trees) get(connection string, path []string) (listing, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l, ok := t.all[treeKey(connection, path)]
	return l, ok && time.Since(l.at) < treeLife
}

// has reports whether a listing is in memory, however old.
func (t *trees) has(connection string, path []string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.all[treeKey(connection, path)]
	return ok
}

func (t *trees) put(connection string, l listing) listing {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil {
		t.all = map[string]listing{}
	}
	t.all[treeKey(connection, l.path)] = l
	return l
}

// of lists what is known of a connection, parents first.
func (t *trees) of(connection string) []listing {
	prefix := connection + "\x00"
	t.mu.Lock()
	defer t.mu.Unlock()
	var known []listing
	for key, l := range t.all {
		if strings.HasPrefix(key, prefix) {
			known = append(known, l)
		}
	}
	slices.SortFunc(known, func(a, b listing) int {
		if len(a.path) != len(b.path) {
			return len(a.path) - len(b.path)
		}
		return slices.Compare(a.path, b.path)
	})
	return known
}

func (t *trees) forget(connection string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key := range t.all {
		if strings.HasPrefix(key, connection+"\x00") {
			delete(t.all, key)
		}
	}
}

func (t *trees) forgetAll() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = nil
}

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

// browse lists below path: from memory while that is fresh enough, the first time
// from what an earlier start left on disk. anew always asks.
func (s *Server) browse(ctx context.Context, connection string, path []string, anew bool) (listing, error) {
	if l, ok := s.trees.get(connection, path); ok && !anew {
		return l, nil
	}
	conn, release, err := s.pool.open(ctx, connection)
	if err != nil {
		return listing{}, err
	}
	defer release()
	oldest := keptLife
	if anew || s.trees.has(connection, path) {
		oldest = 0
	}
	found, err := conn.Tree(ctx, path, oldest)
	if !found.Kept { // what lies on disk tells nothing of whether the connection works
		s.noteOutcome(ctx, connection, err)
	}
	if err != nil {
		return listing{}, err
	}
	return s.trees.put(connection, listing{path, found.Objects, found.At}), nil
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
// path as well.
func (s *Server) getTree(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	connection, path := q.Get("connection"), q["path"]
	l, err := s.browse(r.Context(), connection, path, q.Get("refresh") != "")
	if err != nil {
		return s.onConnection(connection, err)
	}
	doc := map[string]any{"objects": toObjectDocs(l.objects), "cached_at": l.at}
	if q.Get("details") != "" {
		object, err := s.describe(r.Context(), connection, path)
		if err != nil {
			return s.onConnection(connection, err)
		}
		if object != nil {
			doc["object"] = object
		}
	}
	return writeJSON(w, doc)
}

// getNames tells what is known for completion. What the connection itself
// names, its catalog and database, is listed when it is not known yet; nothing
// of it is ever a billed query.
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
	complete := !s.needsLogin(r.Context(), connection)
	for depth := range len(home) + 1 {
		if !complete {
			break // completion must not open a dialog while somebody types
		}
		_, err := s.browse(r.Context(), connection, home[:depth], false)
		complete = err == nil
	}
	names := []nameDoc{}
	for _, l := range s.trees.of(connection) {
		for _, o := range l.objects {
			names = append(names, nameDoc{append(slices.Clone(l.path), o.Name), o.Kind, o.Type})
		}
	}
	return writeJSON(w, map[string]any{"names": names, "complete": complete, "home": nonNil(home)})
}

// needsLogin reports whether a call on the connection would ask to log in.
func (s *Server) needsLogin(ctx context.Context, connection string) bool {
	state, err := s.app.SSOState(ctx, s.app.ProfileOf(connection))
	return err == nil && state.Status.NeedsLogin()
}

// homePath is the path that names without one belong to, as far as the
// connection's parameters tell.
func (s *Server) homePath(connection string) ([]string, error) {
	e, err := s.app.SavedConnection(connection)
	if err != nil {
		return nil, err
	}
	var path []string
	switch e.Engine {
	case "athena":
		catalog := e.Params["catalog"]
		if catalog == "" {
			catalog = "AwsDataCatalog"
		}
		path = append(path, catalog)
		if db := e.Params["database"]; db != "" {
			path = append(path, db)
		}
	case "redshift":
		database := e.Params["database"]
		if database == "" {
			database = "dev"
		}
		path = append(path, database, "public")
	}
	return path, nil
}
