package redshift_test

import (
	"io"
	"net"
	"sync"
	"testing"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/enginetest"
	"github.com/fairleadhq/fairlead/internal/engine/redshift"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sandbox/front"
)

// One passing failure of a call before the connection must go unnoticed.
func TestOneFailureOnTheWayIsMended(t *testing.T) {
	server := box.Start(t)
	for name, f := range map[string]front.Fault{
		"look-up throttled":  {Service: "redshift-serverless", Operation: "GetWorkgroup", Times: 1, Throttle: true},
		"password throttled": {Service: "redshift-serverless", Operation: "GetCredentials", Times: 1, Throttle: true},
		"password failed":    {Service: "redshift-serverless", Operation: "GetCredentials", Times: 1, Status: 500},
		"password cut":       {Service: "redshift-serverless", Operation: "GetCredentials", Times: 1, Cut: true},
	} {
		t.Run(name, func(t *testing.T) {
			server.Switches().Fault(f)
			defer server.Switches().ClearFaults()
			e := enginetest.Opener(redshift.Spec(), server.Ready().Env, map[string]string{"name": "analytics"})(t, "static")
			defer e.Close()
			s, err := e.Run(t.Context(), engine.Statement{Text: "select 1 as one"})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if rows := enginetest.Rows(t, s); len(rows) != 1 || rows[0][0] != "1" {
				t.Errorf("%v", rows)
			}
		})
	}
}

// A connection that breaks in the middle of the rows ends the stream with a
// fault; rows must never be missing without one. The next statement gets a new
// connection.
func TestABrokenConnectionIsTold(t *testing.T) {
	ready := box.Start(t).Ready()
	proxy := cutter(t, ready.Postgres)
	host, port, _ := net.SplitHostPort(proxy.Addr().String())
	e := enginetest.Opener(redshift.Spec(), ready.Env, map[string]string{"name": "analytics", "host": host, "port": port})(t, "static")
	defer e.Close()
	s, err := e.Run(t.Context(), engine.Statement{Text: series(100_000)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var rows int64
	for err == nil {
		b, next := s.Next(t.Context())
		if err = next; err == nil {
			if rows += b.NumRows(); rows > 1000 {
				proxy.cut()
			}
			b.Release()
		}
	}
	if fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("after %d rows: %v", rows, err)
	}
	s.Close()
	after, err := e.Run(t.Context(), engine.Statement{Text: "select 1 as one"})
	if err != nil {
		t.Fatal(err)
	}
	defer after.Close()
	enginetest.Rows(t, after)

	// An idle connection that broke is replaced without a word.
	after.Close()
	proxy.cut()
	again, err := e.Run(t.Context(), engine.Statement{Text: "select 1 as one"})
	if err == nil {
		enginetest.Rows(t, again)
		again.Close()
	} else if fault.CodeOf(err) != fault.Unavailable {
		t.Error(err)
	}
}

// cutting is a proxy whose connections can be cut.
type cutting struct {
	net.Listener
	mu   sync.Mutex
	open []net.Conn
}

func cutter(t *testing.T, to string) *cutting {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutting{Listener: l}
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
			c.mu.Lock()
			c.open = append(c.open, client, server)
			c.mu.Unlock()
			running.Go(func() { io.Copy(server, client); server.Close() })
			running.Go(func() { io.Copy(client, server); client.Close() })
		}
	})
	t.Cleanup(func() { l.Close(); c.cut(); running.Wait() })
	return c
}

// cut resets every connection there is.
func (c *cutting) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.open {
		if tcp, ok := n.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
		n.Close()
	}
	c.open = nil
}
