package sink

import (
	"encoding/binary"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
)

// csvWriter writes RFC 4180 with \n for line ends: a header always, quotes
// only where they are needed. NULL is an empty field and the empty text is "",
// so that they stay apart. A NULL that is its row's only column is therefore
// an empty line. A result without columns is an empty file.
type csvWriter struct {
	out     buffer
	columns []column
	fields  []arrow.Field
	null    string
	begun   bool
}

func newCSV(w io.Writer, schema *arrow.Schema, o Options) *csvWriter {
	return &csvWriter{out: buffer{w: w}, columns: newColumns(schema, 'T'), fields: schema.Fields(), null: o.NullText}
}

func (c *csvWriter) Write(batch arrow.RecordBatch) error {
	c.header()
	if len(c.columns) == 0 {
		return nil
	}
	bind(c.columns, batch)
	quietColumns := make([]bool, len(c.columns))
	for i := range c.columns {
		quietColumns[i] = c.columns[i].look()&quiet != 0
	}
	b := c.out.b
	for row := range int(batch.NumRows()) {
		for i := range c.columns {
			if i > 0 {
				b = append(b, ',')
			}
			switch column := &c.columns[i]; {
			case column.null(row):
				b = append(b, c.null...)
			case quietColumns[i]:
				b = column.appendText(b, row)
			default:
				start := len(b)
				b = c.quote(column.appendText(b, row), start)
			}
		}
		b = append(b, '\n')
		if len(b) >= flushAt {
			c.out.b = b
			if err := c.out.flush(); err != nil {
				return err
			}
			b = c.out.b
		}
	}
	c.out.b = b
	return c.out.flushFirst()
}

func (c *csvWriter) header() {
	if c.begun {
		return
	}
	c.begun = true
	for i, f := range c.fields {
		if i > 0 {
			c.out.b = append(c.out.b, ',')
		}
		start := len(c.out.b)
		c.out.b = c.quote(append(c.out.b, f.Name...), start)
	}
	if len(c.fields) > 0 {
		c.out.b = append(c.out.b, '\n')
	}
}

// quote puts the field that begins at start between quotes where it must be:
// it holds a separator, a quote or a line end, it is empty, it could be taken
// for NULL, or it begins or ends with white space, which some readers trim.
func (c *csvWriter) quote(b []byte, start int) []byte {
	field := b[start:]
	needed := len(field) == 0 || c.null != "" && string(field) == c.null ||
		field[0] == ' ' || field[0] == '\t' || field[len(field)-1] == ' ' || field[len(field)-1] == '\t'
	if !needed && !special(field) {
		return b
	}
	quotes := 0
	for _, x := range field {
		if x == '"' {
			quotes++
		}
	}
	// Grow by the quotes, then move the field to the right from its end.
	for range quotes + 2 {
		b = append(b, '"')
	}
	from, to := start+len(field)-1, len(b)-2
	for from >= start {
		b[to] = b[from]
		if b[from] == '"' {
			to--
			b[to] = '"'
		}
		from, to = from-1, to-1
	}
	b[start] = '"'
	return b
}

// special reports whether a field holds a quote, a separator or a line end. It
// looks at eight bytes at a time: most fields hold none of them.
func special(field []byte) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for len(field) >= 8 {
		v := binary.LittleEndian.Uint64(field)
		quote, comma, line, back := v^ones*'"', v^ones*',', v^ones*'\n', v^ones*'\r'
		// The top bit of a byte is set where the byte was zero (and perhaps in
		// bytes above it, which does not matter here).
		found := (quote-ones)&^quote | (comma-ones)&^comma | (line-ones)&^line | (back-ones)&^back
		if found&tops != 0 {
			return true
		}
		field = field[8:]
	}
	for _, x := range field {
		if x == '"' || x == ',' || x == '\n' || x == '\r' {
			return true
		}
	}
	return false
}

func (c *csvWriter) Close() error {
	c.header()
	return c.out.flush()
}

func (c *csvWriter) abandon() error { return c.Close() }
