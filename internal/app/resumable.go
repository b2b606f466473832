package app

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/home"
)

// ResumableOutput is a file of lines that can be gone on with after the process
// died. The rows go to NAME.partial; beside it NAME.partial.json says how many
// bytes of it count and where the reading goes on. NAME appears when all is
// there, and the two go away.
//
// A checkpoint is written after the bytes it counts, so a process that is killed
// between the two leaves bytes too many, which going on cuts off, and never too
// few.
type ResumableOutput struct {
	name string
	file *os.File
	buf  *bufio.Writer
	size int64
	what string
	done bool
}

// checkpoint is the content of NAME.partial.json.
type checkpoint struct {
	Of       string          `json:"of"`    // what is read
	Bytes    int64           `json:"bytes"` // of the partial file that count
	Rows     int64           `json:"rows"`
	Position json.RawMessage `json:"position"` // where the engine goes on
}

// Beginnings of a ResumableOutput.
const (
	ResumeNew     = "new"     // refuse when an earlier one broke off
	ResumeOn      = "resume"  // go on with the earlier one, if there is one
	ResumeRestart = "restart" // throw the earlier one away
)

// CreateResumable begins the file. what describes the reading: an earlier one
// is gone on with only when it was the same. position and rows tell where it
// broke off; position is nil for a new one.
func CreateResumable(name, what, begin string) (o *ResumableOutput, position []byte, rows int64, err error) {
	o = &ResumableOutput{name: name, what: what}
	earlier, found, err := o.earlier()
	if err != nil {
		return nil, nil, 0, err
	}
	flags := os.O_RDWR | os.O_CREATE
	switch {
	case found && begin == ResumeNew:
		return nil, nil, 0, fault.Newf(fault.Usage, "An earlier read into %s broke off after %d rows", name, earlier.Rows).
			WithRemedy("go on with it: --resume\nbegin anew: --restart")
	case found && begin == ResumeOn && earlier.Of != what:
		return nil, nil, 0, fault.Newf(fault.Usage, "The read into %s that broke off was another: %s", name, earlier.Of).
			WithRemedy("give the same table and conditions as then, or begin anew with --restart")
	case found && begin == ResumeOn:
		position, rows, o.size = earlier.Position, earlier.Rows, earlier.Bytes
	default:
		flags |= os.O_TRUNC
		_ = os.Remove(o.state())
	}
	if o.file, err = os.OpenFile(o.partial(), flags, 0o644); err != nil {
		return nil, nil, 0, o.fault(err)
	}
	if err := o.cut(); err != nil {
		_ = o.file.Close()
		return nil, nil, 0, o.fault(err)
	}
	o.buf = bufio.NewWriterSize(o.file, 1<<18)
	return o, position, rows, nil
}

// cut drops what was written behind the last checkpoint.
func (o *ResumableOutput) cut() error {
	info, err := o.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < o.size {
		return errors.New("it is shorter than its checkpoint says")
	}
	if err := o.file.Truncate(o.size); err != nil {
		return err
	}
	_, err = o.file.Seek(o.size, io.SeekStart)
	return err
}

func (o *ResumableOutput) partial() string { return o.name + ".partial" }

func (o *ResumableOutput) state() string { return o.name + ".partial.json" }

func (o *ResumableOutput) earlier() (c checkpoint, found bool, err error) {
	data, err := os.ReadFile(o.state())
	if errors.Is(err, fs.ErrNotExist) {
		return c, false, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		return c, false, fault.Wrapf(err, fault.Usage, "Cannot read where the earlier read into %s broke off", o.name).
			WithRemedyf("begin anew: remove %s and %s", o.partial(), o.state())
	}
	return c, true, nil
}

// Write implements io.Writer.
func (o *ResumableOutput) Write(p []byte) (int, error) {
	n, err := o.buf.Write(p)
	o.size += int64(n)
	if err != nil {
		err = o.fault(err)
	}
	return n, err
}

// Checkpoint remembers that all rows written so far are the reading's up to position.
func (o *ResumableOutput) Checkpoint(position []byte, rows int64) error {
	// On the disk before the checkpoint is: also a power cut must not leave fewer
	// bytes than it counts.
	if err := errors.Join(o.buf.Flush(), o.file.Sync()); err != nil {
		return o.fault(err)
	}
	data, err := json.Marshal(checkpoint{Of: o.what, Bytes: o.size, Rows: rows, Position: position})
	if err == nil {
		err = home.WriteFile(o.state(), data)
	}
	if err != nil {
		return o.fault(err)
	}
	return nil
}

// Commit makes the file appear under its name.
func (o *ResumableOutput) Commit() error {
	o.done = true
	err := errors.Join(o.buf.Flush(), o.file.Close())
	if err == nil {
		err = os.Rename(o.partial(), o.name)
	}
	if err != nil {
		return o.fault(err)
	}
	_ = os.Remove(o.state())
	return nil
}

// Close leaves what there is, to be gone on with; without a checkpoint nothing
// is worth that.
func (o *ResumableOutput) Close() {
	if o.done {
		return
	}
	o.done = true
	_ = o.buf.Flush()
	_ = o.file.Close()
	if _, err := os.Stat(o.state()); err != nil {
		_ = os.Remove(o.partial())
	}
}

func (o *ResumableOutput) fault(err error) error {
	return fault.Wrapf(err, fault.Output, "Cannot write %s", o.partial()).
		WithRemedy("what was written stays there; check the folder and the space on the disk, then go on with --resume")
}
