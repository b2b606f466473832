//go:build unix

package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/journal"
)

// pageChild is the page's server in a process of its own, and the one who
// visits it.
type pageChild struct {
	said *bytes.Buffer // all of stderr
	link chan string   // the link, once it was printed
	over chan struct{} // closed when the visit has ended

	rows tally // what the visit brought
	err  error
}

var pageLink = regexp.MustCompile(`http://127\.0\.0\.1:\d+/#token=\S+`)

// Write takes what the process says, and looks for the link in it.
func (p *pageChild) Write(text []byte) (int, error) {
	p.said.Write(text)
	if link := pageLink.FindString(p.said.String()); link != "" && strings.Contains(p.said.String(), "Ctrl-C") {
		select {
		case p.link <- link:
		default: // it has been taken, or is waiting to be
		}
	}
	return len(text), nil
}

// drive visits the page and ends it as a terminal does.
func (p *pageChild) drive(ctx context.Context, c *cell, of *child) {
	defer close(p.over)
	select {
	case link := <-p.link:
		p.rows, p.err = c.verb.drive(ctx, c, link)
	case <-of.done:
		p.err = errors.New("it ended before it was visited")
		return
	}
	of.terminate()
}

// end tells what the visit brought, once the process has ended. One that was cut
// short by the server's end is interrupted.
func (p *pageChild) end(of *child) (tally, error) {
	<-p.over
	if status, ok := of.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return tally{}, fmt.Errorf("the page was ended by %s: %w", status.Signal(), p.err)
	}
	if code := of.cmd.ProcessState.ExitCode(); code != 0 {
		return tally{}, fmt.Errorf("%w: the page ended with %s: %s", errWrong, of.cmd.ProcessState, p.said)
	}
	var gone *goneError
	if errors.As(p.err, &gone) {
		return tally{}, fault.Wrap(p.err, fault.Interrupted, "The page ended while it was visited")
	}
	return p.rows, p.err
}

// goneError: the page's server ended while it was asked, or stopped the run
// because it does.
type goneError struct{ err error }

func (g *goneError) Error() string { return g.err.Error() }
func (g *goneError) Unwrap() error { return g.err }

// liveRows are the folders of rows that pages show while they come, and should
// have taken away.
func (c *cell) liveRows() []string {
	var left []string
	_ = filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && filepath.Base(filepath.Dir(path)) == "live" {
			left = append(left, "rows of a page that has ended "+strings.TrimPrefix(path, c.dir))
		}
		return nil
	})
	return left
}

// tabs are what a page keeps of its person's work.
type tabs struct {
	Tabs   []tab  `json:"tabs"`
	Active string `json:"active"`
}

type tab struct {
	ID         string `json:"id"`
	Connection string `json:"connection"`
	Text       string `json:"text"`
}

// pageVisit does what a person does who comes back: the tabs and the history
// are as they were left, what was running is brought to its end; then more work
// is done.
func pageVisit(ctx context.Context, c *cell, link string) (tally, error) {
	v, err := visitPage(ctx, link)
	if err != nil {
		return tally{}, err
	}
	defer v.leave()
	if err := v.comeBack(c); err != nil {
		return tally{}, err
	}
	// Where nothing can be written the work goes on without its being kept.
	if err := v.keepTabs(c); err != nil && fault.CodeOf(err) != fault.Output {
		return tally{}, err
	}
	return v.query(c)
}

// comeBack looks at what an earlier visit left.
func (v *visitor) comeBack(c *cell) error {
	var now tabs
	if err := v.call("GET", "/api/workspace", nil, &now); err != nil {
		return err
	}
	if c.saving == nil && !reflect.DeepEqual(now, c.tabs) || c.saving != nil && !reflect.DeepEqual(now, c.tabs) && !reflect.DeepEqual(now, *c.saving) {
		return fmt.Errorf("%w: the tabs are %+v, were %+v", errWrong, now, c.tabs)
	}
	c.tabs, c.saving = now, nil
	var runs []struct {
		ID, State, Text string
		Attachable      bool
	}
	if err := v.call("GET", "/api/history", nil, &runs); err != nil {
		return err
	}
	for _, one := range runs {
		switch {
		case one.State == journal.Running:
			return fmt.Errorf("%w: %s is said to run on", errWrong, one.Text)
		case one.State == journal.Lost && one.Attachable:
			var run pageRun
			if err := v.call("POST", "/api/history/"+one.ID+"/attach", nil, &run); err != nil {
				return err
			}
			run, err := v.until(c, run)
			if err != nil {
				return err
			}
			if rows, err := v.rows(run.ID); err != nil || rows != c.want {
				return fmt.Errorf("%w: what was lost came back as %s, %w", errWrong, rows, err)
			}
		}
	}
	return nil
}

// keepTabs saves another tab than there was.
func (v *visitor) keepTabs(c *cell) error {
	next := tabs{Active: "t" + strconv.Itoa(c.names)}
	next.Tabs = append(append(next.Tabs, c.tabs.Tabs...), tab{ID: next.Active, Connection: "sales", Text: athenaRows(manyRows)})
	c.saving = &next
	err := v.call("PUT", "/api/workspace", next, nil)
	if err == nil {
		c.tabs, c.saving = next, nil
	}
	return err
}

// pageFull is a visit on a full disk, where no rows can come; once there is space
// all goes on, in the same process.
func pageFull(ctx context.Context, c *cell, link string) (tally, error) {
	v, err := visitPage(ctx, link)
	if err != nil {
		return tally{}, err
	}
	defer v.leave()
	// The tabs may be few enough for the space that is left.
	if err := v.keepTabs(c); err != nil && fault.CodeOf(err) != fault.Output {
		return tally{}, err
	}
	_, full := v.query(c)
	if fault.CodeOf(full) != fault.Output {
		return tally{}, full
	}
	if err := exec.CommandContext(ctx, "prlimit", "--pid", strconv.Itoa(c.latest.cmd.Process.Pid), "--fsize=unlimited").Run(); err != nil {
		return tally{}, fmt.Errorf("prlimit: %w", err)
	}
	if err := v.keepTabs(c); err != nil {
		return tally{}, fmt.Errorf("%w: with space again: %w", errWrong, err)
	}
	if rows, err := v.query(c); err != nil || rows != c.want {
		return rows, fmt.Errorf("%w: with space again: %s, %w", errWrong, rows, err)
	}
	return tally{}, full
}
