package engine_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/all"
	"github.com/fairleadhq/fairlead/internal/fault"
)

var spec = engine.Spec{
	Title: "Test",
	Params: []engine.Param{
		{Name: "host", Required: true, Help: "Where to go."},
		{Name: "mode", Default: "safe", Choices: []string{"safe", "fast"}},
	},
}

func TestFill(t *testing.T) {
	got, err := spec.Fill(map[string]string{"host": "h", "mode": ""})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"host": "h", "mode": "safe"}, got); diff != "" {
		t.Error(diff)
	}
	for name, c := range map[string]struct {
		params map[string]string
		remedy string
	}{
		"mistyped": {map[string]string{"hots": "h"}, "did you mean host?"},
		"unknown":  {map[string]string{"color": "h"}, "parameters: host, mode"},
		"choice":   {map[string]string{"host": "h", "mode": "slow"}, "safe, fast"},
		"missing":  {nil, "Where to go."},
	} {
		_, err := spec.Fill(c.params)
		if f := fault.As(err); f == nil || f.Code != fault.Config || !strings.Contains(f.Remedy, c.remedy) {
			t.Errorf("%s: %#v", name, f)
		}
	}
}

func TestNumber(t *testing.T) {
	for text, want := range map[string]int{"": 0, "7": 7, "10": 10} {
		n, set, err := engine.Number(map[string]string{"n": text}, "n", 1, 10)
		if err != nil || n != want || set != (text != "") {
			t.Errorf("%q: %d, %v, %v", text, n, set, err)
		}
	}
	for _, text := range []string{"0", "11", "x", "1.5"} {
		if _, _, err := engine.Number(map[string]string{"n": text}, "n", 1, 10); fault.CodeOf(err) != fault.Config {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestEveryKindIsFoundAndOthersAreNot(t *testing.T) {
	for _, s := range all.Specs() {
		got, err := all.Find(s.Kind)
		if err != nil || got.Kind != s.Kind {
			t.Errorf("%s: %v", s.Kind, err)
		}
		for _, name := range s.Path {
			if _, ok := s.Param(name); !ok {
				t.Errorf("%s: the path names %q, which is no parameter", s.Kind, name)
			}
		}
		for _, p := range s.Params {
			if p.Title == "" || !strings.HasSuffix(p.Help, ".") {
				t.Errorf("%s: parameter %s needs a title and a sentence of help", s.Kind, p.Name)
			}
		}
	}
	for kind, remedy := range map[string]string{"athen": "did you mean athena?", "Dynamodb": "did you mean dynamodb?", "oracle": "engines: athena, redshift, dynamodb"} {
		_, err := all.Find(kind)
		if f := fault.As(err); f == nil || f.Code != fault.Config || !strings.Contains(f.Remedy, remedy) {
			t.Errorf("%s: %#v", kind, f)
		}
	}
}

// What could never work is refused before it is saved, by the same words as
// when it is used.
func TestCheckRefusesWhatCannotWork(t *testing.T) {
	for _, c := range []struct {
		kind   string
		params map[string]string
		good   bool
	}{
		{"athena", nil, true},
		{"athena", map[string]string{"result_reuse_minutes": "60", "output_location": "s3://b/p/"}, true},
		{"athena", map[string]string{"result_reuse_minutes": "999999"}, false},
		{"athena", map[string]string{"output_location": "/home/x"}, false},
		{"athena", map[string]string{"output_location": "s3://"}, false},
		{"athena", map[string]string{"output_location": "s3:///p"}, false},
		{"dynamodb", map[string]string{"page_limit": "100"}, true},
		{"dynamodb", map[string]string{"page_limit": "-5"}, false},
		{"redshift", map[string]string{"name": "w", "port": "5439"}, true},
		{"redshift", map[string]string{"name": "w", "port": "abc"}, false},
		{"redshift", map[string]string{"workgroup": "w", "cluster": "c"}, false},
		{"redshift", nil, false},
	} {
		s, err := all.Find(c.kind)
		if err != nil {
			t.Fatal(err)
		}
		err = s.Check(c.params)
		if c.good != (err == nil) {
			t.Errorf("%s %v: %v", c.kind, c.params, err)
		}
		if f := fault.As(err); f != nil && (f.Code != fault.Config || f.Remedy == "" || strings.Contains(f.Remedy, "connections edit")) {
			t.Errorf("%s %v: %#v", c.kind, c.params, f)
		}
	}
}

func TestPositions(t *testing.T) {
	for message, want := range map[string][2]int{
		"SYNTAX_ERROR: line 3:14: Column 'x' cannot be resolved": {3, 14},
		"the line was long, line 12:1 it says":                   {12, 1},
		"line 3, no column":                                      {0, 0},
		"":                                                       {0, 0},
	} {
		if l, c := engine.Position(message); l != want[0] || c != want[1] {
			t.Errorf("%q: %d:%d", message, l, c)
		}
	}
	text := "select é,\n  x from t"
	for place, want := range map[int][2]int{0: {0, 0}, 1: {1, 1}, 9: {1, 9}, 11: {2, 1}, 13: {2, 3}, 21: {2, 11}, 22: {0, 0}} {
		if l, c := engine.PositionAt(text, place); l != want[0] || c != want[1] {
			t.Errorf("%d: %d:%d, want %v", place, l, c, want)
		}
	}
}

func TestSetting(t *testing.T) {
	for connection, want := range map[string]string{
		"sales":                  "fairlead connections edit sales --output-location s3://B/",
		"athena://dev@eu-west-1": "use the address athena://dev@eu-west-1?output_location=s3://B/",
		"athena://dev?a=b&output_location=s3://old/&workgroup=etl": "use the address athena://dev?a=b&workgroup=etl&output_location=s3://B/",
		"athena://dev?output_location=s3://old/":                   "use the address athena://dev?output_location=s3://B/",

		"athena://dev/?workgroup=etl": "use the address athena://dev/?workgroup=etl&output_location=s3://B/",
	} {
		if got := engine.Setting(connection, "output_location", "s3://B/"); got != want {
			t.Errorf("%s", got)
		}
	}
}

// A path segment wins over the query, so that is what a remedy must change.
func TestSettingOfAPathSegment(t *testing.T) {
	s := engine.Spec{Path: []string{"catalog", "database"}}
	for connection, want := range map[string]string{
		"sales":                        "fairlead connections edit sales --database X",
		"athena://dev@eu-west-1":       "use the address athena://dev@eu-west-1?database=X",
		"athena://dev/Aws":             "use the address athena://dev/Aws?database=X",
		"athena://dev/Aws/":            "use the address athena://dev/Aws/?database=X",
		"athena://dev/Aws/old":         "use the address athena://dev/Aws/X",
		"athena://dev//old?workgroup=": "use the address athena://dev//X?workgroup=",
		"athena://dev?database=old":    "use the address athena://dev?database=X",
	} {
		if got := s.Setting(connection, "database", "X"); got != want {
			t.Errorf("%s: %s", connection, got)
		}
	}
}
