package sso

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
)

func TestDeviceLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.idc.approve, w.idc.rotate, w.idc.slowDowns, w.idc.pending = true, true, 3, 30
		w.idc.failures = []string{"InternalServerException"}
		y := &yes{}
		m := w.manager(Prompts{})
		start := time.Now()
		must(t, m.Login(t.Context(), LoginOptions{Name: "dev", Timeout: 10 * time.Minute, Prompts: y.prompts()}))
		// One silent try fails, three are told to slow down: 1, 6, 11, then 16 s each.
		if took, want := time.Since(start), (1+6+11+30*16)*time.Second; took < want || took > want+17*time.Second {
			t.Errorf("took %v, want about %v", took, want)
		}
		if len(y.codes) != 1 || y.codes[0] != "ABCD-EFGH" || len(y.done) != 1 || y.done[0] != nil {
			t.Errorf("prompts = %+v", y)
		}
		if len(y.left) < 170 || y.left[0] < 9*time.Minute || y.left[len(y.left)-1] >= y.left[0] {
			t.Errorf("%d countdowns, from %v", len(y.left), y.left[0])
		}
		state, err := m.State(t.Context(), "dev")
		if err != nil || state.Status != Valid || !state.Renews {
			t.Errorf("state = %+v, %v", state, err)
		}
		// The registration is cached: the next log in registers nobody.
		must(t, m.Login(t.Context(), LoginOptions{Name: "corp", Prompts: y.prompts()}))
		if w.idc.registered != 1 {
			t.Errorf("%d registrations, want 1", w.idc.registered)
		}
		leftovers(t, w.home)
	})
}

func TestHowLoginsFail(t *testing.T) {
	for _, c := range []struct {
		name string
		idc  func(*identityCenter)
		code fault.Code
		says []string
	}{
		{"nobody approves", func(c *identityCenter) {}, fault.LoginTimeout,
			[]string{`Timed out waiting for SSO login for profile "dev"`, "after 2m0s", "ABCD-EFGH was shown and nobody approved it"}},
		{"refused", func(c *identityCenter) {
			c.failures = []string{"AuthorizationPendingException", "AccessDeniedException"}
		}, fault.LoginDenied,
			[]string{"refused in the browser", `"dev"`}},
		{"code expired", func(c *identityCenter) { c.failures = []string{"ExpiredTokenException"} }, fault.LoginFailed, []string{"code expired"}},
		{"wrong region", func(c *identityCenter) { c.startFail = "InvalidRequestException" }, fault.SSOWrongRegion,
			[]string{"IAM Identity Center in us-east-1 does not know the start URL https://corp.awsapps.com/start", "16 other regions were asked and do not know it either"}},
		{"another region", func(c *identityCenter) { c.homeRegion = "ap-southeast-1" }, fault.SSOWrongRegion,
			[]string{"IAM Identity Center in us-east-1 does not know the start URL", "it belongs to ap-southeast-1"}},
		{"unavailable", func(c *identityCenter) { c.startFail = "InternalServerException" }, fault.Unavailable, []string{"IAM Identity Center failed on its side"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				c.idc(w.idc)
				y := &yes{}
				start := time.Now()
				err := w.manager(Prompts{}).Login(t.Context(), LoginOptions{Name: "dev", Prompts: y.prompts()})
				f := fault.As(err)
				if f == nil || f.Code != c.code {
					t.Fatalf("error = %v, want %s", err, c.code)
				}
				contains(t, f.Error(), c.says...)
				if f.Remedy == "" || len(y.done) != 1 || y.done[0] == nil {
					t.Errorf("remedy = %q, done = %v", f.Remedy, y.done)
				}
				if took := time.Since(start); c.code == fault.LoginTimeout && took != DefaultTimeout {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

func TestAForgottenClientIsRegisteredAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.idc.approve = true
		m := w.manager(Prompts{})
		y := &yes{}
		must(t, m.Login(t.Context(), LoginOptions{Name: "dev", Prompts: y.prompts()}))
		w.idc.unknown = "client-1"
		must(t, m.Login(t.Context(), LoginOptions{Name: "dev", Prompts: y.prompts()}))
		if w.idc.registered != 2 || w.idc.authorized != 2 {
			t.Errorf("%d registrations, %d authorizations", w.idc.registered, w.idc.authorized)
		}
	})
}

func TestCtrlCEndsALoginAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ctx, cancel := context.WithCancel(t.Context())
		y := &yes{}
		time.AfterFunc(3500*time.Millisecond, cancel)
		start := time.Now()
		err := w.manager(Prompts{}).Login(ctx, LoginOptions{Name: "dev", Prompts: y.prompts()})
		if fault.CodeOf(err) != fault.Interrupted || time.Since(start) != 3500*time.Millisecond {
			t.Errorf("error = %v after %v", err, time.Since(start))
		}
		if _, err := os.Stat(Session{Name: "corp"}.TokenFile(w.home)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a token file is there: %v", err)
		}
		synctest.Wait()
		leftovers(t, w.home)
	})
}

