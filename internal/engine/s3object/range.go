package s3object

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// patience is how often in a row one range may fail without a byte of
	// progress before it is given up.
	patience   = 5
	firstDelay = 50 * time.Millisecond // before the first repeat; doubled each time
	mostDelay  = 2 * time.Second

	// stalled is how long a connection may bring nothing before it counts as
	// broken. S3 begins any answer sooner.
	stalled = 30 * time.Second
)

// piece is a range of an object on its way. It goes on where a cut connection
// left it.
type piece struct {
	client      *Client
	bucket, key string
	etag        string // "" until the first answer tells
	from, to    int64  // what is left: [from, to)
	total       int64  // of the object; -1 until told
	body        io.ReadCloser
	failures    int
	cancel      context.CancelFunc // ends the request under way
	alarm       *time.Timer        // rings when the connection has stalled
}

// open sends the request for what is left of the piece, as often as may help.
func (p *piece) open(ctx context.Context) error {
	for {
		err := p.openOnce(ctx)
		if err == nil {
			return nil
		}
		if err := p.pause(ctx, err); err != nil {
			return err
		}
	}
}

func (p *piece) openOnce(ctx context.Context) error {
	header := http.Header{"Range": {fmt.Sprintf("bytes=%d-%d", p.from, p.to-1)}}
	if p.etag != "" {
		header.Set("If-Match", p.etag)
	}
	call, cancel := context.WithCancel(ctx)
	response, err := p.client.send(call, http.MethodGet, p.bucket, p.key, header)
	if err != nil {
		cancel()
		return p.understand(err)
	}
	if err := p.check(response); err != nil {
		cancel()
		response.Body.Close()
		return err
	}
	p.body, p.cancel, p.alarm = response.Body, cancel, time.AfterFunc(stalled, cancel)
	return nil
}

// understand gives refusals of a range their meaning.
func (p *piece) understand(err error) error {
	var refused *Error
	if !errors.As(err, &refused) {
		return err
	}
	switch {
	case refused.Status == http.StatusPreconditionFailed && p.etag != "":
		return ErrChanged
	case refused.Status == http.StatusRequestedRangeNotSatisfiable && p.etag != "":
		return ErrChanged
	case refused.Status == http.StatusRequestedRangeNotSatisfiable && p.from == 0:
		return errEmpty
	}
	return err
}

var (
	errEmpty = errors.New("the object is empty") // no range of it can be had
	errShort = errors.New("the connection ended before the range did")

	errStalled = errors.New("the connection brought nothing any more")
)

// check compares an answer with what was asked for: a part of another object
// must never be taken.
func (p *piece) check(response *http.Response) error {
	etag := response.Header.Get("Etag")
	if p.etag != "" && etag != "" && etag != p.etag {
		return ErrChanged
	}
	if response.StatusCode == http.StatusOK { // the whole object: the range was ignored
		if p.from != 0 || response.ContentLength < 0 {
			return &strange{"the whole object came where a range was asked for"}
		}
		p.total, p.to = response.ContentLength, response.ContentLength
		p.etag = etag
		return nil
	}
	first, last, total, ok := contentRange(response.Header.Get("Content-Range"))
	if response.StatusCode != http.StatusPartialContent || !ok || first != p.from || last < first || last >= p.to || total <= last {
		return &strange{fmt.Sprintf("range %q came where %d-%d was asked for", response.Header.Get("Content-Range"), p.from, p.to-1)}
	}
	if p.total >= 0 && total != p.total {
		return ErrChanged
	}
	if last+1 < min(p.to, total) {
		return &strange{fmt.Sprintf("range %q is shorter than asked for", response.Header.Get("Content-Range"))}
	}
	p.total, p.to = total, last+1
	p.etag = etag
	return nil
}

// strange is an answer that S3 does not give.
type strange struct{ what string }

func (s *strange) Error() string { return "not an answer of S3: " + s.what }

// contentRange reads "bytes 0-99/1234".
func contentRange(text string) (first, last, total int64, ok bool) {
	span, whole, found := strings.Cut(strings.TrimPrefix(text, "bytes "), "/")
	from, to, dash := strings.Cut(span, "-")
	if !found || !dash {
		return 0, 0, 0, false
	}
	var err [3]error
	first, err[0] = strconv.ParseInt(from, 10, 64)
	last, err[1] = strconv.ParseInt(to, 10, 64)
	total, err[2] = strconv.ParseInt(whole, 10, 64)
	return first, last, total, errors.Join(err[:]...) == nil
}

// read fills buf, or as much of it as is left of the piece; io.EOF when
// nothing is. A connection that breaks is made anew from there.
func (p *piece) read(ctx context.Context, buf []byte) (int, error) {
	if p.from >= p.to {
		return 0, io.EOF
	}
	buf = buf[:min(int64(len(buf)), p.to-p.from)]
	got := 0
	for got < len(buf) {
		if p.body == nil {
			if err := p.open(ctx); err != nil {
				return got, err
			}
		}
		n, err := p.body.Read(buf[got:])
		if !p.alarm.Reset(stalled) && err != nil {
			err = errStalled
		}
		got += n
		p.from += int64(n)
		if n > 0 {
			p.failures = 0
		}
		if err == nil || got == len(buf) {
			continue
		}
		p.close()
		if errors.Is(err, io.EOF) { // before the end of the range
			err = errShort
		}
		if err := p.pause(ctx, err); err != nil {
			return got, err
		}
	}
	return got, nil
}

func (p *piece) close() {
	if p.body != nil {
		p.alarm.Stop()
		p.cancel()
		p.body.Close()
		p.body = nil
	}
}

// pause waits before a repeat, or returns the error when another try cannot
// help.
func (p *piece) pause(ctx context.Context, why error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	p.failures++
	if p.failures >= patience || !worthRetry(why) {
		return why
	}
	delay := min(firstDelay<<(p.failures-1), mostDelay)
	t := time.NewTimer(delay/2 + rand.N(delay/2+1))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// worthRetry reports whether the same request may succeed in a moment.
func worthRetry(err error) bool {
	var refused *Error
	if errors.As(err, &refused) {
		return refused.Status >= 500 || refused.Status == http.StatusTooManyRequests || refused.Code == "RequestTimeout" || refused.Code == "SlowDown"
	}
	var odd *strange
	if errors.Is(err, ErrChanged) || errors.Is(err, errEmpty) || errors.As(err, &odd) {
		return false
	}
	return onWire(err)
}
