package s3object

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	partSize  = 2 << 20   // bytes of one range
	chunkSize = 256 << 10 // a range is handed over in pieces of this size

	// lead is how many bytes before its end a range makes way for another one,
	// whose latency then passes while the rest of it comes.
	lead = 3 * chunkSize

	firstAhead  = 2                    // chunks of each range that are read ahead at first
	starved     = 5 * time.Millisecond // a reader that waits so long for a chunk lets more be read ahead
	spareChunks = 4                    // for the range that is being read: one filled, one waiting, one in the reader's hand, and one more
)

// Options say how to read.
type Options struct {
	Ranges int // ranges read at once; 0 or 1 reads the object in one go
}

// Reader reads an object in order. The first range is asked for by Open; it
// tells the object's size and version, and every other range is bound to that
// version. One goroutine reads.
type Reader struct {
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup
	arena  []byte // where chunks are cut from
	mu     sync.Mutex
	free   [][]byte      // chunks to be used; the last one used is the next, so that few are touched
	whole  piece         // the object as the first answer told; the ranges are made of it
	window []*part       // asked for, in order
	active int           // of them not yet near their end
	ending chan struct{} // a value for each range that comes near its end
	next   int64         // where the next range begins
	ahead  int           // chunks a range may fill before it is being read
	ranges int
	parts  int // asked for so far
	size   int // of a chunk
	chunk  []byte
	rest   []byte // of chunk, not yet read
	err    error
}

// part is one range that a goroutine reads ahead.
type part struct {
	chunks chan loaded
	// permits are the chunks it may still fill. All of them are given to the
	// range that is being read, few to those behind it: as long as the reader is
	// the slower one, more would only take memory.
	permits chan struct{}
}

// permit lets the part fill n more chunks.
func (p *part) permit(n int) {
	for range n {
		select {
		case p.permits <- struct{}{}:
		default: // it has leave for the whole range
			return
		}
	}
}

type loaded struct {
	data []byte
	err  error
}

