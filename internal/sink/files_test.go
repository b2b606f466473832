package sink

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

func TestArrowReadsBack(t *testing.T) {
	b := sales(t)
	text := render(t, "arrow", Options{}, b.Schema(), b, b.NewSlice(0, 0), b)
	r, err := ipc.NewFileReader(bytes.NewReader([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.NumRecords() != 2 || !r.Schema().Equal(b.Schema()) {
		t.Fatalf("%d batches of %s", r.NumRecords(), r.Schema())
	}
	got, err := r.RecordBatch(1)
	if err != nil {
		t.Fatal(err)
	}
	if render(t, "jsonl", Options{}, b.Schema(), got) != render(t, "jsonl", Options{}, b.Schema(), b) {
		t.Error("other values")
	}
	if name, _ := got.Schema().Field(2).Metadata.GetValue(result.MetaType); name != "decimal(38,2)" {
		t.Errorf("the engine's type name is %q", name)
	}
}

func TestCompression(t *testing.T) {
	for _, c := range []struct{ name, format, how string }{
		{"a.csv", "csv", ""}, {"a.csv.gz", "csv", "gz"}, {"A.JSONL.ZST", "jsonl", "zst"}, {"x/a.parquet", "parquet", ""}, {"a.sql.gz", "insert", "gz"},
	} {
		format, ok := ForFile(c.name)
		if _, how := Compressed(c.name); !ok || format != c.format || how != c.how {
			t.Errorf("%s: %s %s", c.name, format, how)
		}
	}
	if _, ok := ForFile("a.gz"); ok {
		t.Error("a.gz has a format")
	}
	text := strings.Repeat("some text to compress\n", 10_000)
	for how, open := range map[string]func(io.Reader) (io.Reader, error){
		"":    func(r io.Reader) (io.Reader, error) { return r, nil },
		"gz":  func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"zst": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
	} {
		var out bytes.Buffer
		w, err := Compress(how, &out)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, text)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if how != "" && out.Len() > len(text)/10 {
			t.Errorf("%s: %d bytes of %d", how, out.Len(), len(text))
		}
		r, err := open(&out)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := io.ReadAll(r); err != nil || string(back) != text {
			t.Errorf("%s: %v", how, err)
		}
	}
	if _, err := Compress("rar", io.Discard); fault.CodeOf(err) != fault.Usage {
		t.Errorf("%v", err)
	}
}

func inserted(t *testing.T, dialect, table string, fields []arrow.Field, columns ...string) string {
	b := batchOf(t, fields, columns...)
	return render(t, "insert", Options{Dialect: dialect, Table: table}, b.Schema(), b)
}

func TestInsertLiterals(t *testing.T) {
	fields := []arrow.Field{
		result.Field("id", arrow.PrimitiveTypes.Int64, ""), result.Field("t", arrow.BinaryTypes.String, ""),
		result.Field("d", &arrow.Decimal128Type{Precision: 38, Scale: 2}, ""), result.Field("f", arrow.PrimitiveTypes.Float64, ""),
		result.Field("ok", arrow.FixedWidthTypes.Boolean, ""), result.Field("day", arrow.FixedWidthTypes.Date32, ""),
		result.Field("at", &arrow.TimestampType{Unit: arrow.Millisecond}, ""), result.Field("z", &arrow.TimestampType{Unit: arrow.Second, TimeZone: "+02:00"}, ""),
		result.Field("raw", arrow.BinaryTypes.Binary, ""), result.TextField("Json \"x\"", "SUPER", result.TextJSON),
	}
	columns := []string{`[-9223372036854775808, null]`, `["it's a \\ backslash", null]`, `["1234567890123456789012345678901234.50", null]`, `[0.1, null]`,
		`[true, null]`, `["2026-02-28", null]`, `["2026-01-01 10:00:00.250", null]`, `["2026-01-01 08:00:00Z", null]`, `["AAH/", null]`, `["{\"a\": [1, \"it's\"]}", null]`}
	if got, want := inserted(t, "trino", "sales.Orders", fields, columns...), lines(
		`INSERT INTO sales."Orders" ("id", "t", "d", "f", "ok", "day", "at", "z", "raw", "Json ""x""") VALUES`,
		`(CAST('-9223372036854775808' AS BIGINT), 'it''s a \ backslash', DECIMAL '1234567890123456789012345678901234.50', DOUBLE '0.1', true, DATE '2026-02-28', TIMESTAMP '2026-01-01 10:00:00.250', TIMESTAMP '2026-01-01 10:00:00 +02:00', X'0001ff', '{"a": [1, "it''s"]}'),`,
		`(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);`); got != want {
		t.Error(cmp.Diff(want, got))
	}
	if got, want := inserted(t, "redshift", `"s"."t"`, fields, columns...), lines(
		`INSERT INTO "s"."t" ("id", "t", "d", "f", "ok", "day", "at", "z", "raw", "Json ""x""") VALUES`,
		`(CAST('-9223372036854775808' AS BIGINT), 'it''s a ' || CHR(92) || ' backslash', 1234567890123456789012345678901234.50, 0.1, true, '2026-02-28', '2026-01-01 10:00:00.250', '2026-01-01 10:00:00+02:00', FROM_HEX('0001ff'), JSON_PARSE('{"a": [1, "it''s"]}')),`,
		`(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);`); got != want {
		t.Error(cmp.Diff(want, got))
	}
	items := []arrow.Field{result.Field("pk", arrow.BinaryTypes.String, "S"), result.TextField("n", "N", result.TextNumber),
		result.TextField("it's", "M", result.TextJSON), result.TextField("set", "SS", result.TextJSON), result.Field("ok", arrow.FixedWidthTypes.Boolean, "BOOL")}
	if got, want := inserted(t, "partiql", "my.table", items, `["it's", "b"]`, `["10000000000000000000000000000001", null]`,
		`["{\"a\":[1,null,{\"b\":\"c'd\"}],\"e\":true}", null]`, `["{\"SS\":[\"x\",\"y\"]}", "{\"NS\":[\"1\",\"0.5\"]}"]`, `[null, false]`), lines(
		`INSERT INTO "my.table" VALUE {'pk': 'it''s', 'n': 10000000000000000000000000000001, 'it''s': {'a': [1, NULL, {'b': 'c''d'}], 'e': true}, 'set': <<'x', 'y'>>};`,
		`INSERT INTO "my.table" VALUE {'pk': 'b', 'set': <<1, 0.5>>, 'ok': false};`); got != want {
		t.Error(cmp.Diff(want, got))
	}
	for text, want := range map[string]string{
		`{"M":{"SS":1}}`: "{'SS': 1}", `{"SS":1}`: "{'SS': 1}", `{"M":1,"x":[]}`: "{'M': 1, 'x': []}", `[{"NS":["1e3"]}]`: "[<<1e3>>]", `{"a":{"B":"AA=="}}`: "",
	} {
		value, ok := readJSON(text)
		got, err := appendPartiQL(nil, value)
		if !ok || want == "" && fault.CodeOf(err) != fault.Unsupported || want != "" && (err != nil || string(got) != want) {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	rest := []arrow.Field{result.Field("pk", arrow.BinaryTypes.String, "S"), result.RestField("more", "M")}
	if got, want := inserted(t, "partiql", "t", rest, `["a", "b", null]`, `["{\"x\":1,\"y\":[\"z\"]}", "{}", "{\"x\":2}"]`), lines(
		`INSERT INTO "t" VALUE {'pk': 'a', 'x': 1, 'y': ['z']};`, `INSERT INTO "t" VALUE {'pk': 'b'};`, `INSERT INTO "t" VALUE {'x': 2};`); got != want {
		t.Error(cmp.Diff(want, got))
	}
	if _, err := New("insert", io.Discard, arrow.NewSchema([]arrow.Field{fields[8]}, nil), Options{Dialect: "partiql"}); fault.CodeOf(err) != fault.Unsupported {
		t.Errorf("%v", err)
	}
}

func TestInsertStatementsStaySmall(t *testing.T) {
	var rows [][]string
	for range 250 {
		rows = append(rows, []string{strings.Repeat("x", 1000)})
	}
	b := texts([]string{"a"}, rows...)
	text := render(t, "insert", Options{}, b.Schema(), b)
	statements := strings.SplitAfter(text, ";\n")
	if n := strings.Count(text, "('"); n != 250 {
		t.Errorf("%d rows", n)
	}
	for _, s := range statements {
		if len(s) > insertBytes+2000 || strings.Count(s, "('") > insertRows {
			t.Errorf("a statement of %d bytes and %d rows", len(s), strings.Count(s, "('"))
		}
	}
}

// sheet reads a workbook's cells: type or style, and text.
func sheet(t *testing.T, file string) [][]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader([]byte(file)), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Rows []struct {
			Cells []struct {
				Type  string `xml:"t,attr"`
				Style string `xml:"s,attr"`
				Value string `xml:"v"`
				Text  string `xml:"is>t"`
			} `xml:"c"`
		} `xml:"sheetData>row"`
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		var any struct{}
		if err := xml.Unmarshal(data, &any); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		if f.Name == "xl/worksheets/sheet1.xml" {
			if err := xml.Unmarshal(data, &doc); err != nil {
				t.Fatal(err)
			}
		}
	}
	var out [][]string
	for _, r := range doc.Rows {
		var row []string
		for _, c := range r.Cells {
			kind := c.Type
			if kind == "" {
				kind = "n"
			}
			if kind == "n" && c.Value == "" {
				row = append(row, "empty")
				continue
			}
			row = append(row, kind+c.Style+":"+c.Value+c.Text)
		}
		out = append(out, row)
	}
	return out
}

func TestSheet(t *testing.T) {
	b := batchOf(t, []arrow.Field{
		result.Field("id", arrow.PrimitiveTypes.Int64, ""), result.Field("t", arrow.BinaryTypes.String, ""),
		result.Field("d", &arrow.Decimal128Type{Precision: 38, Scale: 2}, ""), result.Field("ok", arrow.FixedWidthTypes.Boolean, ""),
		result.Field("day", arrow.FixedWidthTypes.Date32, ""), result.Field("at", &arrow.TimestampType{Unit: arrow.Microsecond}, ""),
		result.Field("z", &arrow.TimestampType{Unit: arrow.Second, TimeZone: "UTC"}, ""), result.Field("f", arrow.PrimitiveTypes.Float64, ""),
	},
		`[123456789012345, 1234567890123456, null]`, `["=1+1 <&> _x0041_", "", null]`, `["-1234567890123.45", "12345678901234.56", null]`, `[true, false, null]`,
		`["2026-01-01", "1899-12-31", null]`, `["2026-01-01 12:00:00.250", "2026-01-01 12:00:00.000001", null]`, `["2026-01-01 12:00:00Z", null, null]`, `[0.1, 1e300, null]`)
	want := [][]string{
		{"inlineStr1:id", "inlineStr1:t", "inlineStr1:d", "inlineStr1:ok", "inlineStr1:day", "inlineStr1:at", "inlineStr1:z", "inlineStr1:f"},
		{"n:123456789012345", "inlineStr:=1+1 <&> _x005F_x0041_", "n:-1234567890123.45", "b:1", "n2:46023", "n3:46023.50000289352", "inlineStr:2026-01-01 12:00:00Z", "n:0.1"},
		{"inlineStr:1234567890123456", "inlineStr:", "inlineStr:12345678901234.56", "b:0", "inlineStr:1899-12-31", "inlineStr:2026-01-01 12:00:00.000001", "empty", "n:1e+300"},
		{"empty", "empty", "empty", "empty", "empty", "empty", "empty", "empty"},
	}
	if diff := cmp.Diff(want, sheet(t, render(t, "xlsx", Options{}, b.Schema(), b))); diff != "" {
		t.Error(diff)
	}
	control := texts([]string{"a"}, []string{"a\x01b\rc\td\xff"})
	if got := sheet(t, render(t, "xlsx", Options{}, control.Schema(), control)); got[1][0] != "inlineStr:a_x0001_b_x000D_c\td\uFFFD" {
		t.Errorf("%q", got[1][0])
	}
}

func TestLimitsOfASheet(t *testing.T) {
	long := texts([]string{"a"}, []string{strings.Repeat("ü", 32_767)}, []string{strings.Repeat("x", 32_768)})
	w, err := New("xlsx", io.Discard, long.Schema(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(long.NewSlice(0, 1)); err != nil {
		t.Errorf("32,767 characters: %v", err)
	}
	if err := w.Write(long.NewSlice(1, 2)); fault.CodeOf(err) != fault.Output || !strings.Contains(err.Error(), "32768 characters") {
		t.Errorf("%v", err)
	}
	if err := w.Close(); err == nil {
		t.Error("a file that broke off was closed as if whole")
	}
	var fields []arrow.Field
	for range sheetColumns + 1 {
		fields = append(fields, result.Field("a", arrow.Null, ""))
	}
	if _, err := New("xlsx", io.Discard, arrow.NewSchema(fields, nil), Options{}); fault.CodeOf(err) != fault.Usage {
		t.Errorf("%v", err)
	}
	x, _ := newXLSX(io.Discard, long.Schema())
	if err := x.Write(long.NewSlice(0, 1)); err != nil {
		t.Fatal(err)
	}
	x.(*xlsxWriter).rows = sheetRows // as if a million had been written
	if err := x.Write(long.NewSlice(0, 1)); fault.CodeOf(err) != fault.Output || !strings.Contains(fault.As(err).Remedy, "--limit 1048575") {
		t.Errorf("%v", err)
	}
}
