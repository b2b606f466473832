//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"sort"
	"strings"
)

// mark is a place in the stub's block that is written anew for each block.
type mark struct {
	at, size int
	row      int // of the block
	digits   bool
	ordered  bool // the row's number, and not a value in no order
}

// numbered makes every row of the stub's objects another: order_id counts up,
// customer_id is a number in no order, and the note begins with eight letters in
// no order, so that a sort and a search have something to do. The first page is
// of the same rows, or the client would not take the object for the result.
func (s *athenaStub) numbered() *athenaStub {
	s.mark()
	block := bytes.Clone(s.block)
	number(block, s.marks, 0, 0)
	var page map[string]any
	if err := json.Unmarshal(s.first, &page); err != nil {
		panic(err)
	}
	rows := page["ResultSet"].(map[string]any)["Rows"].([]any)
	for _, row := range rows[1:] { // behind the header
		line, rest, _ := bytes.Cut(block, []byte("\n"))
		block = rest
		for column, cell := range strings.Split(strings.Trim(string(line), `"`), `","`) {
			row.(map[string]any)["Data"].([]any)[column] = map[string]any{"VarCharValue": cell}
		}
	}
	var err error
	if s.first, err = json.Marshal(page); err != nil {
		panic(err)
	}
	return s
}

// mark finds the places.
func (s *athenaStub) mark() {
	at := 0
	for row := range stubPage {
		line := s.block[at : at+bytes.IndexByte(s.block[at:], '\n')]
		cells := bytes.Split(line[1:len(line)-1], []byte(`","`))
		place := at + 1
		for column, cell := range cells {
			switch column {
			case 0:
				s.marks = append(s.marks, mark{at: place, size: len(cell), row: row, digits: true, ordered: true})
			case 2:
				s.marks = append(s.marks, mark{at: place, size: len(cell), row: row, digits: true})
			case 7:
				s.marks = append(s.marks, mark{at: place, size: 8, row: row})
			}
			place += len(cell) + len(`","`)
		}
		at += len(line) + 1
	}
}

// number writes the marks that lie in p, which is the block's bytes from place
// on, as they are in the block-th block.
func number(p []byte, marks []mark, place int, block int64) {
	var text [16]byte
	first := sort.Search(len(marks), func(i int) bool { return marks[i].at+marks[i].size > place })
	for _, m := range marks[first:] {
		if m.at >= place+len(p) {
			return
		}
		row := uint64(block)*stubPage + uint64(m.row)
		value := row + 10_000_000
		if !m.ordered {
			value = scrambled(row + uint64(m.at)<<40)
		}
		base, zero := uint64(26), byte('a')
		if m.digits {
			base, zero = 10, '0'
		}
		for i := m.size - 1; i >= 0; i-- {
			text[i] = zero + byte(value%base)
			value /= base
		}
		from := max(0, place-m.at)
		copy(p[m.at+from-place:], text[from:m.size])
	}
}

// scrambled is the finalizer of splitmix64: a value in no order for each row.
func scrambled(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
