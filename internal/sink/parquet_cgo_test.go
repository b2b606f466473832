//go:build cgo

package sink

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/result"
)

// duck asks DuckDB, which reads Parquet with code of its own.
func duck(t *testing.T, query string) [][]string {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	names, _ := rows.Columns()
	var out [][]string
	for rows.Next() {
		values := make([]sql.NullString, len(names))
		at := make([]any, len(names))
		for i := range values {
			at[i] = &values[i]
		}
		if err := rows.Scan(at...); err != nil {
			t.Fatal(err)
		}
		row := make([]string, len(names))
		for i, v := range values {
			if row[i] = v.String; !v.Valid {
				row[i] = "NULL"
			}
		}
		out = append(out, row)
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return out
}

func parquetFile(t *testing.T, batches ...arrow.RecordBatch) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.parquet")
	if err := os.WriteFile(path, []byte(render(t, "parquet", Options{}, batches[0].Schema(), batches...)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestParquetIsReadByDuckDB(t *testing.T) {
	b := batchOf(t, []arrow.Field{
		result.Field("i8", arrow.PrimitiveTypes.Int8, ""), result.Field("i16", arrow.PrimitiveTypes.Int16, ""),
		result.Field("i32", arrow.PrimitiveTypes.Int32, ""), result.Field("i64", arrow.PrimitiveTypes.Int64, ""),
		result.Field("u8", arrow.PrimitiveTypes.Uint8, ""), result.Field("u64", arrow.PrimitiveTypes.Uint64, ""),
		result.Field("f32", arrow.PrimitiveTypes.Float32, ""), result.Field("f64", arrow.PrimitiveTypes.Float64, ""),
		result.Field("ok", arrow.FixedWidthTypes.Boolean, ""), result.Field("t", arrow.BinaryTypes.String, ""),
		result.Field("d4", &arrow.Decimal128Type{Precision: 4, Scale: 2}, ""), result.Field("d18", &arrow.Decimal128Type{Precision: 18, Scale: 0}, ""),
		result.Field("d20", &arrow.Decimal128Type{Precision: 20, Scale: 5}, ""), result.Field("d38", &arrow.Decimal128Type{Precision: 38, Scale: 10}, ""),
		result.Field("day", arrow.FixedWidthTypes.Date32, ""),
		result.Field("s", &arrow.TimestampType{Unit: arrow.Second}, ""), result.Field("ms", &arrow.TimestampType{Unit: arrow.Millisecond}, ""),
		result.Field("us", &arrow.TimestampType{Unit: arrow.Microsecond}, ""), result.Field("ns", &arrow.TimestampType{Unit: arrow.Nanosecond}, ""),
		result.Field("z", &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, ""),
		result.Field("tm", arrow.FixedWidthTypes.Time64us, ""),
		result.Field("list", arrow.ListOf(arrow.PrimitiveTypes.Int32), ""), result.TextField("n", "N", result.TextNumber),
		result.Field("raw", arrow.BinaryTypes.Binary, ""), result.Field("none", arrow.Null, ""),
		result.Field("t", arrow.BinaryTypes.String, ""),
	},
		`[-128, 127, null]`, `[-32768, 32767, null]`, `[-2147483648, 2147483647, null]`, `[-9223372036854775808, 9223372036854775807, null]`,
		`[0, 255, null]`, `[0, 18446744073709551615, null]`, `[0.5, -1.25, null]`, `[0.1, 1e300, null]`,
		`[true, false, null]`, `["", "Müller, \"Söhne\"", null]`,
		`["-99.99", "0.01", null]`, `["999999999999999999", "-1", null]`, `["-123456789012345.67891", "0.00001", null]`,
		`["1234567890123456789012345678.0123456789", "-9999999999999999999999999999.9999999999", null]`,
		`["0001-01-01", "2026-02-28", null]`, `["2026-01-01 10:00:00", "1969-12-31 23:59:59", null]`, `["2026-01-01 10:00:00.123", "1969-12-31 23:59:59.999", null]`,
		`["2026-01-01 10:00:00.123456", "1600-01-01 00:00:00", null]`, `["2026-01-01 10:00:00.123456789", "1969-12-31 23:59:59.999999999", null]`,
		`["2026-01-01 10:00:00.123456Z", "1969-12-31 23:59:59Z", null]`, `["10:00:00.000001", "23:59:59", null]`,
		`[[1, null], [], null]`, `["10000000000000000000000000000001", "0.10", null]`, `["AAH/", "", null]`, `[null, null, null]`, `["twin", "x", null]`)
	path := parquetFile(t, b)
	got := duck(t, fmt.Sprintf(`set timezone='UTC'; select i8::text, i16::text, i32::text, i64::text, u8::text, u64::text, f32::text, f64::text, ok::text, t,
		d4::text, d18::text, d20::text, d38::text, day::text, s::text, ms::text, us::text, epoch_ns(ns)::text, z::text, tm::text, list, n, hex(raw), none::text, t_2 from '%s'`, path))
	null := make([]string, b.NumCols())
	for i := range null {
		null[i] = "NULL"
	}
	want := [][]string{
		{"-128", "-32768", "-2147483648", "-9223372036854775808", "0", "0", "0.5", "0.1", "true", "",
			"-99.99", "999999999999999999", "-123456789012345.67891", "1234567890123456789012345678.0123456789", "0001-01-01",
			"2026-01-01 10:00:00", "2026-01-01 10:00:00.123", "2026-01-01 10:00:00.123456", "1767261600123456789",
			"2026-01-01 10:00:00.123456+00", "10:00:00.000001", "[1,null]", "10000000000000000000000000000001", "0001FF", "NULL", "twin"},
		{"127", "32767", "2147483647", "9223372036854775807", "255", "18446744073709551615", "-1.25", "1e+300", "false", `Müller, "Söhne"`,
			"0.01", "-1", "0.00001", "-9999999999999999999999999999.9999999999", "2026-02-28",
			"1969-12-31 23:59:59", "1969-12-31 23:59:59.999", "1600-01-01 00:00:00", "-1",
			"1969-12-31 23:59:59+00", "23:59:59", "[]", "0.10", "", "NULL", "x"},
		null,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	types := duck(t, fmt.Sprintf(`select string_agg(column_name || ' ' || column_type, ', ') from (describe select d4, d38, day, us, z, tm, i8, u64, raw from '%s')`, path))
	if want := "d4 DECIMAL(4,2), d38 DECIMAL(38,10), day DATE, us TIMESTAMP, z TIMESTAMP WITH TIME ZONE, tm TIME, i8 TINYINT, u64 UBIGINT, raw BLOB"; types[0][0] != want {
		t.Errorf("types\n got %s\nwant %s", types[0][0], want)
	}
}

// Many pages and row groups, NULLs in every place, and batches that cross both.
func TestParquetOfManyPages(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		result.Field("id", arrow.PrimitiveTypes.Int64, ""), result.Field("t", arrow.BinaryTypes.String, ""), result.Field("ok", arrow.FixedWidthTypes.Boolean, ""),
	}, nil)
	const rows, batchRows = 300_000, 70_000
	text := strings.Repeat("x", 200)
	var batches []arrow.RecordBatch
	for from := 0; from < rows; from += batchRows {
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		for i := from; i < min(rows, from+batchRows); i++ {
			b.Field(0).(*array.Int64Builder).Append(int64(i))
			if i%3 == 0 {
				b.Field(1).AppendNull()
				b.Field(2).AppendNull()
				continue
			}
			b.Field(1).(*array.StringBuilder).Append(fmt.Sprint(text, i))
			b.Field(2).(*array.BooleanBuilder).Append(i%2 == 0)
		}
		batches = append(batches, b.NewRecordBatch())
		b.Release()
	}
	path := parquetFile(t, batches...)
	got := duck(t, fmt.Sprintf(`select count(*)::text, sum(id)::text, count(t)::text, count(ok)::text,
		count(*) filter (where t = repeat('x', 200) || id)::text, count(*) filter (where ok = (id %% 2 = 0))::text,
		(select count(distinct row_group_id)::text from parquet_metadata('%s')) from '%[1]s'`, path))
	want := []string{"300000", "44999850000", "200000", "200000", "200000", "200000"}
	if diff := cmp.Diff(want, got[0][:6]); diff != "" {
		t.Error(diff)
	}
	t.Logf("%s row groups", got[0][6])
}

func TestParquetWithoutRows(t *testing.T) {
	b := batchOf(t, []arrow.Field{result.Field("a", arrow.PrimitiveTypes.Int64, "")}, `[]`)
	if got := duck(t, fmt.Sprintf(`select count(*)::text, count(a)::text from '%s'`, parquetFile(t, b))); got[0][0] != "0" {
		t.Errorf("%v", got)
	}
}

// Text that is not UTF-8 must not make the file unreadable.
func TestParquetTextThatIsNotUTF8(t *testing.T) {
	b := texts([]string{"a"}, []string{"a\xffb"})
	if got := duck(t, fmt.Sprintf(`select a from '%s'`, parquetFile(t, b))); got[0][0] != "a\uFFFDb" {
		t.Errorf("%q", got)
	}
}