// Open asks for the first range and returns once its answer has begun.
// Reading outlives ctx; Close ends it.
func (c *Client) Open(ctx context.Context, bucket, key string, o Options) (*Reader, error) {
	r := &Reader{ranges: max(o.Ranges, 1)}
	r.ctx, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	release := context.AfterFunc(ctx, r.cancel)
	defer release()
	most := int64(partSize)
	if r.ranges == 1 {
		most = 1 << 62
	}
	first := &piece{client: c, bucket: bucket, key: key, to: most, total: -1}
	err := first.open(r.ctx)
	switch {
	case errors.Is(err, errEmpty):
		first.total, first.to = 0, 0
	case err != nil:
		r.cancel()
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	r.whole, r.next, r.ahead = *first, first.to, firstAhead
	r.ending = make(chan struct{}, 2*r.most())
	r.allocate()
	r.start(first)
	r.fill()
	return r, nil
}

// Size is the object's length in bytes.
func (r *Reader) Size() int64 { return r.whole.total }

// Ranges is how many ranges were read at once.
func (r *Reader) Ranges() int { return min(r.parts, r.ranges) }

// start reads a range in a goroutine of its own.
func (r *Reader) start(p *piece) {
	next := &part{chunks: make(chan loaded, r.depth()), permits: make(chan struct{}, (p.to-p.from)/chunkSize+1)}
	next.permit(r.ahead)
	r.window = append(r.window, next)
	r.window[0].permit(cap(r.window[0].permits))
	r.parts++
	r.active++
	r.work.Go(func() {
		defer close(next.chunks)
		defer p.close()
		near := false
		for p.from < p.to {
			if !near && p.to-p.from <= lead {
				near = true
				select {
				case r.ending <- struct{}{}:
				case <-r.ctx.Done():
					return
				}
			}
			select {
			case <-next.permits:
			case <-r.ctx.Done():
				return
			}
			buf := r.buffer()
			n, err := p.read(r.ctx, buf)
			l := loaded{buf[:n], err}
			select {
			case next.chunks <- l:
			case <-r.ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	})
}

// depth is how many chunks a range may be ahead: the whole of it, so that no
// range waits for the one before it, unless it is the only one.
func (r *Reader) depth() int {
	if r.ranges == 1 {
		return 1
	}
	return partSize / chunkSize
}

// most is how many ranges are held at once: those on their way and one that
// has come already but for its end.
func (r *Reader) most() int { return r.ranges + min(r.ranges-1, 1) }

// allocate cuts the chunks that may be in use at once: all that the ranges
// behind the first can hold, which leaves spare ones for the first, whose chunks
// are used up as they come. So a range that is waited for never lacks one.
func (r *Reader) allocate() {
	n := (r.most()-1)*r.depth() + spareChunks
	r.size = chunkSize
	if r.whole.total < chunkSize && r.whole.total > 0 {
		r.size = int(r.whole.total)
	}
	r.arena = newArena(n * r.size)
	for i := range n {
		var chunk []byte // made when it is taken
		if r.arena != nil {
			chunk = r.arena[i*r.size : (i+1)*r.size : (i+1)*r.size]
		}
		r.free = append(r.free, chunk)
	}
}

// buffer takes a chunk.
func (r *Reader) buffer() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b []byte
	if last := len(r.free) - 1; last >= 0 {
		b, r.free = r.free[last], r.free[:last]
	}
	if b == nil {
		b = make([]byte, r.size)
	}
	return b
}

func (r *Reader) giveBack(b []byte) {
	r.mu.Lock()
	r.free = append(r.free, b)
	r.mu.Unlock()
}

// fill asks for ranges until enough are on their way.
func (r *Reader) fill() {
	for counted := false; !counted; {
		select {
		case <-r.ending:
			r.active--
		default:
			counted = true
		}
	}
	for r.active < r.ranges && len(r.window) < r.most() && r.next < r.whole.total {
		p := r.whole
		p.from, p.to, p.body, p.failures = r.next, min(r.next+partSize, r.whole.total), nil, 0
		r.next = p.to
		r.start(&p)
	}
}

// Read implements io.Reader.
func (r *Reader) Read(buf []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		if r.err = r.turn(); r.err != nil {
			return 0, r.err
		}
	}
	n := copy(buf, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// turn takes the next chunk in hand.
func (r *Reader) turn() error {
	if r.chunk != nil {
		r.giveBack(r.chunk)
		r.chunk = nil
	}
	r.fill()
	patience := time.NewTimer(starved)
	defer patience.Stop()
	for len(r.window) > 0 {
		select {
		case <-patience.C:
			if r.ahead < r.depth() {
				r.ahead += firstAhead
				for _, p := range r.window {
					p.permit(firstAhead)
				}
				patience.Reset(starved)
			}
		case <-r.ending:
			r.active--
			r.fill()
		case l, more := <-r.window[0].chunks:
			if !more {
				if r.ctx.Err() != nil {
					return r.ctx.Err()
				}
				if r.window = r.window[1:]; len(r.window) > 0 {
					r.window[0].permit(cap(r.window[0].permits))
				}
				r.fill()
				continue
			}
			if l.err != nil {
				return l.err
			}
			r.chunk, r.rest = l.data[:r.size], l.data
			return nil
		case <-r.ctx.Done():
			return r.ctx.Err()
		}
	}
	return io.EOF
}

// Close ends what is on its way and waits for it.
func (r *Reader) Close() error {
	r.cancel()
	r.work.Wait()
	r.chunk, r.rest = nil, nil
	if r.err == nil {
		r.err = context.Canceled
	}
	freeArena(r.arena)
	r.arena = nil
	return nil
}

// OnWire reports whether reading failed on the connection.
func OnWire(err error) bool { return onWire(err) }

// onWire reports whether err is a failure of the connection and not of what
// was asked.
func onWire(err error) bool {
	var wire net.Error
	return errors.As(err, &wire) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, errShort) || errors.Is(err, errStalled) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || strings.Contains(err.Error(), "connection")
}
