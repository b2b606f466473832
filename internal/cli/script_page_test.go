package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// callPage is the script command `page READY-FILE METHOD PATH [JSON]`: it opens
// the page of a running `fairlead ui` as a browser does, with the link's token,
// makes one call and prints what came back. Negated, the call must be refused.
func callPage(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: page READY-FILE METHOD PATH [JSON]")
	}
	var ready uiReady
	deadline := time.Now().Add(20 * time.Second)
	for {
		data, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && json.Unmarshal(data, &ready) == nil {
			break
		}
		if time.Now().After(deadline) {
			ts.Fatalf("no ready file: %v", err)
		}
		time.Sleep(10 * time.Millisecond) // another process writes the file; nothing tells
	}
	jar, err := cookiejar.New(nil)
	ts.Check(err)
	client := &http.Client{Jar: jar}
	defer client.CloseIdleConnections()
	key := ""
	call := func(method, path, body string) (int, string) {
		req, err := http.NewRequest(method, ready.Origin+path, bytes.NewBufferString(body))
		ts.Check(err)
		req.Header.Set("X-Fairlead", key)
		resp, err := client.Do(req)
		ts.Check(err)
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		ts.Check(err)
		return resp.StatusCode, string(text)
	}
	_, token, _ := strings.Cut(ready.URL, "#token=")
	status, text := call("POST", "/api/session", `{"token":"`+token+`"}`)
	if status != 200 {
		ts.Fatalf("session: %d %s", status, text)
	}
	var session struct{ Key string }
	ts.Check(json.Unmarshal([]byte(text), &session))
	key = session.Key
	status, text = call(args[1], args[2], strings.Join(args[3:], " "))
	if (status < 300) == neg {
		ts.Fatalf("%s %s: %d %s", args[1], args[2], status, text)
	}
	_, err = io.WriteString(ts.Stdout(), text+"\n")
	ts.Check(err)
}
