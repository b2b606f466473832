package sso

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
)

func TestParseTime(t *testing.T) {
	want := time.Date(2026, 11, 23, 10, 11, 12, 0, time.UTC)
	for _, text := range []string{
		"2026-11-23T10:11:12Z", "2026-11-23T10:11:12UTC", "2026-11-23T12:11:12+02:00", "2026-11-23T12:11:12+0200",
		"2026-11-23T10:11:12", "2026-11-23 10:11:12", "2026-11-23T10:11:12.000Z", "20261123T101112Z",
	} {
		if got, err := ParseTime(text); err != nil || !got.Equal(want) {
			t.Errorf("%s = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "soon", "2026-11-23T10:11:12+99", "2026-13-23T10:11:12Z"} {
		if got, err := ParseTime(text); err == nil {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
}

// The names that AWS CLI 2.9.19 gave to its files for these sessions.
func TestCacheNamesAreTheCLIs(t *testing.T) {
	m := NewManager(Options{Env: func(string) string { return "h" }})
	url := "https://demo.awsapps.com/start"
	named := Session{Name: "demo", StartURL: url, Region: "us-east-1", Scopes: []string{"sso:account:access"}}
	legacy := Session{StartURL: url, Region: "us-east-1"}
	for what, c := range map[string]struct{ got, want string }{
		"token of a session":           {named.TokenFile("h"), "89e495e7941cf9e40e6980d14a16bf023ccd4c91"},
		"token of a start URL":         {legacy.TokenFile("h"), "e4fbf2ca8766b8176cb643281dfab66ce6a6e66f"},
		"registration of a session":    {m.registrationPath(named), "823ee459"},
		"registration of a start URL":  {m.registrationPath(legacy), "e4c88b88"},
		"session of another file name": {Session{Name: "corp"}.TokenFile("h"), "ee0bfd25"},
	} {
		if !strings.HasPrefix(filepath.Base(c.got), c.want) {
			t.Errorf("%s = %s, want %s…", what, filepath.Base(c.got), c.want)
		}
	}
	if got := PythonString("a\"\\\té\U0001F600"); got != `"a\"\\\t\u00e9\ud83d\ude00"` {
		t.Errorf("PythonString = %s", got)
	}
}

func TestAValidTokenNeedsNobody(t *testing.T) {
	w := newWorld(t)
	w.put(t, "corp", time.Hour)
	m := w.manager(Prompts{})
	got, err := m.RoleCredentials(t.Context(), w.session(t, m, "dev"), "111122223333", "RO", true)
	must(t, err)
	if got.AccessKeyID != "ASIA-AT" || got.AccountID != "111122223333" || !got.CanExpire || w.idc.refreshed != 0 {
		t.Errorf("credentials = %+v, %d refreshes", got, w.idc.refreshed)
	}
}

// Ten callers in each of three processes meet the same expired token.
func TestOneRefreshForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.idc.refresh, w.idc.rotate = "RT", true
		path := w.put(t, "corp", -time.Minute, "custom", "kept")
		var wg sync.WaitGroup
		for range 3 {
			m := w.manager(Prompts{})
			for _, profile := range []string{"dev", "prod", "dev", "prod", "dev", "prod", "dev", "prod", "dev", "prod"} {
				wg.Go(func() {
					got, err := m.RoleCredentials(t.Context(), w.session(t, m, profile), "1", "RO", false)
					if err != nil || got.AccessKeyID != "ASIA-new-1" {
						t.Errorf("credentials = %v, %v", got.AccessKeyID, err)
					}
				})
			}
		}
		wg.Wait()
		if w.idc.refreshed != 1 {
			t.Errorf("%d refreshes, want 1", w.idc.refreshed)
		}
		data, err := os.ReadFile(path)
		must(t, err)
		var fields map[string]string
		must(t, json.Unmarshal(data, &fields))
		for key, want := range map[string]string{"accessToken": "new-1", "refreshToken": "refresh-1", "custom": "kept", "clientId": "cid",
			"startUrl": "https://corp.awsapps.com/start", "expiresAt": FormatTime(time.Now().Add(time.Hour))} {
			if fields[key] != want {
				t.Errorf("%s = %q, want %q", key, fields[key], want)
			}
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode = %v, %v", info.Mode(), err)
		}
		leftovers(t, w.home)
	})
}

func TestTheOldRefreshTokenIsKept(t *testing.T) {
	w := newWorld(t)
	w.idc.refresh = "RT"
	path := w.put(t, "corp", -time.Minute)
	m := w.manager(Prompts{})
	_, err := m.RoleCredentials(t.Context(), w.session(t, m, "dev"), "1", "RO", false)
	must(t, err)
	tok, err := parseFile(path)
	must(t, err)
	if tok.refresh.Reveal() != "RT" || tok.access.Reveal() != "new-1" {
		t.Errorf("token = %+v", tok)
	}
}

// A refresh token for single use was used a moment before by somebody who
// takes no lock.
func TestInvalidGrantReadsTheFileAgain(t *testing.T) {
	w := newWorld(t)
	w.put(t, "corp", -time.Minute)
	w.idc.onRefuse = func() { w.put(t, "corp", time.Hour, "accessToken", "by-another", "refreshToken", "other") }
	m := w.manager(Prompts{})
	got, err := m.RoleCredentials(t.Context(), w.session(t, m, "dev"), "1", "RO", false)
	if err != nil || got.AccessKeyID != "ASIA-by-another" || w.idc.refreshed != 1 {
		t.Errorf("credentials = %v, %v, %d refreshes", got.AccessKeyID, err, w.idc.refreshed)
	}
}

func TestWhySessionsAreDead(t *testing.T) {
	for _, c := range []struct {
		name, profile string
		left          time.Duration
		pairs         []string
		portal        int
		code          fault.Code
		says          []string
	}{
		{"no refresh token", "dev", -3 * time.Hour, []string{"refreshToken", ""}, 0, fault.SSOExpired,
			[]string{`SSO session expired for profile "dev"`, "ended 3 h 00 min ago", "no refresh token"}},
		{"refresh refused", "dev", -time.Minute, nil, 0, fault.SSOExpired, []string{`SSO session expired for profile "dev"`, "refresh was refused"}},
		{"registration ended", "dev", -time.Minute, []string{"registrationExpiresAt", "2020-01-01T00:00:00Z"}, 0, fault.SSOExpired, []string{"registration has ended"}},
		{"refused by the portal", "dev", time.Hour, []string{"refreshToken", ""}, 401, fault.SSORevoked, []string{`SSO session revoked for profile "dev"`, "no longer accepts"}},
		{"no assignment", "dev", time.Hour, nil, 403, fault.SSONoAssignment, []string{"Role RO in account 1 is not assigned", `"dev"`}},
		{"unknown account", "dev", time.Hour, nil, 404, fault.SSONoAssignment, []string{"not assigned"}},
		{"lacks the token", "dev", time.Hour, []string{"accessToken", ""}, 0, fault.SSOAbsent, []string{`No SSO session for profile "dev" yet`, "no accessToken"}},
		{"lacks its date", "dev", time.Hour, []string{"expiresAt", ""}, 0, fault.SSOAbsent, []string{"expiresAt"}},
		{"never logged in", "old", time.Hour, nil, 0, fault.SSOAbsent, []string{`No SSO session for profile "old" yet`, "no token yet"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.put(t, "corp", c.left, c.pairs...)
			w.idc.portal["AT"] = c.portal
			m := w.manager(Prompts{})
			_, err := m.RoleCredentials(t.Context(), w.session(t, m, c.profile), "1", "RO", true)
			f := fault.As(err)
			if f == nil || f.Code != c.code {
				t.Fatalf("error = %v, want %s", err, c.code)
			}
			contains(t, f.Error(), c.says...)
			if c.code != fault.SSONoAssignment {
				contains(t, f.Remedy, "fairlead login "+c.profile)
			}
			for _, hidden := range []string{"RT", "AT\"", "cs"} {
				if strings.Contains(f.Error(), `"`+hidden+`"`) {
					t.Errorf("%q is shown: %v", hidden, f)
				}
			}
		})
	}
}

func TestALegacyTokenIsNeverRefreshed(t *testing.T) {
	w := newWorld(t)
	w.idc.refresh = "RT"
	path := Session{StartURL: "https://old.awsapps.com/start"}.TokenFile(w.home)
	must(t, os.Rename(w.put(t, "corp", -time.Minute), path))
	m := w.manager(Prompts{})
	_, err := m.RoleCredentials(t.Context(), w.session(t, m, "old"), "1", "RO", false)
	if fault.CodeOf(err) != fault.SSOExpired || w.idc.refreshed != 0 || w.idc.roles != 0 {
		t.Errorf("error = %v, %d refreshes, %d calls", err, w.idc.refreshed, w.idc.roles)
	}
}

// A refresh that fails early is not repeated at every call.
func TestAFailedEarlyRefreshHarmsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.put(t, "corp", 5*time.Minute)
		m := w.manager(Prompts{})
		s := w.session(t, m, "dev")
		for range 5 {
			got, err := m.RoleCredentials(t.Context(), s, "1", "RO", false)
			if err != nil || got.AccessKeyID != "ASIA-AT" {
				t.Fatalf("credentials = %v, %v", got.AccessKeyID, err)
			}
		}
		if w.idc.refreshed != 1 {
			t.Errorf("%d refreshes within a minute, want 1", w.idc.refreshed)
		}
		time.Sleep(retryAfter)
		_, err := m.RoleCredentials(t.Context(), s, "1", "RO", false)
		must(t, err)
		if w.idc.refreshed != 2 {
			t.Errorf("%d refreshes after a minute, want 2", w.idc.refreshed)
		}
	})
}

func TestATruncatedFileIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		path := w.put(t, "corp", time.Hour)
		whole, err := os.ReadFile(path)
		must(t, err)
		must(t, os.WriteFile(path, whole[:len(whole)/2], 0o600))
		go func() {
			time.Sleep(rereadPause + time.Millisecond)
			_ = os.WriteFile(path, whole, 0o600)
		}()
		if _, err := readToken(t.Context(), path); err != nil {
			t.Errorf("the file was whole in the end: %v", err)
		}
		must(t, os.WriteFile(path, whole[:len(whole)/2], 0o600))
		var bad *unreadableError
		if _, err := readToken(t.Context(), path); !errors.As(err, &bad) || strings.Contains(err.Error(), "AT\"") {
			t.Errorf("error = %v", err)
		}
	})
}

func TestAReadOnlyCacheStillServes(t *testing.T) {
	if os.Geteuid() == 0 {
		// root writes everywhere: stand a folder in the way of the file instead
		w := newWorld(t)
		w.idc.refresh = "RT"
		path := w.put(t, "corp", -time.Minute)
		m := w.manager(Prompts{})
		s := w.session(t, m, "dev")
		old, err := parseFile(path)
		must(t, err)
		must(t, os.Remove(path))
		must(t, os.MkdirAll(filepath.Join(path, "in-the-way"), 0o700))
		got, err := m.refresh(t.Context(), s, old)
		if err != nil || got.access.Reveal() != "new-1" {
			t.Fatalf("refresh = %v", err)
		}
		if again, err := m.silentToken(t.Context(), s); err != nil || again.access != got.access {
			t.Errorf("the token in memory is not used: %v", err)
		}
		return
	}
	w := newWorld(t)
	w.idc.refresh = "RT"
	path := w.put(t, "corp", -time.Minute)
	must(t, os.Chmod(filepath.Dir(path), 0o500))
	t.Cleanup(func() { _ = os.Chmod(filepath.Dir(path), 0o700) })
	m := w.manager(Prompts{})
	got, err := m.RoleCredentials(t.Context(), w.session(t, m, "dev"), "1", "RO", false)
	if err != nil || got.AccessKeyID != "ASIA-new-1" {
		t.Errorf("credentials = %v, %v", got.AccessKeyID, err)
	}
}

