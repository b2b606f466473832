package cli

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/awsnet"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sandbox"
	"github.com/fairleadhq/fairlead/internal/sandbox/front"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// withoutSocket calls a sandbox in the caller's goroutine, so that both live by
// the clock of a synctest bubble and minutes of waiting take no time.
type withoutSocket struct{ to http.Handler }

// Do implements aws.HTTPClient.
func (c withoutSocket) Do(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	received := r.Clone(r.Context())
	if received.Host = r.URL.Host; r.Body == nil {
		received.Body = http.NoBody
	}
	c.to.ServeHTTP(w, received)
	if err := r.Context().Err(); err != nil { // it came while the service was answering
		return nil, err
	}
	return w.Result(), nil
}

// bubble is a sandbox to be used within synctest bubbles.
type bubble struct {
	srv *sandbox.Server
	env map[string]string
}

func startBubble(t *testing.T, o sandbox.Options) *bubble {
	t.Helper()
	o.Rows = 100
	srv, err := sandbox.Start(context.Background(), o)
	if errors.Is(err, sandbox.ErrNoEngine) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	return &bubble{srv: srv, env: srv.Ready().Env}
}

// manager is the broker of another process.
func (b *bubble) manager() *sso.Manager {
	env := func(name string) string { return b.env[name] }
	files := func() (*awsfile.Files, error) { return awsfile.Load(env) }
	return sso.NewManager(sso.Options{Env: env, Files: files,
		Network: awsnet.NewNetwork(env, files, withoutSocket{b.srv.Handler()})})
}

// cache is the folder of the SSO tokens.
func (b *bubble) cache() string { return filepath.Join(b.srv.Ready().Home, ".aws", "sso", "cache") }

// TestHowLongASandboxIsPolled plays the ends of a device log in that take their
// time, to the second.
func TestHowLongASandboxIsPolled(t *testing.T) {
	const forEver = 1 << 30
	const half = 500 * time.Millisecond // so that no poll falls on the deadline
	pollsFail := func(f front.Fault) func(*sandbox.Switches) {
		return func(w *sandbox.Switches) {
			f.Service, f.Operation = "sso-oidc", "CreateToken"
			w.Fault(f)
		}
	}
	for _, c := range []struct {
		name    string
		flip    func(*sandbox.Switches)
		timeout time.Duration // 0 for the usual two minutes
		takes   time.Duration
		polls   int
		want    fault.Code // "" for a log in that lands
		says    []string
	}{
		{"at once", func(w *sandbox.Switches) {}, 0, 0, 1, "", nil},
		{"pending 30 times", func(w *sandbox.Switches) { w.SignIn().SetPending(30) }, 0, 30 * time.Second, 31, "", nil},
		// The interval is 1 s, and each slow_down makes it 5 s longer.
		{"slow_down 3 times", func(w *sandbox.Switches) { w.SignIn().SetSlowDown(3) }, 0, (6 + 11 + 16) * time.Second, 4, "", nil},
		{"both", func(w *sandbox.Switches) { w.SignIn().SetPending(30); w.SignIn().SetSlowDown(1) }, 4 * time.Minute, (30 + 1) * 6 * time.Second, 32, "", nil},
		{"throttled for a while", pollsFail(front.Fault{Throttle: true, Times: 2}), 0, (6 + 11) * time.Second, 3, "", nil},
		{"throttled without end", pollsFail(front.Fault{Throttle: true}), 0, 2 * time.Minute, 7, fault.LoginTimeout,
			[]string{`Timed out waiting for SSO login for profile "dev"`, "after 2m0s", "IAM Identity Center asks to slow down", "--timeout 5m"}},
		{"away for a while", pollsFail(front.Fault{Status: 503, Times: 5}), 0, 5 * time.Second, 6, "", nil},
		{"away without end", pollsFail(front.Fault{Status: 503}), 30*time.Second + half, 30*time.Second + half, 31, fault.LoginTimeout, []string{"failed on its side"}},
		{"nobody approves", func(w *sandbox.Switches) { w.SignIn().SetPending(forEver) }, 90*time.Second + half, 90*time.Second + half, 91, fault.LoginTimeout,
			[]string{"nobody approved it"}},
		{"refused", func(w *sandbox.Switches) { w.SignIn().SetAutoApprove(false) }, 0, time.Second, 2, fault.LoginDenied,
			[]string{"The SSO log in was refused in the browser", `profile "dev"`, "try again: fairlead login dev"}},
		{"the code runs out", func(w *sandbox.Switches) { w.SignIn().SetPending(forEver) }, time.Hour, 10 * time.Minute, 601, fault.LoginFailed,
			[]string{"code expired before it was used"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := startBubble(t, sandbox.Options{AutoApprove: true})
			c.flip(b.srv.Switches())
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				err := b.manager().Login(t.Context(), sso.LoginOptions{Name: "dev", Method: sso.MethodDevice, Timeout: c.timeout,
					Prompts: sso.Prompts{ShowCode: func(_ context.Context, shown sso.DeviceCode) {
						if c.want == fault.LoginDenied {
							_ = b.srv.Switches().Deny(shown.Code) // the log in itself tells whether it worked
						}
					}}})
				if took := time.Since(start); took != c.takes {
					t.Errorf("it took %v, want %v", took, c.takes)
				}
				if fault.CodeOf(err) != c.want {
					t.Errorf("error = %v, want %s", err, c.want)
				}
				if f := fault.As(err); f != nil {
					for _, part := range c.says {
						if text := f.Error() + f.Remedy; !strings.Contains(text, part) {
							t.Errorf("%q is missing in: %s", part, text)
						}
					}
				}
				if n := b.srv.Switches().Calls("sso-oidc.CreateToken"); n != c.polls {
					t.Errorf("%d polls, want %d", n, c.polls)
				}
				nothingHalfWritten(t, b.cache())
				if state, err := b.manager().State(t.Context(), "dev"); err != nil || (state.Status == sso.Valid) != (c.want == "") {
					t.Errorf("afterwards the session is %s, %v", state.Status, err)
				}
			})
		})
	}
}