// Ctrl-C at every stage of a log in ends it at once and leaves nothing half
// written, and the next log in works.
func TestCtrlCAtEveryStage(t *testing.T) {
	for _, c := range []struct {
		stage  string
		method Method
		path   string // the call to the service during which it comes; "" for a prompt
	}{
		{"registering", MethodDevice, "/client/register"},
		{"asking for a code", MethodDevice, "/device_authorization"},
		{"the first poll", MethodDevice, "/token"},
		{"the code is shown", MethodDevice, ""},
		{"registering for the browser", MethodBrowser, "/client/register"},
		{"the browser opens", MethodBrowser, ""},
		{"trading the browser's answer", MethodBrowser, "/token"},
	} {
		t.Run(c.stage, func(t *testing.T) {
			w := newWorld(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w.idc.onCall = func(path string) {
				if path == c.path {
					cancel()
				}
			}
			var visit sync.WaitGroup
			stop := func() {
				if c.path == "" {
					cancel()
				}
			}
			p := Prompts{ShowCode: func(context.Context, DeviceCode) { stop() }}
			if c.method == MethodBrowser {
				p.OpenBrowser = func(_ context.Context, address string) error {
					if stop(); ctx.Err() == nil {
						visit.Go(func() { browse(t, address, url.Values{"code": {"the-code"}}) })
					}
					return nil
				}
			}
			start := time.Now()
			err := w.manager(Prompts{}).Login(ctx, LoginOptions{Name: "dev", Method: c.method, Prompts: p, Timeout: time.Minute})
			visit.Wait()
			if fault.CodeOf(err) != fault.Interrupted || time.Since(start) > 30*time.Second {
				t.Errorf("error = %v after %v", err, time.Since(start))
			}
			w.idc.mu.Lock()
			w.idc.onCall, w.idc.approve = nil, true
			w.idc.mu.Unlock()
			// What landed in the very moment may be kept, but only whole.
			if got, err := parseFile(Session{Name: "corp"}.TokenFile(w.home)); !errors.Is(err, os.ErrNotExist) && (err != nil || got.left() <= 0) {
				t.Errorf("a token file is there: %v", err)
			}
			y := &yes{}
			must(t, w.manager(Prompts{}).Login(t.Context(), LoginOptions{Name: "dev", Prompts: y.prompts()}))
			leftovers(t, w.home)
		})
	}
}

// Twenty queries on two profiles meet the expired session: one question, one
// log in, and all of them go on.
func TestOneLoginAndAllGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.idc.approve, w.idc.pending = true, 4
		w.put(t, "corp", -time.Hour, "refreshToken", "")
		y := &yes{}
		m := w.manager(y.prompts())
		var wg sync.WaitGroup
		for i := range 20 {
			profile := []string{"dev", "prod"}[i%2]
			wg.Go(func() {
				got, err := m.RoleCredentials(t.Context(), w.session(t, m, profile), "1", "RO", true)
				if err != nil || got.AccessKeyID != "ASIA-new-1" {
					t.Errorf("credentials = %v, %v", got.AccessKeyID, err)
				}
			})
		}
		wg.Wait()
		if y.asked != 1 || w.idc.authorized != 1 || w.idc.issued != 1 {
			t.Errorf("asked %d times, %d authorizations, %d tokens", y.asked, w.idc.authorized, w.idc.issued)
		}
	})
}

