//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// sinks writes the same million rows in each format beside CSV, and CSV with
// the rows kept beside CSV without.
func (b *bench) sinks() error {
	return b.withSandbox(func(r ready) error {
		query := func(label string, flags ...string) command {
			args := []string{b.fairlead, "query", "athena://dev@" + r.Region + "/AwsDataCatalog/sales",
				"select order_id, order_date, customer_id, region, channel, status, amount, note from orders", "--quiet"}
			env := map[string]string{"FAIRLEAD_HOME": filepath.Join(b.out, "home")}
			for name, value := range r.Env {
				if name != "FAIRLEAD_HOME" {
					env[name] = value
				}
			}
			return command{label: label, env: environ(env), args: append(args, flags...)}
		}
		out := func(name string) string { return filepath.Join(b.out, name) }
		csv := query("csv", "-o", out("sink.csv"), "--no-history")
		kept := query("csv, the run remembered", "-o", out("sink.csv"))
		if err := b.compare("A million rows to a file, remembered and not", kept, csv, "at most 1.05"); err != nil {
			return err
		}
		for _, f := range []struct{ name, file, goal string }{
			{"parquet", "sink.parquet", "at most 1.5"},
			{"arrow", "sink.arrow", "none"},
			{"jsonl", "sink.jsonl", "none"},
			{"insert", "sink.sql", "none"},
			{"xlsx", "sink.xlsx", "none"},
			{"csv.gz", "sink.csv.gz", "none"},
			{"csv.zst", "sink.csv.zst", "none"},
		} {
			other := query(f.name, "-o", out(f.file), "--no-history", "--limit", "1000000")
			if err := b.compare("A million rows as "+f.name, other, csv, f.goal); err != nil {
				return err
			}
			if info, err := os.Stat(out(f.file)); err == nil {
				fmt.Printf("  %-34s %.1f MB\n", f.file, float64(info.Size())/1e6)
				_ = os.Remove(out(f.file))
			}
		}
		return nil
	}, "--rows", "1000000")
}

// spool runs the package's own measurements over ten million rows: a window
// anywhere is to take less than 50 ms, of a sorted view too.
func (b *bench) spool() error {
	fmt.Printf("\nTen million rows on disk (goal: a window in less than 50 ms)\n")
	cmd := exec.Command("go", "test", "./internal/spool", "-run", "^$", "-bench", "BenchmarkSpool", "-benchtime", "3x")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}
