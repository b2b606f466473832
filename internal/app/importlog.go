package app

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"unicode/utf8"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/home"
)

// ImportLog keeps beside a file what has become of its rows while they are
// imported: FILE.refused.jsonl holds those that were refused, and
// FILE.import.json up to which row all are written or refused. It goes away when
// the import is through.
//
// What a checkpoint counts was written before it, so that a process that is
// killed in between does some rows again, which writes no item twice, and
// leaves none out.
type ImportLog struct {
	state   string // "" when nothing can be gone on with
	refused string
	now     importState
	file    *os.File // of refused rows, made with the first of them
	out     *bufio.Writer
}

// importState is the content of FILE.import.json.
type importState struct {
	Of      string `json:"of"`   // what is imported into what
	Size    int64  `json:"size"` // of the file
	Head    string `json:"head"` // SHA-256 of its beginning
	Rows    int64  `json:"rows"`
	Refused int64  `json:"refused"`
	Bytes   int64  `json:"refused_bytes"`
}

// ImportFiles say what is imported and where its log lies.
type ImportFiles struct {
	File    string // "" for standard input, which cannot be gone on with
	Refused string // "" for FILE.refused.jsonl, or import.refused.jsonl in the working folder
	Of      string // what must be the same for an import to be gone on with
	Begin   string // ResumeNew, ResumeOn, ResumeRestart
}

// headBytes is how much of a file is looked at to tell it from another.
const headBytes = 1 << 16

// OpenImportLog begins a log, or goes on with one. skip is how many rows were
// dealt with.
func OpenImportLog(o ImportFiles) (l *ImportLog, skip int64, err error) {
	l = &ImportLog{refused: o.Refused}
	if o.File == "" {
		if l.refused == "" {
			l.refused = "import.refused.jsonl"
		}
		_ = os.Remove(l.refused) // of an earlier import
		return l, 0, nil
	}
	if l.refused == "" {
		l.refused = o.File + ".refused.jsonl"
	}
	l.state = o.File + ".import.json"
	l.now.Of = o.Of
	if l.now.Size, l.now.Head, err = fingerprint(o.File); err != nil {
		return nil, 0, err
	}
	earlier, found, err := l.earlier(o.File)
	switch {
	case err != nil:
		return nil, 0, err
	case found && o.Begin == ResumeNew:
		return nil, 0, fault.Newf(fault.Usage, "An earlier import of %s broke off after %d rows", o.File, earlier.Rows).
			WithRemedy("go on with it: --resume\nbegin anew, which writes no item twice: --restart")
	case found && o.Begin == ResumeOn && (earlier.Of != o.Of || earlier.Size != l.now.Size || earlier.Head != l.now.Head):
		return nil, 0, fault.Newf(fault.Usage, "The import of %s that broke off was another: %s", o.File, earlier.Of).
			WithRemedy("was the file changed, or is it another table? Begin anew with --restart")
	case found && o.Begin == ResumeOn:
		l.now = earlier
		return l, earlier.Rows, l.cut()
	}
	if err := errors.Join(removed(l.state), removed(l.refused)); err != nil {
		return nil, 0, l.fault(err)
	}
	return l, 0, nil
}

func removed(name string) error {
	if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// fingerprint tells a file from another of the same name.
func fingerprint(name string) (size int64, head string, err error) {
	file, err := os.Open(name)
	if err != nil {
		return 0, "", fault.Wrapf(err, fault.Usage, "Cannot read %s", name)
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, io.LimitReader(file, headBytes)); err != nil {
		return 0, "", fault.Wrapf(err, fault.Usage, "Cannot read %s", name)
	}
	info, err := file.Stat()
	if err != nil {
		return 0, "", fault.Wrapf(err, fault.Usage, "Cannot read %s", name)
	}
	return info.Size(), hex.EncodeToString(sum.Sum(nil)), nil
}

func (l *ImportLog) earlier(file string) (s importState, found bool, err error) {
	data, err := os.ReadFile(l.state)
	if errors.Is(err, fs.ErrNotExist) {
		return s, false, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		return s, false, fault.Wrapf(err, fault.Usage, "Cannot read where the earlier import of %s broke off", file).
			WithRemedyf("begin anew: remove %s", l.state)
	}
	return s, true, nil
}

// cut drops the refused rows behind the last checkpoint: they come again.
func (l *ImportLog) cut() error {
	err := os.Truncate(l.refused, l.now.Bytes)
	if err != nil && (l.now.Bytes > 0 || !errors.Is(err, fs.ErrNotExist)) {
		return l.fault(err)
	}
	return nil
}

// Refuse writes down a row that was not written.
func (l *ImportLog) Refuse(row engine.RefusedRow) error {
	if l.file == nil {
		file, err := os.OpenFile(l.refused, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return l.fault(err)
		}
		l.file, l.out = file, bufio.NewWriter(file)
	}
	line, err := json.Marshal(refusedDoc{row.Line, row.Row, row.Reason, rawJSON(row.Raw)})
	if err == nil {
		l.now.Bytes += int64(len(line)) + 1
		l.now.Refused++
		_, err = l.out.Write(append(line, '\n'))
	}
	if err != nil {
		return l.fault(err)
	}
	return nil
}

// refusedDoc is a line of FILE.refused.jsonl.
type refusedDoc struct {
	Line   int64           `json:"line,omitempty"`
	Number int64           `json:"number"` // of the row, from 1
	Reason string          `json:"reason"`
	Row    json.RawMessage `json:"row"` // as JSON if it is, else its text
}

func rawJSON(raw []byte) json.RawMessage {
	var compact bytes.Buffer
	if json.Valid(raw) && utf8.Valid(raw) && json.Compact(&compact, raw) == nil {
		return compact.Bytes()
	}
	text, _ := json.Marshal(string(raw)) // a string always can be
	return text
}

// Checkpoint remembers that all rows up to a number are dealt with.
func (l *ImportLog) Checkpoint(rows int64) error {
	if l.out != nil {
		if err := errors.Join(l.out.Flush(), l.file.Sync()); err != nil {
			return l.fault(err)
		}
	}
	l.now.Rows = rows
	if l.state == "" || rows == 0 {
		return nil
	}
	data, err := json.Marshal(l.now)
	if err == nil {
		err = home.WriteFile(l.state, data)
	}
	if err != nil {
		return l.fault(err)
	}
	return nil
}

// Refused tells how many rows were refused in all, and the file they are in.
func (l *ImportLog) Refused() (rows int64, file string) { return l.now.Refused, l.refused }

// CanGoOn reports whether there is something to go on with.
func (l *ImportLog) CanGoOn() bool { return l.state != "" && l.now.Rows > 0 }

// Close ends the log. through: all rows are dealt with, and there is nothing to
// go on with.
func (l *ImportLog) Close(through bool) error {
	var err error
	if l.file != nil {
		err = errors.Join(l.out.Flush(), l.file.Close())
		l.file = nil
	}
	if through && l.state != "" {
		err = errors.Join(err, removed(l.state))
	}
	if err != nil {
		return l.fault(err)
	}
	return nil
}

func (l *ImportLog) fault(err error) error {
	return fault.Wrap(err, fault.Output, "Cannot write down how far the import is").
		WithRemedy("check the folder and the space on the disk; --refused names another file for the rows that are refused")
}
