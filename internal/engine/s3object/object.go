package s3object

import (
	"context"
	"errors"
	"io"
	"sync"
)

const (
	blockSize = 1 << 20
	// mostBlocks is how much of an object is kept: the pages of some dozen
	// columns that are read side by side.
	mostBlocks = 12
)

// Object is one version of an object, read at any place. It keeps the blocks
// that were used last. It may be used by several goroutines, one of which reads
// at a time.
type Object struct {
	ctx   context.Context
	whole piece

	mu     sync.Mutex
	blocks map[int64][]byte
	used   []int64 // the block used last at the end
}

// Object asks for the object's first block, which tells its size and version.
// Reading ends with ctx.
func (c *Client) Object(ctx context.Context, bucket, key string) (*Object, error) {
	first := piece{client: c, bucket: bucket, key: key, to: blockSize, total: -1}
	if err := first.open(ctx); err != nil && !errors.Is(err, errEmpty) {
		return nil, err
	}
	defer first.close()
	o := &Object{ctx: ctx, blocks: map[int64][]byte{}}
	if first.total < 0 {
		first.total, first.to = 0, 0
	}
	o.whole = first
	o.whole.body, o.whole.cancel, o.whole.alarm = nil, nil, nil
	if first.total > 0 && first.to <= blockSize {
		data := make([]byte, first.to)
		if err := readPiece(ctx, &first, data); err != nil {
			return nil, err
		}
		o.keep(0, data)
	}
	return o, nil
}

// Size is the object's length in bytes.
func (o *Object) Size() int64 { return o.whole.total }

// ReadAt implements io.ReaderAt.
func (o *Object) ReadAt(p []byte, off int64) (n int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for n < len(p) {
		at := off + int64(n)
		if at >= o.whole.total {
			return n, io.EOF
		}
		data, err := o.block(at / blockSize)
		if err != nil {
			return n, err
		}
		n += copy(p[n:], data[at%blockSize:])
	}
	return n, nil
}

func (o *Object) block(number int64) ([]byte, error) {
	if data, ok := o.blocks[number]; ok {
		o.keep(number, data)
		return data, nil
	}
	p := o.whole
	p.from, p.to, p.failures = number*blockSize, min((number+1)*blockSize, o.whole.total), 0
	data := make([]byte, p.to-p.from)
	defer p.close()
	if err := readPiece(o.ctx, &p, data); err != nil {
		return nil, err
	}
	o.keep(number, data)
	return data, nil
}

func readPiece(ctx context.Context, p *piece, data []byte) error {
	n, err := p.read(ctx, data)
	if err == nil && n < len(data) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// keep remembers a block as the one used last, in the place of the one whose use
// is the longest ago.
func (o *Object) keep(number int64, data []byte) {
	for i, n := range o.used {
		if n == number {
			o.used = append(o.used[:i], o.used[i+1:]...)
			break
		}
	}
	o.used = append(o.used, number)
	o.blocks[number] = data
	if len(o.used) > mostBlocks {
		delete(o.blocks, o.used[0])
		o.used = o.used[1:]
	}
}
