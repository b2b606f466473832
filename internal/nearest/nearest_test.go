package nearest

import (
	"slices"
	"testing"
)

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"dev", "dev", 0}, {"dev", "dve", 1}, {"dev", "deb", 1}, {"dev", "de", 1},
		{"prod", "rpdo", 2}, {"kitten", "sitting", 3}, {"région", "region", 2},
	} {
		if got := Distance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
		if got := Distance(c.b, c.a); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.b, c.a, got, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	have := []string{"dev", "development", "prod", "prod-eu", "staging", "PROD-US"}
	for _, c := range []struct {
		name string
		want []string
	}{
		{"dve", []string{"dev"}},
		{"DEV", []string{"dev", "development"}},
		{"prdo", []string{"prod"}},
		{"prod-us", []string{"PROD-US", "prod", "prod-eu"}},
		{"stagging", []string{"staging"}},
		{"dev", []string{"development"}}, // not itself
		{"nothing-like-it", nil},
	} {
		if got := Names(c.name, have); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.name, got, c.want)
		}
	}
	if got := Names("x", nil); got != nil {
		t.Errorf("of none: %q", got)
	}
}
