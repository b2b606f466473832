package itemfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var keys = []Key{{"pk", "S"}, {"n", "N"}}

// read lists a file's rows as "line item" or "line !problem".
func read(t *testing.T, text string, o Options) (rows []string) {
	t.Helper()
	r, err := New(strings.NewReader(text), o)
	if err != nil {
		return []string{"error " + err.Error()}
	}
	for n := int64(1); ; n++ {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows
		}
		if err != nil {
			return append(rows, "error "+err.Error())
		}
		if row.Number != n {
			t.Errorf("row %d has the number %d", n, row.Number)
		}
		if row.Problem != "" {
			rows = append(rows, fmt.Sprintf("%d !%s", row.Line, row.Problem))
		} else {
			rows = append(rows, fmt.Sprintf("%d %s", row.Line, row.Item))
		}
	}
}

func TestFormats(t *testing.T) {
	for _, c := range []struct {
		name, text string
		o          Options
		want       []string
	}{
		{"plain lines", "\xef\xbb\xbf{\"pk\":\"a\",\"n\":1.50}\r\n\n  \n{\"pk\":\"b\",\"n\":99999999999999999999999999999999999999}", Options{Format: "jsonl"},
			[]string{`1 {"pk":{"S":"a"},"n":{"N":"1.50"}}`, `4 {"pk":{"S":"b"},"n":{"N":"99999999999999999999999999999999999999"}}`}},
		{"typed lines are known by their keys", `{"pk":{"S":"a"},"n":{"N":"1"}}`, Options{Format: "jsonl"},
			[]string{`1 {"pk":{"S":"a"},"n":{"N":"1"}}`}},
		{"an export's lines", `{"Item":{"pk":{"S":"a"},"n":{"N":"1"}}}`, Options{Format: "jsonl"},
			[]string{`1 {"pk":{"S":"a"},"n":{"N":"1"}}`}},
		{"typed lines by their format", `{"Item":{"x":{"S":"a"}}}` + "\n" + `{"x":{"S":"a"}}` + "\n" + `{"Item":{"M":{}}}`, Options{Format: "dynamodb-json"},
			[]string{`1 {"x":{"S":"a"}}`, `2 {"x":{"S":"a"}}`, `3 {"Item":{"M":{}}}`}},
		{"broken lines", "{\"pk\":\"a\"\n[1]\n{\"pk\":1}}\nnull\n{\"pk\":\"b\"}", Options{Format: "jsonl"},
			[]string{`1 !it is no valid JSON at column 9`, `2 !it is no JSON object`, `3 !it is no valid JSON at column 9`, `4 !it is no JSON object`, `5 {"pk":{"S":"b"}}`}},
		{"types of strings", `{"pk":"a","n":"1.50","b":"AA==","j":"{\"x\":[1]}","s":["x","y"],"t":"true","m":"{\"p\":1}","z":null}`,
			Options{Format: "jsonl", NullAbsent: true, Types: map[string]string{"n": "N", "b": "B", "j": "json", "s": "SS", "t": "BOOL", "m": "merge"}},
			[]string{`1 {"pk":{"S":"a"},"n":{"N":"1.50"},"b":{"B":"AA=="},"j":{"M":{"x":{"L":[{"N":"1"}]}}},"s":{"SS":["x","y"]},"t":{"BOOL":true},"p":{"N":"1"}}`}},
		{"an array", "[\n{\"pk\":\"a[]{}\\\"\"},\n\n {\"pk\":{\"x\":[{}]}} ]", Options{Format: "json"},
			[]string{`2 {"pk":{"S":"a[]{}\""}}`, `4 {"pk":{"M":{"x":{"L":[{"M":{}}]}}}}`}},
		{"an empty array", " [ ] ", Options{Format: "json"}, nil},
		{"an array with a broken object", "[{\"pk\":\"a\"},\n{\"pk\":},\n{\"pk\":\"c\"}]", Options{Format: "json"},
			[]string{`1 {"pk":{"S":"a"}}`, `2 !it is no valid JSON at column 7`, `3 {"pk":{"S":"c"}}`}},
		{"an array that ends early", "[{\"pk\":\"a\"},\n{\"pk\":", Options{Format: "json"},
			[]string{`1 {"pk":{"S":"a"}}`, "error The file ends in the middle of its array, at line 2"}},
		{"what aws dynamodb scan prints", `{"Count":1,"x":"[","y":[1],"Items":[{"pk":{"S":"a"},"n":{"N":"1"}}],"ScannedCount":1}`, Options{Format: "json"},
			[]string{`1 {"pk":{"S":"a"},"n":{"N":"1"}}`}},
		{"no array", `{"pk":"a"}`, Options{Format: "json"}, []string{`error The file is one JSON object, and has no "Items" to read`}},
		{"csv", "pk,n,total:N,s,o:BOOL,tags:SS,l:L,b:B\na,1,1.50,\"x \"\"y\"\"\",true,\"[\"\"p\"\",\"\"q\"\"]\",[1],AA==\r\nb,2,,\"\",,,,\n", Options{Format: "csv"},
			[]string{`2 {"pk":{"S":"a"},"n":{"N":"1"},"total":{"N":"1.50"},"s":{"S":"x \"y\""},"o":{"BOOL":true},"tags":{"SS":["p","q"]},"l":{"L":[{"N":"1"}]},"b":{"B":"AA=="}}`,
				`3 {"pk":{"S":"b"},"n":{"N":"2"},"s":{"S":""}}`}},
		{"csv with fields over lines", "pk,n,s\na,1,\"x\r\ny\"\nb,2,\"\n\"\n", Options{Format: "csv"},
			[]string{`2 {"pk":{"S":"a"},"n":{"N":"1"},"s":{"S":"x\u000d\ny"}}`, `4 {"pk":{"S":"b"},"n":{"N":"2"},"s":{"S":"\n"}}`}},
		{"csv with broken rows", "pk,n,s\na,1\nb,2,x,y\nc,3,\"x\"y\nd,four,x\n\ne,5,z\n", Options{Format: "csv"},
			[]string{`2 !it has 2 fields, and the header has 3`, `3 !it has 4 fields, and the header has 3`, `4 !there is text behind a closing quote, in field 3`,
				`5 !n: "four" is not a number`, `7 {"pk":{"S":"e"},"n":{"N":"5"},"s":{"S":"z"}}`}},
		{"csv with a quote that never closes", "pk,n,s\na,1,\"x\nb,2,y\nc,3,z", Options{Format: "csv"},
			[]string{`2 !a quote is opened and never closed`, `3 {"pk":{"S":"b"},"n":{"N":"2"},"s":{"S":"y"}}`, `4 {"pk":{"S":"c"},"n":{"N":"3"},"s":{"S":"z"}}`}},
		{"csv with an odd quote before others", "pk,n,s\na,1,\"x\nb,2,\"y\"\nc,3,z", Options{Format: "csv"},
			[]string{`2 !there is text behind a closing quote, in field 3`, `3 {"pk":{"S":"b"},"n":{"N":"2"},"s":{"S":"y"}}`, `4 {"pk":{"S":"c"},"n":{"N":"3"},"s":{"S":"z"}}`}},
		{"csv inferred", "pk,n,a,b,c,d,e\n7,1,1.5,007,true,\"2\",\"{\"\"x\"\":null}\"\n", Options{Format: "csv", Infer: true},
			[]string{`2 {"pk":{"S":"7"},"n":{"N":"1"},"a":{"N":"1.5"},"b":{"S":"007"},"c":{"BOOL":true},"d":{"S":"2"},"e":{"M":{"x":{"NULL":true}}}}`}},
		{"csv types by name, and a column to merge", "pk,n,at:S,more\na,1,x,\"{\"\"q\"\":{\"\"B\"\":\"\"AA==\"\"}}\"\n", Options{Format: "csv", Types: map[string]string{"more": "merge"}},
			[]string{`2 {"pk":{"S":"a"},"n":{"N":"1"},"at":{"S":"x"},"q":{"B":"AA=="}}`}},
		{"csv without a key", "pk,s\n", Options{Format: "csv"}, []string{`error The file has no column "n", which is part of the table's key`}},
		{"csv with a key of another type", "pk:N,n\n", Options{Format: "csv"}, []string{`error Column "pk" is given as N, and the table's key is S`}},
		{"csv with a column twice", "pk,n,x,x:N\n", Options{Format: "csv"}, []string{`error The file has two columns "x"`}},
		{"csv without a column that is given a type", "pk,n\n", Options{Format: "csv", Types: map[string]string{"total": "N"}}, []string{`error The file has no column "total", which is given a type`}},
		{"an empty csv", "", Options{Format: "csv"}, []string{"error The file has no header"}},
		{"a type that is none", "", Options{Format: "jsonl", Types: map[string]string{"a": "X"}}, []string{`error Attribute a cannot have the type "X"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Keys = keys
			if diff := cmp.Diff(c.want, read(t, c.text, c.o)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A line that is too long is refused without being held, and read over.
func TestLongLines(t *testing.T) {
	text := `{"pk":"` + strings.Repeat("x", mostRow) + "\"}\n" + `{"pk":"b"}`
	got := read(t, text, Options{Format: "jsonl", Keys: keys})
	if diff := cmp.Diff([]string{"1 !the line is longer than 8 MB", `2 {"pk":{"S":"b"}}`}, got); diff != "" {
		t.Error(diff)
	}
}

func TestSkip(t *testing.T) {
	r, err := New(strings.NewReader("{\"pk\":\"a\"}\nbroken\n{\"pk\":\"c\"}\n"), Options{Format: "jsonl"})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := r.Skip(2); n != 2 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if row, err := r.Next(); err != nil || row.Number != 3 || row.Line != 3 || string(row.Item) != `{"pk":{"S":"c"}}` {
		t.Errorf("%+v, %v", row, err)
	}
	if n, err := r.Skip(5); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// FuzzCSV: each line is in one row, whatever is in it, and the reading ends.
func FuzzCSV(f *testing.F) {
	f.Add("pk,n,s\na,1,\"x\nb,2,\"y\"\nc,3,z")
	f.Add("pk,n\n\"\n\"\"\n,")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := New(strings.NewReader("pk,n,s\n"+text), Options{Format: "csv", Keys: keys, Infer: true})
		if err != nil {
			t.Fatal(err)
		}
		line := int64(1)
		for {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if row.Line <= line {
				t.Fatalf("%q: a row at line %d follows one that ended at line %d", text, row.Line, line)
			}
			line = row.Line + int64(strings.Count(string(row.Raw), "\n"))
		}
		if lines := int64(strings.Count(text, "\n")) + 2; line > lines {
			t.Fatalf("%q: the last row ends at line %d of %d", text, line, lines)
		}
	})
}

// FuzzRows: whatever a file holds, in whatever format it is said to be, its
// rows are items in JSON or refused with a reason, and the reading ends.
func FuzzRows(f *testing.F) {
	for format, text := range map[uint8]string{
		0: "{\"pk\":\"a\",\"n\":1.50}\r\n\n{\"pk\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"}}\n{\"Item\":{\"pk\":{\"S\":\"a\"}}}\nnull\n{\"pk\":1}}",
		1: "{\"Item\":{\"x\":{\"S\":\"a\"}}}\n{\"x\":{\"M\":{\"y\":{\"L\":[{\"B\":\"AA==\"}]}}}}",
		2: "[\n{\"pk\":\"a[]{}\\\"\"},\n\n {\"pk\":{\"x\":[{}]}} ]",
		3: "pk,n,m,s\na,1,\"{\"\"p\"\":1}\",\"[1,2]\"\nb,,x,\n\"c\nd\",2,{},[]",
	} {
		f.Add(format, false, text)
		f.Add(format, true, text)
	}
	f.Add(uint8(2), false, `{"Items":[{"pk":{"S":"a"}}],"Count":1}`)
	formats := []string{"jsonl", "dynamodb-json", "json", "csv"}
	f.Fuzz(func(t *testing.T, format uint8, told bool, text string) {
		o := Options{Format: formats[int(format)%len(formats)], Keys: keys}
		if told {
			o.Types = map[string]string{"n": "N", "b": "B", "j": "json", "s": "SS", "t": "BOOL", "m": "merge", "l": "L", "z": "NULL"}
		} else {
			o.Infer, o.NullAbsent = true, true
		}
		r, err := New(strings.NewReader(text), o)
		if err != nil {
			return
		}
		for n := int64(1); ; n++ {
			row, err := r.Next()
			if err != nil {
				return
			}
			if row.Number != n || n > int64(len(text))+1 {
				t.Fatalf("%q: row %d is the %dth", text, row.Number, n)
			}
			if (row.Problem == "") != json.Valid(row.Item) {
				t.Fatalf("%q: row %d is %q, %q", text, n, row.Item, row.Problem)
			}
		}
	})
}
