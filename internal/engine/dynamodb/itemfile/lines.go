package itemfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// lineReader reads lines of any length, holding no more than mostRow of one.
type lineReader struct {
	in     *bufio.Reader
	number int64 // of the line that next returns next, from 0
	buf    []byte
	back   [][]byte // lines to be read again, the next one first
}

// next returns a line without its \n, and whether it was too long to be held
// whole. The slice is good until the next call.
func (l *lineReader) next() (line []byte, long bool, err error) {
	if len(l.back) > 0 {
		line, l.back = l.back[0], l.back[1:]
		l.number++
		return line, false, nil
	}
	l.buf = l.buf[:0]
	for {
		part, err := l.in.ReadSlice('\n')
		if len(l.buf)+len(part) <= mostRow {
			l.buf = append(l.buf, part...)
		} else {
			long = true
		}
		switch {
		case err == nil:
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			if len(l.buf) == 0 && !long {
				return nil, false, io.EOF
			}
		default:
			return nil, false, readFault(err)
		}
		l.number++
		return bytes.TrimSuffix(l.buf, []byte("\n")), long, nil
	}
}

// unread gives lines back, in their order.
func (l *lineReader) unread(lines [][]byte) {
	l.back = append(lines, l.back...)
	l.number -= int64(len(lines))
}

func readFault(err error) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	return fault.Wrap(err, fault.Usage, "The file cannot be read any further").
		WithRemedy("is it whole, and of the format it is read as?")
}

// objectLines reads an object a line.
type objectLines struct {
	r     *Reader
	lines *lineReader
}

func (o *objectLines) next(row *Row) error {
	for {
		line, long, err := o.lines.next()
		if err != nil {
			return err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		row.Line, row.Raw = o.lines.number, append(row.Raw[:0], bytes.TrimSuffix(line, []byte("\r"))...)
		if long {
			row.Raw, row.Problem = row.Raw[:1000], fmt.Sprintf("the line is longer than %d MB", mostRow>>20)
			return nil
		}
		o.r.object(row, row.Raw)
		return nil
	}
}
