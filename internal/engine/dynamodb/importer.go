package dynamodb

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/item"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/itemfile"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// Limits of BatchWriteItem.
const (
	batchItems = 25
	// batchBytes leaves room below the 16 MB of a request for its frame.
	batchBytes = 15 << 20
	// flyingBytes bounds what is held of the file: batches under way.
	flyingBytes = 32 << 20
)

// checkpointEvery is how much work a crash may cost.
const checkpointEvery = time.Second

// Import implements engine.Importer.
//
// The rows are read and cut into batches by the calling goroutine alone; each
// batch is on its way in a goroutine of its own. Batches hold consecutive rows,
// so that the batches that are done from the first on say up to where all rows
// are written. A row whose key is under way waits for that write: of two rows
// with the same key the later one stands.
func (e *Engine) Import(ctx context.Context, im engine.Import) (engine.ImportReport, error) {
	t, err := e.writable(ctx, im.Table)
	if err != nil {
		return engine.ImportReport{}, err
	}
	r := &importing{e: e, table: t, im: im, began: time.Now(), meter: newMeter(im.Budget, false, 0), flying: map[string]bool{}, factor: 1}
	r.gate = newGate(im.Writers)
	r.landed = make(chan *batch, r.gate.most)
	options := itemfile.Options{Format: im.Format, Types: im.Types, Infer: im.Infer, NullAbsent: im.NullAbsent}
	for _, k := range t.keys {
		options.Keys = append(options.Keys, itemfile.Key{Name: k.name, Tag: k.tag})
	}
	if r.rows, err = itemfile.New(im.From, options); err != nil {
		return r.told(), err
	}
	passed, err := r.rows.Skip(im.Skip)
	if err != nil {
		return r.told(), err
	}
	if passed < im.Skip {
		return r.told(), fault.Newf(fault.Usage, "The file has %d rows, and %d were written earlier: it is not the same", passed, im.Skip).
			WithRemedy("begin again from the first row, which writes no item twice: --restart")
	}
	r.settled = passed
	sending, stop := context.WithCancel(ctx)
	defer stop()
	r.sending, r.stop = sending, stop
	err = r.run(ctx)
	return r.told(), err
}

// writable describes a table that is to be written to.
func (e *Engine) writable(ctx context.Context, name string) (table, error) {
	t, err := e.describe(ctx, name)
	switch {
	case err != nil:
		return t, err
	case t.missing:
		return t, fault.Newf(fault.NotFound, "DynamoDB has no table %q in %s", name, e.session.Region).
			WithRemedyf("check the name and the region: fairlead schema %s", e.session.Name)
	case !t.known:
		return t, fault.Newf(fault.NotFound, "Table %q cannot be described, so its keys are not known", name).
			WithRemedyf("ask for the permission dynamodb:DescribeTable, or check the name and the region: fairlead schema %s", e.session.Name)
	}
	return t, nil
}

// importing is one import. Only what the mutexes of meter and gate guard is
// touched by other goroutines than the caller's.
type importing struct {
	e     *Engine
	table table
	im    engine.Import
	began time.Time
	rows  *itemfile.Reader
	meter *meter
	gate  *gate

	sending context.Context
	stop    context.CancelFunc
	landed  chan *batch // batches whose writing has ended

	filling *batch
	under   []*batch        // on their way or done, in the order of their rows
	flying  map[string]bool // keys on their way
	bytes   int             // of batches on their way
	out     int             // batches on their way
	settled int64           // all rows up to this one are written or refused
	marked  time.Time       // of the last checkpoint
	factor  float64         // units consumed by each that the table alone would take
	report  engine.ImportReport
	failure error // what ended the sending
}

// run reads to the end, and then waits for what is on its way, whatever went wrong.
func (r *importing) run(ctx context.Context) error {
	err := r.read(ctx)
	if err == nil {
		err = r.dispatch(ctx)
	}
	r.stopFor(err)
	for r.out > 0 {
		if late := r.land(<-r.landed); err == nil && late != nil {
			err = late
			r.stopFor(err)
		}
	}
	if mark := r.checkpoint(); err == nil {
		err = mark
	}
	return err
}

// stopFor ends what is on its way, unless it is only the budget that is used up:
// what was admitted before is paid for.
func (r *importing) stopFor(err error) {
	if err != nil && fault.CodeOf(err) != fault.Guarded {
		r.stop()
	}
}

// read fills batches from the file's rows.
func (r *importing) read(ctx context.Context) error {
	for {
		row, err := r.rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		r.report.Rows++
		if err := r.take(ctx, row); err != nil {
			return err
		}
		if err := r.catchUp(); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return fault.As(ctx.Err())
		}
	}
}

