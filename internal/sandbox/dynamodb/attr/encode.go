package attr

import (
	"encoding/base64"
	"unicode/utf8"
)

// MarshalJSON writes the wire form.
func (v Value) MarshalJSON() ([]byte, error) { return v.AppendJSON(nil), nil }

// MarshalJSON writes the wire form of an item.
func (m Map) MarshalJSON() ([]byte, error) { return m.AppendJSON(nil), nil }

// AppendJSON appends the wire form of an item or key, attributes by name.
func (m Map) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	for i, f := range m {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendQuoted(dst, f.Name)
		dst = append(dst, ':')
		dst = f.Value.AppendJSON(dst)
	}
	return append(dst, '}')
}

// AppendJSON appends the wire form of a value.
func (v Value) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"`...)
	dst = append(dst, v.typ...)
	dst = append(dst, `":`...)
	switch v.typ {
	case S, N, B:
		dst = appendScalar(dst, v)
	case BOOL:
		dst = append(dst, v.text...)
	case NULL:
		dst = append(dst, "true"...)
	case M:
		dst = v.Map().AppendJSON(dst)
	default:
		dst = append(dst, '[')
		for i, e := range v.List() {
			if i > 0 {
				dst = append(dst, ',')
			}
			if v.typ == L {
				dst = e.AppendJSON(dst)
			} else {
				dst = appendScalar(dst, e)
			}
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

func appendScalar(dst []byte, v Value) []byte {
	switch v.typ {
	case N:
		dst = append(dst, '"')
		dst = append(dst, v.text...)
		return append(dst, '"')
	case B:
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, []byte(v.text))
		return append(dst, '"')
	}
	return appendQuoted(dst, v.text)
}

const hexDigits = "0123456789abcdef"

// appendQuoted writes a JSON string; bytes that are not UTF-8 become U+FFFD.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || n != 1 {
				i += n
				continue
			}
		}
		dst = append(dst, s[start:i]...)
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			dst = append(dst, "\uFFFD"...)
		}
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
