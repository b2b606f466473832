package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/term"
)

func TestPathsAreTakenApart(t *testing.T) {
	for text, want := range map[string][]string{
		"": nil, "a": {"a"}, "a.b.c": {"a", "b", "c"}, `"a.b".c`: {"a.b", "c"}, `a."b""c"`: {"a", `b"c`}, `"é.ü"`: {"é.ü"},
		"s3tables/bucket.ns": {"s3tables/bucket", "ns"},
	} {
		got, err := splitPath(text)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", text, got, err)
		}
		if again, err := splitPath(joinPath(want)); err != nil || !slices.Equal(again, want) {
			t.Errorf("%s: %q, %v", joinPath(want), again, err)
		}
	}
	for _, text := range []string{".", "a.", ".a", "a..b", `"a`, `"a"b`, `""`, `a."b`, `"a".`} {
		if got, err := splitPath(text); fault.CodeOf(err) != fault.Usage {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
}

func TestWhereToLook(t *testing.T) {
	for _, c := range []struct {
		path, home string
		want       string
	}{
		{"sales.orders", "AwsDataCatalog.sales", "fairlead schema lake\na path begins at the top: fairlead schema lake AwsDataCatalog.sales.orders"},
		{"orders", "AwsDataCatalog.sales", "fairlead schema lake\na path begins at the top: fairlead schema lake AwsDataCatalog.sales.orders"},
		{"awsdatacatalog.nope", "AwsDataCatalog.sales", "fairlead schema lake awsdatacatalog"},
		{"a.b.c", "AwsDataCatalog.sales", "fairlead schema lake a.b"},
		{"shop.nope", "", "fairlead schema lake shop"},
	} {
		path, _ := splitPath(c.path)
		home, _ := splitPath(c.home)
		got := fault.As(whereToLook(fault.New(fault.NotFound, "no"), "lake", path, home)).Remedy
		if got != "see what is there: "+c.want {
			t.Errorf("%s: %q", c.path, got)
		}
	}
	if err := whereToLook(fault.New(fault.Denied, "no"), "lake", []string{"a"}, nil); fault.As(err).Remedy != "" {
		t.Error(err)
	}
	own := fault.New(fault.NotFound, "no").WithRemedy("mine")
	if err := whereToLook(own, "lake", []string{"a"}, nil); !strings.HasPrefix(fault.As(err).Remedy, "mine") {
		t.Error(err)
	}
}

// What cannot be read says why, in its row.
func TestRowsOfObjects(t *testing.T) {
	streams, out, _ := term.Test("")
	w := &objectRows{(&room{streams: streams}).table([]string{"NAME", "KIND", "TYPE", "SIZE", "COMMENT"})}
	rows := int64(7)
	if err := w.add([]engine.Object{{Name: "a", Kind: "table", Rows: &rows, Comment: "two\nlines"}, {Name: "w", Kind: "table", Comment: "c", Broken: "the connector\n failed"}}); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "a\ttable\t\t7 rows\ttwo lines\nw\ttable\t\t\tbroken: the connector failed\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
