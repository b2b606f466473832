//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/fairleadhq/fairlead/internal/awscli"
)

// dynamodb reads a whole table of 100,000 items of 300 bytes to JSON lines, beside
// the SDK's paginator with encoding/json (bench/peers/dynread) and beside
// `aws dynamodb scan`, against canned pages that come after a set time.
func (b *bench) dynamodb() error {
	peer := filepath.Join(b.out, "dynread")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", peer, ".")
	build.Dir = filepath.Join("bench", "peers", "dynread")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return err
	}
	home := filepath.Join(b.out, "dynamohome")
	if err := os.MkdirAll(filepath.Join(home, ".aws"), 0o700); err != nil {
		return err
	}
	config := "[profile bench]\nregion = us-east-1\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\n"
	if err := os.WriteFile(filepath.Join(home, ".aws", "config"), []byte(config), 0o600); err != nil {
		return err
	}
	for _, c := range []struct {
		latency  time.Duration
		segments int // 0 lets fairlead find them
		goal     string
	}{
		{2 * time.Millisecond, 1, "at most 0.35"},
		{20 * time.Millisecond, 4, "at most 0.25"},
		{80 * time.Millisecond, 16, "at most 0.12"},
		{20 * time.Millisecond, 0, "as found by itself"},
		{80 * time.Millisecond, 0, "as found by itself"},
	} {
		err := withDynamoStub(home, c.latency, 1, func(url string, env []string) error {
			label := fmt.Sprintf("%d segments", c.segments)
			if c.segments == 0 {
				label = "segments found by itself"
			}
			return b.compare(fmt.Sprintf("DynamoDB, whole table to JSON lines, %v a page, %s", c.latency, label),
				b.dynamoScan(env, c.segments), command{label: "SDK paginator, encoding/json", args: []string{peer, url, "bench"}}, c.goal)
		})
		if err != nil {
			return err
		}
	}
	if err := b.dynamoFirst(home); err != nil {
		return err
	}
	return b.dynamoCLI(home)
}

func (b *bench) dynamoScan(env []string, segments int) command {
	args := []string{b.fairlead, "dynamodb", "scan", "dynamodb://bench@us-east-1", "--table", "bench", "--format", "jsonl", "--quiet"}
	if segments > 0 {
		args = append(args, "--segments", strconv.Itoa(segments))
	}
	return command{label: "fairlead dynamodb scan", args: args, env: env}
}

// dynamoFirst tells when the first item is there, for a table and for one ten
// times its size.
func (b *bench) dynamoFirst(home string) error {
	fmt.Printf("\nDynamoDB, first item on the output, 20 ms a page (%d runs; goal: the same for both)\n", b.pairs)
	for _, repeat := range []int{1, 10} {
		err := withDynamoStub(home, 20*time.Millisecond, repeat, func(_ string, env []string) error {
			var all []time.Duration
			for range b.pairs {
				d, err := firstLine(b.dynamoScan(env, 0))
				if err != nil {
					return err
				}
				all = append(all, d)
			}
			slices.Sort(all)
			fmt.Printf("  %-34s %.0f ms (%.0f-%.0f)\n", fmt.Sprintf("%d pages", 29*repeat), millis(all[len(all)/2]), millis(all[0]), millis(all[len(all)-1]))
			c := b.dynamoScan(env, 0)
			c.label = fmt.Sprintf("all of %d pages", 29*repeat)
			s, err := c.once()
			if err == nil {
				show(c.label, []sample{s})
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func millis(d time.Duration) float64 { return d.Seconds() * 1000 }

// firstLine runs the command until its first line is there.
func firstLine(c command) (time.Duration, error) {
	cmd := exec.Command(c.args[0], c.args[1:]...)
	cmd.Env = append(os.Environ(), c.env...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	from := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	_, err = bufio.NewReader(out).ReadString('\n')
	took := time.Since(from)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	return took, err
}

// dynamoCLI holds a scan against `aws dynamodb scan`, where an AWS CLI can be had.
func (b *bench) dynamoCLI(home string) error {
	aws, err := awscli.Find(context.Background(), filepath.Join(b.out, "awscli"))
	if errors.Is(err, awscli.ErrNone) {
		fmt.Println("\nDynamoDB beside the AWS CLI: not measured:", err)
		return nil
	}
	if err != nil {
		return err
	}
	few := *b
	few.pairs = min(b.pairs, 3) // a run takes a quarter of a minute
	return withDynamoStub(home, 2*time.Millisecond, 1, func(url string, env []string) error {
		theirs := command{label: "aws dynamodb scan --output json", env: env,
			args: []string{aws, "dynamodb", "scan", "--table-name", "bench", "--output", "json", "--profile", "bench", "--endpoint-url", url}}
		return few.compare("DynamoDB, whole table, 2ms a page, beside the AWS CLI", b.dynamoScan(env, 1), theirs, "at most 0.05")
	})
}
