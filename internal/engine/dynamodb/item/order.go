package item

import (
	"bytes"
	"encoding/base64"
	"sort"
)

// The first byte of an ordered key: values of different types stand in this
// order, and what is not there (no key at all) is for the caller to place.
const (
	orderNumber = 0x10 + iota
	orderText
	orderBinary
	orderFalse
	orderTrue
	orderNull
	orderList
	orderMap
	orderSet
)

// AppendOrder appends bytes that compare as the typed value does: numbers by
// their value, so that 1 and 1.0 are one, texts and binaries byte by byte as
// DynamoDB orders keys, sets whatever the order of their elements. A value that
// is not typed appends nothing.
func AppendOrder(dst, value []byte) []byte {
	tag, inner := Split(value)
	switch tag {
	case "N":
		return appendNumberOrder(append(dst, orderNumber), Text(inner))
	case "S":
		return appendEscaped(append(dst, orderText), Text(inner))
	case "B":
		raw, err := base64.StdEncoding.DecodeString(Text(inner))
		if err != nil {
			raw = []byte(Text(inner))
		}
		return appendEscaped(append(dst, orderBinary), string(raw))
	case "BOOL":
		if string(inner) == "true" {
			return append(dst, orderTrue)
		}
		return append(dst, orderFalse)
	case "NULL":
		return append(dst, orderNull)
	case "L":
		dst = append(dst, orderList)
		Elements(inner, func(v []byte) bool { dst = AppendOrder(append(dst, 1), v); return true })
		return append(dst, 0)
	case "M":
		return appendMapOrder(append(dst, orderMap), inner)
	case "SS", "NS", "BS":
		return appendSetOrder(append(dst, orderSet, tag[0]), tag[:1], inner)
	}
	return dst
}

func appendMapOrder(dst, inner []byte) []byte {
	var members [][]byte
	Attributes(inner, func(name, _ string, _, value []byte) bool {
		members = append(members, AppendOrder(appendEscaped([]byte{1}, name), value))
		return true
	})
	return append(appendSorted(dst, members), 0)
}

func appendSetOrder(dst []byte, tag string, inner []byte) []byte {
	var members [][]byte
	Elements(inner, func(v []byte) bool {
		members = append(members, AppendOrder([]byte{1}, marked(nil, tag, v)))
		return true
	})
	return append(appendSorted(dst, members), 0)
}

func appendSorted(dst []byte, members [][]byte) []byte {
	sort.Slice(members, func(i, j int) bool { return bytes.Compare(members[i], members[j]) < 0 })
	for _, m := range members {
		dst = append(dst, m...)
	}
	return dst
}

// appendEscaped ends a text so that a shorter one comes first and none is the
// beginning of another: 0 is written 0 255, the end 0 0.
func appendEscaped(dst []byte, s string) []byte {
	for i := range len(s) {
		if dst = append(dst, s[i]); s[i] == 0 {
			dst = append(dst, 0xff)
		}
	}
	return append(dst, 0, 0)
}

// appendNumberOrder writes sign, exponent and digits; of a negative number all
// but the sign turned over. Not a number: after all numbers, as text.
func appendNumberOrder(dst []byte, text string) []byte {
	n, ok := ParseNumber(text)
	if !ok {
		return appendEscaped(append(dst, 0xff), text)
	}
	sign := n.c.Sign()
	if sign == 0 {
		return append(dst, 0x80)
	}
	digits := bytes.TrimRight(n.c.Append(nil, 10), "0")
	if sign < 0 {
		digits = digits[1:]
	}
	whole := len(n.c.Append(nil, 10)) + n.e // digits before the point
	if sign < 0 {
		whole--
	}
	if sign > 0 {
		dst = append(dst, 0xc0)
	} else {
		dst = append(dst, 0x40)
	}
	at := len(dst)
	dst = append(dst, byte((whole+0x8000)>>8), byte(whole+0x8000))
	for _, d := range digits {
		dst = append(dst, d-'0'+1)
	}
	dst = append(dst, 0)
	if sign < 0 {
		for i := at; i < len(dst); i++ {
			dst[i] = ^dst[i]
		}
	}
	return dst
}

// Elements calls f for each element of an array until f returns false.
func Elements(doc []byte, f func(value []byte) bool) {
	i := space(doc, 0)
	if i >= len(doc) || doc[i] != '[' {
		return
	}
	for i = space(doc, i+1); i < len(doc) && doc[i] != ']'; {
		end := scanValue(doc, i, 0)
		if end < 0 || !f(doc[i:end]) {
			return
		}
		if i = space(doc, end); i >= len(doc) || doc[i] != ',' {
			return
		}
		i = space(doc, i+1)
	}
}
