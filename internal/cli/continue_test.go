package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairleadhq/fairlead/internal/creds"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/athena"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb"
	"github.com/fairleadhq/fairlead/internal/engine/enginetest"
	"github.com/fairleadhq/fairlead/internal/engine/redshift"
	"github.com/fairleadhq/fairlead/internal/sandbox"
	"github.com/fairleadhq/fairlead/internal/session"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// before does something just before the nth call of an operation is sent.
type before struct {
	operation string // "GetQueryResults"
	nth       int32  // counted from 1
	do        func()
	inner     aws.HTTPClient
	calls     atomic.Int32
}

func (b *before) Do(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), "."+b.operation) && b.calls.Add(1) == b.nth {
		b.do()
	}
	return b.inner.Do(r)
}

// waiting is a sandbox and how often its person was asked to log in.
type waiting struct {
	srv   *sandbox.Server
	asked atomic.Int32
}

func startWaiting(t *testing.T) *waiting {
	t.Helper()
	srv, err := sandbox.Start(context.Background(), sandbox.Options{Rows: 100, SignedIn: true, AutoApprove: true})
	if errors.Is(err, sandbox.ErrNoEngine) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	return &waiting{srv: srv}
}

// open opens an engine as a process of its own, with a person who says yes.
func (w *waiting) open(t *testing.T, spec engine.Spec, params map[string]string, b *before) engine.Engine {
	t.Helper()
	env := w.srv.Ready().Env
	opener := session.NewOpener(session.Options{
		Env: func(name string) string { return env[name] },
		Prompts: sso.Prompts{
			ConfirmLogin: func(context.Context, sso.LoginRequest) (bool, error) { w.asked.Add(1); return true, nil },
			ShowCode:     func(context.Context, sso.DeviceCode) {},
		},
	})
	s, err := opener.Open(t.Context(), session.Request{Name: "test", Source: creds.Source{Profile: "dev", Explicit: true}})
	if err != nil {
		t.Fatal(err)
	}
	if b != nil {
		b.inner = s.Config.HTTPClient
		s.Config.HTTPClient = b
	}
	e, err := spec.Open(t.Context(), s, params)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func sumOf(t *testing.T, e engine.Engine, text string) (rows int64, sum uint64) {
	t.Helper()
	stream, err := e.Run(t.Context(), engine.Statement{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	return enginetest.Sum(t, stream)
}

// TestWorkGoesOnThroughExpiry ends the credentials, and in half of the cases
// the SSO session too, while a statement is on its way. It must be carried on
// where it was, with no row lost or doubled, no statement begun twice, and one
// question where a log in was needed.
func TestWorkGoesOnThroughExpiry(t *testing.T) {
	w := startWaiting(t)
	sales := map[string]string{"database": "sales"}
	byPages := map[string]string{"database": "sales", "fetch": "pages"}
	warehouse := map[string]string{"database": "dev", "workgroup": "analytics"}
	series := `select x * 1000 + y as n, 'row ' || cast(x * 1000 + y as varchar) as s
		from unnest(sequence(0, 5)) as a(x) cross join unnest(sequence(0, 999)) as b(y)`
	events := `select device, "at", event_id, temperature, trace from events`
	for _, c := range []struct {
		name      string
		spec      engine.Spec
		params    map[string]string
		text      string
		operation string
		nth       int32
		begin     string // what must be called once; "" where every page is a call of its own
	}{
		{"athena pages", athena.Spec(), byPages, series, "GetQueryResults", 3, "athena.StartQueryExecution"},
		{"athena polling", athena.Spec(), sales, series, "GetQueryExecution", 1, "athena.StartQueryExecution"},
		// Redshift's wire has its own password: only its minting meets expiry.
		{"redshift connecting", redshift.Spec(), warehouse, "select i, 'row ' || i as s from generate_series(1, 5000) as t(i)", "GetCredentials", 1, ""},
		{"dynamodb pages", dynamodb.Spec(), nil, events + " where device <> 'nobody'", "ExecuteStatement", 3, ""},
		{"dynamodb scan", dynamodb.Spec(), nil, events, "Scan", 3, ""},
	} {
		rows, sum := sumOf(t, w.open(t, c.spec, c.params, nil), c.text)
		if rows < 3000 {
			t.Fatalf("%s: %d rows are too few for this test", c.name, rows)
		}
		for _, ended := range []string{"credentials", "session"} {
			t.Run(c.name+"/"+ended, func(t *testing.T) {
				w.asked.Store(0)
				b := &before{operation: c.operation, nth: c.nth, do: func() {
					if ended == "session" && w.srv.Switches().RevokeSessions() == 0 {
						t.Error("no session was revoked")
					}
					if w.srv.Switches().ExpireCredentials() == 0 {
						t.Error("no credentials were ended")
					}
				}}
				w.srv.Switches().Counters().Reset()
				gotRows, gotSum := sumOf(t, w.open(t, c.spec, c.params, b), c.text)
				if gotRows != rows || gotSum != sum {
					t.Errorf("%d rows of sum %x, want %d of %x", gotRows, gotSum, rows, sum)
				}
				if b.calls.Load() < c.nth+1 { // the refused call was sent once more
					t.Errorf("%s was sent %d times", c.operation, b.calls.Load())
				}
				if n := w.srv.Switches().Calls(c.begin); c.begin != "" && n != 1 {
					t.Errorf("%s was called %d times, want once", c.begin, n)
				}
				if n := w.srv.Switches().Calls("sso.GetRoleCredentials"); n < 1 {
					t.Error("nobody asked for new credentials")
				}
				want := int32(0)
				if ended == "session" {
					want = 1
				}
				if n := w.asked.Load(); n != want {
					t.Errorf("asked to log in %d times, want %d", n, want)
				}
			})
		}
	}
}

// TestAWriteThroughExpiryHappensOnce: the service refuses a write whose
// credentials have ended before it does anything, so that it may be sent again
// with fresh ones; it must then have happened exactly once.
func TestAWriteThroughExpiryHappensOnce(t *testing.T) {
	w := startWaiting(t)
	end := func() { w.srv.Switches().RevokeSessions(); w.srv.Switches().ExpireCredentials() }
	sales := map[string]string{"database": "sales"}
	sumOf(t, w.open(t, athena.Spec(), sales, nil), "create table sales.once with (format = 'PARQUET') as select 1 as n")
	b := &before{operation: "StartQueryExecution", nth: 1, do: end}
	w.srv.Switches().Counters().Reset()
	sumOf(t, w.open(t, athena.Spec(), sales, b), "insert into sales.once select n from unnest(sequence(2, 43)) as t(n)")
	if rows, _ := sumOf(t, w.open(t, athena.Spec(), sales, nil), "select n from sales.once"); rows != 43 || b.calls.Load() != 2 {
		t.Errorf("the table has %d rows, want 43; the start was sent %d times, want 2", rows, b.calls.Load())
	}
	// The poll of a running write meets expiry: it is found again, not begun again.
	b = &before{operation: "GetQueryExecution", nth: 1, do: end}
	w.srv.Switches().Counters().Reset()
	sumOf(t, w.open(t, athena.Spec(), sales, b), "insert into sales.once select n from unnest(sequence(44, 85)) as t(n)")
	if n := w.srv.Switches().Calls("athena.StartQueryExecution"); n != 1 || b.calls.Load() < 2 {
		t.Errorf("the write was started %d times, want once; %d polls", n, b.calls.Load())
	}
	if rows, _ := sumOf(t, w.open(t, athena.Spec(), sales, nil), "select n from sales.once"); rows != 85 {
		t.Errorf("the table has %d rows, want 85", rows)
	}

	b = &before{operation: "ExecuteStatement", nth: 1, do: end}
	insert := `insert into shop value {'pk': 'ONCE', 'sk': 'ONCE'}` // a second one would be refused as a duplicate
	sumOf(t, w.open(t, dynamodb.Spec(), nil, b), insert)
	if rows, _ := sumOf(t, w.open(t, dynamodb.Spec(), nil, nil), `select * from shop where pk = 'ONCE'`); rows != 1 || b.calls.Load() != 2 {
		t.Errorf("%d items, want 1; the insert was sent %d times, want 2", rows, b.calls.Load())
	}
	if n := w.asked.Load(); n != 3 {
		t.Errorf("asked to log in %d times, want 3", n)
	}
}

// TestRedshiftOutlivesItsSession: the end of the SSO session touches no
// statement that is on the wire, nor the connection it ran on. The next
// connection needs a password, which nobody can mint without the session: the
// person is asked once, and the statement goes on.
func TestRedshiftOutlivesItsSession(t *testing.T) {
	w := startWaiting(t)
	const rows = 20_000
	series := fmt.Sprintf("select i, 'row ' || i as s from generate_series(1, %d) as t(i)", rows)
	b := &before{}
	e := w.open(t, redshift.Spec(), map[string]string{"database": "dev", "workgroup": "analytics"}, b)
	end := func() {
		if w.srv.Switches().RevokeSessions() == 0 || w.srv.Switches().ExpireCredentials() == 0 {
			t.Error("nothing was ended")
		}
	}
	first, err := e.Run(t.Context(), engine.Statement{Text: series})
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	batch, err := first.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := batch.NumRows()
	batch.Release()
	if seen >= rows {
		t.Fatalf("all %d rows came at once: nothing is left to be met on the way", seen)
	}
	end()
	// While the first one is on the wire a second connection is opened. Its
	// password is still good, which is Redshift's way: nobody is asked.
	if got, _ := sumOf(t, e, series); got != rows {
		t.Errorf("the second statement has %d rows", got)
	}
	rest, err := drain(t.Context(), first)
	if err != nil || seen+rest != rows {
		t.Errorf("%d rows came through the end of the session, want %d; %v", seen+rest, rows, err)
	}
	if n := w.asked.Load(); n != 0 {
		t.Errorf("asked %d times although nothing was needed", n)
	}
	// Another engine, as another process would have it, has no password yet.
	other := w.open(t, redshift.Spec(), map[string]string{"database": "dev", "workgroup": "analytics"}, nil)
	w.srv.Switches().Counters().Reset()
	if got, _ := sumOf(t, other, series); got != rows {
		t.Errorf("after the log in %d rows came", got)
	}
	if n := w.asked.Load(); n != 1 || w.srv.Switches().Calls("sso-oidc.StartDeviceAuthorization") != 1 {
		t.Errorf("asked %d times, want once", n)
	}
}
