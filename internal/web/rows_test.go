package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
)

// signedIn is atSandbox with the log in done.
func signedIn(t *testing.T) *visitor {
	t.Helper()
	_, v := atSandbox(t)
	v.logIn()
	return v
}

// logIn has the expired session renewed.
func (v *visitor) logIn() {
	v.t.Helper()
	var login loginDoc
	if status := v.call("POST", "/api/sso/login", map[string]string{"profile": "dev", "method": "device"}, &login); status != 200 {
		v.t.Fatal(status)
	}
	v.events(func(map[string]json.RawMessage) bool {
		var sessions []sessionDoc
		v.call("GET", "/api/sso/sessions", nil, &sessions)
		return len(sessions) > 0 && sessions[0].State == "valid"
	})
}

// run runs a text and waits for its end.
func (v *visitor) run(connection, text string, more map[string]any) runDoc {
	v.t.Helper()
	body := map[string]any{"connection": connection, "text": text}
	for k, value := range more {
		body[k] = value
	}
	var doc runDoc
	if status := v.call("POST", "/api/runs", body, &doc); status != 200 {
		v.t.Fatalf("%s: %d", text, status)
	}
	return v.until(doc.ID)
}

type rowsDoc struct {
	From  int64   `json:"from"`
	Total int64   `json:"total"`
	Done  bool    `json:"done"`
	Rows  [][]any `json:"rows"`
}

const series = `select n, case when n % 3 = 0 then null else 'row ' || cast(n as varchar) end as name, n % 7 as k
from unnest(sequence(1, 3000)) as t(n)`

func TestRowsByWindowViewAndFind(t *testing.T) {
	v := signedIn(t)
	doc := v.run("sales", series, nil)
	if doc.State != stateDone || doc.Results[0].Rows != 3000 || !doc.Results[0].Kept {
		t.Fatalf("%+v", doc)
	}
	if k := doc.Results[0].Columns; len(k) != 3 || k[0].Kind != "number" || k[1].Kind != "text" {
		t.Errorf("%+v", k)
	}
	at := "/api/runs/" + doc.ID + "/results/0"
	var rows rowsDoc
	v.call("GET", at+"/rows?from=2990&count=100", nil, &rows)
	if rows.Total != 3000 || len(rows.Rows) != 10 || rows.Rows[0][0] != "2991" || rows.Rows[0][1] != nil || rows.Rows[1][1] != "row 2992" {
		t.Errorf("%+v", rows)
	}
	var view struct {
		View  string
		Total int64
	}
	v.call("POST", at+"/view", map[string]any{
		"sort":   []any{map[string]any{"column": 0, "descending": true}},
		"filter": []any{map[string]any{"column": 2, "op": "eq", "value": "5"}, map[string]any{"column": 1, "op": "notnull"}},
	}, &view)
	v.call("GET", at+"/rows?count=2&view="+view.View, nil, &rows)
	// Of 1 to 3000 those that leave 5 by 7 and no 0 by 3, the greatest first.
	want := []string{}
	for n := 3000; n > 0 && len(want) < 2; n-- {
		if n%7 == 5 && n%3 != 0 {
			want = append(want, fmt.Sprint(n))
		}
	}
	if view.Total != 285 || rows.Rows[0][0] != want[0] || rows.Rows[1][0] != want[1] {
		t.Errorf("%+v %+v, want %v", view, rows, want)
	}
	var found struct{ Row, Column int64 }
	v.call("GET", at+"/find?text=row+2000&from=0", nil, &found)
	if found.Row != 1999 || found.Column != 1 {
		t.Errorf("%+v", found)
	}
	if status, _, data := v.request("GET", at+"/find?text=nowhere", nil, nil); status != 200 || string(data) != "null" {
		t.Errorf("%d %s", status, data)
	}
	_, _, text := v.request("POST", at+"/copy", map[string]any{"format": "csv", "rows": [2]int{1, 3}, "columns": []int{1, 0}}, nil)
	if string(text) != "name,n\nrow 2,2\n,3\n" {
		t.Errorf("%q", text)
	}
	for _, query := range []string{"/rows?from=-1", "/rows?from=x", "/cell?row=9999&column=0", "/cell?row=0&column=9", "/rows?view=gone", "/chart?kind=pie&x=0", "/chart?kind=bar&x=77&agg=count"} {
		if status, _, _ := v.request("GET", at+query, nil, nil); status < 400 || status >= 500 {
			t.Errorf("%s: %d", query, status)
		}
	}
	var chart chartDoc
	v.call("GET", at+"/chart?kind=bar&x=2&y=0&agg=count", nil, &chart)
	if len(chart.Points) != 7 || chart.XType != "number" || chart.Rows != 3000 {
		t.Errorf("%+v", chart)
	}
	v.call("GET", at+"/chart?kind=histogram&x=0&bins=10", nil, &chart)
	if len(chart.Points) != 10 || chart.Points[0][1] != 300.0 {
		t.Errorf("%+v", chart)
	}
}

