//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"time"
)

const (
	treeTables = 20_000 // of one database
	gluePage   = 100    // the most that GetTables answers at once
)

// glueTables answers GetTables with names of a catalog of treeTables.
func glueTables(w io.Writer, token string) {
	from, _ := strconv.Atoi(token)
	list := make([]map[string]string, 0, gluePage)
	for i := from; i < min(from+gluePage, treeTables); i++ {
		list = append(list, map[string]string{"Name": fmt.Sprintf("table_%05d", i), "TableType": "EXTERNAL_TABLE"})
	}
	doc := map[string]any{"TableList": list}
	if from+gluePage < treeTables {
		doc["NextToken"] = strconv.Itoa(from + gluePage)
	}
	_ = json.NewEncoder(w).Encode(doc)
}

// tree measures how soon the names of a large catalog are there: asked of the
// service (cold), and kept by an earlier process (warm).
func (b *bench) tree() error {
	env, err := b.staticHome()
	if err != nil {
		return err
	}
	stub := startAthenaStub(callLatency, 0)
	defer stub.Close()
	env = append(env, "AWS_ENDPOINT_URL="+stub.URL)
	schema := func(more ...string) command {
		return command{env: env, args: append([]string{b.fairlead, "schema", "athena://static@us-east-1", "AwsDataCatalog.big"}, more...)}
	}
	fmt.Printf("\nTree of %d tables at 20 ms a call (%d runs; goal: first names within 1 s cold, 50 ms warm)\n", treeTables, b.pairs)
	for _, c := range []struct {
		label   string
		command command
	}{{"schema, cold", schema()}, {"schema --json, cold", schema("--json")}, {"schema, warm", schema("--max-age", "1h")}} {
		if err := b.timed(c.label+": first name", func() (time.Duration, error) { return c.command.firstLines(1) }); err != nil {
			return err
		}
		if err := b.timed(c.label+": all names", func() (time.Duration, error) {
			s, err := c.command.once()
			return s.wall, err
		}); err != nil {
			return err
		}
	}
	return b.treeOfPage(env)
}

// timed prints the median and range of what f measures.
func (b *bench) timed(label string, f func() (time.Duration, error)) error {
	var all []time.Duration
	for range b.pairs {
		took, err := f()
		if err != nil {
			return fmt.Errorf("%s: %w", label, err)
		}
		all = append(all, took)
	}
	fmt.Printf("  %-34s %s\n", label, spread(all))
	return nil
}

// treeOfPage measures the page's own call, from a server that has just started:
// without kept listings and with those of the start before.
func (b *bench) treeOfPage(env []string) error {
	add := exec.Command(b.fairlead, "connections", "add", "big", "--engine", "athena", "--profile", "static", "--region", "us-east-1")
	add.Env = append(os.Environ(), env...)
	if out, err := add.CombinedOutput(); err != nil && !bytes.Contains(out, []byte("already")) {
		return fmt.Errorf("connections add: %w: %s", err, out)
	}
	for _, c := range []struct{ label, more string }{{"page, cold", "&refresh=1"}, {"page, warm", ""}} {
		var first, all []time.Duration
		for range b.pairs {
			f, a, err := b.pageTree(env, "/api/tree?connection=big&path=AwsDataCatalog&path=big"+c.more)
			if err != nil {
				return fmt.Errorf("%s: %w", c.label, err)
			}
			first, all = append(first, f), append(all, a)
		}
		fmt.Printf("  %-34s %s\n  %-34s %s\n", c.label+": first names", spread(first), c.label+": all names", spread(all))
	}
	return nil
}

// pageTree starts the page's server, asks for a tree in lines as the page does,
// and tells how long the first line and the whole took.
func (b *bench) pageTree(env []string, at string) (first, all time.Duration, err error) {
	p, err := b.serve(env)
	if err != nil {
		return 0, 0, err
	}
	defer p.stop()
	r, err := p.request("GET", at, nil)
	if err != nil {
		return 0, 0, err
	}
	r.Header.Set("Accept", "application/x-ndjson")
	from := time.Now()
	answer, err := p.client.Do(r)
	if err != nil {
		return 0, 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return 0, 0, errors.New(at + ": " + answer.Status)
	}
	lines, names := bufio.NewReader(answer.Body), 0
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			return 0, 0, err
		}
		var doc struct{ Objects []json.RawMessage }
		if err := json.Unmarshal(line, &doc); err != nil {
			return 0, 0, err
		}
		if names += len(doc.Objects); first == 0 {
			first = time.Since(from)
		}
	}
	if names != treeTables {
		return 0, 0, fmt.Errorf("%d names in place of %d", names, treeTables)
	}
	return first, time.Since(from), nil
}
