// Package term is the only one that knows a terminal: the three streams,
// whether a person sits behind them, width and colour, questions and the
// progress line. It knows nothing of what is asked or shown.
package term

import (
	"bytes"
	"io"
	"os"
	"strconv"
	"strings"

	xterm "golang.org/x/term"
)

// Streams are the process's three streams. Data goes to Out, everything else to Err.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer

	env            func(string) string
	inFD           int // file descriptor behind In, -1 when it is no terminal
	outTTY, errTTY bool
	widthFD        int // terminal to ask for its width, -1 when there is none
	keys           keyboard
}

// System returns the process's own streams.
func System() *Streams {
	s := &Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, env: os.Getenv, inFD: -1, widthFD: -1}
	if fd := int(os.Stdin.Fd()); xterm.IsTerminal(fd) {
		s.inFD = fd
	}
	if fd := int(os.Stderr.Fd()); xterm.IsTerminal(fd) {
		s.errTTY, s.widthFD = true, fd
	}
	if fd := int(os.Stdout.Fd()); xterm.IsTerminal(fd) {
		s.outTTY, s.widthFD = true, fd
	}
	return s
}

// Test returns streams without a terminal: stdin holds in, the buffers what was written.
func Test(in string) (s *Streams, out, errOut *bytes.Buffer) {
	out, errOut = new(bytes.Buffer), new(bytes.Buffer)
	return &Streams{In: strings.NewReader(in), Out: out, Err: errOut,
		env: func(string) string { return "" }, inFD: -1, widthFD: -1}, out, errOut
}

// OutTTY reports whether Out is a terminal.
func (s *Streams) OutTTY() bool { return s.outTTY }

// ErrTTY reports whether Err is a terminal, so that progress may be drawn.
func (s *Streams) ErrTTY() bool { return s.errTTY && s.env("TERM") != "dumb" }

// CanAsk reports whether a person can be asked: both In and Err are terminals.
func (s *Streams) CanAsk() bool { return s.inFD >= 0 && s.errTTY }

// InTTY reports whether In is a terminal, so that reading it would wait for a person.
func (s *Streams) InTTY() bool { return s.inFD >= 0 }

// Width returns the terminal's columns, COLUMNS when that is set, or 0 when
// Out is not a terminal and nothing should be cut.
func (s *Streams) Width() int {
	if !s.outTTY {
		return 0
	}
	if n, err := strconv.Atoi(s.env("COLUMNS")); err == nil && n > 0 {
		return n
	}
	if w, _, err := xterm.GetSize(s.widthFD); err == nil && w > 0 {
		return w
	}
	return 80
}

// ErrWidth returns the columns of the terminal behind Err, or 0 when there is none.
func (s *Streams) ErrWidth() int {
	if !s.errTTY {
		return 0
	}
	if w, _, err := xterm.GetSize(s.widthFD); err == nil && w > 0 {
		return w
	}
	return 80
}

// OutColor reports whether Out may be coloured: a terminal, NO_COLOR unset
// (https://no-color.org) and TERM not dumb.
func (s *Streams) OutColor() bool { return s.outTTY && s.colour() }

// ErrColor is OutColor for Err.
func (s *Streams) ErrColor() bool { return s.errTTY && s.colour() }

func (s *Streams) colour() bool { return s.env("NO_COLOR") == "" && s.env("TERM") != "dumb" }
