package connection

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/fault"
)

func TestParseAddress(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Address
		out  string // how String writes it, when not as it was
	}{
		{"athena://dev@us-east-1/AwsDataCatalog/sales?workgroup=primary",
			Address{Kind: "athena", Profile: "dev", Region: "us-east-1", Path: []string{"AwsDataCatalog", "sales"}, Query: map[string]string{"workgroup": "primary"}}, ""},
		{"dynamodb://dev@us-east-1", Address{Kind: "dynamodb", Profile: "dev", Region: "us-east-1"}, ""},
		{"dynamodb://dev@us-east-1/", Address{Kind: "dynamodb", Profile: "dev", Region: "us-east-1"}, "dynamodb://dev@us-east-1"},
		{"athena://dev/c/d", Address{Kind: "athena", Profile: "dev", Path: []string{"c", "d"}}, ""},
		{"athena:///c/d", Address{Kind: "athena", Path: []string{"c", "d"}}, ""},
		{"athena://", Address{Kind: "athena"}, ""},
		{"athena://@eu-west-1", Address{Kind: "athena", Region: "eu-west-1"}, ""},
		{"athena://dev//sales", Address{Kind: "athena", Profile: "dev", Path: []string{"", "sales"}}, ""},
		{"ATHENA://dev", Address{Kind: "athena", Profile: "dev"}, "athena://dev"},
		{"redshift://my%20profile@eu-central-1/analytics/dev", Address{Kind: "redshift", Profile: "my profile", Region: "eu-central-1", Path: []string{"analytics", "dev"}}, ""},
		{"redshift://ann%40example.com@eu-central-1/wg", Address{Kind: "redshift", Profile: "ann@example.com", Region: "eu-central-1", Path: []string{"wg"}}, ""},
		{"athena://org%3Adev@us-east-1", Address{Kind: "athena", Profile: "org:dev", Region: "us-east-1"}, ""},
		{"athena://dev/a%2Fb/c+d", Address{Kind: "athena", Profile: "dev", Path: []string{"a/b", "c+d"}}, ""},
		{"athena://gr%C3%BC%C3%9Fe", Address{Kind: "athena", Profile: "grüße"}, ""},
		{"athena://grüße", Address{Kind: "athena", Profile: "grüße"}, "athena://gr%C3%BC%C3%9Fe"},
		{"athena://dev?output_location=s3://bucket/a/&b=1%2B1&&c=x=y", Address{Kind: "athena", Profile: "dev", Query: map[string]string{"output_location": "s3://bucket/a/", "b": "1+1", "c": "x=y"}},
			"athena://dev?b=1+1&c=x%3Dy&output_location=s3://bucket/a/"},
		{"athena://dev?x=", Address{Kind: "athena", Profile: "dev", Query: map[string]string{"x": ""}}, ""},
		{"athena://dev?", Address{Kind: "athena", Profile: "dev"}, "athena://dev"},
		{"athena://dev?secret_arn=arn", Address{Kind: "athena", Profile: "dev", Query: map[string]string{"secret_arn": "arn"}}, ""},
	} {
		got, ok, err := ParseAddress(c.in)
		if err != nil || !ok {
			t.Errorf("%s: %v %v", c.in, ok, err)
			continue
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.in, d)
		}
		if c.out == "" {
			c.out = c.in
		}
		if s := got.String(); s != c.out {
			t.Errorf("%s is written %s", c.in, s)
		}
	}
}

func TestNamesAreNoAddresses(t *testing.T) {
	for _, s := range []string{"", "sales", "a:b", "dev@us-east-1", "athena:/x", "//x"} {
		if a, ok, err := ParseAddress(s); ok || err != nil {
			t.Errorf("%q: %v %v", s, a, err)
		}
	}
}

func TestBadAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"://dev":                          "not with an engine's name",
		"1x://dev":                        "not with an engine's name",
		"my engine://dev":                 "not with an engine's name",
		"athena://a@b@us-east-1":          "2 @ signs",
		"athena://dev@US_EAST":            "not a region's name",
		"athena://dev@us-east-1%20":       "not a region's name",
		"athena://dev%2":                  "two hexadecimal digits",
		"athena://dev/a%zz":               "two hexadecimal digits",
		"athena://dev?a=%":                "two hexadecimal digits",
		"athena://dev%00":                 "control character",
		"athena://dev/%ff":                "not UTF-8",
		"athena://dev\n/x":                "control character",
		"athena://dev?workgroup":          "not key=value",
		"athena://dev?=x":                 "not key=value",
		"athena://dev?a=1&a=2":            "given twice",
		"redshift://admin:hush@us-east-1": "holds no password",
		"redshift://host:5439/dev":        "no port",
		"redshift://dev?password=hush":    "holds no secret",
		"redshift://dev?a&token=hush":     "holds no secret",
	} {
		_, ok, err := ParseAddress(in)
		f := fault.As(err)
		if !ok || f == nil || f.Code != fault.Usage || !strings.Contains(f.Message, want) || f.Remedy == "" {
			t.Errorf("%q: %v %v", in, ok, err)
		}
		if f != nil && strings.Contains(f.Message+f.Remedy, "hush") {
			t.Errorf("%q: the secret is told: %s", in, f.Message)
		}
	}
}

// FuzzAddress: what can be read is written so that the same is read again.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{"athena://dev@us-east-1/a/b?c=d", "a://%40//", "x://@r/?a=&b=%20", "a:///", "é://", "sales"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, ok, err := ParseAddress(s)
		if !ok || err != nil {
			return
		}
		again, ok, err := ParseAddress(a.String())
		if !ok || err != nil {
			t.Fatalf("%q: %q: %v", s, a, err)
		}
		if d := cmp.Diff(a, again); d != "" {
			t.Fatalf("%q: %q: %s", s, a, d)
		}
	})
}