// A download streams to who has a ticket, once.
func TestDownload(t *testing.T) {
	v := signedIn(t)
	doc := v.run("sales", series, nil)
	path := "/api/runs/" + doc.ID + "/results/0/download?format=jsonl&name=" + url.QueryEscape("my report")
	var ticket struct{ URL string }
	if status := v.call("POST", "/api/ticket", map[string]string{"path": path}, &ticket); status != 200 {
		t.Fatal(status)
	}
	key := v.key
	v.key = "" // a browser that follows a link has only the cookie
	status, header, data := v.request("GET", ticket.URL, nil, nil)
	if status != 200 || strings.Count(string(data), "\n") != 3000 || !strings.Contains(header.Get("Content-Disposition"), "my%20report.jsonl") {
		t.Errorf("%d %v %d lines", status, header, strings.Count(string(data), "\n"))
	}
	for _, other := range []string{"format=parquet", "format=xlsx", "format=insert&table=t", "format=csv&compress=gz", "format=arrow&compress=zst"} {
		v.key = key
		if status := v.call("POST", "/api/ticket", map[string]string{"path": "/api/runs/" + doc.ID + "/results/0/download?" + other}, &ticket); status != 200 {
			t.Fatal(other, status)
		}
		v.key = ""
		if status, _, data := v.request("GET", ticket.URL, nil, nil); status != 200 || len(data) < 1000 {
			t.Errorf("%s: %d, %d bytes", other, status, len(data))
		}
	}
	if status, _, _ := v.request("GET", ticket.URL, nil, nil); status != http.StatusUnauthorized {
		t.Errorf("a ticket was good twice: %d", status)
	}
	v.key = key
	for _, other := range []string{"/api/info", "/api/runs/x/download/../../info", "//evil.example/download", "/api/runs"} {
		if status := v.call("POST", "/api/ticket", map[string]string{"path": other}, nil); status != http.StatusBadRequest {
			t.Errorf("a ticket for %s: %d", other, status)
		}
	}
}

// Long cells come cut and can be asked for whole; what they hold stays text.
func TestHostileCells(t *testing.T) {
	v := signedIn(t)
	doc := v.run("sales", `select '<script>alert(1)</script>' as "<b>", array_join(repeat('é', 5000), '') as long, chr(8238) || 'gnp.exe' as bidi, chr(7) as bell, '' as empty, cast(null as varchar) as nothing`, nil)
	at := "/api/runs/" + doc.ID + "/results/0"
	var rows rowsDoc
	v.call("GET", at+"/rows", nil, &rows)
	if len(rows.Rows) != 1 {
		t.Fatalf("%+v", doc.Results[0].Error)
	}
	row := rows.Rows[0]
	if row[0] != "<script>alert(1)</script>" || row[2] != "\u202egnp.exe" || row[3] != "\a" || row[4] != "" || row[5] != nil {
		t.Errorf("%q", row)
	}
	long, ok := row[1].(map[string]any)
	if !ok || long["n"] != 5000.0 || long["t"] != strings.Repeat("é", longCell) {
		t.Errorf("%v", row[1])
	}
	_, header, whole := v.request("GET", at+"/cell?row=0&column=1", nil, nil)
	if string(whole) != strings.Repeat("é", 5000) || header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("%d bytes as %s", len(whole), header.Get("Content-Type"))
	}
}

// Several statements have a result each; what follows a failure is not run, and
// the position is told as it stands in the tab.
func TestSeveralStatements(t *testing.T) {
	v := signedIn(t)
	doc := v.run("sales", "select 1 as a;\n\n  select nothing_there from orders;\nselect 3 as c", map[string]any{"offset_line": 10})
	states := []string{}
	for _, res := range doc.Results {
		states = append(states, res.State)
	}
	if strings.Join(states, " ") != "done failed skipped" || doc.State != stateFailed {
		t.Errorf("%v", states)
	}
	f := doc.Results[1].Error
	if f == nil || f.Service == nil || f.Service.Line != 13 {
		t.Errorf("%+v", f)
	}
	doc = v.run("sales", "select :n + 1 as n", map[string]any{"params": []any{map[string]any{"name": "n", "type": "number", "value": "41"}}})
	var rows rowsDoc
	v.call("GET", "/api/runs/"+doc.ID+"/results/0/rows", nil, &rows)
	if len(rows.Rows) != 1 || rows.Rows[0][0] != "42" {
		t.Errorf("%+v %+v", rows, doc.Results[0].Error)
	}
}

