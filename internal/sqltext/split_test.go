package sqltext

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name string
		d    Dialect
		text string
		want []string
	}{
		{"nothing", Trino, "", nil},
		{"only space and semicolons", Trino, " \n;;\t; ", nil},
		{"only comments", Trino, "-- a\n/* b; */ ; -- c", nil},
		{"one without semicolon", Trino, "select 1", []string{"select 1"}},
		{"one with", Trino, "  select 1 ;  ", []string{"select 1"}},
		{"two", Trino, "select 1; select 2", []string{"select 1", "select 2"}},
		{"comments stay with their statement", Trino, "-- first\nselect 1; /* second */ select 2 -- end", []string{"-- first\nselect 1", "/* second */ select 2 -- end"}},
		{"in a string", Trino, "select ';', 'it''s;' ; select 2", []string{"select ';', 'it''s;'", "select 2"}},
		{"in a quoted identifier", Trino, `select ";" from "a"";b"; x`, []string{`select ";" from "a"";b"`, "x"}},
		{"in a line comment", Trino, "select 1 -- a;b\n; select 2", []string{"select 1 -- a;b", "select 2"}},
		{"a line comment ends at a carriage return", Trino, "select 1 -- a\r; drop table t", []string{"select 1 -- a", "drop table t"}},
		{"in a block comment", Trino, "select /* ; */ 1; select 2", []string{"select /* ; */ 1", "select 2"}},
		{"Trino does not nest comments", Trino, "select /* /* ; */ 1; select 2", []string{"select /* /* ; */ 1", "select 2"}},
		{"Redshift nests comments", Redshift, "select /* /* ; */ ; */ 1; select 2", []string{"select /* /* ; */ ; */ 1", "select 2"}},
		{"a quote in a comment", Trino, "select 1 -- it's\n; select 2", []string{"select 1 -- it's", "select 2"}},
		{"a comment in a string", Trino, "select '--;', '/*'; select 2", []string{"select '--;', '/*'", "select 2"}},
		{"minus minus one", Trino, "select 1 - -1; select 2", []string{"select 1 - -1", "select 2"}},
		{"a backslash in Trino is a backslash", Trino, `select '\'; select 2`, []string{`select '\'`, "select 2"}},
		{"a backslash in Redshift escapes", Redshift, `select '\';'; select 2`, []string{`select '\';'`, "select 2"}},
		{"two backslashes in Redshift are one", Redshift, `select '\\'; select 2`, []string{`select '\\'`, "select 2"}},
		{"a backslash in Hive DDL escapes", Trino, `create external table t (a int) row format delimited fields terminated by '\'' escaped by '\\' lines terminated by ';'; select '\'; x`,
			[]string{`create external table t (a int) row format delimited fields terminated by '\'' escaped by '\\' lines terminated by ';'`, `select '\'`, "x"}},
		{"backticks in Athena DDL", Trino, "drop table `a;b`; select 1", []string{"drop table `a;b`", "select 1"}},
		{"dollar quotes", Redshift, "create procedure p() as $$ begin; end; $$ language plpgsql; call p()", []string{"create procedure p() as $$ begin; end; $$ language plpgsql", "call p()"}},
		{"tagged dollar quotes", Redshift, "select $a$ $$; $b$; $a$; select 2", []string{"select $a$ $$; $b$; $a$", "select 2"}},
		{"a parameter is no dollar quote", Redshift, "select $1; select $2", []string{"select $1", "select $2"}},
		{"a dollar in a name", Redshift, "select a$b$ from t; select $b$;$b$", []string{"select a$b$ from t", "select $b$;$b$"}},
		{"dollar quotes are Redshift's", Trino, "select $$; select 2", []string{"select $$", "select 2"}},
		{"table with a dollar", Trino, `select * from "t$partitions"; x`, []string{`select * from "t$partitions"`, "x"}},
		{"PartiQL bags", PartiQL, "insert into \"t\" value {'pk':'a;b','s':<<'x;','y'>>}; select * from \"t\"", []string{"insert into \"t\" value {'pk':'a;b','s':<<'x;','y'>>}", "select * from \"t\""}},
		{"PartiQL Ion literals", PartiQL, "select `{a:\";\"}` from t; x", []string{"select `{a:\";\"}` from t", "x"}},
		{"other alphabets", Trino, "select 'ü;' as größe; select 2", []string{"select 'ü;' as größe", "select 2"}},
		{"a byte order mark", Trino, "\uFEFFselect 1;", []string{"select 1"}},
		{"bad UTF-8", Trino, "select '\xff;'; select \xfe", []string{"select '\xff;'", "select \xfe"}},
		{"windows lines", Trino, "select 1;\r\n-- x\r\nselect 2;\r\n", []string{"select 1", "-- x\r\nselect 2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, p := range Split(c.d, c.text) {
				got = append(got, p.Text)
				if p.Text != c.text[p.Start:p.End] || p.Unterminated != "" {
					t.Errorf("%+v", p)
				}
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestSplitPositions(t *testing.T) {
	got := Split(Trino, "select 1; select 2;\n\n  -- größer\n  'ü' x; y")
	want := []Piece{
		{Text: "select 1", Start: 0, End: 8, Line: 1, Column: 1},
		{Text: "select 2", Start: 10, End: 18, Line: 1, Column: 11},
		{Text: "-- größer\n  'ü' x", Start: 23, End: 43, Line: 3, Column: 3},
		{Text: "y", Start: 45, End: 46, Line: 4, Column: 10},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestSplitTellsWhatIsOpen(t *testing.T) {
	for _, c := range []struct {
		d          Dialect
		text, want string
	}{
		{Trino, "select 'abc; select 2", "string"},
		{Trino, "select 'abc''", "string"},
		{Redshift, `select 'abc\'`, "string"},
		{Redshift, `select 'abc\`, "string"},
		{Trino, `select "abc; select 2`, "quoted identifier"},
		{Trino, "drop table `abc", "quoted identifier"},
		{Trino, "select 1 /* abc; ", "comment"},
		{Trino, "/* abc", "comment"},
		{Redshift, "select /* /* */ 1;", "comment"},
		{Redshift, "select $$ abc; $", "dollar-quoted string"},
		{Redshift, "select $a$ abc; $b$", "dollar-quoted string"},
		{PartiQL, "select `abc;", "Ion literal"},
	} {
		pieces := Split(c.d, "select 0; "+c.text)
		if len(pieces) != 2 || pieces[0].Unterminated != "" || pieces[1].Unterminated != c.want || pieces[1].Text != c.text {
			t.Errorf("%s: %+v", c.text, pieces)
		}
	}
}

// FuzzSplit holds Split to what every text must yield: pieces in order, apart,
// cut from the text, with nothing but space, comments and semicolons between;
// and splitting a piece again changes nothing.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"select 1; select 2", `a'b''c;"d;";-- e` + "\n;/* f */$$;$$;`g;`", `'\';'`, "create external table '\\';'", "/* /* */ ; */", "\uFEFF;1into;$1;$a$", "'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, d := range []Dialect{Trino, Redshift, PartiQL} {
			at := 0
			for i, p := range Split(d, s) {
				if p.Start < at || p.End <= p.Start || p.Text != s[p.Start:p.End] || p.Line < 1 || p.Column < 1 {
					t.Fatalf("%s: piece %d %+v of %q", d, i, p, s)
				}
				if between := Split(d, s[at:p.Start]); len(between) != 0 {
					t.Fatalf("%s: %q was lost from %q", d, s[at:p.Start], s)
				}
				again := Split(d, p.Text)
				if len(again) != 1 || again[0].Text != p.Text || again[0].Unterminated != p.Unterminated {
					t.Fatalf("%s: %q splits again into %+v", d, p.Text, again)
				}
				at = p.End
			}
			Classify(d, s)
		}
	})
}
