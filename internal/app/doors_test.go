package app

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/session"
)

// vault is an engine with every power that there is, which writes down what
// reaches it.
type vault struct {
	fake
	reached []string
}

func (v *vault) reach(what string) { v.reached = append(v.reached, what) }

func (v *vault) Run(ctx context.Context, s engine.Statement) (result.Stream, error) {
	v.reach("run " + s.Text)
	return answers("x")(ctx, s)
}

func (v *vault) RunGroup(ctx context.Context, g engine.Group) (result.Stream, error) {
	v.reach("group")
	return answers("x")(ctx, engine.Statement{})
}

func (v *vault) ItemKey(context.Context, string, map[string]string) ([]byte, error) { return nil, nil }

func (v *vault) GetItem(context.Context, string, []byte) ([]byte, engine.ItemCost, error) {
	v.reach("get")
	return nil, engine.ItemCost{}, nil
}

func (v *vault) PutItem(context.Context, engine.ItemWrite) (engine.ItemCost, error) {
	v.reach("put")
	return engine.ItemCost{}, nil
}

func (v *vault) DeleteItem(context.Context, engine.ItemWrite) (engine.ItemCost, error) {
	v.reach("delete")
	return engine.ItemCost{}, nil
}

func (v *vault) Import(_ context.Context, im engine.Import) (engine.ImportReport, error) {
	if im.DryRun {
		v.reach("import, dry")
	} else {
		v.reach("import")
	}
	return engine.ImportReport{}, nil
}

func (v *vault) CreateLike(context.Context, string, string) error {
	v.reach("create")
	return nil
}

func (v *vault) TableExists(context.Context, string) (bool, error) { return true, nil }

// Every way in which a room can change something is tried on every kind of
// connection: what may not be never reaches the engine, whatever the room
// forgot to ask.
func TestEveryDoorIsGuarded(t *testing.T) {
	statement := func(text string) func(*testing.T, *Connection, bool) error {
		return func(t *testing.T, c *Connection, agreed bool) error {
			s, err := c.Run(t.Context(), engine.Statement{Text: text}, RunOptions{Confirmed: agreed, AllowScan: true})
			if err == nil {
				err = s.Close()
			}
			return err
		}
	}
	group := func(texts ...string) func(*testing.T, *Connection, bool) error {
		return func(t *testing.T, c *Connection, agreed bool) error {
			g := engine.Group{Atomic: true}
			for _, text := range texts {
				g.Statements = append(g.Statements, engine.Statement{Text: text})
			}
			s, err := c.RunGroup(t.Context(), g, RunOptions{Confirmed: agreed})
			if err == nil {
				err = s.Close()
			}
			return err
		}
	}
	imports := func(do func(context.Context, engine.Importer) error) func(*testing.T, *Connection, bool) error {
		return func(t *testing.T, c *Connection, agreed bool) error {
			importer, err := c.Importer(WriteOptions{Confirmed: agreed})
			if err != nil {
				return err
			}
			return do(t.Context(), importer)
		}
	}
	doors := map[string]struct {
		changes bool
		open    func(t *testing.T, c *Connection, agreed bool) error
	}{
		"a read":                 {false, statement("select 1")},
		"a write":                {true, statement("delete from t")},
		"a write behind a read":  {true, statement("select 1; delete from t")},
		"what is not understood": {true, statement("frobnicate t")},
		"a read that acts":       {true, statement("select reboot_cluster()")},
		"an unload":              {true, statement("unload ('select 1') to 's3://b/k'")},
		"a group of reads":       {false, group("select 1", "select 2")},
		"a group with one write": {true, group("select 1", "update t set a = 1")},
		"an item read": {false, func(t *testing.T, c *Connection, _ bool) error {
			_, _, err := c.GetItem(t.Context(), "t", nil)
			return err
		}},
		"an item put": {true, func(t *testing.T, c *Connection, agreed bool) error {
			_, err := c.PutItem(t.Context(), engine.ItemWrite{}, WriteOptions{agreed})
			return err
		}},
		"an item deleted": {true, func(t *testing.T, c *Connection, agreed bool) error {
			_, err := c.DeleteItem(t.Context(), engine.ItemWrite{}, WriteOptions{agreed})
			return err
		}},
		"an import": {true, imports(func(ctx context.Context, i engine.Importer) error {
			_, err := i.Import(ctx, engine.Import{})
			return err
		})},
		"an import that only looks": {false, imports(func(ctx context.Context, i engine.Importer) error {
			_, err := i.Import(ctx, engine.Import{DryRun: true})
			return err
		})},
		"a table made": {true, imports(func(ctx context.Context, i engine.Importer) error { return i.CreateLike(ctx, "a", "b") })},
	}
	for _, kind := range []struct {
		name, entry string
		over        Overrides
		refuses     func(agreed bool) bool
	}{
		{"open", "", Overrides{}, func(bool) bool { return false }},
		{"read-only", "read_only = true\n", Overrides{}, func(bool) bool { return true }},
		{"read-only for this run", "", Overrides{ReadOnly: true}, func(bool) bool { return true }},
		{"production", "label = \"production\"\n", Overrides{}, func(agreed bool) bool { return !agreed }},
		{"Live, as it was typed", "label = \" Live \"\n", Overrides{}, func(agreed bool) bool { return !agreed }},
		{"read-only production", "read_only = true\nlabel = \"prod\"\n", Overrides{}, func(bool) bool { return true }},
	} {
		v := &vault{}
		a, home := newFake(t, &v.fake, Options{})
		a.o.Specs[0].Open = openTo(v)
		text := "[connection.c]\nengine = \"fake\"\n" + kind.entry
		if err := os.WriteFile(filepath.Join(home, "connections.toml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		conn, err := a.Connect(t.Context(), "c", kind.over)
		if err != nil {
			t.Fatal(err)
		}
		for name, door := range doors {
			for _, agreed := range []bool{false, true} {
				v.reached = nil
				err := door.open(t, conn, agreed)
				refused := door.changes && kind.refuses(agreed)
				if refused && (fault.CodeOf(err) != fault.Guarded || len(v.reached) > 0) {
					t.Errorf("%s, %s, agreed %v: %v, and the engine was asked to %s", kind.name, name, agreed, err, strings.Join(v.reached, ", "))
				}
				if !refused && (err != nil || len(v.reached) != 1) {
					t.Errorf("%s, %s, agreed %v: %v, and the engine was asked to %q", kind.name, name, agreed, err, v.reached)
				}
			}
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}

// The vault above has every power of an engine that changes something; when a
// new one is thought of, it needs a door.
func TestNoPowerWithoutADoor(t *testing.T) {
	source, err := filepath.Glob(filepath.Join("..", "engine", "*.go"))
	if err != nil || len(source) == 0 {
		t.Fatal(err)
	}
	known := []string{"Engine", "Grouper", "ItemStore", "Importer", // guarded
		"Pinger", "Browser", "Describer", "Attacher", "Planner", "Reader", "Sampler", "Resumable", "Tally"} // read
	for _, path := range source {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			name, ok := strings.CutSuffix(strings.TrimSpace(line), " interface {")
			name, is := strings.CutPrefix(name, "type ")
			if ok && is && !slices.Contains(known, name) {
				t.Errorf("%s: the power %s has no door in TestEveryDoorIsGuarded", path, name)
			}
		}
	}
}

func openTo(e engine.Engine) func(context.Context, *session.Session, map[string]string) (engine.Engine, error) {
	return func(context.Context, *session.Session, map[string]string) (engine.Engine, error) { return e, nil }
}