// A kept result is shown again without a call to the service.
func TestHistoryOpensWithoutRunning(t *testing.T) {
	b, v := atSandbox(t)
	v2 := signedIn(t)
	_ = v
	doc := v2.run("sales", "select 42 as answer", nil)
	id := doc.Results[0].Journal
	if status := v2.call("DELETE", "/api/runs/"+doc.ID, nil, nil); status != http.StatusNoContent {
		t.Fatal(status)
	}
	before := b.Switches().Calls("athena.StartQueryExecution")
	var history []historyDoc
	v2.call("GET", "/api/history?search=42+as+answer", nil, &history)
	if len(history) == 0 || history[0].ID != id || !history[0].Kept {
		t.Fatalf("%+v", history)
	}
	var again runDoc
	if status := v2.call("POST", "/api/history/"+id+"/open", struct{}{}, &again); status != 200 {
		t.Fatal(status)
	}
	var rows rowsDoc
	v2.call("GET", "/api/runs/"+again.ID+"/results/0/rows", nil, &rows)
	if len(rows.Rows) != 1 || rows.Rows[0][0] != "42" {
		t.Errorf("%+v", rows)
	}
	if n := b.Switches().Calls("athena.StartQueryExecution"); n != before {
		t.Errorf("%d statements were sent", n-before)
	}
	// Closing it leaves the history's rows where they are.
	v2.call("DELETE", "/api/runs/"+again.ID, nil, nil)
	if status := v2.call("POST", "/api/history/"+id+"/open", struct{}{}, nil); status != 200 {
		t.Error("the kept rows are gone")
	}
	if status := v2.call("DELETE", "/api/history/"+id, nil, nil); status != http.StatusNoContent {
		t.Error(status)
	}
	if status := v2.call("POST", "/api/history/"+id+"/open", struct{}{}, nil); status != http.StatusNotFound {
		t.Error(status)
	}
}

// Cancel stops the statement in AWS too.
func TestCancelStopsTheStatement(t *testing.T) {
	b, _ := atSandbox(t)
	v := signedIn(t)
	before := b.Switches().Calls("athena.StopQueryExecution")
	var doc runDoc
	v.call("POST", "/api/runs", map[string]any{"connection": "sales", "text": "select count(*) from orders a, orders b, orders c"}, &doc)
	v.events(func(map[string]json.RawMessage) bool {
		v.call("GET", "/api/runs/"+doc.ID, nil, &doc)
		return doc.Results[0].Progress != nil || doc.Ended != nil
	})
	v.call("POST", "/api/runs/"+doc.ID+"/cancel", struct{}{}, nil)
	if doc = v.until(doc.ID); doc.State != stateCancelled {
		t.Errorf("%s %+v", doc.State, doc.Results[0].Error)
	}
	if b.Switches().Calls("athena.StopQueryExecution") == before {
		t.Error("Athena was not told")
	}
}

// Two pages edit one connection: the second is told instead of overwriting.
func TestTwoPagesEditOneConnection(t *testing.T) {
	_, v := atSandbox(t)
	var made connectionDoc
	entry := map[string]any{"engine": "athena", "profile": "dev", "params": map[string]string{"database": "sales"}}
	if status := v.call("PUT", "/api/connections/mine", entry, &made); status != 200 {
		t.Fatal(status)
	}
	if status := v.call("PUT", "/api/connections/mine", entry, nil); status < 400 {
		t.Error("a new connection took the place of another")
	}
	entry["revision"], entry["label"] = made.Revision, "production"
	if status := v.call("PUT", "/api/connections/mine", entry, &made); status != 200 || !made.Production {
		t.Errorf("%d %+v", status, made)
	}
	entry["label"] = "test" // with the revision of before
	if status := v.call("PUT", "/api/connections/mine", entry, nil); status != http.StatusConflict {
		t.Errorf("an older page overwrote: %d", status)
	}
	// A write on production asks first.
	doc := v.run("mine", "drop table nothing_at_all", nil)
	if f := doc.Results[0].Error; f == nil || f.Code != "guarded" {
		t.Errorf("%+v", f)
	}
	entry["revision"], entry["rename_from"], entry["label"] = made.Revision, "mine", ""
	if status := v.call("PUT", "/api/connections/ours", entry, nil); status != 200 {
		t.Error(status)
	}
	if status := v.call("DELETE", "/api/connections/mine", nil, nil); status != http.StatusNotFound {
		t.Errorf("the old name is still there: %d", status)
	}
	if status := v.call("DELETE", "/api/connections/ours", nil, nil); status != http.StatusNoContent {
		t.Error(status)
	}
}

