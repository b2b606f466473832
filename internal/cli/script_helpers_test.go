package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// t returns a context for what a script starts; scripts end what they start.
func t(*testscript.TestScript) context.Context { return context.Background() }

// flipSwitch is the script command `switch NAME [JSON]`: it posts to one of the
// sandbox's local switches.
func flipSwitch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: switch NAME [JSON]")
	}
	body := "{}"
	if len(args) > 1 {
		body = args[1]
	}
	url := strings.TrimSuffix(ts.Getenv("ADMIN"), "/") + "/" + args[0]
	resp, err := http.Post(url, "application/json", bytes.NewBufferString(body))
	ts.Check(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if resp.StatusCode/100 != 2 {
		ts.Fatalf("switch %s: %s: %s", args[0], resp.Status, answer)
	}
}

// take is the script command `take NAME LINE`: it sets a variable to the first
// field of a line of the last command's output, such as an id of a listing.
func take(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: take NAME LINE")
	}
	lines := strings.Split(ts.ReadFile("stdout"), "\n")
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	if n < 1 || n > len(lines) {
		ts.Fatalf("there is no line %d", n)
	}
	field, _, _ := strings.Cut(lines[n-1], "\t")
	ts.Setenv(args[0], field)
}

// lookup follows a dotted path through a decoded JSON document.
func lookup(doc any, path string) (string, error) {
	for _, part := range strings.Split(path, ".") {
		switch at := doc.(type) {
		case map[string]any:
			value, ok := at[part]
			if !ok {
				return "", fmt.Errorf("no member %q", part)
			}
			doc = value
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(at) {
				return "", fmt.Errorf("no element %q of %d", part, len(at))
			}
			doc = at[i]
		default:
			return "", fmt.Errorf("%q: not inside a %T", part, doc)
		}
	}
	if text, ok := doc.(string); ok {
		return text, nil
	}
	out, err := json.Marshal(doc)
	return string(out), err
}
