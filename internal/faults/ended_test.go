//go:build unix

package faults

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// killed ends the process without a word, while a call waits and, in the whole
// matrix, at any moment. What stands under the asked name is whole or is not
// there, and the files of ours can be read.
func killed(ctx context.Context, c *cell) (tally, error) {
	c.always = "killed.csv"
	defer func() { c.always = "" }()
	for range points() {
		p, k, err := c.atRandomCall(ctx, func(p *child) { _ = p.cmd.Process.Kill() })
		if err == nil {
			err = c.died(p)
		}
		if err != nil {
			return tally{}, fmt.Errorf("killed at call %d: %w", k, err)
		}
	}
	c.road.clear()
	from := time.Now()
	t, err := c.undisturbed(ctx)
	took := time.Since(from)
	for n := 0; err == nil && whole() && n < 2*points(); n++ {
		p, startErr := c.start(ctx, "", nil)
		if startErr != nil {
			return tally{}, startErr
		}
		moment := rand.N(took)
		alarm := time.AfterFunc(moment, func() { _ = p.cmd.Process.Kill() })
		err = c.died(p)
		alarm.Stop()
		if err != nil {
			return tally{}, fmt.Errorf("killed after %v of %v: %w", moment, took, err)
		}
		t, err = c.undisturbed(ctx)
	}
	return t, err
}

// died waits for a killed process and looks at what it left. Its last calls may
// come after the file was whole, as those that take an UNLOAD's objects away do.
func (c *cell) died(p *child) error {
	<-p.done
	if p.page != nil {
		<-p.page.over
	}
	if p.out != "" {
		if t, err := tallyOfFile(p.out); !errors.Is(err, fs.ErrNotExist) && (err != nil || t != c.want) {
			return fmt.Errorf("%w: there is a file: %s, %w", errWrong, t, err)
		}
	}
	// A dead process cannot take its temporary files away. The one beside an
	// output is swept by the next run of the same name; that beside a file of ours
	// a day later, so it is taken away here.
	for _, odd := range c.left(false) {
		name, temporary := strings.CutPrefix(odd, "temporary file ")
		switch {
		case temporary && strings.HasSuffix(name, ".tmp"):
			if err := os.Remove(filepath.Join(c.dir, name)); err != nil {
				return err
			}
		case temporary && strings.Contains(name, "/.killed.csv.partial-"):
		default:
			return fmt.Errorf("%w: left: %s", errWrong, odd)
		}
	}
	return nil
}

// undisturbed runs the verb as a process that nothing happens to.
func (c *cell) undisturbed(ctx context.Context) (tally, error) {
	p, err := c.start(ctx, "", nil)
	if err != nil {
		return tally{}, err
	}
	return p.end(c)
}

// terminated asks the process to end, as a shell, a service manager or a
// closing desktop does: while a call waits and, in the whole matrix, at any moment.
func terminated(ctx context.Context, c *cell) (t tally, err error) {
	for range points() {
		p, k, startErr := c.atRandomCall(ctx, func(p *child) {
			p.terminate()
			select { // no answer before it has ended: it must not wait for one
			case <-p.done:
			case <-time.After(20 * time.Second):
			}
		})
		if startErr != nil {
			return t, startErr
		}
		t, err = p.end(c)
		if err == nil {
			return t, fmt.Errorf("%w: asked to end at call %d, and went on", errWrong, k)
		}
		if odd := append(c.left(false), c.liveRows()...); len(odd) > 0 || fault.CodeOf(err) != fault.Interrupted {
			return t, fmt.Errorf("%w: asked to end at call %d: %w; left: %q", errWrong, k, err, odd)
		}
	}
	if !whole() {
		return t, err
	}
	c.road.clear()
	from := time.Now()
	if rows, err := c.undisturbed(ctx); err != nil || rows != c.want {
		return rows, fmt.Errorf("%w: after that: %s, %w", errWrong, rows, err)
	}
	took := time.Since(from)
	for range 2 * points() {
		moment := rand.N(took)
		if err := c.endedAfter(ctx, moment); err != nil {
			return t, fmt.Errorf("%w: asked to end after %v of %v: %w", errWrong, moment, took, err)
		}
	}
	return t, err
}

// endedAfter asks the process to end at some moment of its life. It is
// interrupted, or was done, or had not begun to listen.
func (c *cell) endedAfter(ctx context.Context, moment time.Duration) error {
	p, err := c.start(ctx, "", nil)
	if err != nil {
		return err
	}
	alarm := time.AfterFunc(moment, p.terminate)
	<-p.done
	alarm.Stop()
	rows, err := p.end(c)
	status, _ := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case status.Signaled() && status.Signal() == syscall.SIGTERM:
	case err == nil && rows == c.want:
	case fault.CodeOf(err) == fault.Interrupted:
	default:
		return fmt.Errorf("%s, %w", rows, err)
	}
	if odd := append(c.left(false), c.liveRows()...); len(odd) > 0 {
		return fmt.Errorf("left: %q", odd)
	}
	return nil
}
