package item

import (
	"unicode/utf8"
)

// Valid reports whether doc is one typed item: an object whose members are
// typed values.
func Valid(doc []byte) bool {
	if i := space(doc, 0); i >= len(doc) || doc[i] != '{' || space(doc, max(scanObject(doc, i, 1), 0)) != len(doc) {
		return false
	}
	_, err := AppendPlain(nil, doc)
	return err == nil
}

// AppendPlain appends an item as plain JSON, on one line. doc is a valid JSON object.
func AppendPlain(dst, doc []byte) ([]byte, error) {
	dst, end, _ := plainMembers(dst, doc, space(doc, 0))
	if end < 0 {
		return dst, ErrBroken
	}
	return dst, nil
}

// AppendPlainValue appends a typed value as plain JSON. doc is valid JSON.
func AppendPlainValue(dst, doc []byte) ([]byte, error) {
	dst, end := plainValue(dst, doc, space(doc, 0))
	if end < 0 {
		return dst, ErrBroken
	}
	return dst, nil
}

// plainMembers appends the object at i, whose members are typed values, and
// reports whether it could be taken for a marker.
func plainMembers(dst, doc []byte, i int) (out []byte, end int, marker bool) {
	if i >= len(doc) || doc[i] != '{' {
		return dst, -1, false
	}
	dst = append(dst, '{')
	if i = space(doc, i+1); doc[i] == '}' {
		return append(dst, '}'), i + 1, false
	}
	for count := 1; ; count++ {
		from := i
		i = scanString(doc, i)
		if i < 0 {
			return dst, -1, false
		}
		dst = append(dst, doc[from:i]...)
		dst = append(dst, ':')
		marker = count == 1 && isMarker(Text(doc[from:i]))
		if dst, i = plainValue(dst, doc, space(doc, space(doc, i)+1)); i < 0 {
			return dst, -1, false
		}
		if i = space(doc, i); doc[i] == '}' {
			return append(dst, '}'), i + 1, marker
		}
		dst = append(dst, ',')
		i = space(doc, i+1)
	}
}

func isMarker(key string) bool {
	switch key {
	case "B", "SS", "NS", "BS", "M", "N":
		return true
	}
	return false
}

// plainValue appends the typed value at i.
func plainValue(dst, doc []byte, i int) ([]byte, int) {
	tag, at := typeAt(doc, i)
	if at < 0 {
		return dst, -1
	}
	switch {
	case tag == "S" && doc[at] == '"':
		end := scanString(doc, at)
		return append(dst, doc[at:end]...), closeValue(doc, end)
	case tag == "N" && doc[at] == '"':
		end := scanString(doc, at)
		if inner := doc[at+1 : end-1]; jsonNumber(inner) {
			return append(dst, inner...), closeValue(doc, end)
		}
		return marked(dst, tag, doc[at:end]), closeValue(doc, end)
	case tag == "M" && doc[at] == '{':
		start := len(dst)
		dst, end, marker := plainMembers(dst, doc, at)
		if end >= 0 && marker {
			whole := append([]byte(nil), dst[start:]...)
			dst = marked(dst[:start], "M", whole)
		}
		return dst, closeValue(doc, end)
	case tag == "L" && doc[at] == '[':
		return plainList(dst, doc, at)
	case tag == "BOOL" && (doc[at] == 't' || doc[at] == 'f'):
		end := scanValue(doc, at, 0)
		return append(dst, doc[at:end]...), closeValue(doc, end)
	case tag == "NULL" && (doc[at] == 't' || doc[at] == 'f'):
		return append(dst, "null"...), closeValue(doc, scanValue(doc, at, 0))
	case tag == "B" && doc[at] == '"', (tag == "SS" || tag == "NS" || tag == "BS") && doc[at] == '[':
		end := scanValue(doc, at, 0)
		return marked(dst, tag, doc[at:end]), closeValue(doc, end)
	}
	return dst, -1
}