// Five processes each wait for the same log in: one of them runs it.
func TestOneLoginForAllProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.idc.approve, w.idc.pending = true, 10
		w.put(t, "corp", -time.Hour, "refreshToken", "")
		var wg sync.WaitGroup
		for range 5 {
			y := &yes{}
			m := w.manager(y.prompts())
			wg.Go(func() {
				got, err := m.RoleCredentials(t.Context(), w.session(t, m, "dev"), "1", "RO", true)
				if err != nil || got.AccessKeyID != "ASIA-new-1" {
					t.Errorf("credentials = %v, %v", got.AccessKeyID, err)
				}
			})
		}
		wg.Wait()
		if w.idc.authorized != 1 || w.idc.issued != 1 {
			t.Errorf("%d authorizations, %d tokens", w.idc.authorized, w.idc.issued)
		}
	})
}

// A log in done by the AWS CLI while ours waits is taken within two seconds.
func TestALoginElsewhereIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.put(t, "corp", -time.Hour, "refreshToken", "")
		y := &yes{}
		m := w.manager(y.prompts())
		time.AfterFunc(20*time.Second+300*time.Millisecond, func() { w.put(t, "corp", time.Hour, "accessToken", "by-the-cli") })
		start := time.Now()
		got, err := m.RoleCredentials(t.Context(), w.session(t, m, "dev"), "1", "RO", true)
		if err != nil || got.AccessKeyID != "ASIA-by-the-cli" || time.Since(start) > 23*time.Second {
			t.Errorf("credentials = %v, %v after %v", got.AccessKeyID, err, time.Since(start))
		}
	})
}

// While the person reads the question, the AWS CLI logs in: a yes then needs no
// second log in. Nor is there a question when it landed before.
func TestALoginDuringTheQuestionIsTaken(t *testing.T) {
	w := newWorld(t)
	w.idc.approve = true
	w.put(t, "corp", -time.Hour, "refreshToken", "")
	y := &yes{answer: func(context.Context) (bool, error) {
		w.put(t, "corp", time.Hour, "accessToken", "by-the-cli")
		return true, nil
	}}
	m := w.manager(y.prompts())
	got, err := m.RoleCredentials(t.Context(), w.session(t, m, "dev"), "1", "RO", true)
	if err != nil || got.AccessKeyID != "ASIA-by-the-cli" || w.idc.authorized != 0 || y.asked != 1 {
		t.Errorf("credentials = %v, %v; %d authorizations, asked %d times", got.AccessKeyID, err, w.idc.authorized, y.asked)
	}
	s := w.session(t, m, "dev")
	landed, err := m.offerLogin(t.Context(), s, m.expired(s, m.path(s), token{}, nil))
	if err != nil || landed.access.Reveal() != "by-the-cli" || y.asked != 1 {
		t.Errorf("a log in that landed before the question: %v, asked %d times", err, y.asked)
	}
}

// A question that nobody answers is answered by a log in done elsewhere, within
// two seconds.
func TestALoginElsewhereAnswersTheQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.put(t, "corp", -time.Hour, "refreshToken", "")
		y := &yes{answer: func(ctx context.Context) (bool, error) {
			<-ctx.Done()
			return false, ctx.Err()
		}}
		m := w.manager(y.prompts())
		const away = 20*time.Second + 300*time.Millisecond
		time.AfterFunc(10*time.Second, func() { w.put(t, "corp", -time.Minute, "accessToken", "ended too", "refreshToken", "") })
		time.AfterFunc(away, func() { w.put(t, "corp", time.Hour, "accessToken", "by-the-cli") })
		start := time.Now()
		got, err := m.RoleCredentials(t.Context(), w.session(t, m, "dev"), "1", "RO", true)
		if noticed := time.Since(start) - away; err != nil || got.AccessKeyID != "ASIA-by-the-cli" || noticed < 0 || noticed > 2*time.Second {
			t.Errorf("credentials = %v, %v, noticed after %v", got.AccessKeyID, err, noticed)
		}
		if y.asked != 1 || len(y.done) != 1 || y.done[0] != nil || w.idc.authorized != 0 {
			t.Errorf("asked %d times, done %v, %d log ins", y.asked, y.done, w.idc.authorized)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		w.put(t, "corp", -time.Hour, "refreshToken", "")
		if _, err := w.manager(y.prompts()).RoleCredentials(ctx, w.session(t, m, "dev"), "1", "RO", true); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a question that is given up: %v", err)
		}
	})
}

