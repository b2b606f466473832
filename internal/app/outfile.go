package app

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// OutputFile is a file that appears under its name only when it is whole. It
// is written beside it under a temporary name, so that a full disk or Ctrl-C
// never leaves half a result, and what stood there before stays until then.
type OutputFile struct {
	name string
	file *os.File
	buf  *bufio.Writer
	done bool
}

// CreateOutput begins the file. End it with Commit, or Discard.
func CreateOutput(name string) (*OutputFile, error) {
	dir, base := filepath.Split(name)
	if dir == "" {
		dir = "."
	}
	file, err := os.CreateTemp(dir, "."+base+".partial-*")
	if err != nil {
		return nil, outputFault(name, err)
	}
	return &OutputFile{name: name, file: file, buf: bufio.NewWriterSize(file, 1<<18)}, nil
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
	err := o.buf.Flush()
	if err == nil {
		err = o.file.Chmod(0o644)
	}
	err = errors.Join(err, o.file.Close())
	if err == nil {
		err = os.Rename(o.file.Name(), o.name)
	}
	if err != nil {
		_ = os.Remove(o.file.Name())
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
	_ = o.file.Close()
	_ = os.Remove(o.file.Name())
}

func outputFault(name string, err error) error {
	return fault.Wrapf(err, fault.Output, "Cannot write %s", name).
		WithRemedy("nothing was left under that name; check the folder and the space on the disk")
}
