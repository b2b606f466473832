package awsfile

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// document is one parsed file.
type document struct {
	sections []*Section
	problems []Problem
}

// numbered is a line and its number.
type numbered struct {
	text string
	line int
}

// parser reads one file line by line. Its rules are those of Python's
// RawConfigParser, which AWS CLI v2 reads these files with:
//
//   - a line whose first visible character is # or ; is a comment; there are
//     no comments behind a value;
//   - [name] begins a section, and whatever stands behind the last bracket is
//     ignored;
//   - key = value or key : value, parted at the first of the two signs;
//   - a line that is indented deeper than its key goes on with its value;
//   - [DEFAULT] is inherited by all sections.
type parser struct {
	file     string
	doc      document
	byHeader map[string]*Section
	defaults *Section

	section *Section
	entry   int // index in section.entries, -1 when no value is open
	indent  int
	value   []numbered // the lines of the open value
}

func parse(file string, data []byte) document {
	p := &parser{file: file, byHeader: map[string]*Section{}, entry: -1}
	p.defaults = &Section{Header: "DEFAULT", File: file}
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		p.doc.problems = append(p.doc.problems, Problem{Rule: "utf-16", Fatal: true, File: file, Message: "the file is written in UTF-16: nothing in it is read", Fix: "save it as UTF-8"})
		return p.doc
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		data = data[3:]
		p.doc.problems = append(p.doc.problems, Problem{Rule: "byte-order-mark", File: file, Line: 1,
			Message: "the file begins with a byte order mark: the AWS CLI refuses the file, Go tools lose its first section",
			Fix:     "save it as UTF-8 without BOM"})
	}
	text := string(data)
	for number := 1; text != ""; number++ {
		var line string
		line, text = cutLine(text)
		p.line(number, line)
	}
	p.closeValue()
	p.doc.problems = append(p.doc.problems, p.defaults.defects...)
	return p.doc
}

// cutLine cuts at \n, \r\n or a lone \r.
func cutLine(text string) (line, rest string) {
	i := strings.IndexAny(text, "\r\n")
	if i < 0 {
		return text, ""
	}
	if text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n' {
		return text[:i], text[i+2:]
	}
	return text[:i], text[i+1:]
}

func (p *parser) line(number int, line string) {
	trimmed := trim(line)
	comment := trimmed != "" && (trimmed[0] == '#' || trimmed[0] == ';')
	if !utf8.ValidString(line) {
		p.badBytes(number, comment)
		line = strings.ToValidUTF8(line, "\uFFFD")
		trimmed = trim(line)
	}
	switch {
	case comment:
		return
	case trimmed == "":
		if p.entry >= 0 {
			p.value = append(p.value, numbered{"", number})
		}
		return
	}
	indent := indentOf(line)
	if p.entry >= 0 && indent > p.indent {
		p.value = append(p.value, numbered{trimmed, number})
		return
	}
	p.indent = indent
	p.closeValue()
	if trimmed[0] == '[' && (strings.Contains(trimmed, "]") || !strings.ContainsAny(trimmed, "=:")) {
		p.header(number, trimmed)
		return
	}
	p.option(number, trimmed)
}

// header begins a section. A second section of the same name goes on with the
// first one's entries and marks it as defect.
func (p *parser) header(number int, line string) {
	end := strings.LastIndexByte(line, ']')
	if end <= 1 {
		p.brokenHeader(number, line)
		return
	}
	header := line[1:end]
	if header == "DEFAULT" {
		p.section = p.defaults
		return
	}
	if s, again := p.byHeader[header]; again {
		p.section = s
		p.defect(s, Problem{Rule: "duplicate-section", Line: number,
			Message: fmt.Sprintf("[%s] stands here a second time (first in line %d): the AWS CLI refuses the whole file for it", header, s.Line),
			Fix:     "merge the two sections into one"})
		return
	}
	p.section = p.newSection(number, header)
	p.byHeader[header] = p.section
}

func (p *parser) newSection(number int, header string) *Section {
	s := &Section{Header: header, File: p.file, Line: number, defaults: p.defaults}
	p.doc.sections = append(p.doc.sections, s)
	return s
}

// brokenHeader takes a line like "[profile a" for the section that was meant,
// so that its lines are not taken for those of the section above it.
func (p *parser) brokenHeader(number int, line string) {
	header := trim(strings.Trim(line, "[]"))
	if cut := strings.IndexAny(header, "#;"); cut >= 0 {
		header = trim(header[:cut])
	}
	p.section = p.newSection(number, header)
	p.section.broken = true
	p.defect(p.section, Problem{Rule: "section-unclosed", Line: number,
		Message: fmt.Sprintf("the section name %q is not closed: the AWS CLI refuses the whole file for it", line),
		Fix:     fmt.Sprintf("write [%s]", header)})
}

