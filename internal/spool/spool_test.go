package spool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/sink"
)

var testSchema = arrow.NewSchema([]arrow.Field{
	result.Field("id", arrow.PrimitiveTypes.Int64, "bigint"),
	result.Field("name", arrow.BinaryTypes.String, "varchar"),
	result.Field("price", &arrow.Decimal128Type{Precision: 38, Scale: 2}, "decimal(38,2)"),
	result.Field("at", &arrow.TimestampType{Unit: arrow.Microsecond}, "timestamp"),
	result.Field("ok", arrow.FixedWidthTypes.Boolean, "boolean"),
	result.Field("ratio", arrow.PrimitiveTypes.Float64, "double"),
	result.TextField("n", "N", result.TextNumber),
	result.Field("raw", arrow.BinaryTypes.Binary, "varbinary"),
	result.Field("list", arrow.ListOf(arrow.PrimitiveTypes.Int32), "array(integer)"),
}, nil)

// testBatch makes rows with numbers from on; every seventh value of each column is NULL.
func testBatch(from, rows int) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, testSchema)
	defer b.Release()
	for i := from; i < from+rows; i++ {
		for c := range testSchema.NumFields() {
			if (i+c)%7 == 0 {
				b.Field(c).AppendNull()
				continue
			}
			switch f := b.Field(c).(type) {
			case *array.Int64Builder:
				f.Append(int64(i))
			case *array.StringBuilder:
				if c == 6 {
					f.Append(fmt.Sprintf("%d.50", (i*7919)%1000-500))
				} else {
					f.Append(fmt.Sprintf("name %d", (i*31)%100))
				}
			case *array.Decimal128Builder:
				f.Append(decimal128.FromI64(int64(i*37%1000 - 500)))
			case *array.TimestampBuilder:
				f.Append(arrow.Timestamp(int64(i) * 1_000_000))
			case *array.BooleanBuilder:
				f.Append(i%2 == 0)
			case *array.Float64Builder:
				f.Append(float64(i%13) / 3)
			case *array.BinaryBuilder:
				f.Append([]byte{byte(i), 0, byte(i >> 8)})
			case *array.ListBuilder:
				f.Append(true)
				for k := range i % 3 {
					f.ValueBuilder().(*array.Int32Builder).Append(int32(k))
				}
			}
		}
	}
	return b.NewRecordBatch()
}

// filled makes a finished spool of rows in batches of uneven size.
func filled(t testing.TB, rows int) *Spool {
	t.Helper()
	s := growing(t)
	for from, n := 0, 1; from < rows; from, n = from+n, n*3%4001+1 {
		n = min(n, rows-from)
		add(t, s, from, n)
	}
	if err := s.Finish(result.Stats{Rows: int64(rows), RemoteID: "r"}, nil); err != nil {
		t.Fatal(err)
	}
	return s
}

