package attr

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

const invalid = "One or more parameter values were invalid: "

// UnmarshalJSON reads a value from its wire form, {"S":"text"}. The error is a
// Refusal or a Malformed.
func (v *Value) UnmarshalJSON(data []byte) error {
	parsed, err := Parse(data)
	if err == nil {
		*v = parsed
	}
	return err
}

// UnmarshalJSON reads an item or a key from its wire form, {"pk":{"S":"text"}}.
func (m *Map) UnmarshalJSON(data []byte) error {
	parsed, err := parseMap(data)
	if err == nil {
		*m = parsed
	}
	return err
}

// Parse reads a value from its wire form and checks it as the service does:
// exactly one type, numbers in range, sets neither empty nor with duplicates.
func Parse(data []byte) (Value, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return Value{}, Malformed("Unexpected value type in payload")
	}
	var out Value
	found := 0
	for _, name := range slices.Sorted(maps.Keys(members)) {
		raw := members[name]
		if string(raw) == "null" {
			continue
		}
		v, known, err := parseTyped(Type(name), raw)
		if err != nil {
			return Value{}, err
		}
		if known {
			out = v
			found++
		}
	}
	switch found {
	case 0:
		return Value{}, Refusal("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
	case 1:
		return out, nil
	}
	return Value{}, Refusal("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
}

func parseTyped(t Type, raw json.RawMessage) (v Value, known bool, err error) {
	switch t {
	case S:
		text, err := jsonString(raw, "String")
		return String(text), true, err
	case N:
		text, err := jsonString(raw, "String")
		if err != nil {
			return v, true, err
		}
		v, err = Number(text)
		return v, true, err
	case B:
		data, err := jsonBlob(raw)
		return Binary(data), true, err
	case BOOL, NULL:
		b, err := jsonBool(raw)
		if err != nil {
			return v, true, err
		}
		if t == BOOL {
			return Bool(b), true, nil
		}
		if !b {
			return v, true, Refusal(invalid + "Null attribute value types must have the value of true")
		}
		return Null(), true, nil
	case M:
		m, err := parseMap(raw)
		return MapOf(m), true, err
	case L:
		list, err := parseList(raw)
		return List(list...), true, err
	case SS, NS, BS:
		v, err = parseSet(t, raw)
		return v, true, err
	}
	return v, false, nil
}

func parseMap(raw json.RawMessage) (Map, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, Malformed("Start of list found where not expected")
	}
	m := make(Map, 0, len(members))
	for _, name := range slices.Sorted(maps.Keys(members)) {
		v, err := Parse(members[name])
		if err != nil {
			return nil, err
		}
		m = append(m, Field{name, v})
	}
	return m, nil
}

func parseList(raw json.RawMessage) ([]Value, error) {
	var elements []json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil {
		return nil, Malformed("Unexpected value type in payload")
	}
	list := make([]Value, len(elements))
	for i, e := range elements {
		v, err := Parse(e)
		if err != nil {
			return nil, err
		}
		list[i] = v
	}
	return list, nil
}

func parseSet(t Type, raw json.RawMessage) (Value, error) {
	var elements []json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil {
		return Value{}, Malformed("Unexpected value type in payload")
	}
	members := make([]Value, len(elements))
	for i, e := range elements {
		v, _, err := parseTyped(t.ElementType(), e)
		if err != nil {
			return Value{}, err
		}
		members[i] = v
	}
	return CheckedSet(t, members)
}

// CheckedSet makes a set, or refuses one that is empty or has a member twice.
func CheckedSet(t Type, members []Value) (Value, error) {
	if len(members) == 0 {
		switch t {
		case SS:
			return Value{}, Refusal(invalid + "An string set  may not be empty")
		case NS:
			return Value{}, Refusal(invalid + "An number set  may not be empty")
		}
		return Value{}, Refusal(invalid + "Binary sets should not be empty")
	}
	as := texts(members)
	v := Set(t, members...)
	for i := 1; i < len(members); i++ {
		if !Equal(members[i-1], members[i]) {
			continue
		}
		switch t {
		case NS:
			return Value{}, Refusal("Input collection contains duplicates")
		case BS:
			return Value{}, Refusal(invalid + "Input collection [" + as + "]of type BS contains duplicates.")
		}
		return Value{}, Refusal(invalid + "Input collection [" + as + "] contains duplicates.")
	}
	return v, nil
}

func texts(members []Value) string {
	out := make([]string, len(members))
	for i, m := range members {
		out[i] = m.text
		if m.typ == B {
			out[i] = base64.StdEncoding.EncodeToString([]byte(m.text))
		}
	}
	return strings.Join(out, ", ")
}

func jsonString(raw json.RawMessage, want string) (string, error) {
	var s string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return "", Malformed(tokenName(raw) + " cannot be converted to " + want)
	}
	return s, nil
}

func jsonBlob(raw json.RawMessage) ([]byte, error) {
	s, err := jsonString(raw, "Blob")
	if err != nil {
		return nil, err
	}
	data, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil, Malformed("'" + s + "' can not be converted to a Blob: Invalid Base64")
	}
	return data, nil
}

func jsonBool(raw json.RawMessage) (bool, error) {
	var b bool
	if json.Unmarshal(raw, &b) != nil {
		return false, Malformed(tokenName(raw) + " cannot be converted to Boolean")
	}
	return b, nil
}

// tokenName is what the service calls a JSON token in its complaints.
func tokenName(raw json.RawMessage) string {
	if len(raw) == 0 {
		return "NULL_VALUE"
	}
	switch raw[0] {
	case '"':
		return "STRING_VALUE"
	case 't':
		return "TRUE_VALUE"
	case 'f':
		return "FALSE_VALUE"
	case '{':
		return "START_OBJECT"
	case '[':
		return "START_ARRAY"
	}
	return "NUMBER_VALUE"
}
