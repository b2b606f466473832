//go:build unix

// Command bench measures fairlead beside named peers, whole processes in turn
// (A B A B ...), and prints medians and the ratio pair by pair. Run it with
// `make bench`; it is not part of the tests. Ratios travel between machines,
// seconds do not.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
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
		only     = flag.String("only", "", "run one of: start, credentials, export, athena, signin, tree, athenafetch, redshift, sinks, keep, spool, dynamodb, dynamodbimport, pagestart, pagedownload, pagefirst, pagebrowser, pagerows, pagelarge; or results, all that fetch and write large results; or page, the page's server and the page in a browser")
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
	installed := filepath.Join(out, "fairlead")
	if err := install(fairlead, installed); err != nil {
		return err
	}
	b := &bench{fairlead: installed, out: out, pairs: pairs}
	for _, m := range []struct {
		name, group string
		run         func() error
	}{
		{"start", "", b.start},
		{"credentials", "", b.credentials},
		{"export", "", b.export},
		{"athena", "", b.athena},
		{"signin", "", b.signin},
		{"tree", "results", b.tree},
		{"athenafetch", "results", b.athenaFetch},
		{"redshift", "results", b.redshift},
		{"sinks", "results", b.sinks},
		{"keep", "results", b.keep},
		{"spool", "results", b.spool},
		{"dynamodb", "", b.dynamodb},
		{"dynamodbimport", "dynamodb", b.dynamodbImport},
		{"pagestart", "page", b.pageStart},
		{"pagefirst", "page", b.pageFirst},
		{"pagedownload", "page", b.pageDownload},
		{"pagebrowser", "page", b.pageBrowser},
		{"pagerows", "page", b.pageRows},
		{"pagelarge", "page", b.pageLarge},
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

// install copies the program and lets the page cache forget it, as if it had
// been installed earlier. A file fresh from the linker lies there in large
// pieces, and all of a piece counts as resident once one of its pages is used:
// on Linux that is 20 MiB more for the same program.
func install(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	if err := os.Remove(to); err != nil && !os.IsNotExist(err) {
		return err
	}
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	// Not through memory: a child's peak begins with what its parent holds.
	_, err = io.CopyBuffer(struct{ io.Writer }{target}, struct{ io.Reader }{source}, make([]byte, 1<<20))
	err = errors.Join(err, target.Sync())
	forget(target)
	return errors.Join(err, target.Close())
}

// bench holds what all measurements share.
type bench struct {
	fairlead string
	out      string
	pairs    int
}
