package connection

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// document is a TOML file with the place of everything in it, so that one
// table can be changed and the rest stay as it is, byte for byte.
type document struct {
	path   string
	data   []byte
	tables []table // in the file's order; the first is the root, without a header
}

// table is a [header] and the key-values that follow it.
type table struct {
	name    []string
	array   bool // [[header]]
	start   int  // offset of the header's line
	headEnd int  // offset after the header's line
	line    int
	keys    []keyValue
}

// keyValue is one line `key = value`; a value may span lines.
type keyValue struct {
	key              []string
	value            value
	start, end       int // from the key's first byte to behind the value's last
	valueStart, line int
	column           int
}

type kind int

const (
	kindString kind = iota
	kindInteger
	kindBool
	kindFloat
	kindTable // an inline table; its members are in value.members
	kindOther // array, date, time
)

// value is a scalar as text, or an inline table.
type value struct {
	kind    kind
	text    string
	members []keyValue
}

// parseError is what is wrong with a document, and where. The message never
// quotes more of the file than one character.
type parseError struct {
	line, column int
	message      string
}

func (e *parseError) Error() string { return e.message }

const byteOrderMark = "\uFEFF"

// parse reads data. Any error is a *parseError.
func parse(path string, data []byte) (*document, error) {
	text := data
	if bytes.HasPrefix(data, []byte(byteOrderMark)) {
		// Windows editors write one, and the parser knows none. Spaces in its
		// place keep every offset as it is.
		text = append([]byte(strings.Repeat(" ", len(byteOrderMark))), data[len(byteOrderMark):]...)
	}
	// The decoder checks what the syntax tree does not: keys and tables given twice.
	var whole map[string]any
	if err := toml.Unmarshal(text, &whole); err != nil {
		e := &parseError{line: 1, column: 1, message: strings.TrimPrefix(err.Error(), "toml: ")}
		var at *toml.DecodeError
		if errors.As(err, &at) {
			e.line, e.column = at.Position()
		}
		return nil, e
	}
	d := &document{path: path, data: data, tables: []table{{line: 1}}}
	lines := lineIndex(data)
	var p unstable.Parser
	p.Reset(text)
	for p.NextExpression() {
		node := p.Expression()
		switch node.Kind {
		case unstable.Table, unstable.ArrayTable:
			d.tables = append(d.tables, d.header(node, lines))
		case unstable.KeyValue:
			last := &d.tables[len(d.tables)-1]
			last.keys = append(last.keys, d.keyValue(node, lines))
		}
	}
	if err := p.Error(); err != nil { // the decoder accepted the same bytes
		return nil, &parseError{line: 1, column: 1, message: err.Error()}
	}
	return d, nil
}

func (d *document) header(node *unstable.Node, lines []int) table {
	t := table{array: node.Kind == unstable.ArrayTable}
	first, end := -1, 0
	for it := node.Key(); it.Next(); {
		k := it.Node()
		t.name = append(t.name, string(k.Data))
		if first < 0 {
			first = int(k.Raw.Offset)
		}
		end = int(k.Raw.Offset + k.Raw.Length)
	}
	t.line, _ = position(lines, first)
	t.start = lines[t.line-1]
	t.headEnd = d.lineEnd(end)
	return t
}

func (d *document) keyValue(node *unstable.Node, lines []int) keyValue {
	var kv keyValue
	first, end := -1, 0
	for it := node.Key(); it.Next(); {
		k := it.Node()
		kv.key = append(kv.key, string(k.Data))
		if first < 0 {
			first = int(k.Raw.Offset)
		}
		end = int(k.Raw.Offset + k.Raw.Length)
	}
	kv.start = first
	kv.line, kv.column = position(lines, first)
	kv.valueStart = end + strings.IndexByte(string(d.data[end:]), '=') + 1
	for d.data[kv.valueStart] == ' ' || d.data[kv.valueStart] == '\t' {
		kv.valueStart++
	}
	kv.end = int(node.Raw.Offset + node.Raw.Length)
	for kv.end > kv.valueStart && (d.data[kv.end-1] == ' ' || d.data[kv.end-1] == '\t') {
		kv.end--
	}
	kv.value = d.value(node.Value(), lines)
	return kv
}

func (d *document) value(node *unstable.Node, lines []int) value {
	text := string(node.Data)
	switch node.Kind {
	case unstable.String:
		return value{kind: kindString, text: text}
	case unstable.Bool:
		return value{kind: kindBool, text: text}
	case unstable.Integer:
		if n, err := strconv.ParseInt(text, 0, 64); err == nil { // base 0 reads 0x, 0o, 0b and underscores
			text = strconv.FormatInt(n, 10)
		}
		return value{kind: kindInteger, text: text}
	case unstable.Float:
		return value{kind: kindFloat, text: strings.ReplaceAll(text, "_", "")}
	case unstable.InlineTable:
		v := value{kind: kindTable}
		for it := node.Children(); it.Next(); {
			if member := it.Node(); member.Kind == unstable.KeyValue {
				v.members = append(v.members, d.keyValue(member, lines))
			}
		}
		return v
	}
	return value{kind: kindOther}
}

// lineEnd returns the offset after the line that holds offset.
func (d *document) lineEnd(offset int) int {
	for i := offset; i < len(d.data); i++ {
		if d.data[i] == '\n' {
			return i + 1
		}
	}
	return len(d.data)
}

// lineIndex returns the offset of each line's first byte.
func lineIndex(data []byte) []int {
	lines := []int{0}
	for i, c := range data {
		if c == '\n' {
			lines = append(lines, i+1)
		}
	}
	return lines
}

// position returns the 1-based line, and the column in bytes, of an offset.
func position(lines []int, offset int) (line, column int) {
	low, high := 0, len(lines)
	for high-low > 1 {
		if mid := (low + high) / 2; lines[mid] <= offset {
			low = mid
		} else {
			high = mid
		}
	}
	return low + 1, offset - lines[low] + 1
}

// setting is one scalar of the file under its full path, however it was written.
type setting struct {
	path         []string
	value        value
	line, column int
}

// settings flattens the document: every scalar, and every table that exists
// even when nothing is in it (as kindTable).
func (d *document) settings() []setting {
	var all []setting
	for _, t := range d.tables {
		if t.array {
			all = append(all, setting{path: t.name, value: value{kind: kindOther}, line: t.line, column: 1})
			continue
		}
		if len(t.name) > 0 {
			all = append(all, setting{path: t.name, value: value{kind: kindTable}, line: t.line, column: 1})
		}
		for _, kv := range t.keys {
			all = flatten(all, t.name, kv)
		}
	}
	return all
}

func flatten(all []setting, prefix []string, kv keyValue) []setting {
	path := append(append([]string{}, prefix...), kv.key...)
	all = append(all, setting{path: path, value: kv.value, line: kv.line, column: kv.column})
	for _, member := range kv.value.members {
		all = flatten(all, path, member)
	}
	return all
}
