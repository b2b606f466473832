package sink

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

// broken is a stream that fails after its batches.
type broken struct {
	result.Stream
	err error
}

func (b broken) Next(ctx context.Context) (arrow.RecordBatch, error) {
	batch, err := b.Stream.Next(ctx)
	if err == io.EOF {
		err = b.err
	}
	return batch, err
}

// limited is a disk that is full after n bytes.
type limited struct {
	n   int
	got bytes.Buffer
}

func (l *limited) Write(p []byte) (int, error) {
	if room := l.n - l.got.Len(); len(p) > room {
		l.got.Write(p[:room])
		return room, syscall.ENOSPC
	}
	return l.got.Write(p)
}

func TestCopy(t *testing.T) {
	for _, f := range Formats() {
		b := sales(t)
		want := render(t, f.Name, Options{}, b.Schema(), b, b)
		b.Retain()
		var out bytes.Buffer
		w, err := New(f.Name, &out, b.Schema(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		var told []int64
		rows, err := Copy(t.Context(), w, result.Fixed(b.Schema(), result.Stats{}, b, b), func(n int64) { told = append(told, n) })
		if err != nil || rows != 6 {
			t.Errorf("%s: %d rows, %v", f.Name, rows, err)
		}
		if d := cmp.Diff([]int64{3, 6}, told); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff(want, out.String()); d != "" {
			t.Errorf("%s: %s", f.Name, d)
		}
	}
}

func TestCopyOfAStreamThatBreaksOff(t *testing.T) {
	cause := errors.New("connection reset")
	for _, f := range textFormats() {
		b := sales(t)
		var out bytes.Buffer
		w, _ := New(f.Name, &out, b.Schema(), Options{})
		rows, err := Copy(t.Context(), w, broken{result.Fixed(b.Schema(), result.Stats{}, b), cause}, nil)
		if rows != 3 || err != cause {
			t.Errorf("%s: %d rows, %v", f.Name, rows, err)
		}
		if !strings.Contains(out.String(), "9007199254740993") {
			t.Errorf("%s: rows that came are not written: %q", f.Name, out.String())
		}
		if f.Name == "json" && strings.HasSuffix(out.String(), "]\n") {
			t.Error("a part of the array ends like the whole")
		}
	}
}

// TestFullDisk: wherever the disk fills up, be it in the last flush, the error
// comes out, with the code that says so.
func TestFullDisk(t *testing.T) {
	for _, f := range Formats() {
		b := sales(t)
		whole := len(render(t, f.Name, Options{}, b.Schema(), b))
		for _, room := range []int{0, 1, whole / 2, whole - 1, whole} {
			b.Retain()
			w, _ := New(f.Name, &limited{n: room}, b.Schema(), Options{})
			_, err := Copy(t.Context(), w, result.Fixed(b.Schema(), result.Stats{}, b), nil)
			if room == whole && err != nil {
				t.Errorf("%s: %v", f.Name, err)
			}
			if room < whole && (fault.CodeOf(err) != fault.Output || !errors.Is(err, syscall.ENOSPC)) {
				t.Errorf("%s with room for %d of %d: %v", f.Name, room, whole, err)
			}
		}
	}
}

func TestNewRefusesUnknownFormats(t *testing.T) {
	_, err := New("excel", io.Discard, arrow.NewSchema(nil, nil), Options{})
	if f := fault.As(err); f == nil || f.Code != fault.Usage || !strings.Contains(f.Remedy, "jsonl") {
		t.Errorf("got %v", err)
	}
}

// TestFlat: a large result costs no memory for each row.
func TestFlat(t *testing.T) {
	batch := orders(1000)
	for _, f := range Formats() {
		if f.Name == "arrow" {
			continue // a batch costs it some allocations, whatever its rows
		}
		w, _ := New(f.Name, io.Discard, batch.Schema(), Options{})
		for range 3 { // past the table's sample
			if err := w.Write(batch); err != nil {
				t.Fatal(err)
			}
		}
		perBatch := testing.AllocsPerRun(5, func() {
			if err := w.Write(batch); err != nil {
				t.Fatal(err)
			}
		})
		if perBatch > 50 { // 1,000 rows of 8 values
			t.Errorf("%s allocates %v times for 1,000 rows", f.Name, perBatch)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
