package dynamodb

import (
	"context"
	"errors"
	"io"
	"maps"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/item"
)

// Bounds of a parallel scan that finds its own measure.
const (
	// segmentBytes is how much of a table makes a segment worth while: a few
	// pages, so that the calls that only find a segment's end do not count.
	segmentBytes = 4 << 20
	// mostSegments keeps a checkpoint small; a table of a terabyte has segments
	// of 5 GB, each of which can go on from its own key.
	mostSegments = 200
	// mostWorkers bounds the memory: a worker holds a page of 1 MB, 1.4 as JSON.
	mostWorkers = 16
	// calmPages is how many pages must come after a throttle before a worker is
	// added again.
	calmPages = 20
)

// segmentsFor is how many segments a table of a size is cut into.
func segmentsFor(bytes int64) int {
	return int(min(max(bytes/segmentBytes, 1), mostSegments))
}

// segment is one part of a scan: where it goes on, and what was handed on.
type segment struct {
	number int32
	next   map[string]types.AttributeValue // of the page to fetch
	begun  bool
	// handed is the raw key behind the last page that was handed on; it is what
	// a checkpoint holds.
	handed []byte
	done   bool // all of it was handed on
}

// scanner reads segments with as many workers as help. It starts with one and
// adds one whenever the reader had to wait for a page: a slow network gets many,
// a slow reader few. A throttle takes one away.
type scanner struct {
	*calls
	in    dynamodb.ScanInput // without segment and key
	total int
	most  int // workers at most
	fixed bool

	mu       sync.Mutex
	segments []*segment // all
	waiting  []*segment // not in a worker's hands
	working  int
	went     bool // a page came
	calm     int  // pages to come before another worker is added after a throttle

	ended chan struct{} // a worker ended

	ready  chan fetched
	under  context.Context
	cancel context.CancelFunc
	wait   sync.WaitGroup
}

// newScanner makes a scanner of total segments. workers fixes their number;
// 0 lets the scanner find it.
func newScanner(c *calls, in dynamodb.ScanInput, total, workers int) *scanner {
	s := &scanner{calls: c, in: in, total: total, most: mostWorkers, ready: make(chan fetched), ended: make(chan struct{}, 1)}
	if workers > 0 {
		s.most, s.fixed = workers, true
	}
	for n := range total {
		s.segments = append(s.segments, &segment{number: int32(n)})
	}
	s.waiting = append(s.waiting, s.segments...)
	return s
}

// next returns a page of any segment.
func (s *scanner) next(ctx context.Context) (*chunk, error) {
	if s.under == nil {
		s.under, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
		s.grow()
		for s.fixed && s.grow() {
		}
	}
	for {
		select {
		case f := <-s.ready:
			return f.chunk, f.err
		default:
		}
		if s.idle() && !s.grow() {
			return nil, io.EOF
		}
		select {
		case f := <-s.ready:
			if s.steady() {
				s.grow() // the reader was faster
			}
			return f.chunk, f.err
		case <-s.ended:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// steady reports whether no throttle was met for a while.
func (s *scanner) steady() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calm = max(s.calm-1, 0)
	return s.calm == 0
}

// idle reports that nobody is at work.
func (s *scanner) idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.working == 0
}

// end takes a worker out and lets the reader look again.
func (s *scanner) end() {
	s.mu.Lock()
	s.working--
	s.mu.Unlock()
	select {
	case s.ended <- struct{}{}:
	default:
	}
}

// grow starts one more worker, when there is a segment for it.
func (s *scanner) grow() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.working >= s.most || len(s.waiting) == 0 {
		return false
	}
	s.working++
	s.wait.Go(s.work)
	return true
}

// work reads segments until none is left or the worker is one too many.
func (s *scanner) work() {
	for {
		seg := s.take()
		if seg == nil {
			s.end()
			return
		}
		for {
			c, more, throttled, err := s.page(seg)
			if !s.finishPage(seg, more && err == nil, throttled, fetched{c, err}) {
				return
			}
			if !more {
				break
			}
		}
	}
}

// take picks the next segment; without one the worker ends.
func (s *scanner) take() *segment {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == 0 {
		return nil
	}
	seg := s.waiting[0]
	s.waiting = s.waiting[1:]
	return seg
}

