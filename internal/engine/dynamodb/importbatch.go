package dynamodb

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/item"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/itemfile"
	"github.com/fairleadhq/fairlead/internal/engine/rawpage"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/session"
)

// batch is up to 25 items of consecutive rows, and the rows between them that
// were refused.
type batch struct {
	to    int64 // the last row
	doc   []byte
	items []batchItem
	units float64 // what the table alone would take

	refused      []engine.RefusedRow
	refusedBytes int

	done         bool
	err          error
	written      int64
	writtenBytes int64
	throttled    int64
	consumed     float64
	factor       float64
}

// batchItem is one item; its typed JSON is doc[from:to].
type batchItem struct {
	from, to  int
	key       string
	size      int
	row, line int64
}

func (b *batch) empty() bool { return len(b.items) == 0 }

// put adds a row's item. One of the same key gives way to it, which it reports.
func (b *batch) put(row *itemfile.Row, key string, size int) (repeated bool) {
	from := len(b.doc)
	b.doc = append(b.doc, row.Item...)
	it := batchItem{from, len(b.doc), key, size, row.Number, row.Line}
	b.units += writeUnits(size)
	if i := slices.IndexFunc(b.items, func(o batchItem) bool { return o.key == key }); i >= 0 {
		b.units -= writeUnits(b.items[i].size)
		b.items[i] = it
		return true
	}
	b.items = append(b.items, it)
	return false
}

func (b *batch) refuse(row, line int64, reason string, raw []byte) {
	b.refused = append(b.refused, engine.RefusedRow{Row: row, Line: line, Reason: reason, Raw: slices.Clone(raw)})
	b.refusedBytes += len(raw)
}

func (b *batch) sortRefused() {
	slices.SortFunc(b.refused, func(x, y engine.RefusedRow) int { return int(x.Row - y.Row) })
}

// landed notes that an item was written.
func (b *batch) wrote(items []batchItem) {
	for _, it := range items {
		b.written++
		b.writtenBytes += int64(it.size)
	}
}

// send writes a batch's items until all have landed or been refused.
func (r *importing) send(ctx context.Context, b *batch) error { return r.sendItems(ctx, b, b.items) }

// sendItems sends items again and again, the ones left over after each call. It
// ends without an error only when each is written or refused.
func (r *importing) sendItems(ctx context.Context, b *batch, items []batchItem) error {
	wait := backoff{}
	for len(items) > 0 {
		left, err := r.call(ctx, b, items)
		switch code := fault.CodeOf(err); {
		case err == nil && len(left) == 0:
			r.gate.faster()
			return nil
		case err == nil:
			b.throttled++
			r.gate.slower()
			if len(left) < len(items) {
				wait.reset()
			}
			items = left
		case ctx.Err() != nil:
			return err
		case isRefusal(err):
			return r.apart(ctx, b, items, err)
		case code == fault.Throttled:
			b.throttled++
			r.gate.slower()
		case code == fault.Unavailable && wait.tries < patience:
			r.gate.slower()
		default:
			return err
		}
		if err := wait.wait(ctx); err != nil {
			return fault.As(err)
		}
	}
	return nil
}

// isRefusal reports whether DynamoDB will not have what was sent, however often.
func isRefusal(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	return api.ErrorCode() == "ValidationException" || api.ErrorCode() == "ItemCollectionSizeLimitExceededException"
}

// apart finds the item for which DynamoDB refused all, by halves.
func (r *importing) apart(ctx context.Context, b *batch, items []batchItem, err error) error {
	if len(items) == 1 {
		it := items[0]
		reason := "DynamoDB refuses it"
		if s := fault.As(r.e.word(err)).Service; s != nil {
			reason += ": " + s.Message
		}
		b.refuse(it.row, it.line, reason, b.doc[it.from:it.to])
		return nil
	}
	half := len(items) / 2
	if err := r.sendItems(ctx, b, items[:half]); err != nil {
		return err
	}
	return r.sendItems(ctx, b, items[half:])
}

