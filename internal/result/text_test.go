package result

import (
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/google/go-cmp/cmp"
)

// one reads a single text as type t.
func one(t arrow.DataType, text string) (string, error) {
	b := NewTextBuilder(arrow.NewSchema([]arrow.Field{Field("v", t, "test")}, nil))
	defer b.Release()
	if err := b.Append(0, text); err != nil {
		return "", err
	}
	b.EndRow()
	batch := b.Batch()
	defer batch.Release()
	return batch.Column(0).ValueStr(0), nil
}

func TestTextIsReadExactlyOrRefused(t *testing.T) {
	const refused = "refused"
	dec := func(p, s int32) arrow.DataType { return &arrow.Decimal128Type{Precision: p, Scale: s} }
	ts := func(u arrow.TimeUnit, zone string) arrow.DataType {
		return &arrow.TimestampType{Unit: u, TimeZone: zone}
	}
	nines := strings.Repeat("9", 38)
	for _, c := range []struct {
		kind arrow.DataType
		text string
		want string
	}{
		{arrow.FixedWidthTypes.Boolean, "t", "true"},
		{arrow.FixedWidthTypes.Boolean, "false", "false"},
		{arrow.FixedWidthTypes.Boolean, "yes", refused},
		{arrow.PrimitiveTypes.Int8, "-128", "-128"},
		{arrow.PrimitiveTypes.Int8, "128", refused},
		{arrow.PrimitiveTypes.Int64, "9223372036854775807", "9223372036854775807"},
		{arrow.PrimitiveTypes.Int64, "9223372036854775808", refused},
		{arrow.PrimitiveTypes.Int32, "", refused},
		{arrow.PrimitiveTypes.Float64, "Infinity", "+Inf"},
		{arrow.PrimitiveTypes.Float64, "-Infinity", "-Inf"},
		{arrow.PrimitiveTypes.Float64, "NaN", "NaN"},
		{arrow.PrimitiveTypes.Float64, "1e999", refused},
		{arrow.PrimitiveTypes.Float64, "0.1", "0.1"},
		{arrow.BinaryTypes.String, "", ""},
		{arrow.BinaryTypes.Binary, "", ""},
		{arrow.BinaryTypes.Binary, "de ad", "3q0="},
		{arrow.BinaryTypes.Binary, `\xDEad`, "3q0="},
		{arrow.BinaryTypes.Binary, "dead", "3q0="},
		{arrow.BinaryTypes.Binary, "dea", refused},
		{arrow.BinaryTypes.Binary, "zz", refused},
		{dec(5, 2), "-123.45", "-123.45"},
		{dec(5, 2), "1", "1"},
		{dec(5, 2), "0.1", "0.1"},
		{dec(5, 2), "0.100", "0.1"},
		{dec(5, 2), "0.101", refused},
		{dec(5, 2), "1234.5", refused},
		{dec(5, 2), "1e3", refused},
		{dec(5, 2), ".", refused},
		{dec(5, 2), "", refused},
		{dec(38, 0), nines, nines},
		{dec(38, 0), "-" + nines, "-" + nines},
		{dec(38, 0), nines + "0", refused},
		{dec(38, 38), "0." + nines, "0." + nines},
		{arrow.FixedWidthTypes.Date32, "2024-02-29", "2024-02-29"},
		{arrow.FixedWidthTypes.Date32, "2023-02-29", refused},
		{arrow.FixedWidthTypes.Date32, "2023-13-01", refused},
		{arrow.FixedWidthTypes.Date32, "1969-12-31", "1969-12-31"},
		{arrow.FixedWidthTypes.Date32, "2024-02-29 BC", refused}, // 2024 BC is year -2023
		{arrow.FixedWidthTypes.Date32, "24-02-29", refused},
		{ts(arrow.Millisecond, ""), "2024-02-29 23:59:59.999", "2024-02-29T23:59:59.999"},
		{ts(arrow.Millisecond, ""), "2024-02-29 23:59:59.9990", "2024-02-29T23:59:59.999"},
		{ts(arrow.Millisecond, ""), "2024-02-29 23:59:59.9991", refused},
		{ts(arrow.Microsecond, ""), "1969-12-31 23:59:59.999999", "1969-12-31T23:59:59.999999"},
		{ts(arrow.Microsecond, ""), "2024-02-29 23:59:59 UTC", refused},
		{ts(arrow.Microsecond, ""), "2024-02-29 25:00:00", refused},
		{ts(arrow.Nanosecond, ""), "9999-12-31 00:00:00", refused},
		{arrow.FixedWidthTypes.Date32, "infinity", "5881580-07-11"}, // as Arrow prints DateInfinity; the sinks write the word
		{arrow.FixedWidthTypes.Date32, "Infinity", refused},
		{ts(arrow.Microsecond, "UTC"), "2024-02-29 23:59:59.5+02", "2024-02-29T21:59:59.5Z"},
		{ts(arrow.Microsecond, "UTC"), "2024-02-29 00:00:00-05:30", "2024-02-29T05:30:00Z"},
		{ts(arrow.Microsecond, "UTC"), "2024-02-29 00:00:00", refused},
	} {
		got, err := one(c.kind, c.text)
		if err != nil {
			got = refused
			if !strings.Contains(err.Error(), `column "v"`) {
				t.Errorf("%v: the column is not named", err)
			}
		}
		if got != c.want {
			t.Errorf("%s of %q: %q, want %q (%v)", c.kind, c.text, got, c.want, err)
		}
	}
}

