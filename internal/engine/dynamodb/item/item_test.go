package item

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"sort"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
)

func TestPlain(t *testing.T) {
	for typed, want := range map[string]string{
		`{}`: `{}`,
		`{ "a" : { "S" : "x\"\\\u00e9é" } , "e":{"S":""}}`:                                        `{"a":"x\"\\\u00e9é","e":""}`,
		`{"n":{"N":"99999999999999999999999999999999999999"},"z":{"N":"-0.10"},"odd":{"N":"+1"}}`: `{"n":99999999999999999999999999999999999999,"z":-0.10,"odd":{"N":"+1"}}`,
		`{"l":{"L":[{"S":"a"},{"NULL":true},{"L":[]},{"BOOL":false}]},"m":{"M":{}}}`:              `{"l":["a",null,[],false],"m":{}}`,
		`{"b":{"B":"3q0="},"s":{"SS":["b","a"]},"n":{"NS":["1","2.50"]},"bs":{"BS":["AA=="]}}`:    `{"b":{"B":"3q0="},"s":{"SS":["b","a"]},"n":{"NS":["1","2.50"]},"bs":{"BS":["AA=="]}}`,
		`{"m":{"M":{"SS":{"L":[]}}},"two":{"M":{"B":{"S":"x"},"c":{"S":"y"}}}}`:                   `{"m":{"M":{"SS":[]}},"two":{"B":"x","c":"y"}}`,
		`{"m":{"M":{"M":{"M":{"N":{"N":"1"}}}}}}`:                                                 `{"m":{"M":{"M":{"M":{"N":1}}}}}`,
	} {
		got, err := AppendPlain(nil, []byte(typed))
		if err != nil || string(got) != want {
			t.Errorf("%s\ngot  %s, %v\nwant %s", typed, got, err, want)
		}
		if !json.Valid(got) || !Valid([]byte(typed)) {
			t.Errorf("%s is not valid", got)
		}
	}
	for _, bad := range []string{`{"a":1}`, `{"a":{"S":1}}`, `{"a":{"X":"x"}}`, `{"a":{"S":"x","N":"1"}}`, `{"a":{}}`, `[]`, `{"a":{"S":"x"}`, `{"a":{"NULL":"x"}}`} {
		if Valid([]byte(bad)) {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestOrder(t *testing.T) {
	inOrder := []string{
		`{"N":"-1E+125"}`, `{"N":"-10.5"}`, `{"N":"-10"}`, `{"N":"-9.99"}`, `{"N":"-1E-130"}`, `{"N":"0"}`, `{"N":"1E-130"}`, `{"N":"0.05"}`, `{"N":"0.5"}`,
		`{"N":"1"}`, `{"N":"9.99"}`, `{"N":"10"}`, `{"N":"99999999999999999999999999999999999998"}`, `{"N":"99999999999999999999999999999999999999"}`, `{"N":"1E+125"}`,
		`{"S":""}`, `{"S":"\u0000"}`, `{"S":"A"}`, `{"S":"A\u0000"}`, `{"S":"AA"}`, `{"S":"a"}`, `{"S":"é"}`, `{"B":""}`, `{"B":"AA=="}`, `{"BOOL":false}`, `{"BOOL":true}`,
	}
	for i := 1; i < len(inOrder); i++ {
		if bytes.Compare(AppendOrder(nil, []byte(inOrder[i-1])), AppendOrder(nil, []byte(inOrder[i]))) >= 0 {
			t.Errorf("%s is not below %s", inOrder[i-1], inOrder[i])
		}
	}
	for _, same := range [][2]string{
		{`{"N":"1"}`, `{"N":"1.00"}`}, {`{"N":"100"}`, `{"N":"1E2"}`}, {`{"N":"-0"}`, `{"N":"0.0"}`}, {`{"SS":["a","b"]}`, `{"SS":["b","a"]}`},
		{`{"M":{"a":{"N":"1"},"b":{"S":"x"}}}`, `{"M":{"b":{"S":"x"},"a":{"N":"1.0"}}}`}, {`{"S":"\u0041"}`, `{"S":"A"}`},
	} {
		if !bytes.Equal(AppendOrder(nil, []byte(same[0])), AppendOrder(nil, []byte(same[1]))) {
			t.Errorf("%s and %s differ", same[0], same[1])
		}
	}
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "-0.0": "0", "1.500": "1.5", "100": "100", "1E5": "100000", "-12.3e-1": "-1.23", "1E-130": "1E-130", "1.25E125": "1.25E125",
		"99999999999999999999999999999999999999": "99999999999999999999999999999999999999", "0.000001": "0.000001",
	} {
		n, ok := ParseNumber(text)
		if !ok || n.String() != want {
			t.Errorf("%s: %s, want %s", text, n, want)
		}
	}
	for _, bad := range []string{"", "1e", "01", "+1", "NaN", "1E9999999", ".5"} {
		if _, ok := ParseNumber(bad); ok {
			t.Errorf("%s is taken for a number", bad)
		}
	}
	sum := Whole(0)
	for range 10 {
		n, _ := ParseNumber("0.1")
		sum = sum.Add(n)
	}
	if sum.String() != "1" {
		t.Errorf("ten times 0.1 is %s", sum)
	}
	if got := Whole(-2).Over(3).String(); got != "-0."+strings.Repeat("6", 37)+"7" {
		t.Error(got)
	}
}

// sdkScan reads a body as the SDK's Scan does.
func sdkScan(body []byte) (*dynamodb.ScanOutput, error) {
	client := dynamodb.New(dynamodb.Options{
		Region: "us-east-1", Retryer: aws.NopRetryer{},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, nil
		}),
		HTTPClient: canned(body),
	})
	return client.Scan(context.Background(), &dynamodb.ScanInput{TableName: aws.String("t")})
}

