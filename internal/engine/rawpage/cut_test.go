package rawpage

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// rebuild reads doc by cutting alone.
func rebuild(doc []byte) any {
	switch trimmed := bytes.TrimSpace(doc); trimmed[0] {
	case '{':
		m := map[string]any{}
		Members(doc, func(key string, value []byte) bool { m[key] = rebuild(value); return true })
		return m
	case '[':
		l := []any{}
		Elements(doc, func(value []byte) bool { l = append(l, rebuild(value)); return true })
		return l
	case '"':
		return Text(trimmed)
	case 't':
		return true
	case 'f':
		return false
	case 'n':
		return nil
	default:
		return json.Number(Text(trimmed))
	}
}

func check(t *testing.T, doc []byte) {
	t.Helper()
	var want any
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	if err := d.Decode(&want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, rebuild(doc)); diff != "" {
		t.Errorf("%s\n%s", doc, diff)
	}
}

func TestCuttingReadsWhatDecodingReads(t *testing.T) {
	for _, doc := range []string{
		`{}`, `[]`, `""`, ` { } `, `[ ]`, `[1,2.5e-7,"a",true,false,null]`,
		`{"a":{"b":[{"c":"d"},{},[]]},"e":"f\"\\\u00e9\n"}`,
		"{\n \"a\" : [ 1 , \"]\" , \"}\" ] ,\t\"b\\\"\" : { \"x\" : \"\\\\\" } }",
		`{"":""}`, `[[[["deep"]]],{"x":{"y":{}}}]`,
	} {
		check(t, []byte(doc))
	}
}

func TestMemberStopsAtTheFirst(t *testing.T) {
	if got := Member([]byte(`{"a":1,"b":{"a":2}}`), "b"); string(got) != `{"a":2}` {
		t.Errorf("%s", got)
	}
	if got := Member([]byte(`{"a":1}`), "b"); got != nil {
		t.Errorf("%s", got)
	}
}

func FuzzCut(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":"\u0041"}]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		if !json.Valid(doc) || hasDuplicateKeys(doc) {
			return
		}
		check(t, doc)
	})
}

// hasDuplicateKeys spares the comparison the question which of two wins, and
// strings that are not UTF-8, which encoding/json mends and a view does not.
func hasDuplicateKeys(doc []byte) bool {
	if bytes.ContainsFunc(doc, func(r rune) bool { return r == '\uFFFD' }) {
		return true
	}
	duplicate := false
	var walk func([]byte)
	walk = func(v []byte) {
		seen := map[string]bool{}
		Members(v, func(key string, value []byte) bool {
			duplicate = duplicate || seen[key]
			seen[key] = true
			walk(value)
			return true
		})
		Elements(v, func(value []byte) bool { walk(value); return true })
	}
	walk(doc)
	return duplicate
}