func TestStates(t *testing.T) {
	for _, c := range []struct {
		left  time.Duration
		pairs []string
		want  Status
		login bool
	}{
		{time.Hour, nil, Valid, false},
		{5 * time.Minute, nil, Expiring, false},
		{-time.Minute, nil, Refreshable, false},
		{-time.Minute, []string{"refreshToken", ""}, Expired, true},
		{-time.Minute, []string{"registrationExpiresAt", "2020-01-01T00:00:00Z"}, RegistrationExpired, true},
		{time.Hour, []string{"accessToken", ""}, Unreadable, true},
	} {
		w := newWorld(t)
		w.put(t, "corp", c.left, c.pairs...)
		states, err := w.manager(Prompts{}).States(t.Context())
		must(t, err)
		if len(states) != 2 || states[0].Status != c.want || states[0].Status.NeedsLogin() != c.login || strings.Join(states[0].Profiles, " ") != "dev prod" {
			t.Errorf("%v %v = %+v, want %s", c.left, c.pairs, states, c.want)
		}
		if states[1].Status != Absent || states[1].Session.Name != "" || states[1].Profiles[0] != "old" {
			t.Errorf("the old form = %+v", states[1])
		}
	}
	w := newWorld(t)
	path := w.put(t, "corp", time.Hour)
	data, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, []byte(strings.TrimSuffix(string(data), "}")+`,"scopes":["codewhisperer:completions"]}`), 0o600))
	state, err := w.manager(Prompts{}).State(t.Context(), "prod")
	if err != nil || state.Status != Foreign {
		t.Errorf("a foreign token is %s, %v", state.Status, err)
	}
}

