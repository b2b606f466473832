package cli

import (
	"slices"
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

// sameLines is the script command `same-lines A B`: two files hold the same
// lines, each as often, in any order.
func sameLines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: same-lines FILE FILE")
	}
	a, b := strings.Split(ts.ReadFile(args[0]), "\n"), strings.Split(ts.ReadFile(args[1]), "\n")
	slices.Sort(a)
	slices.Sort(b)
	if !slices.Equal(a, b) {
		ts.Fatalf("%s has %d lines and %s %d, or they differ", args[0], len(a), args[1], len(b))
	}
}
