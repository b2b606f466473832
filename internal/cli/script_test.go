package cli

import (
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/engine/all"
	"github.com/fairleadhq/fairlead/internal/sandbox"
	"github.com/fairleadhq/fairlead/internal/term"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"fairlead":       func() { os.Exit(Main(os.Args[1:])) },
		"query-together": func() { os.Exit(queryTogether(os.Args[1:])) },
		"follow":         func() { os.Exit(follow(os.Args[1:])) },
	})
}

// TestScripts drives the real binary as a user would, against the sandbox.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               bareHome,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sandbox":    startForScript,
			"switch":     flipSwitch,
			"exits":      exits,
			"json":       jsonValue,
			"counted":    counted,
			"tokens-end": tokensEnd,
			"page":       callPage,
			"take":       take,
			"lines-once": onlyOnce,
			"same-lines": sameLines,
		},
	})
}

// bareHome gives each script a home of its own and takes away whatever AWS
// settings the machine has.
func bareHome(env *testscript.Env) error {
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "FAIRLEAD_") || strings.HasPrefix(name, "XDG_") {
			env.Setenv(name, "")
		}
	}
	home := filepath.Join(env.WorkDir, "home")
	env.Setenv("HOME", home)
	env.Setenv("USERPROFILE", home)
	env.Setenv("FAIRLEAD_HOME", filepath.Join(home, ".fairlead"))
	env.Setenv("FAIRLEAD_KEYRING", "file")
	env.Setenv("FAIRLEAD_PASSPHRASE", "correct horse battery staple")
	env.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	env.Setenv("BROWSER", "none")
	return os.MkdirAll(home, 0o700)
}

// startForScript is the script command `sandbox [-rows N] [-expired]
// [-signed-out] [-no-approve] [-data DIR]`: it starts a sandbox in the test's
// process and sets the environment that points at it.
func startForScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("sandbox cannot be negated")
	}
	flags := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	rows := flags.Int("rows", 2000, "")
	expired := flags.Bool("expired", false, "")
	signedOut := flags.Bool("signed-out", false, "")
	noApprove := flags.Bool("no-approve", false, "")
	data := flags.String("data", "", "")
	ts.Check(flags.Parse(args))
	opts := sandbox.Options{Rows: *rows, Expired: *expired, SignedIn: !*expired && !*signedOut, AutoApprove: !*noApprove,
		Home: ts.MkAbs("home")}
	if *data != "" {
		opts.DataDir = ts.MkAbs(*data)
	}
	srv, err := sandbox.Start(t(ts), opts)
	ts.Check(err)
	ts.Defer(func() { ts.Check(srv.Close()) })
	ready := srv.Ready()
	for name, value := range ready.Env {
		ts.Setenv(name, value)
	}
	ts.Setenv("ADMIN", ready.Admin)
	ts.Setenv("ENDPOINT", ready.Endpoint)
	ts.Setenv("POSTGRES", ready.Postgres)
	ts.Setenv("SANDBOX_KEY_ID", ready.AccessKeyID)
	ts.Setenv("SANDBOX_SECRET", ready.SecretAccessKey)
}

// exits is the script command `exits CODE fairlead ARGS...`: the exact exit status.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARGS...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("%s exited with %s, want %s", strings.Join(args[1:], " "), got, args[0])
	}
}

// jsonValue is the script command `json FILE PATH WANT`: a dotted path into a
// JSON document, numbers for array elements.
func jsonValue(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: json FILE PATH WANT")
	}
	var doc any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &doc))
	got, err := lookup(doc, args[1])
	ts.Check(err)
	if (got == args[2]) == neg {
		ts.Fatalf("%s is %q, want %q (negated: %v)", args[1], got, args[2], neg)
	}
}

// TestEveryCommandHasAScript walks the command tree: a command that no script
// runs is not tested as a user would use it.
func TestEveryCommandHasAScript(t *testing.T) {
	var scripts strings.Builder
	err := filepath.WalkDir("testdata/script", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(file)
		scripts.Write(text)
		scripts.WriteByte('\n')
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	streams, _, _ := term.Test("")
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
		if cmd.HasSubCommands() || !cmd.IsAvailableCommand() {
			return
		}
		line := regexp.MustCompile(`(?m)^(!? ?exec|exits \d+) ` + regexp.QuoteMeta(cmd.CommandPath()) + `\b`)
		if !line.MatchString(scripts.String()) {
			t.Errorf("no script under testdata/script runs %q", cmd.CommandPath())
		}
		if cmd.Example == "" {
			t.Errorf("%q has no example", cmd.CommandPath())
		}
	}
	walk(newRoot(&room{streams: streams, env: func(string) string { return "" }, specs: all.Specs()}))
}