type canned []byte

func (c canned) Do(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, ProtoMajor: 1, ProtoMinor: 1, Request: r, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body: io.NopCloser(bytes.NewReader(c)), ContentLength: int64(len(c))}, nil
}

// FuzzRead holds our reading of an answer against the SDK's: what we take, the
// SDK takes, and it says the same.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		`{"Count":1,"ScannedCount":3,"Items":[{"pk":{"S":"a\u00e9\"\\"},"n":{"N":"1.50"}}],"LastEvaluatedKey":{"pk":{"S":"a"}},"ConsumedCapacity":{"CapacityUnits":0.5}}`,
		`{"Items":[{"l":{"L":[{"M":{"x":{"NULL":true},"b":{"B":"3q0="}}},{"BOOL":false}]},"s":{"SS":["x"]},"ns":{"NS":["1"]},"bs":{"BS":["AA=="]}},{}]}`,
		` { "Items" : [ ] , "Count" : 0 } `, `{"Items":[{"a":{"S":"\ud83d\ude00"}}]}`, `{"Items":[{"a":{"S":"x"}}`, `{"Items":[{"a":{"S":1}}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := Read(body)
		if err != nil {
			if json.Valid(body) && bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) && bytes.Count(body, []byte("[")) < 20 && bytes.Count(body, []byte("{")) < 20 && !bytes.Contains(body, []byte("ount")) && !bytes.Contains(body, []byte("Items")) && !bytes.ContainsRune(body, '\uFFFD') {
				if !json.Valid(bytes.ToValidUTF8(body, nil)) || bytes.Equal(body, bytes.ToValidUTF8(body, nil)) {
					t.Fatalf("valid JSON is refused: %s", body)
				}
			}
			return
		}
		if !json.Valid(body) {
			t.Fatalf("taken, and not JSON: %q", body)
		}
		var items []map[string]types.AttributeValue
		for _, it := range a.Items {
			if !Valid(it) {
				return // the SDK is easier about what is no typed value
			}
			plain, err := AppendPlain(nil, it)
			if err != nil || !json.Valid(plain) {
				t.Fatalf("%s became %s, %v", it, plain, err)
			}
			item, ok := valuesOf(it)
			if !ok {
				return
			}
			items = append(items, item)
		}
		out, err := sdkScan(body)
		if err != nil || repeats(body) {
			return // sets and numbers of the answer itself that only the SDK minds; repeated members
		}
		if len(items) != len(out.Items) || int64(out.Count) != a.Count && a.Count < 1<<31 {
			t.Fatalf("%d items and count %d, the SDK has %d and %d: %s", len(items), a.Count, len(out.Items), out.Count, body)
		}
		if diff := cmp.Diff(out.Items, items, cmp.Comparer(same)); len(items) > 0 && diff != "" {
			t.Errorf("%s\n(-SDK +ours)\n%s", body, diff)
		}
	})
}

// repeats reports whether an object of the document has a member twice.
func repeats(doc []byte) bool {
	found := false
	var walk func(doc []byte)
	walk = func(doc []byte) {
		seen := map[string]bool{}
		Members(doc, func(name string, value []byte) bool {
			found = found || seen[name]
			seen[name] = true
			walk(value)
			return true
		})
		Elements(doc, func(value []byte) bool { walk(value); return true })
	}
	walk(doc)
	return found
}

func valuesOf(doc []byte) (map[string]types.AttributeValue, bool) {
	out := map[string]types.AttributeValue{}
	good := true
	Attributes(doc, func(name, tag string, inner, _ []byte) bool {
		v, ok := valueOf(tag, inner)
		out[strings.Clone(name)], good = v, good && ok
		return true
	})
	return out, good
}

func valueOf(tag string, inner []byte) (types.AttributeValue, bool) {
	texts := func() (list []string) {
		Elements(inner, func(v []byte) bool { list = append(list, strings.Clone(Text(v))); return true })
		return list
	}
	good := true
	raw := func(text string) []byte {
		b, err := base64.StdEncoding.DecodeString(text)
		good = good && err == nil
		return b
	}
	switch tag {
	case "S":
		return &types.AttributeValueMemberS{Value: strings.Clone(Text(inner))}, true
	case "N":
		return &types.AttributeValueMemberN{Value: strings.Clone(Text(inner))}, true
	case "B":
		return &types.AttributeValueMemberB{Value: raw(Text(inner))}, good
	case "BOOL":
		return &types.AttributeValueMemberBOOL{Value: string(inner) == "true"}, true
	case "NULL":
		return &types.AttributeValueMemberNULL{Value: string(inner) == "true"}, true
	case "SS":
		return &types.AttributeValueMemberSS{Value: texts()}, true
	case "NS":
		return &types.AttributeValueMemberNS{Value: texts()}, true
	case "BS":
		var list [][]byte
		for _, text := range texts() {
			list = append(list, raw(text))
		}
		return &types.AttributeValueMemberBS{Value: list}, good
	case "L":
		var list []types.AttributeValue
		Elements(inner, func(v []byte) bool {
			tag, in := Split(v)
			value, ok := valueOf(tag, in)
			list, good = append(list, value), good && ok
			return true
		})
		return &types.AttributeValueMemberL{Value: list}, good
	case "M":
		m, ok := valuesOf(inner)
		return &types.AttributeValueMemberM{Value: m}, ok
	}
	return nil, false
}

// same compares two values; empty and nil lists are one.
func same(a, b types.AttributeValue) bool {
	render := func(v types.AttributeValue) string { return strings.ReplaceAll(text(v), "null", "[]") }
	return render(a) == render(b)
}

func text(v types.AttributeValue) string {
	switch v := v.(type) {
	case *types.AttributeValueMemberM:
		var parts []string
		for name, value := range v.Value {
			parts = append(parts, name+"="+text(value))
		}
		sort.Strings(parts)
		return "M" + strings.Join(parts, "\x00")
	case *types.AttributeValueMemberL:
		out := "L"
		for _, value := range v.Value {
			out += text(value) + "\x00"
		}
		return out
	case *types.AttributeValueMemberNULL:
		return "NUL" + map[bool]string{true: "t", false: "f"}[v.Value]
	}
	b, _ := json.Marshal(v)
	return strings.Clone(string(b)) + strings.TrimPrefix(strings.TrimPrefix(typeName(v), "*types.AttributeValueMember"), "x")
}

func typeName(v any) string {
	switch v.(type) {
	case *types.AttributeValueMemberS:
		return "S"
	case *types.AttributeValueMemberN:
		return "N"
	case *types.AttributeValueMemberB:
		return "B"
	}
	return "?"
}

// What ReadString takes is what encoding/json takes, at every length and place.
func TestStringsAreScannedExactly(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	alphabet := []string{"a", "é", "\\n", "\\u00e9", "\\", "\"", "\x01", "\x7f", "\x80", "😀", " ", "\\x", "\xff"}
	for range 20000 {
		s := `"`
		for range r.IntN(20) {
			k := r.IntN(len(alphabet) * 4)
			if k >= len(alphabet) {
				k = 0
			}
			s += alphabet[k]
		}
		s += `"`
		got := scanString([]byte(s), 0) == len(s)
		want := json.Valid([]byte(s)) && strings.ToValidUTF8(s, "") == s
		if got != want {
			t.Fatalf("%q: %v", s, got)
		}
	}
}
