package dynamodb

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/fairleadhq/fairlead/internal/engine/rawpage"
)

// split takes a value apart into its type and what it holds: S and "x" of {"S":"x"}.
func split(value []byte) (tag string, inner []byte) {
	rawpage.Members(value, func(key string, v []byte) bool {
		tag, inner = key, v
		return false
	})
	return tag, inner
}

// appendPlain appends a value as plain JSON, with markers for what plain JSON
// cannot hold (see the package's comment).
func appendPlain(dst, value []byte) []byte {
	tag, inner := split(value)
	switch tag {
	case "S", "BOOL":
		return append(dst, inner...)
	case "NULL":
		return append(dst, "null"...)
	case "N":
		if digits := rawpage.Text(inner); jsonNumber(digits) {
			return append(dst, digits...)
		}
	case "L":
		dst = append(dst, '[')
		first := true
		rawpage.Elements(inner, func(v []byte) bool {
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = appendPlain(dst, v)
			return true
		})
		return append(dst, ']')
	case "M":
		return appendMap(dst, inner)
	}
	return appendMarker(dst, tag, inner)
}

func appendMap(dst, members []byte) []byte {
	marked := looksMarked(members)
	if marked {
		dst = append(dst, `{"M":`...)
	}
	dst = append(dst, '{')
	first := true
	rawpage.Members(members, func(key string, v []byte) bool {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(appendString(dst, key), ':')
		dst = appendPlain(dst, v)
		return true
	})
	dst = append(dst, '}')
	if marked {
		dst = append(dst, '}')
	}
	return dst
}

// looksMarked reports whether a map, written plainly, would be taken for a marker.
func looksMarked(members []byte) bool {
	count, marker := 0, false
	rawpage.Members(members, func(key string, _ []byte) bool {
		count++
		switch key {
		case "B", "SS", "NS", "BS", "M", "N":
			marker = true
		}
		return count < 2
	})
	return count == 1 && marker
}

func appendMarker(dst []byte, tag string, inner []byte) []byte {
	dst = append(dst, '{')
	dst = append(appendString(dst, tag), ':')
	dst = append(dst, inner...)
	return append(dst, '}')
}

// appendString appends s as a JSON string.
func appendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			b, _ := json.Marshal(s) // a string cannot fail
			return append(dst, b...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

// jsonNumber reports whether s is a number in JSON's grammar (RFC 8259, section 6).
func jsonNumber(s string) bool {
	if len(s) > 0 && s[0] == '-' {
		s = s[1:]
	}
	whole, s := leadingDigits(s)
	if whole == "" || len(whole) > 1 && whole[0] == '0' {
		return false
	}
	if len(s) > 0 && s[0] == '.' {
		var fraction string
		if fraction, s = leadingDigits(s[1:]); fraction == "" {
			return false
		}
	}
	if len(s) > 0 && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if len(s) > 0 && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		var exponent string
		if exponent, s = leadingDigits(s); exponent == "" {
			return false
		}
	}
	return s == ""
}

func leadingDigits(s string) (digits, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}
