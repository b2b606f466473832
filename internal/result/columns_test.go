package result

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Whatever stands between the NULLs, the bitmap must say which they are.
func TestNullsKeepTheirPlaces(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		Field("i", arrow.PrimitiveTypes.Int32, "integer"), Field("b", arrow.FixedWidthTypes.Boolean, "boolean"),
		Field("s", arrow.BinaryTypes.String, "varchar"),
	}, nil)
	for _, first := range []int{0, 1, 7, 8, 9, 63, 64, 65, 1000} {
		for _, every := range []int{1, 2, 8, 1000} {
			b := NewTextBuilder(schema)
			null := func(row int) bool { return row >= first && (row-first)%every == 0 }
			for row := range 1100 {
				for col, text := range []string{strconv.Itoa(row), strconv.FormatBool(row%3 == 0), strings.Repeat("x", row%5)} {
					if null(row) {
						b.AppendNull(col)
					} else if err := b.Append(col, text); err != nil {
						t.Fatal(err)
					}
				}
				b.EndRow()
			}
			batch := b.Batch()
			for row := range 1100 {
				for col := range 3 {
					if batch.Column(col).IsNull(row) != null(row) {
						t.Fatalf("first %d, every %d: row %d of column %d", first, every, row, col)
					}
				}
				if null(row) {
					continue
				}
				i, flag, s := batch.Column(0).(*array.Int32).Value(row), batch.Column(1).(*array.Boolean).Value(row), batch.Column(2).(*array.String).Value(row)
				if int(i) != row || flag != (row%3 == 0) || len(s) != row%5 {
					t.Fatalf("row %d: %d, %v, %q", row, i, flag, s)
				}
			}
			if want := batch.Column(0).NullN(); want != batch.Column(2).NullN() || want == 0 {
				t.Errorf("%d NULLs", want)
			}
			batch.Release()
		}
	}
}

func TestIntegersAgreeWithStrconv(t *testing.T) {
	texts := []string{"", "-", "+1", "1_0", "0", "-0", "007", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1e3", " 1",
		"999999999999999999", "-999999999999999999", "1000000000000000000", "12a", "٣"}
	for _, bits := range []int{8, 16, 32, 64} {
		edge := int64(math.MaxInt64) >> (64 - bits)
		for _, n := range []int64{edge, edge - 1, -edge, -edge - 1} {
			texts = append(texts, strconv.FormatInt(n, 10))
		}
		if bits < 64 {
			texts = append(texts, strconv.FormatInt(edge+1, 10), strconv.FormatInt(-edge-2, 10))
		}
		for _, s := range texts {
			got, err := parseInt(s, bits)
			want, wanted := strconv.ParseInt(s, 10, bits)
			if (err == nil) != (wanted == nil) || err == nil && got != want {
				t.Errorf("%q in %d bits: %d, %v; want %d, %v", s, bits, got, err, want, wanted)
			}
		}
	}
}

// The text of a whole batch is more than the builder may keep for the next one.
func TestALongTextDoesNotStay(t *testing.T) {
	b := NewTextBuilder(arrow.NewSchema([]arrow.Field{Field("s", arrow.BinaryTypes.String, "varchar")}, nil))
	long := strings.Repeat("x", 32<<20)
	if err := b.Append(0, long); err != nil {
		t.Fatal(err)
	}
	b.EndRow()
	batch := b.Batch()
	defer batch.Release()
	if batch.Column(0).(*array.String).Value(0) != long {
		t.Error("the text is another")
	}
	if c := b.columns[0].(*bytesColumn); c.size > mostKept {
		t.Errorf("%d bytes are kept", c.size)
	}
}
