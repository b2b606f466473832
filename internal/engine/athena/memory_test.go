package athena

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/engine"
)

const memoryChild = "FAIRLEAD_TEST_MEMORY_CHILD"

// A large result must take no more memory than a small one. The reading is done
// by a process of its own, whose peak the system tells.
func TestMillionRowsStayFlat(t *testing.T) {
	rows := 1_000_000
	if raceEnabled {
		rows = 20_000 // the race detector's own memory hides ours
	}
	if os.Getenv(memoryChild) != "" {
		readAll(t, rows)
		return
	}
	if raceEnabled || runtime.GOOS != "linux" {
		readAll(t, rows)
		return
	}
	child := exec.Command(os.Args[0], "-test.run=^TestMillionRowsStayFlat$", "-test.v")
	child.Env = append(os.Environ(), memoryChild+"=1")
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	peak := regexp.MustCompile(`peak (\d+) kB`).FindSubmatch(out)
	if peak == nil {
		t.Fatalf("no peak in\n%s", out)
	}
	kB, _ := strconv.Atoi(string(peak[1]))
	t.Logf("%d rows, peak %d MB", rows, kB>>10)
	if kB > 150<<10 {
		t.Errorf("%d kB resident, more than 150 MB", kB)
	}
}

func readAll(t *testing.T, rows int) {
	server := httptest.NewServer(pagesOf(t, rows))
	defer server.Close()
	e := openAt(t, server.URL, http.DefaultTransport, nil)
	s, err := e.Run(t.Context(), engine.Statement{Text: "select * from big"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got := 0
	for {
		b, err := s.Next(t.Context())
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got += int(b.NumRows())
		b.Release()
	}
	if got != rows {
		t.Errorf("%d rows of %d", got, rows)
	}
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		if _, rest, ok := strings.Cut(string(status), "VmHWM:"); ok {
			fmt.Printf("peak %s\n", strings.TrimSpace(strings.SplitN(rest, "\n", 2)[0]))
		}
	}
}

// pagesOf serves a result of rows rows, the same page over and over.
func pagesOf(t *testing.T, rows int) http.Handler {
	columns := []map[string]any{
		column("id", "bigint"), column("name", "varchar"), column("price", "decimal", 18, 2), column("at", "timestamp"),
		column("ok", "boolean"), column("ratio", "double"), column("day", "date"), column("note", "varchar"),
	}
	row := []any{"1234567890", "a name of usual length", "12345.67", "2024-02-29 23:59:59.123", "true", "0.12345", "2024-02-29", nil}
	var list [][]any
	for range pageRows {
		list = append(list, row)
	}
	var page bytes.Buffer
	if err := json.NewEncoder(&page).Encode(resultPage("NEXT", columns, list...)); err != nil {
		t.Fatal(err)
	}
	d := &double{t: t, answer: finished("DML", "SELECT")}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.Header.Get("X-Amz-Target"), "GetQueryResults") {
			d.ServeHTTP(w, r)
			return
		}
		var in struct{ NextToken string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		io.Copy(io.Discard, r.Body)
		number, _ := strconv.Atoi(in.NextToken)
		next := strconv.Itoa(number + 1)
		if (number+1)*pageRows >= rows {
			next = ""
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.Write(bytes.Replace(page.Bytes(), []byte("NEXT"), []byte(next), 1))
	})
}