func (p *parser) option(number int, line string) {
	if p.section == nil {
		p.doc.problems = append(p.doc.problems, Problem{Rule: "line-before-section", File: p.file, Line: number, Fatal: true,
			Message: "this line stands before the first section: the AWS CLI refuses the whole file for it",
			Fix:     "put a section name such as [default] above it, or a # before it"})
		return
	}
	cut := strings.IndexAny(line, "=:")
	if cut < 0 {
		p.defect(p.section, Problem{Rule: "not-key-value", Line: number,
			Message: "the line is neither a comment, nor a section name, nor key = value: the AWS CLI refuses the whole file for it",
			Fix:     "correct the line, or put a # before it"})
		return
	}
	key := strings.ToLower(trim(line[:cut]))
	if key == "" {
		p.defect(p.section, Problem{Rule: "not-key-value", Line: number,
			Message: "the line has a value but no key: the AWS CLI refuses the whole file for it",
			Fix:     "correct the line, or put a # before it"})
		return
	}
	value := Value{File: p.file, Line: number}
	if i := slices.IndexFunc(p.section.entries, func(e Entry) bool { return e.Key == key }); i >= 0 {
		p.defect(p.section, Problem{Rule: "duplicate-key", Line: number,
			Message: fmt.Sprintf("%s stands here a second time (first in line %d): the AWS CLI refuses the whole file for it", key, p.section.entries[i].Line),
			Fix:     "remove one of the two lines"})
		p.section.entries[i].Value = value
		p.entry = i
	} else {
		p.section.entries = append(p.section.entries, Entry{Key: key, Value: value})
		p.entry = len(p.section.entries) - 1
	}
	p.value = append(p.value[:0], numbered{trim(line[cut+1:]), number})
}

// closeValue joins the lines of the open value. A value that begins with an
// empty line is a nested block of key = value lines.
func (p *parser) closeValue() {
	if p.entry < 0 {
		return
	}
	e := &p.section.entries[p.entry]
	p.entry = -1
	if len(p.value) == 1 {
		e.Text = p.value[0].text
		return
	}
	lines := make([]string, len(p.value))
	for i, l := range p.value {
		lines[i] = l.text
	}
	e.Text = strings.TrimRightFunc(strings.Join(lines, "\n"), isSpace)
	if !strings.HasPrefix(e.Text, "\n") {
		return
	}
	p.nested(e)
}

// nested reads the lines of the open value as a block of its own.
func (p *parser) nested(e *Entry) {
	for _, line := range p.value {
		if line.text == "" {
			continue
		}
		key, value, ok := strings.Cut(line.text, "=")
		if !ok {
			p.defect(p.section, Problem{Rule: "nested-not-key-value", Line: line.line,
				Message: fmt.Sprintf("the block below %q holds a line that is not key = value: the AWS CLI refuses the whole file for it", e.Key),
				Fix:     "correct the line, or put a # before it"})
			continue
		}
		nested := Entry{Key: trim(key), Value: Value{Text: trim(value), File: p.file, Line: line.line}}
		if j := slices.IndexFunc(e.Nested, func(o Entry) bool { return o.Key == nested.Key }); j >= 0 {
			e.Nested[j] = nested // the last wins, as in the CLI
			continue
		}
		e.Nested = append(e.Nested, nested)
	}
}

func (p *parser) badBytes(number int, comment bool) {
	problem := Problem{Rule: "bad-bytes", File: p.file, Line: number,
		Message: "the line holds bytes that are not UTF-8: the AWS CLI refuses the whole file for it",
		Fix:     "save the file as UTF-8"}
	if comment || p.section == nil {
		p.doc.problems = append(p.doc.problems, problem)
		return
	}
	p.defect(p.section, problem)
}

// defect marks the section as not to be used.
func (p *parser) defect(s *Section, problem Problem) {
	problem.File, problem.Fatal = p.file, true
	s.defects = append(s.defects, problem)
}

// trim drops what Python's str.strip drops.
func trim(s string) string {
	if s == "" {
		return s
	}
	first, last := s[0], s[len(s)-1]
	if first > ' ' && first < utf8.RuneSelf && last > ' ' && last < utf8.RuneSelf {
		return s
	}
	return strings.TrimFunc(s, isSpace)
}

// isSpace is Python's str.isspace for one character: Unicode's blanks and the
// four separators 0x1c to 0x1f.
func isSpace(r rune) bool {
	switch {
	case '\t' <= r && r <= '\r', 0x1c <= r && r <= ' ':
		return true
	case r < 0x85:
		return false
	}
	switch r {
	case 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000:
		return true
	}
	return 0x2000 <= r && r <= 0x200a
}

// indentOf counts the characters before the first visible one.
func indentOf(line string) int {
	n := 0
	for _, r := range line {
		if !isSpace(r) {
			return n
		}
		n++
	}
	return 0
}
