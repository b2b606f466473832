package sink

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"

	"github.com/fairleadhq/fairlead/internal/result"
)

func TestTableAlignsByWhatIsSeen(t *testing.T) {
	b := texts([]string{"text", "next"},
		[]string{"plain", "|"},
		[]string{"日本語", "|"},                   // two columns each
		[]string{"e\u0301te\u0301", "|"},       // combining accents: none
		[]string{"👩‍👩‍👧‍👦", "|"},               // one family, two columns
		[]string{"a\nb\tc", "|"},               // ⏎ ␉
		[]string{"\x1b[31mred\x1b[0m\x07", ""}, // harmless
		[]string{"ab\u202ecd\u009b2J", "|"},    // written out
		[]string{"bad\xff", "|"},
		[]string{null, "NULL"},
	)
	sp := func(n int) string { return strings.Repeat(" ", n) }
	want := lines(
		"text"+sp(14)+"  next",
		strings.Repeat("─", 18)+"  ────",
		"plain"+sp(13)+"  |",
		"日本語"+sp(12)+"  |",
		"e\u0301te\u0301"+sp(15)+"  |",
		"👩‍👩‍👧‍👦"+sp(16)+"  |",
		"a⏎b␉c"+sp(13)+"  |",
		"␛[31mred␛[0m␇",
		`ab\u202ecd\u009b2J  |`,
		"bad\ufffd"+sp(14)+"  |",
		"NULL"+sp(14)+"  NULL")
	if d := cmp.Diff(want, render(t, "table", Options{}, b.Schema(), b)); d != "" {
		t.Error(d)
	}
}

func TestTableInColor(t *testing.T) {
	b := batchOf(t, []arrow.Field{
		result.Field("n", arrow.PrimitiveTypes.Int64, "bigint"),
		result.Field("name", arrow.BinaryTypes.String, "varchar"),
	}, `[1,null]`, `["x",null]`)
	want := lines(
		"     \x1b[1mn\x1b[0m  \x1b[1mname\x1b[0m",
		"\x1b[2mbigint\x1b[0m  \x1b[2mvarchar\x1b[0m",
		"\x1b[2m──────  ───────\x1b[0m",
		"     1  x",
		"  \x1b[2mNULL\x1b[0m  \x1b[2mNULL\x1b[0m")
	if d := cmp.Diff(want, render(t, "table", Options{Color: true}, b.Schema(), b)); d != "" {
		t.Error(d)
	}
}

func TestTableFitsItsWidth(t *testing.T) {
	b := batchOf(t, []arrow.Field{
		result.Field("id", arrow.PrimitiveTypes.Int64, "bigint"),
		result.Field("short", arrow.BinaryTypes.String, "varchar"),
		result.Field("a long story", arrow.BinaryTypes.String, "varchar"),
		result.Field("another", arrow.BinaryTypes.String, "varchar"),
	}, `[1234567890123]`, `["ok"]`, `["the quick brown fox jumps over the lazy dog"]`, `["日本語日本語日本語日本語"]`)
	for width, want := range map[int]string{
		60: lines(
			`           id  short  a long story        another`,
			`─────────────  ─────  ──────────────────  ──────────────────`,
			`1234567890123  ok     the quick brown f…  日本語日本語日本…`),
		45: lines(
			`           id  short  a long sto…  another`,
			`─────────────  ─────  ───────────  ──────────`,
			`1234567890123  ok     the quick …  日本語日…`),
		20: lines(
			`           id  short`,
			`─────────────  ─────`,
			`1234567890123  ok`,
			`… and 2 more column…`),
		6: lines(
			`    id`,
			`──────`,
			`12345…`,
			`… and…`),
	} {
		got := render(t, "table", Options{Width: width}, b.Schema(), b)
		for _, l := range strings.Split(got, "\n") {
			if w := uniseg.StringWidth(l); w > width {
				t.Errorf("at %d: %q is %d wide", width, l, w)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("at %d: %s", width, d)
		}
	}
}

func TestTableNeverPassesItsWidth(t *testing.T) {
	b := sales(t)
	for width := 1; width < 200; width++ {
		for _, color := range []bool{false, true} {
			got := render(t, "table", Options{Width: width, Color: color}, b.Schema(), b)
			for _, style := range []string{bold, dim, plain} {
				got = strings.ReplaceAll(got, style, "")
			}
			for _, l := range strings.Split(got, "\n") {
				if w := uniseg.StringWidth(l); w > width {
					t.Fatalf("at %d: %q is %d wide", width, l, w)
				}
			}
		}
	}
}

// TestTableStreams: only the sample is held back; a later, wider value is cut
// on a terminal and whole in a pipe.
func TestTableStreams(t *testing.T) {
	early, late := texts([]string{"a", "b"}, []string{"x", "y"}, []string{"x", "y"}), texts([]string{"a", "b"}, []string{"much wider", "y"})
	var out strings.Builder
	w, err := New("table", &out, early.Schema(), Options{Sample: 2})
	if err != nil {
		t.Fatal(err)
	}
	table := w.(*tableWriter)
	if err := table.Write(early); err != nil {
		t.Fatal(err)
	}
	if table.layout == nil || table.held != nil {
		t.Error("the sample is full, and rows are still held back")
	}
	if err := table.Write(late); err != nil {
		t.Fatal(err)
	}
	if err := table.Close(); err != nil {
		t.Fatal(err)
	}
	if want := lines("a  b", "─  ─", "x  y", "x  y", "much wider  y"); out.String() != want {
		t.Errorf("in a pipe:\n%s", out.String())
	}
	got := render(t, "table", Options{Sample: 2, Width: 80}, early.Schema(), early, late)
	if want := lines("a  b", "─  ─", "x  y", "x  y", "…  y"); got != want {
		t.Errorf("on a terminal:\n%s", got)
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"abcd", 1, "…"}, {"abcd", 0, ""},
		{"日本語", 6, "日本語"}, {"日本語", 5, "日本…"}, {"日本語", 4, "日…"}, {"日本語", 2, "…"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
	} {
		got, w := cut(c.text, uniseg.StringWidth(c.text), c.width)
		if got != c.want || w != uniseg.StringWidth(got) || w > c.width {
			t.Errorf("%q to %d: %q of width %d", c.text, c.width, got, w)
		}
	}
}

// FuzzClean: nothing that a terminal obeys, or that is not UTF-8, comes through.
func FuzzClean(f *testing.F) {
	for _, s := range []string{"plain", "\x1b]0;title\x07", "\u009b31m", "a\r\nb", "\xff\x9b", "\u202e\u2066", "日本"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, width := appendClean(nil, []byte(s))
		if !utf8.Valid(got) {
			t.Fatalf("%q is not UTF-8", got)
		}
		for _, r := range string(got) {
			if r < 0x20 || r >= 0x7f && r < 0xa0 || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
				t.Fatalf("%q came through from %q", r, s)
			}
		}
		if width != uniseg.StringWidth(string(got)) {
			t.Fatalf("%q is %d wide, not %d", got, uniseg.StringWidth(string(got)), width)
		}
	})
}
