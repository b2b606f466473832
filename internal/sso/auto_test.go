package sso

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// taken records what auto says.
type taken struct {
	mu   sync.Mutex
	said []string
}

func (k *taken) method(m Method, why string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.said = append(k.said, string(m)+": "+why)
}

func (w *world) with(pairs ...string) *world {
	plain := w.env
	w.env = func(k string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == k {
				return pairs[i+1]
			}
		}
		return plain(k)
	}
	return w
}

func TestAutoTakesWhatFits(t *testing.T) {
	never := func(context.Context, string) error { return errors.New("no display") }
	for name, c := range map[string]struct {
		profile string
		env     []string
		open    func(context.Context, string) error
		said    []string
	}{
		"SSH":                     {profile: "dev", env: []string{"SSH_TTY", "/dev/pts/1"}, said: []string{"device: this is an SSH session"}},
		"the browser fails":       {profile: "dev", open: never, said: []string{"browser: There is no AWS CLI on PATH", "device: The browser for SSO login of profile \"dev\" could not be opened: no display"}},
		"the older form":          {profile: "old", open: never, said: []string{"device: There is no AWS CLI on PATH or in the usual install folders; a profile with its own sso_start_url has no browser flow"}},
		"the method is a setting": {profile: "dev", env: []string{MethodVariable, "device"}, open: never},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t).with(c.env...)
				w.idc.approve = true
				m := w.manager(Prompts{})
				m.cliFolders = nil
				k, y := &taken{}, &yes{}
				p := y.prompts()
				p.OpenBrowser, p.Method = c.open, k.method
				must(t, m.Login(t.Context(), LoginOptions{Name: c.profile, Prompts: p}))
				if len(k.said) != len(c.said) {
					t.Fatalf("said %q, want %q", k.said, c.said)
				}
				for i := range c.said {
					contains(t, k.said[i], c.said[i])
				}
				if w.idc.authorized != 1 {
					t.Errorf("%d device authorizations, want 1", w.idc.authorized)
				}
			})
		})
	}
}

func TestAMethodNobodyKnows(t *testing.T) {
	w := newWorld(t).with(MethodVariable, "pigeon")
	err := w.manager(Prompts{}).Login(t.Context(), LoginOptions{Name: "dev"})
	if fault.CodeOf(err) != fault.Usage || !strings.Contains(err.Error(), `"pigeon" (from FAIRLEAD_LOGIN_METHOD)`) {
		t.Errorf("error = %v", err)
	}
}

// A port that is taken ends the browser method by name, and auto goes on by code.
func TestTheCallbackPortIsTaken(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer other.Close()
	port := other.Addr().(*net.TCPAddr).Port
	w := newWorld(t)
	w.idc.approve = true
	m := w.manager(Prompts{})
	m.cliFolders = nil
	p := (&yes{}).prompts()
	p.OpenBrowser = func(context.Context, string) error { t.Error("a page was opened that nothing listens for"); return nil }
	err = m.Login(t.Context(), LoginOptions{Name: "dev", Method: MethodBrowser, Port: port, Prompts: p})
	if f := fault.As(err); f == nil || f.Code != fault.LoginFailed || !strings.Contains(f.Message, "127.0.0.1:"+strconv.Itoa(port)) {
		t.Fatalf("error = %v", err)
	}
	p.OpenBrowser = func(context.Context, string) error { return nil }
	must(t, m.Login(t.Context(), LoginOptions{Name: "dev", Port: port, Prompts: p}))
}

// Near the end the person is asked for more time, and the log in goes on meanwhile.
func TestMoreTime(t *testing.T) {
	for name, c := range map[string]struct {
		yes   int // how often more time is given
		fails bool
		took  time.Duration
		code  fault.Code
	}{
		"never":     {yes: 0, took: DefaultTimeout, code: fault.LoginTimeout},
		"twice":     {yes: 2, took: 3 * DefaultTimeout, code: fault.LoginTimeout},
		"Ctrl-C":    {fails: true, took: DefaultTimeout - askAhead, code: fault.Interrupted},
		"no answer": {yes: -1, took: DefaultTimeout, code: fault.LoginTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				p := (&yes{}).prompts()
				asked := 0
				p.MoreTime = func(ctx context.Context, left time.Duration) (bool, error) {
					asked++
					if left > askAhead || left <= 0 {
						t.Errorf("asked with %v left", left)
					}
					switch {
					case c.fails:
						return false, fault.New(fault.Interrupted, "Interrupted")
					case c.yes < 0:
						<-ctx.Done()
						return false, ctx.Err()
					}
					return asked <= c.yes, nil
				}
				start := time.Now()
				err := w.manager(Prompts{}).Login(t.Context(), LoginOptions{Name: "dev", Prompts: p})
				if took := time.Since(start); fault.CodeOf(err) != c.code || took < c.took || took > c.took+2*time.Second {
					t.Errorf("error = %v after %v, want %s after %v", err, took, c.code, c.took)
				}
				if asked != max(1, c.yes+1) {
					t.Errorf("asked %d times", asked)
				}
			})
		})
	}
}

// A dialog that shows the offer all the time is asked from the beginning, and
// gets the time when it is taken, not when the first round ends.
func TestMoreTimeAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		p := (&yes{}).prompts()
		asked, longest := 0, time.Duration(0)
		p.MoreTimeAhead = true
		p.MoreTime = func(ctx context.Context, left time.Duration) (bool, error) {
			if asked++; asked == 1 {
				if left < DefaultTimeout-2*time.Second {
					t.Errorf("asked first with %v left", left)
				}
				return true, nil
			}
			<-ctx.Done()
			return false, nil
		}
		p.Waiting = func(left time.Duration) { longest = max(longest, left) }
		start := time.Now()
		err := w.manager(Prompts{}).Login(t.Context(), LoginOptions{Name: "dev", Prompts: p})
		if took := time.Since(start); fault.CodeOf(err) != fault.LoginTimeout || took < 2*DefaultTimeout || took > 2*DefaultTimeout+2*time.Second {
			t.Errorf("error = %v after %v", err, took)
		}
		if longest < 2*DefaultTimeout-5*time.Second {
			t.Errorf("the countdown never showed more than %v", longest)
		}
	})
}
