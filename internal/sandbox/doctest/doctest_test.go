package doctest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	got, err := parse(`# Words about the file.

# https://example.com/a
select 1,
  'a'
= integer|varchar(1)
1|a

# a remark
select x
~ ?
1
2
# no remark
# https://example.com/b

create table t
= -

select nope
! no such column: nope
`)
	if err != nil {
		t.Fatal(err)
	}
	want := []Case{
		{Page: "https://example.com/a", SQL: "select 1,\n  'a'", Line: 4, Types: []string{"integer", "varchar(1)"}, Rows: []string{"1|a"}},
		{Page: "https://example.com/a", SQL: "select x", Line: 10, Types: []string{"?"}, AnyOrder: true,
			Rows: []string{"1", "2", "# no remark", "# https://example.com/b"}},
		{Page: "https://example.com/a", SQL: "create table t", Line: 17, Types: []string{"-"}},
		{Page: "https://example.com/a", SQL: "select nope", Line: 20, Failure: "no such column: nope"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"select 1\n= integer\n1\n", "# https://example.com/a\nselect 1\n"} {
		if _, err := parse(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}
