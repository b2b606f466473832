package cli

import (
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/result"
)

func TestFiguresForPeople(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{count(0, "row"), "0 rows"},
		{count(1, "row"), "1 row"},
		{count(1234567, "row"), "1,234,567 rows"},
		{count(100, "row"), "100 rows"},
		{engine.BytesText(0), "0 B"},
		{engine.BytesText(999), "999 B"},
		{engine.BytesText(1000), "1.0 kB"},
		{engine.BytesText(999_600), "1.0 MB"},
		{engine.BytesText(33_000_000), "33.0 MB"},
		{engine.BytesText(5_000_000_000_000), "5.0 TB"},
		{priceText(0), "$0"},
		{priceText(0.00005), "less than $0.0001"},
		{priceText(0.0048), "$0.0048"},
		{priceText(12.5), "$12.50"},
		{durationText(60 * time.Millisecond), "60 ms"},
		{durationText(2500 * time.Millisecond), "2.5 s"},
		{durationText(90 * time.Second), "1m30s"},
		{leftText(-time.Second), "none"},
		{leftText(59 * time.Second), "59s"},
		{leftText(59 * time.Minute), "59m"},
		{leftText(61 * time.Minute), "1h01m"},
		{shellQuote("a/b-c.d"), "a/b-c.d"},
		{shellQuote("it's"), `'it'\''s'`},
		{shellQuote(""), "''"},
		{typedQuote("select 1"), `"select 1"`},
		{typedQuote(`select "a"`), `'select "a"'`},
		{typedQuote(`"a" = 'b'`), `"\"a\" = 'b'"`},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestClosingLine(t *testing.T) {
	bytes, units, cost, changed := int64(33_000_000), 0.5, 0.00017, int64(3)
	for _, c := range []struct {
		stats  result.Stats
		output string
		want   string
	}{
		{result.Stats{Rows: 4, Elapsed: 1500 * time.Millisecond, BytesScanned: &bytes, CostUSD: &cost, RemoteID: "abc"}, "",
			"4 rows · 1.5 s · 33.0 MB scanned · $0.0002 · id abc"},
		{result.Stats{Rows: 6, Elapsed: 20 * time.Millisecond, CapacityUnits: &units}, "out.csv", "6 rows to out.csv · 20 ms · 0.5 capacity units"},
		{result.Stats{RowsAffected: &changed, Elapsed: time.Second}, "", "3 rows changed · 1.0 s"},
		{result.Stats{Rows: 10, Truncated: true, Elapsed: time.Second, Queued: 2 * time.Second, Notes: []string{"a notice"}}, "",
			"the first 10 rows, more were there · 1.0 s · 2.0 s queued · a notice"},
	} {
		if got := statsLine(c.stats, c.output); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
