package sso

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
)

const (
	// killGrace is how long after a kill a grandchild may hold the pipes.
	killGrace = 2 * time.Second
	// cliGrace is how long the CLI may take to end once its token is there.
	cliGrace = 3 * time.Second
	// cliTail is how many lines of its stderr a message quotes.
	cliTail = 5
)

// cliLogin runs `aws sso login` and takes the token that it leaves in the
// cache. The exit status alone proves nothing: a CLI with another home ends
// well and brings nothing, and one that stumbles after writing has done its job.
func (m *Manager) cliLogin(ctx context.Context, s Session, o LoginOptions, w *wait) (token, error) {
	cli, err := m.findCLI(ctx)
	if err != nil {
		return token{}, err
	}
	return m.runCLI(ctx, cli, s, o, w)
}

func (m *Manager) runCLI(ctx context.Context, cli awsCLI, s Session, o LoginOptions, w *wait) (token, error) {
	if err := m.suits(cli, s, o.Prompts); err != nil {
		return token{}, err
	}
	run, err := startCLI(ctx, cli, cliArgs(cli, s, o.Prompts.OpenBrowser != nil), cliEnv(m.childEnv(), s), o.Prompts.Output)
	if err != nil {
		return token{}, fault.Wrapf(err, fault.LoginFailed, "%s could not be started", cli.path).
			WithRemedyf("log in without it: %s --method device", loginCommand(s))
	}
	defer run.stop()
	w.seen = fmt.Sprintf("aws sso login (%s) was running and nobody finished signing in", cli.path)
	t, err := w.until(ctx, time.Time{}, run.done)
	if errors.Is(err, errElsewhere) { // the token is there; let the CLI end its sentence
		select {
		case <-run.done:
		case <-time.After(cliGrace):
		case <-ctx.Done():
		}
		return t, err
	}
	if err != nil {
		return token{}, err
	}
	if t, ok := w.elsewhere(); ok {
		return t, errElsewhere
	}
	if f := m.misplaced(ctx, s); f != nil {
		return token{}, f
	}
	return token{}, run.failure(s, cli, w.path)
}

// suits refuses a CLI that cannot do what this session needs.
func (m *Manager) suits(cli awsCLI, s Session, p Prompts) error {
	old := func(format string, args ...any) error {
		return fault.Newf(fault.LoginFailed, "AWS CLI %s does not know %s", cli.version, fmt.Sprintf(format, args...)).
			WithRemedyf("update the AWS CLI (%s), or run: %s --method device", cli.path, loginCommand(s))
	}
	switch {
	case s.Origin.File == "":
		return fault.Newf(fault.LoginFailed, "The AWS CLI cannot log in to %q, which is not in the config file yet", s.label()).
			WithRemedy("log in with --method browser or --method device")
	case !s.Legacy() && !cli.version.knowsSessions():
		return old("sso-session sections; profile %q needs version 2.9", s.label())
	case m.ownEndpoint(s) && !cli.version.knowsEndpoints():
		return old("AWS_ENDPOINT_URL, which version 2.13 brought; it would ask AWS itself")
	case p.Output == nil && p.OpenBrowser == nil:
		return fault.Newf(fault.LoginFailed, "Nobody can be shown what the AWS CLI says for SSO login of profile %q", s.label()).
			WithRemedyf("run in a terminal: %s", loginCommand(s))
	}
	return nil
}

// ownEndpoint reports whether the session's calls go elsewhere than AWS.
func (m *Manager) ownEndpoint(s Session) bool { return m.oidc(s).Options().BaseEndpoint != nil }

// cliArgs is the command's form for the session: by profile where there is
// one, so that old configurations work, else by the sso-session's name.
func cliArgs(cli awsCLI, s Session, browser bool) []string {
	args := []string{"sso", "login"}
	if s.Profile != "" {
		args = append(args, "--profile", s.Profile)
	} else {
		args = append(args, "--sso-session", s.Name)
	}
	if !browser {
		args = append(args, "--no-browser")
		if cli.version.knowsBrowser() {
			args = append(args, "--use-device-code") // its other flow wants a browser on this machine
		}
	}
	return args
}

