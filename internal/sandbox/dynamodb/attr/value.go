// Package attr is the value model of the sandbox's DynamoDB: the ten attribute
// types, their wire JSON, numbers of 38 digits kept as text, sizes as DynamoDB
// bills them, comparison, and key encodings that sort as DynamoDB sorts.
//
// It knows nothing of tables, expressions or requests. Values are immutable:
// whoever changes an item builds a new one, so a page being read never sees a
// write that happens beside it.
//
//	v, err := attr.Parse([]byte(`{"M":{"price":{"N":"19.90"}}}`))
//	price, _ := v.Map().Get("price") // N 19.9
package attr

import (
	"slices"
	"sort"
	"strings"
)

// Type is a DynamoDB type descriptor as it stands on the wire.
type Type string

// The ten types of the service.
const (
	S    Type = "S"
	N    Type = "N"
	B    Type = "B"
	BOOL Type = "BOOL"
	NULL Type = "NULL"
	M    Type = "M"
	L    Type = "L"
	SS   Type = "SS"
	NS   Type = "NS"
	BS   Type = "BS"
)

// IsSet says whether t is one of the three set types.
func (t Type) IsSet() bool { return t == SS || t == NS || t == BS }

// Ordered says whether values of t can be compared with < and its kin.
func (t Type) Ordered() bool { return t == S || t == N || t == B }

// Value is one attribute value. The zero Value is no value at all.
type Value struct {
	typ  Type
	text string // S; N as canonical decimal; B as raw bytes; BOOL "true" or "false"
	doc  *doc   // M, L and sets
}

type doc struct {
	list   []Value // L, and the members of a set in ascending order
	fields Map     // M
}

// Map is the attributes of an item or a map, ordered by name, names unique.
type Map []Field

// Field is one named attribute.
type Field struct {
	Name  string
	Value Value
}

// String makes an S.
func String(s string) Value { return Value{typ: S, text: s} }

// Binary makes a B from raw bytes.
func Binary(b []byte) Value { return Value{typ: B, text: string(b)} }

// Bool makes a BOOL.
func Bool(b bool) Value {
	if b {
		return Value{typ: BOOL, text: "true"}
	}
	return Value{typ: BOOL, text: "false"}
}

// Null makes a NULL.
func Null() Value { return Value{typ: NULL} }

// List makes an L; it keeps vs.
func List(vs ...Value) Value { return Value{typ: L, doc: &doc{list: vs}} }

// MapOf makes an M; m must be ordered by name (see NewMap).
func MapOf(m Map) Value { return Value{typ: M, doc: &doc{fields: m}} }

// Set makes a set of type t from members of its element type; it sorts them,
// since a set has no order of its own. Duplicates are the caller's to refuse.
func Set(t Type, members ...Value) Value {
	slices.SortStableFunc(members, func(a, b Value) int { c, _ := Compare(a, b); return c })
	return Value{typ: t, doc: &doc{list: members}}
}

// StringSet makes an SS.
func StringSet(members ...string) Value {
	vs := make([]Value, len(members))
	for i, s := range members {
		vs[i] = String(s)
	}
	return Set(SS, vs...)
}

// Type returns the type, "" for the zero Value.
func (v Value) Type() Type { return v.typ }

// IsZero says whether v is no value at all.
func (v Value) IsZero() bool { return v.typ == "" }

// Text is the content of an S, the canonical decimal of an N or the raw bytes
// of a B.
func (v Value) Text() string { return v.text }

// True says whether v is BOOL true.
func (v Value) True() bool { return v.typ == BOOL && v.text == "true" }

// List is the elements of an L or the members of a set. The caller must not
// change them.
func (v Value) List() []Value {
	if v.doc == nil {
		return nil
	}
	return v.doc.list
}

// Map is the fields of an M. The caller must not change them.
func (v Value) Map() Map {
	if v.doc == nil {
		return nil
	}
	return v.doc.fields
}

// ElementType is the type of a set's members: SS has S, NS has N, BS has B.
func (t Type) ElementType() Type {
	switch t {
	case SS:
		return S
	case NS:
		return N
	case BS:
		return B
	}
	return ""
}

// NewMap orders fields by name. Of two with one name the later wins, as in JSON.
func NewMap(fields ...Field) Map {
	slices.SortStableFunc(fields, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	out := fields[:0]
	for _, f := range fields {
		if n := len(out); n > 0 && out[n-1].Name == f.Name {
			out[n-1] = f
			continue
		}
		out = append(out, f)
	}
	return Map(out)
}

// find returns where name is, or where it would go.
func (m Map) find(name string) (int, bool) {
	i := sort.Search(len(m), func(i int) bool { return m[i].Name >= name })
	return i, i < len(m) && m[i].Name == name
}

// Get returns the named attribute.
func (m Map) Get(name string) (Value, bool) {
	if i, ok := m.find(name); ok {
		return m[i].Value, true
	}
	return Value{}, false
}

// With returns a copy of m in which name has value v.
func (m Map) With(name string, v Value) Map {
	i, ok := m.find(name)
	if ok {
		out := append(Map(nil), m...)
		out[i].Value = v
		return out
	}
	out := make(Map, 0, len(m)+1)
	out = append(out, m[:i]...)
	out = append(out, Field{name, v})
	return append(out, m[i:]...)
}

// Without returns m, copied, without name; m itself if it is not there.
func (m Map) Without(name string) Map {
	i, ok := m.find(name)
	if !ok {
		return m
	}
	out := make(Map, 0, len(m)-1)
	out = append(out, m[:i]...)
	return append(out, m[i+1:]...)
}

// Only returns the attributes of m whose names keep accepts.
func (m Map) Only(keep func(name string) bool) Map {
	out := make(Map, 0, len(m))
	for _, f := range m {
		if keep(f.Name) {
			out = append(out, f)
		}
	}
	return out
}
