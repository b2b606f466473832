// Package itemfile reads the rows of a file as DynamoDB items: JSON lines, an
// array of JSON objects, CSV; plain JSON or DynamoDB's typed one. A row that is
// no item comes with the reason, and the rows behind it are read all the same.
//
// It knows files' formats and the table's keys, and sends nothing.
//
//	r, err := itemfile.New(file, itemfile.Options{Format: "jsonl", Keys: keys})
//	for {
//		row, err := r.Next()
//		if err == io.EOF { break }
//		// row.Item is typed JSON, or row.Problem says why there is none
//	}
package itemfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/item"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// Key is one attribute of the table's key with its type: S, N or B.
type Key struct{ Name, Tag string }

// Options say how to read.
type Options struct {
	Format     string // jsonl, dynamodb-json, json, csv
	Keys       []Key
	Types      map[string]string // see engine.Import
	Infer      bool
	NullAbsent bool
}

// Row is one row. Its slices are good until the next call of Next.
type Row struct {
	Number  int64  // counted from 1
	Line    int64  // where it begins in the file
	Raw     []byte // as it stands in the file; of one that is too long the beginning
	Item    []byte // typed JSON, not weighed yet; nil when there is a Problem
	Problem string // begins in lower case
}

// Reader reads rows.
type Reader struct {
	o      Options
	form   form
	rows   interface{ next(r *Row) error }
	number int64
	buf    []byte
	row    Row
	skip   bool // rows are counted and not converted
}

// form is how an object of the file is to be read.
type form int

const (
	undecided form = iota
	plain
	typed
)

// Types are those that Options.Types takes.
func Types() []string {
	return []string{"S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS", "json", "merge"}
}

// mostRow bounds a row: an item of 400 KB, whose text may be escaped throughout,
// fits well.
const mostRow = 8 << 20

// New begins to read. A CSV's header is read at once; one that lacks a key is a
// fault with code usage.
func New(from io.Reader, o Options) (*Reader, error) {
	for name, tag := range o.Types {
		if !slices.Contains(Types(), tag) {
			return nil, fault.Newf(fault.Usage, "Attribute %s cannot have the type %q", name, tag).
				WithRemedy("types: " + strings.Join(Types(), ", "))
		}
	}
	r := &Reader{o: o}
	in := bufio.NewReaderSize(from, 1<<16)
	if mark, _ := in.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = in.Discard(3) // a byte order mark, as spreadsheets write it
	}
	lines := &lineReader{in: in}
	switch o.Format {
	case "jsonl":
		r.rows = &objectLines{r: r, lines: lines}
	case "dynamodb-json":
		r.form = typed
		r.rows = &objectLines{r: r, lines: lines}
	case "json":
		r.rows = &objectArray{r: r, in: in, line: 1}
	case "csv":
		c, err := newTable(r, lines)
		if err != nil {
			return nil, err
		}
		r.rows = c
	default:
		return nil, fault.Newf(fault.Usage, "Items cannot be read from the format %q", o.Format).
			WithRemedy("formats: jsonl, dynamodb-json, json, csv, parquet")
	}
	return r, nil
}

// Next returns the next row, io.EOF after the last. Any other error ends the
// reading: the file cannot be read any further.
func (r *Reader) Next() (*Row, error) {
	r.row = Row{Raw: r.row.Raw[:0]}
	if err := r.rows.next(&r.row); err != nil {
		return nil, err
	}
	r.number++
	r.row.Number = r.number
	return &r.row, nil
}

// Skip passes over n rows without a look at what is in them. It returns how many
// there were.
func (r *Reader) Skip(n int64) (passed int64, err error) {
	r.skip = true
	defer func() { r.skip = false }()
	for ; passed < n; passed++ {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			return passed, nil
		} else if err != nil {
			return passed, err
		}
	}
	return passed, nil
}

// object converts a row's JSON object.
func (r *Reader) object(row *Row, doc []byte) {
	if r.skip {
		return
	}
	if !item.ValidJSON(doc) {
		row.Problem = whyInvalid(doc)
		return
	}
	if r.form == undecided {
		r.form = r.formOf(doc)
	}
	if r.form == typed {
		if inner := item.Raw(doc, "Item"); inner != nil && members(doc) == 1 && inner[0] == '{' && !isTyped(inner) {
			doc = inner
		}
		row.Item = doc
		return
	}
	var problem string
	if r.buf, problem = r.plainObject(r.buf[:0], doc); problem != "" {
		row.Problem = problem
		return
	}
	row.Item = r.buf
}

// formOf tells plain from typed objects by the table's key, which is a single
// value: the object {"S":"x"} in its place is a typed one.
func (r *Reader) formOf(doc []byte) form {
	if inner := item.Raw(doc, "Item"); inner != nil && members(doc) == 1 && r.hasTypedKeys(inner) || r.hasTypedKeys(doc) && item.Valid(doc) {
		return typed
	}
	return plain
}

func (r *Reader) hasTypedKeys(doc []byte) bool {
	for _, k := range r.o.Keys {
		if tag, _ := item.Split(item.Raw(doc, k.Name)); tag != k.Tag {
			return false
		}
	}
	return len(r.o.Keys) > 0
}

// isTyped reports whether an object is a typed value, {"M":{...}}.
func isTyped(doc []byte) bool {
	tag, _ := item.Split(doc)
	return slices.Contains(Types()[:10], tag)
}

func members(doc []byte) (n int) {
	item.Members(doc, func(string, []byte) bool { n++; return true })
	return n
}

// plainObject makes a typed item of a plain object, with the types asked for.
func (r *Reader) plainObject(dst, doc []byte) (out []byte, problem string) {
	if len(r.o.Types) == 0 && !r.o.NullAbsent {
		out, err := item.AppendTyped(dst, doc)
		if err != nil {
			return dst, "it is no valid JSON object"
		}
		return out, ""
	}
	b := builder{dst: append(dst, '{')}
	item.Members(doc, func(name string, value []byte) bool {
		tag := r.o.Types[name]
		switch {
		case r.o.NullAbsent && string(value) == "null":
		case tag == "":
			b.plain(name, value)
		case value[0] == '"':
			b.cell(name, tag, item.Text(value), true)
		case tag == "N" || tag == "BOOL":
			b.cell(name, tag, string(value), false)
		default:
			b.json(name, tag, value)
		}
		return b.problem == ""
	})
	return append(b.dst, '}'), b.problem
}

// whyInvalid says where a line of JSON breaks.
func whyInvalid(doc []byte) string {
	trimmed := bytes.TrimSpace(doc)
	if len(trimmed) > 0 && trimmed[0] != '{' {
		return "it is no JSON object"
	}
	if at := brokenAt(doc); at > 0 {
		return fmt.Sprintf("it is no valid JSON at column %d", at)
	}
	return "it is no valid JSON"
}