// No secret that was saved is ever sent to the page.
func TestSavedSecretsStayHere(t *testing.T) {
	b, v := atSandbox(t)
	ready := b.Ready()
	keys := map[string]any{"source": "static", "access_key_id": ready.AccessKeyID, "secret_access_key": ready.SecretAccessKey,
		"region": "us-east-1", "storage": "memory", "verify": true}
	if status, _, data := v.request("PUT", "/api/auths/keys", keys, nil); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, data)
	}
	wrong := map[string]any{"source": "static", "access_key_id": ready.AccessKeyID, "secret_access_key": "wrong/" + ready.SecretAccessKey, "region": "us-east-1"}
	_, _, said := v.request("POST", "/api/auths/check", wrong, nil)
	if !strings.Contains(string(said), `"ok":false`) {
		t.Errorf("%s", said)
	}
	all := string(said)
	for _, path := range []string{"/api/auths", "/api/connections", "/api/info", "/api/profiles", "/api/history", "/api/workspace"} {
		_, _, data := v.request("GET", path, nil, nil)
		all += string(data)
	}
	for _, secret := range []string{ready.SecretAccessKey, "wrong/" + ready.SecretAccessKey, v.server.token.Reveal()} {
		if strings.Contains(all, secret) {
			t.Error("a secret was sent to the page")
		}
	}
	if status := v.call("DELETE", "/api/auths/keys", nil, nil); status != http.StatusNoContent {
		t.Error(status)
	}
}

// The wizard: log in, pick, see the diff, write.
func TestSetUpWritesProfiles(t *testing.T) {
	b, v := atSandbox(t)
	config := b.Ready().Env["AWS_CONFIG_FILE"]
	before, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.WriteFile(config, before, 0o600); err != nil {
			t.Error(err)
		}
	})
	var begun struct {
		Setup string
		Login loginDoc
	}
	var sessions []sessionDoc
	v.call("GET", "/api/sso/sessions", nil, &sessions)
	if status, _, data := v.request("POST", "/api/sso/setup", map[string]string{"start_url": sessions[0].StartURL, "region": sessions[0].Region, "method": "device"}, nil); status != 200 {
		t.Fatalf("%d %s", status, data)
	} else if err := json.Unmarshal(data, &begun); err != nil {
		t.Fatal(err)
	}
	var setup struct {
		State    string
		Accounts []accountDoc
	}
	v.events(func(map[string]json.RawMessage) bool {
		v.call("GET", "/api/sso/setup/"+begun.Setup, nil, &setup)
		return setup.State != "login"
	})
	if setup.State != "ready" || len(setup.Accounts) == 0 {
		t.Fatalf("%+v", setup)
	}
	var preview struct {
		Diff     string
		Profiles []string
	}
	if status := v.call("POST", "/api/sso/setup/"+begun.Setup+"/preview", map[string]any{"all": true, "template": "{account_name}-{role}-x"}, &preview); status != 200 {
		t.Fatal(status)
	}
	if len(preview.Profiles) == 0 || !strings.Contains(preview.Diff, "+[profile "+preview.Profiles[0]+"]") {
		t.Fatalf("%+v", preview)
	}
	if status := v.call("POST", "/api/sso/setup/"+begun.Setup+"/write", struct{}{}, nil); status != 200 {
		t.Fatal(status)
	}
	var profiles struct {
		Profiles []struct{ Name string }
	}
	v.call("GET", "/api/profiles", nil, &profiles)
	names := fmt.Sprint(profiles.Profiles)
	if !strings.Contains(names, preview.Profiles[0]) {
		t.Errorf("%s is not among %s", preview.Profiles[0], names)
	}
}

// A password in the form goes to the secret store, and neither into the file
// nor back to the page.
func TestAPasswordOfTheFormIsKeptApart(t *testing.T) {
	b, v := atSandbox(t)
	const password = "planted-password-of-the-form"
	entry := map[string]any{"engine": "redshift", "params": map[string]string{"host": "localhost", "database": "dev", "user": "report", "password": password}}
	status, _, answer := v.request("PUT", "/api/connections/own", entry, nil)
	if status != 200 {
		t.Fatalf("%d %s", status, answer)
	}
	defer v.call("DELETE", "/api/connections/own", nil, nil)
	file, err := os.ReadFile(b.Ready().Env["FAIRLEAD_HOME"] + "/connections.toml")
	if err != nil {
		t.Fatal(err)
	}
	_, _, list := v.request("GET", "/api/connections", nil, nil)
	if all := string(answer) + string(list) + string(file); strings.Contains(all, password) || !strings.Contains(all, "report") {
		t.Error("the password stands in the file, or was sent back")
	}
	_, _, tested := v.request("POST", "/api/connections/test", entry, nil)
	if strings.Contains(string(tested), password) {
		t.Errorf("%s", tested)
	}
}
