package redshift

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/fairleadhq/fairlead/internal/engine/rawpage"
	"github.com/fairleadhq/fairlead/internal/engine/redshift/dataapi"
	"github.com/fairleadhq/fairlead/internal/result"
)

// rowReader puts a page's rows into a builder, one at a time.
type rowReader interface {
	// next appends one row; more is false when the page holds none any more.
	next(b *result.TextBuilder) (more bool, err error)
}

func newRowReader(p dataapi.Page, format string) rowReader {
	if format == dataapi.CSV {
		return &csvRows{texts: p.CSV, width: len(p.Columns)}
	}
	r := &jsonRows{width: len(p.Columns)}
	rawpage.Elements(p.Rows, func(row []byte) bool { r.rows = append(r.rows, row); return true })
	return r
}

// csvRows reads the CSV of a page: fields in quotes where need be, a quote in
// them doubled; an unquoted empty field is NULL, a quoted one the empty text.
// The session has proved that the service writes them so.
type csvRows struct {
	texts []string // what is left
	width int
}

func (r *csvRows) next(b *result.TextBuilder) (bool, error) {
	for len(r.texts) > 0 && r.texts[0] == "" {
		r.texts = r.texts[1:]
	}
	if len(r.texts) == 0 {
		return false, nil
	}
	rest := r.texts[0]
	for column := 0; ; column++ {
		if column == r.width {
			return false, fmt.Errorf("a row of CSV has more than %d fields", r.width)
		}
		value, known, after, err := cutField(rest)
		if err != nil {
			return false, err
		}
		rest = after
		if !known {
			b.AppendNull(column)
		} else if err := b.Append(column, value); err != nil {
			return false, err
		}
		if rest != "" && rest[0] == ',' {
			rest = rest[1:]
			continue
		}
		if column+1 != r.width {
			return false, fmt.Errorf("a row of CSV has %d fields in place of %d", column+1, r.width)
		}
		break
	}
	rest = strings.TrimPrefix(rest, "\r")
	r.texts[0] = strings.TrimPrefix(rest, "\n")
	b.EndRow()
	return true, nil
}

// cutField takes one field off the front of text. What follows begins with the
// separator, a line end, or nothing.
func cutField(text string) (value string, known bool, rest string, err error) {
	if text == "" || text[0] != '"' {
		end := strings.IndexAny(text, ",\r\n")
		if end < 0 {
			end = len(text)
		}
		return text[:end], end > 0, text[end:], nil
	}
	from, doubled := 1, false
	for i := from; ; {
		at := strings.IndexByte(text[i:], '"')
		if at < 0 {
			return "", false, "", errors.New("a quoted field of CSV does not end")
		}
		i += at
		if i+1 < len(text) && text[i+1] == '"' {
			doubled = true
			i += 2
			continue
		}
		value, rest = text[from:i], text[i+1:]
		break
	}
	if rest != "" && !strings.ContainsRune(",\r\n", rune(rest[0])) {
		return "", false, "", errors.New("text follows a quoted field of CSV")
	}
	if doubled {
		value = strings.ReplaceAll(value, `""`, `"`)
	}
	return value, true, rest, nil
}

// jsonRows reads an array of rows, each an array of objects with one member
// that names the value's type.
type jsonRows struct {
	rows  [][]byte // what is left
	width int
}

func (r *jsonRows) next(b *result.TextBuilder) (bool, error) {
	if len(r.rows) == 0 {
		return false, nil
	}
	row := r.rows[0]
	r.rows = r.rows[1:]
	column := 0
	var err error
	rawpage.Elements(row, func(datum []byte) bool {
		if column == r.width {
			err = fmt.Errorf("a row has more than %d values", r.width)
		} else {
			err = appendDatum(b, column, datum)
		}
		column++
		return err == nil
	})
	if err == nil && column != r.width {
		err = fmt.Errorf("a row has %d values in place of %d", column, r.width)
	}
	if err != nil {
		return false, err
	}
	b.EndRow()
	return true, nil
}

// appendDatum puts one typed value into its column.
func appendDatum(b *result.TextBuilder, column int, datum []byte) (err error) {
	known := false
	rawpage.Members(datum, func(kind string, value []byte) bool {
		if string(value) == "null" {
			return true // a member that is not set
		}
		known = true
		switch kind {
		case "isNull":
			if string(value) == "true" {
				b.AppendNull(column)
			} else {
				err = errors.New("a value that is neither NULL nor anything else")
			}
		case "stringValue", "longValue", "doubleValue", "booleanValue":
			err = b.Append(column, rawpage.Text(value))
		case "blobValue":
			var raw []byte
			if raw, err = base64.StdEncoding.DecodeString(rawpage.Text(value)); err == nil {
				err = b.Append(column, hex.EncodeToString(raw))
			}
		default:
			err = fmt.Errorf("a value of the unknown kind %q", kind)
		}
		return false
	})
	if err == nil && !known {
		err = fmt.Errorf("a value without a kind: %.80s", datum)
	}
	return err
}

// tellsNull reports whether a page of CSV of `select ” as e, null as n, 'x' as x`
// keeps NULL apart from the empty text, as csvRows reads them.
func tellsNull(p dataapi.Page) bool {
	text := strings.TrimRight(strings.Join(p.CSV, ""), "\r\n")
	return text == `"",,x` || text == `"",,"x"`
}
