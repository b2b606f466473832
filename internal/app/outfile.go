package app

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// OutputFile is a file that appears under its name only when it is whole. It
// is written beside it under a temporary name, so that a full disk or Ctrl-C
// never leaves half a result, and what stood there before stays until then.
type OutputFile struct {
	name   string // as the caller gave it, for messages
	target string // what the temporary file replaces; "" when it is written directly
	file   *os.File
	held   io.Closer // says that file has a writer that lives
	buf    *bufio.Writer
	done   bool
}

// CreateOutput begins the file. End it with Commit, or Discard. A link is
// followed. What is no regular file, such as a device or a named pipe, is
// written directly: replacing it would take it away from everybody. What a
// process that was killed left of the same name is removed.
func CreateOutput(name string) (*OutputFile, error) {
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		target = name // it does not exist yet, or the creation below says why
	}
	if info, err := os.Stat(target); err == nil && !info.Mode().IsRegular() {
		file, err := os.OpenFile(target, os.O_WRONLY, 0)
		if err != nil {
			return nil, outputFault(name, err)
		}
		return newOutput(name, "", file, io.NopCloser(nil)), nil
	}
	dir, base := filepath.Split(target)
	if dir == "" {
		dir = "."
	}
	file, held, err := createPartial(dir, base)
	if err != nil {
		return nil, outputFault(name, err)
	}
	return newOutput(name, target, file, held), nil
}

func newOutput(name, target string, file *os.File, held io.Closer) *OutputFile {
	return &OutputFile{name: name, target: target, file: file, held: held, buf: bufio.NewWriterSize(file, 1<<18)}
}

// Write implements io.Writer.
func (o *OutputFile) Write(p []byte) (int, error) {
	n, err := o.buf.Write(p)
	if err != nil {
		err = outputFault(o.name, err)
	}
	return n, err
}

// Commit makes the file appear under its name.
func (o *OutputFile) Commit() error {
	if o.done {
		return nil
	}
	o.done = true
	defer o.held.Close() // when it is no partial any more, or nobody's
	err := o.buf.Flush()
	if err == nil && o.target != "" {
		err = o.file.Chmod(0o644)
	}
	err = errors.Join(err, o.file.Close())
	if err == nil && o.target != "" {
		err = os.Rename(o.file.Name(), o.target)
	}
	if err != nil {
		o.removePartial()
		return outputFault(o.name, err)
	}
	return nil
}

// Discard removes what was written, unless Commit came first.
func (o *OutputFile) Discard() {
	if o.done {
		return
	}
	o.done = true
	defer o.held.Close()
	_ = o.file.Close()
	o.removePartial()
}

func (o *OutputFile) removePartial() {
	if o.target != "" {
		_ = os.Remove(o.file.Name())
	}
}

func outputFault(name string, err error) error {
	return fault.Wrapf(err, fault.Output, "Cannot write %s", name).
		WithRemedy("nothing was left under that name; check the folder and the space on the disk")
}
