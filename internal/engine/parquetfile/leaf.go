package parquetfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
)

// leaf reads the values of one column of values, a level pair at a time.
type leaf struct {
	name           string
	physical       int
	length         int // of a fixed-length value
	maxRep, maxDef int

	pages  *pages
	left   int64 // level pairs of the chunk not yet in a page
	inPage int   // of the page in hand
	reps   *hybrid
	defs   *hybrid
	rep    int
	def    int
	ready  bool // rep and def are those of the next value
	dict   [][]byte
	index  *hybrid // of a page of dictionary indices
	plain  []byte  // values of a plain page
	bit    int     // of plain, for booleans
	bools  *hybrid // booleans as runs
	value  []byte
}

// begin turns to a row group's chunk.
func (l *leaf) begin(r io.ReaderAt, c chunk) {
	l.pages, l.left, l.inPage, l.ready, l.dict = newPages(r, c), c.values, 0, false, nil
}

// peek makes the levels of the next value known; io.EOF at the chunk's end.
func (l *leaf) peek() error {
	if l.ready {
		return nil
	}
	for l.inPage == 0 {
		if l.left == 0 {
			return io.EOF
		}
		if err := l.turn(); err != nil {
			return fmt.Errorf("column %s: %w", l.name, err)
		}
	}
	l.inPage--
	l.rep, l.def = 0, l.maxDef
	if l.reps != nil {
		l.rep = int(l.reps.next())
	}
	if l.defs != nil {
		l.def = int(l.defs.next())
	}
	if l.reps != nil && !l.reps.ok || l.defs != nil && !l.defs.ok || l.rep > l.maxRep || l.def > l.maxDef {
		return fmt.Errorf("column %s: %w", l.name, errPage)
	}
	l.ready = true
	return nil
}

// take passes over the next value, which is good until the page's end; nil when
// it is not there.
func (l *leaf) take() ([]byte, error) {
	if err := l.peek(); err != nil {
		return nil, unlessEOF(err)
	}
	l.ready = false
	if l.def < l.maxDef {
		return nil, nil
	}
	v, ok := l.read()
	if !ok {
		return nil, fmt.Errorf("column %s: %w", l.name, errPage)
	}
	return v, nil
}

// turn takes the next page in hand.
func (l *leaf) turn() error {
	h, body, err := l.pages.next()
	if err != nil {
		return err
	}
	switch h.kind {
	case 1: // an index page
		return nil
	case 2:
		return l.readDictionary(body, h.values)
	case 0, 3:
	default:
		return errThrift
	}
	if int64(h.values) > l.left {
		return errPage
	}
	l.left -= int64(h.values)
	l.inPage = h.values
	levels := func(most, v2 int) (*hybrid, error) {
		n := v2
		if h.kind == 0 {
			if most == 0 {
				return nil, nil
			}
			if len(body) < 4 {
				return nil, errPage
			}
			n = int(binary.LittleEndian.Uint32(body))
			body = body[4:]
		}
		if n < 0 || n > len(body) {
			return nil, errPage
		}
		levels := body[:n]
		body = body[n:]
		if most == 0 {
			return nil, nil
		}
		return newHybrid(levels, bits.Len(uint(most))), nil
	}
	if l.reps, err = levels(l.maxRep, h.repBytes); err != nil {
		return err
	}
	if l.defs, err = levels(l.maxDef, h.defBytes); err != nil {
		return err
	}
	return l.values(body, h.encoding)
}

// Encodings of parquet.thrift.
const (
	ePlain          = 0
	ePlainDict      = 2
	eRLE            = 3
	eRLEDict        = 8
	mostDictEntries = 64 << 20
)

func (l *leaf) values(body []byte, encoding int) error {
	l.index, l.plain, l.bools, l.bit = nil, nil, nil, 0
	switch {
	case encoding == ePlain:
		l.plain = body
	case encoding == ePlainDict, encoding == eRLEDict:
		if len(body) == 0 {
			l.index = newHybrid(nil, 0) // every value of the page is NULL
			return nil
		}
		l.index = newHybrid(body[1:], int(body[0]))
	case encoding == eRLE && l.physical == pBoolean && len(body) >= 4:
		l.bools = newHybrid(body[4:], 1)
	default:
		return fmt.Errorf("values are written in a way (encoding %d) that is not read here", encoding)
	}
	return nil
}

func (l *leaf) readDictionary(body []byte, values int) error {
	if values > mostDictEntries {
		return errPage
	}
	own := append([]byte(nil), body...) // the next page takes the buffer
	l.plain, l.index, l.bools, l.bit = own, nil, nil, 0
	l.dict = make([][]byte, 0, min(values, len(own)+1))
	for range values {
		v, ok := l.read()
		if !ok {
			return errPage
		}
		l.dict = append(l.dict, v)
	}
	l.plain = nil
	return nil
}

// read returns the next value of the page's values.
func (l *leaf) read() ([]byte, bool) {
	switch {
	case l.index != nil:
		i := l.index.next()
		if !l.index.ok || int(i) >= len(l.dict) {
			return nil, false
		}
		return l.dict[i], true
	case l.bools != nil:
		v := l.bools.next()
		l.value = append(l.value[:0], byte(v))
		return l.value, l.bools.ok
	case l.physical == pBoolean:
		if l.bit/8 >= len(l.plain) {
			return nil, false
		}
		l.value = append(l.value[:0], l.plain[l.bit/8]>>(l.bit%8)&1)
		l.bit++
		return l.value, true
	}
	n := l.width()
	if n < 0 { // length first
		if len(l.plain) < 4 {
			return nil, false
		}
		n = int(binary.LittleEndian.Uint32(l.plain))
		l.plain = l.plain[4:]
	}
	if n < 0 || n > len(l.plain) {
		return nil, false
	}
	v := l.plain[:n:n]
	l.plain = l.plain[n:]
	return v, true
}

// width is the length of a plain value, -1 when each tells its own.
func (l *leaf) width() int {
	switch l.physical {
	case pInt32, pFloat:
		return 4
	case pInt64, pDouble:
		return 8
	case pInt96:
		return 12
	case pFixed:
		return l.length
	}
	return -1
}

var errLevels = errors.New("the file's nesting does not fit its schema")
