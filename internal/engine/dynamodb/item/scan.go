package item

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// maxDepth bounds the nesting of an answer. DynamoDB's values have 32 levels,
// each of which is two of JSON ({"M":{...}}), and the answer adds a few.
const maxDepth = 100

// The scanners below take a document and the place where a value begins and
// return the place behind it, or -1 when the document is not valid JSON there.

// space returns the place of the first byte from i on that is no white space.
func space(doc []byte, i int) int {
	for i < len(doc) && (doc[i] == ' ' || doc[i] == '\n' || doc[i] == '\t' || doc[i] == '\r') {
		i++
	}
	return i
}

func scanValue(doc []byte, i, depth int) int {
	if i >= len(doc) || depth > maxDepth {
		return -1
	}
	switch doc[i] {
	case '"':
		return scanString(doc, i)
	case '{':
		return scanObject(doc, i, depth)
	case '[':
		return scanArray(doc, i, depth)
	case 't':
		return scanWord(doc, i, "true")
	case 'f':
		return scanWord(doc, i, "false")
	case 'n':
		return scanWord(doc, i, "null")
	}
	return scanNumber(doc, i)
}

func scanObject(doc []byte, i, depth int) int {
	if i = space(doc, i+1); i < len(doc) && doc[i] == '}' {
		return i + 1
	}
	for {
		if i >= len(doc) || doc[i] != '"' {
			return -1
		}
		if i = scanString(doc, i); i < 0 {
			return -1
		}
		if i < len(doc) && doc[i] != ':' {
			i = space(doc, i)
		}
		if i >= len(doc) || doc[i] != ':' {
			return -1
		}
		if i = scanValue(doc, space(doc, i+1), depth+1); i < 0 {
			return -1
		}
		if i = space(doc, i); i >= len(doc) {
			return -1
		}
		switch doc[i] {
		case '}':
			return i + 1
		case ',':
			i = space(doc, i+1)
		default:
			return -1
		}
	}
}

func scanArray(doc []byte, i, depth int) int {
	if i = space(doc, i+1); i < len(doc) && doc[i] == ']' {
		return i + 1
	}
	for {
		if i = scanValue(doc, i, depth+1); i < 0 {
			return -1
		}
		if i = space(doc, i); i >= len(doc) {
			return -1
		}
		switch doc[i] {
		case ']':
			return i + 1
		case ',':
			i = space(doc, i+1)
		default:
			return -1
		}
	}
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// scanString looks at eight bytes at a time for what can end or break a string:
// a quote, a backslash, a control character, a byte of a longer UTF-8 sequence.
func scanString(doc []byte, i int) int {
	for i++; i < len(doc); {
		if i+8 <= len(doc) {
			x := binary.LittleEndian.Uint64(doc[i:])
			quote, slash := x^(ones*'"'), x^(ones*'\\')
			found := ((quote-ones)&^quote | (slash-ones)&^slash | (x-ones*' ')&^x | x) & highs
			if found == 0 {
				i += 8
				continue
			}
			// A borrow can only mark bytes behind a true find, so the first is true.
			i += bits.TrailingZeros64(found) / 8
		}
		switch c := doc[i]; {
		case c == '"':
			return i + 1
		case c == '\\':
			if i = scanEscape(doc, i); i < 0 {
				return -1
			}
		case c < ' ':
			return -1
		case c < utf8.RuneSelf:
			i++
		default:
			r, n := utf8.DecodeRune(doc[i:])
			if r == utf8.RuneError && n < 2 {
				return -1
			}
			i += n
		}
	}
	return -1
}

func scanEscape(doc []byte, i int) int {
	if i+1 >= len(doc) {
		return -1
	}
	switch doc[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		if i+6 > len(doc) {
			return -1
		}
		for _, c := range doc[i+2 : i+6] {
			if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
				return -1
			}
		}
		return i + 6
	}
	return -1
}

func scanWord(doc []byte, i int, word string) int {
	if len(doc)-i < len(word) || string(doc[i:i+len(word)]) != word {
		return -1
	}
	return i + len(word)
}

// scanNumber reads a number in JSON's grammar (RFC 8259, section 6).
func scanNumber(doc []byte, i int) int {
	if i < len(doc) && doc[i] == '-' {
		i++
	}
	from := i
	if i = digits(doc, i); i == from || doc[from] == '0' && i > from+1 {
		return -1
	}
	if i < len(doc) && doc[i] == '.' {
		from = i + 1
		if i = digits(doc, from); i == from {
			return -1
		}
	}
	if i < len(doc) && (doc[i] == 'e' || doc[i] == 'E') {
		if i++; i < len(doc) && (doc[i] == '+' || doc[i] == '-') {
			i++
		}
		from = i
		if i = digits(doc, from); i == from {
			return -1
		}
	}
	return i
}

func digits(doc []byte, i int) int {
	for i < len(doc) && doc[i] >= '0' && doc[i] <= '9' {
		i++
	}
	return i
}

// jsonNumber reports whether b is a number in JSON's grammar and nothing else.
func jsonNumber(b []byte) bool { return len(b) > 0 && scanNumber(b, 0) == len(b) }
