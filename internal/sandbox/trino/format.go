package trino

import (
	"strings"
)

// mysqlFormat turns a pattern of date_parse and date_format into strptime's.
func mysqlFormat(pattern string) (string, bool) {
	specs := map[byte]string{
		'a': "%a", 'b': "%b", 'c': "%-m", 'd': "%d", 'e': "%-d", 'f': "%f", 'H': "%H", 'h': "%I", 'I': "%I", 'i': "%M", 'j': "%j",
		'k': "%-H", 'l': "%-I", 'M': "%B", 'm': "%m", 'p': "%p", 'r': "%I:%M:%S %p", 'S': "%S", 's': "%S", 'T': "%H:%M:%S",
		'v': "%V", 'W': "%A", 'x': "%G", 'Y': "%Y", 'y': "%y", '%': "%%",
	}
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' || i+1 == len(pattern) {
			b.WriteByte(pattern[i])
			continue
		}
		i++
		spec, ok := specs[pattern[i]]
		if !ok {
			if strings.IndexByte("DUuVwX", pattern[i]) >= 0 {
				return "", false // Trino refuses these too
			}
			spec = string(pattern[i])
		}
		b.WriteString(spec)
	}
	return b.String(), true
}

// jodaFormat turns a pattern of format_datetime and parse_datetime into
// strftime's.
func jodaFormat(pattern string) (string, bool) {
	specs := map[string]string{
		"y": "%Y", "yy": "%y", "yyyy": "%Y", "Y": "%Y", "YYYY": "%Y", "M": "%-m", "MM": "%m", "MMM": "%b", "MMMM": "%B",
		"d": "%-d", "dd": "%d", "D": "%-j", "DDD": "%j", "H": "%-H", "HH": "%H", "h": "%-I", "hh": "%I", "K": "%-I", "m": "%-M", "mm": "%M",
		"s": "%-S", "ss": "%S", "SSS": "%g", "SSSSSS": "%f", "a": "%p", "E": "%a", "EEE": "%a", "EEEE": "%A", "e": "%u",
		"w": "%-V", "ww": "%V", "x": "%G", "xxxx": "%G", "Z": "+0000", "ZZ": "+00:00", "ZZZ": "UTC", "z": "UTC",
	}
	var b strings.Builder
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case c == '\'':
			end := strings.IndexByte(pattern[i+1:], '\'')
			if end < 0 {
				return "", false
			}
			literal := pattern[i+1 : i+1+end]
			if literal == "" {
				literal = "'"
			}
			b.WriteString(strings.ReplaceAll(literal, "%", "%%"))
			i += end + 2
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			n := i
			for n < len(pattern) && pattern[n] == c {
				n++
			}
			spec, ok := specs[pattern[i:n]]
			if !ok {
				return "", false
			}
			b.WriteString(spec)
			i = n
		case c == '%':
			b.WriteString("%%")
			i++
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String(), true
}
