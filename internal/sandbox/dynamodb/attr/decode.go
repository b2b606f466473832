package attr

import (
	"encoding/base64"
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
	x := scanner{s: string(data)}
	if x.isNull() {
		return nil
	}
	parsed, err := x.fields()
	if err == nil {
		*m = parsed
	}
	return err
}

// Parse reads a value from its wire form and checks it as the service does:
// exactly one type, numbers in range, sets neither empty nor with duplicates.
// What follows the value is not looked at.
func Parse(data []byte) (Value, error) {
	x := scanner{s: string(data)}
	return x.value()
}

const errNoType Refusal = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"

// value reads {"S":"text"}.
func (x *scanner) value() (Value, error) {
	var out Value
	found := 0
	if x.isNull() {
		return out, errNoType
	}
	if !x.accept('{') {
		return out, errValue
	}
	for first := true; !x.accept('}'); first = false {
		name, err := x.member(first)
		if err != nil {
			return out, err
		}
		if x.isNull() {
			x.skip()
			continue
		}
		v, known, err := x.typed(Type(name))
		if err != nil {
			return out, err
		}
		if known {
			out = v
			found++
		}
	}
	switch found {
	case 0:
		return Value{}, errNoType
	case 1:
		return out, nil
	}
	return Value{}, Refusal("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
}

// typed reads what stands under the name of a type; an unknown type is skipped.
func (x *scanner) typed(t Type) (v Value, known bool, err error) {
	switch t {
	case S, N, B:
		v, err = x.scalar(t)
	case BOOL, NULL:
		v, err = x.boolean(t)
	case M:
		var m Map
		m, err = x.fields()
		v = MapOf(m)
	case L:
		var list []Value
		list, err = x.elements(x.value)
		v = List(list...)
	case SS, NS, BS:
		var members []Value
		members, err = x.elements(func() (Value, error) { return x.scalar(t.ElementType()) })
		if err == nil {
			v, err = CheckedSet(t, members)
		}
	default:
		return v, false, x.skip()
	}
	return v, true, err
}

// fields reads an item or a map; of two attributes with one name the later wins.
func (x *scanner) fields() (Map, error) {
	if !x.accept('{') {
		return nil, Malformed("Start of list found where not expected")
	}
	m := make(Map, 0, 8)
	sorted := true
	for first := true; !x.accept('}'); first = false {
		name, err := x.member(first)
		if err != nil {
			return nil, err
		}
		v, err := x.value()
		if err != nil {
			return nil, err
		}
		if n := len(m); n > 0 && m[n-1].Name >= name {
			sorted = false
		}
		m = append(m, Field{name, v})
	}
	if sorted {
		return m, nil
	}
	return NewMap(m...), nil
}

// elements reads a list.
func (x *scanner) elements(element func() (Value, error)) ([]Value, error) {
	list := []Value{}
	if !x.accept('[') {
		return nil, errValue
	}
	for first := true; !x.accept(']'); first = false {
		if !first && !x.accept(',') {
			return nil, errValue
		}
		v, err := element()
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func (x *scanner) scalar(t Type) (Value, error) {
	if !x.at('"') {
		want := "String"
		if t == B {
			want = "Blob"
		}
		return Value{}, Malformed(x.tokenName() + " cannot be converted to " + want)
	}
	text, err := x.text()
	if err != nil || t == S {
		return String(text), err
	}
	if t == N {
		return Number(text)
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return Value{}, Malformed("'" + text + "' can not be converted to a Blob: Invalid Base64")
	}
	return Binary(data), nil
}

func (x *scanner) boolean(t Type) (Value, error) {
	b := x.word("true")
	switch {
	case !b && !x.word("false"):
		return Value{}, Malformed(x.tokenName() + " cannot be converted to Boolean")
	case t == BOOL:
		return Bool(b), nil
	case !b:
		return Value{}, Refusal(invalid + "Null attribute value types must have the value of true")
	}
	return Null(), nil
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
