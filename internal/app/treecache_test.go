package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
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
	list  []engine.Object
	err   error
}

func (c *catalog) Browse(context.Context, []string) ([]engine.Object, error) {
	c.calls++
	return c.list, c.err
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
	tree := func(conn *Connection, age time.Duration, path ...string) Listing {
		t.Helper()
		l, err := conn.Tree(t.Context(), path, age)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.list, l.Objects); diff != "" {
			t.Error(diff)
		}
		return l
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
	if err := os.WriteFile(conn.treeFile([]string{"y"}), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if l := tree(conn, time.Hour, "y"); l.Kept {
		t.Error("nonsense was taken")
	}
	c.err = fault.New(fault.NotFound, "no")
	if _, err := conn.Tree(t.Context(), []string{"y"}, 0); err == nil {
		t.Error("no error")
	}
	if left, _ := filepath.Glob(filepath.Join(home, "cache", treeFolder, "*")); len(left) != 2 {
		t.Errorf("%v", left)
	}
}

func BenchmarkKeptTree(b *testing.B) {
	l := Listing{At: time.Now()}
	for i := range 20_000 {
		l.Objects = append(l.Objects, engine.Object{Name: fmt.Sprintf("table_%05d", i), Kind: "table"})
	}
	file := filepath.Join(b.TempDir(), "x")
	keepListing(file, l)
	for b.Loop() {
		if got, ok := readListing(file); !ok || len(got.Objects) != 20_000 {
			b.Fatal(len(got.Objects))
		}
	}
}
