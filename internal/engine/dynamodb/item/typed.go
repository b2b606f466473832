package item

import "encoding/base64"

// ValidJSON reports whether doc is one JSON object and nothing else.
func ValidJSON(doc []byte) bool {
	i := space(doc, 0)
	if i >= len(doc) || doc[i] != '{' {
		return false
	}
	end := scanObject(doc, i, 1)
	return end >= 0 && space(doc, end) == len(doc)
}

// AppendTyped appends a plain JSON object as a typed item: what AppendPlain
// wrote becomes what it was. doc is a valid JSON object.
//
// A member {"B":"base64"}, {"SS":[...]}, {"NS":[...]}, {"BS":[...]} or
// {"N":"..."} is a value of that type, and {"M":{...}} a map, as AppendPlain
// marks them. An object that only looks like one, such as {"B":"no base64"}, is
// a map.
func AppendTyped(dst, doc []byte) ([]byte, error) {
	dst, end := typedMembers(dst, doc, space(doc, 0))
	if end < 0 {
		return dst, ErrBroken
	}
	return dst, nil
}

// AppendTypedValue appends a plain JSON value as a typed one.
func AppendTypedValue(dst, doc []byte) ([]byte, error) {
	dst, end := typedValue(dst, doc, space(doc, 0))
	if end < 0 || space(doc, end) != len(doc) {
		return dst, ErrBroken
	}
	return dst, nil
}

func typedMembers(dst, doc []byte, i int) ([]byte, int) {
	if i >= len(doc) || doc[i] != '{' {
		return dst, -1
	}
	dst = append(dst, '{')
	if i = space(doc, i+1); i < len(doc) && doc[i] == '}' {
		return append(dst, '}'), i + 1
	}
	for i < len(doc) && doc[i] == '"' {
		from := i
		if i = scanString(doc, i); i < 0 {
			return dst, -1
		}
		dst = append(append(dst, doc[from:i]...), ':')
		if i = space(doc, i); i >= len(doc) || doc[i] != ':' {
			return dst, -1
		}
		if dst, i = typedValue(dst, doc, space(doc, i+1)); i < 0 {
			return dst, -1
		}
		if i = space(doc, i); i >= len(doc) {
			return dst, -1
		}
		switch doc[i] {
		case '}':
			return append(dst, '}'), i + 1
		case ',':
			dst = append(dst, ',')
			i = space(doc, i+1)
		default:
			return dst, -1
		}
	}
	return dst, -1
}

func typedValue(dst, doc []byte, i int) ([]byte, int) {
	if i >= len(doc) {
		return dst, -1
	}
	switch doc[i] {
	case '{':
		return typedObject(dst, doc, i)
	case '[':
		return typedList(dst, doc, i)
	}
	end := scanValue(doc, i, 0)
	if end < 0 {
		return dst, -1
	}
	switch doc[i] {
	case '"':
		dst = append(append(append(dst, `{"S":`...), doc[i:end]...), '}')
	case 't', 'f':
		dst = append(append(append(dst, `{"BOOL":`...), doc[i:end]...), '}')
	case 'n':
		dst = append(dst, `{"NULL":true}`...)
	default:
		dst = append(append(append(dst, `{"N":"`...), doc[i:end]...), `"}`...)
	}
	return dst, end
}

func typedList(dst, doc []byte, i int) ([]byte, int) {
	dst = append(dst, `{"L":[`...)
	if i = space(doc, i+1); i < len(doc) && doc[i] == ']' {
		return append(dst, "]}"...), i + 1
	}
	for {
		if dst, i = typedValue(dst, doc, i); i < 0 {
			return dst, -1
		}
		if i = space(doc, i); i >= len(doc) {
			return dst, -1
		}
		switch doc[i] {
		case ']':
			return append(dst, "]}"...), i + 1
		case ',':
			dst = append(dst, ',')
			i = space(doc, i+1)
		default:
			return dst, -1
		}
	}
}

func typedObject(dst, doc []byte, i int) ([]byte, int) {
	if tag, from, end := markerAt(doc, i); tag == "M" {
		dst = append(dst, `{"M":`...)
		dst, at := typedMembers(dst, doc, from)
		if at < 0 {
			return dst, -1
		}
		return append(dst, '}'), end
	} else if tag != "" {
		return append(dst, doc[i:end]...), end
	}
	dst = append(dst, `{"M":`...)
	dst, end := typedMembers(dst, doc, i)
	return append(dst, '}'), end
}

// markerAt tells whether the object at i is a marker: its type, where its value
// begins, and where the object ends. The type is "" when it is none.
func markerAt(doc []byte, i int) (tag string, from, end int) {
	tag, from = typeAt(doc, i)
	if from < 0 || !isMarker(tag) {
		return "", 0, 0
	}
	to := scanValue(doc, from, 0)
	if end = closeValue(doc, to); end < 0 {
		return "", 0, 0 // more members, or broken
	}
	value := doc[from:to]
	good := false
	switch tag {
	case "M":
		good = value[0] == '{'
	case "N":
		good = value[0] == '"'
	case "B":
		good = value[0] == '"' && isBase64(Text(value))
	default:
		good = value[0] == '[' && isSet(tag, value)
	}
	if !good {
		return "", 0, 0
	}
	return tag, from, end
}

// isSet reports whether value can be a set: not empty, all elements strings, of
// a set of binaries base64.
func isSet(tag string, value []byte) bool {
	n, good := 0, true
	Elements(value, func(v []byte) bool {
		n++
		good = v[0] == '"' && (tag != "BS" || isBase64(Text(v)))
		return good
	})
	return good && n > 0
}

func isBase64(text string) bool {
	_, err := base64.StdEncoding.DecodeString(text)
	return err == nil
}
