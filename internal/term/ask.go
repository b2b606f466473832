package term

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	xterm "golang.org/x/term"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/secret"
)

var errNobody = fault.New(fault.Usage, "This needs an answer and there is no terminal to ask on")

// Confirm asks a yes/no question and takes one key; Enter means def. Without a
// terminal it fails.
func (s *Streams) Confirm(ctx context.Context, question string, def bool) (bool, error) {
	if !s.CanAsk() {
		return false, errNobody
	}
	hint := "[y/N]"
	if def {
		hint = "[Y/n]"
	}
	fmt.Fprintf(s.Err, "%s %s ", question, hint)
	for {
		key, err := s.key(ctx)
		if err != nil {
			fmt.Fprintln(s.Err)
			return false, err
		}
		answer, known := def, true
		switch key {
		case 'y', 'Y':
			answer = true
		case 'n', 'N', 0x1b:
			answer = false
		case '\r', '\n':
		default:
			known = false
		}
		if known {
			word := "no"
			if answer {
				word = "yes"
			}
			fmt.Fprintln(s.Err, word)
			return answer, nil
		}
	}
}

// Line asks for one line. An empty answer gives def.
func (s *Streams) Line(ctx context.Context, question, def string) (string, error) {
	if !s.CanAsk() {
		return "", errNobody
	}
	if def != "" {
		question += " [" + def + "]"
	}
	fmt.Fprint(s.Err, question+": ")
	text, err := await(ctx, func() (string, error) { return bufio.NewReader(s.In).ReadString('\n') })
	if err != nil && !(errors.Is(err, io.EOF) && text != "") {
		return "", endOfInput(err)
	}
	if text = strings.TrimSpace(text); text == "" {
		return def, nil
	}
	return text, nil
}

// Secret asks for a line without showing it.
func (s *Streams) Secret(ctx context.Context, question string) (secret.String, error) {
	if !s.CanAsk() {
		return secret.String{}, errNobody
	}
	fmt.Fprint(s.Err, question+": ")
	state, err := xterm.GetState(s.inFD)
	if err != nil {
		return secret.String{}, fault.Wrap(err, fault.Internal, "Cannot switch off the terminal's echo")
	}
	text, err := await(ctx, func() (string, error) {
		b, err := xterm.ReadPassword(s.inFD)
		return string(b), err
	})
	if ctx.Err() != nil {
		// The reader is still inside ReadPassword; give the shell its echo back.
		_ = xterm.Restore(s.inFD, state)
	}
	fmt.Fprintln(s.Err)
	if err != nil {
		return secret.String{}, endOfInput(err)
	}
	return secret.New(strings.TrimSpace(text)), nil
}

// key reads one key in raw mode. Ctrl-C and Ctrl-D, which raw mode delivers as
// bytes, are an interruption.
func (s *Streams) key(ctx context.Context) (byte, error) {
	old, err := xterm.MakeRaw(s.inFD)
	if err != nil {
		return 0, fault.Wrap(err, fault.Internal, "Cannot read a key from the terminal")
	}
	defer func() { _ = xterm.Restore(s.inFD, old) }()
	b, err := await(ctx, func() (byte, error) {
		var buf [1]byte
		_, err := io.ReadFull(s.In, buf[:])
		return buf[0], err
	})
	if err != nil {
		return 0, endOfInput(err)
	}
	if b == 3 || b == 4 {
		return 0, fault.New(fault.Interrupted, "Interrupted")
	}
	return b, nil
}

// await runs a blocking read so that ctx can end the wait. A read cannot be
// withdrawn from a terminal: after a cancel it stays behind until the process
// ends, which is what follows a cancel.
func await[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	got := make(chan answer, 1)
	go func() {
		v, err := read()
		got <- answer{v, err}
	}()
	select {
	case a := <-got:
		return a.value, a.err
	case <-ctx.Done():
		var zero T
		return zero, ctx.Err()
	}
}

func endOfInput(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fault.New(fault.Interrupted, "The input ended before there was an answer")
	}
	return err
}
