//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

const (
	callLatency = 20 * time.Millisecond
	cappedRate  = 50_000_000 // bytes a second of one connection
)

// athenaFetch holds the ways of fetching an Athena result against the SDK's own
// paginator (bench/peers/athread) and against each other, all before one canned
// stand-in.
func (b *bench) athenaFetch() error {
	peer, err := b.peer("athread")
	if err != nil {
		return err
	}
	home, err := b.staticHome()
	if err != nil {
		return err
	}
	plain := startAthenaStub(callLatency, 0)
	defer plain.Close()
	slow := startAthenaStub(callLatency, cappedRate)
	defer slow.Close()

	ours := func(s *athenaStub, label string, rows int, extra ...string) command {
		target := "athena://static@us-east-1/AwsDataCatalog/sales"
		for i, e := range extra {
			target += []string{"?", "&"}[min(i, 1)] + e
		}
		return command{label: label, env: append([]string{"AWS_ENDPOINT_URL=" + s.URL}, home...), args: []string{
			b.fairlead, "query", target, fmt.Sprintf("select * from orders -- rows=%d", rows), "--format", "csv", "--quiet"}}
	}
	theirs := func(rows int) command {
		return command{label: "aws-sdk-go-v2 paginator", env: []string{"AWS_ENDPOINT_URL=" + plain.URL},
			args: []string{peer, fmt.Sprintf("select * from orders -- rows=%d", rows)}}
	}
	usual := b.pairs
	defer func() { b.pairs = usual }()
	b.pairs = min(usual, 3) // a pair takes half a minute
	if err := b.compare("Athena, 1,000,000 rows x 8 columns to CSV at 20 ms a call", ours(plain, "fairlead", 1_000_000), theirs(1_000_000), "at most 1/40 (0.025), below 64 MiB"); err != nil {
		return err
	}
	if err := b.compare("Athena, 200,000 rows by pages at 20 ms a call", ours(plain, "fairlead --fetch pages", 200_000, "fetch=pages"), theirs(200_000), "at most 1.05"); err != nil {
		return err
	}
	b.pairs = min(usual, 5)
	if err := b.compare("Athena, 1,000,000 rows, 50 MB/s a connection",
		ours(slow, "fairlead, 4 ranges", 1_000_000, "fetch_ranges=4"), ours(slow, "fairlead, one GET", 1_000_000, "fetch_ranges=1"), "at most 0.4"); err != nil {
		return err
	}
	parquet := ours(plain, "fairlead, Parquet", 1_000_000)
	parquet.args = append(parquet.args[:len(parquet.args)-3], "--quiet", "-o", filepath.Join(b.out, "athena.parquet"))
	text := ours(plain, "fairlead, CSV", 1_000_000)
	text.args = append(text.args, "-o", filepath.Join(b.out, "athena.csv"))
	if err := b.compare("Athena, 1,000,000 rows to a file at 20 ms a call", parquet, text, "at most 1.5"); err != nil {
		return err
	}
	return b.firstRows(ours(plain, "1,000,000 rows", 1_000_000), ours(plain, "200,000 rows", 200_000), theirs(1_000_000))
}

// firstRows prints how long each command takes to its first row.
func (b *bench) firstRows(commands ...command) error {
	fmt.Printf("\nAthena, time to the first row at 20 ms a call (%d runs; goal: the same for 200,000 and 1,000,000 rows)\n", b.pairs)
	for _, c := range commands {
		var all []time.Duration
		for range b.pairs {
			took, err := c.firstLines(2) // behind the header
			if err != nil {
				return err
			}
			all = append(all, took)
		}
		slices.Sort(all)
		fmt.Printf("  %-34s %.0f ms (%.0f-%.0f)\n", c.label, ms(all[len(all)/2]), ms(all[0]), ms(all[len(all)-1]))
	}
	return nil
}

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }

// peer builds a program of bench/peers.
func (b *bench) peer(name string) (string, error) {
	program := filepath.Join(b.out, name)
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, ".")
	build.Dir = filepath.Join("bench", "peers", name)
	build.Stderr = os.Stderr
	return program, build.Run()
}

// staticHome makes an AWS home with a profile of static keys, and returns its
// environment.
func (b *bench) staticHome() ([]string, error) {
	home := filepath.Join(b.out, "static")
	if err := os.MkdirAll(filepath.Join(home, ".aws"), 0o700); err != nil {
		return nil, err
	}
	text := "[profile static]\nregion = us-east-1\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\n"
	return []string{"HOME=" + home, "FAIRLEAD_HOME=" + filepath.Join(home, "fairlead")},
		os.WriteFile(filepath.Join(home, ".aws", "config"), []byte(text), 0o600)
}
