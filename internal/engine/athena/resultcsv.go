package athena

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unsafe"
)

// cell is one value of a row. text is a view that is good until the next row
// is read; known is false for NULL.
type cell struct {
	text  string
	known bool
}

// rowReader yields a result's raw rows, the header row included; io.EOF after
// the last one.
type rowReader interface{ next() ([]cell, error) }

const readAhead = 256 << 10 // bytes of a result file held at once, unless one row is longer

// lookahead is the part of a file that is held in memory.
type lookahead struct {
	r       io.Reader
	buf     []byte
	at, end int // buf[at:end] is not yet used
	eof     bool
	err     error
}

// more reads on behind what is held, moving it to the buffer's front. It reads
// at least as much as is held, so that a long row is not scanned over and over.
func (l *lookahead) more() error {
	held := l.end - l.at
	if l.at > 0 {
		copy(l.buf, l.buf[l.at:l.end])
		l.at, l.end = 0, held
	}
	if need := max(readAhead, 2*held+1); need > len(l.buf) || len(l.buf) > 4*need {
		grown := make([]byte, max(need, readAhead))
		copy(grown, l.buf[:held])
		l.buf = grown
	}
	for want := min(2*held+1, len(l.buf)); l.end < want && !l.eof; {
		n, err := l.r.Read(l.buf[l.end:])
		l.end += n
		switch {
		case errors.Is(err, io.EOF):
			l.eof = true
		case err != nil:
			l.err = err
			return err
		}
	}
	return nil
}

// csvReader reads the CSV of a query result. Athena quotes every value and
// leaves NULL unquoted and empty; encoding/csv would lose that difference. A
// quote within a value is doubled; values may hold line breaks.
type csvReader struct {
	lookahead
	row     []cell
	scratch []byte // values whose quotes were doubled
}

func newCSVReader(r io.Reader) *csvReader { return &csvReader{lookahead: lookahead{r: r}} }

var (
	errIncomplete = errors.New("the row goes on behind what is held")
	errOpenQuote  = errors.New("the file ends within a quoted value")
)

func (c *csvReader) next() ([]cell, error) {
	for {
		if c.err != nil {
			return nil, c.err
		}
		if c.at == c.end && c.eof {
			return nil, io.EOF
		}
		n, err := c.split(c.buf[c.at:c.end])
		if err == nil {
			c.at += n
			return c.row, nil
		}
		if !errors.Is(err, errIncomplete) {
			c.err = err
			return nil, err
		}
		if err := c.more(); err != nil {
			return nil, err
		}
	}
}

// split cuts the first row of b into c.row and returns its length.
func (c *csvReader) split(b []byte) (int, error) {
	c.row, c.scratch = c.row[:0], c.scratch[:0]
	for i := 0; ; {
		if i < len(b) && b[i] == '"' {
			end, doubled, err := c.closing(b, i+1)
			if err != nil {
				return 0, err
			}
			value := b[i+1 : end]
			if doubled {
				value = c.undouble(value)
			}
			c.row = append(c.row, cell{view(value), true})
			i = end + 1
		} else {
			start := i
			for i < len(b) && b[i] != ',' && b[i] != '\n' {
				i++
			}
			c.row = append(c.row, cell{view(b[start:i]), i > start})
		}
		switch {
		case i == len(b) && c.eof:
			return i, nil
		case i == len(b):
			return 0, errIncomplete
		case b[i] == '\n':
			return i + 1, nil
		case b[i] != ',':
			return 0, fmt.Errorf("a quoted value is followed by %q", b[i])
		}
		i++
	}
}

const shortValue = 16 // bytes that are looked at one by one

// closing finds the quote that ends the value beginning at i.
func (c *csvReader) closing(b []byte, i int) (end int, doubled bool, err error) {
	// Most values are short: a search of its own would cost more than they do.
	for last := min(i+shortValue, len(b)-1); i < last && b[i] != '"'; {
		i++
	}
	for {
		n := 0
		if i == len(b) || b[i] != '"' {
			n = bytes.IndexByte(b[i:], '"')
		}
		switch {
		case n < 0 && c.eof:
			return 0, false, errOpenQuote
		case n < 0:
			return 0, false, errIncomplete
		}
		i += n
		if i+1 == len(b) {
			if c.eof {
				return i, doubled, nil
			}
			return 0, false, errIncomplete
		}
		if b[i+1] != '"' {
			return i, doubled, nil
		}
		doubled = true
		i += 2
	}
}

// undouble appends value to the scratch with its quotes single. Views of what
// the scratch held before stay good: it is only appended to within a row.
func (c *csvReader) undouble(value []byte) []byte {
	start := len(c.scratch)
	for {
		n := bytes.IndexByte(value, '"')
		if n < 0 {
			c.scratch = append(c.scratch, value...)
			return c.scratch[start:]
		}
		c.scratch = append(c.scratch, value[:n+1]...)
		value = value[n+2:]
	}
}

func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// lineReader reads the text of a DDL or utility statement's result: one value
// a line.
type lineReader struct {
	lookahead
	row [1]cell
}

func newLineReader(r io.Reader) *lineReader { return &lineReader{lookahead: lookahead{r: r}} }

func (l *lineReader) next() ([]cell, error) {
	for {
		if l.err != nil {
			return nil, l.err
		}
		b := l.buf[l.at:l.end]
		n := bytes.IndexByte(b, '\n')
		switch {
		case n >= 0:
			l.at += n + 1
			b = b[:n]
		case !l.eof:
			if err := l.more(); err != nil {
				return nil, err
			}
			continue
		case len(b) == 0:
			return nil, io.EOF
		default:
			l.at = l.end
		}
		l.row[0] = cell{view(b), true}
		return l.row[:], nil
	}
}
