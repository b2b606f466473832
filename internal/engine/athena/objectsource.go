package athena

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/fairleadhq/fairlead/internal/engine/rawpage"
	"github.com/fairleadhq/fairlead/internal/engine/s3object"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/session"
)

// A batch of a result object ends at the first of these.
const (
	batchRows  = 2048
	batchBytes = 256 << 10 // of text

	batchCells = 64 << 10 // for which room is made beforehand: a result may have 1,600 columns
)

// object is where a result lies in S3.
type object struct {
	bucket, key string
	lines       bool // .txt of a DDL or utility statement; else CSV
}

// objectOf finds a query's result object; the error says why it cannot be read.
func objectOf(x *types.QueryExecution) (object, error) {
	if m := x.ManagedQueryResultsConfiguration; m != nil && m.Enabled {
		//lint:ignore ST1005 Athena is a name
		return object{}, errors.New("Athena manages this workgroup's results itself")
	}
	c := x.ResultConfiguration
	if c == nil || aws.ToString(c.OutputLocation) == "" {
		//lint:ignore ST1005 Athena is a name
		return object{}, errors.New("Athena does not tell where in S3 it lies")
	}
	if e := c.EncryptionConfiguration; e != nil && e.EncryptionOption == types.EncryptionOptionCseKms {
		return object{}, errors.New("its object in S3 is encrypted on the client's side (CSE_KMS)")
	}
	bucket, key, ok := s3object.Split(*c.OutputLocation)
	if !ok || !strings.HasSuffix(key, ".csv") && !strings.HasSuffix(key, ".txt") {
		return object{}, fmt.Errorf("%s is no result object", *c.OutputLocation)
	}
	return object{bucket: bucket, key: key, lines: strings.HasSuffix(key, ".txt")}, nil
}

// objectSource reads a result's object in S3. A goroutine of its own converts
// ahead of the reader; the first page's rows are handed over meanwhile.
type objectSource struct {
	engine *Engine
	object object
	first  *pageSource // holds the first page's rows while they are not yet handed over
	page   *page
	skip   bool // the first page's rows are handed over from the page
	header bool // the first row repeats the columns' names
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup
	out    chan produced // closed at the end
	ranges int           // read at once; 0 while that is not known
}

type produced struct {
	batch  arrow.RecordBatch
	ranges int
	err    error
}

// newObjectSource begins to read. whole takes all rows from the object, also
// those the first page has.
func newObjectSource(ctx context.Context, e *Engine, where object, first *pageSource, p *page, whole bool) *objectSource {
	s := &objectSource{engine: e, object: where, first: first, page: p, skip: !whole, header: first.header, out: make(chan produced, 1)}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.work.Go(s.produce)
	return s
}

func (s *objectSource) path() string {
	switch s.ranges {
	case 0:
		return "s3"
	case 1:
		return "s3 (1 range)"
	}
	return fmt.Sprintf("s3 (%d ranges)", s.ranges)
}