// take puts a row into the batch being filled.
func (r *importing) take(ctx context.Context, row *itemfile.Row) error {
	size, key, problem := r.check(row)
	if problem == "" && r.filling != nil && (len(r.filling.items) == batchItems || len(r.filling.doc)+len(row.Item) > batchBytes ||
		len(r.filling.items) > 0 && r.filling.units+writeUnits(size) > r.mostUnits()) {
		if err := r.dispatch(ctx); err != nil {
			return err
		}
	}
	for problem == "" && r.flying[key] {
		if err := r.wait(ctx); err != nil {
			return err
		}
	}
	if r.filling == nil {
		r.filling = &batch{to: r.settled}
	}
	b := r.filling
	b.to = row.Number
	if problem != "" {
		b.refuse(row.Number, row.Line, problem, row.Raw)
		if b.refusedBytes > batchBytes || len(b.refused) >= mostRefused {
			return r.dispatch(ctx)
		}
		return nil
	}
	if b.put(row, key, size) {
		r.report.Repeated++
	}
	return nil
}

// mostRefused bounds the refused rows of a batch.
const mostRefused = 1000

// mostUnits bounds a batch by what it costs, so that neither a second's worth
// nor what is left of a budget is overstepped by much.
func (r *importing) mostUnits() float64 {
	most := 1e9
	if rate := r.im.Budget.UnitRate; rate > 0 {
		most = min(most, rate/r.factor)
	}
	if budget := r.im.Budget.CapacityUnits; budget > 0 {
		most = min(most, max(budget/20, 1)/r.factor)
	}
	return most
}

// check weighs a row's item and returns its key as bytes that are equal for
// equal keys.
func (r *importing) check(row *itemfile.Row) (size int, key, problem string) {
	if row.Problem != "" {
		return 0, "", row.Problem
	}
	size, err := item.Weigh(row.Item)
	if err != nil {
		return 0, "", err.Error()
	}
	key, problem = r.table.keyOfItem(row.Item)
	return size, key, problem
}

// dispatch sends the batch being filled, once there is room for one more.
func (r *importing) dispatch(ctx context.Context) error {
	b := r.filling
	if b == nil || b.empty() && len(b.refused) == 0 {
		return nil
	}
	for !b.empty() && r.out > 0 && (r.out >= r.gate.room() || r.bytes+len(b.doc) > flyingBytes) || len(r.under) >= mostUnder {
		if err := r.wait(ctx); err != nil {
			return err
		}
	}
	r.filling = nil
	r.under = append(r.under, b)
	if b.empty() || r.im.DryRun {
		b.written = int64(len(b.items))
		b.done = true
		return r.settle()
	}
	for _, it := range b.items {
		r.flying[it.key] = true
	}
	r.out++
	r.bytes += len(b.doc)
	b.factor = r.factor
	go func() {
		b.err = r.send(r.sending, b)
		r.landed <- b
	}()
	return nil
}

// mostUnder bounds the batches that wait for an earlier one to be done.
const mostUnder = 1024

// wait waits for a batch to land.
func (r *importing) wait(ctx context.Context) error {
	select {
	case b := <-r.landed:
		return r.land(b)
	case <-ctx.Done():
		return fault.As(ctx.Err())
	}
}

// catchUp takes what has landed, and tells how far things are.
func (r *importing) catchUp() error {
	for {
		select {
		case b := <-r.landed:
			if err := r.land(b); err != nil {
				return err
			}
			continue
		default:
		}
		if time.Since(r.marked) >= checkpointEvery {
			return r.checkpoint()
		}
		return nil
	}
}

// land counts what a batch wrote.
func (r *importing) land(b *batch) error {
	r.out--
	r.bytes -= len(b.doc)
	for _, it := range b.items {
		delete(r.flying, it.key)
	}
	r.report.Written += b.written
	r.report.Bytes += b.writtenBytes
	r.report.Throttled += b.throttled
	if b.consumed > 0 && b.units > 0 {
		r.factor = max(r.factor*0.8+b.consumed/b.units*0.2, 0.1)
	}
	b.doc = nil
	if b.err != nil {
		if r.failure == nil {
			r.failure = b.err
		}
		return r.failure
	}
	b.done = true
	return r.settle()
}

// settle moves the mark over the batches that are done from the first on, and
// hands on the rows they refused, in their order.
func (r *importing) settle() error {
	for len(r.under) > 0 && r.under[0].done {
		b := r.under[0]
		r.under = r.under[1:]
		b.sortRefused()
		for _, row := range b.refused {
			r.report.Refused++
			if r.im.Refused != nil {
				if err := r.im.Refused(row); err != nil {
					return err
				}
			}
		}
		if r.im.DryRun {
			r.report.Written += b.written
		}
		r.settled = b.to
	}
	if r.im.Progress != nil {
		r.im.Progress(r.told())
	}
	return nil
}

func (r *importing) checkpoint() error {
	r.marked = time.Now()
	if r.im.Checkpoint == nil || r.im.DryRun {
		return nil
	}
	return r.im.Checkpoint(r.settled)
}

// told is the report as of now.
func (r *importing) told() engine.ImportReport {
	out := r.report
	out.Elapsed = time.Since(r.began)
	out.ItemCost = r.e.costOf(r.meter, r.table, false)
	out.Writers = r.out
	return out
}
