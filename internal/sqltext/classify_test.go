package sqltext

import (
	"bufio"
	"embed"
	"strings"
	"testing"
)

//go:embed testdata/*.txt
var testdata embed.FS

// TestClassify runs the tables in testdata: a file a dialect, a heading "# class"
// above the statements of that class, one on each line; ⏎ stands for a line end.
func TestClassify(t *testing.T) {
	total := 0
	for _, d := range []Dialect{Trino, Redshift, PartiQL} {
		f, err := testdata.Open("testdata/" + string(d) + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		var want Class
		lines := bufio.NewScanner(f)
		for n := 1; lines.Scan(); n++ {
			line := lines.Text()
			if class, ok := strings.CutPrefix(line, "# "); ok {
				want = Class(class)
				continue
			}
			if strings.TrimSpace(line) == "" {
				continue
			}
			total++
			statement := strings.ReplaceAll(line, "⏎", "\n")
			for _, form := range []string{statement, strings.ToUpper(statement), "\ufeff-- a 'comment\n\t/* and \" another */ " + statement, statement + "\n;\n", statement + " -- the end"} {
				if strings.ContainsAny(statement, "$") && form == strings.ToUpper(statement) {
					continue // dollar tags know upper and lower case
				}
				if got := Classify(d, form); got != want {
					t.Errorf("%s.txt:%d: got %s, want %s: %s", d, n, got, want, form)
				}
			}
		}
	}
	if total < 300 {
		t.Errorf("the tables hold %d statements: some went missing", total)
	}
}

func TestOnlyReadAndSessionPassAGuard(t *testing.T) {
	for class, want := range map[Class]bool{Read: false, Session: false, Write: true, DDL: true, Unknown: true, "": true} {
		if class.Changes() != want {
			t.Errorf("%q: %v", class, class.Changes())
		}
	}
}

func TestNothingCountsAsAWrite(t *testing.T) {
	for _, d := range []Dialect{Trino, Redshift, PartiQL, "other"} {
		for _, s := range []string{"", ";", "-- x", "/* x */", "(", "()", "((", ")", "'x'", "\"select\"", "1", "select 'open", "select /* open", "\x00", "select 1 \x00; drop table t"} {
			if got := Classify(d, s); !got.Changes() {
				t.Errorf("%s: %q is a %s", d, s, got)
			}
		}
	}
}

// FuzzClassify: what is put behind a semicolon is never overlooked, and a
// comment before a statement changes nothing.
func FuzzClassify(f *testing.F) {
	for _, s := range []string{"select 1", "with a as (select 1) select * from a", `select '\'`, "select $$x$$", "explain (analyze) select 1", "select 1 -- x", "select 1into t"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, d := range []Dialect{Trino, Redshift, PartiQL} {
			class := Classify(d, s)
			if got := Classify(d, "/* c */\n"+s); got != class && !strings.HasPrefix(s, "\ufeff") {
				t.Errorf("%s: %q is %s, and %s behind a comment", d, s, class, got)
			}
			if class.Changes() {
				continue
			}
			if got := Classify(d, s+"\n;delete from t"); !got.Changes() {
				t.Errorf("%s: a delete behind %q is a %s", d, s, got)
			}
		}
	})
}
