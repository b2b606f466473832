package itemfile

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/item"
)

// builder writes a typed item, attribute by attribute.
type builder struct {
	dst     []byte
	problem string
}

func (b *builder) name(name string) {
	if b.dst[len(b.dst)-1] != '{' {
		b.dst = append(b.dst, ',')
	}
	b.dst = append(item.AppendString(b.dst, name), ':')
}

func (b *builder) fail(name, format string, args ...any) {
	if b.problem == "" {
		b.problem = name + ": " + fmt.Sprintf(format, args...)
	}
}

// plain adds a value of plain JSON.
func (b *builder) plain(name string, value []byte) {
	b.name(name)
	var err error
	if b.dst, err = item.AppendTypedValue(b.dst, value); err != nil {
		b.fail(name, "the value is no valid JSON")
	}
}

// cell adds a value that is given as text. Nothing at all is no attribute; the
// empty text, in quotes, is one of type S.
func (b *builder) cell(name, tag, text string, quoted bool) {
	if text == "" && (!quoted || tag != "S") {
		return
	}
	switch tag {
	case "S":
		if !utf8.ValidString(text) {
			b.fail(name, "the text is not UTF-8")
			return
		}
		b.name(name)
		b.dst = append(item.AppendString(append(b.dst, `{"S":`...), text), '}')
	case "N":
		text = strings.TrimSpace(text)
		if !isNumber(text) {
			b.fail(name, "%q is not a number", shortened(text))
			return
		}
		b.name(name)
		b.dst = append(append(append(b.dst, `{"N":"`...), text...), `"}`...)
	case "B":
		if _, err := base64.StdEncoding.DecodeString(text); err != nil {
			b.fail(name, "%q is not base64, which a binary value is given in", shortened(text))
			return
		}
		b.name(name)
		b.dst = append(append(append(b.dst, `{"B":"`...), text...), `"}`...)
	case "BOOL":
		value := strings.ToLower(strings.TrimSpace(text))
		if value != "true" && value != "false" {
			b.fail(name, "%q is neither true nor false", shortened(text))
			return
		}
		b.name(name)
		b.dst = append(append(append(b.dst, `{"BOOL":`...), value...), '}')
	case "NULL":
		b.name(name)
		b.dst = append(b.dst, `{"NULL":true}`...)
	default:
		doc := bytes.TrimSpace([]byte(text))
		if !json.Valid(doc) {
			b.fail(name, "%q is no valid JSON", shortened(text))
			return
		}
		b.json(name, tag, doc)
	}
}

// json adds a value of a nested type that is given as valid plain JSON.
func (b *builder) json(name, tag string, doc []byte) {
	if tag == "merge" {
		if doc[0] != '{' {
			b.fail(name, "%s is no JSON object, whose members could be merged into the item", shortened(string(doc)))
			return
		}
		item.Members(doc, func(name string, value []byte) bool { b.plain(name, value); return b.problem == "" })
		return
	}
	typed, err := item.AppendTypedValue(nil, doc)
	if err != nil {
		b.fail(name, "%q cannot be read as JSON", shortened(string(doc)))
		return
	}
	is, inner := item.Split(typed)
	switch {
	case tag == "json" || is == tag:
	case is == "L" && (tag == "SS" || tag == "NS" || tag == "BS"):
		typed = setOf(tag, inner)
	default:
		b.fail(name, "%s is of type %s, not %s", shortened(string(doc)), is, tag)
		return
	}
	b.name(name)
	b.dst = append(b.dst, typed...)
}

// setOf makes a set of a list's elements; those of another type make it no set,
// which the check of the item finds.
func setOf(tag string, list []byte) []byte {
	out := append([]byte(`{"`), tag...)
	out = append(out, `":[`...)
	n := 0
	item.Elements(list, func(v []byte) bool {
		if n++; n > 1 {
			out = append(out, ',')
		}
		_, inner := item.Split(v)
		out = append(out, inner...)
		return true
	})
	return append(out, ']', '}')
}

// isNumber reports whether text is a number as DynamoDB reads it: JSON's, and
// also with a plus or a bare point.
func isNumber(text string) bool {
	if strings.ContainsAny(text, "\"\\") {
		return false
	}
	_, err := item.Weigh([]byte(`{"n":{"N":"` + text + `"}}`))
	return err == nil
}

func shortened(text string) string {
	if len(text) > 60 {
		return strings.ToValidUTF8(text[:57], "") + "..."
	}
	return text
}

// brokenAt is the column, counted from 1, at which a document breaks; 0 when
// that is not known.
func brokenAt(doc []byte) int64 {
	var v json.RawMessage
	var syntax *json.SyntaxError
	if err := json.Unmarshal(doc, &v); errors.As(err, &syntax) {
		return syntax.Offset
	}
	return 0
}
