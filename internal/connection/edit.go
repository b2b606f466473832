package connection

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// field is one key of a table as it should stand.
type field struct {
	key, text string
	boolean   bool
}

// replacement is a change to a document: bytes start to end become text.
type replacement struct {
	start, end int
	text       string
}

// put returns the file with the table [section.name] holding exactly fields,
// besides keys that drop does not name. A value that is the same already stays
// as it was written.
func (d *document) put(section, name string, fields []field, drop func(key string) bool) ([]byte, error) {
	t, err := d.find(section, name)
	if err != nil {
		return nil, err
	}
	if t == nil {
		return d.appendTable(section, name, fields), nil
	}
	var changes []replacement
	at := t.headEnd
	for _, kv := range t.keys {
		at = d.lineEnd(kv.end)
		if len(kv.key) != 1 {
			continue
		}
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == kv.key[0] })
		switch {
		case i >= 0:
			if text := fields[i].over(kv.value); text != "" {
				changes = append(changes, replacement{kv.valueStart, kv.end, text})
			}
			fields = slices.Delete(slices.Clone(fields), i, i+1)
		case drop(kv.key[0]) && !kv.saysFalse():
			changes = append(changes, replacement{d.lineStart(kv.start), at, ""})
		}
	}
	if len(fields) > 0 {
		added := d.lines(fields)
		if at > 0 && d.data[at-1] != '\n' {
			added = d.newline() + added
		}
		changes = append(changes, replacement{at, at, added})
	}
	return d.apply(changes), nil
}

// over returns the text to write over an old value, or "" to leave it. Where a
// number or a boolean stood and the new text is one, it is written as one.
func (f field) over(old value) string {
	switch {
	case old.kind != kindTable && old.kind != kindOther && old.text == f.text && f.boolean == (old.kind == kindBool && f.boolean):
		return ""
	case f.boolean:
		return f.text
	case old.kind == kindInteger && isInteger(f.text), old.kind == kindBool && (f.text == "true" || f.text == "false"):
		return f.text
	}
	return quote(f.text)
}

// saysFalse is true of `read_only = false`, which may stay: it says the same
// as its absence.
func (kv keyValue) saysFalse() bool {
	return kv.key[0] == "read_only" && kv.value.kind == kindBool && kv.value.text == "false"
}

// remove returns the file without the table [section.name] and the tables
// below it.
func (d *document) remove(section, name string) ([]byte, error) {
	if t, err := d.find(section, name); err != nil {
		return nil, err
	} else if t == nil && !d.hasBelow(section, name) {
		return d.data, nil // another process was first
	}
	var changes []replacement
	for i, t := range d.tables {
		if len(t.name) < 2 || t.name[0] != section || t.name[1] != name {
			continue
		}
		end := d.tableEnd(i)
		changes = append(changes, replacement{t.start, end, ""})
	}
	return d.apply(changes), nil
}

// tableEnd returns the offset behind the i-th table: its last key, comments
// that follow at once and do not lead over to the next table, and blank lines.
func (d *document) tableEnd(i int) int {
	t := d.tables[i]
	end := t.headEnd
	if n := len(t.keys); n > 0 {
		end = d.lineEnd(t.keys[n-1].end)
	}
	limit := len(d.data)
	if i+1 < len(d.tables) {
		limit = d.tables[i+1].start
	}
	comments := end
	for comments < limit && d.isComment(comments) {
		comments = d.lineEnd(comments)
	}
	if comments < limit || limit == len(d.data) {
		end = comments
	}
	for end < limit && d.isBlank(end) {
		end = d.lineEnd(end)
	}
	return end
}

func (d *document) isComment(lineStart int) bool {
	return bytes.HasPrefix(bytes.TrimLeft(d.data[lineStart:d.lineEnd(lineStart)], " \t"), []byte("#"))
}

func (d *document) isBlank(lineStart int) bool {
	return len(bytes.TrimSpace(d.data[lineStart:d.lineEnd(lineStart)])) == 0
}

// find returns the table [section.name], or nil when there is none. An entry
// written in another form (inline, with dotted keys) is a fault: to change it
// would mean to rewrite what the user wrote.
func (d *document) find(section, name string) (*table, error) {
	for i := range d.tables {
		if t := &d.tables[i]; !t.array && len(t.name) == 2 && t.name[0] == section && t.name[1] == name {
			if line, ok := d.dotted(section, name); ok {
				return nil, d.notEditable(section, name, line)
			}
			return t, nil
		}
	}
	if line, ok := d.dotted(section, name); ok {
		return nil, d.notEditable(section, name, line)
	}
	return nil, nil
}

func (d *document) notEditable(section, name string, line int) error {
	return fault.Newf(fault.Config, "%s:%d writes %s.%s inside a line; Fairlead changes only a table of its own", d.path, line, section, name).
		WithRemedyf("edit line %d by hand, or write it as [%s.%s] with a key on each line", line, section, tomlKey(name))
}

// dotted reports whether a part of section.name stands outside a table of its
// own, and on which line.
func (d *document) dotted(section, name string) (line int, ok bool) {
	for _, t := range d.tables {
		if len(t.name) > 1 {
			continue
		}
		for _, kv := range t.keys {
			for _, s := range flatten(nil, t.name, kv) {
				if len(s.path) >= 2 && s.path[0] == section && s.path[1] == name {
					return s.line, true
				}
			}
		}
	}
	return 0, false
}

func (d *document) hasBelow(section, name string) bool {
	return slices.ContainsFunc(d.tables, func(t table) bool {
		return len(t.name) > 2 && t.name[0] == section && t.name[1] == name
	})
}

// appendTable returns the file with a new table at its end.
func (d *document) appendTable(section, name string, fields []field) []byte {
	nl := d.newline()
	var b strings.Builder
	if n := len(d.data); n > 0 {
		if d.data[n-1] != '\n' {
			b.WriteString(nl)
		}
		b.WriteString(nl)
	}
	fmt.Fprintf(&b, "[%s.%s]%s%s", section, tomlKey(name), nl, d.lines(fields))
	return append(slices.Clone(d.data), b.String()...)
}

func (d *document) lines(fields []field) string {
	var b strings.Builder
	for _, f := range fields {
		text := f.text
		if !f.boolean {
			text = quote(text)
		}
		fmt.Fprintf(&b, "%s = %s%s", tomlKey(f.key), text, d.newline())
	}
	return b.String()
}

// newline returns the line end the file uses.
func (d *document) newline() string {
	if i := bytes.IndexByte(d.data, '\n'); i > 0 && d.data[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

func (d *document) lineStart(offset int) int { return bytes.LastIndexByte(d.data[:offset], '\n') + 1 }

// apply makes the changes, which stand in the file's order and do not overlap.
func (d *document) apply(changes []replacement) []byte {
	var out []byte
	at := 0
	for _, c := range changes {
		out = append(out, d.data[at:c.start]...)
		out = append(out, c.text...)
		at = c.end
	}
	return append(out, d.data[at:]...)
}

// tomlKey writes a key, quoted when it must be.
func tomlKey(key string) string {
	for _, c := range []byte(key) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-') {
			return quote(key)
		}
	}
	if key == "" {
		return quote(key)
	}
	return key
}

// quote writes a TOML 1.0 basic string.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < 0x20 || c == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// isInteger reports whether text is an integer exactly as TOML would print it.
func isInteger(text string) bool {
	n, err := strconv.ParseInt(text, 10, 64)
	return err == nil && strconv.FormatInt(n, 10) == text
}

func validText(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }
