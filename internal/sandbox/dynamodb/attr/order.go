package attr

import "strings"

// Compare orders two values of the same ordered type (S and B by bytes, N by
// magnitude). ok is false when they cannot be ordered.
func Compare(a, b Value) (c int, ok bool) {
	if a.typ != b.typ || !a.typ.Ordered() {
		return 0, false
	}
	if a.typ == N {
		if a.text == b.text {
			return 0, true
		}
		return canonical(a.text).compare(canonical(b.text)), true
	}
	return strings.Compare(a.text, b.text), true
}

// Equal says whether two values are the same: numbers by magnitude, sets
// without order, lists with order, maps by content.
func Equal(a, b Value) bool {
	if a.typ != b.typ || a.text != b.text {
		return false
	}
	al, bl := a.List(), b.List()
	if len(al) != len(bl) {
		return false
	}
	for i := range al {
		if !Equal(al[i], bl[i]) {
			return false
		}
	}
	return EqualMaps(a.Map(), b.Map())
}

// EqualMaps compares two maps or items by content.
func EqualMaps(a, b Map) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || !Equal(a[i].Value, b[i].Value) {
			return false
		}
	}
	return true
}

// Has says whether the set holds member.
func (v Value) Has(member Value) bool {
	for _, m := range v.List() {
		if Equal(m, member) {
			return true
		}
	}
	return false
}

// AppendKey appends an encoding of a key value (S, N or B) whose byte order is
// the order of the values, and which no other value's encoding begins with.
func AppendKey(dst []byte, v Value) []byte {
	if v.typ != N {
		return append(appendEscaped(dst, v.text), 0, 1)
	}
	d := canonical(v.text)
	if d.digits == "" {
		return append(dst, 2, 0, 1)
	}
	raw := make([]byte, 0, len(d.digits)+3)
	raw = append(raw, byte((d.exp+1000)>>8), byte(d.exp+1000))
	raw = append(raw, d.digits...)
	if d.neg {
		for i := range raw {
			raw[i] = ^raw[i]
		}
		raw = append(raw, 0xff) // a shorter negative number is the greater one
		return append(appendEscaped(append(dst, 1), string(raw)), 0, 1)
	}
	return append(appendEscaped(append(dst, 3), string(raw)), 0, 1)
}

// AppendKeyPrefix appends the encoding of what every S or B that begins with
// v's content has in front.
func AppendKeyPrefix(dst []byte, v Value) []byte { return appendEscaped(dst, v.text) }

// appendEscaped writes s so that the terminator 00 01 sorts before any
// continuation.
func appendEscaped(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		dst = append(dst, s[i])
		if s[i] == 0 {
			dst = append(dst, 0xff)
		}
	}
	return dst
}
