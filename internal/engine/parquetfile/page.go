package parquetfile

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

// pageHeader is a PageHeader of parquet.thrift.
type pageHeader struct {
	kind             int // 0 data, 2 dictionary, 3 data v2
	size, compressed int // of the page's body
	values           int
	encoding         int
	repBytes         int // v2: bytes of the levels, which are not compressed
	defBytes         int
	plain            bool // v2: the values are not compressed
}

const (
	mostHeader = 64 << 10
	mostValues = 64 << 20  // of a page
	mostPage   = 256 << 20 // a page of one 32 MB value is far smaller
)

// pages reads the pages of one chunk in order.
type pages struct {
	r     *bufio.Reader
	left  int64 // bytes of the chunk
	codec int
	raw   []byte
	body  []byte
	zstd  *zstd.Decoder
}

func newPages(r io.ReaderAt, c chunk) *pages {
	section := io.NewSectionReader(r, c.start(), c.size)
	return &pages{r: bufio.NewReaderSize(section, mostHeader), left: c.size, codec: c.codec}
}

// next returns the next page's header and its body, the levels of v2 included;
// good until the next call.
func (p *pages) next() (h pageHeader, body []byte, err error) {
	// A header is short; what is peeked at behind it is read again as the body.
	head, err := p.r.Peek(mostHeader)
	if len(head) == 0 {
		return h, nil, unlessEOF(err)
	}
	t := &thrift{buf: head}
	h = readPageHeader(t)
	if p.left -= int64(t.at + h.compressed); p.left < 0 {
		return h, nil, errPage
	}
	if t.err != nil || h.size < 0 || h.size > mostPage || h.compressed < 0 || h.compressed > mostPage ||
		h.values < 0 || h.values > mostValues || h.repBytes < 0 || h.defBytes < 0 || h.repBytes+h.defBytes > min(h.compressed, h.size) {
		return h, nil, errThrift
	}
	if _, err := p.r.Discard(t.at); err != nil {
		return h, nil, unlessEOF(err)
	}
	p.raw = grown(p.raw, h.compressed)
	if _, err := io.ReadFull(p.r, p.raw); err != nil {
		return h, nil, unlessEOF(err)
	}
	body, err = p.expand(h)
	return h, body, err
}

func grown(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

func (p *pages) expand(h pageHeader) ([]byte, error) {
	levels := 0
	if h.kind == 3 {
		levels = h.repBytes + h.defBytes
		if h.plain {
			return p.raw, nil
		}
	}
	switch p.codec {
	case 0:
		return p.raw, nil
	case 1: // SNAPPY
		packed := p.raw[levels:]
		if n, err := snappy.DecodedLen(packed); err != nil || n != h.size-levels {
			return nil, errPage
		}
		p.body = grown(p.body, h.size)
		copy(p.body, p.raw[:levels])
		if _, err := snappy.Decode(p.body[levels:], packed); err != nil {
			return nil, errPage
		}
		return p.body, nil
	case 2: // GZIP
		z, err := gzip.NewReader(bytes.NewReader(p.raw[levels:]))
		if err != nil {
			return nil, errPage
		}
		p.body = grown(p.body, h.size)
		copy(p.body, p.raw[:levels])
		if _, err := io.ReadFull(z, p.body[levels:]); err != nil {
			return nil, errPage
		}
		return p.body, nil
	case 6: // ZSTD
		if p.zstd == nil {
			var err error
			if p.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(mostPage)); err != nil {
				return nil, err
			}
		}
		body, err := p.zstd.DecodeAll(p.raw[levels:], append(p.body[:0], p.raw[:levels]...))
		if p.body = body; err != nil || len(body) != h.size {
			return nil, errPage
		}
		return body, nil
	}
	return nil, fmt.Errorf("the file is compressed in a way (%d) that is not read here", p.codec)
}

var errPage = errors.New("a page of the file is damaged")

func readPageHeader(t *thrift) (h pageHeader) {
	t.fields(func(id int, kind byte) {
		switch {
		case id == 1 && kind == tI32:
			h.kind = int(t.integer())
		case id == 2 && kind == tI32:
			h.size = int(t.integer())
		case id == 3 && kind == tI32:
			h.compressed = int(t.integer())
		case (id == 5 || id == 7) && kind == tStruct: // data and dictionary pages begin alike
			t.fields(func(id int, kind byte) {
				switch {
				case id == 1 && kind == tI32:
					h.values = int(t.integer())
				case id == 2 && kind == tI32:
					h.encoding = int(t.integer())
				default:
					t.skip(kind)
				}
			})
		case id == 8 && kind == tStruct:
			readV2(t, &h)
		default:
			t.skip(kind)
		}
	})
	return h
}

func readV2(t *thrift, h *pageHeader) {
	t.fields(func(id int, kind byte) {
		switch {
		case id == 1 && kind == tI32:
			h.values = int(t.integer())
		case id == 4 && kind == tI32:
			h.encoding = int(t.integer())
		case id == 5 && kind == tI32:
			h.defBytes = int(t.integer())
		case id == 6 && kind == tI32:
			h.repBytes = int(t.integer())
		case id == 7:
			h.plain = kind == tFalse
		default:
			t.skip(kind)
		}
	})
}

// hybrid reads the mix of runs and bit-packed groups in which levels and
// dictionary indices are written
// (https://github.com/apache/parquet-format/blob/master/Encodings.md#RLE).
type hybrid struct {
	buf    []byte
	width  int
	run    int // values left of a run
	value  uint32
	packed int // values left of bit-packed groups
	bit    int // of buf, where the next packed value begins
	ok     bool
}

func newHybrid(buf []byte, width int) *hybrid {
	return &hybrid{buf: buf, width: width, ok: width <= 32}
}

func (h *hybrid) next() uint32 {
	for h.ok {
		switch {
		case h.run > 0:
			h.run--
			return h.value
		case h.packed > 0:
			h.packed--
			return h.unpack()
		case h.width == 0:
			return 0
		}
		h.turn()
	}
	return 0
}

// turn reads the head of the next run or group.
func (h *hybrid) turn() {
	if h.bit > 0 {
		h.buf, h.bit = h.buf[min((h.bit+7)/8, len(h.buf)):], 0
	}
	t := &thrift{buf: h.buf}
	head := t.unsigned()
	if t.err != nil || head>>1 == 0 || head>>1 > 1<<30 {
		h.ok = false
		return
	}
	h.buf = h.buf[t.at:]
	if head&1 == 1 {
		h.packed = int(head>>1) * 8
		return
	}
	bytes := (h.width + 7) / 8
	if len(h.buf) < bytes {
		h.ok = false
		return
	}
	h.value = 0
	for i := range bytes {
		h.value |= uint32(h.buf[i]) << (8 * i)
	}
	h.buf = h.buf[bytes:]
	h.run = int(head >> 1)
}

func (h *hybrid) unpack() (v uint32) {
	if h.bit+h.width > len(h.buf)*8 {
		h.ok = false
		return 0
	}
	for got := 0; got < h.width; {
		at := h.bit + got
		take := min(8-at%8, h.width-got)
		v |= uint32(h.buf[at/8]>>(at%8)) & (1<<take - 1) << got
		got += take
	}
	h.bit += h.width
	return v
}
