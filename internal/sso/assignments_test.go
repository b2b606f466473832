package sso

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
)

func TestAssignments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.idc.accounts, w.idc.throttles = 3, 6
		w.put(t, "corp", time.Hour)
		m := w.manager(Prompts{})
		accounts, err := m.Assignments(t.Context(), w.session(t, m, "corp"))
		must(t, err)
		if len(accounts) != 3 || accounts[0].Name != "Account X" || accounts[0].ID != "000000000003" || len(accounts[0].Roles) != 0 {
			t.Fatalf("accounts = %+v", accounts)
		}
		if a := accounts[2]; a.ID != "000000000001" || len(a.Roles) != 2 || a.Roles[0] != "A" || a.Roles[1] != "Z" {
			t.Errorf("account = %+v", a)
		}
		if w.idc.throttles != 0 {
			t.Errorf("%d refusals were not met", w.idc.throttles)
		}
	})
}

// A portal that refuses for good ends the list with its word, and Ctrl-C at once.
func TestAssignmentsThatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.idc.accounts, w.idc.throttles = 3, 1000
		w.put(t, "corp", time.Hour)
		m := w.manager(Prompts{})
		if _, err := m.Assignments(t.Context(), w.session(t, m, "corp")); fault.CodeOf(err) != fault.Throttled {
			t.Errorf("error = %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if _, err := m.Assignments(ctx, w.session(t, m, "corp")); err == nil || time.Since(start) > 2*time.Second {
			t.Errorf("error = %v after %v", err, time.Since(start))
		}
	})
}

// A session that is not in the config file is brought up once and then used.
func TestLoginToANewSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.idc.approve = true
		m := w.manager(Prompts{})
		s := Session{Name: "new", StartURL: "https://new.awsapps.com/start", Region: "eu-west-1", Scopes: []string{DefaultScope}}
		y := &yes{}
		for range 2 {
			must(t, m.LoginSession(t.Context(), s, LoginOptions{Prompts: y.prompts()}, false))
		}
		if w.idc.authorized != 1 {
			t.Errorf("%d log ins, want 1", w.idc.authorized)
		}
		w.idc.portal["new-1"] = 401 // ended elsewhere
		must(t, m.LoginSession(t.Context(), s, LoginOptions{Prompts: y.prompts()}, false))
		if w.idc.authorized != 2 {
			t.Errorf("%d log ins after the end elsewhere, want 2", w.idc.authorized)
		}
	})
}

func TestFindRegion(t *testing.T) {
	for home, want := range map[string]string{"us-east-1": "us-east-1", "eu-north-1": "eu-north-1", "af-south-1": ""} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.idc.homeRegion = home
			if got := w.manager(Prompts{}).FindRegion(t.Context(), Session{Name: "x", StartURL: "https://corp.awsapps.com/start"}); got != want {
				t.Errorf("found %q, want %q", got, want)
			}
		})
	}
}

func TestStartURL(t *testing.T) {
	for text, want := range map[string]string{
		"my-company":                                "https://my-company.awsapps.com/start",
		" https://corp.awsapps.com/start#/ ":        "https://corp.awsapps.com/start",
		"https://corp.awsapps.com/start/#/?tab=x":   "https://corp.awsapps.com/start",
		"corp.awsapps.com/start/":                   "https://corp.awsapps.com/start",
		"http://127.0.0.1:4566/start":               "http://127.0.0.1:4566/start",
		"https://ssoins-1.portal.us-east-1.app.aws": "https://ssoins-1.portal.us-east-1.app.aws",
		"":                    "",
		"ftp://corp":          "",
		"no start url":        "",
		"https://a:b@corp/":   "",
		"https://corp/a\n[x]": "",
	} {
		got, err := StartURL(text)
		if got != want && err == nil || (err != nil) != (want == "") {
			t.Errorf("StartURL(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
}
