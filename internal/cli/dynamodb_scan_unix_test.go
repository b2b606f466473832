//go:build unix

package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb"
	"github.com/fairleadhq/fairlead/internal/sandbox"
	"github.com/fairleadhq/fairlead/internal/sandbox/front"
)

// linesOnce checks that a file has so many lines, all of them different.
func linesOnce(t *testing.T, name string, want int) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	seen := map[string]bool{}
	for _, l := range lines {
		if !json.Valid([]byte(l)) {
			t.Fatalf("no line of JSON: %q", l)
		}
		seen[l] = true
	}
	if len(lines) != want || len(seen) != want {
		t.Errorf("%d lines, %d different, want %d", len(lines), len(seen), want)
	}
}

// TestAKilledScanIsGoneOnWith kills the real program in the middle of a scan in
// several segments, twice, with faults of the service about. What is there in
// the end must be every item, once.
func TestAKilledScanIsGoneOnWith(t *testing.T) {
	srv, err := sandbox.Start(t.Context(), sandbox.Options{Rows: 100, SignedIn: true})
	if errors.Is(err, sandbox.ErrNoEngine) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	w, env := srv.Switches(), environment(t, srv)
	file := filepath.Join(t.TempDir(), "events.jsonl")
	args := []string{"dynamodb", "scan", "dynamodb://static@us-east-1?page_limit=100", "--table", "events", "--segments", "3", "-o", file}
	w.Fault(front.Fault{Service: "dynamodb", Operation: "Scan", Latency: 40 * time.Millisecond})
	w.Fault(front.Fault{Service: "dynamodb", Operation: "Scan", Times: 1, Cut: true})
	w.Fault(front.Fault{Service: "dynamodb", Operation: "Scan", Times: 1, Throttle: true})
	before := ""
	for round := range 2 {
		p := startProcess(t, env, args...)
		// A checkpoint that is not the last round's: some pages came since.
		now := ""
		for deadline := time.Now().Add(time.Minute); now == "" || now == before; {
			if time.Now().After(deadline) {
				t.Fatalf("round %d wrote no checkpoint; it says: %s", round, p.text())
			}
			time.Sleep(10 * time.Millisecond)
			if data, err := os.ReadFile(file + ".partial.json"); err == nil {
				now = string(data)
			}
		}
		before = now
		if err := p.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		p.exit()
		if round == 0 {
			args = append(args, "--resume")
		}
	}
	w.ClearFaults()
	p := startProcess(t, env, args...)
	if code := p.exit(); code != 0 {
		t.Fatalf("exit %d: %s", code, p.text())
	}
	linesOnce(t, file, 20000)
}

// TestSegmentsGoOnThroughExpiry ends credentials and session while segments are
// read side by side: one question, and every item once.
func TestSegmentsGoOnThroughExpiry(t *testing.T) {
	w := startWaiting(t)
	b := &before{operation: "Scan", nth: 9, do: func() { w.srv.Switches().RevokeSessions(); w.srv.Switches().ExpireCredentials() }}
	e := w.open(t, dynamodb.Spec(), map[string]string{"page_limit": "500"}, b)
	s, err := e.(engine.Reader).Read(t.Context(), engine.Read{Kind: engine.ReadScan, Table: "events", Segments: 4, Form: engine.FormTyped})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	seen, rows := map[string]bool{}, 0
	for {
		batch, err := s.Next(context.Background())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for r := range int(batch.NumRows()) {
			seen[strings.Clone(batch.Column(0).ValueStr(r))] = true
			rows++
		}
		batch.Release()
	}
	if rows != 20000 || len(seen) != 20000 {
		t.Errorf("%d items, %d different, want 20000", rows, len(seen))
	}
	if n := w.asked.Load(); n != 1 {
		t.Errorf("asked to log in %d times, want 1", n)
	}
}
