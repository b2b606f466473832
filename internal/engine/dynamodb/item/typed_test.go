package item

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// randomValue writes a typed value of any type, with the odd ones among them.
func randomValue(r *rand.Rand, depth int) string {
	texts := []string{`""`, `"a"`, `"\u00e9é😀\"\\"`, `"null"`, `"3q0="`, `"1.50"`, `"\ud83d\ude00"`}
	numbers := []string{"0", "-0", "1E-130", "9.9999999999999999999999999999999999999E+125", "-99999999999999999999999999999999999999", "007", "+1", ".5", "1.", "0.10"}
	names := []string{"S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL", "a", "é\\\"", "Item", " ", "a.b[0]", "#x", ":y", "size"}
	kind := r.IntN(10)
	if depth > 5 {
		kind = r.IntN(8)
	}
	switch kind {
	case 0, 1:
		return `{"S":` + texts[r.IntN(len(texts))] + `}`
	case 2:
		return `{"N":"` + numbers[r.IntN(len(numbers))] + `"}`
	case 3:
		return `{"B":"` + []string{"", "AA==", "3q0="}[r.IntN(3)] + `"}`
	case 4:
		return []string{`{"BOOL":true}`, `{"BOOL":false}`}[r.IntN(2)]
	case 5:
		return `{"NULL":true}`
	case 6:
		return []string{`{"SS":["a","b"]}`, `{"NS":["1","-2.5","+3"]}`, `{"BS":["AA==",""]}`}[r.IntN(3)]
	case 7:
		return []string{`{"L":[]}`, `{"M":{}}`}[r.IntN(2)]
	case 8:
		var list []string
		for range r.IntN(4) {
			list = append(list, randomValue(r, depth+1))
		}
		return `{"L":[` + strings.Join(list, " , ") + `]}`
	}
	return `{ "M" :` + randomMembers(r, names, depth) + `}`
}

func randomMembers(r *rand.Rand, names []string, depth int) string {
	var list []string
	for _, i := range r.Perm(len(names))[:r.IntN(3)] {
		list = append(list, `"`+names[i]+`": `+randomValue(r, depth+1))
	}
	return `{` + strings.Join(list, ",") + `}`
}

func wholeItem(members string) []byte { return AppendOrder(nil, []byte(`{"M":`+members+`}`)) }

// Plain JSON carries every value: what was written plainly is read as it was.
func TestPlainComesBackTyped(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 7))
	for range 50000 {
		doc := randomMembers(r, []string{"pk", "B", "SS", "M", "N", "x"}, 0)
		plain, err := AppendPlain(nil, []byte(doc))
		if err != nil {
			t.Fatal(doc, err)
		}
		typed, err := AppendTyped(nil, plain)
		if err != nil || !Valid(typed) || !json.Valid(typed) {
			t.Fatalf("%s\nplain %s\ntyped %s, %v", doc, plain, typed, err)
		}
		if !bytes.Equal(wholeItem(doc), wholeItem(string(typed))) {
			t.Fatalf("%s\nplain %s\ntyped %s", doc, plain, typed)
		}
	}
}

func TestTypedOfForeignJSON(t *testing.T) {
	for plain, want := range map[string]string{
		`{ "a" : 1 , "b" : [ true , null, {} ] }`: `{"a":{"N":"1"},"b":{"L":[{"BOOL":true},{"NULL":true},{"M":{}}]}}`,
		`{"a":{"B":"not base64!"}}`:               `{"a":{"M":{"B":{"S":"not base64!"}}}}`,
		`{"a":{"SS":[]},"b":{"SS":["x",1]}}`:      `{"a":{"M":{"SS":{"L":[]}}},"b":{"M":{"SS":{"L":[{"S":"x"},{"N":"1"}]}}}}`,
		`{"a":{"B":"AA==","c":1}}`:                `{"a":{"M":{"B":{"S":"AA=="},"c":{"N":"1"}}}}`,
		`{"a":{"M":1}}`:                           `{"a":{"M":{"M":{"N":"1"}}}}`,
		`{"a":1e400}`:                             `{"a":{"N":"1e400"}}`,
	} {
		got, err := AppendTyped(nil, []byte(plain))
		if err != nil || string(got) != want {
			t.Errorf("%s\ngot  %s, %v\nwant %s", plain, got, err, want)
		}
	}
}

// nested is a value of so many levels, a scalar in lists and maps in turn.
func nested(levels int) string {
	v := `{"S":"x"}`
	for i := 1; i < levels; i++ {
		if i%2 == 0 {
			v = `{"L":[` + v + `]}`
		} else {
			v = `{"M":{"m":` + v + `}}`
		}
	}
	return v
}

