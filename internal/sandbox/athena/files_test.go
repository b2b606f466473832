//go:build cgo

package athena_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/sandbox/athena"
	"github.com/google/go-cmp/cmp"
)

// TestOwnFilesKeepEverything reads files that a loose reader would change.
func TestOwnFilesKeepEverything(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	late := func(row func(i int) string, last string) string {
		var b strings.Builder
		for i := range 30_000 {
			b.WriteString(row(i))
		}
		return b.String() + last
	}
	write("big.csv", "n,m,long,mixed\n99999999999999999999999999999999999999,9223372036854775808,"+strings.Repeat("9", 40)+",99999999999999999999\n-1,2,3,1.5\n")
	write("dated.csv", "d,n\n31/12/2024,99999999999999999999\n30/12/2024,1\n")
	write("empty.csv", "a,b\n")
	write("windows.csv", "\xef\xbb\xbfa,b\r\n1,2\r\n\r\n")
	write("one.csv", "n\n99999999999999999999\n1\n")
	write("u.json", `{"n":18446744073709551615,"x":{"u":18446744073709551615},"d":99999999999999999999999999999999999999}`+"\n")
	write("hash.csv", "a,b\n#1,2\n3,4\n")
	write("noted.csv", "# made by hand\na,b\n1,2\n")
	write("prose.csv", "note\nHello you\n\"a, b\"\n")
	write("upper.csv", "a\n1\n")
	write("UPPER.csv", "a\n2\n")
	write("Upper.csv", "a\n3\n")
	write("with_notes/a.csv", "n\n1\n")
	write("with_notes/notes.txt", "nothing to do with it\n")
	write("notes.txt", "nothing\n")
	write("mixed/a.csv", "n\n1\n")
	write("mixed/b.json", `{"n":2}`+"\n")
	write("rag.csv", "a,b\n1,2\n3\n4,5,6")
	write("short.csv", "a,b\n1,2\n3\n")
	write("titled.csv", "The report\na,b\n1,2\n3,4\n")
	write("latin.csv", "a,b\n1,caf\xe9\n")
	write("late.csv", late(func(i int) string { return fmt.Sprintf("%d,x\n", i) }, "oops,y\n"))
	write("late_rag.csv", late(func(i int) string { return fmt.Sprintf("%d,x\n", i) }, "1,y,z\n"))
	write("late_type.json", late(func(i int) string { return fmt.Sprintf("{\"n\":%d}\n", i) }, "{\"n\":\"oops\"}\n"))
	write("torn.json", "{\"n\":1}\n{\"n\":2\n")
	w := newWorld(t, athena.Options{DataDir: dir})

	if got := w.query("show tables in files"); !cmp.Equal(got, [][]string{
		{"big"}, {"dated"}, {"empty"}, {"hash"}, {"late"}, {"late_rag"}, {"late_type"}, {"latin"}, {"mixed"}, {"noted"}, {"one"}, {"prose"}, {"rag"}, {"short"},
		{"titled"}, {"torn"}, {"u"}, {"upper"}, {"upper_csv"}, {"upper_csv_2"}, {"windows"}, {"with_notes"}}) {
		t.Errorf("tables %v", got)
	}
	for sql, want := range map[string][][]string{
		"select * from files.big order by m desc": {{"n", "m", "long", "mixed"},
			{"99999999999999999999999999999999999999", "9223372036854775808", strings.Repeat("9", 40), "1.0E20"}, {"-1", "2", "3", "1.5"}},
		"select typeof(n), typeof(long), typeof(mixed) from files.big limit 1": {{"_col0", "_col1", "_col2"}, {"decimal(38,0)", "varchar", "double"}},
		"select * from files.dated order by n":                                 {{"d", "n"}, {"2024-12-30", "1"}, {"2024-12-31", "99999999999999999999"}},
		"select * from files.empty":                                            {{"a", "b"}},
		"select * from files.windows":                                          {{"a", "b"}, {"1", "2"}},
		"select * from files.one order by n":                                   {{"n"}, {"1"}, {"99999999999999999999"}},
		"select * from files.u":                                                {{"n", "x", "d"}, {"18446744073709551615", "{u=18446744073709551615}", "99999999999999999999999999999999999999"}},
		"select * from files.hash":                                             {{"a", "b"}, {"#1", "2"}, {"3", "4"}},
		"select * from files.noted":                                            {{"a", "b"}, {"1", "2"}},
		"select * from files.prose":                                            {{"note"}, {"Hello you"}, {"a, b"}},
		"select u.a, c.a, d.a from files.upper u, files.upper_csv c, files.upper_csv_2 d limit 1": {{"a", "a", "a"}, {"1", "2", "3"}},
		"select * from files.with_notes": {{"n"}, {"1"}},
	} {
		if diff := cmp.Diff(want, w.query(sql)); diff != "" {
			t.Errorf("%s: %s", sql, diff)
		}
	}
	path := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	for table, want := range map[string]string{
		"mixed":     "holds files of two formats, " + path("mixed/a.csv") + " (CSV) and " + path("mixed/b.json") + " (JSON)",
		"rag":       "Cannot read " + path("rag.csv") + ": line 3 has 1 value where line 1 has 2",
		"short":     "Cannot read " + path("short.csv") + ": line 3 has 1 value where line 1 has 2",
		"titled":    "Cannot read " + path("titled.csv") + ": line 2 has 2 values where line 1 has 1",
		"latin":     "Cannot read " + path("latin.csv") + ", line 2: it is not UTF-8 text",
		"late":      "Cannot read " + path("late.csv") + `, line 30001: Error when converting column "column0". Could not convert string "oops" to 'BIGINT'`,
		"late_rag":  "Cannot read " + path("late_rag.csv") + ", line 30001: it has 3 values where the lines above have 2",
		"late_type": "Cannot read " + path("late_type.json") + `, line 30001: Failed to cast value to numerical: "oops"`,
		"torn":      "Cannot read " + path("torn.json") + ", at byte 8 in line 3: malformed JSON: unexpected end of data",
	} {
		got := w.reason("select * from files." + table)
		if !strings.HasPrefix(got, "HIVE_BAD_DATA: ") || !strings.Contains(got, want) || strings.Contains(got, "\n") {
			t.Errorf("%s: %s\n\twant %s", table, got, want)
		}
	}

	// A Parquet file of unsigned numbers, made by the engine itself.
	if err := athena.WriteUnsigned(t.Context(), path("unsigned.parquet")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]string{{"n", "l", "_col2"}, {"18446744073709551615", "[18446744073709551615]", "decimal(20,0)"}},
		w.query("select n, l, typeof(n) from files.unsigned")); diff != "" {
		t.Error(diff)
	}
}

// TestFullDisk writes to the device that is always full.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	const want = "HIVE_WRITER_DATA_ERROR: no space left in /dev (the data set needs about 2 MB)"
	if err := athena.GenerateOnto(t.Context(), "/dev/full", 30_000); err == nil || err.Error() != want {
		t.Errorf("%v\n\twant %s", err, want)
	}
	if err := athena.GenerateOnto(t.Context(), filepath.Join(t.TempDir(), "absent", "x"), 1000); err == nil || strings.Contains(err.Error(), "no space") {
		t.Errorf("a folder that is absent: %v", err)
	}
}
