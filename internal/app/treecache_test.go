package app

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/connection"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/session"
)

// catalog is an engine that only browses.
type catalog struct {
	engine.Engine
	calls int
	parts int // that were asked for
	list  []engine.Object
	err   error
}

func (c *catalog) Browse(context.Context, []string) iter.Seq2[[]engine.Object, error] {
	c.calls++
	return func(yield func([]engine.Object, error) bool) {
		for part := range slices.Chunk(c.list, 2) {
			c.parts++
			if !yield(part, nil) {
				return
			}
		}
		if c.err != nil {
			yield(nil, c.err)
		}
	}
}

func TestTreeKeepsWhatTheServiceSaid(t *testing.T) {
	home := t.TempDir()
	a := New(Options{Env: func(name string) string { return map[string]string{"FAIRLEAD_HOME": home}[name] }})
	rows := int64(7)
	c := &catalog{list: []engine.Object{
		{Name: "orders", Kind: "table", Rows: &rows, AsOf: time.Unix(1_700_000_000, 0).UTC(), Details: []engine.Detail{{Name: "location", Value: "s3://b/"}}},
		{Name: "id", Kind: "column", Type: "bigint", Comment: "c", Leaf: true}, {Name: "w", Kind: "table", Broken: "why"},
	}}
	open := func(params map[string]string) *Connection {
		return &Connection{Target: Target{Entry: connection.Entry{Name: "sales", Engine: "athena", Params: params}},
			Session: &session.Session{Profile: "dev", Region: "us-east-1"}, engine: c, app: a}
	}
	tree := func(conn *Connection, age time.Duration, path ...string) (last Page) {
		t.Helper()
		var all []engine.Object
		for page, err := range conn.Tree(t.Context(), path, age) {
			if err != nil {
				t.Fatal(err)
			}
			last, all = page, append(all, page.Objects...)
		}
		if diff := cmp.Diff(c.list, all); diff != "" {
			t.Error(diff)
		}
		return last
	}
	conn := open(map[string]string{"workgroup": "a", "password": "p"})
	if l := tree(conn, time.Hour, "x"); l.Kept || c.calls != 1 {
		t.Errorf("nothing was kept yet: %+v", l)
	}
	if l := tree(conn, time.Hour, "x"); !l.Kept || c.calls != 1 || time.Since(l.At) > time.Minute {
		t.Errorf("asked %d times", c.calls)
	}
	tree(conn, 0, "x")                                              // asked for anew
	tree(conn, time.Hour, "y")                                      // another path
	tree(open(map[string]string{"workgroup": "b"}), time.Hour, "x") // another connection by the same name
	if c.calls != 4 {
		t.Errorf("asked %d times, want 4", c.calls)
	}
	if l := tree(conn, time.Nanosecond, "x"); l.Kept {
		t.Error("too old a listing was taken")
	}
	info, err := os.Stat(conn.treeFile([]string{"x"}))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	// What is gone is not kept, and nonsense is no listing.
	whole, err := os.ReadFile(conn.treeFile([]string{"y"}))
	if err != nil {
		t.Fatal(err)
	}
	for _, damaged := range []string{"{", string(whole[:len(whole)-2]), strings.Replace(string(whole), "orders", "ordera", 1)} {
		if err := os.WriteFile(conn.treeFile([]string{"y"}), []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		if l := tree(conn, time.Hour, "y"); l.Kept {
			t.Errorf("%q was taken", damaged)
		}
	}
	c.list, c.err = nil, fault.New(fault.NotFound, "no")
	for _, err := range conn.Tree(t.Context(), []string{"y"}, 0) {
		if err == nil {
			t.Error("no error")
		}
	}
	if left, _ := filepath.Glob(filepath.Join(home, "cache", treeFolder, "*")); len(left) != 2 {
		t.Errorf("%v", left)
	}
}

// Names are handed on before the next part is asked for. A listing that broke
// off, or that nobody wanted the rest of, is not kept.
func TestTreeComesInPages(t *testing.T) {
	home := t.TempDir()
	a := New(Options{Env: func(name string) string { return map[string]string{"FAIRLEAD_HOME": home}[name] }})
	c := &catalog{list: make([]engine.Object, 6)}
	conn := &Connection{Target: Target{Entry: connection.Entry{Name: "sales", Engine: "athena"}}, Session: &session.Session{}, engine: c, app: a}
	for page, err := range conn.Tree(t.Context(), nil, 0) {
		if err != nil || len(page.Objects) != 2 || c.parts != 1 {
			t.Errorf("%d objects of %d parts, %v", len(page.Objects), c.parts, err)
		}
		break
	}
	c.err = fault.New(fault.Unavailable, "cut")
	told := 0
	var failed error
	for page, err := range conn.Tree(t.Context(), nil, 0) {
		told, failed = told+len(page.Objects), err
	}
	if told != 6 || fault.CodeOf(failed) != fault.Unavailable {
		t.Errorf("%d objects, %v", told, failed)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c.err, c.parts = nil, 0
	for page, err := range conn.Tree(ctx, nil, 0) {
		cancel()
		if failed = err; err == nil && len(page.Objects) != 2 {
			t.Errorf("%+v", page)
		}
	}
	if !errors.Is(failed, context.Canceled) || c.parts > 2 {
		t.Errorf("%v after %d parts", failed, c.parts)
	}
	if left, _ := filepath.Glob(filepath.Join(home, "cache", treeFolder, "*")); len(left) != 0 {
		t.Errorf("kept %v", left)
	}
	// A place where nothing is has a page, and is kept as well.
	c.list = nil
	for range 2 {
		pages := 0
		for page, err := range conn.Tree(t.Context(), nil, time.Hour) {
			if pages++; err != nil || len(page.Objects) != 0 || page.At.IsZero() {
				t.Errorf("%+v, %v", page, err)
			}
		}
		if pages != 1 {
			t.Errorf("%d pages", pages)
		}
	}
}

func BenchmarkKeptTree(b *testing.B) {
	objects := make([]engine.Object, 20_000)
	for i := range objects {
		objects[i] = engine.Object{Name: fmt.Sprintf("table_%05d", i), Kind: "table"}
	}
	file := filepath.Join(b.TempDir(), "x")
	keepListing(file, time.Now(), objects)
	read := func(b *testing.B, most int) {
		for b.Loop() {
			n := 0
			openListing(file, time.Hour).each(func(p Page, err error) bool {
				n += len(p.Objects)
				return n < most && err == nil
			})
			if n < most {
				b.Fatal(n)
			}
		}
	}
	b.Run("first", func(b *testing.B) { read(b, 1) })
	b.Run("all", func(b *testing.B) { read(b, len(objects)) })
}
