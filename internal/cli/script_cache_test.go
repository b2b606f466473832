package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// tokensEnd is the script command `tokens-end IN`: the SSO tokens in the cache
// say that they end in that time, e.g. 5m.
func tokensEnd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: tokens-end IN")
	}
	in, err := time.ParseDuration(args[0])
	ts.Check(err)
	files, err := filepath.Glob(filepath.Join(ts.Getenv("HOME"), ".aws", "sso", "cache", "*.json"))
	ts.Check(err)
	changed := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		ts.Check(err)
		var doc map[string]any
		ts.Check(json.Unmarshal(data, &doc))
		if doc["accessToken"] == nil {
			continue
		}
		doc["expiresAt"] = time.Now().Add(in).UTC().Format(time.RFC3339)
		data, err = json.Marshal(doc)
		ts.Check(err)
		ts.Check(os.WriteFile(file, data, 0o600))
		changed++
	}
	if changed == 0 {
		ts.Fatalf("there is no token in the cache")
	}
}

// counted is the script command `counted SERVICE.OPERATION WANT`: how often the
// sandbox was called.
func counted(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: counted SERVICE.OPERATION WANT")
	}
	resp, err := http.Get(strings.TrimSuffix(ts.Getenv("ADMIN"), "/") + "/counters")
	ts.Check(err)
	defer resp.Body.Close()
	var counts map[string]struct {
		Calls  int
		Errors map[string]int
	}
	ts.Check(json.NewDecoder(resp.Body).Decode(&counts))
	if got := fmt.Sprint(counts[args[0]].Calls); got != args[1] {
		ts.Fatalf("%s was called %s times, want %s; all calls: %v", args[0], got, args[1], counts)
	}
}
