//go:build unix

package redshift_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/redshift"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/session"
	"github.com/fairleadhq/fairlead/internal/sink"
)

// onPostgres opens an engine on a plain PostgreSQL.
func onPostgres(t *testing.T, host, port string, more map[string]string) engine.Engine {
	t.Helper()
	params := map[string]string{"host": host, "port": port, "database": "postgres", "sslmode": "disable", "user": "tester"}
	for name, value := range more {
		params[name] = value
	}
	e, err := redshift.Spec().Open(t.Context(), &session.Session{Name: "test", Region: "us-east-1"}, params)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// The whole wire on a real PostgreSQL, beside what its own contract asks.
func TestWireOnPostgreSQL(t *testing.T) {
	host, port := postgres(t)
	e := onPostgres(t, host, port, nil)
	t.Run("values at the edges", func(t *testing.T) {
		got := inCSV(t, e, `select 'infinity'::date as d, '-infinity'::date as nd, 'infinity'::timestamp as t, '-infinity'::timestamptz as nt,
			'9999-12-31 23:59:59.999999'::timestamp as last, '4713-01-01 BC'::date as first, '23:59:59.999999+05:30'::timetz as tz,
			interval '1 year 2 mons -3 days 04:05:06.789' as iv, ('99999999999999999999999999999999999999')::numeric(38,0) as big,
			'-0.00000000000000000000000000000000000001'::numeric(38,38) as small, 'NaN'::float8 as nan, 5e-324::float8 as least, E'\\x00ff'::bytea as bin`)
		want := "d,nd,t,nt,last,first,tz,iv,big,small,nan,least,bin\n" +
			"infinity,-infinity,infinity,-infinity,9999-12-31T23:59:59.999999,-4712-01-01,23:59:59.999999+05:30," +
			"1 year 2 mons -3 days +04:05:06.789,99999999999999999999999999999999999999,-0.00000000000000000000000000000000000001,NaN,5e-324,AP8=\n"
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("1,600 columns, many of one name", func(t *testing.T) {
		list := make([]string, 1600)
		for i := range list {
			list[i] = fmt.Sprintf("%d as c%d", i, i%100)
		}
		got, _ := read(t, e, engine.Statement{Text: "select " + strings.Join(list, ", ")})
		if len(got.Columns) != 1600 || got.Rows[0][1599] != "1599" || !strings.HasPrefix(got.Columns[150], "c50 ") {
			t.Errorf("%d columns, %v", len(got.Columns), got.Rows[0][1599])
		}
	})
	t.Run("cells of 32 MB", func(t *testing.T) {
		s, err := e.Run(t.Context(), engine.Statement{Text: "select repeat('0123456789abcdef', 2 * 1024 * 1024) as big, n from generate_series(1, 3) as g(n)"})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		rows := 0
		for {
			b, err := s.Next(t.Context())
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for i := range int(b.NumRows()) {
				if text := b.Column(0).(*array.String).Value(i); len(text) != 32<<20 || !strings.HasSuffix(text, "cdef") {
					t.Errorf("%d bytes", len(text))
				}
				rows++
			}
			b.Release()
		}
		if rows != 3 {
			t.Errorf("%d rows", rows)
		}
	})
	t.Run("the server's own time limit", func(t *testing.T) {
		limited := onPostgres(t, host, port, map[string]string{"statement_timeout": "100ms"})
		s, err := limited.Run(t.Context(), engine.Statement{Text: "select pg_sleep(600)"})
		if err == nil {
			_, err = s.Next(t.Context())
			s.Close()
		}
		if f := fault.As(err); f.Service == nil || f.Service.Code != "57014" {
			t.Errorf("%v", err)
		}
	})
	t.Run("the id is told before the wait", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := e.Run(ctx, engine.Statement{Text: "select pg_sleep(600)", Submitted: func(pid string) error {
			if strings.Trim(pid, "0123456789") != "" {
				t.Errorf("told %q", pid)
			}
			cancel()
			return nil
		}})
		if fault.CodeOf(err) != fault.Interrupted {
			t.Error(err)
		}
	})
	t.Run("a killed backend", func(t *testing.T) { killed(t, e, onPostgres(t, host, port, nil)) })
	t.Run("an idle connection that was killed is replaced", func(t *testing.T) {
		pid := readOne(t, e, "select pg_backend_pid()")
		readOne(t, onPostgres(t, host, port, nil), "select pg_terminate_backend("+pid+")")
		if again := readOne(t, e, "select pg_backend_pid()"); again == pid {
			t.Error("the killed one answered")
		}
	})
	t.Run("the catalogue, by its own tables", func(t *testing.T) { browsed(t, e) })
	t.Run("a cancel request that is lost", func(t *testing.T) {
		through := spoiler(t, net.JoinHostPort(host, port), func(b []byte) []byte { return b })
		h, p, _ := net.SplitHostPort(through)
		behind := onPostgres(t, h, p, nil)
		redshift.SetGrace(behind, 100*time.Millisecond)
		s, err := behind.Run(t.Context(), engine.Statement{
			Text: "select n, repeat('x', 1000) as pad, pg_sleep(case when n > 100 then 600 else 0 end) as s from generate_series(1, 200) as g(n)"})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		for readOne(t, e, "select count(*) from pg_stat_activity where pid = "+s.Stats().RemoteID) != "0" {
			if t.Context().Err() != nil {
				t.Fatal("it still runs")
			}
		}
	})
	t.Run("2,000,000 rows", func(t *testing.T) { twoMillion(t, e) })
}

// browsed walks the tree on a server that knows none of Redshift's commands and views.
func browsed(t *testing.T, e engine.Engine) {
	for _, text := range []string{`create schema "Odd ""name"`, `create table "Odd ""name".t (id int not null, price numeric(10,2), note varchar(20))`,
		`comment on table "Odd ""name".t is 'what it''s for'`, `create view "Odd ""name".v as select 1 as one`} {
		read(t, e, engine.Statement{Text: text})
	}
	schema := `Odd "name`
	for _, c := range []struct {
		path []string
		want []engine.Object
	}{
		{nil, []engine.Object{{Name: "postgres", Kind: "database"}}},
		{[]string{"postgres"}, []engine.Object{{Name: schema, Kind: "schema"}, {Name: "public", Kind: "schema"}}},
		{[]string{"postgres", schema}, []engine.Object{{Name: "t", Kind: "table", Type: "table", Comment: "what it's for"}, {Name: "v", Kind: "view", Type: "view"}}},
		{[]string{"postgres", schema, "t"}, []engine.Object{
			{Name: "id", Kind: "column", Type: "integer", Leaf: true, Details: []engine.Detail{{Name: "not null", Value: "yes"}}},
			{Name: "price", Kind: "column", Type: "numeric(10,2)", Leaf: true}, {Name: "note", Kind: "column", Type: "character varying(20)", Leaf: true}}},
	} {
		got, err := engine.Listing(e.(engine.Browser).Browse(t.Context(), c.path))
		if err != nil {
			t.Errorf("%q: %v", c.path, err)
			continue
		}
		if len(c.path) < 2 { // the server has more of its own
			got = slices.DeleteFunc(got, func(o engine.Object) bool {
				return !slices.ContainsFunc(c.want, func(w engine.Object) bool { return w.Name == o.Name })
			})
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q: %s", c.path, diff)
		}
	}
	if _, err := engine.Listing(e.(engine.Browser).Browse(t.Context(), []string{"postgres", schema, "nope"})); fault.CodeOf(err) != fault.NotFound {
		t.Error(err)
	}
	defined, err := e.(engine.Describer).Describe(t.Context(), []string{"postgres", schema, "v"})
	if err != nil || defined.Kind != "view" || len(defined.Details) != 1 || !strings.Contains(defined.Details[0].Value, "SELECT 1 AS one") {
		t.Errorf("%v, %v", defined, err)
	}
	inParts(t, e)
}

// inParts lists a schema too large to be held back.
func inParts(t *testing.T, e engine.Engine) {
	const tables = 1200
	read(t, e, engine.Statement{Text: "create schema large"})
	read(t, e, engine.Statement{Text: fmt.Sprintf(`do $$ begin for i in 1..%d loop execute 'create view large.v' || i || ' as select 1 as one'; end loop; end $$`, tables)})
	names := map[string]bool{}
	for part, err := range e.(engine.Browser).Browse(t.Context(), []string{"postgres", "large"}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range part {
			names[o.Name] = true
		}
	}
	if len(names) != tables {
		t.Errorf("%d names", len(names))
	}
	// Who has seen enough leaves the connection fit for the next statement.
	for range e.(engine.Browser).Browse(t.Context(), []string{"postgres", "large"}) {
		break
	}
	if got := readOne(t, e, "select count(*) from pg_views where schemaname = 'large'"); got != strconv.Itoa(tables) {
		t.Error(got)
	}
	read(t, e, engine.Statement{Text: "drop schema large cascade"})
}

// inCSV is a whole result as the CSV sink writes it.
func inCSV(t *testing.T, e engine.Engine, text string) string {
	t.Helper()
	s, err := e.Run(t.Context(), engine.Statement{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var out strings.Builder
	w, err := sink.New("csv", &out, s.Schema(), sink.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sink.Copy(t.Context(), w, s, nil); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func readOne(t *testing.T, e engine.Engine, text string) string {
	t.Helper()
	got, _ := read(t, e, engine.Statement{Text: text})
	return got.Rows[0][0]
}

// killed ends the server's process in the middle of the rows: what came before
// is whole, and the end is told.
func killed(t *testing.T, e, beside engine.Engine) {
	s, err := e.Run(t.Context(), engine.Statement{Text: "select n, repeat('x', 100) from generate_series(1, 2000000) as g(n)"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var rows int64
	for n := 0; err == nil; n++ {
		b, next := s.Next(t.Context())
		if err = next; err == nil {
			for i := range int(b.NumRows()) {
				if rows++; b.Column(0).(*array.Int32).Value(i) != int32(rows) {
					t.Fatalf("row %d is %d", rows, b.Column(0).(*array.Int32).Value(i))
				}
			}
			b.Release()
		}
		if n == 2 {
			readOne(t, beside, "select pg_terminate_backend("+s.Stats().RemoteID+")")
		}
	}
	if errors.Is(err, io.EOF) || rows == 2000000 {
		t.Fatalf("%d rows, %v", rows, err)
	}
	if f := fault.As(err); f.Code != fault.Unavailable || s.Stats().Rows != rows {
		t.Errorf("%v after %d rows, %d told", err, rows, s.Stats().Rows)
	}
	if one := readOne(t, e, "select 1"); one != "1" {
		t.Error("the next statement failed")
	}
}

// twoMillion counts and hashes rows against the server's own text of them.
func twoMillion(t *testing.T, e engine.Engine) {
	const rows = 2_000_000
	s, err := e.Run(t.Context(), engine.Statement{Text: fmt.Sprintf(`select n as i, n::bigint * n as b, (n / 100.0)::numeric(12,2) as p, date '2000-01-01' + n %% 9999 as d,
		n %% 2 = 0 as even, case when n %% 10 = 0 then null else 'row ' || n end as s from generate_series(1, %d) as g(n)`, rows)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got := fnv.New64a()
	w, err := sink.New("csv", got, s.Schema(), sink.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n, err := sink.Copy(t.Context(), w, s, nil)
	if err != nil || n != rows {
		t.Fatalf("%d rows, %v", n, err)
	}
	want := fnv.New64a()
	io.WriteString(want, "i,b,p,d,even,s\n")
	days := make([]string, 9999)
	day := mustDate("2000-01-01")
	for i := range days {
		days[i], day = day.Format("2006-01-02"), day.AddDate(0, 0, 1)
	}
	for i := 1; i <= rows; i++ {
		text := fmt.Sprintf("row %d", i)
		if i%10 == 0 {
			text = ""
		}
		fmt.Fprintf(want, "%d,%d,%d.%02d,%s,%v,%s\n", i, i*i, i/100, i%100, days[i%9999], i%2 == 0, text)
	}
	if got.Sum64() != want.Sum64() {
		t.Error("the rows are others")
	}
}

// A server that talks nonsense must end the stream with a fault, never with
// rows that it did not send.
func TestNonsenseFromTheServer(t *testing.T) {
	host, port := postgres(t)
	for name, spoil := range map[string]func([]byte) []byte{
		"a length beyond the end":  replaceOnce([]byte("D\x00\x00\x00\x15\x00\x01\x00\x00\x00\x0bneedle here"), []byte("D\x00\x00\x00\x15\x00\x01\x00\x00\x7f\x0bneedle here")),
		"more values than columns": replaceOnce([]byte("D\x00\x00\x00\x15\x00\x01"), []byte("D\x00\x00\x00\x15\x00\x02")),
		"an unknown message":       replaceOnce([]byte("D\x00\x00\x00\x15\x00\x01"), []byte("!\x00\x00\x00\x15\x00\x01")),
	} {
		t.Run(name, func(t *testing.T) {
			through := spoiler(t, net.JoinHostPort(host, port), spoil)
			h, p, _ := net.SplitHostPort(through)
			e := onPostgres(t, h, p, nil)
			s, err := e.Run(t.Context(), engine.Statement{Text: "select 'needle here'::text as n"})
			if err == nil {
				defer s.Close()
				rows := int64(0)
				for err == nil {
					b, next := s.Next(t.Context())
					if err = next; err == nil {
						rows += b.NumRows()
						b.Release()
					}
				}
				if err == io.EOF {
					t.Errorf("it ended well with %d rows", rows)
				}
			}
			if f := fault.As(err); f != nil && f.Code != fault.Unavailable && f.Code != fault.Internal {
				t.Errorf("%v", err)
			}
		})
	}
}

// replaceOnce spoils the first place where from stands.
func replaceOnce(from, to []byte) func([]byte) []byte {
	return func(b []byte) []byte { return bytes.Replace(b, from, to, 1) }
}

// cancelCode begins a cancel request (80877102).
var cancelCode = []byte{0x04, 0xd2, 0x16, 0x2e}

// spoiler is a proxy to a server that changes what the server says, and lets no
// cancel request through.
func spoiler(t *testing.T, to string, spoil func([]byte) []byte) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				client.Close()
				continue
			}
			running.Go(func() {
				defer server.Close()
				first := make([]byte, 8)
				if _, err := io.ReadFull(client, first); err != nil || bytes.Equal(first[4:], cancelCode) {
					client.Close() // as behind a balancer, a cancel request reaches nobody
					return
				}
				if _, err := server.Write(first); err == nil {
					io.Copy(server, client)
				}
			})
			running.Go(func() {
				defer client.Close()
				buffer := make([]byte, 64<<10)
				for {
					n, err := server.Read(buffer)
					if _, failed := client.Write(spoil(buffer[:n])); err != nil || failed != nil {
						return
					}
				}
			})
		}
	})
	t.Cleanup(func() { l.Close(); running.Wait() })
	return l.Addr().String()
}

func mustDate(text string) time.Time {
	d, err := time.Parse("2006-01-02", text)
	if err != nil {
		panic(err)
	}
	return d
}
