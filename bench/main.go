//go:build unix

// Command bench measures fairlead beside named peers, whole processes in turn
// (A B A B ...), and prints medians and the ratio pair by pair. Run it with
// `make bench`; it is not part of the tests. Ratios travel between machines,
// seconds do not.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) == 4 && os.Args[1] == dynamoStubArg {
		serveDynamoStub(os.Args[2], os.Args[3])
		return
	}
	var (
		fairlead = flag.String("fairlead", "bin/fairlead", "the binary to measure")
		pairs    = flag.Int("n", 9, "pairs to count, after one that is not counted")
		out      = flag.String("out", "bench/.out", "folder for what the measurements need")
		only     = flag.String("only", "", "run one of: start, credentials, export, athena, signin, athenafetch, redshift, sinks, spool, dynamodb, dynamodbimport; or results, all that fetch and write large results")
	)
	flag.Parse()
	if err := run(*fairlead, *out, *only, *pairs); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(fairlead, out, only string, pairs int) error {
	fairlead, err := filepath.Abs(fairlead)
	if err != nil {
		return err
	}
	if out, err = filepath.Abs(out); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	b := &bench{fairlead: fairlead, out: out, pairs: pairs}
	for _, m := range []struct {
		name, group string
		run         func() error
	}{
		{"start", "", b.start},
		{"credentials", "", b.credentials},
		{"export", "", b.export},
		{"athena", "", b.athena},
		{"signin", "", b.signin},
		{"athenafetch", "results", b.athenaFetch},
		{"redshift", "results", b.redshift},
		{"sinks", "results", b.sinks},
		{"spool", "results", b.spool},
		{"dynamodb", "", b.dynamodb},
		{"dynamodbimport", "dynamodb", b.dynamodbImport},
	} {
		if only != "" && only != m.name && only != m.group {
			continue
		}
		if err := m.run(); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}

// bench holds what all measurements share.
type bench struct {
	fairlead string
	out      string
	pairs    int
}