func (s *objectSource) next(ctx context.Context) (arrow.RecordBatch, error) {
	if s.skip && s.first.rows != nil {
		if b, err := s.first.convert(); b != nil || err != nil {
			return b, err
		}
	}
	select {
	case p, more := <-s.out:
		if !more {
			return nil, io.EOF
		}
		if p.ranges > 0 {
			s.ranges = p.ranges
		}
		if p.err != nil {
			return nil, p.err
		}
		if p.batch == nil { // the object was found and has no more rows
			return s.next(ctx)
		}
		return p.batch, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// produce opens the object, holds it against the first page and converts it. As
// long as no batch was sent, what bars the way is *unusable: the pages are
// still all there.
func (s *objectSource) produce() {
	defer close(s.out)
	r, err := s.engine.objects.Open(s.ctx, s.object.bucket, s.object.key, s3object.Options{Ranges: s.engine.ranges})
	if err != nil {
		s.send(produced{err: s.barred(err)})
		return
	}
	defer r.Close()
	var rows rowReader = newCSVReader(r)
	if s.object.lines {
		rows = newLineReader(r)
	}
	builder := newRowBuilder(s.first.builder.schema, s.first.builder.tabbed)
	defer builder.Release()
	if err := s.match(rows, builder); err != nil {
		s.send(produced{err: s.barred(err)})
		return
	}
	if !s.send(produced{ranges: r.Ranges()}) {
		return
	}
	for {
		end, err := s.fill(rows, builder)
		if err != nil {
			s.send(produced{err: s.broken(err)})
			return
		}
		if builder.Rows() > 0 && !s.send(produced{batch: builder.Batch()}) {
			return
		}
		if end {
			s.send(produced{ranges: r.Ranges()})
			return
		}
	}
}

// match reads the rows that the first page has too and compares them: another
// file must not pass for the result. They are kept when the page's are not
// handed over.
func (s *objectSource) match(rows rowReader, builder *rowBuilder) (err error) {
	header := s.header
	var want []cell
	rawpage.Elements(s.page.rows, func(raw []byte) bool {
		want = cells(want[:0], raw)
		var got []cell
		if got, err = rows.next(); err != nil {
			if errors.Is(err, io.EOF) {
				err = errDifferent
			}
			return false
		}
		if !s.same(want, got) {
			err = errDifferent
			return false
		}
		if !s.skip && !header {
			err = builder.add(got)
		}
		header = false
		return err == nil
	})
	return err
}

var errDifferent = errors.New("the object in S3 holds other rows")

func (s *objectSource) same(want, got []cell) bool {
	if len(want) != len(got) {
		return false
	}
	for i, w := range want {
		if w.text != got[i].text || w.known != got[i].known && !s.object.lines {
			return false
		}
	}
	return true
}

// fill reads rows until there is a batch; end is true after the last one.
func (s *objectSource) fill(rows rowReader, builder *rowBuilder) (end bool, err error) {
	if builder.Rows() == 0 {
		builder.Reserve(min(batchRows, batchCells/max(builder.columns, 1)))
	}
	for builder.Rows() < batchRows && builder.Bytes() < batchBytes {
		row, err := rows.next()
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		if !s.object.lines && len(row) != builder.columns {
			return false, &unreadable{fmt.Errorf("a row has %d values where %d belong", len(row), builder.columns)}
		}
		if err := builder.add(row); err != nil {
			return false, &unreadable{err}
		}
	}
	return false, nil
}

func (s *objectSource) send(p produced) bool {
	select {
	case s.out <- p:
		return true
	case <-s.ctx.Done():
		if p.batch != nil {
			p.batch.Release()
		}
		return false
	}
}

// barred says why the object cannot be read, before any row of it was used. An
// end of the credentials or of the context bars the pages as well.
func (s *objectSource) barred(err error) error {
	var known *fault.Error
	if isCancel(err) || errors.As(err, &known) {
		return err
	}
	where := "s3://" + s.object.bucket + "/" + s.object.key
	f := s.engine.objectFault(err)
	switch {
	case errors.Is(err, errDifferent):
		return &unusable{err.Error() + " (" + where + ")"}
	case s3object.Gone(err):
		return &unusable{where + " is not there"}
	case f.Code == fault.Denied:
		return &unusable{"S3 does not allow to read " + where}
	case f.Code == fault.CredsRejected:
		return f
	}
	return &unusable{where + " cannot be read: " + f.Error()}
}

// broken says why the object cannot be read on.
func (s *objectSource) broken(err error) error {
	switch {
	case errors.Is(err, errIncomplete), errors.Is(err, errOpenQuote):
		return &unreadable{err}
	}
	var odd *unreadable
	if errors.As(err, &odd) || isCancel(err) {
		return err
	}
	return s.engine.objectFault(err)
}

// objectFault gives an error of reading an object its meaning.
func (e *Engine) objectFault(err error) *fault.Error {
	if errors.Is(err, s3object.ErrChanged) {
		return fault.New(fault.Unavailable, "The result in S3 was replaced while it was read").
			WithRemedy("run the query again, or read its result by pages: --fetch pages")
	}
	if s3object.Gone(err) {
		return fault.New(fault.NotFound, "The result in S3 was deleted while it was read").WithRemedy("run the query again").WithService(said(err))
	}
	return session.Fault(err, "S3", "read the result")
}

// stop ends the reading and waits for it.
func (s *objectSource) stop() {
	s.cancel()
	for p := range s.out {
		if p.batch != nil {
			p.batch.Release()
		}
	}
	s.work.Wait()
}

func (s *objectSource) close() {
	s.stop()
	s.first.close()
}