// finishPage hands a page over and reports whether the worker goes on. A worker
// that leaves puts its segment back before the page is taken, so that the
// reader never takes the scan for finished.
func (s *scanner) finishPage(seg *segment, more, throttled bool, f fetched) bool {
	s.mu.Lock()
	s.went = s.went || f.err == nil
	if throttled {
		s.calm = calmPages
	}
	leaving := f.err != nil || throttled && s.working > 1
	if leaving && more {
		s.waiting = append([]*segment{seg}, s.waiting...)
	}
	s.mu.Unlock()
	select {
	case s.ready <- f:
	case <-s.under.Done():
		leaving = true
	}
	if leaving {
		s.end()
	}
	return !leaving
}

// page fetches one page of a segment.
func (s *scanner) page(seg *segment) (c *chunk, more, throttled bool, err error) {
	p, err := s.meter.admit(s.under)
	if err != nil {
		return nil, false, false, s.fail(err)
	}
	in := s.in
	in.ExclusiveStartKey = seg.next
	in.Limit = limitOf(aws.ToInt32(s.in.Limit), aws.ToInt32(limitOf(int32(s.e.limit), p.limit)))
	if s.total > 1 {
		in.Segment, in.TotalSegments = aws.Int32(seg.number), aws.Int32(int32(s.total))
	}
	own := *s.calls
	own.many = s.patient()
	out, err := s.e.client.Scan(s.under, &in, own.readOptions)
	if err != nil {
		return nil, false, false, s.failed(p, err)
	}
	a, id, err := s.answer(out.ResultMetadata, p)
	if err != nil {
		return nil, false, false, err
	}
	if seg.next, err = keyOf(a.LastKey); err != nil {
		return nil, false, false, err
	}
	seg.begun = true
	last := a.LastKey
	c = &chunk{items: a.Items, count: a.Count, last: s.total == 1 && last == nil, id: id}
	c.settle = func() { s.handedOn(seg, last) }
	return c, last != nil, wasThrottled(out), nil
}

// patient reports whether pages came before, so that a throttle is waited out.
func (s *scanner) patient() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.went
}

func (s *scanner) handedOn(seg *segment, last []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seg.handed, seg.done = append([]byte(nil), last...), last == nil
}

// wasThrottled reports whether a call got through only at a later attempt, the
// one before having been throttled.
func wasThrottled(out *dynamodb.ScanOutput) bool {
	results, ok := retry.GetAttemptResults(out.ResultMetadata)
	if !ok {
		return false
	}
	for _, r := range results.Results {
		var api smithy.APIError
		if r.Err != nil && errors.As(r.Err, &api) {
			switch api.ErrorCode() {
			case "ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded":
				return true
			}
		}
	}
	return false
}

func (s *scanner) close() {
	if s.cancel != nil {
		s.cancel()
	}
	s.wait.Wait()
}

// position is what a scan needs to go on where another broke off.
type position struct {
	Segments int        `json:"segments"`
	At       []resumeAt `json:"at"` // one for each segment
}

// resumeAt is one segment's place: done, or the key of the last item that was
// handed on; neither when it was not begun.
type resumeAt struct {
	Done bool   `json:"done,omitempty"`
	Key  string `json:"key,omitempty"` // as DynamoDB sent it
}

// position returns what was handed on so far.
func (s *scanner) position() position {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := position{Segments: s.total}
	for _, seg := range s.segments {
		p.At = append(p.At, resumeAt{seg.done, string(seg.handed)})
	}
	return p
}

// resume sets the scanner to where another broke off.
func (s *scanner) resume(p position) error {
	s.waiting = nil
	for i, at := range p.At {
		seg := s.segments[i]
		switch {
		case at.Done:
			seg.done = true
			continue
		case at.Key != "":
			if !item.Valid([]byte(at.Key)) {
				return item.ErrBroken
			}
			key, err := keyOf([]byte(at.Key))
			if err != nil {
				return err
			}
			seg.next, seg.begun, seg.handed = maps.Clone(key), true, []byte(at.Key)
		}
		s.waiting = append(s.waiting, seg)
	}
	return nil
}
