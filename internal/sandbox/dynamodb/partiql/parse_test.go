package partiql

import (
	"errors"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/expr"
)

func TestParseShapes(t *testing.T) {
	stmt, err := Parse(`SELECT a.b[0], "c d" FROM "t"."i" WHERE (x = ? OR NOT y > 'it''s') AND z IN [1, 2] ORDER BY k DESC`, []attr.Value{attr.Int(7)})
	if err != nil {
		t.Fatal(err)
	}
	s := stmt.(*Select)
	if s.Table != "t" || s.Index != "i" || len(s.Columns) != 2 || s.Columns[0].String() != "[a, b, [0]]" || s.Columns[1].Top() != "c d" || len(s.OrderBy) != 1 || s.OrderBy[0] != (Order{"k", true}) {
		t.Errorf("%+v", s)
	}
	item := attr.NewMap(attr.Field{Name: "x", Value: attr.Int(7)}, attr.Field{Name: "z", Value: attr.Int(2)})
	if !expr.Match(s.Where, item) || expr.Match(s.Where, item.With("z", attr.Int(3))) || expr.Match(s.Where, item.With("x", attr.Int(8)).With("y", attr.String("z"))) {
		t.Error("the clause does not say what was written")
	}
	if Writes(s) || !Writes(&Insert{}) || Table(s) != "t" {
		t.Error("kind or table")
	}
}

func TestPrecedence(t *testing.T) {
	item := attr.NewMap(attr.Field{Name: "a", Value: attr.Int(1)})
	for where, want := range map[string]bool{
		"a = 1 OR a = 2 AND a = 3":   true,
		"(a = 1 OR a = 2) AND a = 3": false,
		"NOT a = 2 AND a = 1":        true,
		"NOT (a = 2 OR a = 1)":       false,
		"NOT NOT a = 1":              true,
		"a + 1 = 2":                  true,
		"a - 1 + 1 = 1":              true,
		"a = -(1)":                   false,
	} {
		stmt, err := Parse("SELECT * FROM t WHERE "+where, nil)
		if where == "a = -(1)" {
			if err == nil {
				t.Error("minus of a parenthesis was taken")
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", where, err)
			continue
		}
		if got := expr.Match(stmt.(*Select).Where, item); got != want {
			t.Errorf("%s is %v", where, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`SELECT * FROM "shop" WHERE pk = 'CUSTOMER#1'`,
		`SELECT a.b[0], "c" FROM "t"."i" WHERE x BETWEEN 1 AND 2e3 AND begins_with(y, 'z') OR q IS NOT MISSING ORDER BY pk DESC, sk`,
		`INSERT INTO t VALUE {'pk': ?, 'l': [1, -.5, 'x'], 'm': {'n': null}, 's': <<'a','b'>>}`,
		`UPDATE t SET a = a + 1, b = list_append(b, [1]) SET s = set_add(s, <<1>>) REMOVE c[1] WHERE pk = 'x' RETURNING ALL NEW *`,
		`FROM t WHERE pk = 'x' SET a = if_not_exists(a, 0)`,
		`DELETE FROM t WHERE pk = 'x' AND size(a) > 1 RETURNING ALL OLD *`,
		`EXISTS(SELECT * FROM t WHERE pk = 'x' AND a = 1)`,
		"SELECT /* c */ * -- d\nFROM t;", `SELECT * FROM t WHERE ((((a = 1))))`, `"`, `<<`, `SELECT * FROM t WHERE a = 1e2147483648`,
	} {
		f.Add(s)
	}
	params := []attr.Value{attr.String("p")}
	f.Fuzz(func(t *testing.T, s string) {
		stmt, err := Parse(s, params)
		if err == nil {
			stmt2, err2 := Parse(s, params)
			if err2 != nil || Table(stmt) != Table(stmt2) {
				t.Fatalf("%q read twice differs", s)
			}
			if sel, ok := stmt.(*Select); ok {
				expr.Match(sel.Where, attr.NewMap(attr.Field{Name: "a", Value: attr.Int(1)}))
			}
			return
		}
		var refusal attr.Refusal
		if !errors.As(err, &refusal) || strings.TrimSpace(err.Error()) == "" {
			t.Fatalf("%q: an error without a message: %v", s, err)
		}
	})
}
