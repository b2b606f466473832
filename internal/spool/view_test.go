package spool

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sink"
)

// compareCells compares two cells of testSchema by their meaning, not by keys.
func compareCells(a arrow.Array, numbers bool, i, j int) int {
	switch a := a.(type) {
	case *array.Int64:
		return cmp.Compare(a.Value(i), a.Value(j))
	case *array.String:
		if numbers {
			x, _ := new(big.Rat).SetString(a.Value(i))
			y, _ := new(big.Rat).SetString(a.Value(j))
			return x.Cmp(y)
		}
		return strings.Compare(a.Value(i), a.Value(j))
	case *array.Decimal128:
		return a.Value(i).BigInt().Cmp(a.Value(j).BigInt())
	case *array.Timestamp:
		return cmp.Compare(a.Value(i), a.Value(j))
	case *array.Boolean:
		return strings.Compare(fmt.Sprint(a.Value(i)), fmt.Sprint(a.Value(j)))
	case *array.Float64:
		return cmp.Compare(a.Value(i), a.Value(j))
	case *array.Binary:
		return bytes.Compare(a.Value(i), a.Value(j))
	}
	return strings.Compare(a.ValueStr(i), a.ValueStr(j))
}

// sorted is the model: row numbers in the order of the keys.
func sorted(all arrow.RecordBatch, by []SortKey) []int {
	rows := make([]int, all.NumRows())
	for i := range rows {
		rows[i] = i
	}
	slices.SortStableFunc(rows, func(x, y int) int {
		for _, k := range by {
			a := all.Column(k.Column)
			switch {
			case a.IsNull(x) && a.IsNull(y):
				continue
			case a.IsNull(x):
				return 1
			case a.IsNull(y):
				return -1
			}
			c := compareCells(a, k.Column == 6, x, y)
			if k.Descending {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
	return rows
}

func numbersOf(t *testing.T, v *View) []int {
	t.Helper()
	var out []int
	for from := int64(0); from < v.Rows(); from += MostWindow {
		n, err := v.numbers(from, min(MostWindow, v.Rows()-from))
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range n {
			out = append(out, int(row))
		}
	}
	return out
}

func view(t *testing.T, s *Spool, q Query) *View {
	t.Helper()
	v, err := s.View(t.Context(), q, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

func TestSortingByEveryType(t *testing.T) {
	const rows = 6000
	s := filled(t, rows)
	all := testBatch(0, rows)
	defer all.Release()
	for c := range testSchema.NumFields() {
		for _, by := range [][]SortKey{{{c, false}}, {{c, true}}, {{4, true}, {c, false}, {0, true}}} {
			v := view(t, s, Query{Sort: by})
			if got, want := numbersOf(t, v), sorted(all, by); !slices.Equal(got, want) {
				t.Errorf("%s, %v: row %d differs", testSchema.Field(c).Name, by, firstDifference(got, want))
			}
		}
	}
}

func firstDifference(a, b []int) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// A sort that does not fit into memory gives the same order, through many runs
// and runs of runs.
func TestSortingOnDisk(t *testing.T) {
	dir := t.TempDir()
	for _, most := range []int{1, 100, 5000} {
		s := &sorter{dir: dir, most: most}
		random := rand.New(rand.NewPCG(1, 2))
		var want []int64
		key := make([]int, 3000)
		for i := range key {
			key[i] = random.IntN(200)
			want = append(want, int64(i))
			if err := s.add(int64(i), intKey(nil, int64(key[i]))); err != nil {
				t.Fatal(err)
			}
		}
		slices.SortStableFunc(want, func(a, b int64) int { return cmp.Compare(key[a], key[b]) })
		var got []int64
		if err := s.each(func(row int64) error { got = append(got, row); return nil }); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("with %d bytes of memory the order is another", most)
		}
		if len(s.runs) > mostRuns {
			t.Errorf("%d runs at once", len(s.runs))
		}
		if err := s.close(); err != nil {
			t.Fatal(err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestFilters(t *testing.T) {
	const rows = 3000
	s := filled(t, rows)
	all := testBatch(0, rows)
	defer all.Release()
	text := sink.NewValues(testSchema)
	text.Bind(all)
	cell := func(column, row int) string {
		b, _ := text.Append(nil, column, row)
		return string(b)
	}
	id := func(row int) int64 { return all.Column(0).(*array.Int64).Value(row) }
	price := func(row int) float64 { return all.Column(2).(*array.Decimal128).Value(row).ToFloat64(2) }
	at := func(row int) int64 { return int64(all.Column(3).(*array.Timestamp).Value(row)) / 1_000_000 }
	for _, c := range []struct {
		f    Filter
		want func(row int) bool
	}{
		{Filter{0, Equal, "17"}, func(r int) bool { return id(r) == 17 }},
		{Filter{0, NotEqual, "017"}, func(r int) bool { return id(r) != 17 }},
		{Filter{0, Less, "12.5"}, func(r int) bool { return id(r) <= 12 }},
		{Filter{0, GreaterEqual, "2.99e3"}, func(r int) bool { return id(r) >= 2990 }},
		{Filter{1, Equal, "name 31"}, func(r int) bool { return cell(1, r) == "name 31" }},
		{Filter{1, Contains, "AME 9"}, func(r int) bool { return strings.Contains(cell(1, r), "ame 9") }},
		{Filter{1, Greater, "name 95"}, func(r int) bool { return cell(1, r) > "name 95" }},
		{Filter{2, Less, "-4.985"}, func(r int) bool { return price(r) < -4.985 }},
		{Filter{2, Equal, "1"}, func(r int) bool { return cell(2, r) == "1.00" }},
		{Filter{3, Less, "1970-01-01 00:01:00"}, func(r int) bool { return at(r) < 60 }},
		{Filter{3, GreaterEqual, "1970-01-01"}, func(r int) bool { return true }},
		{Filter{4, Equal, "true"}, func(r int) bool { return cell(4, r) == "true" }},
		{Filter{5, LessEqual, "1"}, func(r int) bool { return all.Column(5).(*array.Float64).Value(r) <= 1 }},
		{Filter{6, Less, "-499"}, func(r int) bool { return strings.HasPrefix(cell(6, r), "-499") || cell(6, r) == "-500.50" }},
		{Filter{6, Equal, "-3.5"}, func(r int) bool { return cell(6, r) == "-3.50" }},
		{Filter{8, Contains, "[0,1]"}, func(r int) bool { return cell(8, r) == "[0,1]" }},
	} {
		var want []int
		for row := range rows {
			if !all.Column(c.f.Column).IsNull(row) && c.want(row) {
				want = append(want, row)
			}
		}
		if len(want) == 0 {
			t.Fatalf("%+v tests nothing", c.f)
		}
		if got := numbersOf(t, view(t, s, Query{Filter: []Filter{c.f}})); !slices.Equal(got, want) {
			t.Errorf("%+v: %d rows, want %d", c.f, len(got), len(want))
		}
	}
}

func TestFiltersOfNullAnyColumnAndSeveral(t *testing.T) {
	const rows = 3000
	s := filled(t, rows)
	count := func(f ...Filter) int64 { return view(t, s, Query{Filter: f}).Rows() }
	if got := count(Filter{0, IsNull, ""}) + count(Filter{0, NotNull, ""}); got != rows {
		t.Errorf("null and notnull are %d rows", got)
	}
	if got := count(Filter{0, IsNull, ""}, Filter{0, NotNull, ""}); got != 0 {
		t.Errorf("both at once are %d rows", got)
	}
	if got := count(Filter{AnyColumn, IsNull, ""}); got == 0 || got > rows {
		t.Errorf("%d rows have a NULL", got)
	}
	if got, want := count(Filter{AnyColumn, Equal, "name 31"}), count(Filter{1, Equal, "name 31"}); got != want {
		t.Errorf("%d, want %d", got, want)
	}
	if count(Filter{AnyColumn, Contains, "name 3"}) != count(Filter{1, Contains, "NAME 3"}) {
		t.Error("contains in any column differs from the one that has it")
	}
	v := view(t, s, Query{Filter: []Filter{{4, Equal, "true"}}, Sort: []SortKey{{1, true}}})
	if got := numbersOf(t, v); slices.IsSorted(got) || int64(len(got)) != count(Filter{4, Equal, "true"}) {
		t.Errorf("sorted and filtered: %d rows", len(got))
	}
}

func TestFiltersThatCannotBeMeant(t *testing.T) {
	s := filled(t, 10)
	for _, q := range []Query{
		{Filter: []Filter{{0, Equal, "x"}}}, {Filter: []Filter{{3, Less, "soon"}}}, {Filter: []Filter{{4, Equal, "maybe"}}},
		{Filter: []Filter{{0, "like", "x"}}}, {Filter: []Filter{{99, Equal, "1"}}}, {Filter: []Filter{{-2, Equal, "1"}}},
		{Filter: []Filter{{AnyColumn, Less, "1"}}}, {Sort: []SortKey{{Column: 99}}}, {Sort: []SortKey{{Column: -1}}},
	} {
		if _, err := s.View(t.Context(), q, nil); fault.CodeOf(err) != fault.Usage {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(s.dir, "*.rows")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestWindowsAndStreamsOfAView(t *testing.T) {
	const rows = 6000
	s := filled(t, rows)
	all := testBatch(0, rows)
	defer all.Release()
	by := []SortKey{{1, true}, {0, false}}
	v := view(t, s, Query{Sort: by})
	order := sorted(all, by)
	for _, w := range [][2]int{{0, 10}, {rows / 2, 500}, {rows - 3, 100}, {rows, 1}, {0, rows}} {
		got, err := v.Window(t.Context(), int64(w[0]), int64(w[1]))
		if err != nil {
			t.Fatal(err)
		}
		want, err := take(all, order[w[0]:min(w[0]+w[1], rows)])
		if err != nil {
			t.Fatal(err)
		}
		if csvOf(t, got) != csvOf(t, want) {
			t.Errorf("window %v differs", w)
		}
		got.Release()
		want.Release()
	}
	var out strings.Builder
	want, _ := take(all, order)
	defer want.Release()
	if n := drain(t, v.Stream(), &out); n != rows || out.String() != csvOf(t, want) {
		t.Errorf("the stream of %d rows differs", n)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Window(t.Context(), 0, 1); fault.CodeOf(err) != fault.Internal {
		t.Errorf("a closed view: %v", err)
	}
}

func TestFind(t *testing.T) {
	const rows = 9000
	s := filled(t, rows)
	v := view(t, s, Query{Sort: []SortKey{{0, true}}}) // the rows backwards, NULLs last
	all := testBatch(0, rows)
	defer all.Release()
	text := sink.NewValues(testSchema)
	text.Bind(all)
	orders := map[*View][]int{nil: sorted(all, nil), v: numbersOf(t, v)}
	for _, needle := range []string{"NAME 7", "name 99", "1234", "0.333", "nowhere", "AAA", "1970-01-01 02:0"} {
		for view, order := range orders {
			for _, from := range []int{-1, 0, 1, 2000, 4500, rows - 1, rows, rows + 5} {
				for _, backward := range []bool{false, true} {
					row, column, found, err := s.Find(t.Context(), view, needle, int64(from), backward)
					if err != nil {
						t.Fatal(err)
					}
					wantRow, wantColumn := findModel(text, order, needle, from, backward)
					if found != (wantRow >= 0) || found && (row != int64(wantRow) || column != wantColumn) {
						t.Errorf("%q from %d, backward %v, view %v: %d %d %v, want %d %d", needle, from, backward, view != nil, row, column, found, wantRow, wantColumn)
					}
				}
			}
		}
	}
}

func findModel(text *sink.Values, order []int, needle string, from int, backward bool) (row, column int) {
	step := 1
	if backward {
		from, step = min(from, len(order)-1), -1
	} else {
		from = max(from, 0)
	}
	for ; from >= 0 && from < len(order); from += step {
		for c := range testSchema.NumFields() {
			if b, null := text.Append(nil, c, order[from]); !null && strings.Contains(strings.ToLower(string(b)), strings.ToLower(needle)) {
				return from, c
			}
		}
	}
	return -1, -1
}

func TestALongWorkIsCancelled(t *testing.T) {
	s := filled(t, 20_000)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.View(ctx, Query{Sort: []SortKey{{0, false}}}, func(done, total int64) {
		if total != 20_000 || done > total {
			t.Errorf("%d of %d", done, total)
		}
		cancel()
	})
	if err != context.Canceled {
		t.Errorf("%v", err)
	}
	if _, _, _, err := s.Find(ctx, nil, "nowhere", 0, false); err != context.Canceled {
		t.Errorf("%v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(s.dir, "*.[rt][om][wp]*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Keys compare as the numbers do, of whatever length and notation.
func FuzzNumberKey(f *testing.F) {
	for _, s := range []string{"0", "-0.0", "1", "-1", "1e10", "0.001", "123456789012345678901234567890.5", "-99999", "1E-7", "NaN", "Infinity", "-Infinity", "00012.500"} {
		f.Add(s, "12.5")
		f.Add("-3", s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a) > 100 || len(b) > 100 {
			return
		}
		got := bytes.Compare(numberKey(nil, a), numberKey(nil, b))
		_, _, ea, okA := scientific(a)
		_, _, eb, okB := scientific(b)
		if !okA || !okB || max(ea, -ea, eb, -eb) > 1000 {
			return
		}
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		if x == nil || y == nil {
			return // "1." and ".5" are numbers here and not there, or the other way round
		}
		if want := x.Cmp(y); got != want {
			t.Errorf("%s and %s: %d, want %d", a, b, got, want)
		}
	})
}

func TestFloatKeys(t *testing.T) {
	order := []float64{math.Inf(-1), -math.MaxFloat64, -1, -math.SmallestNonzeroFloat64, 0, math.SmallestNonzeroFloat64, 1, math.MaxFloat64, math.Inf(1), math.NaN()}
	for i := range order[1:] {
		if bytes.Compare(floatKey(nil, order[i]), floatKey(nil, order[i+1])) >= 0 {
			t.Errorf("%g is not before %g", order[i], order[i+1])
		}
	}
	if !bytes.Equal(floatKey(nil, 0), floatKey(nil, math.Copysign(0, -1))) {
		t.Error("-0 is not 0")
	}
}

func TestTextKeys(t *testing.T) {
	order := []string{"", "\x00", "\x00a", "a", "a\x00", "a\x00b", "a\x01", "aa", "b", "é"}
	for i := range order[1:] {
		if bytes.Compare(textKey(nil, order[i]), textKey(nil, order[i+1])) >= 0 {
			t.Errorf("%q is not before %q", order[i], order[i+1])
		}
	}
}
