package table

import (
	"encoding/binary"
	"hash/fnv"
	"math/bits"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/expr"
)

// place is where an item with these key attributes stands: hash of the
// partition key, partition key, sort key.
func place(key expr.KeySchema, attrs attr.Map) string {
	hash, _ := attrs.Get(key.Hash)
	dst := partition(hash)
	if key.Range != "" {
		sort, _ := attrs.Get(key.Range)
		dst = attr.AppendKey(dst, sort)
	}
	return string(dst)
}

// partition is what the places of all items of one partition begin with.
func partition(hash attr.Value) []byte {
	enc := attr.AppendKey(make([]byte, 0, 64), hash)
	dst := make([]byte, 8, 64)
	binary.BigEndian.PutUint64(dst, hashOf(enc))
	return append(dst, enc...)
}

// hashOf spreads keys over all 64 bits, so that equal parts of the hash space
// hold about equal numbers of items: FNV-1a, then the finalizer of MurmurHash3.
func hashOf(key []byte) uint64 {
	f := fnv.New64a()
	f.Write(key)
	h := f.Sum64()
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// span is a stretch of places, lo <= place < hi; an empty hi is no bound.
type span struct{ lo, hi string }

// segment is the part of the hash space that segment n of total has.
func segment(n, total int) span {
	if total <= 1 {
		return span{}
	}
	s := span{lo: boundary(n, total)}
	if n+1 < total {
		s.hi = boundary(n+1, total)
	}
	return s
}

// boundary is the first hash of segment n: n × 2^64 / total, rounded up.
func boundary(n, total int) string {
	q, rem := bits.Div64(uint64(n), 0, uint64(total))
	if rem > 0 {
		q++
	}
	return string(binary.BigEndian.AppendUint64(nil, q))
}

// keySpan is the stretch of places that a key range covers.
func keySpan(r expr.KeyRange) span {
	prefix := partition(r.Hash)
	whole := span{string(prefix), after(prefix)}
	at := func(v attr.Value) []byte { return attr.AppendKey(clone(prefix), v) }
	switch r.Op {
	case "=":
		return span{string(at(r.Lo)), after(at(r.Lo))}
	case "<":
		return span{whole.lo, string(at(r.Lo))}
	case "<=":
		return span{whole.lo, after(at(r.Lo))}
	case ">":
		return span{after(at(r.Lo)), whole.hi}
	case ">=":
		return span{string(at(r.Lo)), whole.hi}
	case "BETWEEN":
		return span{string(at(r.Lo)), after(at(r.Hi))}
	case "begins_with":
		p := attr.AppendKeyPrefix(clone(prefix), r.Lo)
		return span{string(p), after(p)}
	}
	return whole
}

func clone(b []byte) []byte { return append(make([]byte, 0, len(b)+32), b...) }

// after is the first string that does not begin with prefix and is greater.
func after(prefix []byte) string {
	p := clone(prefix)
	for len(p) > 0 {
		if p[len(p)-1]++; p[len(p)-1] != 0 {
			return string(p)
		}
		p = p[:len(p)-1]
	}
	return ""
}
