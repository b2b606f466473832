package itemfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// csvTable reads CSV (RFC 4180) with a header. A field of nothing is an
// attribute that is not there, and "" is the empty text, as our own export
// writes them. A row that is broken is refused by its line alone: a quote that
// never closes takes no row behind it along.
type csvTable struct {
	r       *Reader
	lines   *lineReader
	columns []csvColumn
	fields  []field
}

type csvColumn struct{ name, tag string }

type field struct {
	text   []byte
	quoted bool
}

// newTable reads the header. A column's type is what --types says, the ending
// of its name (total:N), the table's own for a key, and else S.
func newTable(r *Reader, lines *lineReader) (*csvTable, error) {
	c := &csvTable{r: r, lines: lines}
	var header Row
	problem, err := c.record(&header)
	if errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Usage, "The file has no header").WithRemedy("a CSV begins with the names of its columns")
	}
	if err != nil {
		return nil, err
	}
	if problem != "" {
		return nil, fault.Newf(fault.Usage, "The file's header cannot be read: %s", problem)
	}
	for _, f := range c.fields {
		col := r.columnOf(string(f.text))
		if slices.ContainsFunc(c.columns, func(o csvColumn) bool { return o.name == col.name }) {
			return nil, fault.Newf(fault.Usage, "The file has two columns %q", col.name).WithRemedy("give each a name of its own")
		}
		c.columns = append(c.columns, col)
	}
	for _, name := range slices.Sorted(maps.Keys(r.o.Types)) {
		if !slices.Contains(c.names(), name) {
			return nil, fault.Newf(fault.Usage, "The file has no column %q, which is given a type", name).
				WithRemedy("its columns: " + strings.Join(c.names(), ", "))
		}
	}
	for _, k := range r.o.Keys {
		i := slices.IndexFunc(c.columns, func(o csvColumn) bool { return o.name == k.Name })
		merged := slices.ContainsFunc(c.columns, func(o csvColumn) bool { return o.tag == "merge" })
		if i < 0 && !merged {
			return nil, fault.Newf(fault.Usage, "The file has no column %q, which is part of the table's key", k.Name).
				WithRemedy("its columns: " + strings.Join(c.names(), ", "))
		}
		if i >= 0 && c.columns[i].tag != k.Tag {
			return nil, fault.Newf(fault.Usage, "Column %q is given as %s, and the table's key is %s", k.Name, c.columns[i].tag, k.Tag)
		}
	}
	return c, nil
}

func (r *Reader) columnOf(header string) csvColumn {
	if tag := r.o.Types[header]; tag != "" {
		return csvColumn{header, tag}
	}
	if at := strings.LastIndexByte(header, ':'); at > 0 && slices.Contains(Types(), header[at+1:]) {
		name := header[:at]
		if tag := r.o.Types[name]; tag != "" {
			return csvColumn{name, tag}
		}
		return csvColumn{name, header[at+1:]}
	}
	for _, k := range r.o.Keys {
		if k.Name == header {
			return csvColumn{header, k.Tag}
		}
	}
	if r.o.Infer {
		return csvColumn{header, ""}
	}
	return csvColumn{header, "S"}
}

func (c *csvTable) names() (names []string) {
	for _, col := range c.columns {
		names = append(names, col.name)
	}
	return names
}

func (c *csvTable) next(row *Row) error {
	problem, err := c.record(row)
	if err != nil {
		return err
	}
	switch {
	case c.r.skip:
	case problem != "":
		row.Problem = problem
	case len(c.fields) != len(c.columns):
		row.Problem = fmt.Sprintf("it has %d fields, and the header has %d", len(c.fields), len(c.columns))
	default:
		b := builder{dst: append(c.r.buf[:0], '{')}
		for i, col := range c.columns {
			f := c.fields[i]
			tag := col.tag
			if tag == "" {
				tag = inferred(f)
			}
			b.cell(col.name, tag, string(f.text), f.quoted)
		}
		c.r.buf = append(b.dst, '}')
		row.Problem = b.problem
		if b.problem == "" {
			row.Item = c.r.buf
		}
	}
	return nil
}

