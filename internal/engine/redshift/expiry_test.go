package redshift_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/creds"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/redshift"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sandbox"
	"github.com/fairleadhq/fairlead/internal/session"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// signedIn is an engine of a person who has logged in, and what became of them.
type signedIn struct {
	engine.Engine
	asked atomic.Int32 // how often they were asked to log in
	no    atomic.Bool  // they decline
	minted,
	looked atomic.Int32 // answers with a password, and with an endpoint
}

// signIn opens an engine by the sandbox's SSO profile. before is called with
// each operation just before it is sent.
func signIn(t *testing.T, server *sandbox.Server, before func(operation string)) *signedIn {
	t.Helper()
	env, p := server.Ready().Env, &signedIn{}
	server.Switches().SignIn().SetAutoApprove(true)
	t.Cleanup(func() {
		server.Switches().SignIn().SetAutoApprove(false)
		server.Switches().SetClockOffset(0)
		if err := server.Switches().Restart(); err != nil {
			t.Error(err)
		}
	})
	s, err := session.NewOpener(session.Options{
		Env: func(name string) string { return env[name] },
		Prompts: sso.Prompts{
			ConfirmLogin: func(context.Context, sso.LoginRequest) (bool, error) { p.asked.Add(1); return !p.no.Load(), nil },
			ShowCode:     func(context.Context, sso.DeviceCode) {},
		},
	}).Open(t.Context(), session.Request{Name: "test", Source: creds.Source{Profile: "dev", Explicit: true}})
	if err != nil {
		t.Fatal(err)
	}
	usual := s.Config.HTTPClient
	s.Config.HTTPClient = doer(func(r *http.Request) (*http.Response, error) {
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		before(operation)
		answer, err := usual.Do(r)
		if err == nil && answer.StatusCode == http.StatusOK {
			switch operation {
			case "GetCredentials":
				p.minted.Add(1)
			case "GetWorkgroup":
				p.looked.Add(1)
			}
		}
		return answer, err
	})
	if p.Engine, err = redshift.Spec().Open(t.Context(), s, map[string]string{"name": "analytics"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

type doer func(*http.Request) (*http.Response, error)

func (f doer) Do(r *http.Request) (*http.Response, error) { return f(r) }

// endSession ends the person's SSO session and the role's keys that came of it.
func endSession(server *sandbox.Server) {
	server.Switches().RevokeSessions()
	server.Switches().ExpireCredentials()
}

// What ends just before one of the two calls that lead to a connection is made
// anew, with one question where a person is needed, and the statement runs.
func TestASessionThatEndsAtConnectIsMended(t *testing.T) {
	server := box.Start(t)
	for _, operation := range []string{"GetWorkgroup", "GetCredentials"} {
		for name, c := range map[string]struct {
			end   func()
			asked int32
		}{
			"keys":    {func() { server.Switches().ExpireCredentials() }, 0},
			"session": {func() { endSession(server) }, 1},
		} {
			t.Run(name+" before "+operation, func(t *testing.T) {
				var ended atomic.Bool
				p := signIn(t, server, func(now string) {
					if now == operation && ended.CompareAndSwap(false, true) {
						c.end()
					}
				})
				got, _ := read(t, p, engine.Statement{Text: "select 1 as one"})
				if got.Rows[0][0] != "1" || !ended.Load() || p.asked.Load() != c.asked || p.looked.Load() != 1 || p.minted.Load() != 1 {
					t.Errorf("%v; asked %d times, %d look-ups, %d passwords", got.Rows, p.asked.Load(), p.looked.Load(), p.minted.Load())
				}
			})
		}
	}
}

// A log in that is declined at connect is told as that, and the next statement
// asks again.
func TestALogInDeclinedAtConnect(t *testing.T) {
	server := box.Start(t)
	var ended atomic.Bool
	p := signIn(t, server, func(now string) {
		if now == "GetCredentials" && ended.CompareAndSwap(false, true) {
			endSession(server)
		}
	})
	p.no.Store(true)
	_, err := p.Run(t.Context(), engine.Statement{Text: "select 1 as one"})
	if code := fault.CodeOf(err); code != fault.SSOExpired && code != fault.SSORevoked || !strings.Contains(err.Error(), `"dev"`) {
		t.Errorf("%s: %v", code, err)
	}
	p.no.Store(false)
	if got, _ := read(t, p, engine.Statement{Text: "select 1 as one"}); got.Rows[0][0] != "1" || p.asked.Load() != 2 {
		t.Errorf("%v; asked %d times", got.Rows, p.asked.Load())
	}
}

// The end of the session, of the keys and of the temporary password touches
// neither the statement that is on the wire nor its connection. Only a new
// physical connection needs a password, and so the person.
func TestOnlyANewConnectionNeedsANewPassword(t *testing.T) {
	server := box.Start(t)
	const rows = 50_000
	p := signIn(t, server, func(string) {})
	first, err := p.Run(t.Context(), engine.Statement{Text: series(rows)})
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	batch, err := first.Next(t.Context())
	if err != nil || batch.NumRows() >= rows {
		t.Fatalf("%v, or all rows came at once", err)
	}
	seen := batch.NumRows()
	batch.Release()
	endSession(server)
	server.Switches().SetClockOffset(20 * time.Minute) // the password was good for 15

	// While the first is on the wire, another statement needs a connection.
	if got, _ := read(t, p, engine.Statement{Text: "select 2 as two"}); got.Rows[0][0] != "2" {
		t.Errorf("%v", got.Rows)
	}
	if p.asked.Load() != 1 || p.minted.Load() != 2 {
		t.Errorf("asked %d times, %d passwords; want 1 and 2", p.asked.Load(), p.minted.Load())
	}
	for err == nil {
		if batch, err = first.Next(t.Context()); err == nil {
			seen += batch.NumRows()
			batch.Release()
		}
	}
	if seen != rows || !errors.Is(err, io.EOF) {
		t.Errorf("%d of %d rows, then %v", seen, rows, err)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	// Both connections are there still: nobody is asked, and nothing is minted.
	endSession(server)
	for range 2 {
		read(t, p, engine.Statement{Text: "select 3 as three"})
	}
	if p.asked.Load() != 1 || p.minted.Load() != 2 {
		t.Errorf("asked %d times, %d passwords; want 1 and 2", p.asked.Load(), p.minted.Load())
	}
}
