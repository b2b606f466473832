package attr

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestTextAsPackageJSON reads strings and compares with package json, which
// knows about escapes, surrogates and bytes that are no UTF-8.
func TestTextAsPackageJSON(t *testing.T) {
	for _, in := range []string{
		`""`, `"plain"`, `"æøå"`, `"\u00e6\n\t\"\\\/"`, `"\ud83d\ude00"`, `"\ud83d"`, "\"a\xffb\"", "\"a\xff\\u0041\"", `"日本"`, "\"\u2028\"",
	} {
		var want string
		if err := json.Unmarshal([]byte(in), &want); err != nil {
			t.Fatal(err)
		}
		x := scanner{s: in + " "}
		got, err := x.text()
		if err != nil || got != want || x.i != len(in) {
			t.Errorf("%q: %q at %d, %v; want %q", in, got, x.i, err, want)
		}
	}
	for _, in := range []string{`"`, `"a`, `"a\`, `"a\"`, "\"a\nb\"", `"\x"`} {
		x := scanner{s: in}
		if got, err := x.text(); err == nil {
			t.Errorf("%q was read as %q", in, got)
		}
	}
}

func TestBrokenValues(t *testing.T) {
	for _, in := range []string{
		``, `{`, `{"S"`, `{"S":`, `{"S":"a"`, `{"S" "a"}`, `{"S":"a",}`, `{"S":"a" "N":"1"}`, `[]`, `5`, `{"L":[{"S":"a"}`, `{"L":[{"S":"a"} {"S":"b"}]}`, `{"M":{"a"}}`, `{"M":[]}`, `{"X":}`, `{"SS":["a",]}`, `{"BOOL":maybe}`,
	} {
		if v, err := Parse([]byte(in)); err == nil {
			t.Errorf("%s was read as %s", in, v.AppendJSON(nil))
		}
	}
	v, err := Parse([]byte(` { "unknown" : {"a":[1,{"b":null}]} , "N" : null, "M" : { "b" : {"S":"1"} , "a" : {"S":"2"}, "b":{"S":"3"} } } `))
	if want := `{"M":{"a":{"S":"2"},"b":{"S":"3"}}}`; err != nil || string(v.AppendJSON(nil)) != want {
		t.Errorf("%s %v", v.AppendJSON(nil), err)
	}
}

// FuzzNumber holds the quick way for plain numbers against the exact one.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{"0", "-0", "0.5", "-12.25", "007", "1.0", "1e5", ".5", "5.", "-", "", "1.2.3", strings.Repeat("9", 38), strings.Repeat("9", 39)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !plain(s) {
			return
		}
		d, err := parseDecimal(s)
		if err != nil || d.String() != s {
			t.Errorf("%q passes as plain but is %q, %v", s, d.String(), err)
		}
	})
}
