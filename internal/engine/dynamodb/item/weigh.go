package item

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of DynamoDB's items
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html).
const (
	MostBytes   = 400 << 10 // names and values of one item
	MostLevels  = 32
	mostName    = 64 << 10
	mostDigits  = 38
	largestExp  = 125 // of 9.99...E+125
	smallestExp = -130
)

// Weigh checks a typed item for what DynamoDB would refuse and returns its size
// in bytes as DynamoDB counts it. doc is a valid JSON object. The error says
// what is wrong where, beginning in lower case.
func Weigh(doc []byte) (size int, err error) {
	size, err = weighMembers(doc, 1, "")
	if err == nil && size > MostBytes {
		err = fmt.Errorf("the item has %d bytes, and DynamoDB takes %d", size, MostBytes)
	}
	return size, err
}

// weighMembers weighs an object of typed values; path names it, "" for the item.
func weighMembers(doc []byte, level int, path string) (size int, err error) {
	var few [24]string
	names := few[:0]
	var many map[string]bool
	i := space(doc, 0)
	end := readObject(doc, i, func(key, value []byte) bool {
		name := Text(key)
		switch {
		case len(names) < cap(few):
			if slices.Contains(names, name) {
				err = fmt.Errorf("%s is there twice", at(path, name))
				return false
			}
			names = append(names, name)
		case many == nil:
			many = map[string]bool{}
			for _, n := range names {
				many[n] = true
			}
			fallthrough
		default:
			if many[name] {
				err = fmt.Errorf("%s is there twice", at(path, name))
				return false
			}
			many[name] = true
		}
		switch {
		case name == "":
			err = fmt.Errorf("%s has an attribute without a name", within(path))
		case len(name) > mostName:
			err = fmt.Errorf("%s has a name of %d bytes, and DynamoDB takes %d", within(path), len(name), mostName)
		case halfPair(key):
			err = fmt.Errorf("%s holds half a character (a lone surrogate) in a name", within(path))
		}
		if err != nil {
			return false
		}
		n, bad := weighValue(value, level, path, name)
		if bad != nil {
			err = bad
			return false
		}
		size += len(name) + n
		return true
	}, func(_ []byte, i int) int { return scanValue(doc, i, 0) })
	if err == nil && end < 0 {
		err = fmt.Errorf("%s is no valid JSON object", within(path))
	}
	return size, err
}

func at(path, name string) string {
	if path == "" {
		return "attribute " + name
	}
	return path + "." + name
}

func within(path string) string {
	if path == "" {
		return "the item"
	}
	return path
}

// weighValue weighs one typed value.
func weighValue(value []byte, level int, path, name string) (int, error) {
	tag, inner := Split(value)
	bad := func(format string, args ...any) (int, error) {
		return 0, fmt.Errorf("%s %s", at(path, name), fmt.Sprintf(format, args...))
	}
	if tag == "" {
		return bad("has no type, such as {\"S\":\"text\"}")
	}
	if level > MostLevels {
		return bad("is nested more than %d levels deep", MostLevels)
	}
	switch tag {
	case "S", "N", "B":
		if inner[0] != '"' {
			return bad("is %s and not in quotes", tag)
		}
		n, problem := weighScalar(tag, inner)
		if problem != "" {
			return bad("%s", problem)
		}
		return n, nil
	case "BOOL":
		if inner[0] != 't' && inner[0] != 'f' {
			return bad("is BOOL and neither true nor false")
		}
		return 1, nil
	case "NULL":
		if inner[0] != 't' {
			return bad("is NULL and not true")
		}
		return 1, nil
	case "SS", "NS", "BS":
		n, problem := weighSet(tag, inner)
		if problem != "" {
			return bad("%s", problem)
		}
		return n, nil
	case "L", "M":
		if tag == "M" {
			return weighMap(inner, level, at(path, name))
		}
		return weighList(inner, level, at(path, name))
	}
	return bad("has the type %s, which DynamoDB does not have", tag)
}

// A list or map costs three bytes, and one more for each of its elements.
const (
	containerBytes = 3
	elementBytes   = 1
)

func weighMap(inner []byte, level int, path string) (int, error) {
	if inner[0] != '{' {
		return 0, fmt.Errorf("%s is M and no object", path)
	}
	n, err := weighMembers(inner, level+1, path)
	Members(inner, func(string, []byte) bool { n += elementBytes; return true })
	return n + containerBytes, err
}

func weighList(inner []byte, level int, path string) (int, error) {
	if inner[0] != '[' {
		return 0, fmt.Errorf("%s is L and no array", path)
	}
	size, i := containerBytes, 0
	var err error
	Elements(inner, func(v []byte) bool {
		n, bad := weighValue(v, level+1, path, fmt.Sprintf("[%d]", i))
		size, i, err = size+n+elementBytes, i+1, bad
		return bad == nil
	})
	return size, err
}

