package term

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

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
	var text []byte
	for {
		b, err := s.keys.next(ctx, s.In)
		if err != nil && !(errors.Is(err, io.EOF) && len(text) > 0) {
			return "", endOfInput(err)
		}
		if err != nil || b == '\n' {
			break
		}
		text = append(text, b)
	}
	if answer := strings.TrimSpace(string(text)); answer != "" {
		return answer, nil
	}
	return def, nil
}

// Secret asks for a line without showing it. Backspace takes back a letter,
// Ctrl-U all of them.
func (s *Streams) Secret(ctx context.Context, question string) (secret.String, error) {
	if !s.CanAsk() {
		return secret.String{}, errNobody
	}
	fmt.Fprint(s.Err, question+": ")
	defer fmt.Fprintln(s.Err)
	// Raw from the first key to the last: between two keys the terminal would
	// show what is pasted.
	back, err := s.raw()
	if err != nil {
		return secret.String{}, err
	}
	defer back()
	var text []byte
	for {
		key, err := s.rawKey(ctx)
		if err != nil {
			return secret.String{}, err
		}
		switch key {
		case '\r', '\n':
			return secret.New(strings.TrimSpace(string(text))), nil
		case '\b', 0x7f:
			_, last := utf8.DecodeLastRune(text)
			text = text[:len(text)-last]
		case 0x15:
			text = nil
		default:
			text = append(text, key)
		}
	}
}

// key reads one key in raw mode.
func (s *Streams) key(ctx context.Context) (byte, error) {
	back, err := s.raw()
	if err != nil {
		return 0, err
	}
	defer back()
	return s.rawKey(ctx)
}

// raw puts the terminal into raw mode: keys come one by one and are not shown.
func (s *Streams) raw() (back func(), err error) {
	old, err := xterm.MakeRaw(s.inFD)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "Cannot read a key from the terminal")
	}
	return func() { _ = xterm.Restore(s.inFD, old) }, nil
}

// rawKey reads one key. Ctrl-C and Ctrl-D, which raw mode delivers as bytes,
// are an interruption.
func (s *Streams) rawKey(ctx context.Context) (byte, error) {
	b, err := s.keys.next(ctx, s.In)
	if err != nil {
		return 0, endOfInput(err)
	}
	if b == 3 || b == 4 {
		return 0, fault.New(fault.Interrupted, "Interrupted")
	}
	return b, nil
}

func endOfInput(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fault.New(fault.Interrupted, "The input ended before there was an answer")
	}
	return err
}