func TestWhoSaysNoKeepsTheFault(t *testing.T) {
	w := newWorld(t)
	w.put(t, "corp", -time.Hour, "refreshToken", "")
	y := &yes{answer: func(context.Context) (bool, error) { return false, nil }}
	m := w.manager(y.prompts())
	_, err := m.RoleCredentials(t.Context(), w.session(t, m, "dev"), "1", "RO", true)
	if fault.CodeOf(err) != fault.SSOExpired || w.idc.authorized != 0 {
		t.Errorf("error = %v", err)
	}
}

// The portal refuses a token that looks good: the log in follows, and the call
// goes on.
func TestARevokedTokenLeadsToALogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.idc.approve, w.idc.portal["AT"] = true, 401
		w.put(t, "corp", time.Hour, "refreshToken", "")
		y := &yes{}
		m := w.manager(y.prompts())
		got, err := m.RoleCredentials(t.Context(), w.session(t, m, "dev"), "1", "RO", true)
		if err != nil || got.AccessKeyID != "ASIA-new-1" || y.asked != 1 {
			t.Errorf("credentials = %v, %v, asked %d times", got.AccessKeyID, err, y.asked)
		}
	})
}

func TestNobodyToShowTheCode(t *testing.T) {
	w := newWorld(t)
	err := w.manager(Prompts{}).Login(t.Context(), LoginOptions{Name: "dev"})
	if f := fault.As(err); f == nil || f.Code != fault.LoginFailed || !strings.Contains(f.Remedy, "fairlead login dev") {
		t.Errorf("error = %v", err)
	}
}

func TestATokenThatCannotBeSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.idc.approve = true
		must(t, os.MkdirAll(filepath.Join(Session{Name: "corp"}.TokenFile(w.home), "in-the-way"), 0o700))
		y := &yes{}
		m := w.manager(y.prompts())
		if err := m.Login(t.Context(), LoginOptions{Name: "dev", Prompts: y.prompts()}); fault.CodeOf(err) != fault.LoginFailed {
			t.Errorf("the command says %v", err)
		}
		if got, err := m.RoleCredentials(t.Context(), w.session(t, m, "dev"), "1", "RO", true); err != nil || got.AccessKeyID != "ASIA-new-1" {
			t.Errorf("the waiting call got %v, %v", got.AccessKeyID, err)
		}
	})
}

