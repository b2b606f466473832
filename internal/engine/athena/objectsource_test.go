package athena

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/enginetest"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

// kept is a finished query whose result lies in S3 and behind the page API.
type kept struct {
	columns []map[string]any
	rows    [][]cell // the header row first
	object  []byte

	mu   sync.Mutex
	gets int
	// wrong answers the nth GET in the place of S3, if it returns true.
	wrong func(n int, w http.ResponseWriter, r *http.Request) bool
}

// numbers is a result of n rows; row i holds i, a text and, now and then, NULL
// or an empty text.
func numbers(n int) *kept {
	k := &kept{columns: []map[string]any{column("n", "bigint"), column("s", "varchar")}, rows: [][]cell{known("n", "s")}}
	for i := range n {
		k.rows = append(k.rows, []cell{{strconv.Itoa(i), true}, {noteOf(i), i%7 != 0}})
	}
	k.object = []byte(asText(k.rows))
	return k
}

func noteOf(i int) string {
	if i%7 == 0 || i%7 == 1 {
		return ""
	}
	return fmt.Sprintf("row \"%d\",\nwith more text so that the object has several ranges", i)
}

// athena is the double that answers for the query; execution is changed by edit.
func (k *kept) athena(edit func(x map[string]any)) *double {
	d := &double{answer: finished("DML", "SELECT"), s3: http.HandlerFunc(k.get)}
	usual := d.answer["GetQueryExecution"]
	d.answer["GetQueryExecution"] = func(in map[string]any) any {
		out := usual(in)
		x := out.(map[string]any)["QueryExecution"].(map[string]any)
		x["ResultConfiguration"] = map[string]any{"OutputLocation": "s3://results/p/q-1.csv"}
		if edit != nil {
			edit(x)
		}
		return out
	}
	d.answer["GetQueryResults"] = func(in map[string]any) any {
		from := 0
		if token, ok := in["NextToken"].(string); ok {
			from, _ = strconv.Atoi(token)
		}
		to, next := min(from+pageRows, len(k.rows)), ""
		if to < len(k.rows) {
			next = strconv.Itoa(to)
		}
		var rows [][]any
		for _, r := range k.rows[from:to] {
			row := make([]any, len(r))
			for i, c := range r {
				if c.known {
					row[i] = c.text
				}
			}
			rows = append(rows, row)
		}
		return resultPage(next, k.columns, rows...)
	}
	return d
}

func (k *kept) get(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	k.gets++
	n, wrong := k.gets, k.wrong
	k.mu.Unlock()
	if wrong != nil && wrong(n, w, r) {
		return
	}
	if r.URL.Path != "/results/p/q-1.csv" && r.URL.Path != "/results/p/q-1.txt" {
		noSuchKey(w)
		return
	}
	w.Header().Set("Etag", `"one"`)
	http.ServeContent(w, r, "", time.Unix(1_700_000_000, 0), bytes.NewReader(k.object))
}

func noSuchKey(w http.ResponseWriter) { s3Refuses(w, 404, "NoSuchKey") }

func s3Refuses(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>on purpose</Message><RequestId>s3-1</RequestId></Error>", code)
}

// count reads a result of numbers and reports how many rows came, each in its
// place, before the error.
func count(t *testing.T, s result.Stream) (n int, err error) {
	t.Helper()
	defer s.Close()
	for {
		b, err := s.Next(t.Context())
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		for r := range int(b.NumRows()) {
			note := b.Column(1)
			if got := b.Column(0).ValueStr(r); got != strconv.Itoa(n) || note.IsNull(r) != (n%7 == 0) || !note.IsNull(r) && note.ValueStr(r) != noteOf(n) {
				t.Fatalf("row %d holds %s and %q", n, got, note.ValueStr(r))
			}
			n++
		}
		b.Release()
	}
}

