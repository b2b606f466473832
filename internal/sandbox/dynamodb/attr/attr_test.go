package attr

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestNumberCanonicalForm(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "-0": "0", "0.000": "0", "0e125": "0", "1": "1", "+1": "1",
		"0042.1200": "42.12", "-1.5e3": "-1500", "1E-3": "0.001", ".5": "0.5", "5.": "5", "1e+2": "100",
		"100": "100", "9007199254740993": "9007199254740993",
		"12345678901234567890123456789012345678":    "12345678901234567890123456789012345678",
		"0.12345678901234567890123456789012345678":  "0.12345678901234567890123456789012345678",
		"-99999999999999999999999999999999999999e3": "-99999999999999999999999999999999999999000",
		"1e-130": "0." + strings.Repeat("0", 129) + "1",
		"1E125":  "1" + strings.Repeat("0", 125),
	} {
		v, err := Number(in)
		if err != nil || v.Text() != want {
			t.Errorf("Number(%q) = %q, %v; want %q", in, v.Text(), err, want)
		}
	}
}

func TestNumberRefusals(t *testing.T) {
	for in, want := range map[string]string{
		"1e126": "Number overflow", "-1e126": "Number overflow", "0e126": "Number overflow",
		"1e99999999999": "Number overflow", "1e2147483648": "Number overflow",
		"1e-131": "Number underflow", "0e-131": "Number underflow", "1e-99999999999": "Number underflow",
		"123456789012345678901234567890123456789":   "more than 38 significant digits",
		"0.123456789012345678901234567890123456789": "more than 38 significant digits",
		"":      "cannot be converted to a numeric value",
		"abc":   "cannot be converted to a numeric value: abc",
		"1.2.3": "numeric value: 1.2.3", " 1": "numeric value:  1", "1 ": "numeric value: 1 ", "0x10": "numeric value: 0x10",
		"1e": "numeric value: 1e", "1e+-5": "numeric value: 1e+-5", "NaN": "numeric value: NaN", "Infinity": "numeric value: Infinity", "-": "numeric value: -", ".": "numeric value: .",
		"1e9223372036854775808": "cannot be converted to a numeric value",
	} {
		v, err := Number(in)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Number(%q) = %q, %v; want an error with %q", in, v.Text(), err, want)
		}
	}
}

