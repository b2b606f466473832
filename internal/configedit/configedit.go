// Package configedit changes the text of the shared AWS config file and leaves
// every line alone that it was not asked to change. It knows sections and
// lines, not what they mean, and writes nothing before Write.
//
//	e, err := configedit.Open(path)
//	e.Append("sso-session corp", "sso_region = us-east-1")
//	fmt.Print(e.Diff())
//	backup, err := e.Write(time.Now())
package configedit

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/home"
)

// diffContext is how many unchanged lines a diff shows around a change.
const diffContext = 3

// Edit is a file being changed.
type Edit struct {
	path    string
	before  []byte
	mode    fs.FileMode
	exists  bool
	newline string
	lines   []line // in order, the removed ones too
}

type line struct {
	text string
	mark byte // ' ' kept, '-' removed, '+' added
	was  int  // 1-based number in the file; 0 for an added one
}

// Open reads the file; one that does not exist is empty.
func Open(path string) (*Edit, error) {
	e := &Edit{path: path, mode: 0o600, newline: "\n"}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return e, nil
	}
	if err != nil {
		return nil, err
	}
	if e.before, err = os.ReadFile(path); err != nil {
		return nil, err
	}
	e.exists, e.mode = true, info.Mode().Perm()
	if bytes.HasPrefix(e.before, []byte{0xff, 0xfe}) || bytes.HasPrefix(e.before, []byte{0xfe, 0xff}) {
		return nil, fmt.Errorf("%s is written in UTF-16; save it as UTF-8 first", path)
	}
	text := string(e.before)
	if strings.Contains(text, "\r\n") {
		e.newline = "\r\n"
	}
	if strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\r") {
		return nil, fmt.Errorf("%s has lines that end with a lone carriage return; save it with usual line ends first", path)
	}
	for number := 1; text != ""; number++ {
		one, rest, _ := strings.Cut(text, "\n")
		e.lines = append(e.lines, line{strings.TrimSuffix(one, "\r"), ' ', number})
		text = rest
	}
	return e, nil
}

// Append adds a section at the end, a blank line before it. A body line may
// not begin a section of its own.
func (e *Edit) Append(header string, body ...string) error {
	for _, text := range append([]string{header}, body...) {
		if strings.ContainsAny(text, "\r\n") || strings.HasPrefix(strings.TrimSpace(text), "[") || strings.Contains(header, "]") {
			return fmt.Errorf("%q cannot stand in a config file", text)
		}
	}
	if n := len(e.lines); n > 0 && strings.TrimSpace(e.lines[n-1].text) != "" {
		e.add("")
	}
	e.add("[" + header + "]")
	for _, text := range body {
		e.add(text)
	}
	return nil
}

func (e *Edit) add(text string) { e.lines = append(e.lines, line{text, '+', 0}) }

// Replace puts text in the place of line number, with its indent; "" removes the line. It is
// refused when the value goes on in the next line.
func (e *Edit) Replace(number int, text string) error {
	for i := range e.lines {
		if e.lines[i].was != number {
			continue
		}
		if e.lines[i].mark == '-' {
			return fmt.Errorf("%s:%d was changed already", e.path, number)
		}
		if i+1 < len(e.lines) && continues(e.lines[i].text, e.lines[i+1].text) {
			return fmt.Errorf("%s:%d: the value goes on in the next line", e.path, number)
		}
		e.lines[i].mark = '-'
		if text != "" { // indented as before: a changed indent would change what the next line means
			old := e.lines[i].text
			text = old[:len(old)-len(strings.TrimLeft(old, " \t"))] + text
			e.lines = append(e.lines[:i+1], append([]line{{text, '+', 0}}, e.lines[i+1:]...)...)
		}
		return nil
	}
	return fmt.Errorf("%s has no line %d", e.path, number)
}

// continues reports whether next is part of the value that begins in first.
func continues(first, next string) bool {
	trimmed := strings.TrimSpace(next)
	indent := func(s string) int { return len(s) - len(strings.TrimLeft(s, " \t")) }
	return trimmed != "" && trimmed[0] != '#' && trimmed[0] != ';' && indent(next) > indent(first)
}

// HeaderBetween reports whether a section begins between two lines, both
// excluded.
func (e *Edit) HeaderBetween(from, to int) bool {
	for _, l := range e.lines {
		if l.was > from && l.was < to && strings.HasPrefix(strings.TrimSpace(l.text), "[") {
			return true
		}
	}
	return false
}

// Changed reports whether there is anything to write.
func (e *Edit) Changed() bool {
	for _, l := range e.lines {
		if l.mark != ' ' {
			return true
		}
	}
	return false
}

// Bytes is the file as it will be.
func (e *Edit) Bytes() []byte {
	var b bytes.Buffer
	last := -1
	for i, l := range e.lines {
		if l.mark != '-' {
			last = i
		}
	}
	for i, l := range e.lines {
		if l.mark == '-' {
			continue
		}
		b.WriteString(l.text)
		// What had no line end at its end keeps none, unless more follows.
		if i < last || l.mark == '+' || bytes.HasSuffix(e.before, []byte("\n")) {
			b.WriteString(e.newline)
		}
	}
	return b.Bytes()
}

// Diff is the change in the unified form.
func (e *Edit) Diff() string {
	show := make([]bool, len(e.lines))
	for i, l := range e.lines {
		if l.mark == ' ' {
			continue
		}
		for j := max(0, i-diffContext); j <= min(len(e.lines)-1, i+diffContext); j++ {
			show[j] = true
		}
	}
	var b strings.Builder
	from := e.path
	if !e.exists {
		from = os.DevNull
	}
	fmt.Fprintf(&b, "--- %s\n+++ %s\n", from, e.path)
	oldLine, newLine := 1, 1
	for i := 0; i < len(e.lines); {
		if !show[i] {
			oldLine, newLine, i = oldLine+1, newLine+1, i+1
			continue
		}
		var hunk strings.Builder
		olds, news := 0, 0
		for ; i < len(e.lines) && show[i]; i++ {
			l := e.lines[i]
			if l.mark != '+' {
				olds++
			}
			if l.mark != '-' {
				news++
			}
			fmt.Fprintf(&hunk, "%c%s\n", l.mark, l.text)
		}
		fmt.Fprintf(&b, "@@ -%s +%s @@\n%s", span(oldLine, olds), span(newLine, news), hunk.String())
		oldLine, newLine = oldLine+olds, newLine+news
	}
	return b.String()
}

// span writes a hunk's place as diff does: an empty one begins a line earlier.
func span(start, count int) string {
	if count == 0 {
		start--
	}
	return fmt.Sprintf("%d,%d", start, count)
}

// ErrChanged: somebody else wrote the file since Open.
var ErrChanged = errors.New("the file was changed meanwhile")

// Write keeps the old file beside the new one and replaces it in one step. The
// backup's path is "" when there was no file.
func (e *Edit) Write(now time.Time) (backup string, err error) {
	current, err := os.ReadFile(e.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !e.exists:
	case err != nil:
		return "", err
	case !e.exists || !bytes.Equal(current, e.before):
		return "", fmt.Errorf("%s: %w", e.path, ErrChanged)
	}
	if e.exists {
		backup = e.path + ".backup-" + now.UTC().Format("20060102T150405.000Z")
		if err := home.ReplaceFile(backup, e.before, e.mode); err != nil {
			return "", err
		}
	}
	return backup, home.ReplaceFile(e.path, e.Bytes(), e.mode)
}