// weighScalar weighs S, N or B; problem is "" when it is right.
func weighScalar(tag string, inner []byte) (n int, problem string) {
	text := Text(inner)
	switch tag {
	case "N":
		return weighNumber(text)
	case "B":
		if !isBase64(text) {
			return 0, "is B and not base64"
		}
		return base64.StdEncoding.DecodedLen(len(text)) - strings.Count(text, "="), ""
	}
	if !utf8.ValidString(text) || halfPair(inner) {
		return 0, "holds half a character (a lone surrogate, or bytes that are not UTF-8)"
	}
	return len(text), ""
}

// weighNumber checks a number's digits and magnitude. It takes half a byte for
// each digit and one more, and one for a minus.
func weighNumber(text string) (n int, problem string) {
	digits, exponent, negative, ok := numberParts(text)
	switch {
	case !ok:
		return 0, fmt.Sprintf("is N and %q is not a number", cut(text))
	case digits == 0:
		return 1, ""
	case digits > mostDigits:
		return 0, fmt.Sprintf("is a number of %d digits, and DynamoDB keeps %d", digits, mostDigits)
	case exponent > largestExp:
		return 0, "is a number beyond 9.99E+125, the largest that DynamoDB keeps"
	case exponent < smallestExp:
		return 0, "is a number nearer to zero than 1E-130, the smallest that DynamoDB keeps"
	}
	if negative {
		n = 1
	}
	return n + (digits+1)/2 + 1, ""
}

// numberParts reads a number as DynamoDB does, also with a plus, a bare point at
// either end or zeros before it: how many digits count, and the exponent of the
// first of them. Zero has no digits.
func numberParts(text string) (digits, exponent int, negative, ok bool) {
	i := 0
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		negative = text[i] == '-'
		i++
	}
	first, last, place, seen, point := -1, -1, 0, 0, -1
	for ; i < len(text); i++ {
		c := text[i]
		if c == '.' && point < 0 {
			point = place
			continue
		}
		if c < '0' || c > '9' {
			break
		}
		seen++
		if c != '0' {
			if first < 0 {
				first = place
			}
			last = place
		}
		place++
	}
	if seen == 0 {
		return 0, 0, false, false
	}
	if point < 0 {
		point = place
	}
	e, ok := exponentOf(text[i:])
	if !ok || first < 0 {
		return 0, 0, negative, ok
	}
	return last - first + 1, point - first - 1 + e, negative, true
}

// exponentOf reads E+12; "" is 0. One beyond all bounds stays beyond them.
func exponentOf(text string) (e int, ok bool) {
	if text == "" {
		return 0, true
	}
	if text[0] != 'e' && text[0] != 'E' {
		return 0, false
	}
	text = text[1:]
	sign := 1
	if text != "" && (text[0] == '-' || text[0] == '+') {
		if text[0] == '-' {
			sign = -1
		}
		text = text[1:]
	}
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return 0, false
		}
		e = min(e*10+int(c-'0'), 1<<20)
	}
	return sign * e, text != ""
}

// weighSet weighs a set's elements, which must differ.
func weighSet(tag string, inner []byte) (size int, problem string) {
	if inner[0] != '[' {
		return 0, "is " + tag + " and no array"
	}
	seen := map[string]bool{}
	Elements(inner, func(v []byte) bool {
		if v[0] != '"' {
			problem = "is " + tag + " with an element that is not in quotes"
			return false
		}
		n, why := weighScalar(tag[:1], v)
		if why != "" {
			problem = why
			return false
		}
		id := string(AppendOrder(nil, marked(nil, tag[:1], v)))
		if seen[id] {
			problem = fmt.Sprintf("is a set with %q in it twice", cut(Text(v)))
			return false
		}
		seen[id] = true
		size += n
		return true
	})
	if problem == "" && len(seen) == 0 {
		problem = "is an empty set, which DynamoDB does not keep"
	}
	return size, problem
}

// cut shortens a text for a message.
func cut(text string) string {
	if len(text) > 60 {
		return strings.ToValidUTF8(text[:57], "") + "..."
	}
	return text
}

// halfPair reports whether a JSON string escapes one half of a surrogate pair.
func halfPair(doc []byte) bool {
	for i := 0; i+5 < len(doc); i++ {
		if doc[i] != '\\' {
			continue
		}
		if doc[i+1] != 'u' {
			i++
			continue
		}
		switch unit := hex4(doc[i+2:]); {
		case unit >= 0xdc00 && unit < 0xe000:
			return true
		case unit >= 0xd800 && unit < 0xdc00:
			if i+11 >= len(doc) || doc[i+6] != '\\' || doc[i+7] != 'u' {
				return true
			}
			if low := hex4(doc[i+8:]); low < 0xdc00 || low >= 0xe000 {
				return true
			}
			i += 11
		default:
			i += 5
		}
	}
	return false
}

func hex4(doc []byte) (n int) {
	for _, c := range doc[:4] {
		switch {
		case c <= '9':
			n = n<<4 | int(c-'0')
		default:
			n = n<<4 | int(c|0x20-'a'+10)
		}
	}
	return n
}
