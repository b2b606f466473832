package cli

import (
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/result"
)

func TestProgressOfAnExport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &progress{}
		from := time.Now()
		is := func(want string) {
			t.Helper()
			if got := p.own(time.Since(from)); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		}
		is("connecting · 0.0s · Ctrl-C stops it")
		p.update(engine.Progress{State: "running", BytesScanned: 12_000_000})
		time.Sleep(2 * time.Second)
		is("running · 2.0s · 12.0 MB scanned · Ctrl-C stops it")
		p.update(engine.Progress{State: "fetching", BytesScanned: 12_000_000})
		p.rows(1000)
		time.Sleep(500 * time.Millisecond)
		is("fetching · 2.5s · 1,000 rows · 12.0 MB scanned · Ctrl-C stops it") // too early for a rate
		time.Sleep(1500 * time.Millisecond)
		w := p.counted(io.Discard)
		w.Write(make([]byte, 1500))
		p.rows(5000)
		is("fetching · 4.0s · 5,000 rows · 2,500 rows/s · 1.5 kB written · 12.0 MB scanned · Ctrl-C stops it")
	})
}

func TestProgressStaysOnItsLine(t *testing.T) {
	p := &progress{width: 50}
	p.update(engine.Progress{State: "fetching", Rows: 123_456, BytesScanned: 12_000_000})
	if got, want := p.own(time.Minute), "fetching · 60.0s · 123,456 rows · 12.0 MB scanned"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A bar stands only where the whole is known.
func TestProgressOfKeptRows(t *testing.T) {
	p := &progress{}
	p.expect(400)
	p.rows(100)
	if got, want := p.own(0), "█████░░░░░░░░░░░░░░░  25 % · writing · 0.0s · 100 rows · Ctrl-C stops it"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, c := range []struct {
		done int64
		want string
	}{{0, "░░░░░░░░░░░░░░░░░░░░   0 %"}, {400, "████████████████████ 100 %"}, {500, "████████████████████ 100 %"}} {
		if got := bar(c.done, 400); got != c.want {
			t.Errorf("%d: %s", c.done, got)
		}
	}
}

func TestStatsLineTellsTruncationAndFile(t *testing.T) {
	got := statsLine(result.Stats{Rows: 3, Truncated: true, Elapsed: time.Second}, "a.csv")
	if want := "the first 3 rows to a.csv, more were there · 1.0 s"; got != want {
		t.Errorf("got %s", got)
	}
}