func TestLargeResultsComeFromS3(t *testing.T) {
	for _, c := range []struct {
		fetch      string
		rows       int
		path       string
		pages, got int // of the page API, of S3
	}{
		{"auto", 0, "pages", 1, 0}, {"auto", 999, "pages", 1, 0},
		{"auto", 1000, "s3 (1 range)", 1, 1}, {"auto", 200_000, "s3 (6 ranges)", 1, 6},
		{"s3", 0, "s3 (1 range)", 1, 1}, {"s3", 5, "s3 (1 range)", 1, 1}, {"s3", 2500, "s3 (1 range)", 1, 1},
		{"pages", 2500, "pages", 3, 0},
	} {
		k := numbers(c.rows)
		d := k.athena(nil)
		s, err := openDouble(t, d, map[string]string{"fetch": c.fetch}).Run(t.Context(), engine.Statement{Text: "select n, s from t"})
		if err != nil {
			t.Fatal(err)
		}
		n, err := count(t, s)
		st := s.Stats()
		if n != c.rows || err != nil || st.Path != c.path || st.Rows != int64(n) || len(st.Notes) != 0 {
			t.Errorf("%+v: %d rows, %v, %+v", c, n, err, st)
		}
		if d.count("GetQueryResults") != c.pages || k.gets < c.got || c.got == 0 && k.gets != 0 {
			t.Errorf("%+v: %d pages, %d GETs", c, d.count("GetQueryResults"), k.gets)
		}
	}
}

// The first row of a large result must not wait for S3.
func TestTheFirstRowsComeFromThePage(t *testing.T) {
	k := numbers(5000)
	release := make(chan struct{})
	k.wrong = func(n int, w http.ResponseWriter, r *http.Request) bool { <-release; return false }
	s, err := openDouble(t, k.athena(nil), nil).Run(t.Context(), engine.Statement{Text: "select n, s from t"})
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Next(t.Context())
	close(release)
	if err != nil || b.NumRows() != 999 {
		t.Errorf("%v, %v", b, err)
	}
	s.Close()
}

func TestWhatBarsS3LeavesThePages(t *testing.T) {
	refuse := func(status int, code string) func(int, http.ResponseWriter, *http.Request) bool {
		return func(_ int, w http.ResponseWriter, _ *http.Request) bool { s3Refuses(w, status, code); return true }
	}
	set := func(name string, value any) func(map[string]any) {
		return func(x map[string]any) { x[name] = value }
	}
	for name, c := range map[string]struct {
		edit  func(map[string]any)
		wrong func(int, http.ResponseWriter, *http.Request) bool
		note  string
	}{
		"denied":    {nil, refuse(403, "AccessDenied"), "S3 does not allow to read s3://results/p/q-1.csv"},
		"deleted":   {nil, refuse(404, "NoSuchKey"), "s3://results/p/q-1.csv is not there"},
		"no bucket": {nil, refuse(404, "NoSuchBucket"), "is not there"},
		"failing":   {nil, refuse(500, "InternalError"), "cannot be read"},
		"nonsense": {nil, func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			io.WriteString(w, "<html>log in</html>")
			return true
		}, "holds other rows"},
		"other rows": {nil, func(_ int, w http.ResponseWriter, r *http.Request) bool {
			io.WriteString(w, strings.Repeat("\"x\",\"y\"\n", 9))
			return true
		}, "holds other rows"},
		"empty": {nil, func(_ int, w http.ResponseWriter, r *http.Request) bool {
			s3Refuses(w, 416, "InvalidRange")
			return true
		}, "holds other rows"},
		"managed":   {set("ManagedQueryResultsConfiguration", map[string]any{"Enabled": true}), nil, "manages this workgroup's results"},
		"encrypted": {set("ResultConfiguration", map[string]any{"OutputLocation": "s3://results/p/q-1.csv", "EncryptionConfiguration": map[string]any{"EncryptionOption": "CSE_KMS"}}), nil, "CSE_KMS"},
		"not told":  {set("ResultConfiguration", nil), nil, "does not tell"},
		"no object": {set("ResultConfiguration", map[string]any{"OutputLocation": "s3://results/p/"}), nil, "no result object"},
	} {
		for _, fetch := range []string{"auto", "s3"} {
			t.Run(name+" "+fetch, func(t *testing.T) {
				t.Parallel()
				k := numbers(2500)
				k.wrong = c.wrong
				s, err := openDouble(t, k.athena(c.edit), map[string]string{"fetch": fetch}).Run(t.Context(), engine.Statement{Text: "select n, s from t"})
				if err != nil {
					t.Fatal(err)
				}
				n, err := count(t, s)
				st := s.Stats()
				if n != 2500 || err != nil || st.Path != "pages" || len(st.Notes) != 1 || !strings.Contains(st.Notes[0], c.note) {
					t.Errorf("%d rows, %v, %+v", n, err, st)
				}
			})
		}
	}
}