func plainList(dst, doc []byte, i int) ([]byte, int) {
	dst = append(dst, '[')
	if i = space(doc, i+1); doc[i] == ']' {
		return append(dst, ']'), closeValue(doc, i+1)
	}
	for {
		if dst, i = plainValue(dst, doc, i); i < 0 {
			return dst, -1
		}
		if i = space(doc, i); doc[i] == ']' {
			return append(dst, ']'), closeValue(doc, i+1)
		}
		dst = append(dst, ',')
		i = space(doc, i+1)
	}
}

// typeAt reads the beginning of a typed value, {"S": , and returns the type and
// the place of what it holds, or -1.
func typeAt(doc []byte, i int) (tag string, at int) {
	if i < 0 || i >= len(doc) || doc[i] != '{' {
		return "", -1
	}
	if i = space(doc, i+1); i >= len(doc) || doc[i] != '"' {
		return "", -1
	}
	end := scanString(doc, i)
	if end < 0 {
		return "", -1
	}
	tag = Text(doc[i:end])
	if end = space(doc, end); end >= len(doc) || doc[end] != ':' {
		return "", -1
	}
	if end = space(doc, end+1); end >= len(doc) {
		return "", -1
	}
	return tag, end
}

// closeValue steps over the brace that ends a typed value.
func closeValue(doc []byte, i int) int {
	if i < 0 {
		return -1
	}
	if i = space(doc, i); i >= len(doc) || doc[i] != '}' {
		return -1
	}
	return i + 1
}

func marked(dst []byte, tag string, inner []byte) []byte {
	dst = append(dst, `{"`...)
	dst = append(dst, tag...)
	dst = append(dst, `":`...)
	dst = append(dst, inner...)
	return append(dst, '}')
}

// AppendString appends s as a JSON string. Bytes that are not UTF-8 become U+FFFD.
func AppendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, '\\', 'n')
		case r < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}

// Attributes calls f for each attribute of an item until f returns false:
// its name, its type and what it holds as JSON ("x" of {"S":"x"}), and the
// typed value itself. It reports false when the item is not a typed one.
func Attributes(doc []byte, f func(name, tag string, inner, value []byte) bool) bool {
	stopped := false
	end := readObject(doc, space(doc, 0), func(key, value []byte) bool {
		tag, inner := Split(value)
		if tag == "" {
			return false
		}
		stopped = !f(Text(key), tag, inner, value)
		return !stopped
	}, func(_ []byte, i int) int { return scanValue(doc, i, 0) })
	return end >= 0 || stopped
}

// Split takes a typed value apart: S and "x" of {"S":"x"}. The type is "" when
// it is not a typed value.
func Split(value []byte) (tag string, inner []byte) {
	tag, at := typeAt(value, space(value, 0))
	if at < 0 {
		return "", nil
	}
	end := scanValue(value, at, 0)
	if closeValue(value, end) < 0 {
		return "", nil
	}
	return tag, value[at:end]
}

// Member returns one attribute's typed value, nil when it is not there.
func Member(doc []byte, name string) (found []byte) {
	Attributes(doc, func(n, _ string, _, value []byte) bool {
		if n == name {
			found = value
		}
		return found == nil
	})
	return found
}

// Members calls f for each member of any JSON object until f returns false.
func Members(doc []byte, f func(name string, value []byte) bool) {
	if i := space(doc, 0); i < len(doc) && doc[i] == '{' {
		readObject(doc, i, func(key, value []byte) bool { return f(Text(key), value) },
			func(_ []byte, i int) int { return scanValue(doc, i, 0) })
	}
}

// Raw returns a member of any JSON object as it stands, nil when it is not there.
func Raw(doc []byte, name string) (found []byte) {
	Members(doc, func(n string, value []byte) bool {
		if n == name {
			found = value
		}
		return found == nil
	})
	return found
}
