package sink

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"unicode/utf8"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// stringArray is any of Arrow's arrays of text.
type stringArray interface{ Value(int) string }

// stringCell writes text. Bytes that are not UTF-8 stay as they are in text,
// and become U+FFFD in JSON, which cannot hold them.
type stringCell struct{ values stringArray }

// newString returns the cell of a text type.
func newString(t arrow.DataType) (stringCell, bool) {
	switch t.ID() {
	case arrow.STRING, arrow.LARGE_STRING, arrow.STRING_VIEW:
		return stringCell{}, true
	}
	return stringCell{}, false
}

func (c *stringCell) bind(a arrow.Array) { c.values = a.(stringArray) }
func (c *stringCell) appendText(b []byte, row int) []byte {
	return append(b, c.values.Value(row)...)
}
func (c *stringCell) appendJSON(b []byte, row int) []byte {
	return appendJSONString(b, c.values.Value(row))
}
func (c *stringCell) look() look { return 0 }

// jsonCell writes text that is JSON: embedded in JSON, without white space, so
// that a line stays a line; as a string where it is not valid after all.
type jsonCell struct {
	stringCell
	compact bytes.Buffer
}

func (c *jsonCell) appendJSON(b []byte, row int) []byte {
	value := c.values.Value(row)
	c.compact.Reset()
	if err := json.Compact(&c.compact, []byte(value)); err != nil || c.compact.Len() == 0 {
		return appendJSONString(b, value)
	}
	return appendTamed(b, unsafe.String(unsafe.SliceData(c.compact.Bytes()), c.compact.Len()))
}

// appendWhole appends a value that is known to be compact JSON.
func (c *jsonCell) appendWhole(b []byte, row int) []byte { return appendTamed(b, c.values.Value(row)) }

// appendTamed copies JSON and escapes what a terminal or a line reader could
// act on: DEL, C1 controls, U+2028 and U+2029. They can stand only inside
// strings, where the escape means the same. Runs of ASCII go as they are.
func appendTamed(b []byte, text string) []byte {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	from, i := 0, 0
	for i < len(text) {
		if i+8 <= len(text) {
			x := uint64(text[i]) | uint64(text[i+1])<<8 | uint64(text[i+2])<<16 | uint64(text[i+3])<<24 |
				uint64(text[i+4])<<32 | uint64(text[i+5])<<40 | uint64(text[i+6])<<48 | uint64(text[i+7])<<56
			if (x|(x+ones))&highs == 0 { // none is 0x7f or above
				i += 8
				continue
			}
		}
		if text[i] < 0x7f {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		b = appendRune(append(b, text[from:i]...), r, text[i:i+size], size)
		i += size
		from = i
	}
	return append(b, text[from:]...)
}

// numberCell writes text that is a number in decimal digits: bare in JSON, and
// never through a float.
type numberCell struct{ stringCell }

func (c *numberCell) appendJSON(b []byte, row int) []byte {
	value := c.values.Value(row)
	if isJSONNumber(value) {
		return append(b, value...)
	}
	return appendJSONString(b, value)
}
func (c *numberCell) look() look { return right }

// isJSONNumber follows the grammar of RFC 8259, section 6.
func isJSONNumber(s string) bool {
	i := 0
	digits := func() bool {
		start := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i > start
	}
	if i < len(s) && s[i] == '-' {
		i++
	}
	start := i
	if !digits() || s[start] == '0' && i > start+1 {
		return false
	}
	if i < len(s) && s[i] == '.' {
		i++
		if !digits() {
			return false
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if !digits() {
			return false
		}
	}
	return i == len(s)
}

// boolCell writes true and false.
type boolCell struct{ values *array.Boolean }

func (c *boolCell) bind(a arrow.Array) { c.values = a.(*array.Boolean) }
func (c *boolCell) appendText(b []byte, row int) []byte {
	if c.values.Value(row) {
		return append(b, "true"...)
	}
	return append(b, "false"...)
}
func (c *boolCell) appendJSON(b []byte, row int) []byte { return c.appendText(b, row) }
func (c *boolCell) look() look                          { return quiet }

// binaryCell writes bytes as base64.
type binaryCell struct {
	values interface{ Value(int) []byte }
}

func (c *binaryCell) bind(a arrow.Array) { c.values = a.(interface{ Value(int) []byte }) }
func (c *binaryCell) appendText(b []byte, row int) []byte {
	return base64.StdEncoding.AppendEncode(b, c.values.Value(row))
}
func (c *binaryCell) appendJSON(b []byte, row int) []byte {
	b = append(b, '"')
	b = c.appendText(b, row)
	return append(b, '"')
}

// An empty value is an empty text, which CSV must quote, so it is not quiet.
func (c *binaryCell) look() look { return 0 }

const hexDigits = "0123456789abcdef"

// appendJSONString writes s as a JSON string. Bytes that are not UTF-8 become
// U+FFFD.
func appendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			b = append(b, s[start:i]...)
			b = appendEscaped(b, c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || r < 0xa0 || r == 0x2028 || r == 0x2029 {
			b = append(b, s[start:i]...)
			b = appendRune(b, r, "", size)
			start = i + size
		}
		i += size
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

// appendRune writes a rune beyond ASCII, or DEL, inside a JSON string.
func appendRune(b []byte, r rune, same string, size int) []byte {
	switch {
	case r == utf8.RuneError && size == 1:
		return append(b, `\ufffd`...)
	case r < 0xa0 || r == 0x2028 || r == 0x2029:
		return append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
	}
	return append(b, same...)
}

func appendEscaped(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
