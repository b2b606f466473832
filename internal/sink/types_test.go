package sink

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/result"
)

func utc(u arrow.TimeUnit) arrow.DataType { return &arrow.TimestampType{Unit: u, TimeZone: "UTC"} }
func local(u arrow.TimeUnit) arrow.DataType {
	return &arrow.TimestampType{Unit: u}
}

// TestValues says how a value of each type is written as text and as JSON.
func TestValues(t *testing.T) {
	decimal := func(p, s int32) arrow.DataType { return &arrow.Decimal128Type{Precision: p, Scale: s} }
	text := func(carries string) arrow.Field { return result.TextField("", "", carries) }
	typed := func(d arrow.DataType) arrow.Field { return result.Field("", d, "") }
	for _, c := range []struct {
		name       string
		field      arrow.Field
		in         string // one value as Arrow's JSON reader takes it
		text, json string // json empty: the same as text
	}{
		{"months", typed(arrow.FixedWidthTypes.MonthInterval), `{"months":14}`, "P1Y2M", `"P1Y2M"`},
		{"days and milliseconds", typed(arrow.FixedWidthTypes.DayTimeInterval), `{"days":1,"milliseconds":500}`, "P1DT0.500S", `"P1DT0.500S"`},
		{"months, days and nanoseconds", typed(arrow.FixedWidthTypes.MonthDayNanoInterval), `{"months":1,"days":2,"nanoseconds":3000000000}`, "P1M2DT3S", `"P1M2DT3S"`},
		{"int8", typed(arrow.PrimitiveTypes.Int8), `-128`, "-128", ""},
		{"int16", typed(arrow.PrimitiveTypes.Int16), `32767`, "32767", ""},
		{"int32", typed(arrow.PrimitiveTypes.Int32), `-2147483648`, "-2147483648", ""},
		{"int64, beyond a float's 53 bits", typed(arrow.PrimitiveTypes.Int64), `9007199254740993`, "9007199254740993", ""},
		{"int64, the least", typed(arrow.PrimitiveTypes.Int64), `-9223372036854775808`, "-9223372036854775808", ""},
		{"uint8", typed(arrow.PrimitiveTypes.Uint8), `255`, "255", ""},
		{"uint16", typed(arrow.PrimitiveTypes.Uint16), `65535`, "65535", ""},
		{"uint32", typed(arrow.PrimitiveTypes.Uint32), `4294967295`, "4294967295", ""},
		{"uint64", typed(arrow.PrimitiveTypes.Uint64), `18446744073709551615`, "18446744073709551615", ""},
		{"float64", typed(arrow.PrimitiveTypes.Float64), `0.1`, "0.1", ""},
		{"float64, whole", typed(arrow.PrimitiveTypes.Float64), `1000000`, "1000000", ""},
		{"float64, small", typed(arrow.PrimitiveTypes.Float64), `0.00000012`, "1.2e-7", ""},
		{"float64, large", typed(arrow.PrimitiveTypes.Float64), `1e300`, "1e+300", ""},
		{"float64, minus zero", typed(arrow.PrimitiveTypes.Float64), `-0.0`, "-0", ""},
		{"float32", typed(arrow.PrimitiveTypes.Float32), `0.1`, "0.1", ""},
		{"decimal", typed(decimal(10, 2)), `"12345.60"`, "12345.60", ""},
		{"decimal, negative below one", typed(decimal(10, 4)), `"-0.0012"`, "-0.0012", ""},
		{"decimal, zero", typed(decimal(10, 2)), `"0"`, "0.00", ""},
		{"decimal without scale", typed(decimal(38, 0)), `"-7"`, "-7", ""},
		{"decimal, 38 digits", typed(decimal(38, 0)), `"99999999999999999999999999999999999999"`, "99999999999999999999999999999999999999", ""},
		{"decimal, 38 digits, negative with scale", typed(decimal(38, 10)), `"-1234567890123456789012345678.0000000001"`, "-1234567890123456789012345678.0000000001", ""},
		{"decimal, zeros in the middle part", typed(decimal(38, 0)), `"10000000000000000000"`, "10000000000000000000", ""},
		{"decimal, all behind the point", typed(decimal(38, 38)), `"0.00000000000000000000000000000000000001"`, "0.00000000000000000000000000000000000001", ""},
		{"decimal32", typed(&arrow.Decimal32Type{Precision: 9, Scale: 3}), `"-12.345"`, "-12.345", ""},
		{"decimal64", typed(&arrow.Decimal64Type{Precision: 18, Scale: 3}), `"123456789012345.678"`, "123456789012345.678", ""},
		{"decimal256", typed(&arrow.Decimal256Type{Precision: 76, Scale: 2}), `"-12345678901234567890123456789012345678901234567890.12"`, "-12345678901234567890123456789012345678901234567890.12", ""},
		{"boolean", typed(arrow.FixedWidthTypes.Boolean), `true`, "true", ""},
		{"text", typed(arrow.BinaryTypes.String), `"größe \"x\" \\ /"`, `größe "x" \ /`, `"größe \"x\" \\ /"`},
		{"text with controls", typed(arrow.BinaryTypes.String), `"a\tb\nc\rd\u0000\u001b[31m\u007f\u009b\u2028"`, "a\tb\nc\rd\x00\x1b[31m\x7f\u009b\u2028", `"a\tb\nc\rd\u0000\u001b[31m\u007f\u009b\u2028"`},
		{"large text", typed(arrow.BinaryTypes.LargeString), `"x"`, "x", `"x"`},
		{"text is not taken for HTML", typed(arrow.BinaryTypes.String), `"<a href='x'>&"`, "<a href='x'>&", `"<a href='x'>&"`},
		{"number in text", text(result.TextNumber), `"12345678901234567890123456789012345678.5"`, "12345678901234567890123456789012345678.5", ""},
		{"number in text, exponent", text(result.TextNumber), `"-1.5E+10"`, "-1.5E+10", ""},
		{"no number after all", text(result.TextNumber), `"NaN"`, "NaN", `"NaN"`},
		{"no JSON number", text(result.TextNumber), `"007"`, "007", `"007"`},
		{"JSON in text", text(result.TextJSON), `"{\"a\": [1, 2.50,\n null], \"b\":\"x y\"}"`, "{\"a\": [1, 2.50,\n null], \"b\":\"x y\"}", `{"a":[1,2.50,null],"b":"x y"}`},
		{"JSON in text keeps all digits", text(result.TextJSON), `"{\"n\":12345678901234567890123456789012345678}"`, `{"n":12345678901234567890123456789012345678}`, ""},
		{"no JSON after all", text(result.TextJSON), `"{oops"`, "{oops", `"{oops"`},
		{"empty is not JSON", text(result.TextJSON), `""`, "", `""`},
		{"JSON in text with controls", text(result.TextJSON), `"\"a\u2028\u009b\u007f\""`, "\"a\u2028\u009b\x7f\"", `"a\u2028\u009b\u007f"`},
		{"binary", typed(arrow.BinaryTypes.Binary), `"AP/+"`, "AP/+", `"AP/+"`},
		{"date", typed(arrow.FixedWidthTypes.Date32), `"2024-02-29"`, "2024-02-29", `"2024-02-29"`},
		{"date before 1970", typed(arrow.FixedWidthTypes.Date32), `"1582-10-15"`, "1582-10-15", `"1582-10-15"`},
		{"date64", typed(arrow.FixedWidthTypes.Date64), `"1969-12-31"`, "1969-12-31", `"1969-12-31"`},
		{"time32", typed(arrow.FixedWidthTypes.Time32ms), `"23:59:59.5"`, "23:59:59.500", `"23:59:59.500"`},
		{"time64", typed(arrow.FixedWidthTypes.Time64us), `"00:00:00.000001"`, "00:00:00.000001", `"00:00:00.000001"`},
		{"timestamp, seconds", typed(local(arrow.Second)), `"2026-11-23 10:00:00"`, "2026-11-23T10:00:00", `"2026-11-23T10:00:00"`},
		{"timestamp, milliseconds", typed(local(arrow.Millisecond)), `"2026-11-23 10:00:00.120"`, "2026-11-23T10:00:00.120", `"2026-11-23T10:00:00.120"`},
		{"timestamp, microseconds", typed(local(arrow.Microsecond)), `"1969-12-31 23:59:59.999999"`, "1969-12-31T23:59:59.999999", `"1969-12-31T23:59:59.999999"`},
		{"timestamp, nanoseconds", typed(local(arrow.Nanosecond)), `"2026-11-23 10:00:00.000000001"`, "2026-11-23T10:00:00.000000001", `"2026-11-23T10:00:00.000000001"`},
		{"timestamp in UTC", typed(utc(arrow.Microsecond)), `"2026-11-23T10:00:00Z"`, "2026-11-23T10:00:00Z", `"2026-11-23T10:00:00Z"`},
		{"timestamp in a zone", typed(&arrow.TimestampType{Unit: arrow.Second, TimeZone: "+05:30"}), `"2026-11-23T10:00:00Z"`, "2026-11-23T15:30:00+05:30", `"2026-11-23T15:30:00+05:30"`},
		{"timestamp west", typed(&arrow.TimestampType{Unit: arrow.Second, TimeZone: "-08:00"}), `"2026-01-01T00:00:00Z"`, "2025-12-31T16:00:00-08:00", `"2025-12-31T16:00:00-08:00"`},
		{"duration", typed(arrow.FixedWidthTypes.Duration_ms), `"3723500ms"`, "PT3723.500S", `"PT3723.500S"`},
		{"list", typed(arrow.ListOf(arrow.PrimitiveTypes.Int64)), `[1,null,3]`, "[1,null,3]", ""},
		{"empty list", typed(arrow.ListOf(arrow.PrimitiveTypes.Int64)), `[]`, "[]", ""},
		{"large list", typed(arrow.LargeListOf(arrow.BinaryTypes.String)), `["a",""]`, `["a",""]`, ""},
		{"fixed list", typed(arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Float64)), `[1.5,2]`, `[1.5,2]`, ""},
		{"list of lists", typed(arrow.ListOf(arrow.ListOf(arrow.FixedWidthTypes.Boolean))), `[[true],[],null]`, `[[true],[],null]`, ""},
		{"struct", typed(arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int32, Nullable: true}, arrow.Field{Name: "b", Type: decimal(38, 2), Nullable: true})),
			`{"a":1,"b":"0.10"}`, `{"a":1,"b":0.10}`, ""},
		{"struct of NULLs", typed(arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int32, Nullable: true})), `{"a":null}`, `{"a":null}`, ""},
		{"map", typed(arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64)), `[{"key":"x\"y","value":1},{"key":"z","value":null}]`, `{"x\"y":1,"z":null}`, ""},
		{"map with numbers for keys", typed(arrow.MapOf(arrow.PrimitiveTypes.Int64, utc(arrow.Second))), `[{"key":7,"value":"2026-11-23T10:00:00Z"}]`, `{"7":"2026-11-23T10:00:00Z"}`, ""},
		{"list of structs with maps", typed(arrow.ListOf(arrow.StructOf(arrow.Field{Name: "m", Type: arrow.MapOf(arrow.BinaryTypes.String, arrow.BinaryTypes.String)}))), `[{"m":[{"key":"k","value":"v"}]},{"m":[]}]`, `[{"m":{"k":"v"}},{"m":{}}]`, ""},
		{"dictionary", typed(&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}), `"red"`, "red", `"red"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, _, err := array.FromJSON(memory.DefaultAllocator, c.field.Type, strings.NewReader("["+c.in+","+c.in+"]"))
			if err != nil {
				t.Fatal(err)
			}
			col := column{cell: newCell(c.field, 'T')}
			// A slice that begins at the second value catches what ignores an array's offset.
			for _, slice := range []arrow.Array{a, array.NewSlice(a, 1, 2)} {
				col.set(slice)
				if got := string(col.appendText(nil, 0)); got != c.text {
					t.Errorf("text: got %q, want %q", got, c.text)
				}
				want := c.json
				if want == "" {
					want = c.text
				}
				got := string(col.json(nil, 0))
				if got != want {
					t.Errorf("json: got %s, want %s", got, want)
				}
				if !json.Valid([]byte(got)) {
					t.Errorf("not valid JSON: %s", got)
				}
				if col.look()&quiet != 0 && strings.ContainsAny(c.text, " ,\"\n\r\t|\\*_") {
					t.Errorf("a quiet cell wrote %q", c.text)
				}
			}
		})
	}
}

func TestNotFiniteNumbers(t *testing.T) {
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	b.AppendValues([]float64{math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64}, nil)
	h := array.NewFloat16Builder(memory.DefaultAllocator)
	h.AppendValues([]float16.Num{float16.NaN(), float16.Inf(), float16.Inf().Negate(), float16.New(0.5)}, nil)
	for _, c := range []struct {
		field arrow.Field
		array arrow.Array
		last  string
	}{
		{arrow.Field{Type: arrow.PrimitiveTypes.Float64}, b.NewArray(), "1.7976931348623157e+308"},
		{arrow.Field{Type: arrow.FixedWidthTypes.Float16}, h.NewArray(), "0.5"},
	} {
		col := column{cell: newCell(c.field, 'T')}
		col.set(c.array)
		for row, want := range []string{"NaN", "Infinity", "-Infinity"} {
			if got := string(col.appendText(nil, row)); got != want {
				t.Errorf("text: got %s, want %s", got, want)
			}
			if got := string(col.json(nil, row)); got != `"`+want+`"` {
				t.Errorf("json: got %s", got)
			}
		}
		if got := string(col.json(nil, 3)); got != c.last {
			t.Errorf("got %s, want %s", got, c.last)
		}
	}
}

// TestDecimalsAgainstBigInt compares with Arrow's own slow and sure way.
func TestDecimalsAgainstBigInt(t *testing.T) {
	values := []decimal128.Num{
		decimal128.New(0, 0), decimal128.New(0, 1), decimal128.FromI64(-1), decimal128.New(0, math.MaxUint64),
		decimal128.New(1, 0), decimal128.New(math.MaxInt64, math.MaxUint64), decimal128.New(math.MinInt64, 0), decimal128.New(-1, 0),
		decimal128.MaxDecimal128, decimal128.MaxDecimal128.Negate(),
	}
	n := decimal128.New(0, 1)
	for range 37 {
		n = n.Mul(decimal128.New(0, 10))
		values = append(values, n, n.Negate(), n.Add(decimal128.New(0, 7)), n.Sub(decimal128.New(0, 1)))
	}
	for _, v := range values {
		if got, want := string(appendDecimal128(nil, v, 0)), v.BigInt().String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestIntervals(t *testing.T) {
	for _, c := range []struct {
		months, days, seconds, nanos int64
		want                         string
	}{
		{0, 0, 0, 0, "PT0S"},
		{14, 3, 0, 0, "P1Y2M3D"},
		{-14, 0, 0, 0, "P-1Y-2M"},
		{0, 1, 90, 500_000_000, "P1DT90.500S"},
		{0, 0, -1, 250_000_000, "PT-0.750S"},
		{0, 0, -2, 250_000_000, "PT-1.750S"},
		{0, 0, -1, 0, "PT-1S"},
	} {
		if got := string(appendInterval(nil, c.months, c.days, c.seconds, c.nanos)); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestInfiniteTimes(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		result.Field("d", arrow.FixedWidthTypes.Date32, "date"),
		result.Field("t", &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, "timestamptz"),
	}, nil)
	b := result.NewTextBuilder(schema)
	for _, text := range []string{"infinity", "-infinity"} {
		for col := range 2 {
			if err := b.Append(col, text); err != nil {
				t.Fatal(err)
			}
		}
		b.EndRow()
	}
	batch := b.Batch()
	defer batch.Release()
	for format, want := range map[string]string{
		"csv":   "d,t\ninfinity,infinity\n-infinity,-infinity\n",
		"jsonl": "{\"d\":\"infinity\",\"t\":\"infinity\"}\n{\"d\":\"-infinity\",\"t\":\"-infinity\"}\n",
	} {
		var out strings.Builder
		w, err := New(format, &out, schema, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Write(batch), w.Close()); err != nil || out.String() != want {
			t.Errorf("%s: %q, %v", format, out.String(), err)
		}
	}
}

// The fast look at a field must agree with the plain one, wherever the byte stands.
func TestSpecialBytesAreFound(t *testing.T) {
	for size := range 40 {
		for at := range size {
			for c := range 256 {
				field := bytes.Repeat([]byte{0xff ^ byte(at)}, size)
				if strings.ContainsRune("\",\n\r", rune(field[0])) {
					continue
				}
				field[at] = byte(c)
				if got, want := special(field), bytes.ContainsAny(field, "\",\n\r"); got != want {
					t.Fatalf("%q: %v", field, got)
				}
			}
		}
	}
}

func TestFarDates(t *testing.T) {
	for days, want := range map[int64]string{
		0: "1970-01-01", -1: "1969-12-31", 11016: "2000-02-29", -719528: "0000-01-01", -719529: "-0001-12-31", 2932896: "9999-12-31", 2932897: "+10000-01-01",
	} {
		if got := string(appendDate(nil, days)); got != want {
			t.Errorf("day %d: got %s, want %s", days, got, want)
		}
	}
	// A known fixed point and every day of 400 years, one after the other.
	previous := "1899-12-31"
	for d := int64(-25567); d < -25567+146097; d++ {
		got := string(appendDate(nil, d))
		if got <= previous || len(got) != 10 {
			t.Fatalf("day %d: %s does not follow %s", d, got, previous)
		}
		previous = got
	}
	if previous != "2299-12-31" {
		t.Errorf("400 years end on %s", previous)
	}
}

func TestUniqueNames(t *testing.T) {
	fields := func(names ...string) (f []arrow.Field) {
		for _, n := range names {
			f = append(f, arrow.Field{Name: n})
		}
		return f
	}
	for _, c := range [][2][]string{
		{{"a", "b"}, {"a", "b"}},
		{{"a", "a", "a"}, {"a", "a_2", "a_3"}},
		{{"a", "a", "a_2", "a_2"}, {"a", "a_3", "a_2", "a_2_2"}},
		{{"", ""}, {"", "_2"}},
	} {
		if d := cmp.Diff(c[1], uniqueNames(fields(c[0]...))); d != "" {
			t.Error(d)
		}
	}
}
