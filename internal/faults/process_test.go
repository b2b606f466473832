//go:build unix

package faults

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// processTroubles are those that only a process of its own can suffer.
func processTroubles() []trouble {
	return []trouble{
		{name: "disk full", run: noSpace(0), child: true, want: fault.Output},
		{name: "disk fills up", run: noSpace(16), child: true, want: fault.Output},
		{name: "read-only home", run: readOnlyHome, child: true},
		{name: "lock held by a dead process", run: deadLock, child: true},
		{name: "kill -9 at random points", run: killed, child: true},
		{name: "SIGTERM at random points", run: terminated, child: true, want: fault.Interrupted},
		{name: "suspended for an hour", run: suspended, child: true},
	}
}

// child is the program in a process of its own.
type child struct {
	cmd  *exec.Cmd
	said bytes.Buffer // stdout
	err  bytes.Buffer
	out  string
	done chan struct{} // closed when it has ended
	page *pageChild    // when it serves a page
	told sync.Once     // to end
}

// start runs the verb's command line; before goes into the shell that starts it.
func (c *cell) start(ctx context.Context, before string, change func(*exec.Cmd)) (*child, error) {
	p := &child{done: make(chan struct{})}
	c.names++
	args := []string{"-c", before + ` exec "$0" "$@"`, os.Args[0]}
	for _, arg := range c.verb.args {
		if arg == "OUT" {
			p.out = filepath.Join(c.out, cmp.Or(c.always, "out-"+strconv.Itoa(c.names)+".csv"))
			arg = p.out
		}
		if arg == "FILE" {
			var err error
			if arg, err = c.importFile(c.names); err != nil {
				return nil, err
			}
		}
		args = append(args, arg)
	}
	p.cmd = exec.CommandContext(ctx, "/bin/sh", append(args, "--json-errors")...)
	p.cmd.Dir, p.cmd.Env = c.dir, []string{childMark + "=1", "PATH=" + os.Getenv("PATH"), "TMPDIR=" + c.out}
	for name, value := range c.env {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.said, &p.err
	if c.verb.drive != nil {
		p.page = &pageChild{said: &p.err, link: make(chan string, 1), over: make(chan struct{})}
		p.cmd.Stderr = p.page
	}
	if change != nil {
		change(p.cmd)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	c.latest = p
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // the state tells
	}()
	if p.page != nil {
		go p.page.drive(ctx, c, p)
	}
	return p, nil
}

// terminate asks the process to end; a second time would end it at once.
func (p *child) terminate() {
	p.told.Do(func() { _ = p.cmd.Process.Signal(syscall.SIGTERM) }) // it may have ended
}

// end waits for the process and tells what it brought, as the verb's run would.
func (p *child) end(c *cell) (tally, error) {
	<-p.done
	if p.page != nil {
		return p.page.end(p)
	}
	state := p.cmd.ProcessState
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return tally{}, fmt.Errorf("ended by %s: %s", status.Signal(), p.err.String())
	}
	if code := state.ExitCode(); code != 0 {
		var doc struct {
			Error struct{ Code, Message string }
		}
		if at := strings.Index(p.err.String(), "{\n"); at >= 0 {
			_ = json.Unmarshal(p.err.Bytes()[at:], &doc) // what is none has no code
		}
		f := fault.New(fault.Code(doc.Error.Code), doc.Error.Message)
		if f.Code.Exit() != code || doc.Error.Code == "" {
			return tally{}, fmt.Errorf("%w: exit status %d and code %q: %s", errWrong, code, doc.Error.Code, p.err.String())
		}
		return tally{}, f
	}
	if p.out == "" {
		return c.want, nil // its exit status is the answer
	}
	return tallyOfFile(p.out)
}

// noSpace lets the process write so many blocks of 512 bytes into a file and no
// more, as on a disk that is full or fills up meanwhile.
func noSpace(blocks int) func(context.Context, *cell) (tally, error) {
	return func(ctx context.Context, c *cell) (tally, error) {
		if c.verb.drive != nil {
			c.verb.drive = pageFull
		}
		p, err := c.start(ctx, fmt.Sprintf("ulimit -S -f %d;", blocks), nil)
		if err != nil {
			return tally{}, err
		}
		return p.end(c)
	}
}

