package rsql_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rsql"
	"github.com/google/go-cmp/cmp"
)

func TestLexKeepsTextAndPlace(t *testing.T) {
	tokens, err := rsql.Lex("SELECT a.\"B\"\"b\" , E'x\\'y' -- note\n/* /* in */ out */ ::VARCHAR $1 $$it's$$ #tmp 1.5e3 ->> é")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, token := range tokens {
		got = append(got, token.Text)
	}
	want := []string{"select", "a", ".", `"B""b"`, ",", "'x''y'", "::", "varchar", "$1", "'it''s'", "#tmp", "1.5e3", "->>", "é"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if tokens[6].Pos != 53 {
		t.Errorf("the cast stands at %d", tokens[6].Pos)
	}
}

func TestLexRefusesWhatDoesNotEnd(t *testing.T) {
	for text, pos := range map[string]int{"select 'a": 7, `select "a`: 7, "select /* a": 7, "select $x$ a": 7, "select `a`": 7, `select ""`: 7} {
		_, err := rsql.Lex(text)
		var e *rsql.SyntaxError
		if !errors.As(err, &e) || e.Pos != pos {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestSplitLeavesSemicolonsInQuotesAlone(t *testing.T) {
	got := rsql.Split("; select ';' ;\n-- ;\n select $$;$$;  ")
	want := []rsql.Piece{{SQL: " select ';' ", Offset: 1}, {SQL: "\n-- ;\n select $$;$$", Offset: 14}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// rewrites show what a statement becomes; what it then means is tested against
// the engine.
var rewrites = []struct{ sql, want string }{
	{"SELECT Name FROM T", "select name from t"},
	{"select a/b", `select ( struct_extract ( struct_pack(fl := 0) , 'fl_site:0:' || concat_ws ( chr(1) , typeof ( a ) , typeof ( b ) ) ) ) as "?column?"`},
	{"select a*b/7", `select ( struct_extract ( struct_pack(fl := 0) , 'fl_site:0:' || concat_ws ( chr(1) , typeof ( a * b ) ) ) ) as "?column?"`},
	{"select count(*) from t where x::int > 1", `select count ( * ) as "count" from t where CAST ( x as INTEGER ) > 1`},
	{"select top 5 a from t union select 1", `select a from t limit 5 union select 1 as "?column?"`},
	{"select nvl(a, b) from t a minus select 2 x", `select coalesce ( a , b ) as "coalesce" from t a except select 2 x`},
	{"select a::varchar(3) b", "select left ( CAST ( a as VARCHAR ) , 3 ) b"},
	{"select current_user, getdate()", `select 'me' as "current_user" , TIMESTAMP '2026-01-02 03:04:05' as "getdate"`},
	{"create table t (a int encode zstd, b varchar(4) not null) diststyle all", `create table t ( a INTEGER , b VARCHAR check ( strlen ( "b" ) <= 4 ) not null )`},
	{"select x from #t", `select x from "#t"`},
	{"delete t where a = 1", "delete from t where a = 1"},
	{"select doc.a.b from t where doc.a.b = 'x' and t.doc.n[0] > 1", `select doc . a . b from t where json_extract_string ( doc , '$."a"."b"' ) = 'x' and TRY_CAST ( json_extract_string ( t . doc , '$."n"[0]' ) as DOUBLE ) > 1`},
	{"select i.k from t, t.doc.items i", `select "i" . k from t , unnest ( CAST ( t . doc . items as JSON[] ) ) as "i" ( "i" )`},
	{"select n from generate_series(1, 3) n, u", "select n from generate_series ( 1 , 3 ) as n ( n ) , u"},
	{"select n from generate_series(1, 3) as s(n)", "select n from generate_series ( 1 , 3 ) as s ( n )"},
	{"select 1 as a from generate_series(1, 3) where true", "select 1 as a from generate_series ( 1 , 3 ) where true"},
	{"select ~a, a + 1 # b * 2, |/ 4", `select ~ a as "?column?" , xor ( a + 1 , b * 2 ) as "?column?" , sqrt ( CAST ( 4 as DOUBLE ) ) as "?column?"`},
	{"select $1::int, $2", `select CAST ( <1> as INTEGER ) as "int4" , <2> as "?column?"`},
}

func context() rsql.Context {
	return rsql.Context{
		User: "me", Database: "dev", Schema: "public", PID: 7, Now: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Began: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC),
		Super: func(column string) bool { return column == "doc" },
		Param: func(n int) string { return "<" + string(rune('0'+n%10)) + ">" },
	}
}

func TestRewrite(t *testing.T) {
	for _, test := range rewrites {
		tokens, err := rsql.Lex(test.sql)
		if err != nil {
			t.Fatal(err)
		}
		got, err := rsql.Rewrite(tokens, context())
		if err != nil {
			t.Errorf("%s: %v", test.sql, err)
			continue
		}
		if got.SQL != test.want {
			t.Errorf("%s\n  got  %s\n  want %s", test.sql, got.SQL, test.want)
		}
	}
}

func TestPlacesLeadBackToTheSource(t *testing.T) {
	const sql = "select nvl(a, 1)/2, 'ü'::varchar(3), wrong from t"
	tokens, err := rsql.Lex(sql)
	if err != nil {
		t.Fatal(err)
	}
	out, err := rsql.Rewrite(tokens, context())
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"wrong", "from", "'ü'"} {
		if got, want := out.Source(strings.LastIndex(out.SQL, word)), strings.Index(sql, word); got != want {
			t.Errorf("%s: place %d, want %d", word, got, want)
		}
	}
	if got := out.Source(len(out.SQL)); got != len(sql) {
		t.Errorf("the end is at %d", got)
	}
}

// FuzzRewrite feeds any text through: nothing may panic, and every place of
// the output has to lead into the source.
func FuzzRewrite(f *testing.F) {
	for _, test := range rewrites {
		f.Add(test.sql)
	}
	for _, sql := range []string{
		"create table t as (select 1)", "select case when a then b end/2", "select to_char(a, 'YYYY'), to_number(b, '9D9')", "alter table t add column a int",
		"select listagg(a) within group (order by b) over (partition by c)", "select a.b.c[0].d::int x from t, t.doc[0] as e at i", "select into", "create table",
		"create table t (a", "select ::int", "select /", "select 1 /", "alter table t add", "create table t (like)", "select top", "select x similar to", "select ~", "select cast(as int)",
	} {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		if len(sql) > 2000 {
			return
		}
		for _, piece := range rsql.Split(sql) {
			if sql[piece.Offset:piece.Offset+len(piece.SQL)] != piece.SQL {
				t.Fatalf("piece %q is not at %d", piece.SQL, piece.Offset)
			}
		}
		tokens, err := rsql.Lex(sql)
		if err != nil {
			return
		}
		out, err := rsql.Rewrite(tokens, context())
		if err != nil {
			return
		}
		for i := range len(out.SQL) {
			if p := out.Source(i); p < 0 || p > len(sql) {
				t.Fatalf("place %d of %q leads to %d", i, out.SQL, p)
			}
		}
		rsql.SelectsInto(tokens)
		rsql.LastName(tokens)
	})
}

func TestDeepNestingIsRefused(t *testing.T) {
	tokens, err := rsql.Lex("select " + strings.Repeat("(", 100_000) + "1" + strings.Repeat(")", 100_000))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rsql.Rewrite(tokens, context()); err == nil || !strings.Contains(err.Error(), "stack depth") {
		t.Errorf("got %v", err)
	}
}