// Once rows of the object were delivered, what breaks it is an error: a second
// way might repeat or lose some.
func TestWhatBreaksAnObjectIsAnError(t *testing.T) {
	after := func(first int, do func(w http.ResponseWriter, r *http.Request)) func(int, http.ResponseWriter, *http.Request) bool {
		return func(n int, w http.ResponseWriter, r *http.Request) bool {
			if n > first {
				do(w, r)
			}
			return n > first
		}
	}
	for name, c := range map[string]struct {
		wrong  func(int, http.ResponseWriter, *http.Request) bool
		spoil  func(k *kept)
		code   fault.Code
		says   string
		amount int
	}{
		"replaced": {after(1, func(w http.ResponseWriter, r *http.Request) { s3Refuses(w, 412, "PreconditionFailed") }), nil, fault.Unavailable, "replaced while it was read", 0},
		"deleted":  {after(1, func(w http.ResponseWriter, r *http.Request) { noSuchKey(w) }), nil, fault.NotFound, "deleted while it was read", 0},
		"denied":   {after(1, func(w http.ResponseWriter, r *http.Request) { s3Refuses(w, 403, "AccessDenied") }), nil, fault.Denied, "S3 does not allow it", 0},
		"failing":  {after(1, func(w http.ResponseWriter, r *http.Request) { s3Refuses(w, 500, "InternalError") }), nil, fault.Unavailable, "S3 failed on its side", 0},
		"cut off":  {nil, func(k *kept) { k.object = k.object[:len(k.object)-3] }, fault.Internal, "ends within a quoted value", 0},
		"a value too many": {nil, func(k *kept) {
			k.object = append(k.object, "\"1\",\"2\",\"3\"\n"...)
		}, fault.Internal, "a row has 3 values where 2 belong", 0},
		"no number": {nil, func(k *kept) { k.object = append(k.object, "\"one\",\"2\"\n"...) }, fault.Internal, `column "n": "one" is not a bigint`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := numbers(150_000)
			if c.spoil != nil {
				c.spoil(k)
			}
			k.wrong = c.wrong
			d := k.athena(nil)
			s, err := openDouble(t, d, nil).Run(t.Context(), engine.Statement{Text: "select n, s from t"})
			if err != nil {
				t.Fatal(err)
			}
			n, err := count(t, s)
			f := fault.As(err)
			if f == nil || f.Code != c.code || !strings.Contains(f.Error(), c.says) {
				t.Errorf("%d rows, %#v", n, f)
			}
			if n >= 150_000 && c.spoil == nil || n < 999 || d.count("GetQueryResults") != 1 {
				t.Errorf("%d rows, %d pages", n, d.count("GetQueryResults"))
			}
		})
	}
}

func TestPassingFailuresOfS3AreMended(t *testing.T) {
	for name, wrong := range map[string]func(int, http.ResponseWriter, *http.Request) bool{
		"slow down": func(n int, w http.ResponseWriter, r *http.Request) bool {
			if n%2 == 1 && n < 6 {
				s3Refuses(w, 503, "SlowDown")
			}
			return n%2 == 1 && n < 6
		},
		"dropped": func(n int, w http.ResponseWriter, r *http.Request) bool {
			if n%2 == 1 && n < 6 {
				panic(http.ErrAbortHandler)
			}
			return false
		},
		"cut in the middle": func(n int, w http.ResponseWriter, r *http.Request) bool {
			if n < 6 {
				r.Header.Set("X-Cut", "1")
			}
			return false
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := numbers(200_000)
			k.wrong = wrong
			d := k.athena(nil)
			inner := d.s3
			d.s3 = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				inner.ServeHTTP(&cutting{ResponseWriter: w, r: r}, r)
			})
			s, err := openDouble(t, d, nil).Run(t.Context(), engine.Statement{Text: "select n, s from t"})
			if err != nil {
				t.Fatal(err)
			}
			if n, err := count(t, s); n != 200_000 || err != nil {
				t.Errorf("%d rows, %v", n, err)
			}
		})
	}
}

// cutting drops the connection of a marked request after some bytes.
type cutting struct {
	http.ResponseWriter
	r    *http.Request
	sent int
}

func (c *cutting) Write(b []byte) (int, error) {
	if c.sent += len(b); c.sent > 300_000 && c.r.Header.Get("X-Cut") != "" {
		panic(http.ErrAbortHandler)
	}
	return c.ResponseWriter.Write(b)
}

