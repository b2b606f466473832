package sink

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/result"
)

// sales is a small result with one of each that a format treats apart.
func sales(t testing.TB) arrow.RecordBatch {
	return batchOf(t, []arrow.Field{
		result.Field("id", arrow.PrimitiveTypes.Int64, "bigint"),
		result.Field("customer", arrow.BinaryTypes.String, "varchar"),
		result.Field("amount", &arrow.Decimal128Type{Precision: 38, Scale: 2}, "decimal(38,2)"),
		result.Field("at", &arrow.TimestampType{Unit: arrow.Millisecond}, "timestamp(3)"),
		result.Field("tags", arrow.ListOf(arrow.BinaryTypes.String), "array(varchar)"),
		result.TextField("extra", "SUPER", result.TextJSON),
		result.TextField("n", "N", result.TextNumber),
	},
		`[1, 9007199254740993, null]`,
		`["Müller, \"Söhne\"", "", null]`,
		`["1234567890123456789012345678901234.50", "-0.05", null]`,
		`["2026-11-23 10:00:00", "2026-11-23 10:00:00.250", null]`,
		`[["a","b|c"], [], null]`,
		`["{\"k\": 1}", "null", null]`,
		`["10000000000000000000000000000001", "0.10", null]`,
	)
}

func TestFormats(t *testing.T) {
	for format, want := range map[string]string{
		"csv": lines(
			`id,customer,amount,at,tags,extra,n`,
			`1,"Müller, ""Söhne""",1234567890123456789012345678901234.50,2026-11-23T10:00:00,"[""a"",""b|c""]","{""k"": 1}",10000000000000000000000000000001`,
			`9007199254740993,"",-0.05,2026-11-23T10:00:00.250,[],null,0.10`,
			`,,,,,,`),
		"tsv": lines(
			"id\tcustomer\tamount\tat\ttags\textra\tn",
			"1\tMüller, \"Söhne\"\t1234567890123456789012345678901234.50\t2026-11-23T10:00:00\t[\"a\",\"b|c\"]\t{\"k\": 1}\t10000000000000000000000000000001",
			"9007199254740993\t\t-0.05\t2026-11-23T10:00:00.250\t[]\tnull\t0.10",
			`\N	\N	\N	\N	\N	\N	\N`),
		"jsonl": lines(
			`{"id":1,"customer":"Müller, \"Söhne\"","amount":1234567890123456789012345678901234.50,"at":"2026-11-23T10:00:00","tags":["a","b|c"],"extra":{"k":1},"n":10000000000000000000000000000001}`,
			`{"id":9007199254740993,"customer":"","amount":-0.05,"at":"2026-11-23T10:00:00.250","tags":[],"extra":null,"n":0.10}`,
			`{"id":null,"customer":null,"amount":null,"at":null,"tags":null,"extra":null,"n":null}`),
		"json": lines(
			`[`,
			`{"id":1,"customer":"Müller, \"Söhne\"","amount":1234567890123456789012345678901234.50,"at":"2026-11-23T10:00:00","tags":["a","b|c"],"extra":{"k":1},"n":10000000000000000000000000000001},`,
			`{"id":9007199254740993,"customer":"","amount":-0.05,"at":"2026-11-23T10:00:00.250","tags":[],"extra":null,"n":0.10},`,
			`{"id":null,"customer":null,"amount":null,"at":null,"tags":null,"extra":null,"n":null}`,
			`]`),
		"markdown": lines(
			`| id | customer | amount | at | tags | extra | n |`,
			`| ---: | --- | ---: | --- | --- | --- | ---: |`,
			`| 1 | Müller, "Söhne" | 1234567890123456789012345678901234.50 | 2026-11-23 10:00:00 | \["a","b\|c"\] | {"k": 1} | 10000000000000000000000000000001 |`,
			`| 9007199254740993 |  | -0.05 | 2026-11-23 10:00:00.250 | \[\] | null | 0.10 |`,
			`| *NULL* | *NULL* | *NULL* | *NULL* | *NULL* | *NULL* | *NULL* |`),
		"table": lines(
			`              id  customer                                        amount  at                       tags         extra                                    n`,
			`────────────────  ───────────────  ─────────────────────────────────────  ───────────────────────  ───────────  ────────  ────────────────────────────────`,
			`               1  Müller, "Söhne"  1234567890123456789012345678901234.50  2026-11-23 10:00:00      ["a","b|c"]  {"k": 1}  10000000000000000000000000000001`,
			`9007199254740993                                                   -0.05  2026-11-23 10:00:00.250  []           null                                  0.10`,
			`            NULL  NULL                                              NULL  NULL                     NULL         NULL                                  NULL`),
	} {
		t.Run(format, func(t *testing.T) {
			b := sales(t)
			if d := cmp.Diff(want, render(t, format, Options{}, b.Schema(), b)); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestBatchesDoNotShow: rows are the same whether they come in one batch, in
// three, with empty ones between, or as a slice of a longer one.
func TestBatchesDoNotShow(t *testing.T) {
	whole := sales(t)
	for _, f := range textFormats() {
		want := render(t, f.Name, Options{}, whole.Schema(), whole)
		got := render(t, f.Name, Options{}, whole.Schema(), whole.NewSlice(0, 1), whole.NewSlice(1, 1), whole.NewSlice(1, 3))
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", f.Name, d)
		}
	}
}

func TestNoRowsAndNoColumns(t *testing.T) {
	none := texts([]string{"a", "b"})
	empty := arrow.NewSchema(nil, nil)
	for format, want := range map[string][2]string{
		"csv":      {"a,b\n", ""},
		"tsv":      {"a\tb\n", ""},
		"json":     {"[]\n", "[\n{},\n{}\n]\n"},
		"jsonl":    {"", "{}\n{}\n"},
		"markdown": {"| a | b |\n| --- | --- |\n", ""},
		"table":    {"a  b\n─  ─\n", ""},
	} {
		if got := render(t, format, Options{}, none.Schema(), none); got != want[0] {
			t.Errorf("%s without rows: %q", format, got)
		}
		if got := render(t, format, Options{}, none.Schema()); got != want[0] {
			t.Errorf("%s without a batch: %q", format, got)
		}
		if got := render(t, format, Options{}, empty, array.NewRecordBatch(empty, nil, 2)); got != want[1] {
			t.Errorf("%s without columns: %q", format, got)
		}
	}
}

func TestCSVQuoting(t *testing.T) {
	values := []string{"plain", "", null, "a,b", `"`, `""`, `a"b"c`, "line\nline", "cr\r", " lead", "trail ", "\ttab", "\xff\xfe", "ünï", "#", "'", `,"` + "\n", "NULL"}
	var rows [][]string
	for _, v := range values {
		rows = append(rows, []string{v, "x"})
	}
	b := texts([]string{`the "first", column`, ""}, rows...)
	got := render(t, "csv", Options{}, b.Schema(), b)
	want := lines(`"the ""first"", column",""`,
		`plain,x`, `"",x`, `,x`, `"a,b",x`, `"""",x`, `"""""",x`, `"a""b""c",x`, "\"line\nline\",x", "\"cr\r\",x",
		`" lead",x`, `"trail ",x`, "\"\ttab\",x", "\xff\xfe,x", "ünï,x", "#,x", "',x", "\",\"\"\n\",x", "NULL,x")
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	// Another reader gets the same values back.
	records, err := csv.NewReader(strings.NewReader(got)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range values {
		if v == null {
			v = ""
		}
		if records[i+1][0] != v {
			t.Errorf("got %q, want %q", records[i+1][0], v)
		}
	}
	withText := render(t, "csv", Options{NullText: "NULL"}, b.Schema(), b)
	if !strings.Contains(withText, "\nNULL,x\n") || !strings.HasSuffix(withText, "\n\"NULL\",x\n") {
		t.Errorf("NULL and the text NULL are not apart: %q", withText)
	}
}

func TestTSVEscapes(t *testing.T) {
	b := texts([]string{"a\tb"}, []string{"x\ty\nz\r\\N"}, []string{`\N`}, []string{null}, []string{""})
	want := lines(`a\tb`, `x\ty\nz\r\\N`, `\\N`, `\N`, ``)
	if d := cmp.Diff(want, render(t, "tsv", Options{}, b.Schema(), b)); d != "" {
		t.Error(d)
	}
}

func TestJSONNames(t *testing.T) {
	b := texts([]string{"a", "a", `q"`, "", ""}, []string{"1", "2", "3", "4", "5"})
	want := `{"a":"1","a_2":"2","q\"":"3","":"4","_2":"5"}` + "\n"
	if got := render(t, "jsonl", Options{}, b.Schema(), b); got != want {
		t.Errorf("got %s", got)
	}
}

func TestJSONOfBadUTF8IsValid(t *testing.T) {
	b := texts([]string{"a\xff"}, []string{"x\xffy\xc3"}, []string{"\xed\xa0\x80"})
	got := render(t, "json", Options{}, b.Schema(), b)
	var rows []map[string]string
	if err := json.Unmarshal([]byte(got), &rows); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	want := []map[string]string{{"a\ufffd": "x\ufffdy\ufffd"}, {"a\ufffd": "\ufffd\ufffd\ufffd"}}
	if d := cmp.Diff(want, rows); d != "" {
		t.Error(d)
	}
}

func TestMarkdownEscapes(t *testing.T) {
	b := texts([]string{"a|b", "*c*"}, []string{"x|y\n`z`", "<b>&amp;_\\"}, []string{" edge ", "a\r\nb\x1b[31m"})
	want := lines(`| a\|b | \*c\* |`, `| --- | --- |`, "| x\\|y<br>\\`z\\` | \\<b\\>\\&amp;\\_\\\\ |", "| &#32;edge&#32; | a<br>b␛\\[31m |")
	if d := cmp.Diff(want, render(t, "markdown", Options{}, b.Schema(), b)); d != "" {
		t.Error(d)
	}
}

// TestWide: as many columns as a Redshift table may have.
func TestWide(t *testing.T) {
	names, row := make([]string, 1600), make([]string, 1600)
	for i := range names {
		names[i], row[i] = fmt.Sprintf("column_%04d", i), fmt.Sprint(i)
	}
	b := texts(names, row, row)
	for _, f := range textFormats() {
		got := render(t, f.Name, Options{}, b.Schema(), b)
		if !strings.Contains(strings.ReplaceAll(got, `\_`, "_"), "column_1599") {
			t.Errorf("%s lacks the last column", f.Name)
		}
	}
	got := render(t, "table", Options{Width: 60}, b.Schema(), b)
	want := lines(
		`column_0…  column_0…  column_…  column_…  column_…  column_…`,
		`─────────  ─────────  ────────  ────────  ────────  ────────`,
		`0          1          2         3         4         5`,
		`0          1          2         3         4         5`,
		`… and 1594 more columns: column_0006, column_0007, column_0…`)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestForFile(t *testing.T) {
	for name, want := range map[string]string{
		"a.csv": "csv", "A.CSV": "csv", "dir.json/x.tsv": "tsv", "x.json": "json", "x.ndjson": "jsonl", "x.jsonl": "jsonl", "x.md": "markdown", "x.txt": "", "csv": "", "x.csv.gz": "csv", "x.gz": "",
	} {
		got, ok := ForFile(name)
		if got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v", name, got, ok)
		}
	}
}
