//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// figure is a line of internal/web/ui/e2e/speed.mjs.
type figure struct {
	What, Name               string
	Shown, Editor, First, At float64
	Asked, Answered, CPU     float64
	Bytes, Files, Rows       int
	Took                     json.RawMessage
	View                     []float64
	Wrong, Last, Lost        int
	Below                    float64
	Steps                    []float64
}

// browse runs the page in the browser and gives each figure to got.
func (b *bench) browse(p *pageServer, what string, rows, times int, got func(figure)) error {
	node, err := exec.LookPath("node")
	if err != nil {
		return fmt.Errorf("the page in a browser needs node: %w", err)
	}
	ui := filepath.Join("internal", "web", "ui")
	if _, err := os.Stat(filepath.Join(ui, "node_modules", "playwright-core")); err != nil {
		return fmt.Errorf("make test-ui installs what drives the browser: %w", err)
	}
	cmd := exec.Command(node, "e2e/speed.mjs", what, p.url, strconv.Itoa(rows), strconv.Itoa(times))
	cmd.Dir, cmd.Stderr = ui, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var f figure
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			return fmt.Errorf("%s: %w", lines.Text(), err)
		}
		got(f)
	}
	return cmd.Wait()
}

// quantiles prints the median, the 95th percentile and the most.
func quantiles(all []float64) string {
	if len(all) == 0 {
		return "none"
	}
	all = slices.Sorted(slices.Values(all))
	return fmt.Sprintf("p50 %.0f ms  p95 %.0f ms  most %.0f ms (%d)", all[len(all)/2], all[min(len(all)-1, len(all)*95/100)], all[len(all)-1], len(all))
}

func (f figure) times() (all []float64) {
	if json.Unmarshal(f.Took, &all) != nil {
		var one float64
		_ = json.Unmarshal(f.Took, &one)
		return []float64{one}
	}
	return all
}

// pageBrowser measures the page in a real browser: its first load, and how soon the rows of any place of a million are drawn.
func (b *bench) pageBrowser() error {
	stub := startAthenaStub(callLatency, 0).numbered()
	defer stub.Close()
	p, err := b.startPage(stub)
	if err != nil {
		return err
	}
	defer p.stop()
	if err := b.pageLoad(p); err != nil {
		return err
	}
	return b.pageScroll(p, 1_000_000)
}

// networkRate is what one connection to S3 brings in a second to the browser's
// first rows: were it the loopback's, the stand-in would take the processor
// that draws them.
const networkRate = 20_000_000

func (b *bench) pageLoad(p *pageServer) error {
	var first, shown, editor, cpu []float64
	bytes, files := 0, 0
	err := b.browse(p, "load", 0, b.pairs, func(f figure) {
		first, shown, editor = append(first, f.First), append(shown, f.Shown), append(editor, f.Editor)
		cpu = append(cpu, f.CPU)
		bytes, files = max(bytes, f.Bytes), max(files, f.Files)
	})
	if err != nil {
		return err
	}
	fmt.Printf("\nThe page in Chromium, nothing cached (goals: below 350 kB gzip, interactive below 1 s)\n"+
		"  %-34s %.1f kB gzip in %d files\n  %-34s %s\n  %-34s %s\n  %-34s %s\n  %-34s %s\n",
		"loaded until one can type SQL", float64(bytes)/1000, files, "something painted", quantiles(first), "the connections are shown", quantiles(shown),
		"a new tab's editor takes SQL", quantiles(editor), "  processor time of all this", quantiles(cpu))
	return nil
}

// pageRows measures from the service's answer with the first page of a result to
// its rows on the screen.
func (b *bench) pageRows() error {
	stub := startAthenaStub(callLatency, networkRate).numbered()
	defer stub.Close()
	p, err := b.startPage(stub)
	if err != nil {
		return err
	}
	defer p.stop()
	fmt.Printf("\nThe first rows in Chromium, %d MB/s a connection to S3\n", networkRate/1_000_000)
	var asked, answered, drawn []float64
	err = b.browse(p, "rows", 1_000_000, b.pairs, func(f figure) {
		from := float64(stub.firstByte.Load()) / 1e6
		asked, answered, drawn = append(asked, f.Asked-from), append(answered, f.Answered-from), append(drawn, f.At-from)
	})
	if err != nil {
		return err
	}
	fmt.Printf("  %-34s %s; goal: below 100 ms\n  %-34s asked for after %s, there after %s\n", "first rows drawn, from the first page", quantiles(drawn), "", quantiles(asked), quantiles(answered))
	return nil
}

func (b *bench) pageScroll(p *pageServer, rows int) error {
	began := time.Now()
	var stop func() memory
	err := b.browse(p, "scroll", rows, 1, func(f figure) {
		switch f.What {
		case "phase":
			fmt.Printf("  %-34s %.1f s\n", fmt.Sprintf("%d rows run and there", rows), time.Since(began).Seconds())
			stop = p.watch()
		case "jumps":
			fmt.Printf("  %-34s %s; %.0f ms of processor each, %d cells of another row; goal: below 100 ms\n", "the scroll bar to any place, drawn", quantiles(f.times()), f.CPU, f.Wrong)
		case "wheel":
			fmt.Printf("  %-34s %s\n", "on by 600 pixels, drawn", quantiles(f.times()))
		case "edges":
			fmt.Printf("  %-34s row %d, %.0f pixels above the edge, rows %.0f pixels apart, %d cells of another row, %d steps lost\n", "at the end", f.Last, f.Below, f.Steps, f.Wrong, f.Lost)
		}
	})
	if err != nil {
		return err
	}
	fmt.Printf("  %-34s %s\n", "the server meanwhile", stop())
	return nil
}
