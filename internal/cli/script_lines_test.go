package cli

import (
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// onlyOnce is the script command `lines-once FILE N`: the file has N lines, all
// of them different.
func onlyOnce(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: lines-once FILE N")
	}
	lines := strings.Split(strings.TrimSuffix(ts.ReadFile(args[0]), "\n"), "\n")
	seen := map[string]bool{}
	for _, l := range lines {
		seen[l] = true
	}
	if want, _ := strconv.Atoi(args[1]); len(lines) != want || len(seen) != want {
		ts.Fatalf("%s has %d lines, %d different, want %s", args[0], len(lines), len(seen), args[1])
	}
}