// nothingHalfWritten fails when a folder holds a temporary file, or a JSON file
// that is not whole.
func nothingHalfWritten(t *testing.T, folder string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		switch filepath.Ext(e.Name()) {
		case ".json":
			if err != nil || !json.Valid(text) {
				t.Errorf("%s is not whole (%v): %q", e.Name(), err, text)
			}
		case ".lock":
			if err != nil || len(text) > 0 {
				t.Errorf("%s is no lock: %q, %v", e.Name(), text, err)
			}
		default:
			t.Errorf("%s is left behind", e.Name())
		}
	}
}

// TestAThrottlingServiceIsNotAskedForEver: outside of a log in, the calls give
// up after a few tries, say that it is worth trying later, and do not take the
// session for dead.
func TestAThrottlingServiceIsNotAskedForEver(t *testing.T) {
	keys := func(ctx context.Context, m *sso.Manager, s sso.Session) error {
		_, err := m.RoleCredentials(ctx, s, sandbox.DevAccount, "Analyst", true)
		return err
	}
	list := func(ctx context.Context, m *sso.Manager, s sso.Session) error {
		_, err := m.Assignments(ctx, s)
		return err
	}
	for _, c := range []struct {
		name, service, operation string
		ended                    bool // the access token has ended, and a refresh is due
		calls                    int  // at most
		ask                      func(context.Context, *sso.Manager, sso.Session) error
	}{
		{"portal", "sso", "GetRoleCredentials", false, 5, keys},
		{"refresh", "sso-oidc", "CreateToken", true, 5, keys},
		{"list of accounts", "sso", "ListAccounts", false, 10, list},
		{"list of roles", "sso", "ListAccountRoles", false, 40, list}, // 8 tries for each of a few accounts
	} {
		t.Run(c.name, func(t *testing.T) {
			b := startBubble(t, sandbox.Options{AutoApprove: true})
			w := b.srv.Switches()
			ask := func(ctx context.Context) error {
				m := b.manager()
				s, err := m.Find("dev")
				if err != nil {
					return err
				}
				return c.ask(ctx, m, s)
			}
			synctest.Test(t, func(t *testing.T) {
				if err := b.manager().Login(t.Context(), sso.LoginOptions{Name: "dev", Method: sso.MethodDevice,
					Prompts: sso.Prompts{ShowCode: func(context.Context, sso.DeviceCode) {}}}); err != nil {
					t.Fatal(err)
				}
				w.Fault(front.Fault{Service: c.service, Operation: c.operation, Throttle: true})
				if c.ended {
					time.Sleep(2 * time.Hour)
				}
				w.Counters().Reset()
				start := time.Now()
				err := ask(t.Context())
				f := fault.As(err)
				if f == nil || f.Code != fault.Throttled || f.Service == nil || f.Remedy == "" {
					t.Errorf("error = %v, want %s", err, fault.Throttled)
				}
				if n := w.Calls(c.service + "." + c.operation); n < 2 || n > c.calls || time.Since(start) > 3*time.Minute {
					t.Errorf("%d calls in %v", n, time.Since(start))
				}
				// Ctrl-C while it waits to try again.
				w.ClearFaults()
				w.Fault(front.Fault{Service: c.service, Operation: c.operation, Latency: time.Hour})
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				start = time.Now()
				if err := ask(ctx); err == nil || time.Since(start) > 2*time.Second {
					t.Errorf("after Ctrl-C: %v in %v", err, time.Since(start))
				}
				w.ClearFaults()
				if err := ask(t.Context()); err != nil {
					t.Errorf("when the service is back: %v", err)
				}
			})
		})
	}
}
