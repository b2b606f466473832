package sink

import (
	"encoding/json"
	"strings"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// object is a JSON object with its members in the order in which they stood.
type object []member

type member struct {
	name  string
	value any // string, json.Number, bool, nil, []any or object
}

// readJSON reads a document and keeps the order of members and the digits of
// numbers.
func readJSON(text string) (value any, ok bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	value, err := readValue(d)
	return value, err == nil && !d.More()
}

func readValue(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := readValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	case json.Delim('{'):
		o := object{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := readValue(d)
			if err != nil {
				return nil, err
			}
			o = append(o, member{name.(string), v})
		}
		_, err := d.Token()
		return o, err
	}
	return t, nil
}

// appendPartiQL writes a value as a literal of DynamoDB's PartiQL: names and
// strings between single quotes, sets between double angles. An object of one
// member that is called as DynamoDB calls a type stands for a value of that
// type: {"SS": ["a"]} for a set, {"M": {"SS": 1}} for a map that looks like one.
func appendPartiQL(b []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case string:
		return appendQuoted(b, v, '\''), nil
	case json.Number:
		return append(b, v...), nil
	case bool:
		if v {
			return append(b, "true"...), nil
		}
		return append(b, "false"...), nil
	case []any:
		b, err := appendList(append(b, '['), v)
		return append(b, ']'), err
	case object:
		if len(v) == 1 {
			if out, is, err := appendTyped(b, v[0]); is {
				return out, err
			}
		}
		b, err := appendMembers(append(b, '{'), v)
		return append(b, '}'), err
	}
	return append(b, "NULL"...), nil
}

// appendTyped writes a value whose type is told; false when none is.
func appendTyped(b []byte, m member) (out []byte, is bool, err error) {
	list, isList := m.value.([]any)
	inner, isObject := m.value.(object)
	_, isText := m.value.(string)
	switch {
	case m.name == "SS" && isList:
		b, err = appendList(append(b, "<<"...), list)
		return append(b, ">>"...), true, err
	case m.name == "NS" && isList:
		for i, n := range list {
			if text, ok := n.(string); ok {
				list[i] = json.Number(text)
			}
		}
		b, err = appendList(append(b, "<<"...), list)
		return append(b, ">>"...), true, err
	case m.name == "M" && isObject:
		b, err = appendMembers(append(b, '{'), inner)
		return append(b, '}'), true, err
	case m.name == "B" && isText || m.name == "BS" && isList:
		return b, true, fault.New(fault.Unsupported, "An item holds binary values, for which PartiQL has no literal").
			WithRemedy("choose another format, e.g. --format jsonl")
	}
	return b, false, nil
}

func appendList(b []byte, list []any) ([]byte, error) {
	var err error
	for i, v := range list {
		if i > 0 {
			b = append(b, ", "...)
		}
		if b, err = appendPartiQL(b, v); err != nil {
			return b, err
		}
	}
	return b, nil
}

func appendMembers(b []byte, members object) ([]byte, error) {
	var err error
	for i, m := range members {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(appendQuoted(b, m.name, '\''), ": "...)
		if b, err = appendPartiQL(b, m.value); err != nil {
			return b, err
		}
	}
	return b, nil
}
