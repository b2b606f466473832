package redshift_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgtype"
)

func TestStartUpReportsRedshiftsParameters(t *testing.T) {
	c := start(t).login().PgConn()
	for name, want := range map[string]string{
		"server_version": "8.0.2", "client_encoding": "UTF8", "standard_conforming_strings": "on",
		"integer_datetimes": "on", "TimeZone": "UTC", "session_authorization": "IAMR:Analyst",
	} {
		if got := c.ParameterStatus(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func TestClientEncodingIsUnicodeUnlessAsked(t *testing.T) {
	s := start(t)
	s.needsEngine()
	config := s.config("plain", "Pa55word", "dev")
	delete(config.RuntimeParams, "client_encoding")
	c, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if got := c.PgConn().ParameterStatus("client_encoding"); got != "UNICODE" {
		t.Errorf("client_encoding = %q", got)
	}
	if _, err := c.Exec(t.Context(), "set client_encoding to 'UTF8'"); err != nil {
		t.Fatal(err)
	}
	if got := c.PgConn().ParameterStatus("client_encoding"); got != "UTF8" {
		t.Errorf("after SET: client_encoding = %q", got)
	}
}

const everyType = `select 1::int2 as i2, 2::int4 as i4, 3::int8 as i8, 1234.50::numeric(18,4) as num, 1.5::float4 as f4, -2.25::float8 as f8, true as b,
	'x'::varchar(9) as vc, date '2020-02-29' as d, time '10:11:12.5' as tm, timestamp '2020-02-29 10:11:12.123456' as ts, timestamptz '1999-12-31 23:00:00+00' as tstz,
	json_parse('{"b":1,"a":[2.50]}') as su, from_hex('00ff')::varbyte as vb, null::int as n, '' as empty, 12345678901234567890123456789012345678::numeric(38,0) as big`

func TestTypesOfColumns(t *testing.T) {
	c := start(t).login()
	st, err := c.Prepare(t.Context(), "", everyType)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range st.Fields {
		got = append(got, fmt.Sprintf("%s %d/%d/%d", f.Name, f.DataTypeOID, f.DataTypeSize, f.TypeModifier))
	}
	want := []string{"i2 21/2/-1", "i4 23/4/-1", "i8 20/8/-1", "num 1700/-1/1179656", "f4 700/4/-1", "f8 701/8/-1", "b 16/1/-1", "vc 1043/-1/-1",
		"d 1082/4/-1", "tm 1083/8/-1", "ts 1114/8/-1", "tstz 1184/8/-1", "su 4000/-1/-1", "vb 6551/-1/-1", "n 23/4/-1", "empty 1043/-1/-1", "big 1700/-1/2490372"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestValuesAreTheSameInTextAndBinary reads one row in both formats with a
// client that decodes each its own way.
func TestValuesAreTheSameInTextAndBinary(t *testing.T) {
	s := start(t)
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol, pgx.QueryExecModeDescribeExec} {
		var (
			i2    int16
			i4    int32
			i8    int64
			num   pgtype.Numeric
			f4    float32
			f8    float64
			b     bool
			vc    string
			d     time.Time
			tm    pgtype.Time
			ts    time.Time
			tstz  time.Time
			su    string
			vb    string
			n     *int
			empty string
			whole pgtype.Numeric
		)
		err := s.login(mode).QueryRow(t.Context(), strings.Replace(everyType, "from_hex('00ff')::varbyte as vb", "'vb' as vb", 1)).
			Scan(&i2, &i4, &i8, &num, &f4, &f8, &b, &vc, &d, &tm, &ts, &tstz, &su, &vb, &n, &empty, &whole)
		if err != nil {
			t.Errorf("%v: %v", mode, err)
			continue
		}
		got := fmt.Sprint(i2, i4, i8, text(num), f4, f8, b, vc, d.Format(time.DateOnly), tm.Microseconds, ts.Format(time.RFC3339Nano), tstz.UTC().Format(time.RFC3339), su, n == nil, empty == "", text(whole))
		want := `1 2 3 1234.5000 1.5 -2.25 true x2020-02-29 36672500000 2020-02-29T10:11:12.123456Z1999-12-31T23:00:00Z{"b":1,"a":[2.50]}true true12345678901234567890123456789012345678`
		if strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
			t.Errorf("%v:\n got  %s\n want %s", mode, got, want)
		}
	}
}

func text(n pgtype.Numeric) string {
	digits := new(big.Int).Set(n.Int).String()
	if n.Exp < 0 {
		cut := len(digits) + int(n.Exp)
		return digits[:cut] + "." + digits[cut:]
	}
	return digits + strings.Repeat("0", int(n.Exp))
}

func TestParametersOfEveryMode(t *testing.T) {
	s := start(t)
	when := time.Date(2020, 2, 29, 10, 11, 12, 123456000, time.UTC)
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
		c := s.login(mode)
		var n int
		err := c.QueryRow(t.Context(), "select count(*) from orders where order_id = $1 and status <> $2 and amount > $3 and ordered_at > $4 limit $5",
			int64(1000001), "it's", 10.5, when, 10).Scan(&n)
		if err != nil || n != 1 {
			t.Errorf("%v: %d, %v", mode, n, err)
		}
		var a, b *string
		var sum int64
		if err := c.QueryRow(t.Context(), "select $1::varchar, $2::varchar, $3::bigint + 1", "ü'\\", nil, int64(41)).Scan(&a, &b, &sum); err != nil || a == nil || *a != "ü'\\" || b != nil || sum != 42 {
			t.Errorf("%v: %v %v %d, %v", mode, a, b, sum, err)
		}
	}
	c := s.login()
	if _, err := c.Exec(t.Context(), "create table kept (i int, n numeric(20,3), d date, b bool, f float8, t timestamptz)"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Exec(t.Context(), "insert into kept values ($1, $2, $3, $4, $5, $6)", 7, "12345678901234567.891", when, true, 0.1, when); err != nil {
		t.Fatal(err)
	}
	if got, err := ask(t, c, "select * from kept"); err != nil || got != "7|12345678901234567.891|2020-02-29|t|0.1|2020-02-29 10:11:12.123456+00" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestTransactions(t *testing.T) {
	s := start(t)
	c, other := s.login(), s.login()
	steps := []struct {
		sql, code string
		status    byte
	}{
		{"begin", "", 'T'},
		{"create table made (a int)", "", 'T'},
		{"insert into made values (1)", "", 'T'},
		{"select nope from made", "42703", 'E'},
		{"select 1", "25P02", 'E'},
		{"commit", "", 'I'}, // a failed transaction is rolled back
		{"select * from made", "42P01", 'I'},
		{"start transaction", "", 'T'}, {"create table made (a int)", "", 'T'}, {"end", "", 'I'},
		{"insert into made values (1); insert into made values (1/0)", "22012", 'I'},
		{"begin; insert into made values (5); commit; select 1", "", 'I'},
	}
	for _, step := range steps {
		_, err := c.PgConn().Exec(t.Context(), step.sql).ReadAll()
		var refused *pgconn.PgError
		code := ""
		if errors.As(err, &refused) {
			code = refused.Code
		} else if err != nil {
			t.Fatal(err)
		}
		if code != step.code || c.PgConn().TxStatus() != step.status {
			t.Errorf("%s: code %q, status %c", step.sql, code, c.PgConn().TxStatus())
		}
	}
	if got, err := ask(t, other, "select * from made"); err != nil || got != "5" {
		t.Errorf("another session sees %q, %v", got, err)
	}
	tx, err := c.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "delete from made"); err != nil {
		t.Error(err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Error(err)
	}
	if got, _ := ask(t, c, "select count(*) from made"); got != "1" {
		t.Errorf("after rollback: %s rows", got)
	}
}

func TestTemporaryTablesBelongToTheirSession(t *testing.T) {
	s := start(t)
	c := s.login()
	if _, err := ask(t, c, "create temp table mine as select 1 as a; set search_path to analytics"); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 3 { // whichever connection the pool gives
		if got, err := ask(t, s.login(), "show search_path"); err != nil || got != "$user, public" {
			t.Errorf("a setting outlived its session: %s, %v", got, err)
		}
		if _, err := ask(t, s.login(), "select * from mine"); err == nil {
			t.Error("a temporary table outlived its session")
		}
	}
}

const endless = "select count(*) from orders a, orders b, orders c where a.amount * b.amount > c.amount + 0.5"

func TestCancelRequestStopsTheStatement(t *testing.T) {
	s := start(t)
	for name, stop := range map[string]func(c *pgx.Conn) error{
		"CancelRequest": func(c *pgx.Conn) error { return c.PgConn().CancelRequest(t.Context()) },
		"pg_cancel_backend": func(c *pgx.Conn) error {
			_, err := s.login().Exec(t.Context(), fmt.Sprintf("select pg_cancel_backend(%d)", c.PgConn().PID()))
			return err
		},
	} {
		c := s.login()
		failed := make(chan error, 1)
		go func() {
			_, err := c.Exec(context.Background(), endless)
			failed <- err
		}()
		var err error
		// A request that comes before the statement has nothing to stop, so ask until it ends.
		for asked := false; err == nil; asked = true {
			select {
			case err = <-failed:
				if err == nil {
					t.Fatalf("%s: the statement ran to its end", name)
				}
			case <-time.After(20 * time.Millisecond):
				if stopErr := stop(c); stopErr != nil && !asked {
					t.Fatalf("%s: %v", name, stopErr)
				}
			}
		}
		var refused *pgconn.PgError
		want := fmt.Sprintf("Query (%d) cancelled on user's request", c.PgConn().PID())
		if !errors.As(err, &refused) || refused.Code != "57014" || refused.Message != want {
			t.Errorf("%s: %v", name, err)
		}
		if got, err := ask(t, c, "select 1"); err != nil || got != "1" {
			t.Errorf("%s: afterwards %q, %v", name, got, err)
		}
	}
}

func TestStatementTimeout(t *testing.T) {
	c := start(t).login()
	_, err := c.Exec(t.Context(), "set statement_timeout to 50")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Exec(t.Context(), endless)
	var refused *pgconn.PgError
	if !errors.As(err, &refused) || refused.Code != "57014" {
		t.Errorf("got %v", err)
	}
}

func TestPortalsGiveRowsInPieces(t *testing.T) {
	c := start(t).login()
	conn, err := c.PgConn().Hijack()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Conn.Close()
	f := conn.Frontend
	f.Send(&pgproto3.Parse{Name: "s", Query: "select order_id from orders order by 1 limit 5"})
	f.Send(&pgproto3.Bind{DestinationPortal: "p", PreparedStatement: "s", ResultFormatCodes: []int16{1}})
	f.Send(&pgproto3.Describe{ObjectType: 'P', Name: "p"})
	f.Send(&pgproto3.Execute{Portal: "p", MaxRows: 2})
	f.Send(&pgproto3.Execute{Portal: "p", MaxRows: 2})
	f.Send(&pgproto3.Execute{Portal: "p", MaxRows: 2})
	f.Send(&pgproto3.Close{ObjectType: 'S', Name: "s"})
	f.Send(&pgproto3.Execute{Portal: "nope"})
	f.Send(&pgproto3.Execute{Portal: "p"}) // skipped: an error ends everything up to Sync
	f.Send(&pgproto3.Sync{})
	f.Send(&pgproto3.Query{String: " ; "})
	if err := f.Flush(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for ready := 0; ready < 2; {
		msg, err := f.Receive()
		if err != nil {
			t.Fatal(err)
		}
		switch m := msg.(type) {
		case *pgproto3.DataRow:
			got = append(got, fmt.Sprintf("row%d", len(m.Values[0])))
		case *pgproto3.ErrorResponse:
			got = append(got, m.Code)
		case *pgproto3.ReadyForQuery:
			ready++
			got = append(got, "ready")
		default:
			got = append(got, strings.TrimPrefix(fmt.Sprintf("%T", m), "*pgproto3."))
		}
	}
	want := "ParseComplete BindComplete RowDescription row8 row8 PortalSuspended row8 row8 PortalSuspended row8 CommandComplete CloseComplete 34000 ready EmptyQueryResponse ready"
	if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
		t.Error(diff)
	}
}

// TestAMillionRowsStreamInFlatMemory reads far more than may be held and
// watches the heap while it does.
func TestAMillionRowsStreamInFlatMemory(t *testing.T) {
	c := start(t).login(pgx.QueryExecModeExec)
	rows, err := c.Query(t.Context(), "select o.order_id, o.amount, o.status from orders o cross join products p")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var first, most uint64
	n := 0
	for rows.Next() {
		n++
		if n%250_000 != 1 {
			continue
		}
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		if n == 1 {
			first = m.HeapAlloc
		}
		most = max(most, m.HeapAlloc)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if n != 1_000_000 {
		t.Errorf("%d rows", n)
	}
	if grew := int64(most) - int64(first); grew > 8<<20 {
		t.Errorf("the heap grew by %d bytes while rows streamed", grew)
	}
}

func TestCloseEndsSessionsAndTheirGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("serve", func(t *testing.T) {
		s := start(t)
		c := s.login()
		done := make(chan error, 1)
		go func() {
			_, err := c.Exec(context.Background(), endless)
			done <- err
		}()
		// Close must not wait for the statement.
		if err := s.svc.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; err == nil {
			t.Error("a statement survived Close")
		}
	})
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before+2 { // the HTTP client's idle connections take their time
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
		runtime.Gosched()
	}
}
