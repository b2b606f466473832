package app

import (
	"context"
	"testing"

	"github.com/fairleadhq/fairlead/internal/connection"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/journal"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/session"
)

// calls is an engine of items, whose calls answer rows, or err.
type calls struct {
	engine.Engine
	rows []string
	err  error
}

// told is a stream that says where it stands and what failed.
type told struct{ result.Stream }

func (told) Position() []byte { return []byte("here") }
func (told) Failed() int64    { return 3 }

func (c calls) answer() (result.Stream, error) {
	if c.err != nil {
		return nil, c.err
	}
	b := texts(c.rows...)
	return told{result.Fixed(b.Schema(), result.Stats{}, b)}, nil
}

func (c calls) Read(context.Context, engine.Read) (result.Stream, error)      { return c.answer() }
func (c calls) RunGroup(context.Context, engine.Group) (result.Stream, error) { return c.answer() }

func TestCallsAreRememberedAsStatementsAre(t *testing.T) {
	group := func(atomic bool) func(*Connection, RunOptions) (result.Stream, error) {
		return func(c *Connection, o RunOptions) (result.Stream, error) {
			return c.RunGroup(t.Context(), engine.Group{Atomic: atomic, Statements: []engine.Statement{
				{Text: "select 1"}, {Text: "select ?", Args: []engine.Arg{{Type: "text", Value: "geheim", Secret: true}}}}}, o)
		}
	}
	reads := func(rd engine.Read) func(*Connection, RunOptions) (result.Stream, error) {
		return func(c *Connection, o RunOptions) (result.Stream, error) { return c.Read(t.Context(), rd, o) }
	}
	for want, call := range map[string]func(*Connection, RunOptions) (result.Stream, error){
		"get shop key pk=A, sk=B": reads(engine.Read{Kind: engine.ReadGet, Table: "shop", Key: map[string]string{"sk": "B", "pk": "A"}}),
		"query shop index by where pk = 'A' filter n > 1 limit 5 desc consistent": reads(engine.Read{Kind: engine.ReadQuery, Table: "shop",
			Index: "by", Where: "pk = 'A'", Filter: "n > 1", Limit: 5, Descending: true, Consistent: true}),
		"scan shop columns a, b resume":          reads(engine.Read{Kind: engine.ReadScan, Table: "shop", Columns: []string{"a", "b"}, Resume: []byte("x")}),
		"scan shop filter password = '[hidden]'": reads(engine.Read{Kind: engine.ReadScan, Table: "shop", Filter: "password = 'geheim'"}),
		"-- batch\nselect 1;\nselect ?":          group(false),
		"-- transaction\nselect 1;\nselect ?":    group(true),
	} {
		a, _ := newFake(t, &fake{}, Options{})
		conn := func(e engine.Engine) *Connection {
			return &Connection{Target: Target{Entry: connection.Entry{Name: "shop", Engine: "dynamodb"}, Spec: engine.Spec{Dialect: "partiql"}},
				Session: &session.Session{Region: "us-east-1"}, engine: e, app: a}
		}
		s, err := call(conn(calls{rows: []string{"x", "y"}}), remembering)
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, s); got != "x y" {
			t.Errorf("rows %s", got)
		}
		if p, ok := s.(engine.Resumable); !ok || string(p.Position()) != "here" {
			t.Error("the stream does not say any more where it stands")
		}
		if f, ok := s.(engine.Tally); !ok || f.Failed() != 3 {
			t.Error("the stream does not say any more what failed")
		}
		r := only(t, a)
		if r.Text != want || r.State != journal.Done || r.Kept == "" || r.Connection != "shop" {
			t.Errorf("%q: %+v", want, r)
		}
		for _, arg := range r.Args {
			if arg.Value != "" {
				t.Errorf("a secret is written down: %+v", arg)
			}
		}
		if _, err := call(conn(calls{err: fault.New(fault.Throttled, "Slow down")}), remembering); fault.CodeOf(err) != fault.Throttled {
			t.Error(err)
		}
		runs, err := a.History(journal.Filter{State: journal.Failed})
		if err != nil || len(runs) != 1 || runs[0].Text != want {
			t.Errorf("%q: %+v, %v", want, runs, err)
		}
		if s, err := call(conn(calls{rows: []string{"x"}}), RunOptions{}); err != nil {
			t.Error(err)
		} else {
			read(t, s)
		}
		if runs, _ := a.History(journal.Filter{}); len(runs) != 2 {
			t.Errorf("%d runs: one was written down that was not to be", len(runs))
		}
	}
}
