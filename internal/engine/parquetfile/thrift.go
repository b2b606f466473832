package parquetfile

import (
	"encoding/binary"
	"errors"
)

// Types of Thrift's compact protocol, in which Parquet writes its metadata
// (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md).
const (
	tStop = iota
	tTrue
	tFalse
	tByte
	tI16
	tI32
	tI64
	tDouble
	tBinary
	tList
	tSet
	tMap
	tStruct
)

var errThrift = errors.New("the file's metadata cannot be read")

const deepest = 32 // structures, lists and maps within each other

// thrift reads the compact protocol. The first failure ends all reading; err
// keeps it.
type thrift struct {
	buf   []byte
	at    int
	depth int
	err   error
}

func (t *thrift) fail() { t.err = errThrift; t.at = len(t.buf) }

func (t *thrift) byte() byte {
	if t.at >= len(t.buf) {
		t.fail()
		return 0
	}
	t.at++
	return t.buf[t.at-1]
}

func (t *thrift) unsigned() uint64 {
	v, n := binary.Uvarint(t.buf[min(t.at, len(t.buf)):])
	if n <= 0 {
		t.fail()
		return 0
	}
	t.at += n
	return v
}

func (t *thrift) integer() int64 {
	v := t.unsigned()
	return int64(v>>1) ^ -int64(v&1)
}

func (t *thrift) text() string {
	n := t.unsigned()
	if t.err != nil || n > uint64(len(t.buf)-t.at) {
		t.fail()
		return ""
	}
	s := string(t.buf[t.at : t.at+int(n)])
	t.at += int(n)
	return s
}

// fields calls f for each field of a structure; f reads the value or skips it.
func (t *thrift) fields(f func(id int, kind byte)) {
	t.enter()
	defer t.leave()
	id := 0
	for t.err == nil {
		head := t.byte()
		kind := head & 15
		if kind == tStop {
			break
		}
		if delta := int(head >> 4); delta != 0 {
			id += delta
		} else {
			id = int(t.integer())
		}
		f(id, kind)
	}
}

// enter keeps a few bytes from descending without end.
func (t *thrift) enter() {
	if t.depth++; t.depth > deepest {
		t.fail()
	}
}

func (t *thrift) leave() { t.depth-- }

// list calls f for each element of a list.
func (t *thrift) list(f func(kind byte)) {
	t.enter()
	defer t.leave()
	head := t.byte()
	n, kind := uint64(head>>4), head&15
	if n == 15 {
		n = t.unsigned()
	}
	for range n {
		if t.err != nil {
			return
		}
		f(kind)
	}
}

// element passes over a value of a list or a map, where a boolean has a byte.
func (t *thrift) element(kind byte) {
	if kind == tTrue || kind == tFalse {
		kind = tByte
	}
	t.skip(kind)
}

// skip passes over a value that is not used.
func (t *thrift) skip(kind byte) {
	switch kind {
	case tTrue, tFalse:
	case tByte:
		t.byte()
	case tI16, tI32, tI64:
		t.unsigned()
	case tDouble:
		for range 8 {
			t.byte()
		}
	case tBinary:
		t.text()
	case tList, tSet:
		t.list(t.element)
	case tMap:
		n := t.unsigned()
		if n == 0 {
			return
		}
		t.enter()
		defer t.leave()
		kinds := t.byte()
		for range n {
			if t.err != nil {
				return
			}
			t.element(kinds >> 4)
			t.element(kinds & 15)
		}
	case tStruct:
		t.fields(func(_ int, kind byte) { t.skip(kind) })
	default:
		t.fail()
	}
}
