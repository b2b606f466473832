package expr

import (
	"errors"
	"testing"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
)

func TestReservedWords(t *testing.T) {
	words := reservedList()
	if len(words) != 573 {
		t.Errorf("%d words, the documentation has 573", len(words))
	}
	for i := 1; i < len(words); i++ {
		if words[i-1] >= words[i] {
			t.Errorf("%s and %s are out of order", words[i-1], words[i])
		}
	}
	if !Reserved("Status") || !Reserved("zone") || Reserved("total_price") || Reserved("pk") {
		t.Error("look-up")
	}
}

// FuzzExpressions looks for what panics, hangs or answers with something that is
// no refusal.
func FuzzExpressions(f *testing.F) {
	for _, s := range []string{
		"a = :v AND NOT (b[0].c BETWEEN :v AND :v OR size(#n) > :v)", "SET a = if_not_exists(a, :v) + :v REMOVE b[1] ADD c :v DELETE d :v",
		"a, b.c, d[3]", "((((((((((((((a", "attribute_type(a, :v)", "a IN (:v, :v)", "SET a = list_append(list_append(a, b), :v)",
	} {
		f.Add(s)
	}
	item := attr.NewMap(attr.Field{Name: "a", Value: attr.Int(1)}, attr.Field{Name: "b", Value: attr.List(attr.String("x"), attr.MapOf(nil))})
	f.Fuzz(func(t *testing.T, s string) {
		env := NewEnv(map[string]string{"#n": "a"}, map[string]attr.Value{":v": attr.Int(2)})
		ok := func(err error) {
			var refusal attr.Refusal
			if err != nil && !errors.As(err, &refusal) {
				t.Fatalf("%q: %v", s, err)
			}
		}
		cond, err := env.Condition("FilterExpression", s)
		if ok(err); err == nil {
			Match(cond, item)
		}
		if cond, err = env.KeyCondition(s); err == nil {
			_, err = KeyRangeOf(cond, KeySchema{Hash: "a", HashType: attr.N, Range: "b", RangeType: attr.N})
		}
		ok(err)
		paths, err := env.Projection(s)
		if ok(err); err == nil {
			Project(item, paths)
		}
		u, err := env.Update(s)
		if ok(err); err == nil {
			_, err = u.Apply(item)
			ok(err)
		}
	})
}

// TestEveryReservedWordNeedsAnAlias refuses each word of the list in each kind
// of expression and takes it under an alias.
func TestEveryReservedWordNeedsAnAlias(t *testing.T) {
	for _, word := range reservedList() {
		env := NewEnv(map[string]string{"#w": word}, map[string]attr.Value{":v": attr.Int(1)})
		for kind, parse := range map[string]func(name string) error{
			"ProjectionExpression":   func(n string) error { _, err := env.Projection(n); return err },
			"FilterExpression":       func(n string) error { _, err := env.Condition("FilterExpression", n+" = :v"); return err },
			"KeyConditionExpression": func(n string) error { _, err := env.KeyCondition(n + " = :v"); return err },
			"UpdateExpression":       func(n string) error { _, err := env.Update("SET " + n + " = :v"); return err },
		} {
			want := "Invalid " + kind + ": Attribute name is a reserved keyword; reserved keyword: " + word
			// NOT and the like are keywords of the grammar: they do not get so far.
			if err := parse(word); err == nil || err.Error() != want && word != "NOT" {
				t.Errorf("%s: %s: %v", kind, word, err)
			}
			if err := parse("#w"); err != nil {
				t.Errorf("%s: alias of %s: %v", kind, word, err)
			}
			if err := parse("x_" + word); err != nil {
				t.Errorf("%s: x_%s: %v", kind, word, err)
			}
		}
	}
}
