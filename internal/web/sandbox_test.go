package web

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/engine/enginetest"
	"github.com/fairleadhq/fairlead/internal/sandbox"
)

var box = enginetest.Sandbox{Options: sandbox.Options{Rows: 5000, AutoApprove: true, Expired: true}}

func TestMain(m *testing.M) { os.Exit(box.Main(m)) }

// atSandbox starts a server whose AWS is the sandbox, with an expired session.
func atSandbox(t *testing.T) (*sandbox.Server, *visitor) {
	t.Helper()
	b := box.Start(t)
	if err := b.Switches().Restart(); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"FAIRLEAD_KEYRING": "memory"}
	for name, value := range b.Ready().Env {
		env[name] = value
	}
	return b, visit(t, open(t, env)).enter()
}

// events reads the visitor's event stream until f returns true.
func (v *visitor) events(f func(event map[string]json.RawMessage) bool) {
	v.t.Helper()
	stream := v.begin("/api/events")
	defer stream.Close()
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var event map[string]json.RawMessage
		if err := json.Unmarshal([]byte(data), &event); err != nil {
			v.t.Fatal(err)
		}
		if f(event) {
			return
		}
	}
	v.t.Fatal("the events ended before what was waited for:", lines.Err())
}

// until waits for the run's end.
func (v *visitor) until(id string) runDoc {
	v.t.Helper()
	var doc runDoc
	v.events(func(map[string]json.RawMessage) bool {
		v.call("GET", "/api/runs/"+id, nil, &doc)
		return doc.Ended != nil
	})
	return doc
}

// One dialog, one log in, and both runs that waited go on by themselves.
func TestTwoRunsWaitForOneLogIn(t *testing.T) {
	b, v := atSandbox(t)
	before := b.Switches().Calls("sso-oidc.StartDeviceAuthorization")
	var one, two runDoc
	for text, to := range map[string]*runDoc{"select count(*) as n from orders": &one, "select 1 as x": &two} {
		if status := v.call("POST", "/api/runs", map[string]any{"connection": "sales", "text": text}, to); status != 200 {
			t.Fatal(status)
		}
	}
	dialogs := map[string]bool{}
	var login loginDoc
	v.events(func(e map[string]json.RawMessage) bool {
		if string(e["type"]) == `"login"` {
			if err := json.Unmarshal(e["login"], &login); err != nil {
				t.Fatal(err)
			}
			dialogs[login.ID] = true
		}
		return login.State == loginAsking && login.Waiting > 0
	})
	if login.Profile != "dev" || !strings.HasPrefix(login.Reason.Message, `SSO session expired for profile "dev"`) {
		t.Errorf("%+v", login)
	}
	var waiting runDoc
	v.call("GET", "/api/runs/"+one.ID, nil, &waiting)
	if waiting.State != stateWaiting || waiting.Login != login.ID {
		t.Errorf("the run says %s, %q", waiting.State, waiting.Login)
	}
	if status := v.call("POST", "/api/logins/"+login.ID+"/start", map[string]string{"method": "device"}, nil); status != 200 {
		t.Fatal(status)
	}
	for _, id := range []string{one.ID, two.ID} {
		if doc := v.until(id); doc.State != stateDone || doc.Results[0].Rows != 1 {
			t.Errorf("%+v", doc)
		}
	}
	var rows struct {
		Rows  [][]any
		Total int64
		Done  bool
	}
	v.call("GET", "/api/runs/"+one.ID+"/results/0/rows", nil, &rows)
	if rows.Total != 1 || !rows.Done || rows.Rows[0][0] != "5000" {
		t.Errorf("%+v", rows)
	}
	if n := b.Switches().Calls("sso-oidc.StartDeviceAuthorization") - before; n != 1 || len(dialogs) != 1 {
		t.Errorf("%d log ins in %d dialogs", n, len(dialogs))
	}
	var sessions []sessionDoc
	v.call("GET", "/api/sso/sessions", nil, &sessions)
	if len(sessions) == 0 || sessions[0].State != "valid" {
		t.Errorf("%+v", sessions)
	}
}

// Cancel in the dialog ends what waited with the named error and its button.
func TestCancelledLogIn(t *testing.T) {
	_, v := atSandbox(t)
	var one runDoc
	v.call("POST", "/api/runs", map[string]any{"connection": "shop", "text": `select * from "shop" where pk = 'CUSTOMER#1'`}, &one)
	var login loginDoc
	v.events(func(e map[string]json.RawMessage) bool {
		_ = json.Unmarshal(e["login"], &login)
		return login.Waiting > 0
	})
	if status := v.call("POST", "/api/logins/"+login.ID+"/cancel", struct{}{}, nil); status != 200 {
		t.Fatal(status)
	}
	doc := v.until(one.ID)
	f := doc.Results[0].Error
	if doc.State != stateFailed || f == nil || f.Code != "sso-expired" || len(f.Actions) == 0 || f.Actions[0] != (action{Kind: "login", Profile: "dev"}) {
		t.Errorf("%+v %+v", doc, f)
	}
}

// What the page asks by itself while somebody types opens no dialog.
func TestTypingOpensNoDialog(t *testing.T) {
	_, v := atSandbox(t)
	for path, body := range map[string]any{
		"POST /api/plan":                  map[string]any{"connection": "shop", "text": `select * from "shop"`},
		"GET /api/names?connection=sales": nil,
	} {
		method, at, _ := strings.Cut(path, " ")
		if status := v.call(method, at, body, nil); status != 200 {
			t.Errorf("%s: %d", path, status)
		}
	}
	if open := v.server.person.logins.open(); len(open) != 0 {
		t.Errorf("%+v", open)
	}
}
