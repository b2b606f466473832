package cli

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fairleadhq/fairlead/internal/engine/all"
	"github.com/fairleadhq/fairlead/internal/term"
)

var update = flag.Bool("update", false, "write docs/commands.md anew")

const referenceFile = "../../docs/commands.md"

// TestCommandReference keeps docs/commands.md equal to the command tree.
func TestCommandReference(t *testing.T) {
	streams, _, _ := term.Test("")
	var b strings.Builder
	b.WriteString("# Commands\n\nGenerated from the command tree; `go test ./internal/cli -run TestCommandReference -update` writes it anew.\n\n" +
		"Data goes to stdout, everything else to stderr. Exit status: 0 done · 1 the service refused or the statement failed · " +
		"2 usage or configuration · 3 credentials or log in needed · 4 unavailable or throttled, worth retrying · " +
		"5 refused by a guard of ours · 130 interrupted. `--json-errors` on any command prints a failure as one JSON object.\n")
	describe(&b, newRoot(&room{streams: streams, env: func(string) string { return "" }, specs: all.Specs()}))
	if *update {
		if err := os.WriteFile(referenceFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), b.String()); diff != "" {
		t.Errorf("docs/commands.md is stale (run with -update):\n%s", diff)
	}
}

func describe(b *strings.Builder, cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		if !sub.IsAvailableCommand() || sub.Name() == "help" {
			continue
		}
		if sub.HasSubCommands() {
			describe(b, sub)
			continue
		}
		long := sub.Long
		if long == "" {
			long = sub.Short + "."
		}
		fmt.Fprintf(b, "\n## %s\n\n    %s\n\n%s\n\n```sh\n%s\n```\n", sub.CommandPath(), sub.UseLine(), long, dedent(sub.Example))
		var rows strings.Builder
		sub.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name == "help" {
				return
			}
			name := "--" + f.Name
			if f.Shorthand != "" {
				name = "-" + f.Shorthand + ", " + name
			}
			fmt.Fprintf(&rows, "| `%s` | %s |\n", name, strings.ReplaceAll(f.Usage, "|", "\\|"))
		})
		if rows.Len() > 0 {
			b.WriteString("\n| flag | meaning |\n|---|---|\n" + rows.String())
		}
	}
}

func dedent(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "  ")
	}
	return strings.Join(lines, "\n")
}