// inferred guesses a value's type by its looks. Text in quotes may look as it
// likes and a number that begins with 0 is a code of some sort: both stay text.
func inferred(f field) string {
	text := bytes.TrimSpace(f.text)
	switch {
	case len(text) == 0:
		return "S"
	case (text[0] == '{' || text[0] == '[') && json.Valid(text):
		return "json"
	case f.quoted:
		return "S"
	case string(text) == "true" || string(text) == "false":
		return "BOOL"
	case (text[0] == '-' || text[0] >= '0' && text[0] <= '9') && json.Valid(text) && isNumber(string(text)):
		return "N"
	}
	return "S"
}

// record reads one record into fields, whose texts lie in row.Raw or beside it.
// Empty lines are passed over.
func (c *csvTable) record(row *Row) (problem string, err error) {
	var line []byte
	var long bool
	for len(bytes.TrimSuffix(line, []byte("\r"))) == 0 {
		if line, long, err = c.lines.next(); err != nil {
			return "", err
		}
	}
	row.Line, row.Raw = c.lines.number, append(row.Raw[:0], line...)
	if long {
		row.Raw = row.Raw[:1000]
		return fmt.Sprintf("the line is longer than %d MB", mostRow>>20), nil
	}
	var more [][]byte // lines that the record went on in
	problem, open := c.split(row.Raw)
	for open {
		next, long, err := c.lines.next()
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		if err == nil {
			more = append(more, bytes.Clone(next))
		}
		if err != nil || long || len(row.Raw)+len(next) > mostRow {
			problem = "a quote is opened and never closed"
			break
		}
		row.Raw = append(append(row.Raw, '\n'), next...)
		if bytes.IndexByte(next, '"') >= 0 {
			problem, open = c.split(row.Raw)
		}
	}
	if problem != "" && len(more) > 0 {
		// Most likely the quote on the first line is the odd one. Only that line
		// is lost; what it seemed to hold are rows.
		row.Raw = row.Raw[:len(line0(row.Raw))]
		c.lines.unread(more)
	}
	row.Raw = bytes.TrimSuffix(row.Raw, []byte("\r"))
	return problem, nil
}

func line0(text []byte) []byte {
	first, _, _ := bytes.Cut(text, []byte("\n"))
	return first
}

// split parts a record into its fields. open reports that it ends inside quotes.
func (c *csvTable) split(record []byte) (problem string, open bool) {
	record = bytes.TrimSuffix(record, []byte("\r"))
	c.fields = c.fields[:0]
	for i := 0; ; i++ {
		if i < len(record) && record[i] == '"' {
			text, end, closed := unquote(record, i+1)
			if !closed {
				return "", true
			}
			c.fields = append(c.fields, field{text, true})
			if i = end; i < len(record) && record[i] != ',' {
				return fmt.Sprintf("there is text behind a closing quote, in field %d", len(c.fields)), false
			}
		} else {
			end := bytes.IndexByte(record[i:], ',')
			if end < 0 {
				end = len(record) - i
			}
			c.fields = append(c.fields, field{record[i : i+end], false})
			i += end
		}
		if i >= len(record) {
			return "", false
		}
	}
}

// unquote reads a field in quotes up to its closing one.
func unquote(record []byte, i int) (text []byte, end int, closed bool) {
	from, clean := i, true
	for {
		at := bytes.IndexByte(record[i:], '"')
		if at < 0 {
			return nil, 0, false
		}
		i += at
		if i+1 < len(record) && record[i+1] == '"' {
			i, clean = i+2, false
			continue
		}
		text = record[from:i]
		if !clean {
			text = bytes.ReplaceAll(text, []byte(`""`), []byte(`"`))
		}
		return text, i + 1, true
	}
}
