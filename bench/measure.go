//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// command is one whole process to time.
type command struct {
	label string
	args  []string
	env   []string // added to the machine's own
}

// sample is one finished run.
type sample struct {
	wall time.Duration
	cpu  time.Duration
	peak int64 // bytes of resident memory
}

// once runs the command to its end; a failure is an error, not a sample.
func (c command) once() (sample, error) {
	cmd := exec.Command(c.args[0], c.args[1:]...)
	cmd.Env = append(os.Environ(), c.env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr // and the output to the null device: a pipe would cost more than some of the commands
	from := time.Now()
	err := cmd.Run()
	wall := time.Since(from)
	if err != nil {
		return sample{}, fmt.Errorf("%v: %w\n%s", c.args, err, stderr.String())
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return sample{wall: wall, cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), peak: usage.Maxrss * maxrssUnit()}, nil
}

// firstLines runs the command until so many lines are out, and ends it there.
func (c command) firstLines(n int) (time.Duration, error) {
	cmd := exec.Command(c.args[0], c.args[1:]...)
	cmd.Env = append(os.Environ(), c.env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	from := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	lines := bufio.NewReader(out)
	var took time.Duration
	for range n {
		if _, err = lines.ReadString('\n'); err != nil {
			break
		}
		took = time.Since(from)
	}
	_ = cmd.Process.Kill()
	_, _ = io.Copy(io.Discard, lines)
	_ = cmd.Wait() // it was killed
	if err != nil {
		return 0, fmt.Errorf("%v: no row: %w\n%s", c.args, err, stderr.String())
	}
	return took, nil
}

// maxrssUnit is the unit of Rusage.Maxrss in bytes: kilobytes, but on macOS bytes.
func maxrssUnit() int64 {
	if runtime.GOOS == "darwin" {
		return 1
	}
	return 1024
}

// compare runs a and b in turn and prints both and the ratio a/b.
func (b *bench) compare(title string, a, other command, goal string) error {
	var as, bs []sample
	var ratios []float64
	for i := range b.pairs + 1 {
		x, err := a.once()
		if err != nil {
			return err
		}
		y, err := other.once()
		if err != nil {
			return err
		}
		if i == 0 {
			continue // the first pair fills the caches
		}
		as, bs = append(as, x), append(bs, y)
		ratios = append(ratios, x.wall.Seconds()/y.wall.Seconds())
	}
	fmt.Printf("\n%s (%d pairs, median and range)\n", title, b.pairs)
	show(a.label, as)
	show(other.label, bs)
	slices.Sort(ratios)
	mid := ratios[len(ratios)/2]
	fmt.Printf("  %-34s wall %.2f (%.2f-%.2f), which is 1/%.1f; goal: %s\n", "ratio", mid, ratios[0], ratios[len(ratios)-1], 1/mid, goal)
	return nil
}

func show(label string, all []sample) {
	by := func(f func(sample) float64) (lo, mid, hi float64) {
		v := make([]float64, len(all))
		for i, s := range all {
			v[i] = f(s)
		}
		slices.Sort(v)
		return v[0], v[len(v)/2], v[len(v)-1]
	}
	lo, mid, hi := by(func(s sample) float64 { return s.wall.Seconds() * 1000 })
	_, cpu, _ := by(func(s sample) float64 { return s.cpu.Seconds() * 1000 })
	_, peak, _ := by(func(s sample) float64 { return float64(s.peak) / (1 << 20) })
	fmt.Printf("  %-34s wall %.1f ms (%.1f-%.1f)  cpu %.1f ms  peak %.0f MiB\n", label, mid, lo, hi, cpu, peak)
}