// cliEnv makes the CLI speak at once although nobody is on its terminal, and
// keeps it from a profile that has nothing to do with this log in.
func cliEnv(env []string, s Session) []string {
	env = append(env, "PYTHONUNBUFFERED=1", "AWS_PAGER=", "AWS_CLI_AUTO_PROMPT=off")
	if s.Profile != "" {
		return env
	}
	return slices.DeleteFunc(env, func(v string) bool {
		return strings.HasPrefix(v, "AWS_PROFILE=") || strings.HasPrefix(v, "AWS_DEFAULT_PROFILE=")
	})
}

// cliRun is `aws sso login` under way.
type cliRun struct {
	cancel context.CancelFunc
	done   chan struct{}
	err    error // after done

	mu     sync.Mutex
	output func(string)
	tail   []string // the last lines of stderr
}

func startCLI(ctx context.Context, cli awsCLI, args, env []string, output func(string)) (*cliRun, error) {
	ctx, cancel := context.WithCancel(ctx)
	run := &cliRun{cancel: cancel, done: make(chan struct{}), output: output}
	cmd := exec.CommandContext(ctx, cli.path, args...)
	cmd.Env = env
	cmd.WaitDelay = killGrace
	ownGroup(cmd)
	out, errOut := run.lines(false), run.lines(true)
	cmd.Stdout, cmd.Stderr = out, errOut
	if err := cmd.Start(); err != nil {
		cancel()
		out.close()
		errOut.close()
		return nil, err
	}
	go func() {
		defer cancel()
		err := cmd.Wait()
		out.close()
		errOut.close()
		run.err = err
		close(run.done)
	}()
	return run, nil
}

// stop kills the CLI with its children and waits for their end.
func (r *cliRun) stop() {
	r.cancel()
	<-r.done
}

// lineWriter hands on what is written to it line by line.
type lineWriter struct {
	*io.PipeWriter
	read chan struct{}
}

func (r *cliRun) lines(isErr bool) lineWriter {
	from, to := io.Pipe()
	w := lineWriter{to, make(chan struct{})}
	go func() {
		defer close(w.read)
		scanner := bufio.NewScanner(from)
		scanner.Buffer(nil, 1<<20)
		for scanner.Scan() {
			r.line(strings.TrimRight(scanner.Text(), "\r"), isErr)
		}
		_, _ = io.Copy(io.Discard, from) // a line without end must not block the CLI
	}()
	return w
}

// close ends the stream and waits until its last line was handed on.
func (w lineWriter) close() {
	_ = w.PipeWriter.Close()
	<-w.read
}

func (r *cliRun) line(text string, isErr bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	text = printable(text)
	if isErr && strings.TrimSpace(text) != "" {
		r.tail = append(r.tail, strings.TrimSpace(text))
		r.tail = r.tail[max(0, len(r.tail)-cliTail):]
	}
	if r.output != nil {
		r.output(text)
	}
}

// printable drops what could steer a terminal.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\t' || c == 0x7f {
			return -1
		}
		return c
	}, text)
}

// failure is the fault for a CLI that ended and brought no token.
func (r *cliRun) failure(s Session, cli awsCLI, path string) error {
	f := fault.Newf(fault.LoginFailed, "The AWS CLI did not log in profile %q", s.label()).
		WithRemedyf("try another way: %s --method device", loginCommand(s))
	if r.err == nil {
		f.Cause = fmt.Errorf("%s ended without an error, but no new token is in %s", cli.path, path)
		return f.WithRemedyf("check that the AWS CLI has the same HOME, or run: %s --method device", loginCommand(s))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	why := fmt.Sprintf("%s sso login: %v", cli.path, r.err)
	if len(r.tail) > 0 {
		why += "\n" + strings.Join(r.tail, "\n")
	}
	f.Cause = errors.New(why)
	return f
}
