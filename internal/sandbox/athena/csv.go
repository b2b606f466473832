package athena

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// csvReader reads the CSV that copyCSV writes and counts the bytes it took, so
// that a page token can say where the next page begins. A quoted empty field
// is an empty string; a field without quotes is NULL when empty.
type csvReader struct {
	r    *bufio.Reader
	read int64
	buf  []byte
}

func newCSVReader(r io.Reader) *csvReader { return &csvReader{r: bufio.NewReaderSize(r, 1<<16)} }

// row is the next row, or io.EOF. A nil field is NULL.
func (c *csvReader) row(fields int) ([]*string, error) {
	out := make([]*string, 0, fields)
	for {
		field, last, err := c.field()
		if errors.Is(err, io.EOF) && len(out) == 0 && field == nil {
			return nil, io.EOF
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		out = append(out, field)
		if last {
			break
		}
	}
	if len(out) != fields {
		return nil, fmt.Errorf("the result file has a row of %d fields where %d belong", len(out), fields)
	}
	return out, nil
}

// field reads up to and including the comma or newline behind it. At the end
// of the file it returns io.EOF and what it had.
func (c *csvReader) field() (value *string, last bool, err error) {
	c.buf = c.buf[:0]
	first, err := c.next()
	if err != nil {
		return nil, true, err
	}
	if first != '"' {
		for b := first; ; {
			switch b {
			case ',', '\n':
				return c.bare(), b == '\n', nil
			}
			c.buf = append(c.buf, b)
			if b, err = c.next(); err != nil {
				return c.bare(), true, err
			}
		}
	}
	for {
		b, err := c.next()
		if err != nil {
			return nil, true, io.ErrUnexpectedEOF
		}
		if b != '"' {
			c.buf = append(c.buf, b)
			continue
		}
		b, err = c.next()
		s := string(c.buf)
		switch {
		case err != nil:
			return &s, true, err
		case b == '"':
			c.buf = append(c.buf, '"')
		case b == ',':
			return &s, false, nil
		case b == '\n':
			return &s, true, nil
		default:
			return nil, true, fmt.Errorf("the result file has %q behind a quoted value", b)
		}
	}
}

func (c *csvReader) bare() *string {
	if len(c.buf) == 0 {
		return nil
	}
	s := string(c.buf)
	return &s
}

func (c *csvReader) next() (byte, error) {
	b, err := c.r.ReadByte()
	if err == nil {
		c.read++
	}
	return b, err
}