func num(t *testing.T, s string) Value {
	t.Helper()
	v, err := Number(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestArithmetic(t *testing.T) {
	for _, c := range []struct{ a, op, b, want string }{
		{"1", "+", "2", "3"}, {"0.1", "+", "0.2", "0.3"}, {"1", "-", "1", "0"}, {"0", "-", "5", "-5"}, {"0", "+", "0.25", "0.25"}, {"-3", "+", "0", "-3"},
		{"99999999999999999999999999999999999998", "+", "1", "99999999999999999999999999999999999999"},
		{"9007199254740993", "+", "1", "9007199254740994"},
		{"1e125", "-", "1e125", "0"},
		{"10.50", "-", "0.5", "10"},
	} {
		f := Add
		if c.op == "-" {
			f = Subtract
		}
		if got, err := f(num(t, c.a), num(t, c.b)); err != nil || got.Text() != c.want {
			t.Errorf("%s %s %s = %s, %v; want %s", c.a, c.op, c.b, got.Text(), err, c.want)
		}
	}
	if _, err := Add(num(t, "1e50"), num(t, "1")); err != errDigits {
		t.Errorf("51 digits: %v", err)
	}
	if _, err := Add(num(t, "9e125"), num(t, "9e125")); err != errOverflow {
		t.Errorf("out of range: %v", err)
	}
}

func TestKeyOrderIsValueOrder(t *testing.T) {
	ascending := [][]Value{
		{num(t, "-1e125"), num(t, "-123"), num(t, "-12.5"), num(t, "-12"), num(t, "-1.25"), num(t, "-1.2"), num(t, "-1"), num(t, "-0.5"), num(t, "-1e-130"), num(t, "0"),
			num(t, "1e-130"), num(t, "0.05"), num(t, "0.5"), num(t, "1"), num(t, "1.2"), num(t, "1.25"), num(t, "2"), num(t, "10"), num(t, "12"), num(t, "100"), num(t, "1e125")},
		{String(""), String("\x00"), String("\x00\x00"), String("\x00\x01"), String("a"), String("a\x00"), String("a\x00b"), String("a\x01"), String("aa"), String("b"), String("é")},
		{Binary(nil), Binary([]byte{0}), Binary([]byte{0, 255}), Binary([]byte{1}), Binary([]byte{255}), Binary([]byte{255, 0}), Binary([]byte{255, 255})},
	}
	for _, vs := range ascending {
		for i := range vs {
			for j := range vs {
				want := cmpInt(i, j)
				if got := bytes.Compare(AppendKey(nil, vs[i]), AppendKey(nil, vs[j])); got != want {
					t.Errorf("keys of %q and %q compare %d, want %d", vs[i].Text(), vs[j].Text(), got, want)
				}
				if got, _ := Compare(vs[i], vs[j]); got != want {
					t.Errorf("%q and %q compare %d, want %d", vs[i].Text(), vs[j].Text(), got, want)
				}
			}
		}
	}
}

func TestWireForm(t *testing.T) {
	for in, want := range map[string]string{
		`{"S":""}`:                     `{"S":""}`,
		`{"S":"a\"\\\n\u0001é\u2028"}`: `{"S":"a\"\\\n\u0001é` + "\u2028" + `"}`,
		`{"N":"1.0"}`:                  `{"N":"1"}`,
		`{"B":"AQID"}`:                 `{"B":"AQID"}`,
		`{"BOOL":false}`:               `{"BOOL":false}`,
		`{"NULL":true}`:                `{"NULL":true}`,
		`{"L":[]}`:                     `{"L":[]}`,
		`{"M":{}}`:                     `{"M":{}}`,
		`{"SS":["b","a"]}`:             `{"SS":["a","b"]}`,
		`{"NS":["10","9.0"]}`:          `{"NS":["9","10"]}`,
		`{"BS":["Ag==","AQ=="]}`:       `{"BS":["AQ==","Ag=="]}`,
		`{"M":{"z":{"N":"1"},"a":{"L":[{"NULL":true}]}}}`: `{"M":{"a":{"L":[{"NULL":true}]},"z":{"N":"1"}}}`,
		`{"S":"x","N":null}`:                              `{"S":"x"}`,
	} {
		v, err := Parse([]byte(in))
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if got := string(v.AppendJSON(nil)); got != want {
			t.Errorf("%s came back as %s, want %s", in, got, want)
		}
		if again, err := Parse([]byte(want)); err != nil || !Equal(v, again) {
			t.Errorf("%s is not equal to itself read again (%v)", in, err)
		}
	}
}

func TestWireRefusals(t *testing.T) {
	for in, want := range map[string]string{
		`{}`:                     "Supplied AttributeValue is empty",
		`{"X":"1"}`:              "Supplied AttributeValue is empty",
		`{"s":"1"}`:              "Supplied AttributeValue is empty",
		`{"S":"a","N":"1"}`:      "more than one datatypes",
		`{"NULL":false}`:         "Null attribute value types must have the value of true",
		`{"SS":[]}`:              "An string set  may not be empty",
		`{"NS":[]}`:              "An number set  may not be empty",
		`{"BS":[]}`:              "Binary sets should not be empty",
		`{"SS":["b","a","b"]}`:   "Input collection [b, a, b] contains duplicates.",
		`{"NS":["1","1.0"]}`:     "Input collection contains duplicates",
		`{"BS":["AQ==","AQ=="]}`: "Input collection [AQ==, AQ==]of type BS contains duplicates.",
		`{"L":[{"N":"x"}]}`:      "numeric value: x",
		`{"S":1}`:                "NUMBER_VALUE cannot be converted to String",
		`{"N":1}`:                "NUMBER_VALUE cannot be converted to String",
		`{"B":"*"}`:              "can not be converted to a Blob",
		`{"BOOL":"true"}`:        "STRING_VALUE cannot be converted to Boolean",
	} {
		if _, err := Parse([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", in, err, want)
		}
	}
}

func TestSizes(t *testing.T) {
	// Number sizes as measured against the service at the 400 KB boundary.
	for in, want := range map[string]int{"0": 1, "1": 2, "12": 2, "123": 3, "123456": 4, "3.14159": 5, "-5": 3, "100": 2, "1e125": 2, "0.001": 2, "0.5": 2, "1.5": 3} {
		if got := numberSize(num(t, in).Text()); got != want {
			t.Errorf("size of %s is %d, want %d", in, got, want)
		}
	}
	item := NewMap(Field{"pk", String("é")}, Field{"l", List(Bool(true), Null())}, Field{"m", MapOf(NewMap(Field{"k", String("vv")}))}, Field{"ss", StringSet("a", "bb")})
	if got, want := item.Size(), (2+2)+(1+3+2+2)+(1+3+1+1+2)+(2+3); got != want {
		t.Errorf("item size %d, want %d", got, want)
	}
}

func TestDepth(t *testing.T) {
	v := String("leaf")
	for range 31 {
		v = MapOf(NewMap(Field{"n", v}))
	}
	if (Map{{"a", v}}).TooDeep() {
		t.Error("32 levels refused")
	}
	if !(Map{{"a", List(v)}}).TooDeep() {
		t.Error("33 levels accepted")
	}
}

func TestMapEditing(t *testing.T) {
	m := NewMap(Field{"b", Int(1)}, Field{"a", Int(2)}, Field{"b", Int(3)})
	if len(m) != 2 || m[0].Name != "a" || m[1].Value.Text() != "3" {
		t.Fatalf("NewMap: %s", m.AppendJSON(nil))
	}
	changed := m.With("b", Int(9)).With("c", Int(4)).Without("a").Without("zz")
	if got := string(changed.AppendJSON(nil)); got != `{"b":{"N":"9"},"c":{"N":"4"}}` {
		t.Errorf("edited: %s", got)
	}
	if got := string(m.AppendJSON(nil)); got != `{"a":{"N":"2"},"b":{"N":"3"}}` {
		t.Errorf("the original changed: %s", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"M":{"a":{"L":[{"N":"-1.50e3"},{"NULL":true}]},"s":{"SS":["x"]}}}`))
	f.Add([]byte(`{"N":"1e-130"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Parse(data)
		if err != nil {
			return
		}
		out := v.AppendJSON(nil)
		if !json.Valid(out) {
			t.Fatalf("%q made invalid JSON %q", data, out)
		}
		again, err := Parse(out)
		if err != nil || !Equal(v, again) {
			t.Fatalf("%q became %q, which reads back as %v %v", data, out, again, err)
		}
	})
}