// browse plays the browser: it follows the page's redirect after disturbing
// the listener in every way that must be ignored.
func browse(t *testing.T, page string, answer url.Values) {
	u, err := url.Parse(page)
	if err != nil {
		t.Error(err)
		return
	}
	q := u.Query()
	back := q.Get("redirect_uri")
	get := func(address, host string) (int, string) {
		req, err := http.NewRequest(http.MethodGet, address, nil)
		if err != nil {
			t.Error(err)
			return 0, ""
		}
		if host != "" {
			req.Host = host
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Error(err)
			return 0, ""
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(body)
	}
	good := url.Values{"state": {q.Get("state")}}
	for k, v := range answer {
		good[k] = v
	}
	if status, _ := get(back+"?code=evil&state=wrong", ""); status != 400 {
		t.Errorf("a wrong state is answered %d", status)
	}
	if status, _ := get(back+"?"+good.Encode(), "evil.example"); status != 404 {
		t.Errorf("a wrong Host is answered %d", status)
	}
	if status, _ := get(strings.Replace(back, callbackPath, "/other", 1)+"?"+good.Encode(), ""); status != 404 {
		t.Errorf("a wrong path is answered %d", status)
	}
	if status, body := get(back+"?"+good.Encode(), ""); status != 200 || !strings.Contains(body, "close this window") {
		t.Errorf("the right answer is answered %d %s", status, body)
	}
}

func TestBrowserLogin(t *testing.T) {
	w := newWorld(t)
	w.idc.rotate = true
	m := w.manager(Prompts{})
	var page string
	var visit sync.WaitGroup
	p := Prompts{OpenBrowser: func(_ context.Context, address string) error {
		page = address
		visit.Go(func() { browse(t, address, url.Values{"code": {"the-code"}}) })
		return nil
	}}
	must(t, m.Login(t.Context(), LoginOptions{Name: "dev", Method: MethodBrowser, Prompts: p, Timeout: 20 * time.Second}))
	visit.Wait()
	u, err := url.Parse(page)
	must(t, err)
	q := u.Query()
	if u.Host != "oidc.us-east-1.amazonaws.com" || u.Path != "/authorize" || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" ||
		q.Get("scopes") != "sso:account:access" || q.Get("client_id") != "client-1" {
		t.Errorf("page = %s", page)
	}
	if w.idc.lastToken["code"] != "the-code" || w.idc.lastToken["redirectUri"] != q.Get("redirect_uri") || len(w.idc.lastToken["codeVerifier"].(string)) != verifierLength {
		t.Errorf("token call = %v", w.idc.lastToken)
	}
	if w.idc.lastRegister["redirectUris"].([]any)[0] != redirectURI || w.idc.lastRegister["issuerUrl"] != "https://corp.awsapps.com/start" {
		t.Errorf("registration = %v", w.idc.lastRegister)
	}
	if state, err := m.State(t.Context(), "dev"); err != nil || state.Status != Valid {
		t.Errorf("state = %+v, %v", state, err)
	}
	// The client of the browser method is no use for a code, and the other way round.
	if _, ok := m.cachedRegistration(t.Context(), w.session(t, m, "dev"), false); ok {
		t.Error("the registration would be used for the device flow")
	}
}

// A wrong region shows only on the page in the browser; what is told at the
// end is the region, not the time.
func TestBrowserLoginAtTheWrongRegion(t *testing.T) {
	w := newWorld(t)
	w.idc.homeRegion = "eu-central-1"
	p := Prompts{OpenBrowser: func(context.Context, string) error { return nil }}
	err := w.manager(Prompts{}).Login(t.Context(), LoginOptions{Name: "dev", Method: MethodBrowser, Prompts: p, Timeout: 100 * time.Millisecond})
	f := fault.As(err)
	if f == nil || f.Code != fault.SSOWrongRegion {
		t.Fatalf("error = %v", err)
	}
	contains(t, f.Error()+f.Remedy, "belongs to eu-central-1", "set sso_region = eu-central-1 (", "config:")
}

func TestBrowserLoginRefusedOrImpossible(t *testing.T) {
	w := newWorld(t)
	m := w.manager(Prompts{})
	var visit sync.WaitGroup
	refusing := Prompts{OpenBrowser: func(_ context.Context, address string) error {
		visit.Go(func() { browse(t, address, url.Values{"error": {"access_denied"}}) })
		return nil
	}}
	err := m.Login(t.Context(), LoginOptions{Name: "dev", Method: MethodBrowser, Prompts: refusing, Timeout: 20 * time.Second})
	visit.Wait()
	if fault.CodeOf(err) != fault.LoginDenied {
		t.Errorf("refused: %v", err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer taken.Close()
	for name, c := range map[string]struct {
		o    LoginOptions
		code fault.Code
	}{
		"port taken": {LoginOptions{Name: "dev", Port: taken.Addr().(*net.TCPAddr).Port, Prompts: refusing}, fault.LoginFailed},
		"no browser": {LoginOptions{Name: "dev"}, fault.LoginFailed},
		"old form":   {LoginOptions{Name: "old", Prompts: refusing}, fault.Unsupported},
		"not opened": {LoginOptions{Name: "dev", Prompts: Prompts{OpenBrowser: func(context.Context, string) error { return errors.New("no display") }}}, fault.LoginFailed},
	} {
		c.o.Method = MethodBrowser
		if err := m.Login(t.Context(), c.o); fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}
