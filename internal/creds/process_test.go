//go:build unix

package creds

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// runProcess resolves a profile whose credential_process is the script.
func runProcess(t *testing.T, ctx context.Context, script string, limit time.Duration) (string, error) {
	t.Helper()
	folder := t.TempDir()
	program := filepath.Join(folder, "prog")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	home := homeWith(t, map[string]string{".aws/config": "[profile a]\ncredential_process=" + program + " --password hunter2\naws_account_id=9\n"})
	r := NewResolver(Options{Env: vars("HOME", home), ProcessTimeout: limit})
	chain, err := r.Resolve(t.Context(), Source{Profile: "a", Explicit: true})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(chain.Hops[0].Detail, "hunter2") {
		t.Errorf("the hop shows the arguments: %s", chain.Hops[0].Detail)
	}
	got, err := chain.Provider().Retrieve(ctx)
	return got.AccessKeyID, err
}

const good = `echo '{"Version":1,"AccessKeyId":"PROC","SecretAccessKey":"s"}'`

func TestProcessAnswers(t *testing.T) {
	for name, script := range map[string]string{
		"plain":                good,
		"stdin is closed":      "cat; " + good,
		"noise on stderr":      "echo careful >&2; " + good,
		"a group of its own":   `test "$(ps -o pgid= -p $$ | tr -d ' ')" = "$$" || exit 9; ` + good,
		"told who is resolved": `test "$FAIRLEAD_RESOLVING" = a || exit 8; ` + good,
	} {
		if k, err := runProcess(t, t.Context(), script, 0); err != nil || k != "PROC" {
			t.Errorf("%s = %s, %v", name, k, err)
		}
	}
}

func TestProcessFailures(t *testing.T) {
	for _, c := range []struct {
		name, script string
		says         []string
	}{
		{"exit status and stderr", "echo please log in first >&2; exit 3", []string{"exit status 3", "please log in first"}},
		{"nothing", "exit 0", []string{"printed nothing"}},
		{"no Version", `echo '{"AccessKeyId":"A","SecretAccessKey":"HUSH"}'`, []string{"no Version"}},
		{"Version 2", `echo '{"Version":2,"AccessKeyId":"A","SecretAccessKey":"HUSH"}'`, []string{"another Version"}},
		{"no secret", `echo '{"Version":1,"AccessKeyId":"A"}'`, []string{"no SecretAccessKey"}},
		{"truncated", `echo '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"HUSH'`, []string{"not the JSON wanted"}},
		{"bad time", `echo '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"HUSH","Expiration":"soon"}'`, []string{"Expiration"}},
		{"secret on stderr", `echo '"SecretAccessKey": "HUSH"' >&2; echo next >&2; exit 1`, []string{"[a line with a secret] | next"}},
		{"endless output", "while :; do echo HUSHHUSHHUSHHUSHHUSHHUSHHUSHHUSHHUSH; done", []string{"prints more than 256 kB"}},
		{"no such program", "", []string{"program"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var err error
			if c.script == "" {
				home := homeWith(t, map[string]string{".aws/config": "[profile a]\ncredential_process=/nowhere/prog\n"})
				chain, resolveErr := NewResolver(Options{Env: vars("HOME", home)}).Resolve(t.Context(), Source{Profile: "a"})
				if resolveErr != nil {
					t.Fatal(resolveErr)
				}
				_, err = chain.Provider().Retrieve(t.Context())
			} else {
				_, err = runProcess(t, t.Context(), c.script, 0)
			}
			f := fault.As(err)
			if f == nil || f.Code != fault.CredsFailed {
				t.Fatalf("error = %v", err)
			}
			for _, want := range append(c.says, `Failed to resolve AWS credentials for profile "a"`, "config:2") {
				if !strings.Contains(f.Error(), want) {
					t.Errorf("%q is missing in %v", want, f)
				}
			}
			for _, hidden := range []string{"HUSH", "hunter2"} {
				if strings.Contains(f.Error()+f.Remedy, hidden) {
					t.Errorf("%q is shown: %v", hidden, f)
				}
			}
		})
	}
}

// A program that never ends is ended with all its children.
func TestProcessTimeLimit(t *testing.T) {
	start := time.Now()
	_, err := runProcess(t, t.Context(), "echo working >&2; sleep 600 & sleep 600", 300*time.Millisecond)
	if fault.CodeOf(err) != fault.CredsFailed || !strings.Contains(err.Error(), "did not end within 300ms; it said: working") {
		t.Errorf("error = %v", err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestCtrlCEndsAProcess(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := runProcess(t, ctx, "sleep 600", 0); err == nil || time.Since(start) > 10*time.Second {
		t.Errorf("error = %v after %v", err, time.Since(start))
	}
}
