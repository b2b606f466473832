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
	for _, file := range files {
		ts.Check(setTokenEnd(file, time.Now().Add(in)))
	}
	if len(files) == 0 {
		ts.Fatalf("there is no token in the cache")
	}
}

// setTokenEnd makes the token of a cache file say that it ends then; a file
// that holds no token stays as it is.
func setTokenEnd(file string, end time.Time) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil || doc["accessToken"] == nil {
		return err
	}
	doc["expiresAt"] = end.UTC().Format(time.RFC3339)
	if data, err = json.Marshal(doc); err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o600)
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
