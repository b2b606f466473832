package athena

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// asText writes rows as Athena does; a cell that is not known is NULL.
func asText(rows [][]cell) string {
	var b strings.Builder
	for _, row := range rows {
		for i, c := range row {
			if i > 0 {
				b.WriteByte(',')
			}
			if c.known {
				b.WriteString(`"` + strings.ReplaceAll(c.text, `"`, `""`) + `"`)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func readRows(r rowReader) (rows [][]cell, err error) {
	for {
		row, err := r.next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		var own []cell
		for _, c := range row {
			own = append(own, cell{strings.Clone(c.text), c.known})
		}
		rows = append(rows, own)
	}
}

var cellsEqual = cmp.AllowUnexported(cell{})

func known(texts ...string) []cell {
	row := make([]cell, len(texts))
	for i, s := range texts {
		row[i] = cell{s, true}
	}
	return row
}

func TestCSV(t *testing.T) {
	null := cell{}
	for text, want := range map[string][][]cell{
		"":                           nil,
		"\n":                         {{null}},
		",\n":                        {{null, null}},
		"\"\"\n":                     {known("")},
		"\"\",,\"x\"\n":              {{{"", true}, null, {"x", true}}},
		"\"a\"\"b\",\"\"\"\"\n":      {known(`a"b`, `"`)},
		"\"a,b\",\"c\nd\"\n\"e\",\n": {known("a,b", "c\nd"), {{"e", true}, null}},
		"\"no end of line\"":         {known("no end of line")},
		"\"x\",":                     {{{"x", true}, null}},
		"bare,\"x\"\n":               {known("bare", "x")},
	} {
		for name, wrap := range map[string]func(io.Reader) io.Reader{"whole": func(r io.Reader) io.Reader { return r }, "bytes": iotest.OneByteReader, "data and end": iotest.DataErrReader} {
			got, err := readRows(newCSVReader(wrap(strings.NewReader(text))))
			if diff := cmp.Diff(want, got, cellsEqual); err != nil || diff != "" {
				t.Errorf("%q (%s): %v\n%s", text, name, err, diff)
			}
		}
	}
	for _, text := range []string{"\"open", "\"a\"b\n", "\"a\" ,\"b\"\n", "\"a\n\"\"\n"} {
		if _, err := readRows(newCSVReader(strings.NewReader(text))); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
	broken := errors.New("cut")
	r := newCSVReader(io.MultiReader(strings.NewReader("\"a\"\n\"b"), iotest.ErrReader(broken)))
	if rows, err := readRows(r); len(rows) != 1 || !errors.Is(err, broken) {
		t.Errorf("%v, %v", rows, err)
	}
	if _, err := r.next(); !errors.Is(err, broken) {
		t.Errorf("the error is forgotten: %v", err)
	}
}

// A row longer than the buffer, and short ones behind it.
func TestLongCells(t *testing.T) {
	long := strings.Repeat(`0123456789"`, 3_000_000) // 33 MB
	rows := [][]cell{known("a", "b"), known(long, "x"), known("", "y"), known("z", long)}
	got, err := readRows(newCSVReader(strings.NewReader(asText(rows))))
	if err != nil || len(got) != len(rows) {
		t.Fatalf("%d rows, %v", len(got), err)
	}
	for i := range rows {
		for j := range rows[i] {
			if got[i][j] != rows[i][j] {
				t.Errorf("row %d, cell %d: %d bytes", i, j, len(got[i][j].text))
			}
		}
	}
}

func TestLines(t *testing.T) {
	for text, want := range map[string][][]cell{
		"": nil, "a": {known("a")}, "a\n": {known("a")}, "a\n\nb \t\n": {known("a"), known(""), known("b \t")}, "\n": {known("")},
	} {
		got, err := readRows(newLineReader(iotest.OneByteReader(strings.NewReader(text))))
		if diff := cmp.Diff(want, got, cellsEqual); err != nil || diff != "" {
			t.Errorf("%q: %v\n%s", text, err, diff)
		}
	}
}

// What is written comes back, whatever the pieces it arrives in.
func FuzzCSV(f *testing.F) {
	f.Add([]byte("a\"b\nc,\x00"), uint8(2), int64(1))
	f.Fuzz(func(t *testing.T, data []byte, width uint8, seed int64) {
		columns := int(width%5) + 1
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		var rows [][]cell
		for len(data) > 0 {
			row := make([]cell, columns)
			for i := range row {
				n := r.IntN(len(data) + 1)
				if row[i] = (cell{string(data[:n]), true}); n == 0 && r.IntN(2) == 0 {
					row[i] = cell{}
				}
				data = data[n:]
			}
			rows = append(rows, row)
			if r.IntN(10) == 0 {
				break
			}
		}
		got, err := readRows(newCSVReader(pieces{strings.NewReader(asText(rows)), r}))
		if diff := cmp.Diff(rows, got, cellsEqual); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}

// FuzzCSVIsWhatCSVIs holds the reader against the standard library's, which
// knows no NULL, on any text the stricter of the two takes.
func FuzzCSVIsWhatCSVIs(f *testing.F) {
	f.Add("\"a\",\"b\"\n,\n")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "\r") || strings.Contains(text, "\n\n") || strings.HasPrefix(text, "\n") {
			return // the library drops empty lines and carriage returns
		}
		got, err := readRows(newCSVReader(strings.NewReader(text)))
		theirs := csv.NewReader(strings.NewReader(text))
		theirs.FieldsPerRecord = -1
		want, wrong := theirs.ReadAll()
		if wrong != nil {
			return // such as a quote within a bare value, which we take as it is
		}
		if err != nil || len(got) != len(want) {
			t.Fatalf("%q: %v, %v; want %v", text, got, err, want)
		}
		for i := range want {
			if len(got[i]) != len(want[i]) {
				t.Fatalf("%q: row %d: %v; want %v", text, i, got[i], want[i])
			}
			for j := range want[i] {
				if got[i][j].text != want[i][j] {
					t.Errorf("%q: row %d: %v; want %v", text, i, got[i], want[i])
				}
			}
		}
	})
}

// pieces hands out a reader's bytes in random portions.
type pieces struct {
	r    io.Reader
	rand *rand.Rand
}

func (p pieces) Read(b []byte) (int, error) { return p.r.Read(b[:1+p.rand.IntN(len(b))]) }

func BenchmarkCSV(b *testing.B) {
	var rows [][]cell
	for i := range 10_000 {
		rows = append(rows, known(fmt.Sprint(i), "2024-02-29", "4711", "north", "web", "shipped", "1234.56", "a note of some words"))
	}
	text := asText(rows)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		r := newCSVReader(strings.NewReader(text))
		for {
			if _, err := r.next(); err != nil {
				break
			}
		}
	}
}

// BenchmarkRows reads CSV into record batches, as a large result is read.
func BenchmarkRows(b *testing.B) {
	var rows [][]cell
	for i := range 20_000 {
		rows = append(rows, known(fmt.Sprint(i), "2024-02-29", "4711", "north", "web", "shipped", "1234.56", "a note of some words"))
	}
	text := asText(rows)
	columns := []columnInfo{{name: "a", kind: "bigint"}, {name: "b", kind: "date"}, {name: "c", kind: "bigint"}, {name: "d", kind: "varchar"},
		{name: "e", kind: "varchar"}, {name: "f", kind: "varchar"}, {name: "g", kind: "decimal", precision: 18, scale: 2}, {name: "h", kind: "varchar"}}
	builder := newRowBuilder(schemaOf(columns, make([]*string, len(columns))), false)
	s := &objectSource{}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		r := newCSVReader(strings.NewReader(text))
		for end := false; !end; {
			var err error
			if end, err = s.fill(r, builder); err != nil {
				b.Fatal(err)
			}
			builder.Batch().Release()
		}
	}
}