// The file says an hour; only the portal knows better.
func TestProbe(t *testing.T) {
	for _, c := range []struct {
		name    string
		portal  int
		refresh string // the refresh token that the service accepts
		want    Status
	}{
		{"good", 0, "", Valid},
		{"ended, but the refresh works", 401, "RT", Valid},
		{"ended for good", 401, "", Revoked},
	} {
		w := newWorld(t)
		w.put(t, "corp", time.Hour)
		w.idc.portal["AT"], w.idc.refresh = c.portal, c.refresh
		state, err := w.manager(Prompts{}).Probe(t.Context(), "dev")
		if err != nil || state.Status != c.want || state.Status.NeedsLogin() != (c.want == Revoked) {
			t.Errorf("%s = %+v, %v, want %s", c.name, state, err, c.want)
		}
	}
	w := newWorld(t)
	if state, err := w.manager(Prompts{}).Probe(t.Context(), "dev"); err != nil || state.Status != Absent {
		t.Errorf("absent = %+v, %v", state, err)
	}
	synctest.Test(t, func(t *testing.T) { // the client's retries take no time here
		w.put(t, "corp", time.Hour)
		w.idc.portal["AT"] = 500
		if _, err := w.manager(Prompts{}).Probe(t.Context(), "dev"); fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("unavailable = %v", err)
		}
	})
}

// Whatever the portal says of the token, a clock that is off comes first: a log
// in would not help, and AWS refuses every signature.
func TestProbeWithAClockThatIsOff(t *testing.T) {
	for _, c := range []struct {
		name   string
		ahead  time.Duration // of the service's clock
		portal int
		left   time.Duration // of the token, by this machine's clock
		want   Status
		detail string
	}{
		{"behind", 10 * time.Minute, 0, time.Hour, ClockSkewed, " behind AWS's"},
		{"ahead", -10 * time.Minute, 0, time.Hour, ClockSkewed, " ahead of AWS's"},
		{"refused", -10 * time.Minute, 401, time.Hour, ClockSkewed, "clock is "},
		{"out of order", 10 * time.Minute, 500, time.Hour, ClockSkewed, "clock is "},
		{"the refresh is refused, which tells no time", 10 * time.Minute, 0, -time.Hour, Revoked, ""},
		{"near enough", 4 * time.Minute, 0, time.Hour, Valid, ""},
	} {
		synctest.Test(t, func(t *testing.T) { // the client's retries take no time here
			w := newWorld(t)
			w.put(t, "corp", c.left)
			w.idc.ahead, w.idc.portal["AT"] = c.ahead, c.portal
			m := w.manager(Prompts{})
			state, err := m.Probe(t.Context(), "dev")
			if err != nil || state.Status != c.want || !strings.Contains(state.Detail, c.detail) {
				t.Errorf("%s = %+v, %v, want %s", c.name, state, err, c.want)
			}
			if f := state.ClockFault("dev"); c.want == ClockSkewed && (state.Status.NeedsLogin() || f.Code != fault.ClockSkew || !strings.Contains(f.Error(), c.detail)) {
				t.Errorf("%s: %v", c.name, f)
			}
		})
	}
}

func TestFindNamesWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	m := w.manager(Prompts{})
	for name, want := range map[string]fault.Code{"nope": fault.ProfileMissing, "keys": fault.Usage} {
		if _, err := m.Find(name); fault.CodeOf(err) != want {
			t.Errorf("Find(%q) = %v, want %s", name, err, want)
		}
	}
	if s, err := m.Find("corp"); err != nil || s.Name != "corp" {
		t.Errorf("Find by session = %+v, %v", s, err)
	}
}

func TestLogout(t *testing.T) {
	w := newWorld(t)
	path := w.put(t, "corp", time.Hour)
	m := w.manager(Prompts{})
	must(t, m.Logout(t.Context(), "dev"))
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) || w.idc.loggedOut != 1 {
		t.Errorf("file: %v, %d calls", err, w.idc.loggedOut)
	}
	must(t, m.Logout(t.Context(), "dev")) // again: nothing to do
	if state, err := m.State(context.Background(), "dev"); err != nil || state.Status != Absent {
		t.Errorf("state = %+v, %v", state, err)
	}
}

func FuzzToken(f *testing.F) {
	for _, seed := range []string{`{}`, `{"accessToken":"a","expiresAt":"2026-01-01T00:00:00Z"}`, `{"accessToken":1}`, `[`, `{"accessToken":"a","expiresAt":"2026-01-01T00:00:00UTC","x":{"y":[1,2]},"scopes":["sso:a"]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tok, err := parseToken(data)
		if err != nil {
			return
		}
		out, err := tok.encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseToken(out)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, out)
		}
		if again.access != tok.access || !again.expires.Equal(tok.expires.Truncate(time.Second)) || len(again.unknown) != len(tok.unknown) {
			t.Fatalf("%+v became %+v", tok, again)
		}
	})
}