// call makes one BatchWriteItem and returns the items that were left.
func (r *importing) call(ctx context.Context, b *batch, items []batchItem) (left []batchItem, err error) {
	want := 0.0
	for _, it := range items {
		want += writeUnits(it.size)
	}
	p, err := r.meter.admitUnits(ctx, want*b.factor)
	if err != nil {
		return nil, fault.As(err)
	}
	in := &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{r.im.Table: {}}}
	out, err := r.e.client.BatchWriteItem(ctx, in, sending(r.body(b, items)))
	if err != nil {
		r.meter.settle(p, nil, 0)
		return nil, &callError{r.e.word(err), err}
	}
	body := rawpage.Body(out.ResultMetadata)
	capacity := item.Raw(body, "ConsumedCapacity")
	r.meter.settle(p, capacity, 0)
	if units, ok := r.meter.peek(capacity); ok {
		b.consumed += units
	}
	return r.leftOver(b, items, item.Raw(item.Raw(body, "UnprocessedItems"), r.im.Table))
}

// body is the request.
func (r *importing) body(b *batch, items []batchItem) []byte {
	doc := make([]byte, 0, len(b.doc)+len(items)*32+len(r.im.Table)+128)
	doc = append(item.AppendString(append(doc, `{"RequestItems":{`...), r.im.Table), ":["...)
	for i, it := range items {
		if i > 0 {
			doc = append(doc, ',')
		}
		doc = append(append(append(doc, `{"PutRequest":{"Item":`...), b.doc[it.from:it.to]...), "}}"...)
	}
	return append(doc, `]},"ReturnConsumedCapacity":"INDEXES"}`...)
}

// leftOver finds the items that DynamoDB handed back, by their keys: it may
// write a number or the order of attributes in another way.
func (r *importing) leftOver(b *batch, items []batchItem, back []byte) (left []batchItem, err error) {
	item.Elements(back, func(request []byte) bool {
		key, problem := r.table.keyOfItem(item.Raw(item.Raw(request, "PutRequest"), "Item"))
		i := slices.IndexFunc(items, func(it batchItem) bool { return it.key == key })
		if problem != "" || i < 0 {
			err = fault.New(fault.Internal, "DynamoDB handed back an item that was not sent").
				WithRemedy("run it again with --resume: what was written stays written")
			return false
		}
		left = append(left, items[i])
		return true
	})
	if err != nil {
		return nil, err
	}
	for _, it := range items {
		if !slices.ContainsFunc(left, func(o batchItem) bool { return o.key == it.key }) {
			b.wrote([]batchItem{it})
		}
	}
	return left, nil
}

// callError keeps the SDK's error behind the fault it became.
type callError struct {
	fault *fault.Error
	err   error
}

func (c *callError) Error() string { return c.fault.Error() }

func (c *callError) Unwrap() []error { return []error{c.fault, c.err} }

// word gives an error of a writing call its words.
func (e *Engine) word(err error) *fault.Error {
	var known *callError
	if errors.As(err, &known) {
		return known.fault
	}
	f := session.Fault(err, service, "write the items")
	var missing *types.ResourceNotFoundException
	if errors.As(err, &missing) {
		f.Code, f.Message = fault.NotFound, "DynamoDB has no such table in "+e.session.Region
		f.Remedy = "check the name and the region: fairlead schema " + e.session.Name
	}
	return f
}

// backoff waits twice as long each time, from 50 ms to 20 s, with chance in it
// so that writers that were refused together do not come back together.
type backoff struct{ tries int }

const (
	firstWait = 50 * time.Millisecond
	longWait  = 20 * time.Second
)

func (w *backoff) reset() { w.tries = 0 }

func (w *backoff) wait(ctx context.Context) error {
	most := min(firstWait<<min(w.tries, 20), longWait)
	w.tries++
	timer := time.NewTimer(most/2 + jitter(most/2))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
