package rawpage

import (
	"bytes"
	"encoding/json"
	"unsafe"
)

// Members calls f for each member of an object, in the order they stand there,
// until f returns false. A value that is no object has no members. doc must be
// valid JSON; key and value are views into it.
func Members(doc []byte, f func(key string, value []byte) bool) {
	i := space(doc, 0)
	if i >= len(doc) || doc[i] != '{' {
		return
	}
	for i = space(doc, i+1); i < len(doc) && doc[i] == '"'; i = space(doc, i+1) {
		end := skip(doc, i)
		key := Text(doc[i:end])
		i = space(doc, end) // the colon
		i = space(doc, i+1) // the value
		end = skip(doc, i)
		if !f(key, doc[i:end]) {
			return
		}
		if i = space(doc, end); i >= len(doc) || doc[i] != ',' {
			return
		}
	}
}

// Elements calls f for each element of an array until f returns false. A value
// that is no array has no elements.
func Elements(doc []byte, f func(value []byte) bool) {
	i := space(doc, 0)
	if i >= len(doc) || doc[i] != '[' {
		return
	}
	for i = space(doc, i+1); i < len(doc) && doc[i] != ']'; i = space(doc, i+1) {
		end := skip(doc, i)
		if !f(doc[i:end]) {
			return
		}
		if i = space(doc, end); i >= len(doc) || doc[i] != ',' {
			return
		}
	}
}

// Member returns the value of one member, nil when there is none.
func Member(doc []byte, name string) (found []byte) {
	Members(doc, func(key string, value []byte) bool {
		if key == name {
			found = value
		}
		return found == nil
	})
	return found
}

// Text returns what a JSON string says; for any other value the value itself
// as it stands. The result may be a view into doc: it is good as long as doc
// is not changed.
func Text(doc []byte) string {
	if len(doc) < 2 || doc[0] != '"' {
		return unsafe.String(unsafe.SliceData(doc), len(doc))
	}
	inner := doc[1 : len(doc)-1]
	if bytes.IndexByte(inner, '\\') >= 0 {
		var s string
		_ = json.Unmarshal(doc, &s) // cannot fail: the document is valid
		return s
	}
	return unsafe.String(unsafe.SliceData(inner), len(inner))
}

// space returns the place of the first byte from i on that is no white space.
func space(doc []byte, i int) int {
	for i < len(doc) && (doc[i] == ' ' || doc[i] == '\n' || doc[i] == '\t' || doc[i] == '\r') {
		i++
	}
	return i
}

// skip returns the place behind the value that begins at i.
func skip(doc []byte, i int) int {
	depth := 0
	for i < len(doc) {
		switch doc[i] {
		case '"':
			i = skipString(doc, i)
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\n', '\t', '\r':
			i++
			continue
		default:
			i = skipWord(doc, i)
		}
		if depth <= 0 {
			return i
		}
	}
	return i
}

func skipString(doc []byte, i int) int {
	start := i + 1
	for i = start; i < len(doc); i++ {
		next := bytes.IndexByte(doc[i:], '"')
		if next < 0 {
			return len(doc)
		}
		i += next
		slashes := 0
		for i-slashes > start && doc[i-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 { // an odd number escapes the quote
			return i + 1
		}
	}
	return len(doc)
}

// skipWord skips a number, true, false or null.
func skipWord(doc []byte, i int) int {
	for i < len(doc) {
		switch doc[i] {
		case ',', ':', ']', '}', ' ', '\n', '\t', '\r':
			return i
		}
		i++
	}
	return i
}