// A result deleted before it is read cannot be had in any way.
func TestADeletedResultIsToldAsSuch(t *testing.T) {
	k := numbers(2500)
	k.wrong = func(_ int, w http.ResponseWriter, _ *http.Request) bool { noSuchKey(w); return true }
	d := k.athena(nil)
	d.answer["GetQueryResults"] = inTurn(d.answer["GetQueryResults"], func(map[string]any) any {
		return refusal{400, "InvalidRequestException", "Could not find results"}
	})
	s, err := openDouble(t, d, nil).Run(t.Context(), engine.Statement{Text: "select n, s from t"})
	if err != nil {
		t.Fatal(err)
	}
	n, err := count(t, s)
	if f := fault.As(err); n != 999 || f.Code != fault.NotFound || !strings.Contains(f.Message, "no longer has the result of query q-1") {
		t.Errorf("%d rows, %v", n, err)
	}
}

func TestTextResultsOfUtilityStatements(t *testing.T) {
	k := &kept{columns: []map[string]any{column("tab_name", "string")}}
	for i := range 3000 {
		k.rows = append(k.rows, known(fmt.Sprintf("table_%d", i)))
		k.object = append(k.object, fmt.Sprintf("table_%d\n", i)...)
	}
	for _, fetch := range []string{"auto", "pages", "s3"} {
		d := k.athena(func(x map[string]any) {
			x["StatementType"], x["SubstatementType"] = "UTILITY", "SHOW_TABLES"
			x["ResultConfiguration"] = map[string]any{"OutputLocation": "s3://results/p/q-1.txt"}
		})
		s, err := openDouble(t, d, map[string]string{"fetch": fetch}).Run(t.Context(), engine.Statement{Text: "show tables"})
		if err != nil {
			t.Fatal(err)
		}
		rows := read(t, s)
		if len(rows) != 3000 || rows[0][0] != "table_0" || rows[2999][0] != "table_2999" {
			t.Errorf("%s: %d rows", fetch, len(rows))
		}
		if path := s.Stats().Path; (path == "pages") != (fetch == "pages") {
			t.Errorf("%s: %s", fetch, path)
		}
	}
}

func TestWideAndLongRowsAreTheSameOnAllPaths(t *testing.T) {
	wide := &kept{}
	var head []cell
	for i := range 1600 {
		wide.columns = append(wide.columns, column(fmt.Sprintf("c%d", i), "varchar"))
		head = append(head, cell{fmt.Sprintf("c%d", i), true})
	}
	wide.rows = append(wide.rows, head)
	for r := range 3 {
		row := make([]cell, 1600)
		for i := range row {
			row[i] = cell{fmt.Sprint(r, " ", i), (r+i)%3 != 0}
			if !row[i].known {
				row[i].text = ""
			}
		}
		wide.rows = append(wide.rows, row)
	}
	long := &kept{columns: []map[string]any{column("s", "varchar")}, rows: [][]cell{known("s"), known("short")}}
	for _, c := range []string{`"`, "é", ",\n"} {
		long.rows = append(long.rows, known(strings.Repeat(c, (32<<20)/len(c)/4)))
	}
	for name, k := range map[string]*kept{"1,600 columns": wide, "8 MB cells": long} {
		k.object = []byte(asText(k.rows))
		var got [][][]string
		for _, fetch := range []string{"pages", "s3"} {
			s, err := openDouble(t, k.athena(nil), map[string]string{"fetch": fetch}).Run(t.Context(), engine.Statement{Text: "select * from t"})
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, read(t, s))
			if !strings.HasPrefix(s.Stats().Path, fetch) {
				t.Errorf("%s: %s by %s", name, fetch, s.Stats().Path)
			}
		}
		if len(got[0]) != len(k.rows)-1 || !cmp.Equal(got[0], got[1]) {
			t.Errorf("%s: %d rows by pages, %d from S3, or other values", name, len(got[0]), len(got[1]))
		}
	}
}

// A page in the middle that cannot be had, for good or in passing.
func TestFailuresBetweenPages(t *testing.T) {
	for name, how := range map[string]enginetest.Wrong{
		"throttled": enginetest.Answer(400, "ThrottlingException"), "failed": enginetest.Answer(503, "ServiceUnavailable"),
		"dropped": enginetest.Reset, "cut": enginetest.Cut,
	} {
		k := numbers(4500)
		d := k.athena(nil)
		d.t = t
		server := httptest.NewServer(d)
		e := openAt(t, server.URL, &enginetest.Faulty{Operation: "GetQueryResults", Nth: 3, How: how}, map[string]string{"fetch": "pages"})
		s, err := e.Run(t.Context(), engine.Statement{Text: "select n, s from t"})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := count(t, s); n != 4500 || err != nil {
			t.Errorf("%s: %d rows, %v", name, n, err)
		}
		server.Close()
	}
}
