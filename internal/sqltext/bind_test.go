package sqltext

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestBind(t *testing.T) {
	for _, c := range []struct {
		d     Dialect
		text  string
		names string
		want  string
		order string
	}{
		{Trino, "select * from o where day = :day", "day", "select * from o where day = ?", "day"},
		{Trino, "select :a, :b, :a", "a b", "select ?, ?, ?", "a b a"},
		{PartiQL, `select * from "shop" where pk=:pk`, "pk", `select * from "shop" where pk=?`, "pk"},
		{Redshift, "select :a, :b, :a::int", "a b", "select $1, $2, $1::int", "a b"},
		{Redshift, "select x::date from t where y=:y", "y", "select x::date from t where y=$1", "y"},
		{Redshift, "select x :: date, 'a:y' from t", "y", "select x :: date, 'a:y' from t", ""},

		// not placeholders
		{Trino, `select ':a', ":a" -- :a
/* :a */ from t`, "a", `select ':a', ":a" -- :a
/* :a */ from t`, ""},
		{Redshift, "select $$ :a $$, $x$ :a $x$", "a", "select $$ :a $$, $x$ :a $x$", ""},
		{Redshift, `select 'it\'s :a'`, "a", `select 'it\'s :a'`, ""},
		{PartiQL, `insert into "t" value {'pk':a}`, "a", `insert into "t" value {'pk':a}`, ""},
		{PartiQL, `insert into "t" value {'pk': :a, 'sk'::a}`, "a", `insert into "t" value {'pk': ?, 'sk'::a}`, "a"},
		{PartiQL, "select `:a`", "a", "select `:a`", ""},
		{Trino, "create external table t (a struct<x:int>)", "", "create external table t (a struct<x:int>)", ""},
		{Trino, "select json_object('k' :v)", "v", "select json_object('k' :v)", ""},
		{Trino, "select f(a)[1:b]", "b", "select f(a)[1:b]", ""},
		{Trino, "select a : b", "b", "select a : b", ""},

		// where values can stand
		{Trino, "select(:a)", "a", "select(?)", "a"},
		{Trino, "select a in (:x,:y)", "x y", "select a in (?,?)", "x y"},
		{Trino, "select 1 where a>:x and b between :y and :z", "x y z", "select 1 where a>? and b between ? and ?", "x y z"},
		{Trino, "select :größe", "größe", "select ?", "größe"},
		{Trino, "select interval :a day", "a", "select interval ? day", "a"},

		// the service's own
		{Trino, "select ?, ?", "1 2", "select ?, ?", "1 2"},
		{Trino, "select '?', ?", "1", "select '?', ?", "1"},
		{Trino, "prepare p from select ?", "day", "prepare p from select ?", ""},
		{Trino, "select ?", "", "select ?", ""},
		{Redshift, "select $2, $1, $2", "1 2", "select $2, $1, $2", "1 2"},
		{Redshift, "select a ? 'b'", "1", "select a ? 'b'", ""},
		{Redshift, "select $1", "", "select $1", ""},
	} {
		bound, order, err := Bind(c.d, c.text, strings.Fields(c.names))
		if err != nil || bound != c.want || strings.Join(order, " ") != c.order {
			t.Errorf("%s %q: got %q %v %v, want %q [%s]", c.d, c.text, bound, order, err, c.want, c.order)
		}
	}
}

func TestBindRefuses(t *testing.T) {
	for _, c := range []struct {
		d      Dialect
		text   string
		names  string
		name   string
		line   int
		column int
	}{
		{Trino, "select :a", "", ":a", 1, 8},
		{Trino, "select 1\nwhere x = :dya", "day", ":dya", 2, 11},
		{Trino, "select ?, ?", "1", "2", 1, 11},
		{Redshift, "select $3", "1 2", "3", 1, 8},
		{Redshift, "select $2", "2", "1", 1, 8},
	} {
		_, _, err := Bind(c.d, c.text, strings.Fields(c.names))
		var unbound *UnboundError
		if !errors.As(err, &unbound) || unbound.Name != c.name || unbound.Line != c.line || unbound.Column != c.column {
			t.Errorf("%q: got %v, want %s at %d:%d", c.text, err, c.name, c.line, c.column)
		}
	}
	var mixed *MixedError
	if _, _, err := Bind(Trino, "select :a, ?", []string{"a", "1"}); !errors.As(err, &mixed) || mixed.Named != ":a" || mixed.Positional != "?" {
		t.Errorf("mixed: %v", err)
	}
}

// Whatever stands in the text, binding changes nothing but placeholders: the
// text between them is the same, and what is bound has none left to bind.
func FuzzBind(f *testing.F) {
	for _, text := range []string{"select :a, ':a', a::int, {'x': :b}", "$1 $$:a$$ ?", "-- :a\n:a", "'\\' :a", "select \"x\":a ::b : :a"} {
		for _, d := range []Dialect{Trino, Redshift, PartiQL} {
			f.Add(string(d), text)
		}
	}
	names := []string{"a", "b", "1", "2"}
	f.Fuzz(func(t *testing.T, dialect, text string) {
		d := Dialect(dialect)
		bound, order, err := Bind(d, text, names)
		if err != nil {
			return
		}
		if len(order) == 0 && bound != text {
			t.Fatalf("%q became %q without a placeholder", text, bound)
		}
		again, _, err := Bind(d, bound, names)
		var unbound *UnboundError
		if errors.As(err, &unbound) && isNumber(unbound.Name) {
			return // more placeholders than this test has numbers
		}
		if err != nil || again != bound {
			t.Fatalf("%q became %q, and that %q (%v)", text, bound, again, err)
		}
		if bound != text && Classify(d, bound) != Classify(d, text) && !slices.Contains([]Class{Unknown}, Classify(d, text)) {
			t.Fatalf("%q is %s, bound %q is %s", text, Classify(d, text), bound, Classify(d, bound))
		}
	})
}