func TestWeigh(t *testing.T) {
	for doc, want := range map[string]int{
		`{}`:                                  0,
		`{"pk":{"S":"aé"},"e":{"S":""}}`:      2 + 3 + 1,
		`{"n":{"N":"0"}}`:                     1 + 1,
		`{"n":{"N":"-1200"},"m":{"N":"0.5"}}`: 1 + 3 + 1 + 2,
		`{"b":{"B":"3q0="}}`:                  1 + 2,
		`{"t":{"BOOL":true},"z":{"NULL":true},"l":{"L":[{"S":"a"}]},"m":{"M":{"k":{"S":"vv"}}}}`: 2 + 2 + 1 + 3 + 2 + 1 + 3 + 4,
		`{"s":{"SS":["a","bc"]},"n":{"NS":["1","2"]}}`:                                           1 + 3 + 1 + 4,
		`{"deep":` + nested(32) + `}`:                                                            -1,
		`{"n":{"N":"` + strings.Repeat("9", 38) + `E+87"}}`:                                      21,
		`{"n":{"N":"1E-130"},"o":{"N":"+1"},"p":{"N":".5"},"q":{"N":"00012.00"}}`:                -1,
	} {
		got, err := Weigh([]byte(doc))
		if err != nil || want >= 0 && got != want {
			t.Errorf("%s: %d, %v, want %d", doc, got, err, want)
		}
	}
	for doc, want := range map[string]string{
		`{"n":{"N":"1E126"}}`:                                "beyond",
		`{"n":{"N":"0.9E-130"}}`:                             "nearer to zero",
		`{"n":{"N":"` + strings.Repeat("1", 39) + `"}}`:      "39 digits",
		`{"n":{"N":"1e"}}`:                                   "not a number",
		`{"n":{"N":""}}`:                                     "not a number",
		`{"n":{"N":1}}`:                                      "not in quotes",
		`{"n":{"B":"?"}}`:                                    "not base64",
		`{"deep":` + nested(33) + `}`:                        "32 levels",
		`{"s":{"SS":[]}}`:                                    "empty set",
		`{"s":{"NS":["1","1.0"]}}`:                           "twice",
		`{"a":{"S":"x"},"\u0061":{"S":"y"}}`:                 "a is there twice",
		`{"a":{"S":"\ud800"}}`:                               "half a character",
		`{"a":{"S":"\udc00\ud800"}}`:                         "half a character",
		`{"":{"S":"x"}}`:                                     "without a name",
		`{"a":"x"}`:                                          "no type",
		`{"a":{"X":"x"}}`:                                    "type X",
		`{"a":{"M":{"b":{"L":[{"N":"1"},{"N":"x"}]}}}}`:      "a.b.[1]",
		`{"a":{"S":"` + strings.Repeat("x", 400<<10) + `"}}`: "409601 bytes",
		`{"a":{"NULL":false}}`:                               "NULL",
		`{"a":{"BOOL":"true"}}`:                              "BOOL",
	} {
		if _, err := Weigh([]byte(doc)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: %v, want %q", doc, err, want)
		}
	}
	many := []string{}
	for i := range 30 {
		many = append(many, fmt.Sprintf(`"a%d":{"S":"x"}`, i))
	}
	if _, err := Weigh([]byte(`{` + strings.Join(append(many, many[29]), ",") + `}`)); err == nil {
		t.Error("a name that is there twice among many is taken")
	}
}

// FuzzTyped: what is taken becomes a valid typed item, and plain again the same.
func FuzzTyped(f *testing.F) {
	f.Add([]byte(`{"a":{"M":{"SS":[]}},"b":[1,{"B":"AA=="}],"c":null}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		if !ValidJSON(doc) {
			return
		}
		typed, err := AppendTyped(nil, doc)
		if err != nil || !Valid(typed) {
			t.Fatalf("%q became %q, %v", doc, typed, err)
		}
		_, _ = Weigh(typed)
		plain, err := AppendPlain(nil, typed)
		if err != nil {
			t.Fatalf("%q became %q, %v", doc, typed, err)
		}
		again, err := AppendTyped(nil, plain)
		if err != nil || !bytes.Equal(again, compact(t, typed)) {
			t.Fatalf("%q became %q, plainly %q, and then %q", doc, typed, plain, again)
		}
	})
}

// compact drops the spaces that a document brought along.
func compact(t *testing.T, doc []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, doc); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
