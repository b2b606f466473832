package redshift_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/enginetest"
	"github.com/fairleadhq/fairlead/internal/engine/redshift"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sandbox/front"
	"github.com/fairleadhq/fairlead/internal/session"
)

// awsHost is an endpoint of AWS's own form; nobody is asked for its address.
const awsHost = "analytics.111122223333.us-east-1.redshift-serverless.amazonaws.com"

// behind opens an engine for a port that is reached by dial.
func behind(t *testing.T, env, params map[string]string, dial redshift.Dial) engine.Engine {
	t.Helper()
	spec := redshift.Spec()
	usual := spec.Open
	spec.Open = func(ctx context.Context, s *session.Session, p map[string]string) (engine.Engine, error) {
		e, err := usual(ctx, s, p)
		if err == nil {
			redshift.SetDial(e, 50*time.Millisecond, dial)
		}
		return e, err
	}
	e := enginetest.Opener(spec, env, params)(t, "static")
	t.Cleanup(func() { e.Close() })
	return e
}

// silent is a port behind a firewall: nothing comes back.
func silent(ctx context.Context, _, _ string) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestASilentPortLeadsToTheDataAPI(t *testing.T) {
	ready := box.Start(t).Ready()
	e := behind(t, ready.Env, map[string]string{"host": awsHost}, silent)
	var states []string
	s := engine.Statement{Text: "select 1 as one", Progress: func(p engine.Progress) { states = append(states, p.State) }}
	got, stats := read(t, e, s)
	if got.Rows[0][0] != "1" || stats.Path != "data-api" {
		t.Errorf("%v by %s", got.Rows, stats.Path)
	}
	if len(stats.Notes) != 1 || !strings.Contains(stats.Notes[0], "did not answer within") {
		t.Errorf("%q", stats.Notes)
	}
	if !strings.Contains(strings.Join(states, " "), "Data API") {
		t.Errorf("%q", states)
	}
	// The next one does not wait for the port again, and says nothing more.
	if _, stats = read(t, e, engine.Statement{Text: "select 2 as two"}); stats.Path != "data-api" || len(stats.Notes) != 0 {
		t.Errorf("%+v", stats)
	}
}

func TestWhenTheDataAPITakesOver(t *testing.T) {
	server := box.Start(t)
	refused := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, "127.0.0.1:1")
	}
	for name, c := range map[string]struct {
		params map[string]string
		dial   redshift.Dial
		fault  front.Fault
		code   fault.Code // "" for rows by the Data API
		says   string
	}{
		"a silent port":                {map[string]string{"host": awsHost}, silent, front.Fault{}, "", ""},
		"a refused connection":         {map[string]string{"host": awsHost}, refused, front.Fault{}, "", ""},
		"a tunnel that is closed":      {map[string]string{"host": "10.1.2.3", "workgroup": "analytics"}, refused, front.Fault{}, fault.Unavailable, "10.1.2.3:5439"},
		"a tunnel that is silent":      {map[string]string{"host": "10.1.2.3", "workgroup": "analytics"}, silent, front.Fault{}, "", ""},
		"the wire and nothing else":    {map[string]string{"host": awsHost, "transport": "wire"}, refused, front.Fault{}, fault.Unavailable, "Cannot reach"},
		"a password of the database's": {map[string]string{"host": awsHost, "user": "u", "password": "p"}, refused, front.Fault{}, fault.Unavailable, "Cannot reach"},
		"both ways closed": {map[string]string{"host": awsHost}, refused,
			front.Fault{Service: "redshift-data", Operation: "BatchExecuteStatement", Times: 99, Status: 500}, fault.Unavailable, "Cannot reach Redshift at " + awsHost},
	} {
		t.Run(name, func(t *testing.T) {
			if c.fault.Service != "" {
				server.Switches().Fault(c.fault)
				defer server.Switches().ClearFaults()
			}
			e := behind(t, server.Ready().Env, c.params, c.dial)
			s, err := e.Run(t.Context(), engine.Statement{Text: "select 1 as one"})
			if err == nil {
				defer s.Close()
				if rows := enginetest.Rows(t, s); rows[0][0] != "1" {
					t.Errorf("%v", rows)
				}
			}
			if fault.CodeOf(err) != c.code || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
		})
	}
}

// A statement that is wrong is wrong both ways: the port is not blamed.
func TestAFailureOfTheStatementIsToldAsThat(t *testing.T) {
	ready := box.Start(t).Ready()
	e := behind(t, ready.Env, map[string]string{"host": awsHost}, silent)
	_, err := e.Run(t.Context(), engine.Statement{Text: "select nope"})
	if fault.CodeOf(err) != fault.Statement {
		t.Error(err)
	}
}

// A password that the server no longer takes is replaced once, by asking anew.
func TestAnExpiredPasswordIsReplaced(t *testing.T) {
	server := box.Start(t)
	defer server.Switches().SetClockOffset(0)
	asked := 0
	e := openWith(t, server.Ready().Env, map[string]string{"name": "analytics"}, func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		response, err := next.RoundTrip(r)
		if err == nil && response.StatusCode == 200 && strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".GetCredentials") {
			asked++ // one refused for the clock that is set below does not count
		}
		return response, err
	})
	defer e.Close()
	read(t, e, engine.Statement{Text: "select 1"})
	// Two at once: the second needs a connection of its own, and takes the
	// password that is kept.
	first, err := e.Run(t.Context(), engine.Statement{Text: "select n from generate_series(1, 100000) as g(n)"})
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	read(t, e, engine.Statement{Text: "select 2"})
	if asked != 1 {
		t.Errorf("asked %d times before", asked)
	}
	server.Switches().SetClockOffset(20 * time.Minute) // beyond the password's 15
	second, err := e.Run(t.Context(), engine.Statement{Text: "select n from generate_series(1, 100000) as g(n)"})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if one, _ := read(t, e, engine.Statement{Text: "select 3 as three"}); one.Rows[0][0] != "3" || asked != 2 {
		t.Errorf("%v after %d calls", one.Rows, asked)
	}
}