// readOnlyHome runs as somebody who may read the home and write nothing there.
func readOnlyHome(ctx context.Context, c *cell) (tally, error) {
	if err := c.chmod(0o555, 0o444); err != nil {
		return tally{}, err
	}
	binary, err := c.forEverybody()
	if err != nil {
		return tally{}, err
	}
	if err := os.Chmod(c.out, 0o777); err != nil {
		return tally{}, err
	}
	p, err := c.start(ctx, "", func(cmd *exec.Cmd) {
		cmd.Args[3] = binary
		if slices.Contains(c.verb.args, "FILE") { // what is imported is the person's own
			_ = errors.Join(os.Chmod(c.dir, 0o777), os.Chmod(filepath.Join(c.dir, "items.jsonl"), 0o644))
		}
		if os.Geteuid() == 0 { // root writes everywhere
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
	})
	if err != nil {
		return tally{}, err
	}
	t, err := p.end(c)
	if err := c.chmod(0o700, 0o600); err != nil {
		return t, err
	}
	return t, err
}

func (c *cell) chmod(dir, file fs.FileMode) error {
	return filepath.WalkDir(c.home(), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			// A folder must stay writable until what is in it was changed; a
			// mode of a folder touches only what is made in it later.
			return os.Chmod(path, dir)
		}
		return os.Chmod(path, file)
	})
}

// forEverybody is the test binary where every user may run it.
func (c *cell) forEverybody() (string, error) {
	binary := filepath.Join(c.dir, "..", "fairlead-"+filepath.Base(c.dir))
	if err := os.Link(os.Args[0], binary); err == nil {
		return binary, nil
	}
	in, err := os.Open(os.Args[0])
	if err != nil {
		return "", err
	}
	defer in.Close()
	out, err := os.OpenFile(binary, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(out, in)
	return binary, errors.Join(err, out.Close())
}

// deadLock finds which locks the verb takes, lets another process take them all
// and die with them, and runs the verb.
func deadLock(ctx context.Context, c *cell) (tally, error) {
	if t, err := c.verb.run(ctx, c); err != nil || t != c.want {
		return t, fmt.Errorf("%w: before: %s, %w", errWrong, t, err)
	}
	var locks []string
	_ = filepath.WalkDir(c.home(), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".lock") {
			locks = append(locks, path)
		}
		return nil
	})
	// flock(1) holds each and runs the next; the last one says so and stays.
	holder := []string{"sh", "-c", "echo held; read forever"}
	for _, lock := range slices.Backward(locks) {
		holder = append([]string{"flock", lock}, holder...)
	}
	cmd := exec.CommandContext(ctx, holder[0], holder[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		return tally{}, err
	}
	defer in.Close()
	says, err := cmd.StdoutPipe()
	if err != nil {
		return tally{}, err
	}
	if err := cmd.Start(); err != nil {
		return tally{}, err
	}
	if _, err := io.ReadFull(says, make([]byte, len("held\n"))); err != nil {
		return tally{}, err
	}
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil {
		return tally{}, err
	}
	_ = cmd.Wait() // it was killed
	c.newApp()
	return c.verb.run(ctx, c)
}

// points is at how many random points a process is killed or told to end.
func points() int {
	if whole() {
		return 3
	}
	return 1
}

// atRandomCall starts the process and does something while one of its calls, or
// its connection to the wire, waits for an answer. at counts that call from 1.
func (c *cell) atRandomCall(ctx context.Context, do func(p *child)) (p *child, at int, err error) {
	for most := len(c.calls); most > 0; {
		k := rand.IntN(most)
		met := make(chan struct{})
		ready := make(chan *child, 1)
		c.road.clear()
		// Role credentials of an earlier try would spare this one its calls.
		if err := os.RemoveAll(filepath.Join(c.home(), ".aws", "cli", "cache")); err != nil {
			return nil, 0, err
		}
		c.road.add(rule{after: k, times: 1, do: func() { p := <-ready; close(met); do(p) }})
		if p, err = c.start(ctx, "", nil); err != nil {
			return nil, 0, err
		}
		ready <- p
		select {
		case <-met:
			return p, k + 1, nil
		case <-p.done:
		}
		select {
		case <-met: // it was met, and has ended by that
			return p, k + 1, nil
		default:
		}
		// It needed fewer calls, as it does with credentials in the cache.
		most = k
		if _, err := p.end(c); err != nil {
			return p, 0, err
		}
	}
	return p, 0, fmt.Errorf("%w: it sends no call", errWrong)
}

// suspended is a machine that sleeps for an hour: the process stands still, its
// connections are gone, its credentials and its access token have ended.
func suspended(ctx context.Context, c *cell) (tally, error) {
	p, _, err := c.atRandomCall(ctx, func(p *child) {
		_ = p.cmd.Process.Signal(syscall.SIGSTOP)
		c.srv.Switches().ExpireTokens()
		c.srv.Switches().ExpireCredentials()
		c.road.hangUp()
		_ = p.cmd.Process.Signal(syscall.SIGCONT)
	})
	if err != nil {
		return tally{}, err
	}
	return p.end(c)
}
