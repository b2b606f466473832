package itemfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// objectArray reads the objects of an array: of a file that is one, or of the
// member Items of a file that is an object, as `aws dynamodb scan` prints it.
// Objects are parted by their brackets, so that one that is broken inside is
// refused alone.
type objectArray struct {
	r     *Reader
	in    *bufio.Reader
	line  int64
	begun bool
	ended bool
}

func (o *objectArray) next(row *Row) error {
	if o.ended {
		return io.EOF
	}
	if !o.begun {
		if err := o.begin(); err != nil {
			return err
		}
		o.begun = true
	}
	c, err := o.significant()
	if err == nil && c == ',' {
		c, err = o.significant()
	}
	switch {
	case err != nil:
		return o.broken(err)
	case c == ']':
		o.ended = true
		return io.EOF
	case c != '{':
		return fault.Newf(fault.Usage, "The array holds something other than objects at line %d", o.line).
			WithRemedy("give each item as a JSON object")
	}
	row.Line = o.line
	long, err := o.element(row)
	if err != nil {
		return err
	}
	if long {
		row.Raw, row.Problem = row.Raw[:1000], fmt.Sprintf("the object is longer than %d MB", mostRow>>20)
		return nil
	}
	o.r.object(row, row.Raw)
	return nil
}

// begin steps into the array.
func (o *objectArray) begin() error {
	c, err := o.significant()
	if err != nil {
		return o.broken(err)
	}
	if c == '{' {
		if err := o.findItems(); err != nil {
			return err
		}
		c, err = o.significant()
	}
	if err != nil || c != '[' {
		return fault.New(fault.Usage, "The file is no JSON array").
			WithRemedy("objects on a line each are the format jsonl: --format jsonl")
	}
	return nil
}

// findItems steps behind "Items": of the object the file is.
func (o *objectArray) findItems() error {
	none := fault.New(fault.Usage, `The file is one JSON object, and has no "Items" to read`).
		WithRemedy("objects on a line each are the format jsonl: --format jsonl")
	c, err := o.significant()
	for ; err == nil && c == '"'; c, err = o.significant() {
		var name Row
		name.Raw = append(name.Raw, '"')
		if err := o.text(&name); err != nil {
			return o.broken(err)
		}
		if c, err = o.significant(); err != nil || c != ':' {
			return none
		}
		if string(name.Raw) == `"Items"` {
			return nil
		}
		var value Row
		if c, err = o.significant(); err != nil {
			return o.broken(err)
		}
		if c == '{' || c == '[' {
			_, err = o.element(&value)
		} else if c == '"' {
			err = o.text(&value)
		} else {
			err = o.word()
		}
		if err != nil {
			return o.broken(err)
		}
		if c, err = o.significant(); err != nil || c != ',' {
			return none
		}
	}
	return none
}

// significant returns the next byte that is no white space.
func (o *objectArray) significant() (byte, error) {
	for {
		c, err := o.in.ReadByte()
		if err != nil {
			return 0, err
		}
		switch c {
		case '\n':
			o.line++
		case ' ', '\t', '\r':
		default:
			return c, nil
		}
	}
}

// element reads up to the bracket that closes the one just read.
func (o *objectArray) element(row *Row) (long bool, err error) {
	row.Raw = append(row.Raw[:0], '{')
	for depth := 1; depth > 0; {
		c, err := o.in.ReadByte()
		if err != nil {
			return false, o.broken(err)
		}
		if len(row.Raw) >= mostRow {
			long, row.Raw = true, row.Raw[:1000]
		}
		row.Raw = append(row.Raw, c)
		switch c {
		case '\n':
			o.line++
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			if err := o.text(row); err != nil {
				return false, o.broken(err)
			}
		}
	}
	return long, nil
}

// text reads up to the quote that ends a string.
func (o *objectArray) text(row *Row) error {
	for {
		part, err := o.in.ReadSlice('"')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		o.line += int64(bytes.Count(part, []byte("\n")))
		row.Raw = append(row.Raw, part...)
		if len(row.Raw) > 4*mostRow {
			return fault.Newf(fault.Usage, "A text at line %d is longer than %d MB", o.line, mostRow>>20)
		}
		if err != nil {
			continue
		}
		slashes := 0
		for i := len(row.Raw) - 2; i > 0 && row.Raw[i] == '\\'; i-- {
			slashes++
		}
		if slashes%2 == 0 {
			return nil
		}
	}
}

// word reads a number, true, false or null up to what ends it.
func (o *objectArray) word() error {
	for {
		c, err := o.in.ReadByte()
		if err != nil {
			return err
		}
		if bytes.IndexByte([]byte(",}] \t\r\n"), c) >= 0 {
			return o.in.UnreadByte()
		}
	}
}

func (o *objectArray) broken(err error) error {
	if errors.Is(err, io.EOF) {
		return fault.Newf(fault.Usage, "The file ends in the middle of its array, at line %d", o.line).
			WithRemedy("what came before it was read; is the file whole?")
	}
	return readFault(err)
}
