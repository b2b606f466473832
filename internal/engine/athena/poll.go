package athena

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/session"
)

const (
	firstPoll = 20 * time.Millisecond // before the first look at a new query
	nextPoll  = 60 * time.Millisecond // before the second; then half as long again each time
	mostPoll  = 2 * time.Second

	// BatchGetQueryExecution takes 50 ids and may be called 20 times a second by
	// the whole account, GetQueryExecution 100 times
	// (https://docs.aws.amazon.com/athena/latest/ug/service-limits.html). One
	// engine takes half of that.
	mostPolled = 50
	batchGap   = 100 * time.Millisecond
	singleGap  = 20 * time.Millisecond
)

// poller follows all running queries of one engine from one goroutine, which
// runs while there are any: a query alone by GetQueryExecution, several by one
// BatchGetQueryExecution.
type poller struct {
	client *athena.Client

	mu      sync.Mutex
	watched []*watch
	cancel  context.CancelFunc // ends the loop; nil while nothing is watched
	joined  chan struct{}      // told when a query joins
	single  bool               // the caller may not use the batch call
	next    time.Time          // when the next call may go out
	loops   sync.WaitGroup
}

// watch is one query that somebody waits for.
type watch struct {
	id    string
	seen  chan sighting // holds the newest only
	due   time.Time
	delay time.Duration
}

// sighting is what one look at a query gave.
type sighting struct {
	execution *types.QueryExecution
	err       error
}

func newPoller(client *athena.Client) *poller {
	return &poller{client: client, joined: make(chan struct{}, 1)}
}

// join begins to follow a query, with a first look after delay. The looks
// outlive ctx; leave ends them.
func (p *poller) join(ctx context.Context, id string, delay time.Duration) *watch {
	w := &watch{id: id, seen: make(chan sighting, 1), due: time.Now().Add(delay), delay: firstPoll}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watched = append(p.watched, w)
	if p.cancel == nil {
		looks, cancel := context.WithCancel(context.WithoutCancel(ctx))
		p.cancel = cancel
		p.loops.Go(func() { p.run(looks) })
		return w
	}
	select {
	case p.joined <- struct{}{}:
	default:
	}
	return w
}

// leave ends the looks at a query; the loop ends with the last of them.
func (p *poller) leave(w *watch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watched = slices.DeleteFunc(p.watched, func(other *watch) bool { return other == w })
	if len(p.watched) == 0 && p.cancel != nil {
		p.cancel()
		p.cancel = nil
	}
}

// close waits for the loop's end; every watch has left.
func (p *poller) close() { p.loops.Wait() }

func (p *poller) run(ctx context.Context) {
	for {
		batch, wait := p.pick(ctx)
		if len(batch) > 0 {
			p.look(ctx, batch)
			continue
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-p.joined:
		case <-t.C:
		}
		t.Stop()
	}
}

// pick returns the queries to look at now, or how long there is nothing to do.
// A query that is due takes along those that soon will be.
func (p *poller) pick(ctx context.Context) ([]*watch, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ctx.Err() != nil {
		return nil, 0 // another loop may have taken over
	}
	now := time.Now()
	slices.SortStableFunc(p.watched, func(a, b *watch) int { return a.due.Compare(b.due) })
	if len(p.watched) == 0 {
		return nil, mostPoll
	}
	earliest := p.watched[0].due
	if p.next.After(earliest) {
		earliest = p.next
	}
	if wait := earliest.Sub(now); wait > 0 {
		return nil, wait
	}
	most, gap := mostPolled, batchGap
	if p.single {
		most = 1
	}
	var batch []*watch
	for _, w := range p.watched {
		if len(batch) == most || w.due.After(now.Add(w.delay/2)) {
			break
		}
		batch = append(batch, w)
	}
	if len(batch) == 1 {
		gap = singleGap
	}
	p.next = now.Add(gap)
	return batch, 0
}

// look asks Athena for the states of the queries and tells those who wait.
func (p *poller) look(ctx context.Context, batch []*watch) {
	if len(batch) == 1 {
		out, err := p.client.GetQueryExecution(ctx, &athena.GetQueryExecutionInput{QueryExecutionId: &batch[0].id})
		s := sighting{err: err}
		if err == nil {
			s.execution = out.QueryExecution
		}
		p.tell(ctx, batch[0], s)
		return
	}
	ids := make([]string, len(batch))
	for i, w := range batch {
		ids[i] = w.id
	}
	out, err := p.client.BatchGetQueryExecution(ctx, &athena.BatchGetQueryExecutionInput{QueryExecutionIds: ids})
	if err != nil {
		if aboutPermission(err) {
			p.mu.Lock()
			p.single = true // each goes alone from the next round on, which is now
			p.next = time.Time{}
			p.mu.Unlock()
			return
		}
		for _, w := range batch {
			p.tell(ctx, w, sighting{err: err})
		}
		return
	}
	found := map[string]*types.QueryExecution{}
	for i := range out.QueryExecutions {
		x := &out.QueryExecutions[i]
		found[aws.ToString(x.QueryExecutionId)] = x
	}
	for _, w := range batch {
		if x := found[w.id]; x != nil {
			p.tell(ctx, w, sighting{execution: x})
			continue
		}
		p.look(ctx, []*watch{w}) // its own call says what is the matter
	}
}

// tell hands a sighting over and sets when to look next.
func (p *poller) tell(ctx context.Context, w *watch, s sighting) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	if w.delay == firstPoll {
		w.delay = nextPoll
	} else {
		w.delay = min(w.delay*3/2, mostPoll)
	}
	w.due = time.Now().Add(w.delay)
	select {
	case <-w.seen:
	default:
	}
	w.seen <- s
}

// aboutPermission reports whether the caller may not make the call at all.
func aboutPermission(err error) bool {
	return session.Fault(err, service, "").Code == fault.Denied
}
