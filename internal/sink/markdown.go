package sink

import (
	"io"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
)

// markdownWriter writes a table of GitHub Flavored Markdown. What Markdown
// would read as its own is escaped; a line end is <br>; NULL is *NULL*.
type markdownWriter struct {
	out     buffer
	columns []column
	fields  []arrow.Field
	null    string
	cell    []byte
	begun   bool
}

func newMarkdown(w io.Writer, schema *arrow.Schema, o Options) *markdownWriter {
	m := &markdownWriter{out: buffer{w: w}, columns: newColumns(schema, ' '), fields: schema.Fields(), null: "*NULL*"}
	if o.NullText != "" {
		m.null = string(appendMarkdown(nil, []byte(o.NullText)))
	}
	return m
}

func (m *markdownWriter) Write(batch arrow.RecordBatch) error {
	m.header()
	if len(m.columns) == 0 {
		return nil
	}
	bind(m.columns, batch)
	for row := range int(batch.NumRows()) {
		m.out.b = append(m.out.b, '|')
		for i := range m.columns {
			m.out.b = append(m.out.b, ' ')
			switch column := &m.columns[i]; {
			case column.null(row):
				m.out.b = append(m.out.b, m.null...)
			case column.look()&quiet != 0:
				m.out.b = column.appendText(m.out.b, row)
			default:
				m.cell = column.appendText(m.cell[:0], row)
				m.out.b = appendMarkdown(m.out.b, m.cell)
			}
			m.out.b = append(m.out.b, ' ', '|')
		}
		m.out.b = append(m.out.b, '\n')
		if err := m.out.flushFull(); err != nil {
			return err
		}
	}
	return m.out.flushFirst()
}

func (m *markdownWriter) header() {
	if m.begun || len(m.fields) == 0 {
		return
	}
	m.begun = true
	m.out.b = append(m.out.b, '|')
	for _, f := range m.fields {
		m.out.b = append(m.out.b, ' ')
		m.out.b = appendMarkdown(m.out.b, []byte(f.Name))
		m.out.b = append(m.out.b, ' ', '|')
	}
	m.out.b = append(m.out.b, "\n|"...)
	for i := range m.columns {
		if m.columns[i].look()&right != 0 {
			m.out.b = append(m.out.b, " ---: |"...)
		} else {
			m.out.b = append(m.out.b, " --- |"...)
		}
	}
	m.out.b = append(m.out.b, '\n')
}

// appendMarkdown escapes punctuation that Markdown may act on with a
// backslash (CommonMark 0.31, section 2.4), and keeps spaces at the edges,
// which a table would drop.
func appendMarkdown(b, text []byte) []byte {
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '\r' && i+1 < len(text) && text[i+1] == '\n':
		case c == '\n' || c == '\r':
			b = append(b, "<br>"...)
		case c == ' ' && (i == 0 || i == len(text)-1):
			b = append(b, "&#32;"...)
		case c == '\\' || c == '|' || c == '`' || c == '*' || c == '_' || c == '[' || c == ']' ||
			c == '<' || c == '>' || c == '&' || c == '~' || c == '$':
			b = append(b, '\\', c)
		case c >= 0x20 && c < 0x7f:
			b = append(b, c)
		default:
			r, size := utf8.DecodeRune(text[i:])
			b = appendVisible(b, r)
			i += size
			continue
		}
		i++
	}
	return b
}

func (m *markdownWriter) Close() error {
	m.header()
	return m.out.flush()
}

func (m *markdownWriter) abandon() error { return m.Close() }
