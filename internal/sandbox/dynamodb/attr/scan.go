package attr

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// errValue refuses JSON that is not of the shape of an attribute value.
const errValue Malformed = "Unexpected value type in payload"

// scanner reads JSON once, from the front. An import is mostly this: package
// json would read each level of an item anew and make a map of it.
type scanner struct {
	s string // texts without escapes are parts of it, not copies
	i int
}

// blank skips white space.
func (x *scanner) blank() {
	for x.i < len(x.s) {
		switch x.s[x.i] {
		case ' ', '\t', '\r', '\n':
			x.i++
		default:
			return
		}
	}
}

// at says whether c stands next.
func (x *scanner) at(c byte) bool {
	x.blank()
	return x.i < len(x.s) && x.s[x.i] == c
}

func (x *scanner) accept(c byte) bool {
	if x.at(c) {
		x.i++
		return true
	}
	return false
}

// word takes a literal name.
func (x *scanner) word(w string) bool {
	x.blank()
	if strings.HasPrefix(x.s[x.i:], w) {
		x.i += len(w)
		return true
	}
	return false
}

func (x *scanner) isNull() bool {
	x.blank()
	return strings.HasPrefix(x.s[x.i:], "null")
}

// member reads the name of an object's next member and its colon.
func (x *scanner) member(first bool) (string, error) {
	if !first && !x.accept(',') || !x.at('"') {
		return "", errValue
	}
	name, err := x.text()
	if err == nil && !x.accept(':') {
		err = errValue
	}
	return name, err
}

// text reads a string; a quote stands next. Bytes that are no UTF-8 become
// U+FFFD, as package json has it.
func (x *scanner) text() (string, error) {
	start := x.i + 1
	for i := start; i < len(x.s); i++ {
		switch c := x.s[i]; {
		case c == '"':
			x.i = i + 1
			return x.s[start:i], nil
		case c == '\\' || c < 0x20 || c >= utf8.RuneSelf:
			return x.slowText(start, i)
		}
	}
	return "", errValue
}

// slowText reads a string that is more than printable ASCII, from the first byte
// that says so.
func (x *scanner) slowText(start, from int) (string, error) {
	for i := from; i < len(x.s); i++ {
		switch x.s[i] {
		case '\\':
			i++
		case '"':
			x.i = i + 1
			raw := x.s[start:i]
			if strings.IndexByte(raw, '\\') < 0 && utf8.ValidString(raw) && strings.IndexFunc(raw, func(r rune) bool { return r < 0x20 }) < 0 {
				return raw, nil
			}
			var s string
			if err := json.Unmarshal([]byte(x.s[start-1:i+1]), &s); err != nil {
				return "", errValue
			}
			return s, nil
		}
	}
	return "", errValue
}

// skip passes over a value of any shape.
func (x *scanner) skip() error {
	x.blank()
	dec := json.NewDecoder(strings.NewReader(x.s[x.i:]))
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		return errValue
	}
	x.i += int(dec.InputOffset())
	return nil
}

// tokenName is what the service calls a JSON token in its complaints.
func (x *scanner) tokenName() string {
	x.blank()
	if x.i == len(x.s) {
		return "NULL_VALUE"
	}
	switch x.s[x.i] {
	case '"':
		return "STRING_VALUE"
	case 't':
		return "TRUE_VALUE"
	case 'f':
		return "FALSE_VALUE"
	case 'n':
		return "NULL_VALUE"
	case '{':
		return "START_OBJECT"
	case '[':
		return "START_ARRAY"
	}
	return "NUMBER_VALUE"
}
