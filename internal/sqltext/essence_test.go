package sqltext

import "testing"

func TestEssence(t *testing.T) {
	for _, c := range []struct {
		d    Dialect
		a, b string
		same bool
	}{
		{Trino, "select 1", "  select\n\t1 ; ", true},
		{Trino, "select 1 -- one", "/* a */ select /* b */ 1;;", true},
		{Trino, "select a,b from t", "select a , b from t", true},
		{Trino, "select '-- no' from t", "select '-- no'   from t", true},
		{Trino, "select 'a  b'", "select 'a b'", false},
		{Trino, "select 1", "select 2", false},
		{Trino, `select "a"`, "select a", false},
		{Trino, "select * from t where d = :day", "select * from t where d = ?", true},
		{Trino, "select * from t where d = :day", "select * from t where d=:other", true},
		{Redshift, "select * from t where d = :day and e = :x", "select * from t where d = $1 and e = $2", true},
		{Redshift, "select a::int", "select a :: int", true},
		{PartiQL, `select * from "shop" where pk = :k`, `select * from "shop" where pk = ?`, true},
		{PartiQL, `select * from "shop"`, `select * from "Shop"`, false},
		{Trino, "select 1; select 2", "select 1 select 2", false},
		{Trino, "", " ; -- nothing", true},
	} {
		a, b := Essence(c.d, c.a), Essence(c.d, c.b)
		if (a == b) != c.same {
			t.Errorf("%q and %q: %q, %q", c.a, c.b, a, b)
		}
	}
}

// The essence of an essence is itself.
func FuzzEssence(f *testing.F) {
	f.Add("select a::int, :x, $1, '?' -- ;\n from t;")
	f.Fuzz(func(t *testing.T, s string) {
		for _, d := range []Dialect{Trino, Redshift, PartiQL} {
			if once := Essence(d, s); Essence(d, once) != once {
				t.Errorf("%q, then %q", once, Essence(d, once))
			}
		}
	})
}
