//go:build unix

package redshift_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/enginetest"
	"github.com/fairleadhq/fairlead/internal/engine/redshift"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/session"
)

// The wire is PostgreSQL's, so a real PostgreSQL must find nothing wrong with
// it either; and unlike a stand-in of ours it tells what it still runs.
func TestContractOnPostgreSQL(t *testing.T) {
	host, port := postgres(t)
	params := map[string]string{
		"host": host, "port": port, "database": "postgres", "sslmode": "disable", "user": "tester",
	}
	open := func(t *testing.T, _ string) engine.Engine {
		t.Helper()
		e, err := redshift.Spec().Open(t.Context(), &session.Session{Name: "test", Region: "us-east-1"}, params)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	beside := open(t, "")
	defer beside.Close()
	enginetest.Run(t, enginetest.Fixture{
		Open: open, Profiles: [2]string{"a", "b"},
		Types: enginetest.Table{
			SQL: `select true as b, (-32768)::int2 as i2, 2147483647 as i4, 9223372036854775807 as i8,
				'12345678901234567890123456789.123456789'::numeric(38,9) as p, 1.50::numeric as q, 1.5::float4 as r, 0.1::float8 as d, 'NaN'::float8 as nan,
				date '0044-03-15 BC' as dt, timestamp '2024-02-29 23:59:59.123456' as ts, timestamptz '2024-02-29 23:59:59.5+02' as tz,
				time '23:59:59' as tm, 'ab'::char(4) as c, 'text'::varchar(10) as v, '' as e, null::text as n, '\xdead00'::bytea as bin, '{"a": 1}'::json as j`,
			Columns: []string{
				"b boolean [bool]", "i2 smallint [int16]", "i4 integer [int32]", "i8 bigint [int64]",
				"p numeric(38,9) [decimal(38, 9)]", "q numeric [utf8] number", "r real [float32]", "d double precision [float64]", "nan double precision [float64]",
				"dt date [date32]", "ts timestamp [timestamp[us]]", "tz timestamptz [timestamp[us, tz=UTC]]",
				"tm time [utf8]", "c char(4) [utf8]", "v varchar(10) [utf8]", "e text [utf8]", "n text [utf8]", "bin bytea [binary]", "j json [utf8] json",
			},
			Rows: [][]string{{
				"true", "-32768", "2147483647", "9223372036854775807", "12345678901234567890123456789.123456789", "1.50", "1.5", "0.1", "NaN",
				"-0043-03-15", "2024-02-29T23:59:59.123456", "2024-02-29T21:59:59.5Z", "23:59:59", "ab  ", "text", "", enginetest.Null, "dead00", `{"a": 1}`,
			}},
		},
		Empty: enginetest.Table{SQL: `select 1 as one where false`, Columns: []string{"one integer [int32]"}},
		Big:   enginetest.Series{SQL: series(100_000), Rows: 100_000, Hash: func(*testing.T) uint64 { return seriesHash(100_000) }},
		Failing: enginetest.Failure{
			SQL: "select 1,\n  nope from pg_class", Code: fault.Statement, MessageStays: `column "nope" does not exist`,
			Service: fault.Service{Name: "Redshift", Code: "42703", Line: 2, Column: 3},
		},
		Slow: enginetest.Slow{
			SQL: `select pg_sleep(600)`,
			Stopped: func(t *testing.T, pid string) bool {
				s, err := beside.Run(t.Context(), engine.Statement{Text: "select 1 from pg_stat_activity where state = 'active' and pid = " + pid})
				if err != nil {
					t.Error(err)
					return true
				}
				defer s.Close()
				return len(enginetest.Rows(t, s)) == 0
			},
		},
		Write: enginetest.Write{
			Before: []string{"create table contract (n int)"},
			SQL:    "insert into contract select generate_series(1, 42)", Rows: 42,
			After: []string{"drop table if exists contract"},
		},
		Ping: "database postgres, user tester",
	})
	t.Run("notices become notes", func(t *testing.T) {
		s, err := beside.Run(t.Context(), engine.Statement{Text: "drop table if exists nothing_here"})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		if notes := s.Stats().Notes; len(notes) != 1 || !strings.Contains(notes[0], "nothing_here") {
			t.Errorf("%q", notes)
		}
	})
	t.Run("an error in the middle of the rows", func(t *testing.T) {
		s, err := beside.Run(t.Context(), engine.Statement{Text: "select 1 / (5000 - n) from generate_series(1, 10000) as g(n)"})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for err == nil {
			_, err = s.Next(t.Context())
		}
		if f := fault.As(err); f.Code != fault.Statement || f.Service == nil || f.Service.Code != "22012" {
			t.Errorf("%#v", f)
		}
	})
}

// postgres starts a PostgreSQL of its own and returns where it listens. The
// test is skipped on a machine without one.
func postgres(t *testing.T) (host, port string) {
	t.Helper()
	bin := postgresFolder()
	if bin == "" {
		t.Skip("no PostgreSQL on this machine: install postgresql to run this test")
	}
	dir, err := os.MkdirTemp("", "fairlead-pg-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	as := unprivileged(t, dir)
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = as, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	port = unusedPort(t)
	var log bytes.Buffer
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-h", "127.0.0.1", "-p", port, "-k", dir, "-F")
	server.SysProcAttr, server.Dir, server.Stderr = as, dir, &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Signal(syscall.SIGINT) // fast shutdown
		server.Wait()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		ready := exec.CommandContext(ctx, filepath.Join(bin, "pg_isready"), "-h", "127.0.0.1", "-p", port)
		if ready.Run() == nil {
			return "127.0.0.1", port
		}
		select {
		case <-ctx.Done():
			t.Fatal("PostgreSQL does not answer")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// postgresFolder finds the server's programs, which Debian keeps off the PATH.
func postgresFolder() string {
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if path, err := exec.LookPath("initdb"); err == nil {
		folders = append(folders, filepath.Dir(path))
	}
	folders = append(folders, "/opt/homebrew/bin", "/usr/local/bin")
	for _, f := range folders {
		if _, err := os.Stat(filepath.Join(f, "initdb")); err == nil {
			return f
		}
	}
	return ""
}

// unprivileged gives dir to a plain user when the tests run as root, which
// PostgreSQL refuses to be.
func unprivileged(t *testing.T, dir string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	var u *user.User
	err := errors.New("no user")
	for _, name := range []string{"postgres", "nobody"} {
		if u, err = user.Lookup(name); err == nil {
			break
		}
	}
	if err != nil {
		t.Skip("root without a plain user to run PostgreSQL as")
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}