func TestDecimalsAgreeWithBigArithmetic(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		precision := int32(1 + r.IntN(38))
		scale := int32(r.IntN(int(precision) + 1))
		unscaled := new(big.Int)
		for range 1 + r.IntN(int(precision)) {
			unscaled.Mul(unscaled, big.NewInt(10)).Add(unscaled, big.NewInt(int64(r.IntN(10))))
		}
		if r.IntN(2) == 0 {
			unscaled.Neg(unscaled)
		}
		text := plain(unscaled, int(scale))
		n, err := parseDecimal(text, precision, scale)
		if err != nil {
			t.Fatalf("%s as decimal(%d,%d): %v", text, precision, scale, err)
		}
		if n.BigInt().Cmp(unscaled) != 0 {
			t.Fatalf("%s as decimal(%d,%d): %s", text, precision, scale, n.BigInt())
		}
	}
}

// plain writes unscaled times 10 to the power of -scale.
func plain(unscaled *big.Int, scale int) string {
	sign, digits := "", new(big.Int).Abs(unscaled).String()
	if unscaled.Sign() < 0 {
		sign = "-"
	}
	if scale == 0 {
		return sign + digits
	}
	for len(digits) <= scale {
		digits = "0" + digits
	}
	return sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
}

func TestDatesAgreeWithTheLibrary(t *testing.T) {
	for day := time.Date(-4713, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 10000; day = day.AddDate(0, 0, 911) {
		text := day.Format("2006-01-02")
		if y := day.Year(); y <= 0 {
			text = pad(1-y) + day.Format("-01-02") + " BC"
		}
		got, err := parseDate(text)
		if want := day.Unix() / 86400; err != nil || int64(got) != want {
			t.Fatalf("%s: %d, %v; want %d", text, got, err, want)
		}
	}
}

func pad(year int) string {
	s := strconv.Itoa(year)
	return strings.Repeat("0", max(0, 4-len(s))) + s
}

func TestBatchesFollowEachOther(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		Field("n", arrow.PrimitiveTypes.Int32, "integer"), TextField("j", "super", TextJSON),
	}, nil)
	b := NewTextBuilder(schema)
	defer b.Release()
	var got []string
	for batch := range 2 {
		for i := range 3 {
			if err := b.Append(0, strconv.Itoa(batch*3+i)); err != nil {
				t.Fatal(err)
			}
			if i == 1 {
				b.AppendNull(1)
			} else if err := b.Append(1, ""); err != nil {
				t.Fatal(err)
			}
			b.EndRow()
		}
		if b.Rows() != 3 {
			t.Errorf("%d rows", b.Rows())
		}
		r := b.Batch()
		for i := range int(r.NumRows()) {
			got = append(got, r.Column(0).ValueStr(i)+":"+strconv.FormatBool(r.Column(1).IsNull(i))+":"+r.Column(1).(*array.String).Value(i))
		}
		r.Release()
	}
	want := []string{"0:false:", "1:true:", "2:false:", "3:false:", "4:true:", "5:false:"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Reading a page must not leave garbage by the value.
func TestAppendDoesNotAllocateByValue(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		Field("n", arrow.PrimitiveTypes.Int64, "bigint"), Field("s", arrow.BinaryTypes.String, "varchar"),
		Field("d", &arrow.Decimal128Type{Precision: 18, Scale: 2}, "decimal(18,2)"),
		Field("t", &arrow.TimestampType{Unit: arrow.Millisecond}, "timestamp"),
	}, nil)
	b := NewTextBuilder(schema)
	defer b.Release()
	texts := []string{"12345", "some text", "1234.56", "2024-02-29 23:59:59.999"}
	const rows = 1000
	allocations := testing.AllocsPerRun(5, func() {
		b.Reserve(rows)
		for range rows {
			for i, s := range texts {
				if err := b.Append(i, s); err != nil {
					t.Fatal(err)
				}
			}
			b.EndRow()
		}
		b.Batch().Release()
	})
	if allocations > rows/5 {
		t.Errorf("%.0f allocations for %d values", allocations, rows*len(texts))
	}
}

func FuzzTimestamp(f *testing.F) {
	f.Add("2024-02-29 23:59:59.123456")
	f.Add("0044-03-15 BC")
	f.Fuzz(func(t *testing.T, s string) {
		v, err := parseTimestamp(s, arrow.Microsecond, false)
		if err != nil {
			return
		}
		again := v.ToTime(arrow.Microsecond)
		if !strings.Contains(s, "BC") && again.Year() > 0 && again.Year() < 10000 && again.Nanosecond()%1000 != 0 {
			t.Errorf("%q became %v", s, again)
		}
	})
}