func growing(t testing.TB) *Spool {
	t.Helper()
	s, err := Create(filepath.Join(t.TempDir(), "s"), testSchema, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func add(t testing.TB, s *Spool, from, rows int) {
	t.Helper()
	b := testBatch(from, rows)
	defer b.Release()
	if err := s.Append(b); err != nil {
		t.Fatal(err)
	}
}

// csvOf writes batches as text, to compare them.
func csvOf(t testing.TB, batches ...arrow.RecordBatch) string {
	t.Helper()
	var out strings.Builder
	w, err := sink.New("tsv", &out, testSchema, sink.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range batches {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func wanted(t testing.TB, from, rows int) string {
	t.Helper()
	b := testBatch(from, rows)
	defer b.Release()
	return csvOf(t, b)
}

func TestWindowsAnywhere(t *testing.T) {
	const rows = 20_000
	s := filled(t, rows)
	again, err := Open(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	for _, s := range []*Spool{s, again} {
		if s.Rows() != rows || s.Bytes() == 0 || s.Stats().RemoteID != "r" || !s.Schema().Equal(testSchema) {
			t.Fatalf("%d rows, %d bytes, %+v", s.Rows(), s.Bytes(), s.Stats())
		}
		if done, cause := s.Done(); !done || cause != nil {
			t.Errorf("done %v, %v", done, cause)
		}
		for _, w := range []struct{ from, count, first, rows int }{
			{0, 1, 0, 1}, {0, 5000, 0, 5000}, {1023, 2, 1023, 2}, {rows - 3, 100, rows - 3, 3}, {rows, 5, rows, 0},
			{rows + 5, 5, rows, 0}, {-5, 2, 0, 2}, {7, -1, 7, 0}, {0, rows, 0, rows},
		} {
			b, err := s.Window(t.Context(), int64(w.from), int64(w.count))
			if err != nil {
				t.Fatal(err)
			}
			if got, want := csvOf(t, b), wanted(t, w.first, w.rows); got != want {
				t.Errorf("window %d, %d differs", w.from, w.count)
			}
			b.Release()
		}
	}
}

func TestReadersSeeWhatIsThereWhileItGrows(t *testing.T) {
	s := growing(t)
	if b, err := s.Window(t.Context(), 0, 10); err != nil || b.NumRows() != 0 || !b.Schema().Equal(testSchema) {
		t.Fatalf("an empty spool: %v %v", b, err)
	}
	const rows = 30_000
	var wg sync.WaitGroup
	for reader := range 4 {
		wg.Go(func() {
			var seen int64
			for {
				grown := s.Grown()
				n := s.Rows()
				if n < seen {
					t.Errorf("%d rows after %d", n, seen)
				}
				if n > seen {
					b, err := s.Window(t.Context(), seen, n-seen)
					if err != nil {
						t.Error(err)
						return
					}
					if int64(reader) == seen%4 && csvOf(t, b) != wanted(t, int(seen), int(b.NumRows())) {
						t.Errorf("rows %d to %d differ", seen, n)
					}
					seen += b.NumRows()
					b.Release()
					continue
				}
				if done, _ := s.Done(); done && s.Rows() == seen {
					if seen != rows {
						t.Errorf("%d rows of %d", seen, rows)
					}
					return
				}
				<-grown
			}
		})
	}
	wg.Go(func() { // streams, views and searches beside the writer
		var all strings.Builder
		if n := drain(t, s.Stream(), &all); n != rows || all.String() != wanted(t, 0, rows) {
			t.Errorf("the stream gave %d rows", n)
		}
	})
	wg.Go(func() {
		for range 5 {
			v, err := s.View(t.Context(), Query{Sort: []SortKey{{Column: 1}}}, nil)
			if err != nil {
				t.Error(err)
				return
			}
			if _, _, _, err := s.Find(t.Context(), v, "name 99", 0, false); err != nil {
				t.Error(err)
			}
			v.Close()
		}
	})
	for from := 0; from < rows; from += 500 {
		add(t, s, from, 500)
	}
	if err := s.Finish(result.Stats{}, nil); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
}

func drain(t testing.TB, s result.Stream, to io.Writer) int {
	t.Helper()
	defer s.Close()
	w, err := sink.New("tsv", to, s.Schema(), sink.Options{})
	if err != nil {
		t.Error(err)
		return 0
	}
	n, err := sink.Copy(context.Background(), w, s, nil)
	if err != nil {
		t.Error(err)
	}
	return int(n)
}

func TestABoundOnItsSize(t *testing.T) {
	s, err := Create(filepath.Join(t.TempDir(), "s"), testSchema, Options{MaxBytes: 300_000})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var rows int64
	for {
		b := testBatch(int(rows), 1000)
		err := s.Append(b)
		b.Release()
		if err != nil {
			if !Full(err) || fault.CodeOf(err) != fault.Guarded {
				t.Fatal(err)
			}
			break
		}
		rows += 1000
	}
	if rows == 0 || s.Bytes() > 300_000 {
		t.Errorf("%d rows, %d bytes", rows, s.Bytes())
	}
	if b, err := s.Window(t.Context(), 0, 10); err != nil || b.NumRows() != 10 {
		t.Errorf("what was kept before: %v", err)
	}
}

func TestAResultThatBrokeOff(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "s")
	s, err := Create(dir, testSchema, Options{})
	if err != nil {
		t.Fatal(err)
	}
	add(t, s, 0, 3000)
	s.Close() // a crash: no Finish
	again, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if done, cause := again.Done(); !done || cause == nil || again.Rows() != 3000 {
		t.Errorf("done %v, cause %v, %d rows", done, cause, again.Rows())
	}
	st := again.Stream()
	for {
		b, err := st.Next(t.Context())
		if err == nil {
			b.Release()
			continue
		}
		if errors.Is(err, io.EOF) {
			t.Error("the stream took a part for the whole")
		}
		break
	}
	// a cause is kept with all that a person needs
	s = growing(t)
	cause := fault.New(fault.Throttled, "Slow down").WithRemedy("wait").WithService(fault.Service{Name: "Athena", RequestID: "x"})
	if err := s.Finish(result.Stats{}, cause); err != nil {
		t.Fatal(err)
	}
	again, err = Open(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	_, got := again.Done()
	if f := fault.As(got); f == nil || f.Code != cause.Code || f.Remedy != "wait" || f.Service.RequestID != "x" {
		t.Errorf("%#v", got)
	}
}

// A segment is an Arrow IPC stream that any reader takes.
func TestSegmentsAreArrowStreams(t *testing.T) {
	s := filled(t, 5000)
	f, err := os.Open(segmentPath(s.dir, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := ipc.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	var got strings.Builder
	w, _ := sink.New("tsv", &got, testSchema, sink.Options{})
	for r.Next() {
		if err := w.Write(r.RecordBatch()); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	if r.Err() != nil || got.String() != wanted(t, 0, 5000) {
		t.Errorf("another reader sees something else (%v)", r.Err())
	}
}

func TestFill(t *testing.T) {
	s := growing(t)
	var told int64
	from := result.Fixed(testSchema, result.Stats{RemoteID: "x", Elapsed: time.Second}, testBatch(0, 10), testBatch(10, 5))
	if err := Fill(t.Context(), s, from, func(n int64) { told = n }); err != nil {
		t.Fatal(err)
	}
	if done, cause := s.Done(); !done || cause != nil || s.Rows() != 15 || told != 15 || s.Stats().RemoteID != "x" {
		t.Errorf("%v %v %d rows, told %d, %+v", done, cause, s.Rows(), told, s.Stats())
	}
	s = growing(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Fill(ctx, s, result.Fixed(testSchema, result.Stats{}, testBatch(0, 10)), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, cause := s.Done(); cause == nil {
		t.Error("a cancelled result counts as whole")
	}
}

func TestWhatCannotBeKeptIsSaid(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "d", Type: &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}}}, nil)
	if _, err := Create(t.TempDir(), schema, Options{}); fault.CodeOf(err) != fault.Unsupported {
		t.Errorf("%v", err)
	}
	s := filled(t, 10)
	if _, err := Create(s.dir, testSchema, Options{}); fault.CodeOf(err) != fault.Output {
		t.Errorf("over another spool: %v", err)
	}
	if _, err := Open(t.TempDir()); fault.CodeOf(err) != fault.Output {
		t.Errorf("an empty folder: %v", err)
	}
	s.Close()
	if _, err := s.Window(t.Context(), 0, 1); fault.CodeOf(err) != fault.Internal {
		t.Errorf("a closed one: %v", err)
	}
	if err := s.Remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.dir); !os.IsNotExist(err) {
		t.Errorf("%v", err)
	}
}
