//go:build unix

package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/sandbox"
)

// nestedValue is a typed value of so many levels, lists and maps in turn.
func nestedValue(levels int) string {
	v := `{"S":"deep"}`
	for i := 1; i < levels; i++ {
		if i%2 == 0 {
			v = `{"L":[` + v + `]}`
		} else {
			v = `{"M":{"m":` + v + `}}`
		}
	}
	return v
}

// hardItems are typed items, as DynamoDB writes them, of all that is hard to keep.
func hardItems() []string {
	item := func(n int, rest string) string {
		return fmt.Sprintf(`{"Item":{%s,"pk":{"S":"HARD"},"sk":{"S":"%03d"}}}`, rest, n)
	}
	values := []string{
		`{"N":"99999999999999999999999999999999999999"}`, `{"N":"-99999999999999999999999999999999999999"}`,
		`{"N":"9.9999999999999999999999999999999999999E+125"}`, `{"N":"-9.9999999999999999999999999999999999999E+125"}`,
		`{"N":"1E-130"}`, `{"N":"-1E-130"}`, `{"N":"0"}`, `{"N":"0.1"}`,
		`{"S":""}`, `{"S":"null"}`, `{"S":"1.50"}`, `{"S":" \u0001\n\té😀\"\\ "}`,
		`{"B":""}`, `{"B":"3q0AAA=="}`, `{"BOOL":true}`, `{"BOOL":false}`, `{"NULL":true}`,
		`{"SS":["a","b"]}`, `{"NS":["-2.5","1"]}`, `{"BS":["AA==","3q0="]}`, `{"L":[]}`, `{"M":{}}`,
		`{"L":[{"NULL":true},{"S":""},{"N":"1"},{"B":"AA=="},{"SS":["x"]},{"L":[{"M":{}}]}]}`,
		`{"M":{"B":{"S":"AA=="}}}`, `{"M":{"SS":{"L":[{"S":"x"}]}}}`, `{"M":{"M":{"M":{"N":{"N":"1"}}}}}`, `{"M":{"N":{"S":"1"}}}`,
		nestedValue(32),
	}
	var lines []string
	for _, v := range values {
		lines = append(lines, item(len(lines), `"a":`+v))
	}
	for _, name := range []string{`Item`, `size`, `a.b[0]`, `#n`, `:v`, `é \"q\" \\`, ` `, `$type`, `S`, `<&>`} {
		lines = append(lines, item(len(lines), `"`+name+`":{"N":"1"}`))
	}
	// Exactly 400 KB: pk, HARD, sk, 035 and the names are 12 bytes.
	lines = append(lines, item(len(lines), `"a":{"S":"`+strings.Repeat("x", 400<<10-12)+`"}`))
	return lines
}

// TestEveryValueComesBack writes items that are hard to keep, exports them in
// each format that carries them, imports that and compares every byte.
func TestEveryValueComesBack(t *testing.T) {
	srv, err := sandbox.Start(t.Context(), sandbox.Options{Rows: 100, SignedIn: true})
	if errors.Is(err, sandbox.ErrNoEngine) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	env, dir := environment(t, srv), t.TempDir()
	do := func(args ...string) string {
		t.Helper()
		p := startProcess(t, env, append([]string{"dynamodb", args[0], "dynamodb://static@us-east-1"}, args[1:]...)...)
		if code := p.exit(); code != 0 {
			t.Fatalf("%v: exit %d: %s", args, code, p.text())
		}
		return p.text()
	}
	lines := hardItems()
	from := filepath.Join(dir, "hard.jsonl")
	if err := os.WriteFile(from, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	do("import", from, "--table", "copy")
	read := func(table string) []string {
		t.Helper()
		file := filepath.Join(dir, table+"-is.jsonl")
		do("scan", "--table", table, "--format", "dynamodb-json", "-o", file)
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
		slices.Sort(got)
		return got
	}
	first := read("copy")
	if len(first) != len(lines) {
		t.Fatalf("%d items, want %d", len(first), len(lines))
	}
	for i, format := range []string{"jsonl", "json", "dynamodb-json", "jsonl.gz", "json.zst"} {
		name, _, _ := strings.Cut(format, ".")
		table, file := fmt.Sprintf("again%d", i), filepath.Join(dir, fmt.Sprintf("export%d.%s", i, strings.TrimPrefix(format, "dynamodb-")))
		do("scan", "--table", "copy", "--format", name, "-o", file)
		do("import", file, "--table", table, "--format", name, "--create-like", "copy")
		for n, line := range read(table) {
			if line != first[n] {
				t.Errorf("%s: %.200s\nbecame\n%.200s", format, first[n], line)
			}
		}
	}
	// One byte more than 400 KB, and one level more than 32, are refused by line.
	tooMuch := strings.Replace(lines[len(lines)-1], `"S":"x`, `"S":"xx`, 1) + "\n" + lines[0] + "\n" +
		`{"Item":{"pk":{"S":"HARD"},"sk":{"S":"x"},"a":` + nestedValue(33) + "}}\n"
	if err := os.WriteFile(from, []byte(tooMuch), 0o600); err != nil {
		t.Fatal(err)
	}
	p := startProcess(t, env, "dynamodb", "import", "dynamodb://static@us-east-1", from, "--table", "copy")
	code := p.exit()
	refused, err := os.ReadFile(from + ".refused.jsonl")
	if err != nil || code != 1 {
		t.Fatalf("exit %d: %v: %s", code, err, p.text())
	}
	if !strings.Contains(p.text(), "2 rows were refused") || !strings.HasPrefix(string(refused), `{"line":1,"number":1,"reason":"the item has 409601 bytes`) ||
		!strings.Contains(string(refused), `{"line":3,"number":3,"reason":"attribute a`) {
		t.Errorf("%s\n%.300s", p.text(), refused)
	}
}
